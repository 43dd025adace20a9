import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import * as process from "node:process"
import * as Pg from "../../src/engine/PostgresDatabase.ts"
const port = process.argv[2]
const urls = [
  `postgres://postgres:lockplane@127.0.0.1:${port}/postgres`,
  `postgres://postgres:lockplane@127.0.0.1:${port}/postgres?sslmode=disable`,
  `postgres://postgres:lockplane@127.0.0.1:${port}/postgres?sslmode=require`,
  `postgres://postgres:lockplane@localhost:${port}/postgres?sslmode=verify-full`,
  `postgres://postgres:lockplane@localhost:${port}/postgres?sslmode=verify-full&sslrootcert=/tmp/ssl/s.crt`,
  `postgres://postgres:lockplane@127.0.0.1:${port}/postgres?sslmode=verify-full&sslrootcert=/tmp/ssl/s.crt`,
  `postgres://postgres:lockplane@127.0.0.1:${port}/postgres?sslmode=verify-ca&sslrootcert=/tmp/ssl/s.crt`,
  `postgres://postgres:lockplane@127.0.0.1:${port}/postgres?sslmode=require&sslrootcert=/tmp/ssl/nope.crt`,
]
for (const url of urls) {
  const t = performance.now()
  const out = await Effect.runPromise(Effect.gen(function*() {
    const db = yield* Pg.make({ url: Redacted.make(url) })
    const s = yield* db.session
    const f = yield* Effect.forkChild(s.query("select pg_sleep(30)"))
    yield* Effect.sleep(50)
    yield* Fiber.interrupt(f)
    const r = yield* s.query("select (select ssl from pg_stat_ssl where pid=pg_backend_pid()) ssl")
    return [db.description, JSON.stringify(r)]
  }).pipe(Effect.scoped, Effect.result))
  console.log(Math.round(performance.now() - t), url.slice(50), "\n   ", out._tag === "Success" ? out.success : [out.failure.code, out.failure.message, out.failure.detail, out.failure.hint])
}
process.exit(0)
