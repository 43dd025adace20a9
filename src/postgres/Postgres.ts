/** PostgreSQL as a {@link Dialect}: what the stages ask of it, put together. */
import { sha256 } from "@noble/hashes/sha2.js"
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Path from "effect/Path"
import type { Catalog, CatalogObject } from "../Catalog.ts"
import { Dialect, type LoadableSchema, type SourceText } from "../Dialect.ts"
import * as EmbeddedDatabase from "../engine/EmbeddedDatabase.ts"
import * as PostgresDatabase from "../engine/PostgresDatabase.ts"
import { invalid, SourceError, type SourceProblem } from "../SourceError.ts"
import { introspect } from "./Introspection.ts"
import { type ColumnState, withoutNotNullConstraint } from "./kinds/column.ts"
import { kindOf, kinds } from "./kinds/registry.ts"
import { load } from "./Loader.ts"
import { observe } from "./Observation.ts"
import { loadObjects, type ObjectFailure } from "./ObjectLoader.ts"
import { remedy } from "./Remedy.ts"
import { decode } from "./SchemaJson.ts"
import { parse, type ParserError } from "./sql/Parser.ts"
import { readSource, type SourceFileError } from "./sql/SourceFiles.ts"
import { extensionsCreated } from "./StatementOrder.ts"
import { checkFiles } from "./sql/Validation.ts"
import { makeReport } from "./sql/ValidationReport.ts"

const nextSteps: Readonly<Record<SourceFileError["reason"], string>> = {
  missing: "Check the path; a database is written as a URL, such as postgres://user@host/database",
  unreadable: "Make it readable for you and run the command again",
  empty_folder: "Put the schema into a file of it, such as schema.lp.sql, or name another folder",
  not_sql: "Name a .lp.sql, .sql or .json file, a folder, or a database URL",
  not_a_file: "Name a .lp.sql, .sql or .json file, a folder, or a database URL",
  not_utf8: "Save it as UTF-8 and run the command again"
}

const fileError = ({ detail, path, reason }: SourceFileError): SourceError =>
  new SourceError({
    source: path,
    reason: reason === "missing" ? "missing" : reason === "empty_folder" ? "empty" : "unreadable",
    detail,
    next: nextSteps[reason]
  })

const parserError = (source: string) => (error: ParserError): SourceError =>
  new SourceError({
    source,
    reason: "unreadable",
    detail: error.message,
    next: "Nothing was changed"
  })

const isError = ({ severity }: SourceProblem): boolean => severity === "error"

const readSql = Effect.fn("Postgres.readSql")(
  function*(source: string, texts: ReadonlyArray<SourceText>): Effect.fn.Return<LoadableSchema, SourceError> {
    const files = yield* Effect.mapError(Effect.forEach(texts, parse), parserError(source))
    const issues = makeReport(files, checkFiles(files)).issues.filter(isError)
    if (issues.length > 0) return yield* invalid(source, issues)
    return {
      extensions: extensionsCreated(files.flatMap(({ statements }) => statements)),
      load: (session) =>
        Effect.flatMap(load(files, session), ({ errors, warnings }) =>
          errors.length > 0 ? Effect.fail(invalid(source, errors)) : Effect.succeed(warnings))
    }
  }
)

const objectProblem = (file: string) => ({ description, error }: ObjectFailure): SourceProblem => ({
  file,
  line: 1,
  column: 1,
  severity: "error",
  message: `${description}: ${error.message}`,
  code: error.code,
  ...error.detail === undefined ? {} : { detail: error.detail },
  ...error.hint === undefined ? {} : { hint: error.hint }
})

const readJson = Effect.fn("Postgres.readJson")(
  function*({ path, text }: SourceText): Effect.fn.Return<LoadableSchema, SourceError> {
    const objects = yield* Effect.mapError(decode(text), (error) =>
      new SourceError({
        source: path,
        reason: "invalid",
        detail: `is not schema JSON: ${error.message}`,
        next: `Correct it; lockplane validate schema ${path} says all that is wrong`
      }))
    return {
      extensions: objects.flatMap(({ kind, name: [name] }) => kind === "extension" && name !== undefined ? [name] : []),
      load: (session) =>
        Effect.flatMap(loadObjects(objects, session), (failures) =>
          failures.length > 0 ? Effect.fail(invalid(path, failures.map(objectProblem(path)))) : Effect.succeed([]))
    }
  }
)

/** A digest of the catalog queries: with other queries the same database is another catalog. */
const fingerprint = bytesToHex(
  sha256(utf8ToBytes([18, 17, 16, 15, 14].flatMap((major) => kinds.map((kind) => kind.query(major))).join("\n")))
)

const isColumn = (object: CatalogObject): object is CatalogObject<ColumnState> => object.kind === "column"

/** Not-null constraints have names and options of their own since PostgreSQL 18. */
const asOfMajor = (catalog: Catalog, major: number): Catalog => {
  if (major >= 18) return catalog
  const objects = new Map(catalog.objects)
  for (const object of catalog.objects.values()) {
    if (isColumn(object) && object.state.not_null !== undefined) objects.set(object.id, withoutNotNullConstraint(object))
  }
  return { ...catalog, objects }
}

/** PostgreSQL. */
export const layer: Layer.Layer<Dialect, never, FileSystem.FileSystem | Path.Path> = Layer.effect(
  Dialect,
  Effect.gen(function*() {
    const services = yield* Effect.context<FileSystem.FileSystem | Path.Path>()
    return Dialect.of({
      name: "postgres",
      kindOf: (name) => {
        const kind = kindOf(name)
        // every object of a catalog was read by one of the kinds
        if (kind === undefined) throw new Error(`No kind is called ${name}`)
        return kind
      },
      introspect,
      connect: (address) =>
        address._tag === "Server"
          ? PostgresDatabase.make({ url: address.url })
          : Effect.provide(EmbeddedDatabase.make({ dataDir: address.directory }), services),
      readFiles: (path) => Effect.mapError(Effect.provide(readSource(path), services), fileError),
      readSql,
      readJson,
      fingerprint,
      asOfMajor,
      extensionsIn: (statements) =>
        statements.flatMap((sql) => {
          const name = /^\s*create\s+extension\s+(?:if\s+not\s+exists\s+)?(?:"([^"]+)"|(\w+))/i.exec(sql)
          return name === null ? [] : [name[1] ?? name[2]?.toLowerCase() ?? ""]
        }),
      observe,
      remedy,
      extensionsOf: (catalog) =>
        [...catalog.objects.values()].flatMap(({ kind, name: [name] }) =>
          kind === "extension" && name !== undefined ? [name] : []
        )
    })
  })
)
