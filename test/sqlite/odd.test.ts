/** Migrations that other tools have lost rows in, or that SQLite makes hard. Each ends in the wanted schema with its rows, and goes back. */
import { describe, expect } from "bun:test"
import * as Effect from "effect/Effect"
import { live } from "../effect.ts"
import { migrate, services } from "./world.ts"

interface Case {
  readonly name: string
  readonly before: string
  readonly after: string
  /** A query, and its rows after the plan. */
  readonly query: string
  readonly rows: ReadonlyArray<unknown>
  /** Its rows after the way back, by another query where the names are others. */
  readonly back?: readonly [query: string, rows: ReadonlyArray<unknown>]
  readonly wishes?: ReadonlyArray<string>
}

const cases: ReadonlyArray<Case> = [
  {
    name: "columns that have taken all names of the rowid",
    before: "CREATE TABLE t (rowid TEXT, _rowid_ TEXT, oid TEXT); INSERT INTO t VALUES ('a', 'b', 'c');",
    after: "CREATE TABLE t (rowid TEXT NOT NULL, _rowid_ TEXT, oid TEXT)",
    query: "SELECT * FROM t",
    rows: [{ rowid: "a", _rowid_: "b", oid: "c" }]
  },
  {
    name: "a table that refers to itself",
    before: `CREATE TABLE t (id INTEGER PRIMARY KEY, up INT REFERENCES t ON DELETE CASCADE, v TEXT);
      INSERT INTO t VALUES (1, NULL, 'a'), (2, 1, 'b');`,
    after: "CREATE TABLE t (id INTEGER PRIMARY KEY, up INT REFERENCES t ON DELETE SET NULL, v TEXT NOT NULL)",
    query: "SELECT id, up, v, (SELECT on_delete FROM pragma_foreign_key_list('t')) AS action FROM t",
    rows: [{ id: 1, up: null, v: "a", action: "SET NULL" }, { id: 2, up: 1, v: "b", action: "SET NULL" }]
  },
  {
    name: "a check that names its own table, which is called by a key word",
    before: `CREATE TABLE "order" (a INT CHECK ("order".a > 0)); INSERT INTO "order" VALUES (1);`,
    after: `CREATE TABLE "order" (a INT NOT NULL CHECK ("order".a > 0), b AS (a + 1))`,
    query: `SELECT * FROM "order"`,
    rows: [{ a: 1, b: 2 }]
  },
  {
    name: "a table that gets another name, another type, and children that refer to it",
    before: `CREATE TABLE users (id INTEGER PRIMARY KEY, age TEXT); CREATE TABLE posts (by INT REFERENCES users (id));
      INSERT INTO users VALUES (1, '36'); INSERT INTO posts VALUES (1);`,
    after:
      `CREATE TABLE people (id INTEGER PRIMARY KEY, age INTEGER); CREATE TABLE posts (by INT NOT NULL REFERENCES people (id));`,
    query: "SELECT age, typeof(age) AS type, by, \"table\" FROM people, posts, pragma_foreign_key_list('posts')",
    rows: [{ age: 36, type: "integer", by: 1, table: "people" }],
    back: ["SELECT age, typeof(age) AS type, by FROM users, posts", [{ age: "36", type: "text", by: 1 }]],
    wishes: ["users=people"]
  },
  {
    name: "two tables that swap their names",
    before: "CREATE TABLE a (x INT); CREATE TABLE b (y INT); INSERT INTO a VALUES (1); INSERT INTO b VALUES (2);",
    after: "CREATE TABLE b (x INT); CREATE TABLE a (y INT);",
    query: "SELECT x, y FROM b, a",
    rows: [{ x: 1, y: 2 }],
    back: ["SELECT x, y FROM a, b", [{ x: 1, y: 2 }]],
    wishes: ["table a=b", "table b=a"]
  },
  {
    name: "two columns that are alike and swap their names",
    before: "CREATE TABLE t (a TEXT, b TEXT); INSERT INTO t VALUES ('A', 'B');",
    after: "CREATE TABLE t (b TEXT, a TEXT)",
    query: "SELECT a, b FROM t",
    rows: [{ a: "B", b: "A" }],
    back: ["SELECT a, b FROM t", [{ a: "A", b: "B" }]],
    wishes: ["column t.a=b", "column t.b=a"]
  },
  {
    name: "a column that gets another name and must be there, with an index over it",
    before:
      "CREATE TABLE t (a INT, b TEXT); CREATE INDEX i ON t (lower(b)) WHERE b <> ''; INSERT INTO t VALUES (1, 'x');",
    after: "CREATE TABLE t (a INT, c TEXT NOT NULL); CREATE INDEX i ON t (lower(c)) WHERE c <> '';",
    query: "SELECT * FROM t",
    rows: [{ a: 1, c: "x" }],
    back: ["SELECT * FROM t", [{ a: 1, b: "x" }]],
    wishes: ["column t.b=c"]
  },
  {
    name: "views over views with a trigger in place of inserts",
    before: `CREATE TABLE t (a INT, b INT); CREATE VIEW v AS SELECT a, b FROM t; CREATE VIEW w AS SELECT a FROM v;
      CREATE TRIGGER g INSTEAD OF INSERT ON w BEGIN INSERT INTO t VALUES (new.a, 0); END; INSERT INTO w VALUES (5);`,
    after:
      `CREATE TABLE t (a INT NOT NULL, b INT); CREATE VIEW v AS SELECT a, b FROM t; CREATE VIEW w AS SELECT a FROM v;
      CREATE TRIGGER g INSTEAD OF INSERT ON w BEGIN INSERT INTO t VALUES (new.a, 1); END;`,
    query: "SELECT a, b, (SELECT count(*) FROM w) AS n FROM t",
    rows: [{ a: 5, b: 0, n: 1 }]
  },
  {
    name: "a column that goes while a view that named it changes",
    before: "CREATE TABLE t (a INT, b INT); CREATE VIEW v AS SELECT a, b FROM t; INSERT INTO t VALUES (1, 2);",
    after: "CREATE TABLE t (a INT); CREATE VIEW v AS SELECT a FROM t;",
    query: "SELECT * FROM v",
    rows: [{ a: 1 }],
    back: ["SELECT * FROM v", [{ a: 1, b: null }]]
  },
  {
    name: "a table that becomes a view, and a view that becomes a table",
    before:
      "CREATE TABLE a (x INT); CREATE VIEW b AS SELECT 1 AS x; CREATE TABLE base (x INT); INSERT INTO base VALUES (3);",
    after: "CREATE VIEW a AS SELECT x FROM base; CREATE TABLE b (x INT); CREATE TABLE base (x INT);",
    query: "SELECT a.x, (SELECT count(*) FROM b) AS n FROM a",
    rows: [{ x: 3, n: 0 }],
    back: ["SELECT count(*) AS n FROM a, b, base", [{ n: 0 }]]
  },
  {
    name: "an index that moves to another table",
    before: "CREATE TABLE a (x INT); CREATE TABLE b (x INT); CREATE INDEX i ON a (x);",
    after: "CREATE TABLE a (x INT); CREATE TABLE b (x INT); CREATE INDEX i ON b (x);",
    query: "SELECT tbl_name FROM sqlite_schema WHERE name = 'i'",
    rows: [{ tbl_name: "b" }]
  },
  {
    name: "numbers that AUTOINCREMENT counts from now on, and no longer",
    before: "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT); INSERT INTO t VALUES (41, 'a');",
    after: "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, v TEXT)",
    query: "SELECT t.id, seq FROM t, sqlite_sequence",
    rows: [{ id: 41, seq: 41 }],
    back: ["SELECT * FROM t", [{ id: 41, v: "a" }]]
  },
  {
    name: "rows without a rowid get one, and a key of two columns",
    before:
      "CREATE TABLE t (a TEXT, b INT, c BLOB, PRIMARY KEY (a, b)) WITHOUT ROWID; INSERT INTO t VALUES ('x', 2, x'00ff'), ('x', 1, NULL);",
    after: "CREATE TABLE t (a TEXT, b INT, c BLOB, PRIMARY KEY (b, a))",
    query: "SELECT a, b, hex(c) AS c FROM t ORDER BY b",
    rows: [{ a: "x", b: 1, c: "" }, { a: "x", b: 2, c: "00FF" }]
  },
  {
    name: "values of every type in columns that have none",
    before:
      "CREATE TABLE t (a, b NOT NULL DEFAULT 0); INSERT INTO t(a) VALUES (1), (1.5), ('1'), (x'31'), (NULL), (9223372036854775807);",
    after: "CREATE TABLE t (b NOT NULL DEFAULT 1, a)",
    query: "SELECT typeof(a) AS type, quote(a) AS value FROM t ORDER BY rowid",
    rows: [
      { type: "integer", value: "1" },
      { type: "real", value: "1.5" },
      { type: "text", value: "'1'" },
      { type: "blob", value: "X'31'" },
      { type: "null", value: "NULL" },
      { type: "integer", value: "9223372036854775807" }
    ]
  },
  {
    name: "a name that is as the one that a table waits under",
    before:
      "CREATE TABLE t (a INT); CREATE TABLE lockplane_new_t (b INT); CREATE TABLE lockplane_verified (c INT); INSERT INTO t VALUES (1);",
    after:
      "CREATE TABLE t (a INT NOT NULL); CREATE TABLE lockplane_new_t (b INT); CREATE TABLE lockplane_verified (c INT);",
    query: "SELECT * FROM t",
    rows: [{ a: 1 }]
  },
  {
    name: "names with quotes, blanks, dots and other scripts",
    before: `CREATE TABLE "it's ""odd"". Ж" ("a b" INT, "select" TEXT); INSERT INTO "it's ""odd"". Ж" VALUES (1, 'x');
      CREATE INDEX "in dex" ON "it's ""odd"". Ж" ("a b", [select]);`,
    after: `CREATE TABLE "it's ""odd"". Ж" ("a b" INT NOT NULL, "select" TEXT UNIQUE);
      CREATE INDEX "in dex" ON "it's ""odd"". Ж" ("a b", \`select\`);`,
    query: `SELECT * FROM "it's ""odd"". Ж"`,
    rows: [{ "a b": 1, select: "x" }]
  }
]

describe("odd migrations", () => {
  for (const { after, back, before, name, query, rows, wishes } of cases) {
    live(name, () =>
      Effect.gen(function*() {
        const { again, database, found } = yield* migrate(before, after, (database) => database.rows(query), wishes)
        expect(again).toEqual([])
        expect(found).toEqual([...rows])
        if (back !== undefined) expect(database.rows(back[0])).toEqual([...back[1]])
      }).pipe(Effect.scoped, Effect.provide(services)))
  }
})
