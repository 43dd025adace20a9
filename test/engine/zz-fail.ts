import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as net from "node:net"
import * as Pg from "../../src/engine/PostgresDatabase.ts"
const port = process.argv[2], sock = process.argv[3]
const rude = net.createServer((s) => s.destroy()).listen(0)
const mute = net.createServer(() => {}).listen(0)
const http = net.createServer((s) => s.end("HTTP/1.1 400 Bad Request\r\n\r\n")).listen(0)
const P = (s: net.Server) => (s.address() as net.AddressInfo).port
const urls = [
  `postgres://postgres:sekret@127.0.0.1:1/db`,
  `postgres://postgres:sekret@127.0.0.1:${port}/postgres`,
  `postgres://postgres@127.0.0.1:${port}/postgres`,
  `postgres://nobody:sekret@127.0.0.1:${port}/postgres`,
  `postgres://postgres:lockplane@127.0.0.1:${port}/nodb`,
  `postgres://postgres:sekret@no-such-host.invalid/db`,
  `postgres://postgres:sekret@127.0.0.1:${P(rude)}/db?connect_timeout=2`,
  `postgres://postgres:sekret@127.0.0.1:${P(rude)}/db?connect_timeout=2&sslmode=disable`,
  `postgres://postgres:sekret@127.0.0.1:${P(mute)}/db?connect_timeout=2`,
  `postgres://postgres:sekret@127.0.0.1:${P(http)}/db?connect_timeout=2&sslmode=disable`,
  `postgres://postgres:sekret@127.0.0.1:${P(http)}/db?connect_timeout=2`,
  `postgres://postgres:lockplane@127.0.0.1:${port}/postgres?sslmode=require`,
  `postgres://postgres:lockplane@127.0.0.1:${port}/postgres?sslmode=prefer`,
  `postgres://postgres:lockplane@localhost:${port}/postgres`,
  `postgres://postgres:lockplane@[::1]:${port}/postgres`,
  `postgres://postgres:lockplane@[::1]:${port},127.0.0.1:${port}/postgres`,
  `postgres://postgres:lockplane@/postgres?host=${sock}&port=${port}`,
  `postgres://postgres:lockplane@/postgres?host=/nowhere&port=${port}`,
  `postgres://postgres:lockplane@${encodeURIComponent(sock!)}:${port}/postgres`,
  `postgres://postgres:lockplane@127.0.0.1:${port}/postgres?options=-csearch_path%3Dabc%20-cwork_mem%3D5MB&application_name=x%20y`,
  `postgres://postgres:lockplane@127.0.0.1:${port}/postgres?search_path=abc`,
  `postgres://postgres:lockplane@127.0.0.1:${port}/postgres?schema=abc`,
  `postgres://postgres:sek/ret@127.0.0.1:${port}/postgres?search_path=abc`,
  `postgres://postgres:sek?ret@127.0.0.1:${port}/postgres?search_path=abc`,
  `postgres://postgres:sek#ret@127.0.0.1:99999/postgres?search_path=abc`,
  `postgres://127.0.0.1:${port}/postgres?user=postgres&password=sekret`,
  `mysql://a:sekret@b/c`, `host=x password=sekret`, `postgres://127.0.0.1:${port}/postgres?sslmode=sekret`,
]
for (const url of urls) {
  const t = performance.now()
  const out = await Effect.runPromise(Effect.gen(function*() {
    const db = yield* Pg.make({ url: Redacted.make(url) })
    const s = yield* db.session
    const r = yield* s.query("select current_setting('search_path') sp, current_setting('application_name') an, (select ssl from pg_stat_ssl where pid=pg_backend_pid()) ssl, inet_client_addr()::text")
    return [db.description, JSON.stringify(r)]
  }).pipe(Effect.scoped, Effect.result))
  console.log(Math.round(performance.now() - t), url.slice(0,100), "\n   ", out._tag === "Success" ? out.success : [out.failure.code, out.failure.message, out.failure.detail, out.failure.hint])
}
process.exit(0)
