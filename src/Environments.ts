/** The databases that a project has names for. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import type { SourceError } from "./SourceError.ts"

/** Knows the environments of the project that the program runs in. */
export class Environments extends Context.Service<Environments, {
  /** The URL of the database of an environment; fails where there is no such environment, or it has no database. */
  readonly database: (name: string) => Effect.Effect<Redacted.Redacted<string>, SourceError>
}>()("lockplane/Environments") {}
