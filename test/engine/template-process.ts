/** A process of its own that starts an embedded database, for the tests of what two of them do at once. */
import * as Effect from "effect/Effect"
import * as EmbeddedDatabase from "../../src/engine/EmbeddedDatabase.ts"
import * as Platform from "../../src/platform.ts"

await Effect.gen(function*() {
  const database = yield* EmbeddedDatabase.make()
  const session = yield* database.session
  const [row] = yield* session.query("SELECT 'started' AS state")
  yield* Effect.sync(() => console.log(row?.["state"]))
}).pipe(Effect.scoped, Effect.provide(Platform.layer), Effect.runPromise)
