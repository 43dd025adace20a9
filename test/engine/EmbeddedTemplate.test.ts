import { describe, expect } from "bun:test"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Path from "effect/Path"
import { fileURLToPath } from "node:url"
import * as EmbeddedDatabase from "../../src/engine/EmbeddedDatabase.ts"
import { templateName } from "../../src/engine/EmbeddedTemplate.ts"
import * as ProcessLock from "../../src/engine/ProcessLock.ts"
import * as Platform from "../../src/platform.ts"
import * as it from "../effect.ts"
import { run, start as startProcess } from "../runtimes/Process.ts"
import { here } from "../runtimes/Programs.ts"

const program = fileURLToPath(new URL("template-process.ts", import.meta.url))
const building = "only the first time"

/** Starts a process that starts an embedded database; gives what it wrote. */
const start = (cache: string) =>
  Effect.promise(async () => {
    const { stderr, stdout } = await run([...here, program], { env: { ...process.env, LOCKPLANE_CACHE_DIR: cache } })
    return stdout + stderr
  })

/** Starts an embedded database in this process; gives what it logged. */
const startHere = (cache: string) =>
  Effect.suspend(() => {
    const logged: Array<string> = []
    return Effect.gen(function*() {
      const database = yield* EmbeddedDatabase.make()
      expect(yield* Effect.flatMap(database.session, (session) => session.query("SELECT 1 AS a"))).toEqual([{ a: 1 }])
      return logged.join("\n")
    }).pipe(
      Effect.scoped,
      Effect.provide(Layer.mergeAll(
        Logger.layer([Logger.make(({ message }) => void logged.push(String(message)))]),
        ConfigProvider.layer(ConfigProvider.fromUnknown({ LOCKPLANE_CACHE_DIR: cache }))
      ))
    )
  })

describe("the template of embedded databases", () => {
  const test = it.layer(Platform.layer)

  test("is built once by processes that start at once, and again where it is damaged", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const path = yield* Path.Path
      const cache = yield* fs.makeTempDirectoryScoped()
      const name = yield* templateName

      const outputs = yield* Effect.all([start(cache), start(cache), start(cache)], { concurrency: "unbounded" })
      expect(outputs.map((output) => output.includes("started"))).toEqual([true, true, true])
      expect(outputs.filter((output) => output.includes(building))).toHaveLength(1)
      expect(yield* fs.readDirectory(cache)).toEqual([name])

      const whole = yield* fs.readFile(path.join(cache, name))
      expect(yield* startHere(cache)).not.toContain(building)
      const middle = whole.length >> 1
      yield* fs.writeFile(path.join(cache, name), whole.with(middle, (whole[middle] ?? 0) ^ 1))
      expect(yield* startHere(cache)).toContain(building)
      expect(yield* startHere(cache)).not.toContain(building)
    }))

  test("is built in memory, with a warning, where the cache folder cannot be written", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const path = yield* Path.Path
      const file = yield* fs.makeTempFileScoped()
      expect(yield* startHere(path.join(file, "cache"))).toContain("cannot be written")
    }))
})

describe("a lock between processes", () => {
  const test = it.layer(Platform.layer)

  test("is held until the scope closes", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const file = `${yield* fs.makeTempDirectoryScoped()}/lock`
      yield* Effect.scoped(Effect.gen(function*() {
        expect(yield* ProcessLock.take(file)).toBe(true)
        expect(yield* ProcessLock.take(file)).toBe(false)
      }))
      expect(yield* fs.exists(file)).toBe(false)
      expect(yield* ProcessLock.take(file)).toBe(true)
    }))

  test("is taken over when its process is gone, or when it is too old", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const file = `${yield* fs.makeTempDirectoryScoped()}/lock`
      const child = startProcess(["true"], {}, "")
      const gone = child.pid
      yield* Effect.promise(() => child.ended)
      yield* fs.writeFileString(file, String(gone))
      expect(yield* Effect.scoped(ProcessLock.take(file))).toBe(true)
      yield* fs.writeFileString(file, String(process.pid))
      yield* fs.utimes(file, new Date(0), new Date(0))
      expect(yield* Effect.scoped(ProcessLock.take(file))).toBe(false)
      expect(yield* Effect.scoped(ProcessLock.take(file, 1000))).toBe(true)
    }))
})
