/** What every command that works with schemas needs around its work: the stages' services, and a report of its failure. */
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import type * as Path from "effect/Path"
import type * as Stdio from "effect/Stdio"
import type { CatalogCache } from "../CatalogCache.ts"
import type * as Settings from "../config/Settings.ts"
import type { Dialect } from "../Dialect.ts"
import type { Environments } from "../Environments.ts"
import * as Lockplane from "../Lockplane.ts"
import type { ReservedShadow } from "../ReservedShadow.ts"
import type { Shadow } from "../Shadow.ts"
import type { ShadowHost } from "../ShadowHost.ts"
import { type Ended, reporting } from "./Failure.ts"
import * as ShadowChoice from "./ShadowChoice.ts"

/** The services of the stages. */
export type Stages = Dialect | Shadow | ShadowHost | ReservedShadow | CatalogCache | Environments

/**
 * Runs the work of a command on the stages' services. `interrupted` says what an interruption leaves behind; `request`
 * which settings name the shadow.
 */
export const withStages = <A, E, R>(
  work: Effect.Effect<A, E, R>,
  interrupted?: Effect.Effect<string>,
  request?: Settings.Request
): Effect.Effect<A, Ended, Exclude<R, Stages> | FileSystem.FileSystem | Path.Path | Stdio.Stdio> =>
  reporting(
    Effect.provide(work, ShadowChoice.layer(request).pipe(Layer.provideMerge(Lockplane.withoutShadow))),
    interrupted
  )
