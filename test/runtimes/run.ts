/**
 * Runs on Node and on Deno the tests that `npm test` runs on Bun: all of them, or those below the paths that are named.
 *
 *     bun test/runtimes/run.ts [--runtime Node|Deno] [FILE|FOLDER …]
 */
import * as NodeRuntime from "@effect/platform-node-shared/NodeRuntime"
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { readdir } from "node:fs/promises"
import { availableParallelism } from "node:os"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { run } from "./Process.ts"
import { deno, node, type Runtime } from "./Programs.ts"

/** Tests fail, or cannot be run. */
class RuntimesFailed extends Data.TaggedError("RuntimesFailed")<{ readonly message: string }> {}

/** What stays with Bun, and why. */
const withBunAlone = [
  // the terminal that the questions are asked on is Bun's
  "test/init/wizard.test.ts",
  "test/cli/terminal.test.ts",
  // starts programs on every runtime by itself
  "test/runtimes/"
]

/** How the tests of a file came out. */
interface Outcome {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  readonly output: string
}

const root = fileURLToPath(new URL("../..", import.meta.url))
const folder = path.relative(root, import.meta.dirname)

const { positionals, values } = parseArgs({ allowPositionals: true, options: { runtime: { type: "string" } } })

const testsOf = Effect.promise(async () => {
  const named = positionals.map((name) => path.relative(root, path.resolve(name)))
  const files = (await readdir(path.join(root, "test"), { recursive: true })).map((file) => path.join("test", file))
  return files.filter((file) => file.endsWith(".test.ts"))
    .filter((file) => !withBunAlone.some((start) => file.startsWith(start)))
    .filter((file) => named.length === 0 || named.some((start) => file.startsWith(start)))
    .toSorted()
})

/** The runtimes, each with the command that the path of a file follows. */
const runtimes = Effect.gen(function*() {
  const onNode = yield* Effect.promise(node)
  if (onNode === undefined) return yield* new RuntimesFailed({ message: "there is no Node that is new enough" })
  const commands: Readonly<Record<Exclude<Runtime, "Bun">, ReadonlyArray<string>>> = {
    Node: [
      ...onNode,
      "--disable-warning=ExperimentalWarning",
      "--import",
      `./${folder}/node.ts`,
      "--test-reporter=spec"
    ],
    Deno: [deno[0], "test", "--allow-all", "--no-check", "--import-map", `${folder}/deno.json`]
  }
  return Object.entries(commands).filter(([name]) => values.runtime === undefined || values.runtime === name)
})

/** The tests of a file on a runtime. A file whose tests cannot be counted, or that has none, has failed. */
const outcomeOf = (command: ReadonlyArray<string>, file: string): Effect.Effect<Outcome> =>
  Effect.promise(async () => {
    const { code, stderr, stdout } = await run([...command, file], {
      cwd: root,
      env: { ...process.env, NO_COLOR: "1" }
    })
    const count = (...words: ReadonlyArray<string>): number => {
      // "ℹ pass 3" says Node, and "| 3 passed" says Deno
      const found = words.flatMap((
        word
      ) => [...stdout.matchAll(new RegExp(`^ℹ ${word} (\\d+)$|\\| (\\d+) ${word}\\b`, "gm"))])
      return found.reduce((sum, [, ofNode, ofDeno]) => sum + Number(ofNode ?? ofDeno), 0)
    }
    const [passed, skipped] = [count("pass", "passed"), count("skipped", "ignored")]
    const failed = count("fail", "failed", "cancelled")
    const isCounted = passed + failed + skipped > 0
    return { passed, skipped, failed: (code !== 0 || !isCounted) && failed === 0 ? 1 : failed, output: stdout + stderr }
  })

const main = Effect.gen(function*() {
  const files = yield* testsOf
  if (files.length === 0) return yield* new RuntimesFailed({ message: `no tests are below ${positionals.join(", ")}` })
  const pairs = (yield* runtimes).flatMap(([runtime, command]) => files.map((file) => ({ runtime, command, file })))
  if (pairs.length === 0) return yield* new RuntimesFailed({ message: `${values.runtime} is neither Node nor Deno` })
  const outcomes = yield* Effect.forEach(
    pairs,
    ({ command, file, runtime }) =>
      Effect.gen(function*() {
        const [duration, { failed, output, passed, skipped }] = yield* Effect.timed(outcomeOf(command, file))
        const counts = [
          `${passed} passed`,
          ...failed > 0 ? [`${failed} failed`] : [],
          ...skipped > 0 ? [`${skipped} skipped`] : []
        ]
        yield* Effect.sync(() => {
          if (failed > 0) console.log(output.slice(Math.max(0, output.search(/^(✖ failing tests:| ERRORS )/m))))
          console.log(
            `${failed > 0 ? "FAIL" : "ok  "} ${runtime} ${file}: ${counts.join(", ")} (${
              Math.round(Duration.toSeconds(duration))
            } s)`
          )
        })
        return { runtime, failed, passed, skipped }
      }),
    { concurrency: availableParallelism() }
  )
  yield* Effect.sync(() => {
    for (const [runtime, of] of Map.groupBy(outcomes, ({ runtime }) => runtime)) {
      const sum = (key: "passed" | "failed" | "skipped"): number => of.reduce((sum, one) => sum + one[key], 0)
      console.log(
        `${runtime}: ${sum("passed")} passed, ${sum("failed")} failed, ${sum("skipped")} skipped in ${of.length} files`
      )
    }
  })
  if (outcomes.some(({ failed }) => failed > 0)) return yield* new RuntimesFailed({ message: "tests fail" })
})

NodeRuntime.runMain(main)
