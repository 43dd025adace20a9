import { describe, expect } from "bun:test"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { Database } from "../../src/engine/Database.ts"
import { rehearse, savepoint, snapshot, transaction } from "../../src/engine/Transaction.ts"
import * as it from "../effect.ts"
import { drivers } from "./drivers.ts"

for (const [name, layer] of drivers) {
  describe(`transactions by ${name}`, () => {
    const test = it.layer(layer)
    const withTable = Effect.gen(function*() {
      const session = yield* (yield* Database).session
      yield* session.execute("CREATE TEMP TABLE t (a int)")
      const insert = (value: number) => session.execute(`INSERT INTO t VALUES (${value})`)
      const values = Effect.map(session.query("SELECT a FROM t ORDER BY a"), (rows) => rows.map((row) => row["a"]))
      return { session, insert, values }
    })

    test("success is committed", () =>
      Effect.gen(function*() {
        const { insert, session, values } = yield* withTable
        expect(yield* transaction(session, Effect.as(insert(1), "done"))).toBe("done")
        yield* session.execute("ROLLBACK")
        expect(yield* values).toEqual([1])
      }))

    test("failure is rolled back, and is the failure", () =>
      Effect.gen(function*() {
        const { insert, session, values } = yield* withTable
        const failure = yield* Effect.flip(transaction(session, Effect.andThen(insert(1), Effect.fail("no"))))
        expect(failure).toBe("no")
        const error = yield* Effect.flip(transaction(session, Effect.andThen(insert(1), session.query("SELECT 1/0"))))
        expect(error.code).toBe("22012")
        expect(yield* values).toEqual([])
      }))

    test("interruption is rolled back", () =>
      Effect.gen(function*() {
        const { insert, session, values } = yield* withTable
        const inside = yield* Deferred.make<void>()
        const fiber = yield* Effect.forkChild(
          transaction(
            session,
            insert(1).pipe(Effect.andThen(Deferred.succeed(inside, undefined)), Effect.andThen(Effect.never))
          )
        )
        yield* Deferred.await(inside)
        yield* Fiber.interrupt(fiber)
        expect(yield* values).toEqual([])
        // refused outside a transaction
        expect((yield* Effect.flip(session.query("SAVEPOINT s"))).code).toBe("25P01")
      }))

    test("a transaction that PostgreSQL would roll back in silence is an error", () =>
      Effect.gen(function*() {
        const { insert, session, values } = yield* withTable
        const error = yield* Effect.flip(
          transaction(session, Effect.andThen(insert(1), Effect.ignore(session.query("SELECT 1/0"))))
        )
        expect(error.code).toBe("25P02")
        expect(yield* values).toEqual([])
        yield* transaction(session, insert(2))
        expect(yield* values).toEqual([2])
      }))

    test("what COMMIT refuses is an error", () =>
      Effect.gen(function*() {
        const { session } = yield* withTable
        yield* session.execute(
          "CREATE TEMP TABLE p (a int PRIMARY KEY); CREATE TEMP TABLE c (a int REFERENCES p DEFERRABLE INITIALLY DEFERRED)"
        )
        const error = yield* Effect.flip(transaction(session, session.execute("INSERT INTO c VALUES (1)")))
        expect(error.code).toBe("23503")
        expect(yield* session.query("SELECT * FROM c")).toEqual([])
      }))

    test("a rehearsal leaves nothing, whether it succeeds or fails", () =>
      Effect.gen(function*() {
        const { insert, session, values } = yield* withTable
        const seen = yield* rehearse(session, Effect.andThen(insert(1), values))
        expect(seen).toEqual([1])
        yield* Effect.flip(rehearse(session, Effect.andThen(insert(2), session.query("SELECT 1/0"))))
        expect(yield* values).toEqual([])
      }))

    test("a snapshot reads and does not write", () =>
      Effect.gen(function*() {
        const { session, values } = yield* withTable
        const level = yield* snapshot(
          session,
          session.query("SELECT current_setting('transaction_isolation') AS level")
        )
        expect(level).toEqual([{ level: "repeatable read" }])
        const error = yield* Effect.flip(snapshot(session, session.execute("CREATE TABLE written (a int)")))
        expect(error.code).toBe("25006")
        expect(yield* values).toEqual([])
      }))

    test("savepoints nest, and undo only what is theirs", () =>
      Effect.gen(function*() {
        const { insert, session, values } = yield* withTable
        yield* transaction(
          session,
          Effect.gen(function*() {
            yield* insert(1)
            yield* savepoint(
              session,
              Effect.gen(function*() {
                yield* insert(2)
                yield* Effect.flip(savepoint(session, Effect.andThen(insert(3), session.query("SELECT 1/0"))))
                yield* savepoint(session, insert(4))
              })
            )
            yield* Effect.flip(savepoint(session, Effect.andThen(insert(5), Effect.fail("no"))))
          })
        )
        expect(yield* values).toEqual([1, 2, 4])
      }))
  })
}
