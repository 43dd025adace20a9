/**
 * `bun bench/introspect.ts URL [TIMES]`: what a program pays for reading a database through the library, in a process of its
 * own. Prints the milliseconds, and those of the processor, that the last of so many readings took.
 */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { hash } from "../src/Catalog.ts"
import * as PostgresDatabase from "../src/engine/PostgresDatabase.ts"
import { introspectDatabase } from "../src/postgres/Introspection.ts"

const [url = "", times = "1"] = process.argv.slice(2)

await Effect.runPromise(Effect.gen(function*() {
  const database = yield* PostgresDatabase.make({ url: Redacted.make(url) })
  for (let time = 1; time <= Number(times); time++) {
    const [started, before] = [performance.now(), process.cpuUsage()]
    const catalog = yield* introspectDatabase(database)
    console.log(catalog.objects.size, hash(catalog))
    const { system, user } = process.cpuUsage(before)
    console.log(performance.now() - started, (user + system) / 1000)
  }
}))
