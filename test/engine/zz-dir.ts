import * as Effect from "effect/Effect"
import * as Embedded from "../../src/engine/EmbeddedDatabase.ts"
import * as Platform from "../../src/platform.ts"
const p = Effect.gen(function*() {
  const t = performance.now()
  const db = yield* Embedded.make({ dataDir: process.argv[2] })
  console.log(db.description, performance.now() - t)
  yield* Effect.scoped(Effect.gen(function*() {
    const s = yield* db.session
    yield* s.execute("create table if not exists t(a int); insert into t values (1)")
    console.log(yield* s.query("select count(*)::int n from t"))
  }))
  yield* Effect.sleep(Number(process.argv[3] ?? 0))
  return "ok"
})
console.log(await Effect.runPromise(Effect.scoped(p).pipe(Effect.provide(Platform.layer), Effect.result)).then((r) => r._tag === "Success" ? r.success : [r.failure.code, r.failure.message, r.failure.hint]))
