/**
 * A process of its own for the tests of crashes: `sqlite-process.ts JOURNAL FILE` leaves a transaction half done, with its pages
 * already in the file or its WAL, until somebody ends the process.
 */
import * as Effect from "effect/Effect"
import * as SqliteDatabase from "../../src/engine/SqliteDatabase.ts"
import * as Platform from "../../src/platform.ts"

const [, , journal = "", location = ""] = process.argv
const manyRows =
  "INSERT INTO t WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 50000) SELECT x, 'row ' || x FROM c"

const half = Effect.gen(function*() {
  const database = yield* SqliteDatabase.make({ location })
  const session = yield* database.session
  yield* session.execute(`PRAGMA journal_mode = ${journal}; PRAGMA cache_size = 10; INSERT INTO t VALUES (0, 'kept')`)
  yield* session.execute(`BEGIN IMMEDIATE; ${manyRows}; UPDATE t SET b = 'changed'`)
  yield* Effect.sync(() => console.log("half"))
  yield* Effect.sleep(600_000)
})

await Effect.scoped(half).pipe(Effect.provide(Platform.layer), Effect.runPromise)
