/** Proofs that have to be begun again, in either direction. */
import { describe, expect } from "bun:test"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { comparable } from "../src/Canonical.ts"
import { Dialect } from "../src/Dialect.ts"
import { explain } from "../src/Explain.ts"
import * as Lockplane from "../src/Lockplane.ts"
import { decode, encode, planSchema } from "../src/PlanJson.ts"
import * as Platform from "../src/platform.ts"
import { prove } from "../src/Prover.ts"
import { render, report } from "../src/Validator.ts"
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
    }))

  test("is committed first on the way back too", () =>
    Effect.gen(function*() {
      const { plan, rollback } = yield* proven(two, one)
      expect(new Set(transactions(plan.steps))).toEqual(new Set([1]))
      expect(transactions(rollback.steps)).toEqual([1, 2])
    }))
})

describe("a type that is made anew", () => {
  const test = it.layer(Lockplane.layer.pipe(Layer.provideMerge(Platform.layer)))

  test("is set aside where a column goes over to a domain of its successor, and back", () =>
    Effect.gen(function*() {
      const { plan, rollback } = yield* proven(
        "CREATE TYPE r AS RANGE (SUBTYPE = time); CREATE TABLE t (id int PRIMARY KEY, a r[]);",
        "CREATE TYPE r AS RANGE (SUBTYPE = text); CREATE DOMAIN d AS r[]; CREATE TABLE t (id int PRIMARY KEY, a d);"
      )
      for (const { steps } of [plan, rollback]) {
        expect(steps.map(({ description }) => description.replace("Rollback: ", ""))).toContain(
          "Set range type r aside"
        )
      }
      expect(plan.proof).toMatchObject({ reaches_target: true, rollback_restores_source: true })
    }))
})

describe("a column whose type changes", () => {
  const test = it.layer(Lockplane.layer.pipe(Layer.provideMerge(Platform.layer)))

  test("may come behind a domain that loses a rule", () =>
    Effect.gen(function*() {
      const { plan } = yield* proven(
        "CREATE DOMAIN d AS bigint CONSTRAINT c CHECK (VALUE > 0); CREATE TABLE t (id bigint);",
        "CREATE DOMAIN d AS bigint; CREATE TABLE t (id int);"
      )
      expect(plan.steps.map(({ sql }) => sql)).toEqual([
        "ALTER DOMAIN public.d DROP CONSTRAINT c",
        "ALTER TABLE public.t ALTER COLUMN id TYPE integer"
      ])
    }))
})

describe("the order of columns, which no statement changes", () => {
  const test = it.layer(Lockplane.layer.pipe(Layer.provideMerge(Platform.layer)))
  const notes = (from: string, to: string) => Effect.map(proven(from, to), ({ plan }) => plan.notes)
  const before = "CREATE TABLE t (a int, b int); CREATE TABLE u (x int);"

  test(
    "is noted where it is not what the files say, with and without steps, and told in words",
    () =>
      Effect.gen(function*() {
        const { plan } = yield* proven(before, "CREATE TABLE t (c int, a int, b int); CREATE TABLE u (y int, x int);")
        expect(plan.notes).toHaveLength(1)
        expect(plan.notes?.[0]).toStartWith("The columns of table t, table u stand in another order")
        expect(explain(plan)).toContain("The columns of table t, table u stand in another order")
        expect(yield* decode(encode(plan))).toEqual({ $schema: planSchema, ...plan })
        const swapped = yield* proven(before, "CREATE TABLE t (b int, a int); CREATE TABLE u (x int);")
        expect([swapped.plan.steps.length, swapped.plan.notes?.length]).toEqual([0, 1])
      })
  )

  test("is no matter where columns come last, go, get other names, or the table is new", () =>
    Effect.gen(function*() {
      expect(yield* notes(before, "CREATE TABLE t (a int, b int, c int); CREATE TABLE u (x int);")).toBeUndefined()
      expect(yield* notes(before, "CREATE TABLE t (b int, c int); CREATE TABLE v (x int, w int);")).toBeUndefined()
      const renamed = "CREATE TABLE t (\n  c int, -- lockplane: renamed from a\n  b int\n); CREATE TABLE u (x int);"
      expect(yield* notes(before, renamed)).toBeUndefined()
    }))
})

describe("the way back of a plan", () => {
  const test = it.layer(Lockplane.layer.pipe(Layer.provideMerge(Platform.layer)))
  const before = "CREATE TABLE t (id int PRIMARY KEY, name text NOT NULL); CREATE VIEW v AS SELECT id FROM t;"
  const after = "CREATE TABLE t (id int PRIMARY KEY, note text); CREATE VIEW v AS SELECT id::bigint AS id FROM t;"

  test("is told with what it risks, in the plan, in words and in the safety report", () =>
    Effect.gen(function*() {
      const { between, plan, rollback } = yield* proven(before, after)
      const risks = plan.proof?.rollback_hazards?.map(({ code, object }) => [object, code])
      expect(risks).toEqual([
        ["column public.t.name", "fails_with_rows"],
        ["column public.t.note", "data_loss"]
      ])
      expect(rollback.proof?.rollback_hazards?.map(({ code, object }) => [object, code])).toEqual([
        ["column public.t.name", "data_loss"]
      ])
      const text = explain(plan)
      expect(text).toContain("going back fails where there are rows: Column t.name is NOT NULL")
      expect(text).toContain("going back removes data: The values of t.note are lost.")
      const { kindOf } = yield* Dialect
      const safety = render(report(between, plan, kindOf, rollback))
      expect(safety).toContain("On the way back: Column t.name is NOT NULL")
    }))

  test("is one sentence for an object that is made anew", () =>
    Effect.gen(function*() {
      const { between, plan, rollback } = yield* proven(before, after)
      const { findings } = report(between, plan, (yield* Dialect).kindOf, rollback)
      const ofView = findings.filter(({ description }) => description.endsWith("view v"))
      expect(ofView.map(({ backWith }) => backWith)).toEqual([plan.steps.length, undefined])
      expect(ofView.map(({ by }) => by.map((sql) => sql.split(" AS")[0]))).toEqual([[], ["CREATE VIEW public.v"]])
    }))
})

describe("what a proof observes", () => {
  const test = it.layer(Lockplane.layer.pipe(Layer.provideMerge(Platform.layer)))
  const before = `
    CREATE SCHEMA one; CREATE SCHEMA two;
    CREATE TABLE one.t (id int PRIMARY KEY, x int); CREATE TABLE two.t (id int PRIMARY KEY, x int);
    CREATE TABLE "odd""name.t" (x int);`

  const observed = (after: string) =>
    Effect.map(
      proven(before, before + after),
      ({ plan }) =>
        plan.steps.map(({ locks = [], scans = [] }) => ({ locks: locks.map(({ relation }) => relation), scans }))
    )

  test("names the table that is read, of two with one name", () =>
    Effect.gen(function*() {
      expect(yield* observed("CREATE INDEX i ON two.t (x);")).toEqual([{ locks: ["two.t"], scans: ["two.t"] }])
      expect(yield* observed("CREATE INDEX i ON \"odd\"\"name.t\" (x);")).toEqual([
        { locks: ["public.\"odd\"\"name.t\""], scans: ["public.\"odd\"\"name.t\""] }
      ])
    }))

  test("sees that a foreign key reads the referring table, and counts a lock once", () =>
    Effect.gen(function*() {
      const after = "ALTER TABLE two.t ADD CHECK (x > 0); ALTER TABLE two.t ADD FOREIGN KEY (x) REFERENCES one.t;"
      expect(yield* observed(after)).toEqual([
        { locks: ["two.t"], scans: ["two.t"] },
        { locks: ["one.t"], scans: ["two.t"] }
      ])
      const { plan } = yield* proven(before, before + after)
      expect(plan.proof?.locks_held).toBeGreaterThan(3)
    }))
})
