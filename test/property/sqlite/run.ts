/** `bun test/property/sqlite/run.ts --runs N --seed N --size N --shrinks N`: any number of random changes of SQLite schemas. */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { parseArgs } from "node:util"
import { describe, format, runs, type Summary } from "./Runs.ts"

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "1000" },
    seed: { type: "string", default: "1" },
    size: { type: "string", default: "30" },
    shrinks: { type: "string", default: "200" }
  }
})
const started = performance.now()
let summary: Summary | undefined
const stop = new AbortController()
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop.abort())

const exit = await Effect.runPromiseExit(
  runs(
    {
      runs: Number(values.runs),
      seed: Number(values.seed),
      size: Number(values.size),
      shrinks: Number(values.shrinks)
    },
    (failure) => console.log(format(failure)),
    (soFar) => {
      summary = soFar
      if (summary.done % 500 === 0) {
        console.error(`${((performance.now() - started) / summary.done).toFixed(0)} ms each; ${describe(summary)}`)
      }
    }
  ),
  { signal: stop.signal }
)
if (summary !== undefined) console.log(describe(summary))
const isBroken = Exit.isFailure(exit) && !Cause.hasInterruptsOnly(exit.cause)
if (isBroken) console.error(Cause.pretty(exit.cause))
process.exitCode = isBroken || (summary?.failures.length ?? 0) > 0 ? 1 : 0
