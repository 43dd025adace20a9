/** `bun bench/introspect.ts URL`: what a program pays for reading a database through the library, in a process of its own. */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { hash } from "../src/Catalog.ts"
import * as PostgresDatabase from "../src/engine/PostgresDatabase.ts"
import { introspectDatabase } from "../src/postgres/Introspection.ts"

await Effect.runPromise(Effect.gen(function*() {
  const database = yield* PostgresDatabase.make({ url: Redacted.make(process.argv[2] ?? "") })
  const catalog = yield* introspectDatabase(database)
  console.log(catalog.objects.size, hash(catalog))
}))
