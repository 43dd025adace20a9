import { describe, expect } from "bun:test"
import * as Effect from "effect/Effect"
import { Dialect } from "../../src/Dialect.ts"
import * as SqliteDatabase from "../../src/engine/SqliteDatabase.ts"
import { live } from "../effect.ts"
import { file, plan, services } from "./world.ts"

/** What the rows of a database say against a plan to a schema. */
const problems = Effect.fnUntraced(function*(before: string, after: string, wishes: ReadonlyArray<string> = []) {
  const { obstacles } = yield* Dialect
  const database = yield* file(before)
  const { between, plan: made } = yield* plan(database, after, wishes)
  const session = yield* (yield* SqliteDatabase.make({ location: database.path })).session
  const found = yield* obstacles(session, { plan: made, from: between.from, to: between.to })
  return found.map(({ problem }) => problem)
})

const probe = (
  name: string,
  before: string,
  after: string,
  expected: ReadonlyArray<string>,
  wishes: ReadonlyArray<string> = []
): void =>
  live(name, () =>
    Effect.gen(function*() {
      expect(yield* problems(before, after, wishes)).toEqual([...expected])
    }).pipe(Effect.scoped, Effect.provide(services)))

const rows = "INSERT INTO t VALUES (1, 'a'), (1, NULL), (2, 'A');"

describe("what the rows say against a plan", () => {
  probe(
    "nothing where all holds",
    `CREATE TABLE t (a INT, b TEXT); ${rows}`,
    "CREATE TABLE t (a INT NOT NULL, b TEXT)",
    []
  )
  probe(
    "NULL where none may be",
    `CREATE TABLE t (a INT, b TEXT); ${rows}`,
    "CREATE TABLE t (a INT, b TEXT NOT NULL)",
    ["t.b is to be NOT NULL, and is NULL in 1 row"]
  )
  probe(
    "a new column without a default, also of a table that gets another name",
    `CREATE TABLE t (a INT, b TEXT); ${rows}`,
    "CREATE TABLE u (a INT, b TEXT, c INT NOT NULL)",
    ["t.c is new, NOT NULL and without a default, and t has 3 rows"],
    ["table t=u"]
  )
  probe(
    "equal values in a key, by its collation",
    `CREATE TABLE t (a INT, b TEXT); ${rows}`,
    "CREATE TABLE t (a INT UNIQUE, b TEXT); CREATE UNIQUE INDEX one ON t (b COLLATE NOCASE) WHERE a > 0",
    [
      "the index one is to be unique, and 2 rows of t share their values with others",
      "the unique (a) of t is to be unique, and 2 rows of t share their values with others"
    ]
  )
  probe(
    "a check that does not hold, and NULL is no breach of it",
    `CREATE TABLE t (a INT, b TEXT); ${rows}`,
    "CREATE TABLE t (a INT, b TEXT CHECK (b = 'a'))",
    ["the check (b = 'a') does not hold for 1 row of t"]
  )
  probe(
    "rows that refer to nothing, also where the other table is new",
    `CREATE TABLE t (a INT, b TEXT); CREATE TABLE p (id INTEGER PRIMARY KEY); INSERT INTO p VALUES (2); ${rows}`,
    `CREATE TABLE t (a INT REFERENCES p, b TEXT REFERENCES q(k)); CREATE TABLE p (id INTEGER PRIMARY KEY);
     CREATE TABLE q (k TEXT PRIMARY KEY)`,
    [
      "the foreign key (a) does not hold: 2 rows of t refer to what p does not have",
      "the foreign key (b) does not hold: 2 rows of t refer to what q does not have"
    ]
  )
  probe(
    "values that a STRICT table does not take, and those that it converts",
    "CREATE TABLE t (i INT, r REAL, s TEXT, x BLOB); INSERT INTO t VALUES ('7', '1.5', 3, x'00'), ('seven', 'one', x'00', 'a');",
    "CREATE TABLE t (i INT, r REAL, s TEXT, x BLOB) STRICT",
    ["i", "r", "s", "x"].map((column, i) =>
      `the table t is to be STRICT, and t.${column} holds no ${["INT", "REAL", "TEXT", "BLOB"][i]} in 1 row`
    )
  )
})
