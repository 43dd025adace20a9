/** Where a schema comes from: what people write for it, and the catalog that is read from there. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import type { PlatformError } from "effect/PlatformError"
import * as Redacted from "effect/Redacted"
import * as Stdio from "effect/Stdio"
import * as Stream from "effect/Stream"
import { create } from "./Canonical.ts"
import { type Catalog, type DialectName, hash } from "./Catalog.ts"
import { CatalogCache, keyOf } from "./CatalogCache.ts"
import { type DatabaseAddress, Dialect, type LoadableSchema, type SourceText } from "./Dialect.ts"
import type { DatabaseError } from "./engine/DatabaseError.ts"
import { rehearse, transaction } from "./engine/Transaction.ts"
import { Environments } from "./Environments.ts"
import type { PlanRefused } from "./Planner.ts"
import { ReservedShadow } from "./ReservedShadow.ts"
import { Shadow } from "./Shadow.ts"
import { formatProblem, SourceError } from "./SourceError.ts"
import { groundFor } from "./Surroundings.ts"
import { version } from "./version.ts"

/** A place that a schema can be read from. */
export type Source =
  /** A live database. */
  | DatabaseAddress
  /** A SQL file, or a folder of them. */
  | { readonly _tag: "Files"; readonly path: string }
  /** The migration files of another tool: a folder, or `TOOL:DIR`. */
  | { readonly _tag: "Migrations"; readonly folder: string }
  /** A file of schema JSON. */
  | { readonly _tag: "Json"; readonly path: string }
  /** SQL or JSON on standard input. */
  | { readonly _tag: "StandardInput" }
  /** The database of a configured environment. */
  | { readonly _tag: "Environment"; readonly name: string }
  /** The shadow database that the project has reserved. */
  | { readonly _tag: "ReservedShadow" }
  /** A URL of a kind that Lockplane does not know; the URL itself may hold a password and is not kept. */
  | { readonly _tag: "UnknownUrl"; readonly scheme: string }

/** Reads the notation of a SOURCE. Every text means something; whether it is there, {@link load} finds out. */
export const parse = (text: string): Source => {
  if (text === "-") return { _tag: "StandardInput" }
  if (text === "shadow") return { _tag: "ReservedShadow" }
  if (text.startsWith("migrations:")) return { _tag: "Migrations", folder: text.slice("migrations:".length) }
  if (text.startsWith("env:")) return { _tag: "Environment", name: text.slice("env:".length) }
  if (/^postgres(ql)?:\/\//i.test(text)) return { _tag: "Server", url: Redacted.make(text) }
  if (text.startsWith("pglite:")) {
    const directory = text.slice("pglite:".length)
    return { _tag: "Embedded", directory: directory === ":memory:" || directory === "" ? undefined : directory }
  }
  if (/^(libsql|https?|wss?):\/\//i.test(text)) return { _tag: "Libsql", url: Redacted.make(text) }
  if (/^(sqlite:\/\/|file:)|^:memory:$|\.(db|sqlite3?)$/i.test(text)) return { _tag: "Sqlite", location: text }
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]
  if (scheme !== undefined) return { _tag: "UnknownUrl", scheme }
  return text.endsWith(".json") ? { _tag: "Json", path: text } : { _tag: "Files", path: text }
}

/** The family of databases that a place is of; undefined where it does not say so by itself. */
export const dialectOf = (source: Source): DialectName | undefined => {
  switch (source._tag) {
    case "Server":
    case "Embedded":
      return "postgres"
    case "Sqlite":
    case "Libsql":
      return "sqlite"
    default:
      return undefined
  }
}

const standardInput = "standard input"

const unsupported = (source: string, detail: string, next: string) =>
  Effect.fail(new SourceError({ source, reason: "unsupported", detail, next }))

const notReadable = (source: string) => (error: PlatformError): SourceError =>
  error.reason._tag === "NotFound"
    ? new SourceError({
      source,
      reason: "missing",
      detail: "no such file",
      next: "Check the path; a database is written as a URL, such as postgres://user@host/database"
    })
    : new SourceError({
      source,
      reason: "unreadable",
      detail: `cannot be read (${error.reason._tag})`,
      next: "Name a file that you may read"
    })

/** Reads a live database. Its catalog says the major version of its server. */
const loadDatabase = Effect.fn("Source.loadDatabase")(
  function*(address: DatabaseAddress): Effect.fn.Return<Catalog, SourceError | DatabaseError, Dialect> {
    const dialect = yield* Dialect
    const catalog = yield* Effect.scoped(Effect.flatMap(dialect.connect(address), dialect.introspectDatabase))
    return { ...catalog, serverMajor: catalog.major }
  }
)

/** Creates a schema on the shadow and reads it back, unless the same text was read before. */
const loadText = Effect.fn("Source.loadText")(function*(
  texts: ReadonlyArray<SourceText>,
  format: ReadonlyArray<string>,
  parsed: Effect.Effect<LoadableSchema, SourceError, Dialect>,
  around: Catalog | undefined
): Effect.fn.Return<Catalog, SourceError | DatabaseError | PlanRefused, Dialect | Shadow | CatalogCache> {
  const dialect = yield* Dialect
  const shadow = yield* Shadow
  const cache = yield* CatalogCache
  const ground = around?.outside === undefined
    ? undefined
    : groundFor(around, texts.map(({ text }) => text), shadow.lacks)
  const key = keyOf([
    version,
    dialect.name,
    dialect.fingerprint,
    yield* shadow.identity,
    ...format,
    ...texts.flatMap(({ form = "", path, text }) => [path, form, text]),
    ...(ground === undefined ? [] : [hash(ground)])
  ])
  const found = yield* cache.get(key)
  const entry = Option.isSome(found) ? found.value : yield* Effect.gen(function*() {
    const schema = yield* parsed
    const session = yield* shadow.reserve({
      extensions: [...new Set([...schema.extensions, ...(ground === undefined ? [] : dialect.extensionsOf(ground))])]
    })
    const makeGround = ground === undefined
      ? Effect.void
      : create(schema.beside?.(ground) ?? ground, session, true)
    const read = Effect.gen(function*() {
      yield* schema.commits === true ? transaction(session, makeGround) : makeGround
      const warnings = yield* schema.load(session, ground)
      // what the shadow's own user has there is nobody's
      const { addresses: _, attached: __, reader: ___, ...read } = yield* dialect.introspect(session)
      const catalog: Catalog = { ...read, states: schema.states }
      const renames = yield* schema.declared?.(catalog) ?? Effect.succeed([])
      const doubts = schema.doubts?.(catalog) ?? []
      return {
        warnings,
        catalog: {
          ...catalog,
          ...(renames.length === 0 ? {} : { renames }),
          ...(doubts.length === 0 ? {} : { doubts })
        }
      }
    })
    const created = yield* schema.commits === true ? read : rehearse(session, read)
    yield* cache.set(key, created)
    return created
  }).pipe(Effect.scoped)
  for (const warning of entry.warnings) yield* Effect.logWarning(formatProblem(warning))
  return entry.catalog
})

const loadSqlTexts = (source: string, texts: ReadonlyArray<SourceText>, around: Catalog | undefined) =>
  loadText(texts, ["sql"], Effect.flatMap(Dialect, ({ readSql }) => readSql(source, texts)), around)

const loadJsonText = (text: SourceText, around: Catalog | undefined) =>
  loadText([text], ["json"], Effect.flatMap(Dialect, ({ readJson }) => readJson(text)), around)

/** Runs the migration files of another tool on the shadow. Says which tool's they were taken for. */
const loadMigrations = Effect.fn("Source.loadMigrations")(function*(folder: string, around: Catalog | undefined) {
  const { readMigrations } = yield* Dialect
  const { description, form, left, schema, texts } = yield* readMigrations(folder)
  yield* Effect.logInfo(description)
  if (left !== undefined) yield* Effect.logWarning(left)
  return yield* loadText(texts, ["migrations", ...form], schema, around)
})

const decodeUtf8 = (source: string, bytes: Uint8Array): Effect.Effect<string, SourceError> =>
  Effect.try({
    try: () => new TextDecoder("utf-8", { fatal: true }).decode(bytes),
    catch: () =>
      new SourceError({
        source,
        reason: "unreadable",
        detail: "is not UTF-8 text",
        next: "Save it as UTF-8 and run the command again"
      })
  })

const loadStandardInput = Effect.fn("Source.loadStandardInput")(function*(around: Catalog | undefined) {
  const { stdin } = yield* Stdio.Stdio
  const bytes = yield* Stream.mkUint8Array(stdin).pipe(Effect.mapError(notReadable(standardInput)))
  const text = yield* decodeUtf8(standardInput, bytes)
  const first = text.trimStart()[0]
  if (first === undefined) {
    return yield* new SourceError({
      source: standardInput,
      reason: "empty",
      detail: "nothing came",
      next: "Send SQL or schema JSON, such as: pg_dump --schema-only | lockplane …"
    })
  }
  const input: SourceText = { path: standardInput, text, form: "dump" }
  return yield* first === "{" ? loadJsonText(input, around) : loadSqlTexts(standardInput, [input], around)
})

/**
 * Reads the catalog of a schema: a live database is introspected; text is created on the shadow and read back, so that
 * every definition is the engine's own spelling, and kept in the cache. Fails with a {@link SourceError} that holds
 * everything that is wrong in the text, or with the error of a database. Text may name what is not managed in the database
 * that it is for: `around` is the catalog of that, narrowed to what is.
 */
export const load = Effect.fn("Source.load")(function*(
  source: Source,
  around?: Catalog
): Effect.fn.Return<
  Catalog,
  SourceError | DatabaseError | PlanRefused,
  Dialect | Shadow | CatalogCache | FileSystem.FileSystem | Stdio.Stdio
> {
  switch (source._tag) {
    case "Server":
    case "Embedded":
    case "Sqlite":
    case "Libsql":
      return yield* loadDatabase(source)
    case "Files": {
      const { readFiles } = yield* Dialect
      return yield* loadSqlTexts(source.path, yield* readFiles(source.path), around)
    }
    case "Migrations":
      return yield* loadMigrations(source.folder, around)
    case "Json": {
      const fs = yield* FileSystem.FileSystem
      const bytes = yield* Effect.mapError(fs.readFile(source.path), notReadable(source.path))
      return yield* loadJsonText({ path: source.path, text: yield* decodeUtf8(source.path, bytes) }, around)
    }
    case "StandardInput":
      return yield* loadStandardInput(around)
    case "UnknownUrl":
      return yield* unsupported(
        `the ${source.scheme} URL`,
        `${source.scheme} is no kind of database that Lockplane knows`,
        "Write a PostgreSQL URL, such as postgres://user@host/database"
      )
    case "Environment": {
      const environments = yield* Effect.serviceOption(Environments)
      if (Option.isNone(environments)) {
        return yield* unsupported(
          `env:${source.name}`,
          "nobody says which environments there are",
          "Provide Environments, such as by Lockplane.layer, or name the database by its URL"
        )
      }
      const url = Redacted.value(yield* environments.value.database(source.name))
      return yield* load(parse(url), around)
    }
    case "ReservedShadow": {
      const reserved = yield* Effect.serviceOption(ReservedShadow)
      if (Option.isNone(reserved)) {
        return yield* unsupported(
          "shadow",
          "nobody says which shadow is held",
          "Provide ReservedShadow, or name the database by its URL; a folder of that name is written ./shadow"
        )
      }
      return yield* reserved.value.catalog
    }
  }
})
