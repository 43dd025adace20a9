/**
 * Empty databases to try things on: where `.lp.sql` is executed and read back, and where plans are proven. The default
 * one is embedded and needs nothing installed.
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Session } from "./engine/Database.ts"
import type { DatabaseError } from "./engine/DatabaseError.ts"

/** What a shadow must be able to hold. */
export interface ShadowNeeds {
  /** Extensions that the schema creates, as `CREATE EXTENSION` names them. */
  readonly extensions: ReadonlyArray<string>
}

/** Gives out empty databases. */
export class Shadow extends Context.Service<Shadow, {
  /** The engine behind a session of this shadow, for people and for proofs: `PostgreSQL 18.6 (embedded)`. */
  readonly describe: (session: Session) => string
  /** Major version of the engine; that of the embedded one is known without starting it. */
  readonly major: Effect.Effect<number, DatabaseError>
  /** Tells the engine from every other that may print definitions differently; found without starting it. */
  readonly identity: Effect.Effect<string, DatabaseError>
  /** True for an extension that the engine is known not to have. */
  readonly lacks?: (extension: string) => boolean
  /** An empty database to oneself until the scope closes; whatever was left in it is gone then. */
  readonly reserve: (needs: ShadowNeeds) => Effect.Effect<Session, DatabaseError, Scope.Scope>
}>()("lockplane/Shadow") {}
