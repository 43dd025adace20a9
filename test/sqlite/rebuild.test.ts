import { describe, expect } from "bun:test"
import * as Effect from "effect/Effect"
import type { Plan } from "../../src/Plan.ts"
import { statementsOf } from "../../src/Plan.ts"
import { live } from "../effect.ts"
import { apply, type File, file, migrate, plan, services } from "./world.ts"

const steps = (plan: Plan): ReadonlyArray<string> => plan.steps.map(({ description }) => description)
const hazards = (plan: Plan): ReadonlyArray<string> =>
  plan.steps.flatMap(({ hazards = [] }) => hazards.map(({ code }) => code))
const sqlOf = (plan: Plan): string => plan.steps.flatMap(statementsOf).join("\n")

const check = (name: string, body: () => Effect.Effect<void, unknown, never>) => live(name, body)

const users = `CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, age TEXT);
  INSERT INTO users VALUES (3, 'Ada', '36'), (7, 'Max', NULL);`

describe("what ALTER TABLE can do", () => {
  check("adds a column as people wrote it", () =>
    Effect.gen(function*() {
      const { again, found, plan } = yield* migrate(
        users,
        "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, age TEXT, active bool not null default true CHECK (active IN (0, 1)))",
        (database) => database.rows("SELECT id, active FROM users ORDER BY id")
      )
      expect(steps(plan)).toEqual(["Add column active to table users"])
      expect(sqlOf(plan)).toBe(
        "ALTER TABLE users ADD COLUMN active bool not null default true CHECK (active IN (0, 1))"
      )
      expect(found).toEqual([{ id: 3, active: 1 }, { id: 7, active: 1 }])
      expect(again).toEqual([])
    }).pipe(Effect.scoped, Effect.provide(services)))

  check("drops one column that nothing else names, and says what is lost", () =>
    Effect.gen(function*() {
      const { plan } = yield* migrate(
        users,
        "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT)",
        () => undefined
      )
      expect(steps(plan)).toEqual(["Drop column age from table users"])
      expect(hazards(plan)).toEqual(["data_loss"])
    }).pipe(Effect.scoped, Effect.provide(services)))

  check("spells a column and a table otherwise without touching a row", () =>
    Effect.gen(function*() {
      const { found, plan } = yield* migrate(
        users,
        "CREATE TABLE Users (id INTEGER PRIMARY KEY, Name TEXT, age TEXT)",
        (database) => database.rows("SELECT * FROM Users")
      )
      expect(found).toEqual([{ id: 3, Name: "Ada", age: "36" }, { id: 7, Name: "Max", age: null }])
      expect(steps(plan)).toEqual(["Spell column users.name as Name", "Spell table users as Users"])
    }).pipe(Effect.scoped, Effect.provide(services)))

  check("renames what is declared as renamed, and what names it follows", () =>
    Effect.gen(function*() {
      const { again, database, found, plan } = yield* migrate(
        `${users} CREATE VIEW names AS SELECT name FROM users;`,
        `CREATE TABLE people (id INTEGER PRIMARY KEY, full_name TEXT, age TEXT);
         CREATE VIEW names AS SELECT full_name FROM people;`,
        (database) => database.rows("SELECT * FROM people"),
        ["table users=people", "column users.name=full_name"]
      )
      expect(found).toEqual([{ id: 3, full_name: "Ada", age: "36" }, { id: 7, full_name: "Max", age: null }])
      expect(steps(plan).slice(0, 2)).toEqual([
        "Rename table users to people",
        "Rename column people.name to full_name"
      ])
      expect(again).toEqual([])
      // renamed back, not made anew
      expect(database.rows("SELECT * FROM users")).toHaveLength(2)
    }).pipe(Effect.scoped, Effect.provide(services)))
})

describe("a table that is made anew", () => {
  check("keeps rows, rowids and order of numbers, whatever changes at once", () =>
    Effect.gen(function*() {
      const { again, database, found, plan } = yield* migrate(
        `CREATE TABLE notes (title TEXT, body TEXT, old INT);
         INSERT INTO notes(rowid, title, body, old) VALUES (5, 'a', 'x', 1), (9, 'b', NULL, 2);`,
        `CREATE TABLE notes (title TEXT NOT NULL UNIQUE, body VARCHAR(20) DEFAULT (upper('none')), CHECK (length(title) > 0))`,
        (database) => database.rows("SELECT rowid, * FROM notes ORDER BY rowid")
      )
      expect(found).toEqual([{ rowid: 5, title: "a", body: "x" }, { rowid: 9, title: "b", body: null }])
      expect(plan.steps).toHaveLength(1)
      expect(hazards(plan)).toContain("data_loss")
      expect(again).toEqual([])
      expect(database.rows("SELECT rowid, title FROM notes ORDER BY rowid")).toEqual([
        { rowid: 5, title: "a" },
        { rowid: 9, title: "b" }
      ])
    }).pipe(Effect.scoped, Effect.provide(services)))

  check("does not take the rows of tables that refer to it along", () =>
    Effect.gen(function*() {
      const { found } = yield* migrate(
        `CREATE TABLE parents (id INTEGER PRIMARY KEY, v TEXT);
         CREATE TABLE children (id INTEGER PRIMARY KEY, parent INTEGER REFERENCES parents ON DELETE CASCADE);
         INSERT INTO parents VALUES (1, 'a'); INSERT INTO children VALUES (1, 1), (2, 1);`,
        `CREATE TABLE parents (id INTEGER PRIMARY KEY, v TEXT NOT NULL);
         CREATE TABLE children (id INTEGER PRIMARY KEY, parent INTEGER REFERENCES parents ON DELETE CASCADE);`,
        (database) => [
          database.rows("SELECT * FROM children"),
          database.rows("SELECT \"table\" AS parent FROM pragma_foreign_key_list('children')")
        ]
      )
      expect(found).toEqual([[{ id: 1, parent: 1 }, { id: 2, parent: 1 }], [{ parent: "parents" }]])
    }).pipe(Effect.scoped, Effect.provide(services)))

  check("gives no number of AUTOINCREMENT out again", () =>
    Effect.gen(function*() {
      const { database, found } = yield* migrate(
        `CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, v TEXT); INSERT INTO t(v) VALUES ('a'), ('b'), ('c');
         DELETE FROM t WHERE id > 1;`,
        "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, v TEXT NOT NULL)",
        (database) => database.rows("SELECT * FROM sqlite_sequence")
      )
      expect(found).toEqual([{ name: "t", seq: 3 }])
      expect(database.rows("SELECT * FROM sqlite_sequence")).toEqual([{ name: "t", seq: 3 }])
    }).pipe(Effect.scoped, Effect.provide(services)))

  check("gets its indexes and triggers again, and those of others that name it stay", () =>
    Effect.gen(function*() {
      const rest = `CREATE INDEX by_v ON t (v COLLATE NOCASE DESC) WHERE v <> '';
         CREATE TABLE log (what TEXT); CREATE TABLE other (id INTEGER PRIMARY KEY);
         CREATE TRIGGER of_t AFTER UPDATE OF v ON t BEGIN INSERT INTO log VALUES ('t'); END;
         CREATE TRIGGER of_other AFTER INSERT ON other BEGIN UPDATE t SET v = 'z' WHERE id = new.id; END;
         CREATE VIEW seen AS SELECT id, v FROM t;`
      const { database, found } = yield* migrate(
        `CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT); ${rest} INSERT INTO t VALUES (1, 'a');`,
        `CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT DEFAULT 'q'); ${rest}`,
        (database) => {
          database.run("INSERT INTO other VALUES (1)")
          return [database.rows("SELECT * FROM seen"), database.rows("SELECT * FROM log")]
        }
      )
      expect(found).toEqual([[{ id: 1, v: "z" }], [{ what: "t" }]])
      expect(database.rows("SELECT name FROM sqlite_schema WHERE type IN ('index', 'trigger') ORDER BY 1")).toEqual([
        { name: "by_v" },
        { name: "of_other" },
        { name: "of_t" }
      ])
    }).pipe(Effect.scoped, Effect.provide(services)))

  check("fires its triggers in the order in which it did", () =>
    Effect.gen(function*() {
      const rest = `CREATE TABLE log (what TEXT);
        CREATE TRIGGER m AFTER INSERT ON t BEGIN INSERT INTO log VALUES ('m'); END;
        CREATE TRIGGER z AFTER INSERT ON t BEGIN INSERT INTO log VALUES ('z'); END;
        CREATE TRIGGER a AFTER INSERT ON t BEGIN INSERT INTO log VALUES ('a'); END;`
      const order = (database: File) => {
        database.run("DELETE FROM log; INSERT INTO t VALUES (1)")
        return database.rows("SELECT what FROM log ORDER BY rowid")
      }
      const before = yield* file(`CREATE TABLE t (x INT); ${rest}`)
      const { found } = yield* migrate(
        `CREATE TABLE t (x INT); ${rest}`,
        `CREATE TABLE t (x INT NOT NULL); ${rest}`,
        order
      )
      expect(found).toEqual([...order(before)])
    }).pipe(Effect.scoped, Effect.provide(services)))

  check("copies as many columns as a table can have", () =>
    Effect.gen(function*() {
      const columns = Array.from({ length: 1990 }, (_, i) => `c${i}`)
      const { again, database, found } = yield* migrate(
        `CREATE TABLE t (${columns.join(", ")}); INSERT INTO t (c0, c1989) VALUES (1, 'x'), (NULL, x'00');`,
        `CREATE TABLE t (${columns.join(", ")}, last TEXT NOT NULL DEFAULT 'z' CHECK (last <> ''));`,
        (there) => there.rows("SELECT c0, c1989, last FROM t")
      )
      expect([again, found]).toEqual([[], [{ c0: 1, c1989: "x", last: "z" }, {
        c0: null,
        c1989: new Uint8Array([0]),
        last: "z"
      }]])
      expect(database.rows("SELECT c0 FROM t")).toEqual([{ c0: 1 }, { c0: null }])
    }).pipe(Effect.scoped, Effect.provide(services)))

  check("leaves generated columns to be computed", () =>
    Effect.gen(function*() {
      const { found } = yield* migrate(
        `CREATE TABLE t (a INT, twice INT AS (a * 2) STORED, c TEXT AS (a || '!')); INSERT INTO t(a) VALUES (2), (3);`,
        "CREATE TABLE t (a INT, twice INT AS (a * 3) STORED, c TEXT AS (a || '!') VIRTUAL)",
        (database) => database.rows("SELECT * FROM t")
      )
      expect(found).toEqual([{ a: 2, twice: 6, c: "2!" }, { a: 3, twice: 9, c: "3!" }])
    }).pipe(Effect.scoped, Effect.provide(services)))

  check("becomes STRICT and WITHOUT ROWID and back", () =>
    Effect.gen(function*() {
      const { database, found } = yield* migrate(
        "CREATE TABLE t (k TEXT PRIMARY KEY, n INTEGER); INSERT INTO t VALUES ('b', 2), ('a', 1);",
        "CREATE TABLE t (k TEXT PRIMARY KEY NOT NULL, n INTEGER) STRICT, WITHOUT ROWID",
        (database) => database.rows("SELECT * FROM t ORDER BY k")
      )
      expect(found).toEqual([{ k: "a", n: 1 }, { k: "b", n: 2 }])
      expect(database.rows("SELECT k, n FROM t ORDER BY k")).toEqual([{ k: "a", n: 1 }, { k: "b", n: 2 }])
    }).pipe(Effect.scoped, Effect.provide(services)))

  check("leaves no row out although a constraint would ignore or replace it", () =>
    Effect.gen(function*() {
      const database = yield* file("CREATE TABLE t (a INT, b INT); INSERT INTO t VALUES (1, 1), (1, 2);")
      const { plan: made } = yield* plan(database, "CREATE TABLE t (a INT UNIQUE ON CONFLICT REPLACE, b INT)")
      const error = yield* Effect.flip(apply(made, database))
      expect(error._tag).toBe("StepFailed")
      expect(error.message).toContain("UNIQUE constraint failed")
      expect(database.rows("SELECT * FROM t")).toEqual([{ a: 1, b: 1 }, { a: 1, b: 2 }])
    }).pipe(Effect.scoped, Effect.provide(services)))

  check("keeps the statistics that ANALYZE has made", () =>
    Effect.gen(function*() {
      const index = "CREATE INDEX by_v ON t (v);"
      const { found } = yield* migrate(
        `CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT); ${index} INSERT INTO t VALUES (1, 'a'), (2, 'a'); ANALYZE;`,
        `CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT NOT NULL); ${index}`,
        (database) => database.rows("SELECT idx, stat FROM sqlite_stat1 WHERE tbl = 't'")
      )
      expect(found).toEqual([{ idx: "by_v", stat: "2 2" }])
    }).pipe(Effect.scoped, Effect.provide(services)))
})

describe("what would break", () => {
  const fails = (name: string, before: string, after: string, part: string) =>
    check(name, () =>
      Effect.gen(function*() {
        const database = yield* file(before)
        const rows = database.rows("SELECT * FROM t")
        const { plan: made } = yield* plan(database, after)
        const error = yield* Effect.flip(apply(made, database))
        expect(error.message).toContain(part)
        expect(database.rows("SELECT * FROM t")).toEqual([...rows])
      }).pipe(Effect.scoped, Effect.provide(services)))

  fails(
    "a NULL in a column that is to have none",
    "CREATE TABLE t (a INT, b INT); INSERT INTO t VALUES (NULL, 1);",
    "CREATE TABLE t (a INT NOT NULL, b INT)",
    "NOT NULL constraint failed"
  )
  fails(
    "a row that refers to nothing",
    "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE t (p INT); INSERT INTO t VALUES (1);",
    "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE t (p INT REFERENCES p)",
    "1 row of t refers to rows of p that are not there"
  )

  fails(
    "a row that refers to nothing, in a table that SQLite does not check because of another foreign key",
    `CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE loose (x INT); CREATE TABLE t (p INT, q INT REFERENCES loose (x));
     INSERT INTO t VALUES (1, NULL);`,
    `CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE loose (x INT);
     CREATE TABLE t (p INT REFERENCES p, q INT REFERENCES loose (x))`,
    "1 row of t refers to rows of p that are not there"
  )

  check(
    "a foreign key to a table that has no key at all is left to whoever writes there",
    () =>
      Effect.gen(function*() {
        const { found } = yield* migrate(
          "CREATE TABLE t (id TEXT REFERENCES t); INSERT INTO t VALUES ('a');",
          "CREATE TABLE t (id TEXT REFERENCES t, v INT NOT NULL DEFAULT (1 + 1))",
          (database: File) => database.rows("SELECT * FROM t")
        )
        expect(found).toEqual([{ id: "a", v: 2 }])
      }).pipe(Effect.scoped, Effect.provide(services))
  )

  check("rows that referred to nothing before are no hindrance", () =>
    Effect.gen(function*() {
      const before = "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE t (p INT REFERENCES p, v TEXT);"
      const { found } = yield* migrate(
        `${before} INSERT INTO t VALUES (1, 'a');`,
        "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE t (p INT REFERENCES p, v TEXT NOT NULL);",
        (database: File) => database.rows("SELECT * FROM t")
      )
      expect(found).toEqual([{ p: 1, v: "a" }])
    }).pipe(Effect.scoped, Effect.provide(services)))

  check("a view that a drop would leave without its table is found on the shadow", () =>
    Effect.gen(function*() {
      const database = yield* file("CREATE TABLE t (a INT); CREATE VIEW v AS SELECT a FROM t;")
      const error = yield* Effect.flip(plan(database, "CREATE VIEW v AS SELECT a FROM t;"))
      expect(error.message).toContain("view v cannot be used any more: no such table: main.t")
    }).pipe(Effect.scoped, Effect.provide(services)))
})
