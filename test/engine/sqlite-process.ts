/** A process of its own on a SQLite file, for the tests of runtimes, of locks and of crashes: `sqlite-process.ts WHAT FILE`. */
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as SqliteDatabase from "../../src/engine/SqliteDatabase.ts"
import { savepoint, snapshot, transaction } from "../../src/engine/Transaction.ts"
import * as Platform from "../../src/platform.ts"

const [, , what = "", location = ""] = process.argv
const manyRows = (count: number) =>
  `INSERT INTO t WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < ${count}) SELECT x, 'row ' || x FROM c`

const say = (line: unknown) => Effect.sync(() => console.log(JSON.stringify(line)))

/** What must work the same on every runtime. */
const main = Effect.gen(function*() {
  const database = yield* SqliteDatabase.make({ location, create: true })
  const session = yield* database.session
  yield* session.execute("CREATE TABLE t (a INTEGER PRIMARY KEY, b)")
  yield* transaction(
    session,
    Effect.gen(function*() {
      yield* session.query("INSERT INTO t VALUES (?, ?), (?, ?)", [
        1,
        "one",
        9223372036854775807n,
        new Uint8Array([0, 255])
      ])
      yield* Effect.flip(savepoint(session, Effect.andThen(session.execute("DELETE FROM t"), Effect.fail("no"))))
    })
  )
  const read = yield* snapshot(session, session.query("SELECT a, hex(b) AS b FROM t ORDER BY a"))
  const refused = yield* Effect.flip(session.execute("INSERT INTO t VALUES (1, NULL)"))
  let ticks = 0
  const timer = yield* Effect.sync(() => setInterval(() => ticks++, 1))
  const long = yield* Effect.forkChild(transaction(session, session.execute(manyRows(100_000_000))))
  yield* Effect.sleep(300)
  yield* Fiber.interrupt(long)
  clearInterval(timer)
  const after = yield* session.query("SELECT count(*) AS n FROM t")
  yield* say([session.versionNumber, read.map(({ a, b }) => [String(a), b]), refused.code, ticks > 5, after])
})

/** Leaves a transaction half done, with its pages already in the file or its WAL, until somebody ends the process. */
const half = (journal: string) =>
  Effect.gen(function*() {
    const database = yield* SqliteDatabase.make({ location })
    const session = yield* database.session
    yield* session.execute(`PRAGMA journal_mode = ${journal}; PRAGMA cache_size = 10; INSERT INTO t VALUES (0, 'kept')`)
    yield* session.execute(`BEGIN IMMEDIATE; ${manyRows(50_000)}; UPDATE t SET b = 'changed'`)
    yield* say("half")
    yield* Effect.sleep(600_000)
  })

await Effect.scoped(what === "main" ? main : half(what)).pipe(Effect.provide(Platform.layer), Effect.runPromise)
