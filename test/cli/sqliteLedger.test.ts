/** `resume` and `history`: what a plan that did not come to its end leaves behind, and how it goes on. */
import { describe, expect } from "bun:test"
import * as Effect from "effect/Effect"
import { join } from "node:path"
import { live } from "../effect.ts"
import { folder, lockplane } from "./lockplane.ts"
import { rows, run } from "./sqliteFile.ts"

const place = Effect.fnUntraced(function*(script: string, files: Readonly<Record<string, string>> = {}) {
  const cwd = yield* folder(files)
  const path = join(cwd, "app.db")
  run(path, script)
  return { path, run: (...args: ReadonlyArray<string>) => lockplane(args, { cwd }) }
})

const plan = JSON.stringify({
  steps: [
    { description: "Add the orders", sql: "CREATE TABLE orders (id INTEGER PRIMARY KEY)", transaction: 1 },
    { description: "Note it", sql: "INSERT INTO notes VALUES ('orders')", transaction: 2 }
  ]
})
const apply = ["apply", "plan.json", "--target", "app.db", "--auto-approve", "--skip-shadow"]
const resume = ["resume", "--target", "app.db", "--auto-approve", "--skip-shadow"]

describe("a plan that stopped", () => {
  live("goes on behind what was committed, once what stopped it is mended", () =>
    Effect.gen(function*() {
      const { path, run: lp } = yield* place(
        "CREATE TABLE notes (x); CREATE TRIGGER no BEFORE INSERT ON notes WHEN (SELECT count(*) FROM hold) BEGIN SELECT RAISE(ABORT, 'not now'); END; CREATE TABLE hold (x); INSERT INTO hold VALUES (1)",
        { "plan.json": plan }
      )
      expect((yield* lp("history", "--target", "app.db")).stderr).toBe(
        "Lockplane has applied nothing to SQLite database app.db.\n"
      )
      const failed = yield* lp(...apply)
      expect([failed.code, failed.stdout]).toEqual([1, ""])
      expect(failed.stderr).toContain("step 2 of 2 (Note it) failed on SQLite database app.db: not now")
      const stopped = yield* lp("history", "--target", "app.db")
      expect(stopped.stdout).toContain("run 1, stopped: step 2 of 2 (Note it) failed")
      expect(stopped.stdout).toContain("  - Add the orders\n  - Note it\n")
      const still = yield* lp(...resume)
      expect([still.code, still.stdout]).toEqual([1, ""])
      expect(still.stderr).toContain("step 1 of 1 (Note it) failed")
      run(path, "DELETE FROM hold")
      const resumed = yield* lp(...resume)
      expect(resumed.stderr).toContain("Going on with run 1")
      expect(resumed.stderr).toContain("behind its transaction 1")
      expect(JSON.parse(resumed.stdout)).toMatchObject({ success: true, steps_applied: 1 })
      expect(rows(path, "SELECT * FROM notes")).toEqual([["orders"]])
      const again = yield* lp(...resume)
      expect([again.code, JSON.parse(again.stdout)]).toEqual([0, { success: true, steps_applied: 0 }])
      expect(again.stderr).toContain("Nothing to resume")
      const [only] = JSON.parse((yield* lp("history", "--target", "app.db", "--format", "json")).stdout)
      expect(only).toMatchObject({ run: 1, state: "done", plan: { steps: [{ transaction: 1 }, { transaction: 2 }] } })
    }))

  live("is told when another plan runs, and gives way to it", () =>
    Effect.gen(function*() {
      const { run: lp } = yield* place("CREATE TABLE t (a)", {
        "plan.json": plan,
        "wanted.lp.sql": "CREATE TABLE t (a, b);\nCREATE TABLE orders (id INTEGER PRIMARY KEY);\n"
      })
      expect((yield* lp(...apply)).code).toBe(1)
      const other = yield* lp("apply", "--schema", "wanted.lp.sql", "--target", "app.db", "--auto-approve")
      expect([other.code, other.stderr]).toEqual([0, expect.stringContaining("note: run 1 of ")])
      expect((yield* lp(...resume)).stderr).toContain("Nothing to resume")
    }))

  live("does not go on where the schema was changed since, or the ledger", () =>
    Effect.gen(function*() {
      const { path, run: lp } = yield* place("CREATE TABLE t (a)", { "plan.json": plan })
      expect((yield* lp(...apply)).code).toBe(1)
      run(path, "CREATE TABLE notes (x)")
      const changed = yield* lp(...resume)
      expect([changed.code, changed.stdout]).toEqual([1, ""])
      expect(changed.stderr).toContain("the plan was made for another state of SQLite database app.db")
      run(
        path,
        "DROP TABLE notes; UPDATE lockplane_ledger SET plan = replace(plan, 'Note it', 'Drop it') WHERE number = 1"
      )
      const forged = yield* lp(...resume)
      expect([forged.code, forged.stdout]).toEqual([1, ""])
      expect(forged.stderr).toContain("entry 1 of the ledger of SQLite database app.db is not what was written")
      expect((yield* lp("history", "--target", "app.db")).code).toBe(1)
    }))
})

live("the ledger is no part of the schema that is printed, compared and converted", () =>
  Effect.gen(function*() {
    const { path, run: lp } = yield* place("CREATE TABLE t (a)", { "wanted.lp.sql": "CREATE TABLE t (a, b);\n" })
    expect((yield* lp("apply", "--schema", "wanted.lp.sql", "--target", "app.db", "--auto-approve")).code).toBe(0)
    expect(rows(path, "SELECT count(*) FROM lockplane_ledger")).toEqual([[2]])
    expect((yield* lp("introspect", "app.db", "--format", "sql")).stdout).not.toContain("lockplane_ledger")
    expect((yield* lp("introspect", "app.db")).stdout).not.toContain("lockplane_ledger")
    expect((yield* lp("diff", "app.db", "wanted.lp.sql", "--exit-code")).code).toBe(0)
  }))

live("PostgreSQL keeps none, and says what to do", () =>
  Effect.gen(function*() {
    const { run: lp } = yield* place("SELECT 1")
    for (const command of ["resume", "history"]) {
      const ended = yield* lp(command, "--target", "postgres://nobody@127.0.0.1:1/none")
      expect([ended.code, ended.stdout]).toEqual([1, ""])
      expect(ended.stderr).toContain("Lockplane keeps a ledger in SQLite and libSQL databases only")
    }
  }))
