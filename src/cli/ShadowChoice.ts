/** Which shadow commands work with: as the settings say, else the embedded engine. */
import type * as Command from "effect/cli/Command"
import type * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Path from "effect/Path"
import * as Redacted from "effect/Redacted"
import type * as Stdio from "effect/Stdio"
import type { DialectName } from "../Catalog.ts"
import type { ConfigurationError } from "../config/Configuration.ts"
import * as Settings from "../config/Settings.ts"
import type { Dialect } from "../Dialect.ts"
import type { DatabaseError } from "../engine/DatabaseError.ts"
import * as SqliteLocation from "../engine/SqliteLocation.ts"
import { whoami } from "../engine/Whoami.ts"
import * as EmbeddedShadow from "../postgres/EmbeddedShadow.ts"
import * as ShadowServer from "../postgres/ShadowServer.ts"
import type { ReservedShadow } from "../ReservedShadow.ts"
import { Shadow, type ShadowNeeds } from "../Shadow.ts"
import * as Checkout from "../shadow/Checkout.ts"
import * as FileCatalog from "../shadow/FileCatalog.ts"
import * as FilePrepare from "../shadow/FilePrepare.ts"
import * as FileShadow from "../shadow/FileShadow.ts"
import type { Holder } from "../shadow/Reservation.ts"
import type { Target } from "../shadow/Reservations.ts"
import * as ReservedCatalog from "../shadow/ReservedCatalog.ts"
import * as ServerShadow from "../shadow/ServerShadow.ts"
import { realPath } from "../shadow/ShadowFile.ts"
import type { ShadowHost } from "../ShadowHost.ts"
import * as Source from "../Source.ts"
import * as MemoryShadow from "../sqlite/MemoryShadow.ts"
import { text } from "./flags.ts"
import { say } from "./Output.ts"
import { type ScopeFlags, selection } from "./Scope.ts"

/** The flags that say which shadow there is. */
export const shadowFlags = {
  shadowDb: text(
    "shadow-db",
    "URL",
    "The shadow database: of a PostgreSQL server, or a SQLite file (default: SHADOW_DATABASE_URL, else that of the environment, else the embedded PostgreSQL, or SQLite in memory)"
  ),
  shadowSchema: text("shadow-schema", "SCHEMA", "The schema that is lent as shadow (default: SHADOW_SCHEMA)")
} satisfies Record<string, Flag.Flag<unknown>>

/** What says which shadow a command works with, and which database it must not be. */
export interface ShadowChoice extends Command.Command.Config.Infer<typeof shadowFlags> {
  readonly environment: Option.Option<string>
  /** The flag that named the environment. */
  readonly namedBy: string
  /** What was named as the database to work on. */
  readonly target: Option.Option<string>
}

/** The settings to ask for. */
export const shadowRequest = (
  { environment, namedBy, shadowDb, shadowSchema, target }: ShadowChoice
): Settings.Request => {
  const flag = (name: string, given: Option.Option<string>) =>
    Option.getOrUndefined(Option.map(given, (value) => ({ flag: name, value })))
  return {
    environment: Option.getOrUndefined(environment),
    namedBy,
    flags: {
      database_url: flag(
        "--target",
        Option.filter(target, (text) => ["Server", "Sqlite"].includes(Source.parse(text)._tag))
      ),
      shadow_database_url: flag("--shadow-db", shadowDb),
      shadow_schema: flag("--shadow-schema", shadowSchema)
    }
  }
}

/**
 * What is managed where these schemas are compared. A schema that is lent alone stands for `public`, and nothing else is said
 * there of the database that it is in.
 */
export const selectionFor = Effect.fn("ShadowChoice.selectionFor")(function*(
  sources: ReadonlyArray<string>,
  flags: ScopeFlags
) {
  const chosen = yield* selection(flags)
  if (chosen.schemas !== undefined || !sources.some((text) => Source.parse(text)._tag === "ReservedShadow")) {
    return chosen
  }
  const { folder } = yield* Settings.resolve()
  const lease = yield* Checkout.find(folder)
  return Option.exists(lease, ({ shadow_schema }) => shadow_schema !== undefined)
    ? { ...chosen, schemas: ["public"] }
    : chosen
})

/** Warns where a SOURCE is the shadow, and that was prepared for another environment than the one of these settings. */
export const warnOfEnvironment = Effect.fn("ShadowChoice.warnOfEnvironment")(function*(
  source: string,
  request: Settings.Request
) {
  if (Source.parse(source)._tag !== "ReservedShadow") return
  const { environment, folder } = yield* Settings.resolve(request)
  const lease = Option.getOrUndefined(yield* Effect.orElseSucceed(Checkout.find(folder), () => Option.none()))
  if (lease?.environment !== undefined && environment !== undefined && lease.environment !== environment.value) {
    yield* say(
      `warning: the shadow was prepared for the environment ${lease.environment}, and this is for ${environment.value}.`
    )
  }
})

/** This process, as somebody who holds a shadow for a project. */
export const holderFor = (project: string): Effect.Effect<Holder> =>
  Effect.map(whoami, (who) => ({ ...who, checkout: project }))

/** The databases of a family that are never shadows, with what is managed in them. */
export const targetsOf = Effect.fn("ShadowChoice.targetsOf")(function*(
  settings: Settings.Settings,
  family: DialectName = "postgres"
): Effect.fn.Return<
  ReadonlyArray<Target>,
  ConfigurationError | Settings.SettingsError,
  FileSystem.FileSystem | Path.Path
> {
  const schemas = settings.schemas?.value
  const known = yield* Settings.targets()
  const named = settings.database_url?.value
  return [
    ...known.map(({ name, url }) => ({
      name: settings.environments.includes(name) ? `the environment ${name}` : name,
      url,
      schemas
    })),
    ...(named === undefined ? [] : [{ name: "the target", url: named, schemas }])
  ].filter(({ url }) => Source.parse(Redacted.value(url))._tag === (family === "postgres" ? "Server" : "Sqlite"))
})

/** A shadow as it is, which says something when it is first used. */
const telling = (what: string): Layer.Layer<Shadow, never, Shadow | Stdio.Stdio> =>
  Layer.effect(
    Shadow,
    Effect.gen(function*() {
      const shadow = yield* Shadow
      const told = yield* Effect.cached(Effect.provide(say(what), yield* Effect.context<Stdio.Stdio>()))
      return { ...shadow, reserve: (needs: ShadowNeeds) => Effect.andThen(told, shadow.reserve(needs)) }
    })
  )

/**
 * The shadow for proofs. A schema that is lent is for other tools: a plan names its own schemas, so that it is proven on the
 * embedded engine. So is one whose only shadow database the project has lent to another tool.
 */
const shadow = (
  request: Settings.Request
): Layer.Layer<
  Shadow,
  ConfigurationError | Settings.SettingsError,
  Dialect | ShadowHost | FileSystem.FileSystem | Path.Path | Stdio.Stdio
> =>
  Layer.unwrap(Effect.gen(function*(): Effect.fn.Return<
    Layer.Layer<Shadow, never, Dialect | ShadowHost | FileSystem.FileSystem | Path.Path | Stdio.Stdio>,
    ConfigurationError | Settings.SettingsError,
    FileSystem.FileSystem | Path.Path | Stdio.Stdio
  > {
    const settings = yield* Settings.resolve(request)
    if (settings.shadow_schema !== undefined) return EmbeddedShadow.layer
    const pool = Option.getOrUndefined(yield* Settings.shadowPool(settings))
    if (pool === undefined) return EmbeddedShadow.layer
    const lease = yield* Effect.orElseSucceed(Checkout.find(settings.folder), () => Option.none<Checkout.Lease>())
    const isLent = Option.exists(lease, ({ made, pool_url }) => !made && pool_url === Redacted.value(pool))
    if (isLent) {
      return Layer.provide(
        telling("The shadow database is lent to another tool; what needs one works with the embedded engine."),
        EmbeddedShadow.layer
      )
    }
    const [holder, targets] = [yield* holderFor(settings.folder), yield* targetsOf(settings)]
    return ServerShadow.layer({ pool, holder, targets })
  }))

/** The shadow that the project holds, as a schema. */
const reserved: Layer.Layer<ReservedShadow, never, ShadowHost | FileSystem.FileSystem | Path.Path> = Layer.unwrap(
  Settings.resolve().pipe(
    Effect.map(({ folder }) => folder),
    Effect.orElseSucceed(() => "."),
    Effect.map(ReservedCatalog.layer)
  )
)

/** Shadows of all sorts, by what the settings for a request say. */
export const layer = (
  request: Settings.Request = {}
): Layer.Layer<
  Shadow | ShadowHost | ReservedShadow,
  ConfigurationError | Settings.SettingsError,
  Dialect | FileSystem.FileSystem | Path.Path | Stdio.Stdio
> => Layer.merge(shadow(request), reserved).pipe(Layer.provideMerge(ShadowServer.layer))

/** The SQLite file that is the shadow, by its absolute path; none where it is in memory. Fails for what is set and is no such file. */
export const shadowFile = Effect.fn("ShadowChoice.shadowFile")(function*(
  { shadow_database_url: set, shadow_schema: schema }: Settings.Settings
): Effect.fn.Return<
  Option.Option<string>,
  Settings.SettingsError | DatabaseError,
  FileSystem.FileSystem | Path.Path
> {
  const refused = (origin: Settings.Origin, what: string) =>
    new Settings.SettingsError({
      reason: "no_shadow_server",
      detail: `${Settings.describeOrigin(origin)}: ${what}`,
      next: "Name a file that may be emptied, such as sqlite://shadow.db, or none: plans are proven in memory then."
    })
  // a variable of the process may be for a database of the other family
  if (schema !== undefined && schema.origin._tag !== "Variable") {
    return yield* refused(schema.origin, "SQLite has no schemas that could be the shadow")
  }
  if (set === undefined) return Option.none()
  const source = Source.parse(Redacted.value(set.value))
  if (source._tag === "Server" && set.origin._tag === "Variable") return Option.none()
  if (source._tag !== "Sqlite") {
    return yield* refused(set.origin, "the shadow of SQLite is to be a file, and what is written there is not one")
  }
  const location = yield* SqliteLocation.parse(source.location)
  return location._tag === "Memory" ? Option.none() : Option.some(yield* realPath(location.path))
})

/** Removes the project's own shadow where its time is over, and says so. */
const removeOver = Effect.fn("ShadowChoice.removeOver")(function*(project: string) {
  const ended = yield* FilePrepare.expire(project)
  if (ended !== undefined) yield* say(`The time of this project's shadow ended at ${ended}: it is removed.`)
})

const ofSqlite = (
  request: Settings.Request
): Layer.Layer<
  Shadow,
  ConfigurationError | Settings.SettingsError | DatabaseError,
  FileSystem.FileSystem | Path.Path | Stdio.Stdio
> =>
  Layer.unwrap(Effect.gen(function*() {
    const settings = yield* Settings.resolve(request)
    yield* removeOver(settings.folder)
    const file = Option.getOrUndefined(yield* shadowFile(settings))
    if (file === undefined) return MemoryShadow.layer
    const lease = yield* Effect.orElseSucceed(Checkout.find(settings.folder), () => Option.none<Checkout.Lease>())
    if (Option.exists(lease, ({ shadow_file }) => shadow_file === file)) {
      return Layer.provide(
        telling("The shadow is lent to another tool; what needs one works in memory."),
        MemoryShadow.layer
      )
    }
    const [holder, targets] = [yield* holderFor(settings.folder), yield* targetsOf(settings, "sqlite")]
    return Layer.provide(FileShadow.layer({ file, holder, targets }), MemoryShadow.layer)
  }))

const reservedFile: Layer.Layer<ReservedShadow, never, FileSystem.FileSystem | Path.Path> = Layer.unwrap(
  Settings.resolve().pipe(
    Effect.map(({ folder }) => folder),
    Effect.orElseSucceed(() => "."),
    Effect.map(FileCatalog.layer)
  )
)

/** Shadows of SQLite, by what the settings for a request say. */
export const sqliteLayer = (
  request: Settings.Request = {}
): Layer.Layer<
  Shadow | ReservedShadow,
  ConfigurationError | Settings.SettingsError | DatabaseError,
  FileSystem.FileSystem | Path.Path | Stdio.Stdio
> => Layer.merge(ofSqlite(request), reservedFile)
