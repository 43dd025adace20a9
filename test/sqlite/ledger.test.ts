import { describe, expect } from "bun:test"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as SqliteDatabase from "../../src/engine/SqliteDatabase.ts"
import * as Executor from "../../src/Executor.ts"
import * as Ledger from "../../src/Ledger.ts"
import { brokenAt, type Entry, runsOf, seal } from "../../src/LedgerEntry.ts"
import type { Plan } from "../../src/Plan.ts"
import { live } from "../effect.ts"
import { apply, type File, file, migrate, plan, read, services as provided } from "./world.ts"

const check = (
  name: string,
  body: () => Effect.Effect<void, unknown, Layer.Success<typeof provided> | Scope.Scope>
): void => live(name, () => Effect.provide(Effect.scoped(body()), provided))

const open = (database: File) => SqliteDatabase.make({ location: database.path })
const entriesOf = (database: File) => Effect.map(Effect.flatMap(open(database), Ledger.entries), Option.getOrThrow)
const events = (entries: ReadonlyArray<Entry>) => entries.map(({ event, part, run }) => [event, run, part])

const parts = (second: string): Plan => ({
  steps: [
    { description: "one", sql: "CREATE TABLE one (a)", transaction: 1 },
    { description: "two", sql: second, transaction: 2 }
  ]
})

describe("the ledger of a database", () => {
  check(
    "says of every plan that it began and that it is done, and is no part of the schema",
    () =>
      Effect.gen(function*() {
        const { again, database, plan, rollback } = yield* migrate(
          "CREATE TABLE t (a)",
          "CREATE TABLE t (a, b)",
          () => 0
        )
        expect(again).toEqual([])
        const entries = yield* entriesOf(database)
        expect(events(entries)).toEqual([["began", 1, null], ["done", 1, 1], ["began", 3, null], ["done", 3, 1]])
        expect(entries.map(({ schema_hash }) => schema_hash)).toEqual([
          null,
          plan.target_hash ?? "",
          null,
          rollback.target_hash ?? ""
        ])
        expect(brokenAt(entries)).toBeUndefined()
        expect(Ledger.unfinished(entries)).toBeUndefined()
        const [first] = runsOf(entries)
        expect(first === undefined ? undefined : yield* Ledger.remainder({ ...first, committed: undefined }))
          .toMatchObject({
            source_hash: plan.source_hash,
            steps: plan.steps.map(({ sql }) => ({ sql }))
          })
        expect([...(yield* read(database.path)).objects.keys()]).toEqual(["table main.t", "column main.t.a"])
      })
  )

  check("has nothing of a plan that was made for another schema", () =>
    Effect.gen(function*() {
      const database = yield* file("CREATE TABLE t (a)")
      const { plan: stale } = yield* plan(database, "CREATE TABLE t (a, b)")
      database.run("CREATE TABLE other (a)")
      const error = yield* Effect.flip(apply(stale, database))
      expect(error._tag).toBe("StalePlan")
      expect(database.rows("SELECT name FROM sqlite_schema")).toEqual([{ name: "t" }, { name: "other" }])
    }))

  check(
    "says why a plan stopped, and what is left of it goes on behind what was committed",
    () =>
      Effect.gen(function*() {
        const database = yield* file("CREATE TABLE t (a)")
        const error = yield* Effect.flip(apply(parts("INSERT INTO gone VALUES (1)"), database))
        expect(error._tag).toBe("StepFailed")
        const entries = yield* entriesOf(database)
        expect(events(entries)).toEqual([["began", 1, null], ["committed", 1, 1], ["stopped", 1, null]])
        expect(entries[2]?.reason).toContain("no such table: gone")
        const run = Ledger.unfinished(entries)
        if (run === undefined) throw new Error("no run is left")
        const rest = yield* Ledger.remainder(run)
        expect(rest.steps.map(({ description }) => description)).toEqual(["two"])
        // somebody else has changed the schema in between
        database.run("CREATE TABLE gone (a)")
        const again = Executor.apply(rest, yield* open(database), { resumes: run.number })
        expect((yield* Effect.flip(again))._tag).toBe("StalePlan")
        expect(yield* entriesOf(database)).toHaveLength(3)
        database.run("DROP TABLE gone; ALTER TABLE one ADD COLUMN b; ALTER TABLE one DROP COLUMN b")
        const failing = yield* Effect.flip(Executor.apply(rest, yield* open(database), { resumes: run.number }))
        expect(failing._tag).toBe("StepFailed")
        expect(events(yield* entriesOf(database)).slice(3)).toEqual([["resumed", 1, null], ["stopped", 1, null]])
      })
  )

  check("is left by an interruption with the reason, and nothing of the transaction", () =>
    Effect.gen(function*() {
      const database = yield* file("CREATE TABLE t (a)")
      const endless =
        "INSERT INTO t WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x FROM c LIMIT 1 OFFSET 1000000000000"
      const committed = yield* Deferred.make<void>()
      yield* Effect.flatMap(open(database), (target) =>
        Effect.raceFirst(
          Executor.apply(parts(endless), target, { onCommit: Effect.asVoid(Deferred.succeed(committed, undefined)) }),
          Effect.andThen(Deferred.await(committed), Effect.sleep("300 millis"))
        ))
      expect(database.rows("SELECT * FROM t")).toEqual([])
      const entries = yield* entriesOf(database)
      expect(entries.map(({ event, reason }) => [event, reason])).toEqual([
        ["began", null],
        ["committed", null],
        ["stopped", "interrupted"]
      ])
    }))

  check("shows that an entry was changed or is gone", () =>
    Effect.gen(function*() {
      const { database } = yield* migrate("CREATE TABLE t (a)", "CREATE TABLE t (a, b)", () => 0)
      const whole = yield* entriesOf(database)
      expect(whole.map((_, i) => brokenAt(whole.toSpliced(i, 1)))).toEqual([2, 3, 4, undefined])
      expect(whole.map((entry, i) => brokenAt(whole.with(i, { ...entry, who: "nobody" })))).toEqual([1, 2, 3, 4])
      // sealed anew, it does not fit what follows
      expect(brokenAt(whole.map((entry, i) => i === 1 ? seal({ ...entry, who: "nobody" }) : entry))).toBe(3)
      database.run("UPDATE lockplane_ledger SET who = 'nobody' WHERE number = 3")
      const error = yield* Effect.flip(Effect.flatMap(open(database), Ledger.entries))
      expect([error._tag, error.message]).toEqual(["BrokenLedger", expect.stringContaining("entry 3 of the ledger")])
    }))

  const others = {
    "a table": "CREATE TABLE Lockplane_Ledger (number INTEGER, what TEXT)",
    "an index": "CREATE INDEX lockplane_ledger ON t (a)",
    "a view": "CREATE VIEW lockplane_ledger AS SELECT a FROM t"
  }
  for (const [what, script] of Object.entries(others)) {
    check(
      `cannot be kept where ${what} has its name: that is part of the schema, and nothing runs`,
      () =>
        Effect.gen(function*() {
          const database = yield* file(`CREATE TABLE t (a); ${script}`)
          const target = yield* open(database)
          const error = yield* Effect.flip(Executor.apply(parts("CREATE TABLE two (a)"), target))
          expect([error._tag, error.message]).toEqual([
            "DatabaseError",
            expect.stringContaining("the name lockplane_ledger is taken")
          ])
          expect(database.rows("SELECT name FROM sqlite_schema")).toHaveLength(2)
          const ids = [...(yield* read(database.path)).objects.keys()]
          expect(ids.some((id) => id.includes("lockplane_ledger"))).toBe(true)
        })
    )
  }

  check("takes what hangs on it along: none of it is part of the schema", () =>
    Effect.gen(function*() {
      const { database } = yield* migrate("CREATE TABLE t (a)", "CREATE TABLE t (a, b)", () => 0)
      database.run(
        "CREATE INDEX li ON lockplane_ledger (event); CREATE TRIGGER lt AFTER INSERT ON lockplane_ledger BEGIN SELECT 1; END"
      )
      expect([...(yield* read(database.path)).objects.keys()]).toEqual(["table main.t", "column main.t.a"])
    }))

  check("says that it cannot be read any more, and how a new one begins", () =>
    Effect.gen(function*() {
      const { database } = yield* migrate("CREATE TABLE t (a)", "CREATE TABLE t (a, b)", () => 0)
      database.run("UPDATE lockplane_ledger SET hash = x'00' WHERE number = 4")
      const target = yield* open(database)
      const error = yield* Effect.flip(Executor.apply(parts("CREATE TABLE two (a)"), target))
      expect([error.message, error]).toMatchObject([
        expect.stringContaining("was changed by others and cannot be read"),
        { hint: expect.stringContaining("DROP TABLE lockplane_ledger begins a new one") }
      ])
      database.run("DROP TABLE lockplane_ledger")
      yield* Executor.apply(parts("CREATE TABLE two (a)"), target)
      expect((yield* entriesOf(database)).map(({ event }) => event)).toEqual(["began", "committed", "done"])
    }))

  check("is closed where another run has done the same in the meantime", () =>
    Effect.gen(function*() {
      const database = yield* file("CREATE TABLE t (a)")
      const { plan: same } = yield* plan(database, "CREATE TABLE t (a, b)")
      const target = yield* open(database)
      // between what one writes first and its first step, the other does it all
      const services = yield* Effect.context<Layer.Success<typeof provided> | Scope.Scope>()
      const session = {
        ...target,
        session: Effect.map(target.session, (inner) => {
          let begins = 0
          return {
            ...inner,
            execute: (script: string) =>
              script.startsWith("BEGIN") && ++begins === 2
                ? Effect.andThen(Effect.ignore(Effect.provide(apply(same, database), services)), inner.execute(script))
                : inner.execute(script)
          }
        })
      }
      const error = yield* Effect.flip(Executor.apply(same, session))
      expect(error).toMatchObject({ _tag: "StalePlan", done: true })
      const entries = yield* entriesOf(database)
      expect(events(entries)).toEqual([["began", 1, null], ["began", 2, null], ["done", 2, 1], ["done", 1, null]])
      expect(Ledger.unfinished(entries)).toBeUndefined()
    }))
})
