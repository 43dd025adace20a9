/** A server as shadow: plans are proven there, and nothing of it stays, however the work ends. */
import { describe, expect } from "bun:test"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { comparable } from "../../src/Canonical.ts"
import { layerFolder } from "../../src/CatalogCache.ts"
import { layer as platform } from "../../src/platform.ts"
import * as Postgres from "../../src/postgres/Postgres.ts"
import * as ShadowServer from "../../src/postgres/ShadowServer.ts"
import { prove } from "../../src/Prover.ts"
import { Shadow } from "../../src/Shadow.ts"
import * as ServerShadow from "../../src/shadow/ServerShadow.ts"
import * as Source from "../../src/Source.ts"
import * as it from "../effect.ts"
import { database, psql, type Server, server } from "../servers.ts"

const services = Layer.mergeAll(Postgres.layer, ShadowServer.layer).pipe(Layer.provideMerge(platform))

const shadowAt = (pool: string) =>
  ServerShadow.layer({
    pool: Redacted.make(pool),
    holder: { user: "ann", host: "here", process: 1, checkout: "/home/ann/shop" },
    targets: []
  })

const left = (server: Server) =>
  Effect.map(
    psql(server.url(), "SELECT datname FROM pg_database WHERE datname LIKE '%\\_lp\\_%'"),
    (names) => names.trim()
  )

const live = it.layer(services)

/** The plan from a database to a text, proven on a shadow. */
const proven = (pool: string, url: string, text: string) =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const folder = yield* fs.makeTempDirectoryScoped()
    const file = `${folder}/wanted.sql`
    yield* fs.writeFileString(file, text)
    return yield* Effect.gen(function*() {
      const from = yield* Source.load(Source.parse(url))
      const to = yield* Source.load(Source.parse(file))
      return yield* prove(yield* comparable(from, to))
    }).pipe(Effect.provide(Layer.merge(shadowAt(pool), layerFolder(`${folder}/cache`))))
  })

for (const major of [15, 18] as const) {
  describe(`PostgreSQL ${major}`, () => {
    live("proves a plan there and back, with several transactions, and leaves nothing", () =>
      Effect.gen(function*() {
        const one = yield* server({ major })
        const url = yield* database(one)
        yield* psql(url, "CREATE TYPE mood AS ENUM ('ok'); CREATE TABLE t (id int PRIMARY KEY, m mood)")
        const { plan, rollback } = yield* proven(
          one.url("shop_shadow"),
          url,
          "CREATE TYPE mood AS ENUM ('ok', 'fine'); CREATE TABLE t (id bigint PRIMARY KEY, m mood DEFAULT 'fine');"
        )
        expect(plan.proof).toMatchObject({ reaches_target: true, rollback_restores_source: true })
        expect(plan.proof?.engine).toStartWith(`PostgreSQL ${major}.`)
        expect(plan.proof?.engine).toEndWith("(shadow server)")
        expect(plan.hash_major).toBe(major)
        expect(rollback.steps.length).toBeGreaterThan(0)
        expect(yield* left(one)).toBe("")
      }))

    live("makes no role on a server", () =>
      Effect.gen(function*() {
        const one = yield* server({ major })
        const url = yield* database(one)
        const text = "CREATE TABLE t (id int PRIMARY KEY); GRANT SELECT ON t TO reporting;"
        const refused = yield* Effect.flip(proven(one.url("shop_shadow"), url, text))
        expect(refused.message).toContain("does not have the role reporting")
        expect((yield* psql(one.url(), "SELECT count(*) FROM pg_roles WHERE rolname = 'reporting'")).trim()).toBe("0")
        yield* psql(one.url(), "CREATE ROLE reporting")
        const { plan } = yield* proven(one.url("shop_shadow"), url, text)
        expect(plan.proof).toMatchObject({ reaches_target: true, rollback_restores_source: true })
        expect(yield* left(one)).toBe("")
      }))

    live("gives the database back on failure and on interruption", () =>
      Effect.gen(function*() {
        const one = yield* server({ major })
        const reserved = Effect.flatMap(Shadow, ({ reserve }) => reserve({ extensions: [] })).pipe(
          Effect.tap((session) => session.execute("CREATE TABLE left_behind ()"))
        )
        const on = <A, E>(work: Effect.Effect<A, E>) =>
          Effect.scoped(Effect.andThen(reserved, work)).pipe(Effect.provide(shadowAt(one.url("shop_shadow"))))
        expect(yield* Effect.flip(on(Effect.fail("no" as const)))).toBe("no")
        expect(yield* left(one)).toBe("")
        const running = yield* Effect.forkChild(on(Effect.never))
        while ((yield* left(one)) === "") yield* Effect.sleep("20 millis")
        yield* Fiber.interrupt(running)
        expect(yield* left(one)).toBe("")
      }))
  })
}
