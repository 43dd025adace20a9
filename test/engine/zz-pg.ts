import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import * as Pg from "../../src/engine/PostgresDatabase.ts"
import * as Servers from "../servers.ts"
const p = Effect.gen(function*() {
  for (const major of [14, 15, 16, 17, 18] as const) yield* Effect.scoped(Effect.gen(function*() {
    let t = performance.now()
    const server = yield* Servers.server({ major })
    console.log("server", major, performance.now() - t); t = performance.now()
    const url = yield* Servers.database(server)
    console.log("db", performance.now() - t, Pg.redactUrl(url)); t = performance.now()
    const db = yield* Pg.make({ url: Redacted.make(url) })
    const s = yield* db.session
    console.log("session", performance.now() - t, s.versionNumber)
    console.log(JSON.stringify(yield* s.query("select $1::int a, $2::text[] b, $3::jsonb c, $4::bool d, array['a','b c',null,'q\"x'] e, 1::int8 f, now()::date g, '{{1,2},{3,4}}'::int[] h, $5::json j, $6::bytea k", [5, ["x", "y,z"], { a: 1 }, true, '"str"', "\\x00ff"])))
    yield* s.execute("create table t(a int); do $$ begin raise notice 'hey'; end $$")
    console.log(yield* s.notices)
    console.log(yield* Effect.flip(s.query("select 1; select 2")))
    t = performance.now()
    const many = yield* Effect.all(Array.from({ length: 200 }, (_, i) => s.query(`select ${i} i`)), { concurrency: "unbounded" })
    console.log("200 pipelined", performance.now() - t, many.every((r, i) => r[0]!.i === i))
    t = performance.now()
    const f = yield* Effect.forkChild(s.query("select pg_sleep(30)"))
    yield* Effect.sleep(100)
    yield* Fiber.interrupt(f)
    console.log("interrupted", performance.now() - t, yield* s.query("select 1 x"))
    t = performance.now()
    const g = yield* Effect.forkChild(Effect.all(Array.from({ length: 20 }, () => s.query("select pg_sleep(30)")), { concurrency: "unbounded" }))
    yield* Effect.sleep(100)
    yield* Fiber.interrupt(g)
    console.log("interrupted 20", performance.now() - t, yield* s.query("select 1 x"))
    console.log((yield* Servers.psql(url, "select 1; \\d")).trim(), (yield* Servers.pgDump(url))._tag)
    const copy = yield* Effect.flip(s.execute("copy t from stdin"))
    const copy2 = yield* Effect.flip(s.execute("copy t to stdout"))
    console.log(copy.message, copy2.code, yield* s.query("select 2 x"))
    console.log(yield* Effect.flip(s.execute("select pg_terminate_backend(pg_backend_pid())")), yield* Effect.flip(s.query("select 1")))
  }))
})
await Effect.runPromise(Effect.scoped(p))
