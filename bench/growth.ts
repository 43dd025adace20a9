/**
 * `bun bench/growth.ts URL...`: what reading each database takes within a running program, and what telling it from itself
 * and from a schema without its first table takes. One line of JSON for each: objects, and milliseconds of the best of three.
 */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { type Catalog, hash } from "../src/Catalog.ts"
import { diff } from "../src/Diff.ts"
import * as PostgresDatabase from "../src/engine/PostgresDatabase.ts"
import { introspectDatabase } from "../src/postgres/Introspection.ts"

const timed = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<readonly [A, number], E, R> =>
  Effect.suspend(() => {
    const started = performance.now()
    return Effect.map(effect, (result) => [result, performance.now() - started] as const)
  })

const withoutFirst = (catalog: Catalog): Catalog => ({
  ...catalog,
  objects: new Map([...catalog.objects].filter(([id]) => !id.includes(" public.t0000")))
})

const best = (times: ReadonlyArray<number>): number => Math.round(Math.min(...times))

await Effect.runPromise(Effect.forEach(process.argv.slice(2), (url) =>
  Effect.gen(function*() {
    const database = yield* PostgresDatabase.make({ url: Redacted.make(url) })
    const introspected: Array<number> = []
    const compared: Array<number> = []
    let objects = 0
    for (let run = 0; run < 3; run++) {
      const [[catalog, reading], [other]] = [
        yield* timed(introspectDatabase(database)),
        yield* timed(introspectDatabase(database))
      ]
      const [, comparing] = yield* timed(
        Effect.sync(() => [hash(catalog), hash(other), diff(catalog, other), diff(withoutFirst(catalog), other)])
      )
      objects = catalog.objects.size
      introspected.push(reading)
      compared.push(comparing)
    }
    console.log(JSON.stringify({ objects, introspect: best(introspected), diff: best(compared) }))
  }), { discard: true }))
