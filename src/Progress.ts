/** Where long work is: stages report, and whoever runs them may listen. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"

/** Listens to the progress of long work. */
export class ProgressReporter extends Context.Service<ProgressReporter, {
  /** The work, the number of the step that begins (from 1), how many there are, and what the step does. */
  readonly report: (work: string, step: number, of: number, description: string) => Effect.Effect<void>
}>()("lockplane/ProgressReporter") {}

/** Tells the listener, if there is one, that a step begins. */
export const progress = (work: string, step: number, of: number, description: string): Effect.Effect<void> =>
  Effect.flatMap(
    Effect.serviceOption(ProgressReporter),
    Option.match({
      onNone: () => Effect.void,
      onSome: (reporter) => reporter.report(work, step, of, description)
    })
  )
