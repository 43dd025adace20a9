/** `bun run test:property --runs N --seed N --size N --major M --concurrency N --shrinks N`: any number of runs on a real server. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { parseArgs } from "node:util"
import { layerOff } from "../../src/CatalogCache.ts"
import * as platform from "../../src/platform.ts"
import * as Postgres from "../../src/postgres/Postgres.ts"
import { type Major, server } from "../servers.ts"
import { describe, format, runs } from "./Runs.ts"
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
const total = Number(values.runs)

const summary = await Effect.runPromise(
  Effect.scoped(Effect.gen(function*() {
    const shadows = yield* Effect.flatMap(
      server({ major }),
      (server) => ServerShadow.make(server, Number(values.concurrency))
    )
    const started = performance.now()
    return yield* runs(
      shadows,
      {
        runs: total,
        seed: Number(values.seed),
        size: Number(values.size),
        concurrency: Number(values.concurrency),
        shrinks: Number(values.shrinks)
      },
      (failure) => console.log(format(failure)),
      (done) => {
        if (done % 100 === 0) {
          console.error(`${done} of ${total} runs, ${((performance.now() - started) / done).toFixed(0)} ms each`)
        }
      }
    ).pipe(Effect.provide(Layer.mergeAll(
      Postgres.layer.pipe(Layer.provide(platform.layer)),
      layerOff
    )))
  }))
)
console.log(describe(summary, total))
process.exitCode = summary.failures.length === 0 ? 0 : 1
