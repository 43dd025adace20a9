/** The shadow that the project holds, as a schema that is wanted: what another tool has made there. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { Catalog } from "./Catalog.ts"
import type { Dialect } from "./Dialect.ts"
import type { DatabaseError } from "./engine/DatabaseError.ts"
import type { Shadow } from "./Shadow.ts"
import type { SourceError } from "./SourceError.ts"

/** Reads the shadow that the project holds, which goes on being held. */
export class ReservedShadow extends Context.Service<ReservedShadow, {
  /** What is there now. Who owns it, and who may use it, is not said: a shadow's user is nobody of the target. */
  readonly catalog: Effect.Effect<Catalog, SourceError | DatabaseError, Dialect | Shadow>
}>()("lockplane/ReservedShadow") {}
