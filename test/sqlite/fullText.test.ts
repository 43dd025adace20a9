/** Full-text indexes over the rows of ordinary tables. */
import { describe, expect } from "bun:test"
import * as Effect from "effect/Effect"
import { live } from "../effect.ts"
import { apply, file, migrate, plan, services } from "./world.ts"

const modules = [
  ["FTS5", "USING fts5(a, b, content = 't')"],
  ["FTS4", "USING fts4(content=\"t\", a, b)"]
] as const

for (const [name, using] of modules) {
  const index = `CREATE VIRTUAL TABLE f ${using};`
  const rows =
    "INSERT INTO t (rowid, a, b) VALUES (1, 'one', 'x'), (5, 'two words', 'y'); INSERT INTO f (f) VALUES ('rebuild');"

  describe(`an index of ${name}`, () => {
    live("finds the same rows after their table was made anew", () =>
      Effect.gen(function*() {
        const { again, database, found } = yield* migrate(
          `CREATE TABLE t (a TEXT, b TEXT); ${index} ${rows}`,
          `CREATE TABLE t (c INT DEFAULT 3, a TEXT NOT NULL, b TEXT CHECK (b <> '')); ${index}`,
          (there) => there.rows("SELECT rowid, a FROM f WHERE f MATCH 'words'")
        )
        expect([again, found]).toEqual([[], [{ rowid: 5, a: "two words" }]])
        expect(database.rows("SELECT rowid FROM f WHERE f MATCH 'one'")).toEqual([{ rowid: 1 }])
      }).pipe(Effect.scoped, Effect.provide(services)))

    live("keeps its table from losing a column that it names", () =>
      Effect.gen(function*() {
        const database = yield* file(`CREATE TABLE t (a TEXT, b TEXT); ${index} ${rows}`)
        for (
          const [wanted, wishes] of [["a TEXT, c TEXT", ["column t.b=c"]], ["a TEXT", []]] as const
        ) {
          const error = yield* Effect.flip(plan(database, `CREATE TABLE t (${wanted}); ${index}`, wishes))
          expect(error.message).toContain("the full-text index f does not fit its table any more")
        }
      }).pipe(Effect.scoped, Effect.provide(services)))

    live("that did not fit before is in nobody's way", () =>
      Effect.gen(function*() {
        const database = yield* file(
          `CREATE TABLE t (a TEXT, b TEXT); ${index} ${rows} UPDATE t SET a = 'three' WHERE rowid = 1;`
        )
        const { plan: made } = yield* plan(database, `CREATE TABLE t (a TEXT NOT NULL, b TEXT); ${index}`)
        yield* apply(made, database)
        expect(database.rows("SELECT a FROM t")).toEqual([{ a: "three" }, { a: "two words" }])
      }).pipe(Effect.scoped, Effect.provide(services)))
  })
}
