import { describe, expect } from "bun:test"
import * as Effect from "effect/Effect"
import { live } from "../../effect.ts"
import { file, services } from "../../sqlite/world.ts"
import { migrate } from "./Migration.ts"
import * as Reading from "./Reading.ts"
import * as Rows from "./Rows.ts"
import { seed } from "./Seed.ts"

const check = (name: string, body: () => Effect.Effect<void, unknown, never>) => live(name, body)

const compared = Effect.fnUntraced(function*(one: string, other: string) {
  const [a, b] = [yield* file(one), yield* file(other)]
  return Reading.compare(Reading.read(a.path), Reading.read(b.path))
})

const equal = { missing: [], extra: [], reordered: [] }

describe("the judge of schemas", () => {
  check("does not mind spelling, nor where a constraint is written", () =>
    Effect.gen(function*() {
      expect(
        yield* compared(
          `CREATE TABLE p (id INTEGER PRIMARY KEY);
           CREATE TABLE t (a INT NULL CHECK (a != 1), b TEXT REFERENCES p (id) ON DELETE NO ACTION, c AS (a * 2) VIRTUAL, UNIQUE (a));
           CREATE TRIGGER g INSERT ON t BEGIN SELECT 1; END`,
          `CREATE TABLE "p" (id integer, -- the key
             PRIMARY KEY ([id]));
           create table t ("a" int UNIQUE, b text, c GENERATED ALWAYS AS (a*2), CHECK (a <> 1), FOREIGN KEY (b) REFERENCES p(id));
           create trigger g before insert on t for each row begin select 1; end`
        )
      ).toEqual(equal)
    }).pipe(Effect.scoped, Effect.provide(services)))

  const sees = (what: string, one: string, other: string) =>
    check(`sees ${what}`, () =>
      Effect.gen(function*() {
        const { extra, missing, reordered } = yield* compared(one, other)
        expect(missing.length + extra.length + reordered.length).toBeGreaterThan(0)
      }).pipe(Effect.scoped, Effect.provide(services)))

  sees("another collation", "CREATE TABLE t (a TEXT)", "CREATE TABLE t (a TEXT COLLATE NOCASE)")
  sees("another check", "CREATE TABLE t (a CHECK (a > 1))", "CREATE TABLE t (a CHECK (a >= 1))")
  sees("a column without NOT NULL", "CREATE TABLE t (a NOT NULL)", "CREATE TABLE t (a)")
  sees(
    "what AUTOINCREMENT says",
    "CREATE TABLE t (a INTEGER PRIMARY KEY)",
    "CREATE TABLE t (a INTEGER PRIMARY KEY AUTOINCREMENT)"
  )
  sees(
    "an action of a foreign key",
    "CREATE TABLE t (a REFERENCES t)",
    "CREATE TABLE t (a REFERENCES t ON DELETE CASCADE)"
  )
  sees(
    "a deferred foreign key",
    "CREATE TABLE t (a REFERENCES t)",
    "CREATE TABLE t (a REFERENCES t DEFERRABLE INITIALLY DEFERRED)"
  )
  sees("another conflict clause", "CREATE TABLE t (a UNIQUE)", "CREATE TABLE t (a UNIQUE ON CONFLICT REPLACE)")
  sees("another constant", "CREATE TABLE t (a DEFAULT 'A')", "CREATE TABLE t (a DEFAULT 'a')")
  sees("another order of columns", "CREATE TABLE t (a, b)", "CREATE TABLE t (b, a)")
  sees("another query of a view", "CREATE VIEW v AS SELECT 1", "CREATE VIEW v AS SELECT 2")
  sees(
    "a missing trigger",
    "CREATE TABLE t (a); CREATE TRIGGER g INSERT ON t BEGIN SELECT 1; END",
    "CREATE TABLE t (a)"
  )
})

const same: Rows.FormerNames = { table: (name) => name, column: (_, name) => name }

describe("the judge of rows", () => {
  const table = "CREATE TABLE t (a INT, b TEXT, c DEFAULT 'new')"
  const wrong = (script: string) =>
    Effect.gen(function*() {
      const before = yield* file(
        "CREATE TABLE t (b, a, gone); INSERT INTO t (rowid, a, b) VALUES (5, 1, 'x'), (9, '7', NULL);"
      )
      const [expected, found] = [yield* file(table), yield* file(`${table}; ${script}`)]
      return Rows.wrong(Rows.transfer(before.path, expected.path, same), found.path)
    })
  const judges = (name: string, script: string, count: number) =>
    check(name, () =>
      Effect.gen(function*() {
        expect(yield* wrong(script)).toHaveLength(count)
      }).pipe(Effect.scoped, Effect.provide(services)))

  judges("takes rows as the new table stores them", "INSERT INTO t (rowid, a, b) VALUES (9, 7, NULL), (5, 1, 'x')", 0)
  judges("sees a lost row", "INSERT INTO t (rowid, a, b) VALUES (5, 1, 'x')", 1)
  judges("sees another rowid", "INSERT INTO t (rowid, a, b) VALUES (5, 1, 'x'), (6, 7, NULL)", 1)
  judges("sees another value", "INSERT INTO t (rowid, a, b) VALUES (5, 1, 'y'), (9, 7, NULL)", 1)
  judges("sees another type of a value", "INSERT INTO t (rowid, a, b) VALUES (5, 1, x'78'), (9, 7, NULL)", 1)
  judges("sees another default", "INSERT INTO t (rowid, a, b, c) VALUES (5, 1, 'x', NULL), (9, 7, NULL, 'new')", 1)

  check("says which rows do not fit", () =>
    Effect.gen(function*() {
      const before = yield* file(
        "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE t (a INT); INSERT INTO t VALUES (NULL), (3);"
      )
      for (
        const wanted of [
          "CREATE TABLE t (a INT NOT NULL)",
          "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE t (a INT REFERENCES p)"
        ]
      ) {
        const to = yield* file(wanted)
        expect(() => Rows.transfer(before.path, to.path, same)).toThrow(Rows.DoesNotFit)
      }
    }).pipe(Effect.scoped, Effect.provide(services)))
})

describe("a migration", () => {
  check("is judged with rows, there and back", () =>
    Effect.gen(function*() {
      const shown = yield* migrate({
        before: "CREATE TABLE p (id INTEGER PRIMARY KEY, v TEXT); CREATE TABLE t (a INTEGER REFERENCES p, b TEXT, c);",
        after:
          "CREATE TABLE p (id INTEGER PRIMARY KEY, v VARCHAR(9)); CREATE TABLE t (a INTEGER REFERENCES p, b TEXT UNIQUE);",
        seed,
        twice: true
      })
      expect(shown).toMatchObject({ refusals: [], steps: 2, unmanaged: [] })
      expect(shown.rows).toBeGreaterThan(4)
    }).pipe(Effect.provide(services)))

  check("whose rows do not fit is judged without them", () =>
    Effect.gen(function*() {
      const shown = yield* migrate({
        before: "CREATE TABLE t (a INT)",
        after: "CREATE TABLE t (a INT NOT NULL)",
        seed
      })
      expect(shown.refusals).toHaveLength(1)
      expect(shown.rows).toBeUndefined()
    }).pipe(Effect.provide(services)))
})
