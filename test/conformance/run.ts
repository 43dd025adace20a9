/**
 * Plans, applies and judges migrations between schemas that others wrote:
 *
 *     bun test/conformance/run.ts --corpus DIR [--engine embedded|14|15|16|17|18|URL|sqlite] [--filter TEXT] [--jobs N] [--report FILE] [--no-census]
 *
 * SQLite's schemas are migrated as files, whatever the engine; `--engine sqlite` leaves all others out. `--no-census` migrates schemas that hold objects of no kind too, which are left out then. `--filter` keeps the chains whose `PROJECT/CASE` holds the text. The table goes to stdout, progress to stderr. It ends
 * with `N passed, M failed`, and with exit code 1 where one failed.
 */
import * as NodeRuntime from "@effect/platform-node-shared/NodeRuntime"
import { Command, Flag } from "effect/cli"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import { layer as platform } from "../../src/platform.ts"
import { type Major, server } from "../servers.ts"
import { services as sqlite } from "../sqlite/world.ts"
import { cut, discover } from "./Case.ts"
import { type Result, runChain } from "./Conformance.ts"
import * as Report from "./Report.ts"
import * as Scratch from "./Scratch.ts"
import * as Sqlite from "./sqlite/Conformance.ts"

const majors: ReadonlyMap<string, Major> = new Map([["14", 14], ["15", 15], ["16", 16], ["17", 17], ["18", 18]])

/** A transaction that creates a thousand tables holds as many locks. */
const settings = { max_locks_per_transaction: "4096" }

const scratchOn = (engine: string) => {
  const major = majors.get(engine)
  return engine === "embedded"
    ? Scratch.embedded
    : major === undefined
    ? Scratch.onServer(engine)
    : Effect.flatMap(server({ major, settings }), (started) => Scratch.onServer(started.url()))
}

const command = Command.make("conformance", {
  corpus: Flag.Directory("corpus", { mustExist: true }),
  engine: Flag.String("engine").pipe(Flag.withDefault("embedded")),
  filter: Flag.String("filter").pipe(Flag.withDefault("")),
  jobs: Flag.Int("jobs").pipe(Flag.withDefault(2)),
  report: Flag.String("report").pipe(Flag.optional),
  census: Flag.Boolean("census").pipe(Flag.withDefault(true))
}, ({ census, corpus, engine, filter, jobs, report }) =>
  Effect.scoped(Effect.gen(function*() {
    const found = (yield* discover(corpus)).filter((chain) =>
      `${chain.project}/${chain.name}`.includes(filter) && (engine !== "sqlite" || chain.dialect === "sqlite")
    )
    const chains = found.flatMap((chain) => cut(chain, found.length >= jobs ? 1 : Math.ceil(jobs / found.length)))
    const results: Array<Result> = []
    const onResult = (result: Result): void => {
      results.push(result)
      if (result.outcome === "failed") process.stderr.write(`${result.project} ${result.name}: ${result.reason}\n`)
      else if (results.length % 50 === 0) process.stderr.write(`${results.length} migrations\n`)
    }
    const [files, others] = [
      chains.filter(({ dialect }) => dialect === "sqlite"),
      chains.filter(({ dialect }) => dialect !== "sqlite")
    ]
    yield* Effect.forEach(files, (chain) => Sqlite.runChain(chain, onResult), { concurrency: jobs, discard: true })
      .pipe(
        Effect.provide(sqlite)
      )
    const engines = files.length === 0 ? [] : ["SQLite"]
    if (others.length > 0) {
      const scratch = yield* scratchOn(engine)
      engines.push(scratch.engine)
      yield* Effect.forEach(others, (chain) => runChain(scratch, chain, { census, onResult }), {
        concurrency: jobs,
        discard: true
      })
    }
    if (Option.isSome(report)) {
      const fs = yield* FileSystem.FileSystem
      yield* fs.writeFileString(report.value, Report.json(engines.join(", "), results))
    }
    yield* Console.log(Report.table(results))
    if (results.some((result) => result.outcome === "failed")) process.exitCode = 1
  })))

Command.run(command, { version: "0" }).pipe(Effect.provide(platform), NodeRuntime.runMain)
