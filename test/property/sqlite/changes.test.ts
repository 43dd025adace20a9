/**
 * A fixed number of random changes of random SQLite schemas with rows. LOCKPLANE_PROPERTY_RUNS and LOCKPLANE_PROPERTY_SEED run
 * others; `bun test/property/sqlite/run.ts` runs any number and shrinks what fails.
 */
import { expect } from "bun:test"
import * as Effect from "effect/Effect"
import { live } from "../../effect.ts"
import { describe, format, runs } from "./Runs.ts"

const total = Number(process.env["LOCKPLANE_PROPERTY_RUNS"] ?? 30)
const seed = Number(process.env["LOCKPLANE_PROPERTY_SEED"] ?? 1)

live(
  "plans of random changes reach their target with all rows that fit it, and lead back",
  () =>
    Effect.gen(function*() {
      const summary = yield* runs({ runs: total, seed, size: 20, shrinks: 20 })
      expect(summary.failures.map(format)).toEqual([])
      // a refusal is no failure, but what is refused is not tried
      expect({ held: summary.held > total / 2, rows: summary.rows > 0, told: describe(summary) })
        .toMatchObject({ held: true, rows: true })
    })
)
