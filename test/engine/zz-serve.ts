import * as Effect from "effect/Effect"
import * as fs from "node:fs"
import * as Servers from "../servers.ts"
await Effect.runPromise(Effect.scoped(Effect.gen(function*() {
  const server = yield* Servers.server({ major: 15, settings: process.env.SSL ? { ssl: "on", ssl_cert_file: "/tmp/ssl/s.crt", ssl_key_file: "/tmp/ssl/s.key" , listen_addresses: "127.0.0.1,::1"} : {} })
  fs.writeFileSync(process.argv[2]!, `${server.port} ${server.socketFolder}`)
  yield* Effect.sleep(Number(process.argv[3]) * 1000)
})))
