/** Tables that are made anew while triggers, indexes and names tie them to others that are. */
import { describe, expect } from "bun:test"
import * as Effect from "effect/Effect"
import { Dialect } from "../../src/Dialect.ts"
import * as SqliteDatabase from "../../src/engine/SqliteDatabase.ts"
import { live } from "../effect.ts"
import { file, migrate, plan, read, services } from "./world.ts"

const check = (name: string, body: () => Effect.Effect<void, unknown, never>) => live(name, body)

describe("tables that are made anew in one plan", () => {
  check("may have a trigger that names another of them, in a circle too", () =>
    Effect.gen(function*() {
      const triggers = `
        CREATE TRIGGER one AFTER INSERT ON a BEGIN INSERT INTO b (v) VALUES (new.v); END;
        CREATE TRIGGER two AFTER DELETE ON b BEGIN DELETE FROM a WHERE v = old.v; END;`
      const { again, found } = yield* migrate(
        `CREATE TABLE a (v TEXT); CREATE TABLE b (v TEXT); ${triggers} INSERT INTO a VALUES ('x');`,
        `CREATE TABLE a (v TEXT NOT NULL); CREATE TABLE b (v TEXT NOT NULL); ${triggers}`,
        (database) => {
          database.run("INSERT INTO a VALUES ('y'); DELETE FROM b WHERE v = 'x'")
          return [database.rows("SELECT v FROM a"), database.rows("SELECT v FROM b")]
        }
      )
      expect(found).toEqual([[{ v: "y" }], [{ v: "y" }]])
      expect(again).toEqual([])
    }).pipe(Effect.scoped, Effect.provide(services)))

  check("may have views whose columns are called as other views are", () =>
    Effect.gen(function*() {
      const views = `CREATE VIEW totals AS SELECT n AS shares FROM t;
        CREATE VIEW shares AS SELECT totals.shares * 2 AS totals FROM totals;`
      const { again, found } = yield* migrate(
        `CREATE TABLE t (n INT); ${views} INSERT INTO t VALUES (4);`,
        `CREATE TABLE t (n INT NOT NULL); ${views}`,
        (database) => database.rows("SELECT * FROM shares")
      )
      expect([again, found]).toEqual([[], [{ totals: 8 }]])
    }).pipe(Effect.scoped, Effect.provide(services)))

  check("may give each other the names of their indexes", () =>
    Effect.gen(function*() {
      const { again, found } = yield* migrate(
        `CREATE TABLE a (v TEXT); CREATE TABLE b (v TEXT); CREATE INDEX i ON a (v); CREATE INDEX j ON b (v);`,
        `CREATE TABLE a (v TEXT NOT NULL); CREATE TABLE b (v TEXT NOT NULL); CREATE INDEX j ON a (v); CREATE INDEX i ON b (v);`,
        (database) => database.rows("SELECT name, tbl_name FROM sqlite_schema WHERE type = 'index' ORDER BY 1")
      )
      expect(found).toEqual([{ name: "i", tbl_name: "b" }, { name: "j", tbl_name: "a" }])
      expect(again).toEqual([])
    }).pipe(Effect.scoped, Effect.provide(services)))
})

describe("what is asked of rows before a plan runs", () => {
  const obstacles = (before: string, after: string, wishes: ReadonlyArray<string> = []) =>
    Effect.gen(function*() {
      const database = yield* file(before)
      const { plan: made } = yield* plan(database, after, wishes)
      const change = { plan: made, from: yield* read(database.path), to: yield* read((yield* file(after)).path) }
      const { obstacles } = yield* Dialect
      const { session } = yield* SqliteDatabase.make({ location: database.path })
      return (yield* Effect.flatMap(session, (open) => obstacles(open, change))).map(({ problem }) => problem)
    })
  const asks = (
    name: string,
    before: string,
    after: string,
    wishes: ReadonlyArray<string>,
    problems: ReadonlyArray<string>
  ) =>
    check(name, () =>
      Effect.gen(function*() {
        expect(yield* obstacles(before, after, wishes)).toEqual([...problems])
      }).pipe(Effect.scoped, Effect.provide(services)))

  asks(
    "does not take a new column for the one that had its name",
    "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT); INSERT INTO t VALUES (1, NULL)",
    "CREATE TABLE t (id INTEGER PRIMARY KEY, old TEXT, v TEXT NOT NULL DEFAULT 'x')",
    ["column t.v=old"],
    []
  )
  asks(
    "knows a table by its new name",
    `CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE t (p INTEGER, v TEXT);
     INSERT INTO p VALUES (1); INSERT INTO t VALUES (1, 'a'), (2, 'b')`,
    "CREATE TABLE parents (id INTEGER PRIMARY KEY); CREATE TABLE t (p INTEGER REFERENCES parents, v TEXT)",
    ["table p=parents"],
    ["the foreign key (p) does not hold: 1 row of t refers to what parents does not have"]
  )
  asks(
    "compares as the column will",
    "CREATE TABLE t (v TEXT COLLATE NOCASE); INSERT INTO t VALUES ('a'), ('A')",
    "CREATE TABLE t (v TEXT UNIQUE)",
    [],
    []
  )
  asks(
    "finds the NULL that the rowid would not keep",
    "CREATE TABLE t (id INTEGER, v TEXT); INSERT INTO t VALUES (1, 'a'), (NULL, 'b')",
    "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)",
    [],
    ["t.id is to be NOT NULL, and is NULL in 1 row"]
  )
  asks(
    "sees an index of the same name that is unique from now on",
    "CREATE TABLE t (v TEXT); CREATE INDEX i ON t (v); INSERT INTO t VALUES ('a'), ('a')",
    "CREATE TABLE t (v TEXT); CREATE UNIQUE INDEX i ON t (v)",
    [],
    ["the index i is to be unique, and 2 rows of t share their values with others"]
  )
})
