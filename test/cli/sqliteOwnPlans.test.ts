/** Plans of people's own, or edited by them: no row goes without a word, and no statement runs that is not for a plan. */
import { describe, expect } from "bun:test"
import * as Effect from "effect/Effect"
import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import * as it from "../effect.ts"
import { folder, lockplane } from "./lockplane.ts"
import { rows, run } from "./sqliteFile.ts"

const setup = `CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT); INSERT INTO t VALUES (1, 'a'), (2, 'b');
  CREATE TABLE log (x);
  CREATE TABLE c (id INTEGER PRIMARY KEY, t INT REFERENCES t (id));`

/** Runs statements as a plan, on a database of the setup. */
const applied = Effect.fnUntraced(function*(sql: ReadonlyArray<string>, more: string = "") {
  const cwd = yield* folder({})
  const path = join(cwd, "app.db")
  run(path, `${setup} ${more}`)
  const plan = JSON.stringify({ dialect: "sqlite", steps: [{ description: "a step", sql }] })
  yield* Effect.promise(() => writeFile(join(cwd, "p.json"), plan))
  const ended = yield* lockplane(["apply", "p.json", "--target", "app.db", "--auto-approve"], { cwd })
  return { ...ended, path }
})

const table = "CREATE TABLE n (id INTEGER PRIMARY KEY, v TEXT)"
const copy = "INSERT OR ABORT INTO n (id, v) SELECT id, v FROM t"
const swap = ["DROP TABLE main.t", "ALTER TABLE n RENAME TO t"]

describe("a plan of one's own is refused, and nothing changed", () => {
  const refused = (name: string, sql: ReadonlyArray<string>, told: string, more?: string) =>
    it.live(`with ${name}`, () =>
      Effect.gen(function*() {
        const { code, path, stderr } = yield* applied(sql, more)
        expect(stderr).toContain(told)
        expect(code).toBe(1)
        expect(rows(path, "SELECT * FROM t")).toEqual([[1, "a"], [2, "b"]])
      }))

  const elsewhere = "a plan is about the schema main alone"
  refused("a temporary table", [
    "CREATE TEMP TABLE t (id INTEGER PRIMARY KEY, v TEXT)",
    table,
    "INSERT OR ABORT INTO n (id, v) SELECT id, v FROM temp.t",
    ...swap
  ], elsewhere)
  refused("a temporary view", [
    "CREATE VIEW IF NOT EXISTS \"Temp\".t AS SELECT * FROM main.t WHERE 0",
    table,
    copy,
    "DROP VIEW temp.t",
    ...swap
  ], elsewhere)
  refused(
    "a temporary trigger",
    ["CREATE TEMPORARY TRIGGER nn AFTER INSERT ON log BEGIN DELETE FROM t; END", "INSERT INTO log VALUES (1)"],
    elsewhere
  )
  refused("a trigger that leaves rows out of a copy", [
    table,
    "CREATE TRIGGER nn BEFORE INSERT ON n BEGIN SELECT RAISE(IGNORE) WHERE NEW.id > 1; END",
    copy,
    "DROP TRIGGER nn",
    ...swap
  ], "All rows of table t are lost.")
  refused("a trigger that changes what is copied", [
    table,
    "CREATE TRIGGER nn AFTER INSERT ON n BEGIN UPDATE n SET v = NULL; END",
    copy,
    "DROP TRIGGER nn",
    ...swap
  ], "Trigger nn fires for what is written to n")
  refused("a trigger for one statement", [
    "CREATE TRIGGER nn AFTER INSERT ON log BEGIN DELETE FROM t; END",
    "INSERT INTO log VALUES (1)",
    "DROP TRIGGER nn"
  ], "Trigger nn fires for what is written to log")
  refused(
    "a trigger that is there",
    ["INSERT INTO vv (id) VALUES (1)"],
    "Trigger away fires for what is written to vv",
    `CREATE VIEW vv AS SELECT id FROM t;
     CREATE TRIGGER away INSTEAD OF INSERT ON vv BEGIN DELETE FROM t WHERE id = NEW.id; END;`
  )
  refused(
    "a counter that is deleted",
    ["DELETE FROM sqlite_sequence WHERE name = 't'"],
    "Rows of table sqlite_sequence are deleted.",
    "CREATE TABLE counted (id INTEGER PRIMARY KEY AUTOINCREMENT);"
  )
  refused("EXPLAIN", ["EXPLAIN DELETE FROM t"], "EXPLAIN DELETE FROM t is not for a plan; it changes nothing")
  for (
    const pragma of [
      "journal_mode = WAL",
      "main.schema_version = 9",
      "writable_schema = ON",
      "\"application_id\" = 7",
      "ignore_check_constraints(ON)"
    ]
  ) {
    refused(`PRAGMA ${pragma}`, [`PRAGMA ${pragma}`], `PRAGMA ${pragma} is not for a plan`)
  }
  refused(
    "rows that refer to nothing on the target",
    ["INSERT INTO c VALUES (2, 7)"],
    "1 row of c refers to rows of t that are not there"
  )
})

it.live("rows that refer to rows of the target are told by no shadow, which has none", () =>
  Effect.gen(function*() {
    const { code, path, stderr } = yield* applied(["INSERT INTO c VALUES (2, 1)", "PRAGMA user_version = 4"])
    expect([code, stderr]).toEqual([0, stderr])
    expect(rows(path, "SELECT * FROM c")).toEqual([[2, 1]])
    expect(rows(path, "PRAGMA user_version")).toEqual([[4]])
  }))
