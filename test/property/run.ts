/** `bun run test:property --runs N --seed N --size N --major M --concurrency N --shrinks N`: any number of runs on a real server. */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import { parseArgs } from "node:util"
import { layerOff } from "../../src/CatalogCache.ts"
import * as platform from "../../src/platform.ts"
import * as Postgres from "../../src/postgres/Postgres.ts"
import { type Major, server } from "../servers.ts"
import { describe, format, runs, type Summary } from "./Runs.ts"
import * as ServerShadow from "./ServerShadow.ts"

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "1000" },
    seed: { type: "string", default: "1" },
    size: { type: "string", default: "40" },
    major: { type: "string", default: "18" },
    concurrency: { type: "string", default: "2" },
    shrinks: { type: "string", default: "300" }
  }
})
const majors: ReadonlyArray<Major> = [14, 15, 16, 17, 18]
const major = majors.find((major) => String(major) === values.major) ?? 18

const started = performance.now()
let summary: Summary = { done: 0, held: 0, unchanged: 0, steps: 0, refused: new Map(), failures: [] }
const stop = new AbortController()
// what was found until then is told, and the server ends with its scope
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop.abort())

const exit = await Effect.runPromiseExit(
  Effect.scoped(Effect.gen(function*() {
    const shadows = yield* Effect.flatMap(
      server({ major }),
      (server) => ServerShadow.make(server, Number(values.concurrency))
    )
    yield* runs(
      shadows,
      {
        runs: Number(values.runs),
        seed: Number(values.seed),
        size: Number(values.size),
        concurrency: Number(values.concurrency),
        shrinks: Number(values.shrinks)
      },
      (failure) => console.log(format(failure)),
      (soFar) => {
        summary = soFar
        if (summary.done % 100 === 0) {
          const each = (performance.now() - started) / summary.done
          console.error(`${each.toFixed(0)} ms each; ${describe(summary)}`)
        }
      }
    ).pipe(Effect.provide(Layer.mergeAll(
      Postgres.layer.pipe(Layer.provide(platform.layer)),
      layerOff
    )))
  })),
  { signal: stop.signal }
)
console.log(describe(summary))
const isBroken = Exit.isFailure(exit) && !Cause.hasInterruptsOnly(exit.cause)
if (isBroken) console.error(Cause.pretty(exit.cause))
process.exitCode = isBroken || summary.failures.length > 0 ? 1 : 0
