/** Progress for people: one line that is written anew on a terminal; elsewhere a line now and then, for long work only. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stdio from "effect/Stdio"
import * as Stream from "effect/Stream"
import * as Terminal from "effect/Terminal"
import { ProgressReporter } from "../Progress.ts"
import { withoutSecrets } from "./Failure.ts"
import { say } from "./Output.ts"

/** Milliseconds before work counts as long, and between two lines that are not written over each other. */
const pause = 2000

const seconds = (milliseconds: number): string => {
  const whole = Math.round(milliseconds / 1000)
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`
}

/** Where work is, as one line: `apply 3/12 (17 %), 4 s, about 20 s left: Create table users`. */
export const line = (
  work: string,
  step: number,
  of: number,
  description: string,
  elapsed: number
): string => {
  const done = step - 1
  const left = done === 0 || elapsed < pause ? "" : `, about ${seconds(elapsed / done * (of - done))} left`
  return withoutSecrets(
    `${work} ${step}/${of} (${Math.floor(done / of * 100)} %), ${seconds(elapsed)}${left}: ${description}`
  ).replaceAll(/\s+/g, " ")
}

/** The {@link ProgressReporter} of the command line. */
export const layer: Layer.Layer<ProgressReporter, never, Stdio.Stdio | Terminal.Terminal> = Layer.effect(
  ProgressReporter,
  Effect.gen(function*() {
    const stdio = yield* Stdio.Stdio
    const { columns } = yield* Terminal.Terminal
    const isTerminal = yield* stdio.stderrIsTerminal
    const write = (text: string) => Effect.ignore(Stream.run(Stream.succeed(text), stdio.stderr()))
    let current = ""
    let started = 0
    let written = 0
    const clear = Effect.suspend(() => current !== "" && isTerminal ? write("\r\u001b[2K") : Effect.void)
    yield* Effect.addFinalizer(() => clear)
    return ProgressReporter.of({
      report: (work, step, of, description) =>
        Effect.gen(function*() {
          const now = yield* Clock.currentTimeMillis
          if (work !== current || step === 1) {
            current = work
            started = now
            written = now
          }
          const text = line(work, step, of, description, now - started)
          if (isTerminal) {
            const width = Math.max(20, (yield* columns) || 80)
            yield* write(`\r\u001b[2K${text.length < width ? text : `${text.slice(0, width - 2)}…`}`)
          } else if (now - written >= pause) {
            written = now
            yield* say(text)
          }
        })
    })
  })
)

/** Work whose progress is shown; the line is gone when it ends. */
export const withProgress = <A, E, R>(
  work: Effect.Effect<A, E, R>
): Effect.Effect<A, E, Exclude<R, ProgressReporter> | Stdio.Stdio | Terminal.Terminal> => Effect.provide(work, layer)
