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

describe("values that the plan itself makes of others", () => {
  probe(
    "text that no rowid can be, and text that can",
    "CREATE TABLE t (id TEXT PRIMARY KEY, b TEXT); INSERT INTO t VALUES ('1', 'a'), (' 2 ', 'b'), ('3.0', 'c'), ('4.5', 'd'), ('five', 'e'), (x'36', 'f');",
    "CREATE TABLE t (id INTEGER PRIMARY KEY, b TEXT)",
    ["t.id is to be the rowid of t, and is no whole number in 3 rows"]
  )
  probe(
    "a rowid that was none before, of a table that is renamed with it",
    "CREATE TABLE t (n INT, b TEXT); INSERT INTO t VALUES (1, 'a'), (1.5, 'b');",
    "CREATE TABLE u (id INTEGER PRIMARY KEY, b TEXT)",
    ["t.id is to be the rowid of t, and is no whole number in 1 row"],
    ["table t=u", "column t.n=id"]
  )
  probe(
    "text that is the same number, or the same word under another collation, in keys that stay",
    `CREATE TABLE t (a TEXT UNIQUE, b TEXT, c TEXT PRIMARY KEY); CREATE UNIQUE INDEX one ON t (b);
     INSERT INTO t VALUES ('1', 'x', 'p'), ('01', 'X', 'q'), ('2', 'y', 'P');`,
    "CREATE TABLE t (a INT UNIQUE, b TEXT COLLATE NOCASE, c TEXT COLLATE NOCASE PRIMARY KEY); CREATE UNIQUE INDEX one ON t (b);",
    [
      "the index one is to be unique, and 2 rows of t share their values with others",
      "the unique (a) of t is to be unique, and 2 rows of t share their values with others",
      "the primary key (c) of t is to be unique, and 2 rows of t share their values with others"
    ]
  )
  probe(
    "a check over columns that are renamed, new, or stored otherwise",
    "CREATE TABLE t (a TEXT, b INT, d TEXT CHECK (d < 5)); INSERT INTO t VALUES ('10', 1, '10'), ('9', 2, '3');",
    `CREATE TABLE t (a INT CHECK (a > 9), c INT, d INT CHECK (d < 5), e INT DEFAULT 3,
       CHECK (c > 1), CHECK (e > c), CHECK (typeof(a) = 'integer'))`,
    [
      "the check (a > 9) does not hold for 1 row of t",
      "the check (d < 5) does not hold for 1 row of t as they would be stored",
      "the check (c > 1) does not hold for 1 row of t"
    ],
    ["column t.b=c"]
  )
  probe(
    "what new defaults and computed columns would hold",
    "CREATE TABLE t (a TEXT); INSERT INTO t VALUES ('x'), ('X'), (NULL);",
    `CREATE TABLE t (a TEXT, b INT DEFAULT 0 CHECK (b > 0), c TEXT DEFAULT 'same' UNIQUE, d TEXT AS (lower(a)) UNIQUE,
       e TEXT AS (d || '!') STORED NOT NULL, f TEXT DEFAULT (random()) UNIQUE)`,
    [
      "t.e is to be NOT NULL, and would be NULL in 1 row",
      "the check (b > 0) does not hold for 3 rows of t",
      "the unique (c) of t is to be unique, and 3 rows of t share their values with others",
      "the unique (d) of t is to be unique, and 2 rows of t share their values with others"
    ]
  )
  probe(
    "what refers to nothing once it is stored otherwise, and what then refers to something",
    `CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE t (a TEXT, b TEXT); INSERT INTO p VALUES (1);
     INSERT INTO t VALUES ('1', '01'), ('2', '3'), (NULL, '1.0');`,
    "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE t (a INT REFERENCES p, b INT REFERENCES p);",
    [
      "the foreign key (a) does not hold: 1 row of t refers to what p does not have",
      "the foreign key (b) does not hold: 1 row of t refers to what p does not have"
    ]
  )
  probe(
    "nothing of a computed column that compares otherwise than what it is computed from",
    "CREATE TABLE t (a TEXT COLLATE NOCASE, b TEXT); INSERT INTO t VALUES ('x', 'p'), ('X', 'P');",
    `CREATE TABLE t (a TEXT COLLATE NOCASE, b TEXT, c TEXT AS (a), UNIQUE (c), CHECK (c <> 'q' OR c = 'Q'));
     CREATE UNIQUE INDEX one ON t (c, b) WHERE c = 'x';`,
    []
  )
  probe(
    "nothing of text beside what has no type, which is not converted for a column",
    "CREATE TABLE t (id INTEGER PRIMARY KEY, label TEXT, n INT, m INT); INSERT INTO t VALUES (1, ' a', 3, 3);",
    "CREATE TABLE t (id INTEGER PRIMARY KEY, label TEXT, n BLOB, m INT, o DEFAULT 3, CHECK (label > n), CHECK (label > o))",
    []
  )
  probe(
    "what a parent with a key of text, or of no type, does not have",
    `CREATE TABLE p (k TEXT PRIMARY KEY); CREATE TABLE q (k UNIQUE); CREATE TABLE t (a INT, b INT);
     INSERT INTO p VALUES ('1'), ('x'); INSERT INTO q VALUES (1), ('2'); INSERT INTO t VALUES (1, 1), (2, 2), (NULL, NULL);`,
    "CREATE TABLE p (k TEXT PRIMARY KEY); CREATE TABLE q (k UNIQUE); CREATE TABLE t (a INT REFERENCES p, b INT REFERENCES q (k))",
    [
      "the foreign key (a) does not hold: 1 row of t refers to what p does not have",
      "the foreign key (b) does not hold: 1 row of t refers to what q does not have"
    ]
  )
  probe(
    "nothing where text becomes numbers that fit, and STRICT takes them",
    `CREATE TABLE t (a TEXT PRIMARY KEY, b TEXT, c TEXT CHECK (c IN ('1', '2'))); CREATE UNIQUE INDEX one ON t (b, a);
     INSERT INTO t VALUES ('1', '1.0', '1'), ('2', 'word', '2'), (3, x'00', NULL);`,
    "CREATE TABLE t (a INTEGER PRIMARY KEY, b NUMERIC, c INT CHECK (c IN ('1', '2'))); CREATE UNIQUE INDEX one ON t (b, a);",
    []
  )
  probe(
    "nothing of whole numbers in text and of numbers as text in STRICT tables",
    "CREATE TABLE t (i, r, s, x); INSERT INTO t VALUES ('1.0', 1, 1.5, x''), (2.0, '1e3', 7, NULL);",
    "CREATE TABLE t (i INTEGER, r REAL, s TEXT, x ANY) STRICT",
    []
  )
  probe(
    "nothing of columns that take over each other's names in a table that gets another one",
    "CREATE TABLE t (a TEXT, b INT NOT NULL); INSERT INTO t VALUES (NULL, 1);",
    "CREATE TABLE u (z TEXT CHECK (z <> ''), a INT NOT NULL)",
    [],
    ["table t=u", "column t.a=z", "column t.b=a"]
  )
})
