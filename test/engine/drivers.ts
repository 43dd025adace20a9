/** Both drivers behind the one seam, for tests of what must hold with either. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type { Database } from "../../src/engine/Database.ts"
import * as EmbeddedDatabase from "../../src/engine/EmbeddedDatabase.ts"
import * as PostgresDatabase from "../../src/engine/PostgresDatabase.ts"
import * as Platform from "../../src/platform.ts"
import * as Servers from "../servers.ts"

const postgres = Layer.unwrap(Effect.gen(function*() {
  const url = yield* Servers.database(yield* Servers.server({ major: 15 }))
  return PostgresDatabase.layer({ url: Redacted.make(url) })
}))

const embedded = EmbeddedDatabase.layer().pipe(Layer.provide(Platform.layer))

export const drivers: ReadonlyArray<readonly [name: string, layer: Layer.Layer<Database, unknown>]> = [
  ["postgres.js", postgres],
  ["PGlite", embedded]
]
