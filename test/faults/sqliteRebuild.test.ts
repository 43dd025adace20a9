/** A few kills of the rebuild of a smaller table; `bun test/faults/run.ts` does a hundred with a million rows. */
import { expect, test } from "bun:test"
import { describe, run } from "./SqliteRebuild.ts"

test("the rebuild of a SQLite table that is killed leaves the old database or the new one, and goes on", async () => {
  const rounds = await run({ rows: 60_000, rounds: 4, seed: 1 })
  const broken = rounds.filter(({ problems }) => problems.length > 0)
  expect(broken.length === 0 ? "" : describe(rounds)).toBe("")
  expect(rounds.some(({ late }) => !late)).toBe(true)
}, 120_000)
