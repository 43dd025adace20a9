import { describe, expect } from "bun:test"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { generateKeyPairSync, type KeyObject, sign } from "node:crypto"
import { createServer, type Server } from "node:http"
import { Database, type Session } from "../../src/engine/Database.ts"
import * as LibsqlDatabase from "../../src/engine/LibsqlDatabase.ts"
import { rehearse, savepoint, snapshot, transaction } from "../../src/engine/Transaction.ts"
import * as Platform from "../../src/platform.ts"
import * as it from "../effect.ts"
import { sqld, start } from "./libsqlServer.ts"

const program = await sqld()
const secret = "sekret-token"

const refusal = (url: string, authToken?: string) =>
  Effect.flip(Effect.scoped(Effect.flatMap(
    LibsqlDatabase.make({
      url: Redacted.make(url),
      ...(authToken === undefined ? {} : { authToken: Redacted.make(authToken) })
    }),
    ({ session }) => session
  )))

const count = (session: Session, table = "t") =>
  Effect.map(session.query(`SELECT count(*) AS n FROM ${table}`), ([row]) => row?.["n"])

/** A web server with one answer, for every path or for one alone. */
const answering = (status: number, body: string, path?: string) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.callback<Server>((resume) => {
        const server = createServer((request, response) => {
          const found = path === undefined || path === request.url
          response.writeHead(found ? status : 404, {
            "content-type": body.startsWith("{") ? "application/json" : "text/plain"
          }).end(found ? body : "{}")
        })
        server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
      }),
      (server) => Effect.sync(() => (server.closeAllConnections(), server.close()))
    ),
    (server) => {
      const address = server.address()
      return `127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`
    }
  )

describe("libSQL servers that cannot be used", () => {
  const test = it.layer(Platform.layer)

  test("are told apart, and no message holds the token", () =>
    Effect.gen(function*() {
      const web = yield* answering(200, "<html>")
      const locked = yield* answering(401, "no")
      const broken = yield* answering(503, "no")
      const old = yield* answering(
        200,
        JSON.stringify({
          baton: null,
          base_url: null,
          results: [{
            type: "ok",
            response: {
              type: "execute",
              result: { cols: [{ name: "1" }], rows: [[{ type: "integer", value: "1" }]], affected_row_count: 0 }
            }
          }]
        }),
        "/v2/pipeline"
      )
      const wrong: ReadonlyArray<readonly [url: string, code: string, says: string]> = [
        [`http://127.0.0.1:2?authToken=${secret}`, "LP_UNREACHABLE", "nothing listens there"],
        [`ws://127.0.0.1:2?authToken=${secret}`, "LP_UNREACHABLE", "cannot be reached"],
        [`http://${web}?authToken=${secret}`, "LP_NOT_LIBSQL", "not a libSQL server"],
        [`ws://${web}?authToken=${secret}`, "LP_NOT_LIBSQL", "not a libSQL server"],
        [`libsql://${locked}?tls=0&authToken=${secret}`, "LP_TOKEN", "token is wrong"],
        [`http://${broken}?authToken=${secret}`, "LP_UNREACHABLE", "503"],
        [`http://${old}?authToken=${secret}`, "LP_PROTOCOL", "version 3"],
        [`libsql://a.example?authToken=${secret}&x=${secret}`, "LP_BAD_URL", "libsql://a.example"],
        [`libsql://a.example?tls=0&authToken=${secret}`, "LP_BAD_URL", "port"],
        [`sekret-token`, "LP_BAD_URL", "it is no URL"]
      ]
      for (const [url, code, says] of wrong) {
        const error = yield* refusal(url)
        expect([url, error.code]).toEqual([url, code])
        expect(error.message).toContain(says)
        expect(error.hint?.length).toBeGreaterThan(10)
        if (url !== secret) expect(JSON.stringify(error)).not.toContain(secret)
      }
    }))
})

describe.skipIf(program === undefined)("tokens of libSQL servers", () => {
  const test = it.layer(Platform.layer)
  const token = (key: KeyObject) => {
    const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url")
    const signed = `${part({ alg: "EdDSA", typ: "JWT" })}.${part({ exp: Math.floor(Date.now() / 1000) + 3600 })}`
    return `${signed}.${sign(null, Buffer.from(signed), key).toString("base64url")}`
  }

  test("come by the URL or on their own; a wrong one is told as such, and never shown", () =>
    Effect.gen(function*() {
      const [ours, others] = [generateKeyPairSync("ed25519"), generateKeyPairSync("ed25519")]
      const server = yield* start(program ?? "", ours.publicKey.export({ type: "spki", format: "pem" }).toString())
      const [right, wrong] = [token(ours.privateKey), token(others.privateKey)]
      for (const scheme of ["http", "ws"]) {
        const inUrl = yield* LibsqlDatabase.make({ url: Redacted.make(`${scheme}://${server}?authToken=${right}`) })
        expect(inUrl.description).toBe(`${scheme}://${server}`)
        expect(yield* count(yield* inUrl.session, "sqlite_schema")).toBe(0)
        const apart = yield* LibsqlDatabase.make({
          url: Redacted.make(`${scheme}://${server}?authToken=${wrong}`),
          authToken: Redacted.make(right)
        })
        expect(yield* count(yield* apart.session, "sqlite_schema")).toBe(0)
        for (const error of [yield* refusal(`${scheme}://${server}`), yield* refusal(`${scheme}://${server}`, wrong)]) {
          expect(error.code).toBe("LP_TOKEN")
          expect(JSON.stringify(error)).not.toContain(wrong)
        }
      }
    }))
})

for (const scheme of ["http", "ws"]) {
  describe.skipIf(program === undefined)(`sessions of a libSQL server by ${scheme}`, () => {
    const database = Layer.unwrap(Effect.map(
      start(program ?? ""),
      (server) => LibsqlDatabase.layer({ url: Redacted.make(`${scheme}://${server}`) })
    ))
    const test = it.layer(Layer.provide(database, Platform.layer))
    const session = Effect.flatMap(Database, ({ session }) => session)
    /** A session and a new table `t`. */
    const withTable = Effect.tap(
      session,
      (opened) => opened.execute("DROP TABLE IF EXISTS t; CREATE TABLE t (a CHECK (a > 0))")
    )
    const insert = (into: Session, value: number) => into.execute(`INSERT INTO t VALUES (${value})`)

    test("have the engine's version, and foreign keys off as long as they are open", () =>
      Effect.gen(function*() {
        const opened = yield* session
        expect(opened.versionNumber).toBeGreaterThan(3_040_000)
        expect(opened.foreignKeysForced).toBeUndefined()
        yield* opened.execute(
          "CREATE TABLE p (a INTEGER PRIMARY KEY); CREATE TABLE c (a REFERENCES p ON DELETE CASCADE)"
        )
        yield* opened.execute("INSERT INTO p VALUES (1); INSERT INTO c VALUES (1)")
        yield* transaction(opened, opened.execute("DROP TABLE p"))
        expect(yield* count(opened, "c")).toBe(1)
        yield* opened.execute("DROP TABLE c")
      }))

    test("give and take values as a file's do", () =>
      Effect.gen(function*() {
        const rows = yield* (yield* session).query(
          "SELECT NULL AS a, 9007199254740992 AS b, x'00ff' AS c, typeof(?) AS d, typeof(?) AS e, ?3 AS f, ? AS g",
          [1, 0.5, new Uint8Array([1]), { k: true }]
        )
        expect(rows).toEqual([
          {
            a: null,
            b: 9007199254740992n,
            c: new Uint8Array([0, 255]),
            d: "integer",
            e: "real",
            f: new Uint8Array([1]),
            g: "{\"k\":true}"
          }
        ])
      }))

    test("run scripts with triggers, and tell where they fail and by which code", () =>
      Effect.gen(function*() {
        const opened = yield* withTable
        yield* opened.execute(
          "CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 1; SELECT 2; END; INSERT INTO t VALUES (1)"
        )
        const script = "SELECT 1; INSERT INTO t VALUES (-1)"
        expect(yield* Effect.flip(opened.execute(script)))
          .toMatchObject({
            code: "SQLITE_CONSTRAINT_CHECK",
            message: "CHECK constraint failed: a > 0",
            position: 11,
            sql: script
          })
        expect((yield* Effect.flip(opened.execute("SELEC"))).code).toBe("SQL_PARSE_ERROR")
        expect(yield* count(opened)).toBe(1)
      }))

    test("commit and roll back; what the server gave up neither goes on nor commits", () =>
      Effect.gen(function*() {
        const opened = yield* withTable
        yield* opened.execute(
          "DROP TABLE IF EXISTS r; CREATE TABLE r (a UNIQUE ON CONFLICT ROLLBACK); INSERT INTO r VALUES (1)"
        )
        yield* transaction(opened, insert(opened, 1))
        yield* Effect.flip(transaction(opened, Effect.andThen(insert(opened, 2), Effect.fail("no"))))
        yield* rehearse(opened, insert(opened, 3))
        const goingOn = Effect.gen(function*() {
          yield* insert(opened, 4)
          yield* Effect.ignore(opened.execute("INSERT INTO r VALUES (1)"))
          yield* insert(opened, 5)
        })
        expect((yield* Effect.flip(transaction(opened, goingOn))).code).toBe("LP_TRANSACTION_ROLLED_BACK")
        yield* transaction(
          opened,
          Effect.andThen(
            insert(opened, 6),
            Effect.flip(savepoint(opened, Effect.andThen(insert(opened, 7), Effect.fail("no"))))
          )
        )
        expect((yield* snapshot(opened, opened.query("SELECT a FROM t ORDER BY a"))).map(({ a }) => a)).toEqual([1, 6])
      }))

    test("wait for each other's transactions, and roll back what they leave open", () =>
      Effect.gen(function*() {
        const opened = yield* withTable
        const begun = yield* Deferred.make<void>()
        const go = yield* Deferred.make<void>()
        const other = yield* Effect.forkChild(Effect.scoped(Effect.gen(function*() {
          const first = yield* session
          yield* first.execute("BEGIN IMMEDIATE; INSERT INTO t VALUES (1)")
          yield* Deferred.succeed(begun, undefined)
          yield* Deferred.await(go)
        })))
        yield* Deferred.await(begun)
        const waiting = yield* Effect.forkChild(transaction(opened, insert(opened, 2)))
        yield* Deferred.succeed(go, undefined)
        yield* Fiber.join(other)
        yield* Fiber.join(waiting)
        expect(yield* opened.query("SELECT a FROM t")).toEqual([{ a: 2 }])
      }))

    // a WebSocket is not forgotten
    if (scheme === "http") {
      test("keep their settings while nothing is asked of them", () =>
        Effect.gen(function*() {
          const opened = yield* session
          // a server forgets a silent stream after ten seconds
          yield* Effect.sleep("11 seconds")
          expect(yield* opened.query("PRAGMA foreign_keys")).toEqual([{ foreign_keys: 0 }])
        }))
    }
  })
}
