/** `bun test/faults/run.ts --rounds N --rows N --seed N`: kills the rebuild of a SQLite table at random moments. */
import { parseArgs } from "node:util"
import { describe, run } from "./SqliteRebuild.ts"

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "100" },
    rows: { type: "string", default: "1000000" },
    seed: { type: "string", default: "1" }
  }
})
let done = 0
const rounds = await run({
  rounds: Number(values.rounds),
  rows: Number(values.rows),
  seed: Number(values.seed),
  onRound: ({ at, hot, journal, late, problems, state }) =>
    console.error(
      `${++done} ${journal} at ${at.toFixed(0)} ms${late ? " (too late)" : ""}: ${state}${hot ? ", hot" : ""}${
        problems.length === 0 ? "" : ` BROKEN ${problems.join("; ")}`
      }`
    )
})
console.log(describe(rounds))
process.exitCode = rounds.some(({ problems }) => problems.length > 0) ? 1 : 0
