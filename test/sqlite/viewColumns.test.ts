/** What the columns of a view are called hangs on how its query is spelled, where that does not say: nobody may lose one unawares. */
import { describe, expect } from "bun:test"
import * as Effect from "effect/Effect"
import { live } from "../effect.ts"
import { type File, migrate, services } from "./world.ts"

const check = (name: string, body: () => Effect.Effect<void, unknown, never>) => live(name, body)

const columns = (view: string) => (database: File) =>
  database.rows(`SELECT name FROM pragma_table_info('${view}') ORDER BY cid`)

describe("the columns of views", () => {
  check(
    "keep their names where a table is made anew and the wanted query is spelled otherwise",
    () =>
      Effect.gen(function*() {
        const { again, found, plan: made } = yield* migrate(
          "CREATE TABLE t (a INT, b INT); CREATE VIEW v AS SELECT a+b, Max( a ) FROM t; CREATE VIEW w AS SELECT \"a+b\" FROM v",
          "CREATE TABLE t (a INT NOT NULL, b INT); CREATE VIEW v AS SELECT a + b, Max(a) FROM t; CREATE VIEW w AS SELECT \"a+b\" FROM v",
          columns("v")
        )
        expect(found).toEqual([{ name: "a+b" }, { name: "Max( a )" }])
        expect(again).toEqual([])
        expect(made.notes).toBeUndefined()
      }).pipe(Effect.scoped, Effect.provide(services))
  )

  check("that go with a name are told, also of views that nobody has written otherwise", () =>
    Effect.gen(function*() {
      const { found, plan: made } = yield* migrate(
        "CREATE TABLE t (a INT, b INT); CREATE VIEW v AS SELECT a, b FROM t; CREATE VIEW w AS SELECT * FROM v",
        "CREATE TABLE t (a INT, c INT); CREATE VIEW v AS SELECT a, c FROM t; CREATE VIEW w AS SELECT * FROM v",
        columns("w"),
        ["column t.b=c"]
      )
      expect(found).toEqual([{ name: "a" }, { name: "c" }])
      expect(made.notes).toEqual(
        ["v", "w"].map((view) =>
          `The columns of view ${view} are called a, c from now on. Statements fail that name b.`
        )
      )
    }).pipe(Effect.scoped, Effect.provide(services)))
})
