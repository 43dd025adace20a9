/** What every command that works with schemas needs around its work: the stages' services, and a report of its failure. */
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type * as Path from "effect/Path"
import type * as Stdio from "effect/Stdio"
import type { CatalogCache } from "../CatalogCache.ts"
import type { Dialect } from "../Dialect.ts"
import * as Lockplane from "../Lockplane.ts"
import type { Shadow } from "../Shadow.ts"
import { type Ended, reporting } from "./Failure.ts"

/** Runs the work of a command on the stages' services. `interrupted` says what an interruption leaves behind. */
export const withStages = <A, E, R>(
  work: Effect.Effect<A, E, R>,
  interrupted?: Effect.Effect<string>
): Effect.Effect<
  A,
  Ended,
  Exclude<R, Dialect | Shadow | CatalogCache> | FileSystem.FileSystem | Path.Path | Stdio.Stdio
> => reporting(Effect.provide(work, Lockplane.layer), interrupted)
