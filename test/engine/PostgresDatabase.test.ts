import { describe, expect, test } from "bun:test"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { createServer } from "node:net"
import { tooOld } from "../../src/engine/ConnectionFailure.ts"
import type { Session } from "../../src/engine/Database.ts"
import * as PostgresDatabase from "../../src/engine/PostgresDatabase.ts"
import * as it from "../effect.ts"
import * as Servers from "../servers.ts"

class Postgres extends Context.Service<Postgres, Servers.Server>()("test/Postgres") {}

const at = (url: string) => PostgresDatabase.make({ url: Redacted.make(url) })
const session = (url: string) => Effect.flatMap(at(url), (database) => database.session)
const failure = (url: string) => Effect.flip(Effect.scoped(session(url)))

/** Waits until a backend runs, or no longer runs, a statement that contains the text. */
const until = (observer: Session, statement: string, runs: boolean) =>
  observer.query(
    "SELECT count(*)::int AS n FROM pg_stat_activity WHERE state = 'active' AND pid <> pg_backend_pid() AND query LIKE $1",
    [`%${statement}%`]
  ).pipe(
    Effect.delay("10 millis"),
    Effect.repeat({ until: ([row]) => (row?.["n"] === 0) !== runs })
  )

describe("PostgreSQL servers", () => {
  const test = it.layer(Layer.effect(Postgres, Servers.server({ major: 15 })))

  test("interruption cancels the statement on the server, and the session goes on", () =>
    Effect.gen(function*() {
      const url = yield* Servers.database(yield* Postgres)
      const [running, observer] = [yield* session(url), yield* session(url)]
      const fiber = yield* Effect.forkChild(running.query("SELECT pg_sleep(600) AS cancelled"))
      yield* until(observer, "AS cancelled", true)
      yield* Fiber.interrupt(fiber)
      yield* until(observer, "AS cancelled", false)
      expect(yield* running.query("SELECT 1 AS a")).toEqual([{ a: 1 }])
    }))

  test("interruption cancels all of a pipeline", () =>
    Effect.gen(function*() {
      const url = yield* Servers.database(yield* Postgres)
      const [running, observer] = [yield* session(url), yield* session(url)]
      const sleep = running.query("SELECT pg_sleep(600) AS pipelined")
      const fiber = yield* Effect.forkChild(Effect.all([sleep, sleep, sleep], { concurrency: "unbounded" }))
      yield* until(observer, "AS pipelined", true)
      yield* Fiber.interrupt(fiber)
      yield* until(observer, "AS pipelined", false)
      expect(yield* running.query("SELECT 1 AS a")).toEqual([{ a: 1 }])
    }))

  test("interrupting a statement that waits in the pipeline does not hit the one that runs", () =>
    Effect.gen(function*() {
      const url = yield* Servers.database(yield* Postgres)
      const [running, holder, observer] = [yield* session(url), yield* session(url), yield* session(url)]
      yield* holder.query("SELECT pg_advisory_lock(1)")
      const first = yield* Effect.forkChild(running.query("SELECT pg_advisory_lock(1)::text, 'kept' AS kept"))
      yield* until(observer, "AS kept", true)
      const second = yield* Effect.forkChild(running.query("SELECT 'waits'"))
      yield* Effect.yieldNow
      const interruption = yield* Effect.forkChild(Fiber.interrupt(second))
      yield* Effect.yieldNow
      yield* holder.query("SELECT pg_advisory_unlock(1)")
      expect(yield* Fiber.join(first)).toEqual([{ pg_advisory_lock: "", kept: "kept" }])
      yield* Fiber.join(interruption)
      expect(yield* running.query("SELECT 1 AS a")).toEqual([{ a: 1 }])
    }))

  test("closing a session ends what still runs in it", () =>
    Effect.gen(function*() {
      const url = yield* Servers.database(yield* Postgres)
      const observer = yield* session(url)
      const fiber = yield* Effect.scoped(Effect.gen(function*() {
        const running = yield* session(url)
        yield* running.execute("BEGIN; CREATE TABLE abandoned (a int)")
        const fiber = yield* Effect.forkDetach(running.query("SELECT pg_sleep(600) AS abandoned"))
        yield* until(observer, "AS abandoned", true)
        return fiber
      }))
      yield* until(observer, "AS abandoned", false)
      expect((yield* Effect.flip(Fiber.join(fiber))).code).toBe("57014")
      expect(yield* observer.query("SELECT to_regclass('abandoned') AS relation")).toEqual([{ relation: null }])
    }))

  test("a lost connection is an error, and nothing runs on another one", () =>
    Effect.gen(function*() {
      const url = yield* Servers.database(yield* Postgres)
      const [running, observer] = [yield* session(url), yield* session(url)]
      yield* running.execute("CREATE TABLE t (a int)")
      yield* running.execute("BEGIN; INSERT INTO t VALUES (1)")
      const [row] = yield* running.query("SELECT pg_backend_pid() AS pid")
      const waiting = yield* Effect.forkChild(
        Effect.all([
          Effect.result(running.query("SELECT pg_sleep(600) AS lost")),
          Effect.result(running.query("SELECT 1"))
        ], {
          concurrency: "unbounded"
        })
      )
      yield* until(observer, "AS lost", true)
      yield* observer.query("SELECT pg_terminate_backend($1)", [row?.["pid"]])
      for (const result of yield* Fiber.join(waiting)) {
        expect(result).toMatchObject({ _tag: "Failure", failure: { code: "08006" } })
      }
      expect(yield* Effect.flip(running.execute("INSERT INTO t VALUES (2); COMMIT"))).toMatchObject({ code: "08006" })
      expect(yield* observer.query("SELECT * FROM t")).toEqual([])
    }))

  test("sessions appear by the application's name, or the URL's", () =>
    Effect.gen(function*() {
      const url = yield* Servers.database(yield* Postgres)
      const name = (database: Effect.Success<ReturnType<typeof at>>) =>
        Effect.flatMap(
          database.session,
          (session) => session.query("SELECT current_setting('application_name') AS name")
        )
      expect(yield* name(yield* at(url))).toEqual([{ name: "lockplane" }])
      const named = yield* PostgresDatabase.make({ url: Redacted.make(url), applicationName: "other" })
      expect(yield* name(named)).toEqual([{ name: "other" }])
      expect(yield* name(yield* at(`${url}&application_name=by%20url`))).toEqual([{ name: "by url" }])
    }))

  test("the URL sets run-time parameters", () =>
    Effect.gen(function*() {
      const url = yield* Servers.database(yield* Postgres)
      const path = (url: string) =>
        Effect.flatMap(session(url), (session) => session.query("SELECT current_setting('search_path') AS path"))
      expect(yield* path(`${url}&options=-csearch_path%3Dshadow`)).toEqual([{ path: "shadow" }])
      expect(yield* path(`${url}&search_path=shadow`)).toEqual([{ path: "shadow" }])
      const unknown = yield* failure(`${url}&schema=public`)
      expect(unknown.code).toBe("42704")
      expect(unknown.message).toContain("\"schema\"")
    }))

  test("connects by Unix socket, by one of several hosts, and without TLS where the server has none", () =>
    Effect.gen(function*() {
      const { password, port, socketFolder } = yield* Postgres
      const over = (url: string) =>
        Effect.flatMap(session(url), (session) => session.query("SELECT host(inet_server_addr()) AS host"))
      expect(yield* over(`postgres://postgres:${password}@/postgres?host=${socketFolder}&port=${port}`)).toEqual([{
        host: null
      }])
      expect(yield* over(`postgres://postgres:${password}@${encodeURIComponent(socketFolder)}:${port}/postgres`))
        .toEqual([{ host: null }])
      expect(yield* over(`postgres://postgres:${password}@[::1]:1,127.0.0.1:${port}/postgres`)).toEqual([{
        host: "127.0.0.1"
      }])
      expect(yield* over(`postgres://postgres:${password}@127.0.0.1:${port}/postgres?sslmode=prefer`))
        .toEqual([{ host: "127.0.0.1" }])
      const encrypted = yield* failure(`postgres://postgres:${password}@127.0.0.1:${port}/postgres?sslmode=require`)
      expect(encrypted.hint).toContain("TLS")
    }))

  test("a connection that fails says where, as whom, why and what next, and no password", () =>
    Effect.gen(function*() {
      const { port } = yield* Postgres
      const secret = "s3cr3t"
      const cases = [
        [`postgres://postgres:${secret}@127.0.0.1:1/app`, "ECONNREFUSED", "127.0.0.1:1", "nothing listens"],
        [`postgres://postgres:${secret}@127.0.0.1:${port}/app`, "28P01", `127.0.0.1:${port}`, "password"],
        [`postgres://127.0.0.1:${port}/app?user=postgres&password=${secret}`, "28P01", `127.0.0.1:${port}`, "password"],
        [`postgres://postgres:lockplane@127.0.0.1:${port}/app`, "3D000", `127.0.0.1:${port}`, "does not exist"],
        [`postgres://postgres:${secret}@/app?host=/nowhere`, "ENOENT", "/nowhere", "no socket"],
        [`postgres://postgres:${secret}@host.invalid/app`, /ENOTFOUND|EAI_AGAIN/, "host.invalid:5432", "not known"]
      ] as const
      for (const [url, code, place, why] of cases) {
        const error = yield* failure(url)
        expect(error.code).toMatch(code)
        expect(error.message).toContain("database app")
        expect(error.message).toContain("user postgres")
        expect(error.message).toContain(place)
        expect(error.message).toContain(why)
        expect(error.hint).toBeString()
        expect(JSON.stringify(error) + String(error)).not.toContain(secret)
      }
    }))

  test("what never answers, or hangs up, is an error after connect_timeout", () =>
    Effect.gen(function*() {
      for (const answer of ["silence", "hanging up"]) {
        const listener = yield* Effect.acquireRelease(
          Effect.callback<ReturnType<typeof createServer>>((resume) => {
            const listener = createServer((socket) => {
              if (answer === "hanging up") socket.destroy()
            }).listen(0, "127.0.0.1", () => resume(Effect.succeed(listener)))
          }),
          (listener) => Effect.sync(() => listener.close())
        )
        const address = listener.address()
        const port = typeof address === "object" ? address?.port : undefined
        const error = yield* failure(`postgres://postgres@127.0.0.1:${port}/app?connect_timeout=1`)
        expect(error.code).toBe("CONNECT_TIMEOUT")
      }
    }))

  test("COPY through the client is refused, and the session goes on", () =>
    Effect.gen(function*() {
      const copying = yield* session(yield* Servers.database(yield* Postgres))
      yield* copying.execute("CREATE TABLE t (a int)")
      expect((yield* Effect.flip(copying.execute("COPY t FROM STDIN"))).code).toBe("0A000")
      expect((yield* Effect.flip(copying.execute("COPY t TO STDOUT"))).code).toBe("0A000")
      expect(yield* copying.query("SELECT * FROM t")).toEqual([])
    }))
})

describe("server versions", () => {
  test("are read as server_version_num", () => {
    const versions = ["15.18 (Debian 15.18-0+deb12u1)", "18.4", "19devel", "18beta1", "14.0", "13.23", "9.6.24", "none"]
    expect(versions.map(PostgresDatabase.versionNumber)).toEqual([
      150018,
      180004,
      190000,
      180000,
      140000,
      130023,
      90624,
      0
    ])
  })

  test("older than 14 are refused with a clear error", () => {
    const error = tooOld("13.23", { host: "db.example.org", port: 5432, user: "app", database: "app" })
    expect(error.code).toBe("LP_SERVER_TOO_OLD")
    expect(error.message).toBe(
      "The server at db.example.org:5432 is PostgreSQL 13.23; Lockplane needs PostgreSQL 14 or newer."
    )
  })

  for (const major of [14, 18] as const) {
    it.live(`PostgreSQL ${major} is connected to`, () =>
      Effect.gen(function*() {
        const server = yield* Servers.server({ major })
        const url = yield* Servers.database(server)
        const opened = yield* session(url)
        expect(Math.floor(opened.versionNumber / 10_000)).toBe(major)
        expect(yield* opened.query("SELECT current_setting('server_version_num')::int AS n")).toEqual([
          { n: opened.versionNumber }
        ])
        expect((yield* Servers.psql(url, "SELECT 1")).trim()).toBe("1")
      }))
  }
})
