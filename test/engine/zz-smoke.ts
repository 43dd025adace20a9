import * as Effect from "effect/Effect"
import * as Embedded from "../../src/engine/EmbeddedDatabase.ts"
import * as Platform from "../../src/platform.ts"
const p = Effect.gen(function*() {
  let t = performance.now()
  const db = yield* Embedded.make({ extensions: ["uuid-ossp", "citext"] })
  console.log(db.description, performance.now() - t)
  yield* Effect.scoped(Effect.gen(function*() {
    const s = yield* db.session
    console.log(s.versionNumber, yield* s.query("select $1::int a, $2::text[] b, $3::jsonb c, $4::bool d, array['a','b c',null,'q\"x'] e, 1::int8 f, now()::date g, '{{1,2},{3,4}}'::int[] h, $5::json j, $6::bytea k", [5, ["x", "y,z"], { a: 1 }, true, '"str"', "\\x00ff"]))
    yield* s.execute("create extension \"uuid-ossp\"; create extension citext; do $$ begin raise notice 'hey'; end $$")
    console.log(yield* s.notices)
    console.log(yield* Effect.flip(s.query("select 1; select 2")))
  }))
})
await Effect.runPromise(Effect.scoped(p).pipe(Effect.provide(Platform.layer)))
