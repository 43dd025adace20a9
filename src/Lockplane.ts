/** Everything that the stages need to work on PostgreSQL, in one layer. */
import type * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import type * as Path from "effect/Path"
import { type CatalogCache, layer as cacheLayer } from "./CatalogCache.ts"
import type { Dialect } from "./Dialect.ts"
import * as EmbeddedShadow from "./postgres/EmbeddedShadow.ts"
import * as Postgres from "./postgres/Postgres.ts"
import type { Shadow } from "./Shadow.ts"

/** PostgreSQL, with the embedded engine as shadow and a cache of readings in the user's cache folder. */
export const layer: Layer.Layer<Dialect | Shadow | CatalogCache, never, FileSystem.FileSystem | Path.Path> = Layer
  .mergeAll(
    Postgres.layer,
    EmbeddedShadow.layer,
    cacheLayer
  )
