/** Proofs that have to be begun again, in either direction. */
import { describe, expect } from "bun:test"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { comparable } from "../src/Canonical.ts"
import * as Lockplane from "../src/Lockplane.ts"
import * as Platform from "../src/platform.ts"
import { prove } from "../src/Prover.ts"
import * as it from "./effect.ts"
import { loadSql } from "./sqlSource.ts"

const one = "CREATE TYPE s AS ENUM ('a'); CREATE TABLE t (id int PRIMARY KEY, x s DEFAULT 'a');"
const two = "CREATE TYPE s AS ENUM ('a', 'b'); CREATE TABLE t (id int PRIMARY KEY, x s DEFAULT 'b');"

const proven = (from: string, to: string) =>
  Effect.gen(function*() {
    return yield* prove(yield* comparable(yield* loadSql(from), yield* loadSql(to)))
  })

const transactions = (steps: ReadonlyArray<{ readonly transaction?: number }>) =>
  steps.map(({ transaction }) => transaction)

describe("a value of an enum that is used by what the plan changes", () => {
  const test = it.layer(Lockplane.layer.pipe(Layer.provideMerge(Platform.layer)))

  test("is committed first, and taken out by a new type on the way back", () =>
    Effect.gen(function*() {
      const { plan, rollback } = yield* proven(one, two)
      expect(transactions(plan.steps)).toEqual([1, 2])
      expect(new Set(transactions(rollback.steps))).toEqual(new Set([1]))
      expect(plan.proof?.rollback_restores_source).toBe(true)
    }), 60_000)

  test("is committed first on the way back too", () =>
    Effect.gen(function*() {
      const { plan, rollback } = yield* proven(two, one)
      expect(new Set(transactions(plan.steps))).toEqual(new Set([1]))
      expect(transactions(rollback.steps)).toEqual([1, 2])
    }), 60_000)
})
