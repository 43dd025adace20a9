/** Progress for people: one line that is written anew on a terminal; elsewhere a line now and then, for long work only. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as Stdio from "effect/Stdio"
import * as Terminal from "effect/Terminal"
import { ProgressReporter } from "../Progress.ts"
import { withoutSecrets } from "./Failure.ts"
import { write } from "./Output.ts"

/** Milliseconds after which work is long. */
const long = 2000

/** Milliseconds between two lines that are not written over each other. */
const pause = 10_000

/** The step that runs, and when its work began. */
interface Report {
  readonly work: string
  readonly step: number
  readonly of: number
  readonly description: string
  readonly started: number
}

const seconds = (milliseconds: number): string => {
  const whole = Math.round(milliseconds / 1000)
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`
}

/** How many steps have to be done before their time says something of those to come. */
const telling = 20

/**
 * Where work is, as one line: `apply 43/120 (35 %), 4 s, about 7 s left: Create table users`. Of a few steps each can take
 * a moment or an hour; what is left is then not known.
 */
export const line = ({ description, of, step, work }: Report, elapsed: number): string => {
  const done = step - 1
  const left = done < telling || elapsed < long ? "" : `, about ${seconds(elapsed / done * (of - done))} left`
  return withoutSecrets(
    `${work}${of === 1 ? "" : ` ${step}/${of} (${Math.floor(done / of * 100)} %)`}, ${
      seconds(elapsed)
    }${left}: ${description}`
  ).replaceAll(/\s+/g, " ")
}

/** The {@link ProgressReporter} of the command line. */
export const layer: Layer.Layer<ProgressReporter, never, Stdio.Stdio | Terminal.Terminal> = Layer.effect(
  ProgressReporter,
  Effect.gen(function*() {
    const stdio = yield* Stdio.Stdio
    const { columns } = yield* Terminal.Terminal
    const isTerminal = yield* stdio.stderrIsTerminal
    const show = (text: string) => Effect.provideService(write(text), Stdio.Stdio, stdio)
    let now: Report | undefined
    let written = Number.NEGATIVE_INFINITY
    /** Shows where the work is: on a terminal always, elsewhere when it is due. */
    const draw = Effect.gen(function*() {
      if (now === undefined) return
      const time = yield* Clock.currentTimeMillis
      const text = line(now, time - now.started)
      if (isTerminal) {
        const width = Math.max(20, (yield* columns) || 80)
        yield* show(`\r\u001b[2K${text.length < width ? text : `${text.slice(0, width - 2)}…`}`)
      } else if (time - now.started >= long && time - written >= pause) {
        written = time
        yield* show(`${text}\n`)
      }
    })
    yield* Effect.addFinalizer(() => now !== undefined && isTerminal ? show("\r\u001b[2K") : Effect.void)
    yield* Effect.forkScoped(Effect.repeat(draw, Schedule.spaced("1 second")))
    return ProgressReporter.of({
      report: (work, step, of, description) =>
        Effect.gen(function*() {
          const time = yield* Clock.currentTimeMillis
          const started = now === undefined || now.work !== work || step === 1 ? time : now.started
          now = { work, step, of, description, started }
          yield* draw
        })
    })
  })
)

/** Work whose progress is shown; the line is gone when it ends. */
export const withProgress = <A, E, R>(
  work: Effect.Effect<A, E, R>
): Effect.Effect<A, E, Exclude<R, ProgressReporter> | Stdio.Stdio | Terminal.Terminal> => Effect.provide(work, layer)
