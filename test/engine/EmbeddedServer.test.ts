import { describe, expect } from "bun:test"
import * as Data from "effect/Data"
import * as Deferred from "effect/Deferred"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import { spawn } from "node:child_process"
import { connect } from "node:net"
import postgres from "postgres"
import type { DatabaseError } from "../../src/engine/DatabaseError.ts"
import * as EmbeddedDatabase from "../../src/engine/EmbeddedDatabase.ts"
import * as EmbeddedServer from "../../src/engine/EmbeddedServer.ts"
import { fromOptions } from "../../src/engine/wire/Welcome.ts"
import * as Platform from "../../src/platform.ts"
import * as it from "../effect.ts"
import * as Servers from "../servers.ts"

/** What a driver told. */
class Refusal extends Data.TaggedError("Refusal")<{ readonly message: string }> {}

type Connection = postgres.Sql<Record<never, never>>

const withServer = <A, E, R>(
  use: (server: EmbeddedServer.EmbeddedServer) => Effect.Effect<A, E, R>,
  patience: Duration.Input = "20 seconds"
) =>
  Effect.gen(function*() {
    const engine = yield* EmbeddedDatabase.start()
    return yield* use(yield* EmbeddedServer.serve({ engine, patience }))
  })

/** Connections of a client, ended with the scope. */
const client = (server: EmbeddedServer.EmbeddedServer, options: postgres.Options<Record<never, never>> = {}) =>
  Effect.acquireRelease(
    Effect.sync((): Connection => postgres(Redacted.value(server.url), { max: 1, onnotice: () => {}, ...options })),
    (sql) => Effect.promise(() => sql.end({ timeout: 1 }))
  )

const ask = <A>(query: () => PromiseLike<A>): Effect.Effect<A, Refusal> =>
  Effect.tryPromise({
    try: async () => await query(),
    catch: (cause) => new Refusal({ message: String(cause) })
  })

/** The rows that a script's last statement gives. */
const rows = (sql: Connection, script: string): Effect.Effect<ReadonlyArray<unknown>, Refusal> =>
  Effect.map(ask(() => sql.unsafe(script)), (result) => [...result])

const psql = (server: EmbeddedServer.EmbeddedServer, script: string) => Servers.psql(Redacted.value(server.url), script)

/** Whether somebody listens on a port. */
const listens = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1")
    socket.once("connect", () => {
      socket.destroy()
      resolve(true)
    })
    socket.once("error", () => resolve(false))
  })

describe("the embedded server", () => {
  const test = it.layer(Layer.mergeAll(Platform.layer))

  test(
    "serves psql: scripts, descriptions, COPY both ways, comments on the database",
    () =>
      withServer(Effect.fnUntraced(function*(server) {
        const out = yield* psql(
          server,
          [
            "CREATE TABLE town (id int PRIMARY KEY, name text); INSERT INTO town VALUES (1, 'Bern');",
            "BEGIN;",
            "COPY town FROM STDIN;",
            "2\tBasel",
            "3\tBrig",
            "\\.",
            "COMMIT;",
            "COPY town TO STDOUT;",
            "\\d town",
            "COMMENT ON DATABASE postgres IS 'ours';",
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = current_database();"
          ].join("\n")
        )
        expect(out).toContain("1\tBern\n2\tBasel\n3\tBrig\n")
        expect(out).toContain("id|integer||not null|")
        expect(out).toContain("ours")
        const error = yield* Effect.flip(psql(server, "SELECT *\nFROM nowhere;"))
        expect(error.message).toContain("LINE 2: FROM nowhere")
      }))
  )

  test(
    "serves what pg_dump of its version asks, and what it set stays with it",
    () =>
      withServer(Effect.fnUntraced(function*(server) {
        yield* psql(server, "CREATE TABLE town (id int PRIMARY KEY, name text); INSERT INTO town VALUES (1, 'Bern');")
        const dump = yield* Servers.pgDump(Redacted.value(server.url), [])
        if (Option.isSome(dump)) expect(dump.value).toContain("1\tBern")
        expect(yield* psql(server, "TABLE town")).toBe("1|Bern\n")
      }))
  )

  test("serves pools, with prepared statements and without", () =>
    withServer(Effect.fnUntraced(function*(server) {
      for (const prepare of [true, false]) {
        const sql = yield* client(server, { max: 3, prepare })
        const numbers = yield* ask(() =>
          Promise.all(Array.from({ length: 20 }, async (_, n) => (await sql`SELECT ${n}::int AS n`)[0]?.["n"]))
        )
        expect(numbers).toEqual(Array.from({ length: 20 }, (_, n) => n))
      }
    })))

  test(
    "keeps the sessions of connections apart: settings, prepared statements, defaults of the URL",
    () =>
      withServer(Effect.fnUntraced(function*(server) {
        const first = yield* client(server)
        const second = yield* client(server, { connection: { search_path: "second" } })
        yield* rows(first, "SET search_path = first; SET app.who = 'me'; PREPARE p AS SELECT 'first'::text AS v")
        yield* rows(second, "PREPARE p AS SELECT 'second'::text AS v")
        const state = "SELECT current_setting('search_path') AS path, current_setting('app.who', true) AS who"
        for (let turn = 0; turn < 2; turn += 1) {
          expect((yield* rows(first, state))[0]).toEqual({ path: "first", who: "me" })
          expect((yield* rows(first, "EXECUTE p"))[0]).toEqual({ v: "first" })
          expect((yield* rows(second, "EXECUTE p"))[0]).toEqual({ v: "second" })
          expect((yield* rows(second, state))[0]).toMatchObject({ path: "second" })
          yield* rows(second, "RESET ALL")
        }
      }))
  )

  test("lets a second transaction wait for the first", () =>
    withServer(Effect.fnUntraced(function*(server) {
      const sql = yield* client(server, { max: 2 })
      yield* ask(() => sql`CREATE TABLE entry (n int)`)
      const begun = yield* Deferred.make<void>()
      const go = yield* Deferred.make<void>()
      const first = yield* Effect.forkScoped(ask(() =>
        sql.begin(async (transaction) => {
          await transaction`INSERT INTO entry VALUES (1)`
          Effect.runSync(Deferred.succeed(begun, undefined))
          await Effect.runPromise(Deferred.await(go))
          await transaction`INSERT INTO entry VALUES (2)`
        })
      ))
      yield* Deferred.await(begun)
      const second = yield* Effect.forkScoped(ask(() => sql`SELECT count(*)::int AS n FROM entry`))
      yield* Deferred.succeed(go, undefined)
      yield* Fiber.join(first)
      expect((yield* Fiber.join(second))[0]).toEqual({ n: 2 })
    })))

  test("tells a connection that waits too long who is in its way, and goes on serving it", () =>
    withServer(
      Effect.fnUntraced(function*(server) {
        const [first, second] = [
          yield* client(server, { connection: { application_name: "slow" } }),
          yield* client(server)
        ]
        yield* ask(() => second`SELECT 1`)
        for (
          const [open, why, close] of [
            ["BEGIN", "has a transaction open", "ROLLBACK"],
            ["CREATE TEMP TABLE mine ()", "the temporary table mine", "DROP TABLE mine"],
            ["SELECT pg_advisory_lock(1)", "an advisory lock", "SELECT pg_advisory_unlock(1)"]
          ] as const
        ) {
          yield* rows(first, open)
          const error = yield* Effect.flip(ask(() => second`SELECT 1`))
          expect(error.message).toContain("(slow)")
          expect(error.message).toContain(why)
          yield* rows(first, close)
          expect(yield* rows(second, "SELECT 1 AS one")).toEqual([{ one: 1 }])
        }
      }),
      "300 millis"
    ))

  test(
    "lets in who knows the password, as its user, to its database, and nobody else",
    () =>
      withServer(Effect.fnUntraced(function*(server) {
        const cases: ReadonlyArray<readonly [change: (url: URL) => void, told: string]> = [
          [(url) => url.password = "guess", "password authentication failed"],
          [(url) => url.pathname = "/shop", "database \"shop\" does not exist"],
          [(url) => url.username = "somebody", "role \"somebody\" is not served"],
          [(url) => url.searchParams.set("options", "-c no_such_setting=1"), "unrecognized configuration parameter"]
        ]
        for (const [change, told] of cases) {
          const url = new URL(Redacted.value(server.url))
          change(url)
          const error = yield* Effect.flip(Servers.psql(url.href, "SELECT 1"))
          expect(error.message).toContain(told)
        }
      }))
  )

  test(
    "takes COPY of megabytes in and gives results of 64 MB out",
    () =>
      withServer(Effect.fnUntraced(function*(server) {
        const sql = yield* client(server)
        yield* ask(() => sql`CREATE TABLE bulk (n int, filler text)`)
        yield* ask(async () => {
          const input = await sql`COPY bulk FROM STDIN`.writable()
          const line = "x".repeat(1000)
          await new Promise<void>((resolve, reject) => {
            input.on("error", reject)
            input.on("finish", resolve)
            for (let n = 0; n < 8000; n += 1) input.write(`${n}\t${line}\n`)
            input.end()
          })
        })
        const [copied] = yield* ask(() => sql`SELECT count(*)::int AS n, sum(length(filler))::int AS size FROM bulk`)
        expect(copied).toEqual({ n: 8000, size: 8_000_000 })
        const [large] = yield* ask(() => sql`SELECT repeat('y', 64 * 1024 * 1024) AS text`)
        expect(String(large?.["text"]).length).toBe(64 * 1024 * 1024)
      }))
  )

  test(
    "undoes nothing but the COPY that fails, and reports errors in its data",
    () =>
      withServer(Effect.fnUntraced(function*(server) {
        yield* psql(server, "CREATE TABLE town (id int PRIMARY KEY)")
        const failed = yield* Effect.flip(psql(server, "COPY town FROM STDIN;\n1\none too many\n\\."))
        expect(failed.message).toContain("invalid input syntax for type integer")
        const out = yield* psql(
          server,
          "BEGIN; INSERT INTO town VALUES (5);\nCOPY town FROM STDIN;\n6\n\\.\nCOPY town FROM STDIN;\n7\n\\.\nCOMMIT; TABLE town;"
        )
        expect(out).toBe("5\n6\n7\n")
      }))
  )

  test(
    "rolls back for a client that is killed while its statement runs",
    () =>
      withServer(Effect.fnUntraced(function*(server) {
        const sql = yield* client(server)
        yield* ask(() => sql`CREATE TABLE entry (n int)`)
        const script = `psql -X -d "$0" -c BEGIN -c "INSERT INTO entry VALUES (1)" -c "SELECT pg_sleep(0.5)" &
        sleep 0.3
        kill -9 $!`
        yield* Effect.promise(() =>
          new Promise<void>((resolve) => {
            spawn("sh", ["-c", script, Redacted.value(server.url)], { stdio: "ignore" }).once("close", () => resolve())
          })
        )
        expect(yield* rows(sql, "SELECT count(*)::int AS n FROM entry")).toEqual([{ n: 0 }])
      }))
  )

  test(
    "rolls back for a client that is killed in a transaction, and serves the others",
    () =>
      withServer(Effect.fnUntraced(function*(server) {
        const sql = yield* client(server)
        yield* ask(() => sql`CREATE TABLE entry (n int)`)
        const child = yield* Effect.acquireRelease(
          Effect.sync(() =>
            spawn("psql", ["-X", "-d", Redacted.value(server.url)], { stdio: ["pipe", "pipe", "ignore"] })
          ),
          (child) => Effect.sync(() => child.kill("SIGKILL"))
        )
        yield* Effect.promise(() =>
          new Promise<void>((resolve) => {
            child.stdout.once("data", () => resolve())
            child.stdin.write("\\set QUIET on\nBEGIN;\nINSERT INTO entry VALUES (1);\nSELECT 'open';\n")
          })
        )
        yield* Effect.sync(() => child.kill("SIGKILL"))
        expect(yield* rows(sql, "SELECT count(*)::int AS n FROM entry")).toEqual([{ n: 0 }])
      }))
  )

  test(
    "lets its own process in between: sessions of their own, and looks that disturb nobody",
    () =>
      withServer(Effect.fnUntraced(function*(server) {
        const sql = yield* client(server)
        yield* rows(sql, "SET search_path = kept; CREATE TEMP TABLE mine ()")
        expect(yield* server.look("SELECT 1 AS one")).toEqual([{ one: 1 }])
        expect(yield* rows(sql, "SHOW search_path")).toEqual([{ search_path: "kept" }])
        yield* rows(sql, "DROP TABLE mine")
        const own = Effect.scoped(
          Effect.flatMap(
            server.database.session,
            (session) => session.query("SELECT current_setting('search_path') AS path")
          )
        )
        expect(yield* own).toEqual([{ path: "\"$user\", public" }])
        expect(yield* rows(sql, "SHOW search_path")).toEqual([{ search_path: "kept" }])
      }))
  )

  test("ends its connections and frees its port with its scope", () =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      const server = yield* Scope.provide(withServer(Effect.succeed), scope)
      const sql = yield* client(server)
      yield* ask(() => sql`SELECT 1`)
      const taken = yield* Scope.provide(
        Effect.flatMap(
          EmbeddedDatabase.start(),
          (engine): Effect.Effect<DatabaseError, EmbeddedServer.EmbeddedServer, Scope.Scope> =>
            Effect.flip(EmbeddedServer.serve({ engine, port: server.port }))
        ),
        scope
      )
      expect(taken.code).toBe("LP_EMBEDDED_LISTEN")
      expect(yield* Effect.promise(() => listens(server.port))).toBe(true)
      yield* Scope.close(scope, Exit.void)
      expect(yield* Effect.promise(() => listens(server.port))).toBe(false)
    }))

  test("is not ended by what is no PostgreSQL client", () =>
    withServer(Effect.fnUntraced(function*(server) {
      const strangers: ReadonlyArray<Uint8Array> = [
        new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n"),
        Uint8Array.of(0, 0, 0, 16, 4, 210, 22, 46, 0, 0, 0, 1, 0, 0, 0, 0),
        Uint8Array.of(0, 0, 0, 8, 0, 2, 0, 0)
      ]
      for (const bytes of strangers) {
        yield* Effect.promise(() =>
          new Promise<void>((resolve) => {
            const socket = connect(server.port, "127.0.0.1", () => socket.write(bytes))
            socket.on("data", () => {})
            socket.on("close", () => resolve())
            socket.on("error", () => {})
          })
        )
      }
      const sql = yield* client(server)
      expect(yield* rows(sql, "SELECT 1 AS one")).toEqual([{ one: 1 }])
    })))
})

describe("start-up options", () => {
  it.effect("are read as PostgreSQL reads them", () =>
    Effect.sync(() => {
      expect(fromOptions("-c search_path=a,b --work-mem=5MB -cDateStyle=ISO -c application_name=two\\ words")).toEqual([
        ["search_path", "a,b"],
        ["work_mem", "5MB"],
        ["DateStyle", "ISO"],
        ["application_name", "two words"]
      ])
    }))
})
