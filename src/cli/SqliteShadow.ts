/** Which shadow commands about SQLite work with: as the settings say, else a database in memory. */
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Path from "effect/Path"
import * as Redacted from "effect/Redacted"
import type * as Stdio from "effect/Stdio"
import type { ConfigurationError } from "../config/Configuration.ts"
import * as Settings from "../config/Settings.ts"
import type { Dialect } from "../Dialect.ts"
import type { DatabaseError } from "../engine/DatabaseError.ts"
import * as SqliteLocation from "../engine/SqliteLocation.ts"
import { isSameAddress } from "../LibsqlUrl.ts"
import type { ReservedShadow } from "../ReservedShadow.ts"
import type { Shadow } from "../Shadow.ts"
import * as Checkout from "../shadow/Checkout.ts"
import * as FileCatalog from "../shadow/FileCatalog.ts"
import * as FilePrepare from "../shadow/FilePrepare.ts"
import * as FileShadow from "../shadow/FileShadow.ts"
import * as ReservedCatalog from "../shadow/ReservedCatalog.ts"
import * as ServerShadow from "../shadow/ServerShadow.ts"
import { realPath } from "../shadow/ShadowFile.ts"
import type { ShadowHost } from "../ShadowHost.ts"
import * as Source from "../Source.ts"
import * as MemoryShadow from "../sqlite/MemoryShadow.ts"
import * as ShadowServer from "../sqlite/ShadowServer.ts"
import { say } from "./Output.ts"
import { holderFor, targetsOf, telling } from "./ShadowChoice.ts"

/** The shadow of SQLite. */
export type SqliteShadow =
  | { readonly _tag: "Memory" }
  /** A file, by its absolute path. */
  | { readonly _tag: "File"; readonly file: string }
  /** A database of a libSQL server, with its token. */
  | { readonly _tag: "Server"; readonly pool: Redacted.Redacted<string> }

/** The shadow of SQLite as it is set. Fails for what is set and is none. */
export const shadowOf = Effect.fn("SqliteShadow.shadowOf")(function*(
  settings: Settings.Settings
): Effect.fn.Return<SqliteShadow, Settings.SettingsError | DatabaseError, FileSystem.FileSystem | Path.Path> {
  const { shadow_database_url: set, shadow_schema: schema } = settings
  const refused = (origin: Settings.Origin, what: string) =>
    new Settings.SettingsError({
      reason: "no_shadow_server",
      detail: `${Settings.describeOrigin(origin)}: ${what}`,
      next:
        "Name a file that may be emptied, such as sqlite://shadow.db, a database such as libsql://host, or none: plans are proven in memory then."
    })
  // a variable of the process may be for a database of the other family
  if (schema !== undefined && schema.origin._tag !== "Variable") {
    return yield* refused(schema.origin, "SQLite has no schemas that could be the shadow")
  }
  if (set === undefined) return { _tag: "Memory" }
  const source = Source.parse(Redacted.value(set.value))
  if (source._tag === "Server" && set.origin._tag === "Variable") return { _tag: "Memory" }
  if (source._tag === "Libsql") return { _tag: "Server", pool: Settings.withToken(set.value, settings) }
  if (source._tag !== "Sqlite") {
    return yield* refused(
      set.origin,
      "the shadow of SQLite is to be a file or a database of a libSQL server, and what is written there is neither"
    )
  }
  const location = yield* SqliteLocation.parse(source.location)
  return location._tag === "Memory" ? { _tag: "Memory" } : { _tag: "File", file: yield* realPath(location.path) }
})

/** Removes the project's own shadow where its time is over, and says so. */
const removeOver = Effect.fn("SqliteShadow.removeOver")(function*(project: string) {
  const ended = yield* FilePrepare.expire(project)
  if (ended !== undefined) yield* say(`The time of this project's shadow ended at ${ended}: it is removed.`)
})

const lent = Layer.provide(
  telling("The shadow is lent to another tool; what needs one works in memory."),
  MemoryShadow.layer
)

/** So many seconds a proof waits for another one, which the one database of a libSQL server is lent to. */
const patience = 10

/** The shadow for proofs. */
const shadow = (
  request: Settings.Request,
  places: ReadonlyArray<string>
): Layer.Layer<
  Shadow,
  ConfigurationError | Settings.SettingsError | DatabaseError,
  Dialect | ShadowHost | FileSystem.FileSystem | Path.Path | Stdio.Stdio
> =>
  Layer.unwrap(Effect.gen(function*(): Effect.fn.Return<
    Layer.Layer<Shadow, never, Dialect | ShadowHost | FileSystem.FileSystem | Path.Path | Stdio.Stdio>,
    ConfigurationError | Settings.SettingsError | DatabaseError,
    FileSystem.FileSystem | Path.Path | Stdio.Stdio
  > {
    const settings = yield* Settings.resolve(request)
    yield* removeOver(settings.folder)
    const set = yield* shadowOf(settings)
    if (set._tag === "Memory") return MemoryShadow.layer
    const lease = yield* Effect.orElseSucceed(Checkout.find(settings.folder), () => Option.none<Checkout.Lease>())
    const isLent = Option.exists(
      lease,
      ({ pool_url, shadow_file }) =>
        set._tag === "File" ? shadow_file === set.file : isSameAddress(pool_url, Redacted.value(set.pool))
    )
    if (isLent) return lent
    const holder = yield* holderFor(settings.folder)
    if (set._tag === "Server") {
      const targets = yield* targetsOf(settings, "Libsql", places)
      return ServerShadow.layer({ pool: set.pool, holder, targets, patience })
    }
    const targets = yield* targetsOf(settings, "Sqlite", places)
    return Layer.provide(FileShadow.layer({ file: set.file, holder, targets }), MemoryShadow.layer)
  }))

/** The shadow that the project holds, as a schema: a file, or a database of a libSQL server. */
const reserved: Layer.Layer<ReservedShadow, never, ShadowHost | FileSystem.FileSystem | Path.Path> = Layer.unwrap(
  Effect.gen(function*() {
    const { folder } = yield* Effect.orElseSucceed(Settings.resolve(), () => ({ folder: "." }))
    const lease = yield* Effect.option(Checkout.current(folder))
    const isOfServer = Option.exists(lease, (one) => Checkout.sortOf(one) === "libSQL")
    return isOfServer ? ReservedCatalog.layer(folder) : FileCatalog.layer(folder)
  })
)

/** Shadows of SQLite, by what the settings for a request say; `places` are what the command names beside them. */
export const layer = (
  request: Settings.Request = {},
  places: ReadonlyArray<string> = []
): Layer.Layer<
  Shadow | ShadowHost | ReservedShadow,
  ConfigurationError | Settings.SettingsError | DatabaseError,
  Dialect | FileSystem.FileSystem | Path.Path | Stdio.Stdio
> => Layer.merge(shadow(request, places), reserved).pipe(Layer.provideMerge(ShadowServer.layer))
