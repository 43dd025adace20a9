/** `bun bench/embedded.ts FILE`: what running a script costs on the embedded engine, with the engine's start, in a process of its own. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as EmbeddedDatabase from "../src/engine/EmbeddedDatabase.ts"
import * as platform from "../src/platform.ts"

await Effect.runPromise(
  Effect.scoped(Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const sql = yield* fs.readFileString(process.argv[2] ?? "")
    const database = yield* EmbeddedDatabase.make()
    const session = yield* database.session
    yield* session.execute(sql)
  })).pipe(Effect.provide(platform.layer))
)
