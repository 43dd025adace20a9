/** Borrowing shadow databases from real servers: whose they are, whom they are kept from, and what is left of them. */
import { describe, expect } from "bun:test"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type { Session } from "../../src/engine/Database.ts"
import * as PostgresDatabase from "../../src/engine/PostgresDatabase.ts"
import { layer as platform } from "../../src/platform.ts"
import * as Postgres from "../../src/postgres/Postgres.ts"
import * as ShadowServer from "../../src/postgres/ShadowServer.ts"
import { clean, contents } from "../../src/shadow/Cleaning.ts"
import type { Holder } from "../../src/shadow/Reservation.ts"
import * as Reservations from "../../src/shadow/Reservations.ts"
import * as it from "../effect.ts"
import { database, type Server, server } from "../servers.ts"

const holder = (user: string): Holder => ({ user, host: "here", process: 1, checkout: `/home/${user}/shop` })

const request = (pool: string, user: string, more: Partial<Reservations.Request> = {}): Reservations.Request => ({
  pool: Redacted.make(pool),
  holder: holder(user),
  token: `token of ${user}`,
  minutes: 10,
  targets: [],
  force: false,
  ...more
})

const on = <A, E, R>(url: string, use: (session: Session) => Effect.Effect<A, E, R>) =>
  Effect.scoped(
    Effect.flatMap(PostgresDatabase.make({ url: Redacted.make(url) }), ({ session }) => Effect.flatMap(session, use))
  )

const run = (url: string, sql: string) => on(url, (session) => session.execute(sql))

const held = (url: string, schema?: string) => on(url, (session) => contents(session, { database: "", schema }))

const databases = (server: Server) =>
  on(server.url(), (session) =>
    Effect.map(
      session.query("SELECT datname::text AS name FROM pg_database WHERE datname LIKE '%\\_lp\\_%' ORDER BY 1"),
      (rows) => rows.map((row) => String(row["name"]))
    ))

/** A user who owns a database and cannot make others, and that database's URL. */
const owned = (server: Server) =>
  Effect.gen(function*() {
    const url = new URL(yield* database(server))
    const [name, user] = [url.pathname.slice(1), `owner_${url.pathname.slice(6)}`]
    yield* run(server.url(), `CREATE ROLE ${user} LOGIN PASSWORD 'secret'; ALTER DATABASE ${name} OWNER TO ${user}`)
    url.username = user
    url.password = "secret"
    return { url: url.href, name }
  })

/** Objects of many kinds, some that only a superuser makes left out. */
const schema = `
  CREATE SCHEMA app;
  CREATE EXTENSION pg_trgm SCHEMA app;
  CREATE TYPE app.mood AS ENUM ('ok');
  CREATE DOMAIN app.positive AS int CHECK (VALUE > 0);
  CREATE TABLE app.a (id int PRIMARY KEY GENERATED ALWAYS AS IDENTITY, m app.mood, n app.positive);
  CREATE TABLE public.b (id int REFERENCES app.a, t text) PARTITION BY LIST (t);
  CREATE TABLE public.b1 PARTITION OF public.b FOR VALUES IN ('x');
  CREATE VIEW public.v AS SELECT * FROM app.a;
  CREATE MATERIALIZED VIEW public.mv AS SELECT * FROM public.v;
  CREATE FUNCTION public.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
  CREATE TRIGGER t BEFORE INSERT ON app.a FOR EACH ROW EXECUTE FUNCTION public.f();
  CREATE POLICY p ON app.a USING (true);
  COMMENT ON TABLE app.a IS 'a';
  COMMENT ON SCHEMA public IS 'mine';
  GRANT SELECT ON app.a TO PUBLIC;
  ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT SELECT ON TABLES TO PUBLIC;
  CREATE PUBLICATION pub FOR TABLE app.a;
  CREATE TEXT SEARCH CONFIGURATION app.c (COPY = simple);
  CREATE STATISTICS app.s ON m, n FROM app.a;
  INSERT INTO app.a (m) VALUES ('ok');
  SELECT lo_create(0)`

const services = Layer.mergeAll(Postgres.layer, ShadowServer.layer).pipe(Layer.provideMerge(platform))

for (const major of [14, 18] as const) {
  describe(`PostgreSQL ${major}`, () => {
    const live = it.layer(services)
    const withServer = <A, E, R>(body: (server: Server) => Effect.Effect<A, E, R>) =>
      Effect.flatMap(server({ major, settings: { listen_addresses: "127.0.0.1,::1" } }), body)

    live(
      "who may make databases gets one of their own, and it is gone with its release",
      () =>
        withServer((server) =>
          Effect.gen(function*() {
            const pool = server.url("shop_shadow")
            const [ann, bob] = yield* Effect.all([
              Reservations.take(request(pool, "ann")),
              Reservations.take(request(pool, "bob"))
            ], { concurrency: 2 })
            expect(ann.place).not.toEqual(bob.place)
            expect(ann).toMatchObject({ made: true, reservation: { holder: { user: "ann" } } })
            yield* run(Redacted.value(ann.url), schema)
            expect(yield* held(Redacted.value(bob.url))).toEqual([])
            const holdings = yield* Reservations.holdings(Redacted.make(pool))
            expect(holdings.map(({ reservation }) => reservation?.holder.user).toSorted()).toEqual(["ann", "bob"])
            // a token of somebody else gives nothing back
            expect(yield* Reservations.release({ url: ann.url, token: "token of bob" }, Redacted.make(pool))).toBe(
              false
            )
            expect(yield* databases(server)).toHaveLength(2)
            expect(yield* Reservations.release({ url: ann.url, token: "token of ann" }, Redacted.make(pool))).toBe(true)
            expect(yield* databases(server)).toEqual([bob.place.database])
            expect(yield* Reservations.release({ url: ann.url, token: "token of ann" }, Redacted.make(pool))).toBe(
              false
            )
          })
        )
    )

    live("eight at the same moment get eight databases", () =>
      withServer((server) =>
        Effect.gen(function*() {
          const pool = server.url("shop_shadow")
          const lent = yield* Effect.forEach(
            Array.from({ length: 8 }, (_, n) => `user${n}`),
            (user) => Reservations.take(request(pool, user)),
            { concurrency: 8 }
          )
          expect(new Set(lent.map(({ place }) => place.database)).size).toBe(8)
          expect(yield* databases(server)).toHaveLength(8)
        })
      ))

    live(
      "what nobody holds any more goes with the next who asks, and so does what was left half made",
      () =>
        withServer((server) =>
          Effect.gen(function*() {
            const pool = server.url("shop_shadow")
            yield* Reservations.take(request(pool, "ann", { minutes: 0 }))
            const old = (Math.floor(Date.now() / 1000) - 3600).toString(36)
            const young = Math.floor(Date.now() / 1000).toString(36)
            yield* run(server.url(), `CREATE DATABASE shop_shadow_lp_${old}_0123abcd`)
            yield* run(server.url(), `CREATE DATABASE shop_shadow_lp_${young}_0123abcd`)
            yield* run(server.url(), "CREATE DATABASE shop_shadow_lp_mine")
            const bob = yield* Reservations.take(request(pool, "bob"))
            expect(yield* databases(server)).toEqual(
              [bob.place.database, "shop_shadow_lp_mine", `shop_shadow_lp_${young}_0123abcd`].toSorted()
            )
          })
        )
    )

    live(
      "who may not make databases gets the one that is there, alone, and it is empty",
      () =>
        withServer((server) =>
          Effect.gen(function*() {
            const { name, url } = yield* owned(server)
            const lent = yield* Effect.forEach(
              Array.from({ length: 8 }, (_, n) => `user${n}`),
              (user) => Effect.result(Reservations.take(request(url, user))),
              { concurrency: 8 }
            )
            const won = lent.findIndex(({ _tag }) => _tag === "Success")
            expect(lent.filter(({ _tag }) => _tag === "Success")).toHaveLength(1)
            for (const [n, result] of lent.entries()) {
              if (result._tag === "Failure") {
                expect(result.failure).toMatchObject({ _tag: "ShadowHeld", place: `database ${name}` })
                expect(result.failure.message).toContain(
                  `held by user${won} on here (/home/user${won}/shop, process 1)`
                )
                expect(n).not.toBe(won)
              }
            }
            yield* run(url, schema.replace(/CREATE EXTENSION.*|COMMENT ON SCHEMA.*/g, ""))
            const ann = yield* Reservations.take(request(url, "ann", { force: true }))
            expect(ann).toMatchObject({ made: false, takenFrom: { holder: { user: `user${won}` } } })
            expect(yield* held(url)).toEqual([])
            expect(yield* Reservations.renew({ url: ann.url, token: `token of user${won}` }, 5)).toBeUndefined()
            const renewed = yield* Reservations.renew({ url: ann.url, token: "token of ann" }, 60)
            expect(Date.parse(renewed?.expires_at ?? "")).toBeGreaterThan(Date.parse(ann.reservation.expires_at))
            yield* run(url, "CREATE TABLE left_behind ()")
            expect(yield* Reservations.release({ url: ann.url, token: "token of ann" }, ann.url)).toBe(true)
            expect(yield* held(url)).toEqual([])
            // nobody's loan left what is there when it is free: the mark alone does not give it away
            yield* run(url, "CREATE TABLE by_somebody ()")
            for (const more of [{}, { force: true }, { again: true }]) {
              expect(yield* Effect.flip(Reservations.take(request(url, "bob", more)))).toMatchObject({
                _tag: "NotAShadow",
                marked: true,
                holds: ["table public.by_somebody"]
              })
            }
            expect(yield* held(url)).toEqual(["table public.by_somebody"])
            const named = new URL(url).pathname.slice(1)
            yield* Reservations.take(request(url, "bob", { force: true, named }))
            expect(yield* held(url)).toEqual([])
          })
        )
    )

    live(
      "a database without the mark is emptied only when it is named and forced",
      () =>
        withServer((server) =>
          Effect.gen(function*() {
            const { name, url } = yield* owned(server)
            yield* run(url, "CREATE TABLE precious (id int); INSERT INTO precious VALUES (1)")
            yield* run(server.url(), `COMMENT ON DATABASE ${name} IS 'our notes'`)
            for (const more of [{}, { force: true }, { named: name }, { force: true, named: "another" }]) {
              const refused = yield* Effect.flip(Reservations.take(request(url, "ann", more)))
              expect(refused).toMatchObject({
                _tag: "NotAShadow",
                name,
                holds: ["table public.precious", "column public.precious.id"].toSorted()
              })
            }
            expect(yield* held(url)).toContain("table public.precious")
            yield* Reservations.take(request(url, "ann", { force: true, named: name }))
            expect(yield* held(url)).toEqual([])
            const comment = yield* on(url, (session) =>
              session.query(
                "SELECT shobj_description(oid, 'pg_database') AS comment FROM pg_database WHERE datname = current_database()"
              ))
            expect(String(comment[0]?.["comment"])).toStartWith("our notes\nlockplane-shadow {")
          })
        )
    )

    live(
      "what was left in a schema whose time is over goes, and a copy of it elsewhere does not",
      () =>
        withServer((server) =>
          Effect.gen(function*() {
            const url = yield* database(server)
            const lent = request(url, "ann", { schema: "lent", minutes: 0 })
            yield* Reservations.take(lent)
            yield* run(url, "CREATE TABLE lent.left_behind ()")
            const name = new URL(url).pathname.slice(1)
            yield* run(server.url(), `CREATE DATABASE copy_of_${name} TEMPLATE ${name}`)
            const copy = server.url(`copy_of_${name}`)
            for (const more of [{}, { force: true }, { again: true }]) {
              const asked = { ...request(copy, "bob", more), schema: "lent" }
              expect(yield* Effect.flip(Reservations.take(asked))).toMatchObject({ _tag: "NotAShadow", marked: true })
            }
            expect(yield* held(copy, "lent")).toEqual(["table lent.left_behind"])
            yield* Reservations.take({ ...lent, holder: holder("bob"), token: "token of bob" })
            expect(yield* held(url, "lent")).toEqual([])
          })
        )
    )

    live(
      "a target is never emptied, by whatever name it is reached",
      () =>
        withServer((server) =>
          Effect.gen(function*() {
            const { name, url } = yield* owned(server)
            yield* run(url, "CREATE TABLE precious ()")
            const { password, username } = new URL(url)
            const others = [
              url,
              url.replace("127.0.0.1", "localhost"),
              url.replace("127.0.0.1", "[::1]"),
              `postgres://${username}:${password}@/${name}?host=${
                encodeURIComponent(server.socketFolder)
              }&port=${server.port}`,
              `postgresql://postgres:${server.password}@127.0.0.1:${server.port}/x?dbname=${name}`
            ]
            for (const other of others) {
              const refused = yield* Effect.flip(
                Reservations.take(request(url, "ann", {
                  force: true,
                  named: name,
                  targets: [{ name: "the environment production", url: Redacted.make(other) }]
                }))
              )
              expect(refused).toMatchObject({ _tag: "ShadowIsTarget", target: "the environment production" })
              expect(refused.message).not.toContain(password)
            }
            expect(yield* held(url)).toEqual(["table public.precious"])
          })
        )
    )

    live(
      "a schema of a database that is worked on is lent alone, and nothing beside it is touched",
      () =>
        withServer((server) =>
          Effect.gen(function*() {
            const url = yield* database(server)
            yield* run(url, "CREATE TABLE public.precious (id int); CREATE SCHEMA other; CREATE TABLE other.t ()")
            const targets = [{ name: "production", url: Redacted.make(url), schemas: ["public"] }]
            const refused = yield* Effect.flip(
              Reservations.take(request(url, "ann", { schema: "public", targets, force: true, named: "public" }))
            )
            expect(refused._tag).toBe("ShadowIsTarget")
            const full = yield* Effect.flip(Reservations.take(request(url, "ann", { schema: "other", targets })))
            expect(full).toMatchObject({ _tag: "ShadowIsTarget", place: expect.stringContaining("schema other") })
            const lent = yield* Reservations.take(request(url, "ann", { schema: "my shadow", targets }))
            expect(lent.made).toBe(false)
            yield* run(
              Redacted.value(lent.url),
              "CREATE TABLE made (id serial PRIMARY KEY); CREATE VIEW v AS TABLE made"
            )
            expect(yield* held(url, "my shadow")).toContain("table \"my shadow\".made")
            const second = yield* Effect.flip(Reservations.take(request(url, "bob", { schema: "my shadow", targets })))
            expect(second).toMatchObject({ _tag: "ShadowHeld" })
            const [holding] = yield* Reservations.holdings(Redacted.make(url), "my shadow")
            expect(holding?.reservation?.holder.user).toBe("ann")
            const loan = { url: lent.url, schema: "my shadow", token: "token of ann" }
            expect(yield* Reservations.release(loan, Redacted.make(url))).toBe(true)
            expect(yield* held(url, "my shadow")).toEqual([])
            expect(yield* held(url)).toContain("table public.precious")
            expect(yield* held(url)).toContain("table other.t")
          })
        )
    )

    live("cleaning leaves nothing of any kind", () =>
      withServer((server) =>
        Effect.gen(function*() {
          const url = yield* database(server)
          const before = yield* on(url, (session) => session.query("SELECT count(*) FROM pg_depend"))
          yield* run(url, schema)
          expect((yield* held(url)).length).toBeGreaterThan(20)
          yield* on(url, (session) => clean(session, { database: "shop" }))
          expect(yield* held(url)).toEqual([])
          expect(yield* on(url, (session) => session.query("SELECT count(*) FROM pg_depend"))).toEqual(before)
          yield* run(url, schema)
        })
      ))

    live(
      "a target that cannot be asked keeps its database from being emptied",
      () =>
        withServer((server) =>
          Effect.gen(function*() {
            const { name, url } = yield* owned(server)
            yield* run(url, "CREATE TABLE precious ()")
            const forced = (target: string) =>
              Effect.flip(Reservations.take(request(url, "ann", {
                force: true,
                named: name,
                targets: [{ name: "the environment production", url: Redacted.make(target) }]
              })))
            const { port } = server
            // the same place with another user, who may not even exist
            expect(yield* forced(`postgres://nobody@localhost:${port}/${name}`)).toMatchObject({
              _tag: "ShadowIsTarget"
            })
            // a place that could be anywhere
            const refused = yield* forced(`postgres://app@db.invalid:${port}/production`)
            expect(refused).toMatchObject({ _tag: "NotAShadow", unreachable: ["the environment production"] })
            expect(refused.message).not.toContain("--force")
            expect(yield* held(url)).toEqual(["table public.precious"])
          })
        )
    )

    live("a database is the same for whoever asks", () =>
      withServer((server) =>
        Effect.gen(function*() {
          const { name, url } = yield* owned(server)
          const other = `other_${name}`
          yield* run(url, "CREATE TABLE precious ()")
          yield* run(
            server.url(name),
            `CREATE ROLE ${other} LOGIN PASSWORD 'secret'; ALTER ROLE ${other} SET timezone = 'Asia/Tokyo';
             REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC; GRANT EXECUTE ON FUNCTION pg_control_system() TO ${
              name.replace("test", "owner")
            }`
          )
          const target = new URL(url)
          target.username = other
          const refused = yield* Effect.flip(
            Reservations.take(request(url, "ann", {
              force: true,
              named: name,
              targets: [{ name: "the environment production", url: Redacted.make(target.href) }]
            }))
          )
          expect(refused).toMatchObject({ _tag: "ShadowIsTarget" })
        })
      ))

    live(
      "a schema of a target that holds something is not emptied, however it is named",
      () =>
        withServer((server) =>
          Effect.gen(function*() {
            const url = yield* database(server)
            yield* run(url, "CREATE SCHEMA app; CREATE TABLE app.t ()")
            const refused = yield* Effect.flip(
              Reservations.take(request(url, "ann", {
                schema: "app",
                force: true,
                named: "app",
                targets: [{ name: "the target", url: Redacted.make(url) }]
              }))
            )
            expect(refused).toMatchObject({ _tag: "ShadowIsTarget" })
            expect(yield* held(url, "app")).toEqual(["table app.t"])
          })
        )
    )

    live(
      "a schema that somebody else made is lent to its owner, who may make none",
      () =>
        withServer((server) =>
          Effect.gen(function*() {
            const url = new URL(yield* database(server))
            const guest = `guest_${url.pathname.slice(6)}`
            yield* run(
              url.href,
              `CREATE ROLE ${guest} LOGIN PASSWORD 'secret'; CREATE SCHEMA mine AUTHORIZATION ${guest}`
            )
            url.username = guest
            url.password = "secret"
            const lent = yield* Reservations.take(request(url.href, "ann", { schema: "mine" }))
            expect(lent.place.schema).toBe("mine")
            const refused = yield* Effect.flip(Reservations.take(request(url.href, "ann", { schema: "none" })))
            expect(refused._tag).toBe("NotMarkable")
          })
        )
    )

    live("a session that was left open does not keep a shadow", () =>
      withServer((server) =>
        Effect.gen(function*() {
          const { url } = yield* owned(server)
          const ann = yield* Reservations.take(request(url, "ann"))
          yield* run(url, "CREATE TABLE half_done ()")
          const left = yield* Effect.flatMap(
            PostgresDatabase.make({ url: Redacted.make(url) }),
            ({ session }) => session
          )
          yield* left.execute("BEGIN; TABLE half_done")
          expect(yield* Reservations.release({ url: ann.url, token: "token of ann" }, ann.url)).toBe(true)
          expect(yield* held(url)).toEqual([])
          const lost = yield* Effect.flip(left.execute("SELECT 1"))
          expect(lost.message).toContain("connection")
        })
      ))

    live(
      "what is interrupted while it is emptied is held by nobody",
      () =>
        withServer((server) =>
          Effect.gen(function*() {
            const { url } = yield* owned(server)
            yield* Reservations.take(request(url, "ann", { minutes: 0 }))
            const tables = Array.from({ length: 1500 }, (_, n) => `CREATE TABLE t${n} ();`)
            for (let n = 0; n < tables.length; n += 300) yield* run(url, tables.slice(n, n + 300).join(""))
            const taking = yield* Effect.forkChild(Reservations.take(request(url, "bob")))
            const isMarked = Effect.map(
              Reservations.holdings(Redacted.make(url)),
              ([one]) => one?.reservation !== undefined
            )
            while (!(yield* isMarked)) {
              yield* Effect.sleep("10 millis")
            }
            yield* Fiber.interrupt(taking)
            expect(yield* isMarked).toBe(false)
            yield* Reservations.take(request(url, "cat"))
            expect(yield* held(url)).toEqual([])
          })
        )
    )

    live("a user who does not own the database cannot take it", () =>
      withServer((server) =>
        Effect.gen(function*() {
          const url = new URL(yield* database(server))
          yield* run(server.url(), "CREATE ROLE guest LOGIN PASSWORD 'secret'")
          url.username = "guest"
          url.password = "secret"
          const refused = yield* Effect.flip(Reservations.take(request(url.href, "ann")))
          expect(refused).toMatchObject({ _tag: "NotMarkable" })
          expect(refused.message).toContain("CREATEDB")
        })
      ))
  })
}
