import { describe, expect } from "bun:test"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FileSystem from "effect/FileSystem"
import * as Scope from "effect/Scope"
import { fileURLToPath } from "node:url"
import type { Session } from "../../src/engine/Database.ts"
import * as SqliteDatabase from "../../src/engine/SqliteDatabase.ts"
import { rehearse, savepoint, snapshot, transaction } from "../../src/engine/Transaction.ts"
import * as Platform from "../../src/platform.ts"
import * as it from "../effect.ts"
import { start } from "../runtimes/Process.ts"
import { here } from "../runtimes/Programs.ts"

const test = it.layer(Platform.layer)
const program = fileURLToPath(new URL("sqlite-process.ts", import.meta.url))

const memory = Effect.flatMap(SqliteDatabase.make({ location: ":memory:" }), ({ session }) => session)

/** A file that is not there yet, in a folder of its own. */
const newFile = Effect.map(
  Effect.flatMap(FileSystem.FileSystem, (fs) => fs.makeTempDirectoryScoped()),
  (folder) => `${folder}/app one.db`
)

const sessionOf = (options: SqliteDatabase.Options) =>
  Effect.flatMap(SqliteDatabase.make(options), ({ session }) => session)

const count = (session: Session, table = "t") =>
  Effect.map(session.query(`SELECT count(*) AS n FROM ${table}`), ([row]) => row?.["n"])

/** Counts for minutes. */
const endless =
  "INSERT INTO t WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 1000000000) SELECT x FROM c"

describe("sessions of SQLite", () => {
  test("have the engine's version, and foreign keys off", () =>
    Effect.gen(function*() {
      const session = yield* memory
      const [row] = yield* session.query("SELECT sqlite_version() AS v, foreign_keys FROM pragma_foreign_keys")
      const [major, minor, patch] = String(row?.["v"]).split(".").map(Number)
      expect(session.versionNumber).toBe((major ?? 0) * 1_000_000 + (minor ?? 0) * 1000 + (patch ?? 0))
      expect(row?.["foreign_keys"]).toBe(0)
      expect(session.foreignKeysForced).toBeUndefined()
    }))

  test("give values as they are, whole numbers beyond a number's precision as bigints", () =>
    Effect.gen(function*() {
      const session = yield* memory
      const rows = yield* session.query(
        "SELECT NULL AS a, 1 AS b, -9007199254740991 AS c, 9007199254740992 AS d, 0.5 AS e, 'é' AS f, x'00ff' AS g, 9e999 AS h"
      )
      expect(rows).toEqual([{
        a: null,
        b: 1,
        c: -9007199254740991,
        d: 9007199254740992n,
        e: 0.5,
        f: "é",
        g: new Uint8Array([0, 255]),
        h: Infinity
      }])
    }))

  test("take values as what they are", () =>
    Effect.gen(function*() {
      const session = yield* memory
      const rows = yield* session.query(
        "SELECT typeof(?) AS a, typeof(?) AS b, typeof(?) AS c, typeof(?) AS d, typeof(?) AS e, ? AS f, ? AS g, ? AS h",
        [1, 0.5, null, "x", new Uint8Array([1]), true, 9223372036854775807n, { k: [1] }]
      )
      expect(rows).toEqual([
        { a: "integer", b: "real", c: "null", d: "text", e: "blob", f: 1, g: 9223372036854775807n, h: "{\"k\":[1]}" }
      ])
      for (const value of [NaN, 2n ** 63n]) {
        expect((yield* Effect.flip(session.query("SELECT ?", [value]))).code).toBe("SQLITE_MISUSE")
      }
    }))

  test("run one statement a query, with all of its parameters", () =>
    Effect.gen(function*() {
      const session = yield* memory
      expect(yield* session.query("-- nothing")).toEqual([])
      expect(yield* session.query("SELECT ?1 AS a, ?1 AS b;", [1])).toEqual([{ a: 1, b: 1 }])
      const wrong: ReadonlyArray<readonly [string, ReadonlyArray<unknown>]> = [
        ["SELECT 1; CREATE TABLE sneaky (a)", []],
        ["SELECT ?", []],
        ["SELECT ?", [1, 2]],
        ["SELECT :a", [1]],
        ["SELECT 1\0 garbage", []]
      ]
      for (const [sql, parameters] of wrong) {
        expect((yield* Effect.flip(session.query(sql, parameters))).code).toBe("SQLITE_MISUSE")
      }
      expect((yield* Effect.flip(session.execute("SELECT 1\0 garbage"))).code).toBe("SQLITE_MISUSE")
      expect(yield* count(session, "sqlite_schema")).toBe(0)
    }))

  test("run scripts up to the statement that fails, whose place they tell", () =>
    Effect.gen(function*() {
      const session = yield* memory
      const script = "CREATE TABLE a (x);\n  INSERT INTO missing VALUES (1);\nCREATE TABLE b (x)"
      const error = yield* Effect.flip(session.execute(script))
      expect(error).toMatchObject({
        code: "SQLITE_ERROR",
        message: "no such table: missing",
        position: 23,
        sql: script
      })
      expect(yield* session.query("SELECT name FROM sqlite_schema")).toEqual([{ name: "a" }])
    }))

  test("tell the extended code", () =>
    Effect.gen(function*() {
      const session = yield* memory
      yield* session.execute(
        "CREATE TABLE t (a INTEGER PRIMARY KEY, b UNIQUE NOT NULL CHECK (b > 0)); INSERT INTO t VALUES (1, 1)"
      )
      const code = (sql: string) => Effect.map(Effect.flip(session.execute(sql)), (error) => error.code)
      expect(yield* code("INSERT INTO t VALUES (2, -1)")).toBe("SQLITE_CONSTRAINT_CHECK")
      expect(yield* code("INSERT INTO t VALUES (2, NULL)")).toBe("SQLITE_CONSTRAINT_NOTNULL")
      expect(yield* code("INSERT INTO t VALUES (2, 1)")).toBe("SQLITE_CONSTRAINT_UNIQUE")
      expect(yield* code("INSERT INTO t VALUES (1, 2)")).toBe("SQLITE_CONSTRAINT_PRIMARYKEY")
    }))

  test("run statements in the order in which they were sent", () =>
    Effect.gen(function*() {
      const session = yield* memory
      yield* session.execute("CREATE TABLE t (a)")
      yield* Effect.forEach(
        [1, 2, 3, 4, 5],
        (a) =>
          a % 2 === 0 ? session.execute(`INSERT INTO t VALUES (${a})`) : session.query("INSERT INTO t VALUES (?)", [a]),
        { concurrency: "unbounded" }
      )
      expect((yield* session.query("SELECT a FROM t ORDER BY rowid")).map(({ a }) => a)).toEqual([1, 2, 3, 4, 5])
    }))

  test("let timers run while a statement does, and stop it when interrupted", () =>
    Effect.gen(function*() {
      const session = yield* memory
      yield* session.execute("CREATE TABLE t (a)")
      for (const run of [session.execute(endless), session.query(endless)]) {
        const started = yield* Effect.forkChild(run)
        // would not come back before the statement's end if that held the main thread
        yield* Effect.sleep(20)
        yield* Fiber.interrupt(started)
        expect(yield* count(session)).toBe(0)
      }
    }))

  test("hand out more rows than fit into one turn", () =>
    Effect.gen(function*() {
      const session = yield* memory
      const rows = yield* session.query(
        "SELECT value FROM json_each('[' || substr(replace(hex(zeroblob(12000)), '00', ',1'), 2) || ']')"
      )
      expect(rows).toHaveLength(12_000)
    }))

  test("refuse statements once they are closed", () =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      const session = yield* Scope.provide(memory, scope)
      yield* Scope.close(scope, Exit.void)
      expect((yield* Effect.flip(session.query("SELECT 1"))).message).toContain("closed")
    }))
})

describe("a database in memory", () => {
  test("is seen by its sessions one after the other, without what was temporary", () =>
    Effect.gen(function*() {
      const database = yield* SqliteDatabase.make({ location: "sqlite://:memory:" })
      expect(database.concurrent).toBe(false)
      const first = yield* Deferred.make<void>()
      const holder = yield* Effect.forkChild(Effect.scoped(Effect.gen(function*() {
        const session = yield* database.session
        yield* Deferred.succeed(first, undefined)
        yield* session.execute("CREATE TABLE t (a); CREATE TEMP TABLE u (a); ATTACH ':memory:' AS other")
        yield* session.execute(
          "CREATE TEMP TRIGGER v AFTER INSERT ON t BEGIN SELECT 1; END; PRAGMA foreign_keys = ON; BEGIN"
        )
        yield* session.execute("INSERT INTO t VALUES (1)")
      })))
      yield* Deferred.await(first)
      const session = yield* database.session
      yield* Fiber.join(holder)
      expect(yield* count(session)).toBe(0)
      expect(yield* count(session, "sqlite_temp_schema")).toBe(0)
      expect(yield* session.query("SELECT foreign_keys FROM pragma_foreign_keys")).toEqual([{ foreign_keys: 0 }])
      expect((yield* Effect.flip(session.query("SELECT * FROM other.sqlite_schema"))).code).toBe("SQLITE_ERROR")
    }))

  test("is no other's", () =>
    Effect.gen(function*() {
      yield* (yield* memory).execute("CREATE TABLE t (a)")
      expect(yield* count(yield* memory, "sqlite_schema")).toBe(0)
    }))
})

describe("files", () => {
  test("are made only when asked for", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const location = yield* newFile
      const missing = yield* Effect.flip(Effect.scoped(sessionOf({ location })))
      expect(missing).toMatchObject({ code: "LP_NO_DATABASE" })
      expect(missing.message).toContain(location)
      expect(yield* fs.exists(location)).toBe(false)
      yield* Effect.scoped(Effect.flatMap(sessionOf({ location, create: true }), (session) =>
        session.execute("CREATE TABLE t (a); INSERT INTO t VALUES (1)")))
      expect(yield* count(yield* sessionOf({ location: `file:${encodeURI(location)}` }))).toBe(1)
      const folderless = yield* Effect.flip(Effect.scoped(sessionOf({ location: `${location}/no/a.db`, create: true })))
      expect(folderless).toMatchObject({ code: "SQLITE_CANTOPEN" })
      expect(folderless.message).toContain(`no folder ${location}/no`)
    }))

  test("that are none of SQLite's are refused", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const folder = yield* fs.makeTempDirectoryScoped()
      yield* fs.writeFileString(`${folder}/a.db`, "not a database ".repeat(100))
      expect((yield* Effect.flip(Effect.scoped(sessionOf({ location: `${folder}/a.db` })))).code).toBe("SQLITE_NOTADB")
      const error = yield* Effect.flip(Effect.scoped(sessionOf({ location: folder })))
      expect(error).toMatchObject({ code: "SQLITE_CANTOPEN" })
      expect(error.message).toContain("it is a folder")
    }))

  test("can be opened for reading alone", () =>
    Effect.gen(function*() {
      const location = yield* newFile
      yield* (yield* sessionOf({ location, create: true })).execute("CREATE TABLE t (a)")
      for (const options of [{ location, readOnly: true }, { location: `file:${encodeURI(location)}?mode=ro` }]) {
        const session = yield* sessionOf(options)
        expect(yield* count(session)).toBe(0)
        expect((yield* Effect.flip(transaction(session, session.execute("DELETE FROM t")))).code).toBe(
          "SQLITE_READONLY"
        )
      }
    }))

  test("with a definition that is not UTF-8 are refused", () =>
    Effect.gen(function*() {
      const location = yield* newFile
      yield* Effect.scoped(Effect.flatMap(sessionOf({ location, create: true }), (session) =>
        session.execute(
          "CREATE TABLE t (a DEFAULT 'e'); PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = CAST(replace(CAST(sql AS BLOB), x'2765', x'27e9') AS TEXT)"
        )))
      expect((yield* Effect.flip(sessionOf({ location }))).code).toBe("LP_NOT_UTF8")
    }))

  test("are read by several sessions, and written by one at a time", () =>
    Effect.gen(function*() {
      const location = yield* newFile
      const database = yield* SqliteDatabase.make({ location, create: true, busyTimeoutMs: 50 })
      expect(database.concurrent).toBe(true)
      const [one, two] = [yield* database.session, yield* database.session]
      yield* one.execute("CREATE TABLE t (a)")
      yield* transaction(
        one,
        Effect.gen(function*() {
          yield* one.execute("INSERT INTO t VALUES (1)")
          expect(yield* count(two)).toBe(0)
          const error = yield* Effect.flip(transaction(two, two.execute("INSERT INTO t VALUES (2)")))
          expect(error).toMatchObject({ code: "SQLITE_BUSY", detail: "SQLite says: database is locked" })
          expect(error.hint).toContain("Another process is writing")
        })
      )
      // the statements that found it locked are in the way of nothing
      yield* transaction(two, two.execute("INSERT INTO t VALUES (2)"))
      const reading = two.query("SELECT * FROM t")
      yield* rehearse(one, one.execute("DELETE FROM t"))
      yield* two.execute("BEGIN")
      yield* reading
      expect((yield* Effect.flip(transaction(one, one.execute("DELETE FROM t")))).code).toBe("SQLITE_BUSY")
      yield* two.execute("ROLLBACK")
      yield* transaction(one, one.execute("DELETE FROM t WHERE a = 1"))
      expect(yield* reading).toEqual([{ a: 2 }])
    }))

  test("are free again when a session ends, which rolls back what it left open and stops what it left running", () =>
    Effect.gen(function*() {
      const database = yield* SqliteDatabase.make({ location: yield* newFile, create: true, busyTimeoutMs: 50 })
      const other = yield* database.session
      yield* other.execute("CREATE TABLE t (a)")
      const left = yield* Effect.scoped(Effect.gen(function*() {
        const session = yield* database.session
        yield* session.execute("BEGIN IMMEDIATE; INSERT INTO t VALUES (1)")
        yield* Effect.forkDetach(session.execute(endless))
        yield* Effect.sleep(20)
        return session
      }))
      yield* transaction(other, other.execute("INSERT INTO t VALUES (2)"))
      expect(yield* other.query("SELECT a FROM t")).toEqual([{ a: 2 }])
      expect((yield* Effect.flip(left.query("SELECT 1"))).message).toContain("closed")
    }))

  test("with a WAL are whole without it once a session that wrote has ended", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const location = yield* newFile
      yield* Effect.scoped(Effect.flatMap(sessionOf({ location, create: true }), (session) =>
        session.execute("PRAGMA journal_mode = WAL; CREATE TABLE t (a); INSERT INTO t VALUES (1)")))
      yield* fs.copyFile(location, `${location}.copy`)
      expect(yield* count(yield* sessionOf({ location: `${location}.copy` }))).toBe(1)
    }))

  test("that are full say so, and nothing of the transaction is kept", () =>
    Effect.gen(function*() {
      const session = yield* sessionOf({ location: yield* newFile, create: true })
      yield* session.execute("CREATE TABLE t (a); PRAGMA max_page_count = 20")
      const error = yield* Effect.flip(transaction(session, session.execute(endless)))
      expect(error).toMatchObject({ code: "SQLITE_FULL" })
      expect(error.hint).toContain("room")
      expect(yield* count(session)).toBe(0)
    }))

  for (const journal of ["DELETE", "WAL"]) {
    test(
      `are whole after a process was killed with a transaction half done (${journal})`,
      () =>
        Effect.gen(function*() {
          const fs = yield* FileSystem.FileSystem
          const location = yield* newFile
          yield* Effect.scoped(
            Effect.flatMap(sessionOf({ location, create: true }), (session) =>
              session.execute("CREATE TABLE t (a INTEGER PRIMARY KEY, b)"))
          )
          const child = yield* Effect.acquireRelease(
            Effect.sync(() =>
              start([...here, program, journal, location], {}, "")
            ),
            (child) => Effect.sync(() => child.kill("SIGKILL"))
          )
          const { stdout } = child
          yield* Effect.callback<void>((resume) => void stdout.once("data", () => resume(Effect.void)))
          const waiting = yield* Effect.flip(Effect.scoped(Effect.flatMap(
            sessionOf({ location, busyTimeoutMs: 10 }),
            (session) => transaction(session, session.execute("DELETE FROM t"))
          )))
          expect(waiting.code).toBe("SQLITE_BUSY")
          const ended = Effect.callback<void>((resume) => void child.once("exit", () => resume(Effect.void)))
          yield* Effect.andThen(Effect.sync(() => child.kill("SIGKILL")), ended)
          expect(yield* fs.exists(`${location}-${journal === "WAL" ? "wal" : "journal"}`)).toBe(true)

          const session = yield* sessionOf({ location })
          expect(yield* session.query("SELECT * FROM t")).toEqual([{ a: 0, b: "kept" }])
          expect(yield* session.query("PRAGMA integrity_check")).toEqual([{ integrity_check: "ok" }])
          yield* transaction(session, session.execute("INSERT INTO t VALUES (1, 'after')"))
        })
    )
  }
})

describe("transactions of SQLite", () => {
  const withTable = Effect.tap(memory, (session) => session.execute("CREATE TABLE t (a UNIQUE ON CONFLICT ROLLBACK)"))
  const insert = (session: Session, value: number) => session.execute(`INSERT INTO t VALUES (${value})`)

  test("are committed, or rolled back by failure and interruption", () =>
    Effect.gen(function*() {
      const session = yield* withTable
      expect(yield* transaction(session, Effect.as(insert(session, 1), "done"))).toBe("done")
      expect(yield* Effect.flip(transaction(session, Effect.andThen(insert(session, 2), Effect.fail("no"))))).toBe("no")
      const running = yield* Deferred.make<void>()
      const fiber = yield* Effect.forkChild(
        transaction(
          session,
          Effect.andThen(insert(session, 3), Effect.andThen(Deferred.succeed(running, undefined), Effect.never))
        )
      )
      yield* Deferred.await(running)
      yield* Fiber.interrupt(fiber)
      expect(yield* session.query("SELECT a FROM t")).toEqual([{ a: 1 }])
    }))

  test("that SQLite gave up keep nothing, do not go on and do not commit", () =>
    Effect.gen(function*() {
      const session = yield* withTable
      yield* insert(session, 1)
      const first = yield* Effect.flip(transaction(session, Effect.andThen(insert(session, 2), insert(session, 1))))
      expect(first.code).toBe("SQLITE_CONSTRAINT_UNIQUE")
      const silent = transaction(session, Effect.andThen(insert(session, 3), Effect.ignore(insert(session, 1))))
      expect((yield* Effect.flip(silent)).code).toBe("LP_TRANSACTION_ROLLED_BACK")
      const goingOn = transaction(
        session,
        Effect.andThen(Effect.ignore(savepoint(session, insert(session, 1))), insert(session, 4))
      )
      const error = yield* Effect.flip(goingOn)
      expect(error.code).toBe("LP_TRANSACTION_ROLLED_BACK")
      expect(error.message).toContain("UNIQUE constraint failed")
      expect(yield* session.query("SELECT a FROM t")).toEqual([{ a: 1 }])
      yield* transaction(session, insert(session, 5))
      expect(yield* count(session)).toBe(2)
    }))

  test("whose statement was interrupted do not go on", () =>
    Effect.gen(function*() {
      const session = yield* memory
      yield* session.execute("CREATE TABLE t (a)")
      const error = yield* Effect.flip(transaction(
        session,
        Effect.gen(function*() {
          yield* session.execute("INSERT INTO t VALUES (1)")
          const fiber = yield* Effect.forkChild(session.execute(endless))
          yield* Effect.sleep(20)
          yield* Fiber.interrupt(fiber)
          yield* session.execute("INSERT INTO t VALUES (2)")
        })
      ))
      expect(error.code).toBe("LP_TRANSACTION_ROLLED_BACK")
      expect(yield* count(session)).toBe(0)
    }))

  test("do not nest, and the outer one is not lost by trying", () =>
    Effect.gen(function*() {
      const session = yield* withTable
      yield* transaction(
        session,
        Effect.andThen(insert(session, 1), Effect.flip(transaction(session, insert(session, 2))))
      )
      expect(yield* session.query("SELECT a FROM t")).toEqual([{ a: 1 }])
    }))

  test("leave nothing when they are rehearsals", () =>
    Effect.gen(function*() {
      const session = yield* withTable
      expect(
        yield* rehearse(session, Effect.andThen(session.execute("CREATE TABLE u (a)"), count(session, "sqlite_schema")))
      ).toBe(3)
      expect(yield* count(session, "sqlite_schema")).toBe(2)
    }))

  test("see one state and do not write when they are snapshots", () =>
    Effect.gen(function*() {
      const database = yield* SqliteDatabase.make({ location: yield* newFile, create: true })
      const [reader, writer] = [yield* database.session, yield* database.session]
      yield* writer.execute("PRAGMA journal_mode = WAL; CREATE TABLE t (a)")
      yield* snapshot(
        reader,
        Effect.gen(function*() {
          yield* insert(writer, 1)
          expect(yield* count(reader)).toBe(0)
          expect((yield* Effect.flip(insert(reader, 2))).code).toBe("SQLITE_READONLY")
        })
      )
      yield* insert(reader, 2)
      expect(yield* count(writer)).toBe(2)
    }))

  test("undo by savepoints what is theirs", () =>
    Effect.gen(function*() {
      const session = yield* memory
      yield* session.execute("CREATE TABLE t (a)")
      yield* transaction(
        session,
        Effect.gen(function*() {
          yield* insert(session, 1)
          yield* savepoint(
            session,
            Effect.gen(function*() {
              yield* insert(session, 2)
              yield* Effect.flip(savepoint(session, Effect.andThen(insert(session, 3), Effect.fail("no"))))
            })
          )
        })
      )
      expect((yield* session.query("SELECT a FROM t")).map(({ a }) => a)).toEqual([1, 2])
    }))
})
