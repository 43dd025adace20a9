/**
 * Runs the cases of the kinds on real servers, by default the oldest and the newest:
 *
 *     bun test/kinds.ts [14|15|16|17|18 …]
 */
import * as NodeRuntime from "@effect/platform-node-shared/NodeRuntime"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import { spawn } from "node:child_process"
import { database, type Major, server } from "./servers.ts"

class KindsFailed extends Data.TaggedError("KindsFailed")<{ readonly message: string }> {}

const majors: ReadonlyArray<Major> = [14, 15, 16, 17, 18]
const asked = majors.filter((major) => process.argv.slice(2).includes(String(major)))

/** Runs the tests in a process of their own, which knows the database by the environment. Gives its exit code and output. */
const testsOn = (url: string): Effect.Effect<{ readonly code: number; readonly output: string }> =>
  Effect.callback((resume) => {
    const child = spawn(process.execPath, ["test", "--timeout", "600000", "test/postgres/kinds/"], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, LOCKPLANE_TEST_DATABASE_URL: url }
    })
    let output = ""
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => void (output += text))
    }
    child.on("close", (code) => resume(Effect.succeed({ code: code ?? 1, output })))
    return Effect.sync(() => child.kill())
  })

const run = Effect.forEach(
  asked.length === 0 ? [14, 18] as const : asked,
  (major) =>
    Effect.scoped(Effect.gen(function*() {
      const url = yield* database(yield* server({ major, settings: { max_locks_per_transaction: "1024" } }))
      yield* Effect.logInfo(`the kinds on PostgreSQL ${major}`)
      const { code, output } = yield* testsOn(url)
      yield* Effect.logInfo(`the kinds on PostgreSQL ${major}:\n${output}`)
      if (code !== 0) return yield* new KindsFailed({ message: `kinds fail on PostgreSQL ${major}` })
    })),
  { concurrency: 2, discard: true }
)

NodeRuntime.runMain(run)
