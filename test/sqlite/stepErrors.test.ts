import { expect } from "bun:test"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { live } from "../effect.ts"
import { apply, file, plan, services } from "./world.ts"

/** How applying a plan fails whose rows nobody has asked. */
const failure = (name: string, before: string, after: string, expected: ReadonlyArray<string>): void =>
  live(`a table that cannot be made anew: ${name}`, () =>
    Effect.gen(function*() {
      const database = yield* file(before)
      const tables = () => database.rows("SELECT name FROM sqlite_schema WHERE name NOT LIKE 'lockplane_ledger%'")
      const was = tables()
      const { plan: made } = yield* plan(database, after)
      const applied = yield* Effect.result(apply(made, database))
      const [message = "", ...rest] = Result.isFailure(applied) ? applied.failure.message.split("\n") : []
      expect(message).not.toContain("lockplane_new")
      for (const part of expected) expect([message, ...rest].join("\n")).toContain(part)
      expect(tables()).toEqual(was)
    }).pipe(Effect.scoped, Effect.provide(services)))

const copied = "The rows of t are copied into a new table, which is called lockplane_new_t until"
const next = "Hint: Change the rows of t that the new definition does not take, or the definition."

failure(
  "a key",
  "CREATE TABLE t (a TEXT); INSERT INTO t VALUES ('x'), ('X')",
  "CREATE TABLE t (a TEXT COLLATE NOCASE UNIQUE)",
  ["UNIQUE constraint failed: t.a", copied, next]
)
failure(
  "a rowid",
  "CREATE TABLE \"my t\" (a TEXT); INSERT INTO \"my t\" VALUES ('x')",
  "CREATE TABLE \"my t\" (a INTEGER PRIMARY KEY)",
  [
    "a value of the column that is to be the rowid of \"my t\" is no whole number",
    "Hint: Change the rows of \"my t\" that"
  ]
)
failure(
  "NULL",
  "CREATE TABLE t (a TEXT, b); INSERT INTO t VALUES (NULL, 1)",
  "CREATE TABLE t (a TEXT NOT NULL, b)",
  ["NOT NULL constraint failed: t.a", copied, next]
)
failure(
  "a type",
  "CREATE TABLE t (a TEXT, b); INSERT INTO t VALUES ('x', 1)",
  "CREATE TABLE t (a INT, b ANY) STRICT",
  ["cannot store TEXT value in INT column t.a", next]
)
