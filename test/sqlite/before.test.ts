/** What was wrong with a database before a plan is told apart from what the plan does to it. */
import { describe, expect } from "bun:test"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import { Dialect } from "../../src/Dialect.ts"
import * as SqliteDatabase from "../../src/engine/SqliteDatabase.ts"
import { live } from "../effect.ts"
import { apply, type File, file, migrate, plan, services } from "./world.ts"

const check = (name: string, body: () => Effect.Effect<void, unknown, never>) => live(name, body)

/** Rows that break the rules of their table. */
const unsound = `
  CREATE TABLE t (id INTEGER PRIMARY KEY, a INT NOT NULL CHECK (a > 0), b TEXT);
  PRAGMA ignore_check_constraints = ON;
  INSERT INTO t VALUES (1, -1, 'x'), (2, -2, NULL), (3, 3, 'z');`

describe("rows that break rules which are there already", () => {
  check("are no hindrance where they stay where they are", () =>
    Effect.gen(function*() {
      const { again, found } = yield* migrate(
        unsound,
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a INT NOT NULL CHECK (a > 0), b TEXT, c TEXT); CREATE INDEX i ON t (b)",
        (database) => database.rows("SELECT a FROM t ORDER BY id")
      )
      expect(found).toEqual([{ a: -1 }, { a: -2 }, { a: 3 }])
      expect(again).toEqual([])
    }).pipe(Effect.scoped, Effect.provide(services)))

  check("are told with their number where they would have to be copied", () =>
    Effect.gen(function*() {
      const { obstacles } = yield* Dialect
      const database = yield* file(unsound)
      // libSQL looks at no row
      yield* Effect.scoped(Effect.flatMap(
        Effect.flatMap(SqliteDatabase.make({ location: database.path }), ({ session }) => session),
        ({ execute }) => execute("ALTER TABLE t ALTER COLUMN b TO b TEXT NOT NULL")
      ))
      const { between, plan: made } = yield* plan(
        database,
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a INT NOT NULL CHECK (a > 0), b TEXT NOT NULL UNIQUE)"
      )
      const session = yield* (yield* SqliteDatabase.make({ location: database.path })).session
      const found = yield* obstacles(session, { plan: made, from: between.from, to: between.to })
      expect(found.map(({ problem }) => problem).toSorted()).toEqual([
        "2 rows of t break the check (a > 0), which the table has already, and cannot be copied",
        "t.b is NOT NULL already, and yet NULL in 1 row, which cannot be copied"
      ])
    }).pipe(Effect.scoped, Effect.provide(services)))

  check("do not hide what a plan adds to them", () =>
    Effect.gen(function*() {
      const database = yield* file(unsound)
      const error = yield* Effect.flip(apply({
        steps: [{
          description: "Write what the check forbids",
          sql: ["PRAGMA ignore_check_constraints = ON", "INSERT INTO t VALUES (4, -4, 'y')"]
        }]
      }, database))
      expect(error._tag).toBe("Damaged")
      expect(error.message).toContain("t: CHECK constraint failed in 3 rows, and in 2 before the plan")
      expect(database.rows("SELECT count(*) AS n FROM t")).toEqual([{ n: 3 }])
    }).pipe(Effect.scoped, Effect.provide(services)))

  check("are those of their table when it has another name", () =>
    Effect.gen(function*() {
      const { found } = yield* migrate(
        unsound,
        "CREATE TABLE u (id INTEGER PRIMARY KEY, a INT NOT NULL CHECK (a > 0), b TEXT)",
        (database) => database.rows("SELECT count(*) AS n FROM u"),
        ["table t=u"]
      )
      expect(found).toEqual([{ n: 3 }])
    }).pipe(Effect.scoped, Effect.provide(services)))
})

describe("rows that refer to nothing", () => {
  const before = `CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (p INT REFERENCES p, v TEXT);
    INSERT INTO c VALUES (1, 'a'), (2, NULL);`
  const names = (name: string, after: string, child: string, wishes: ReadonlyArray<string>) =>
    check(`are no hindrance where ${name}`, () =>
      Effect.gen(function*() {
        const { again, database, found } = yield* migrate(
          before,
          after,
          (database: File) => database.rows(`SELECT v FROM ${child}`),
          wishes
        )
        expect(found).toEqual([{ v: "a" }, { v: null }])
        expect(again).toEqual([])
        expect(database.rows("SELECT v FROM c")).toEqual([{ v: "a" }, { v: null }])
      }).pipe(Effect.scoped, Effect.provide(services)))

  names(
    "their table gets another name",
    "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE d (p INT REFERENCES p, v TEXT)",
    "d",
    ["table c=d"]
  )
  names(
    "both tables get other names, and theirs is made anew",
    "CREATE TABLE q (id INTEGER PRIMARY KEY); CREATE TABLE d (p INT REFERENCES q, v TEXT CHECK (v <> 'b'))",
    "d",
    ["table c=d", "table p=q"]
  )

  check("are not asked for again where what they refer to gets another name", () =>
    Effect.gen(function*() {
      const { obstacles } = yield* Dialect
      const database = yield* file(`${before} INSERT INTO p VALUES (1);`)
      const session = yield* (yield* SqliteDatabase.make({ location: database.path })).session
      const told = Effect.fnUntraced(function*(wanted: string, wishes: ReadonlyArray<string>) {
        const { between, plan: made } = yield* plan(database, wanted, wishes)
        const found = yield* obstacles(session, { plan: made, from: between.from, to: between.to })
        return found.map(({ problem }) => problem)
      })
      const wishes = ["table p=q", "column p.id=key", "column c.p=q"]
      expect(
        yield* told("CREATE TABLE q (key INTEGER PRIMARY KEY); CREATE TABLE c (q INT REFERENCES q, v TEXT)", wishes)
      ).toEqual([])
      // another rule is asked for
      expect(
        yield* told(
          "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (p INT REFERENCES p ON DELETE CASCADE, v TEXT)",
          []
        )
      ).toEqual(["the foreign key (p) does not hold: 1 row of c refers to what p does not have"])
    }).pipe(Effect.scoped, Effect.provide(services)))

  check("are new where another table has taken the name of theirs", () =>
    Effect.gen(function*() {
      const database = yield* file(`${before} CREATE TABLE other (p INT, v TEXT); INSERT INTO other VALUES (7, 'o');`)
      const { plan: made } = yield* plan(
        database,
        `CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE d (p INT, v TEXT);
         CREATE TABLE c (p INT REFERENCES p, v TEXT)`,
        ["table c=d", "table other=c"]
      )
      const error = yield* Effect.flip(apply(made, database))
      expect(error.message).toContain("1 row of c refers to rows of p that are not there")
    }).pipe(Effect.scoped, Effect.provide(services)))
})

check(
  "a damaged file is refused before anything is changed, and it is told that it was damaged before",
  () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const database = yield* file(`CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT); CREATE TABLE u (v TEXT);
      WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) INSERT INTO t SELECT i, 'value ' || i FROM n;`)
      const { plan: made } = yield* plan(
        database,
        "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT NOT NULL); CREATE TABLE u (v TEXT)"
      )
      const bytes = yield* fs.readFile(database.path)
      bytes.fill(0xff, 4096 * 9, 4096 * 9 + 100)
      yield* fs.writeFile(database.path, bytes)
      const error = yield* Effect.flip(apply(made, database))
      expect(error._tag).toBe("DatabaseError")
      expect(error.message).toContain("The database was damaged before the plan: t: ")
      expect(database.rows("SELECT sql FROM sqlite_schema WHERE name = 't'")).toEqual([
        { sql: "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)" }
      ])
      // what lies elsewhere is not in its way
      const { plan: other } = yield* plan(
        yield* file("CREATE TABLE u (v TEXT)"),
        "CREATE TABLE u (v TEXT); CREATE INDEX i ON u (v)"
      )
      yield* apply({ steps: other.steps }, database)
    }).pipe(Effect.scoped, Effect.provide(services))
)
