import { describe, expect } from "bun:test"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import * as EmbeddedDatabase from "../../src/engine/EmbeddedDatabase.ts"
import * as Platform from "../../src/platform.ts"
import * as it from "../effect.ts"

describe("the embedded database", () => {
  const test = it.layer(Platform.layer)

  test("has every extension that it says it has", () =>
    Effect.gen(function*() {
      const extensions = [...EmbeddedDatabase.supportedExtensions]
      const database = yield* EmbeddedDatabase.make({ extensions })
      const session = yield* database.session
      yield* Effect.forEach(extensions, (name) => session.execute(`CREATE EXTENSION IF NOT EXISTS "${name}" CASCADE`))
      const rows = yield* session.query("SELECT extname::text AS name FROM pg_extension ORDER BY 1")
      expect(rows.map((row) => row["name"])).toEqual([...extensions].sort())
      const lacking = yield* session.query(
        "SELECT name FROM pg_available_extensions EXCEPT SELECT unnest($1::text[])",
        [extensions]
      )
      expect(lacking).toEqual([])
    }))

  test("loads only the extensions that are asked for", () =>
    Effect.gen(function*() {
      const database = yield* EmbeddedDatabase.make({ extensions: ["uuid-ossp", "uuid-ossp"] })
      const session = yield* database.session
      yield* session.execute("CREATE EXTENSION \"uuid-ossp\"")
      expect((yield* Effect.flip(session.execute("CREATE EXTENSION citext"))).code).toBe("0A000")
    }))

  test("names the extensions that it does not have, and the way out", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(EmbeddedDatabase.make({ extensions: ["citext", "postgis", "vector"] }))
      expect(error.code).toBe("LP_EXTENSION_NOT_EMBEDDED")
      expect(error.message).toContain("postgis, vector")
      expect(error.hint).toContain("shadow server")
    }))

  test(
    "opens one session at a time; the next waits, and can be interrupted while it waits",
    () =>
      Effect.gen(function*() {
        const database = yield* EmbeddedDatabase.make()
        const opened = yield* Deferred.make<void>()
        const second = Effect.scoped(
          Effect.flatMap(
            database.session,
            (session) => session.query("SELECT to_regclass('pg_temp.first') AS relation")
          )
        )
        const waiting = yield* Effect.scoped(Effect.gen(function*() {
          const first = yield* database.session
          yield* first.execute("CREATE TEMP TABLE first (a int)")
          const given = yield* Effect.forkDetach(second)
          const waiting = yield* Effect.forkDetach(Effect.andThen(Deferred.succeed(opened, undefined), second))
          yield* Deferred.await(opened)
          yield* Fiber.interrupt(given)
          expect(yield* first.query("SELECT 1 AS a")).toEqual([{ a: 1 }])
          return waiting
        }))
        expect(yield* Fiber.join(waiting)).toEqual([{ relation: null }])
      })
  )

  test("keeps a database in a folder, for one process at a time", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const path = yield* Path.Path
      const dataDir = path.join(yield* fs.makeTempDirectoryScoped(), "deep", "data")
      const use = (script: string) =>
        Effect.scoped(Effect.gen(function*() {
          const database = yield* EmbeddedDatabase.make({ dataDir })
          const inUse = yield* Effect.flip(EmbeddedDatabase.make({ dataDir }))
          expect(inUse.code).toBe("LP_EMBEDDED_START")
          expect(inUse.message).toContain(dataDir)
          const session = yield* database.session
          yield* session.execute(script)
          return yield* session.query("SELECT a FROM kept")
        }))
      expect(yield* use("CREATE TABLE kept AS SELECT 1 AS a")).toEqual([{ a: 1 }])
      expect(yield* use("INSERT INTO kept VALUES (2)")).toEqual([{ a: 1 }, { a: 2 }])
    }))

  test("touches no folder that holds something else", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const dataDir = yield* fs.makeTempDirectoryScoped()
      yield* fs.writeFileString(`${dataDir}/letter.txt`, "dear reader")
      const error = yield* Effect.flip(EmbeddedDatabase.make({ dataDir }))
      expect(error.message).toContain("not empty")
      expect(yield* fs.readDirectory(dataDir)).toEqual(["letter.txt"])
    }))

  test("is named by pglite:DIR and pglite::memory:", () =>
    Effect.sync(() => {
      expect(EmbeddedDatabase.dataDirOf("pglite:data/dev")).toBe("data/dev")
      expect(EmbeddedDatabase.dataDirOf("pglite::memory:")).toBeUndefined()
    }))
})
