/** Everything that the stages need to work on a family of databases, in one layer. */
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import type * as Path from "effect/Path"
import { type CatalogCache, layer as cacheLayer } from "./CatalogCache.ts"
import { layer as settingsLayer } from "./config/Settings.ts"
import type { Dialect } from "./Dialect.ts"
import type { Environments } from "./Environments.ts"
import type { Shadow } from "./Shadow.ts"
import type { ShadowHost } from "./ShadowHost.ts"

/** The layer of a module that is loaded when somebody asks for it: a program works on one family of databases, most often. */
const lazy = <A, E, R>(load: () => Promise<{ readonly layer: Layer.Layer<A, E, R> }>): Layer.Layer<A, E, R> =>
  Layer.unwrap(Effect.map(Effect.promise(load), ({ layer }) => layer))

/** PostgreSQL, a cache of readings in the user's cache folder, and the environments of the project; for a shadow of one's own. */
export const withoutShadow: Layer.Layer<
  Dialect | CatalogCache | Environments,
  never,
  FileSystem.FileSystem | Path.Path
> = Layer.mergeAll(lazy(() => import("./postgres/Postgres.ts")), cacheLayer, settingsLayer)

/** {@link withoutShadow}, with the embedded engine as shadow. */
export const layer: Layer.Layer<
  Dialect | Shadow | CatalogCache | Environments,
  never,
  FileSystem.FileSystem | Path.Path
> = Layer.merge(withoutShadow, lazy(() => import("./postgres/EmbeddedShadow.ts")))

/** SQLite and libSQL, a cache of readings in the user's cache folder, and the environments of the project; for a shadow of one's own. */
export const sqliteWithoutShadow: Layer.Layer<
  Dialect | CatalogCache | Environments,
  never,
  FileSystem.FileSystem | Path.Path
> = Layer.mergeAll(lazy(() => import("./sqlite/Sqlite.ts")), cacheLayer, settingsLayer)

/** {@link sqliteWithoutShadow}, with databases in memory as shadow. */
export const sqlite: Layer.Layer<
  Dialect | Shadow | CatalogCache | Environments,
  never,
  FileSystem.FileSystem | Path.Path
> = Layer.merge(sqliteWithoutShadow, lazy(() => import("./sqlite/MemoryShadow.ts")))

/** PostgreSQL servers as hosts of shadows, for `ServerShadow.layer` and `Reservations.reserve`. */
export const shadowHost: Layer.Layer<ShadowHost> = lazy(() => import("./postgres/ShadowServer.ts"))

/** libSQL servers as hosts of shadows. */
export const sqliteShadowHost: Layer.Layer<ShadowHost> = lazy(() => import("./sqlite/ShadowServer.ts"))
