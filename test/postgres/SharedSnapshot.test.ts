/** Reading a large database on two sessions: the same catalog as on one, whatever becomes of the second. */
import { describe, expect } from "bun:test"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { hash } from "../../src/Catalog.ts"
import type { Database } from "../../src/engine/Database.ts"
import { DatabaseError } from "../../src/engine/DatabaseError.ts"
import * as PostgresDatabase from "../../src/engine/PostgresDatabase.ts"
import { introspect, introspectDatabase } from "../../src/postgres/Introspection.ts"
import * as it from "../effect.ts"
import * as Servers from "../servers.ts"

class Postgres extends Context.Service<Postgres, Servers.Server>()("test/Postgres") {}

type Open = Database["Service"]["session"]

/** The database, with every session after the first opened by `others`. */
const withOthers = (database: Database["Service"], others: (open: Open) => Open) => {
  let opened = 0
  const counted: Database["Service"] = {
    ...database,
    session: Effect.suspend(() => ++opened === 1 ? database.session : others(database.session))
  }
  return Effect.map(introspectDatabase(counted), (catalog) => ({ catalog, opened }))
}

const wide = (table: number) =>
  `CREATE TABLE t${table} (id int PRIMARY KEY, ${
    Array.from({ length: 1200 }, (_, column) => `c${column} boolean`).join(", ")
  }, CHECK (id > ${table}));`

const large = Array.from({ length: 8 }, (_, table) => wide(table)).join("\n")

describe("a large database", () => {
  const test = it.layer(Layer.effect(Postgres, Servers.server({ major: 15 })))

  test("is read on two sessions as on one", () =>
    Effect.gen(function*() {
      const database = yield* PostgresDatabase.make({
        url: Redacted.make(yield* Servers.database(yield* Postgres))
      })
      const small = yield* withOthers(database, (open) => open)
      expect(small.opened).toBe(1)

      yield* Effect.scoped(Effect.flatMap(database.session, ({ execute }) => execute(large)))
      const expected = yield* Effect.scoped(Effect.flatMap(database.session, introspect))
      expect(expected.objects.has("constraint public.t7.t7_pkey")).toBe(true)

      const shared = yield* withOthers(database, (open) => open)
      expect(shared.opened).toBe(2)
      expect(hash(shared.catalog)).toBe(hash(expected))
      expect(shared.catalog.dependencies).toEqual(expected.dependencies)

      const refused = new DatabaseError({ code: "53300", message: "too many clients" })
      const alone = yield* withOthers(database, () => Effect.fail(refused))
      expect(alone.opened).toBe(2)
      expect(hash(alone.catalog)).toBe(hash(expected))

      const elsewhere = yield* PostgresDatabase.make({ url: Redacted.make((yield* Postgres).url()) })
      const misled = yield* withOthers(database, () => elsewhere.session)
      expect(hash(misled.catalog)).toBe(hash(expected))

      const single = yield* withOthers({ ...database, concurrent: false }, () => Effect.fail(refused))
      expect(single.opened).toBe(1)
      expect(hash(single.catalog)).toBe(hash(expected))
    }))
})
