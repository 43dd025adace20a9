/** Everything that the stages need to work on a family of databases, in one layer. */
import type * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import type * as Path from "effect/Path"
import { type CatalogCache, layer as cacheLayer } from "./CatalogCache.ts"
import { layer as settingsLayer } from "./config/Settings.ts"
import type { Dialect } from "./Dialect.ts"
import type { Environments } from "./Environments.ts"
import * as EmbeddedShadow from "./postgres/EmbeddedShadow.ts"
import * as Postgres from "./postgres/Postgres.ts"
import * as ShadowServer from "./postgres/ShadowServer.ts"
import type { Shadow } from "./Shadow.ts"
import type { ShadowHost } from "./ShadowHost.ts"
import * as MemoryShadow from "./sqlite/MemoryShadow.ts"
import * as Sqlite from "./sqlite/Sqlite.ts"

/** PostgreSQL, a cache of readings in the user's cache folder, and the environments of the project; for a shadow of one's own. */
export const withoutShadow: Layer.Layer<
  Dialect | CatalogCache | Environments,
  never,
  FileSystem.FileSystem | Path.Path
> = Layer.mergeAll(Postgres.layer, cacheLayer, settingsLayer)

/** {@link withoutShadow}, with the embedded engine as shadow. */
export const layer: Layer.Layer<
  Dialect | Shadow | CatalogCache | Environments,
  never,
  FileSystem.FileSystem | Path.Path
> = Layer.merge(withoutShadow, EmbeddedShadow.layer)

/** SQLite and libSQL, a cache of readings in the user's cache folder, and the environments of the project; for a shadow of one's own. */
export const sqliteWithoutShadow: Layer.Layer<
  Dialect | CatalogCache | Environments,
  never,
  FileSystem.FileSystem | Path.Path
> = Layer.mergeAll(Sqlite.layer, cacheLayer, settingsLayer)

/** {@link sqliteWithoutShadow}, with databases in memory as shadow. */
export const sqlite: Layer.Layer<
  Dialect | Shadow | CatalogCache | Environments,
  never,
  FileSystem.FileSystem | Path.Path
> = Layer.merge(sqliteWithoutShadow, MemoryShadow.layer)

/** PostgreSQL servers as hosts of shadows, for `ServerShadow.layer` and `Reservations.reserve`. */
export const shadowHost: Layer.Layer<ShadowHost> = ShadowServer.layer
