/** Rows that go without a word in the text of a plan, and what a plan may do to rows all the same. */
import { describe, expect } from "bun:test"
import * as Effect from "effect/Effect"
import { Dialect } from "../../src/Dialect.ts"
import type { Session } from "../../src/engine/Database.ts"
import * as SqliteDatabase from "../../src/engine/SqliteDatabase.ts"
import type { Plan } from "../../src/Plan.ts"
import { live } from "../effect.ts"
import { apply, file, plan, services } from "./world.ts"

const setup = `CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT); INSERT INTO t VALUES (1, 'a'), (2, 'b');
  CREATE TABLE log (x); INSERT INTO log VALUES (1);`

const own = (sql: ReadonlyArray<string>, hazards: Plan["steps"][number]["hazards"] = []): Plan => ({
  steps: [{ description: "A step of one's own", sql, hazards }]
})

const made = ["CREATE TABLE n (id INTEGER PRIMARY KEY, v TEXT)", "INSERT OR ABORT INTO n (id, v) SELECT id, v FROM"]
const [create = "", copy = ""] = made
const swap = ["DROP TABLE main.t", "ALTER TABLE n RENAME TO t"]

describe("rows that are gone after a plan, and that no step speaks of", () => {
  const undone = (name: string, sql: ReadonlyArray<string>, told: string) =>
    live(`are told and there again: ${name}`, () =>
      Effect.gen(function*() {
        const database = yield* file(setup)
        const error = yield* Effect.flip(apply(own(sql), database))
        expect(error._tag).toBe("Damaged")
        expect(error.message).toContain(told)
        expect(database.rows("SELECT v FROM t UNION ALL SELECT x FROM log")).toEqual([{ v: "a" }, { v: "b" }, { v: 1 }])
      }).pipe(Effect.scoped, Effect.provide(services)))

  const none = "t has 0 rows after the plan and had 2 before, which no step says"
  undone("a temporary table is copied", [
    "CREATE TEMP TABLE t (id INTEGER PRIMARY KEY, v TEXT)",
    create,
    `${copy} temp.t`,
    ...swap
  ], none)
  undone("a temporary view is copied", [
    "CREATE TEMP VIEW t AS SELECT * FROM main.t WHERE id = 2",
    create,
    `${copy} t`,
    "DROP VIEW temp.t",
    ...swap
  ], "t has 1 row after the plan and had 2 before, which no step says")
  undone("and the table has another name", [
    "CREATE TEMP TABLE t (id INTEGER PRIMARY KEY, v TEXT)",
    create,
    `${copy} temp.t`,
    ...swap,
    "ALTER TABLE main.t RENAME TO u"
  ], "u has 0 rows after the plan and had 2 before, which no step says")
})

describe("rows may go", () => {
  const allowed = (name: string, plan: Plan, query: string, rows: ReadonlyArray<unknown>) =>
    live(`where ${name}`, () =>
      Effect.gen(function*() {
        const database = yield* file(setup)
        yield* apply(plan, database)
        expect(database.rows(query)).toEqual([...rows])
      }).pipe(Effect.scoped, Effect.provide(services)))

  allowed("a statement says so", own(["DELETE FROM t WHERE id = 1"]), "SELECT id FROM t", [{ id: 2 }])
  allowed(
    "a trigger does it that is known to",
    own([
      "CREATE TRIGGER x AFTER INSERT ON log BEGIN DELETE FROM t; END",
      "INSERT INTO log VALUES (2)",
      "DROP TRIGGER x"
    ]),
    "SELECT * FROM t",
    []
  )
  allowed(
    "a trigger takes them with others that a statement deletes",
    own(["CREATE TRIGGER x AFTER DELETE ON log BEGIN DELETE FROM t; END", "DELETE FROM log", "DROP TRIGGER x"]),
    "SELECT * FROM t",
    []
  )
  allowed(
    "the table is copied in part, under another name",
    own(["ALTER TABLE t RENAME TO o", create, `${copy} o WHERE id = 1`, "ALTER TABLE n RENAME TO t", "DROP TABLE o"]),
    "SELECT id FROM t",
    [{ id: 1 }]
  )
  allowed(
    "a new table takes the name of another",
    own(["ALTER TABLE t RENAME TO o", "CREATE TABLE t (id)", "INSERT INTO t VALUES (7)"]),
    "SELECT id FROM t",
    [{ id: 7 }]
  )
  allowed(
    "the step declares it",
    own(["CREATE TEMP VIEW t AS SELECT * FROM main.t WHERE id = 2", create, `${copy} t`, "DROP VIEW temp.t", ...swap], [
      { code: "data_loss", message: "All rows of table t are lost." }
    ]),
    "SELECT id FROM t",
    [{ id: 2 }]
  )
})

live("no rows are counted where a plan writes none, and those of other tables never", () =>
  Effect.gen(function*() {
    const { guard } = yield* Dialect
    const database = yield* file(
      `${setup} CREATE TRIGGER audit AFTER UPDATE ON t BEGIN INSERT INTO log VALUES (1); END; CREATE TABLE far (x);`
    )
    const asked: Array<string> = []
    const session = yield* (yield* SqliteDatabase.make({ location: database.path })).session
    const listening: Session = {
      ...session,
      query: (sql, ...rest) => {
        asked.push(sql)
        return session.query(sql, ...rest)
      }
    }
    const counted = Effect.fnUntraced(function*(wanted: string) {
      const { plan: made } = yield* plan(database, wanted)
      asked.length = 0
      yield* Effect.asVoid(guard(listening, made.steps))
      return asked.flatMap((sql) => /^SELECT count\(\*\) FROM (\S+)$/.exec(sql)?.[1] ?? [])
    })
    const rest = "CREATE TABLE log (x); CREATE TABLE far (x);"
    const trigger = "CREATE TRIGGER audit AFTER UPDATE ON t BEGIN INSERT INTO log VALUES (1); END;"
    expect(yield* counted(`CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT, w TEXT); ${rest} ${trigger}`)).toEqual([])
    const remade = yield* counted(`CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT NOT NULL); ${rest} ${trigger}`)
    expect(remade).toEqual(["main.log", "main.t"])
  }).pipe(Effect.scoped, Effect.provide(services)))
