/** SQLite renames nothing while a view or a trigger somewhere in the database cannot be used, or could not be used afterwards. */
import { describe, expect } from "bun:test"
import * as Effect from "effect/Effect"
import { Dialect } from "../../src/Dialect.ts"
import * as SqliteDatabase from "../../src/engine/SqliteDatabase.ts"
import { derive } from "../../src/Rollback.ts"
import { live } from "../effect.ts"
import { apply, type File, file, migrate, plan, read, services } from "./world.ts"

const check = (name: string, body: () => Effect.Effect<void, unknown, never>) => live(name, body)

const schema = (database: File) =>
  database.rows("SELECT type, name, sql FROM sqlite_schema WHERE name <> 'lockplane_ledger' ORDER BY rowid")

describe("what cannot be used and has nothing to do with a plan", () => {
  const broken = `
    CREATE VIEW one AS SELECT nope FROM u;
    CREATE VIEW two AS /* kept */ SELECT * FROM missing;
    CREATE VIEW three AS SELECT * FROM two;
    CREATE TRIGGER g INSTEAD OF INSERT ON one BEGIN SELECT 1; END;
    CREATE TABLE u (a INT);
    CREATE TRIGGER first AFTER INSERT ON u BEGIN INSERT INTO log VALUES ('first'); END;
    CREATE TRIGGER second AFTER INSERT ON u BEGIN INSERT INTO gone VALUES (1); END;
    CREATE TRIGGER third AFTER INSERT ON u BEGIN INSERT INTO log VALUES ('third'); END;
    CREATE TABLE log (what TEXT);`
  const stays = (name: string, before: string, after: string, query: string, wishes: ReadonlyArray<string> = []) =>
    check(name, () =>
      Effect.gen(function*() {
        const { again, database, found } = yield* migrate(
          `${broken} ${before}; INSERT INTO t VALUES (1, 'x'), (2, 'y');`,
          `${broken} ${after};`,
          (there) => [there.rows(query), schema(there)],
          wishes
        )
        expect(again).toEqual([])
        expect(found[0]).toEqual([{ a: 1, b: "x" }, { a: 2, b: "y" }])
        const untouched = ({ name }: { readonly name?: unknown }): boolean =>
          ["one", "two", "three", "g", "u", "first", "second", "third"].includes(String(name))
        const texts = (rows: ReadonlyArray<unknown>) =>
          rows.filter((row) => typeof row === "object" && row !== null && untouched(row)).map((row) =>
            JSON.stringify(row)
          ).toSorted()
        expect(texts(found[1] ?? [])).toEqual(texts(schema(yield* file(broken))))
        expect(texts(schema(database))).toEqual(texts(schema(yield* file(broken))))
        // the triggers of a table fire as before
        const order = (there: File) =>
          there.rows("SELECT name FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = 'u' ORDER BY rowid")
        expect(order(database)).toEqual([...order(yield* file(broken))])
      }).pipe(Effect.scoped, Effect.provide(services)))

  stays(
    "does not stop a table from being made anew",
    "CREATE TABLE t (a INT, b TEXT)",
    "CREATE TABLE t (a INT NOT NULL, b TEXT CHECK (b <> ''))",
    "SELECT * FROM t"
  )
  stays(
    "does not stop other names",
    "CREATE TABLE t (a INT, c TEXT)",
    "CREATE TABLE s (a INT, b TEXT)",
    "SELECT * FROM s",
    ["table t=s", "column t.c=b"]
  )

  check("is not touched where it is in nobody's way", () =>
    Effect.gen(function*() {
      const { plan: made } = yield* plan(
        yield* file(`${broken} CREATE TABLE t (a INT)`),
        `${broken} CREATE TABLE t (a INT); CREATE INDEX i ON t (a)`
      )
      expect(made.steps.map(({ description }) => description)).toEqual(["Create index i on table t"])
    }).pipe(Effect.scoped, Effect.provide(services)))

  check("may be mended, changed or taken away by the plan, with what is new over it", () =>
    Effect.gen(function*() {
      const after = `CREATE TABLE missing (m INT); CREATE TABLE t (a INT NOT NULL);
        CREATE VIEW one AS SELECT a AS nope FROM t; CREATE VIEW two AS /* kept */ SELECT * FROM missing;
        CREATE VIEW over AS SELECT m FROM two;`
      const before =
        `CREATE TABLE t (a INT); CREATE VIEW one AS SELECT nope FROM t; CREATE VIEW two AS /* kept */ SELECT * FROM missing;
        CREATE VIEW three AS SELECT * FROM two; INSERT INTO t VALUES (4);`
      const { again, database, found, plan: made } = yield* migrate(
        before,
        after,
        (there) => [there.rows("SELECT * FROM one"), there.rows("SELECT * FROM over")]
      )
      expect(found).toEqual([[{ nope: 4 }], []])
      expect(again).toEqual([])
      expect(database.rows("SELECT * FROM t")).toEqual([{ a: 4 }])
      const derived = yield* derive(made, yield* read((yield* file(before)).path))
      yield* apply(derived, yield* file(after))
    }).pipe(Effect.scoped, Effect.provide(services)))

  check("is needed only on the way back", () =>
    Effect.gen(function*() {
      const { again, database } = yield* migrate(
        `${broken} CREATE TABLE t (a INT); INSERT INTO t VALUES (1)`,
        `${broken} CREATE TABLE t (a INT, b TEXT)`,
        () => undefined
      )
      expect(again).toEqual([])
      expect(database.rows("SELECT * FROM t")).toEqual([{ a: 1 }])
    }).pipe(Effect.scoped, Effect.provide(services)))
})

describe("other names where SQLite's own rename would break views and triggers", () => {
  check("of a column, through views of views with a trigger", () =>
    Effect.gen(function*() {
      const { again, database, found } = yield* migrate(
        `CREATE TABLE t (x INT, y INT); CREATE VIEW v AS SELECT x, y FROM t; CREATE VIEW w AS SELECT x + 1 AS n, y FROM v;
         CREATE TABLE log (what INT);
         CREATE TRIGGER g INSTEAD OF INSERT ON w BEGIN INSERT INTO t VALUES (new.n - 1, new.y); END;
         CREATE TRIGGER h AFTER INSERT ON t BEGIN INSERT INTO log SELECT y FROM v; END;
         INSERT INTO t VALUES (1, 2)`,
        `CREATE TABLE t (x INT, z INT); CREATE VIEW v AS SELECT x, z FROM t; CREATE VIEW w AS SELECT x + 1 AS n, z FROM v;
         CREATE TABLE log (what INT);
         CREATE TRIGGER g INSTEAD OF INSERT ON w BEGIN INSERT INTO t VALUES (new.n - 1, new.z); END;
         CREATE TRIGGER h AFTER INSERT ON t BEGIN INSERT INTO log SELECT z FROM v; END;`,
        (there) => {
          there.run("INSERT INTO w (n, z) VALUES (9, 7)")
          return [there.rows("SELECT * FROM w"), there.rows("SELECT what FROM log")]
        },
        ["column t.y=z"]
      )
      expect(found).toEqual([[{ n: 2, z: 2 }, { n: 9, z: 7 }], [{ what: 2 }, { what: 2 }, { what: 7 }]])
      expect(again).toEqual([])
      database.run("INSERT INTO w (n, y) VALUES (5, 6)")
      expect(database.rows("SELECT x, y FROM t")).toEqual([{ x: 1, y: 2 }, { x: 8, y: 7 }, { x: 4, y: 6 }])
    }).pipe(Effect.scoped, Effect.provide(services)))

  check("of a column whose view goes on under the old name", () =>
    Effect.gen(function*() {
      const over = "CREATE VIEW w AS SELECT y FROM v WHERE y > 0; CREATE VIEW k AS SELECT count(*) AS n FROM w"
      const { again, found } = yield* migrate(
        `CREATE TABLE t (x INT, y INT); CREATE VIEW v AS SELECT x, y FROM t; ${over}; INSERT INTO t VALUES (1, 2)`,
        `CREATE TABLE t (x INT, z INT); CREATE VIEW v AS SELECT x, z AS y FROM t; ${over}`,
        (there) => [there.rows("SELECT * FROM w"), there.rows("SELECT * FROM k"), there.rows("SELECT z FROM t")],
        ["column t.y=z"]
      )
      expect(found).toEqual([[{ y: 2 }], [{ n: 1 }], [{ z: 2 }]])
      expect(again).toEqual([])
    }).pipe(Effect.scoped, Effect.provide(services)))

  check("of a table and a column at once, with triggers in their order", () =>
    Effect.gen(function*() {
      const triggers = (table: string, column: string) =>
        ["b", "a"].map((name) =>
          `CREATE TRIGGER ${name} AFTER INSERT ON ${table} BEGIN INSERT INTO log SELECT '${name}' FROM v WHERE ${column} = new.${column}; END;`
        ).join("\n")
      const { again, found } = yield* migrate(
        `CREATE TABLE t (y INT); CREATE VIEW v AS SELECT y FROM t; CREATE TABLE log (what TEXT); ${triggers("t", "y")}`,
        `CREATE TABLE s (z INT); CREATE VIEW v AS SELECT z FROM s; CREATE TABLE log (what TEXT); ${triggers("s", "z")}`,
        (there) => {
          there.run("INSERT INTO s VALUES (1)")
          return there.rows("SELECT what FROM log ORDER BY rowid")
        },
        ["table t=s", "column t.y=z"]
      )
      const before = yield* file(
        `CREATE TABLE t (y INT); CREATE VIEW v AS SELECT y FROM t; CREATE TABLE log (what TEXT); ${
          triggers("t", "y")
        } INSERT INTO t VALUES (1)`
      )
      expect(found).toEqual([...before.rows("SELECT what FROM log ORDER BY rowid")])
      expect(again).toEqual([])
    }).pipe(Effect.scoped, Effect.provide(services)))
})

describe("an index that is sorted by a collation of the application", () => {
  check(
    "hinders every table from being made anew, which is told before anything runs, unless the plan drops it",
    () =>
      Effect.gen(function*() {
        const { obstacles } = yield* Dialect
        const table = "CREATE TABLE t (a INT); INSERT INTO t VALUES (1);"
        const { between, plan: made } = yield* plan(yield* file(table), "CREATE TABLE t (a INT NOT NULL)")
        const database = yield* file(`${table} CREATE TABLE n (v TEXT); CREATE INDEX "by v" ON n (v COLLATE NOCASE);`)
        yield* Effect.scoped(Effect.gen(function*() {
          const writing = yield* (yield* SqliteDatabase.make({ location: database.path })).session
          yield* writing.execute("PRAGMA writable_schema = ON")
          yield* writing.execute("UPDATE sqlite_schema SET sql = replace(sql, 'NOCASE', 'words') WHERE name = 'by v'")
        }))
        const { session } = yield* SqliteDatabase.make({ location: database.path })
        const told = (steps: typeof made.steps) =>
          Effect.scoped(
            Effect.flatMap(
              session,
              (open) => obstacles(open, { plan: { ...made, steps }, from: between.from, to: between.to })
            )
          )
        expect((yield* told(made.steps)).map(({ problem }) => problem)).toEqual([
          "index \"by v\" is sorted by words, a collation that only the application has, and SQLite renames nothing here so long"
        ])
        const first = { description: "drop", sql: "DROP INDEX \"by v\"" }
        expect(yield* told([first, ...made.steps])).toEqual([])
      }).pipe(Effect.scoped, Effect.provide(services))
  )
})
