import { describe, expect } from "bun:test"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import { layer } from "../../src/platform.ts"
import { validateFiles } from "../../src/postgres/sql/Validation.ts"
import { readSource, type SourceFileError } from "../../src/text/SourceFiles.ts"
import * as it from "../effect.ts"

const shop = new URL("../../fixtures/sql/shop", import.meta.url).pathname

const inFolder = <A, E>(
  use: (
    folder: string,
    write: (name: string, text: string | Uint8Array) => Effect.Effect<string>
  ) => Effect.Effect<A, E, FileSystem.FileSystem | Path.Path>
) =>
  Effect.gen(function*() {
    const files = yield* FileSystem.FileSystem
    const { join } = yield* Path.Path
    const folder = yield* files.makeTempDirectoryScoped()
    return yield* use(folder, (name, text) => {
      const path = join(folder, name)
      const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text
      return Effect.as(Effect.orDie(files.writeFile(path, bytes)), path)
    })
  }).pipe(Effect.provide(layer))

const reasonOf = (effect: Effect.Effect<unknown, SourceFileError, FileSystem.FileSystem | Path.Path>) =>
  Effect.map(Effect.flip(effect), ({ message, reason }) => ({ message, reason }))

describe("reading sources", () => {
  it.effect("takes the top-level .lp.sql of a folder in the order of their names", () =>
    inFolder((folder, write) =>
      Effect.gen(function*() {
        const files = yield* FileSystem.FileSystem
        for (const name of ["b.lp.sql", "B.lp.sql", "a10.lp.sql", "a2.lp.sql", "other.sql", "notes.md"]) {
          yield* write(name, name)
        }
        yield* files.makeDirectory(`${folder}/sub.lp.sql`)
        yield* files.symlink(`${folder}/b.lp.sql`, `${folder}/link.lp.sql`)
        const sources = yield* readSource(folder)
        expect(sources.map(({ text }) => text)).toEqual(["B.lp.sql", "a10.lp.sql", "a2.lp.sql", "b.lp.sql"])
        expect(sources[0]?.path).toBe(`${folder}/B.lp.sql`)
      })
    ))

  it.effect("takes one file, without its byte order mark", () =>
    inFolder((_, write) =>
      Effect.gen(function*() {
        const path = yield* write("x.sql", "\ufeffSELECT 1;")
        expect(yield* readSource(path)).toEqual([{ path, text: "SELECT 1;" }])
      })
    ))

  it.effect("says what is wrong with a path", () =>
    inFolder((folder, write) =>
      Effect.gen(function*() {
        expect(yield* reasonOf(readSource(`${folder}/no.lp.sql`))).toEqual({
          reason: "missing",
          message: `${folder}/no.lp.sql: no such file or folder; check the path`
        })
        expect((yield* reasonOf(readSource(folder))).reason).toBe("empty_folder")
        expect((yield* reasonOf(readSource(yield* write("x.txt", "")))).reason).toBe("not_sql")
        expect((yield* reasonOf(readSource(yield* write("x.lp.sql", new Uint8Array([0x2d, 0x2d, 0xff]))))).reason).toBe(
          "not_utf8"
        )
      })
    ))

  it.effect("finds nothing wrong with a broad sample", () =>
    Effect.gen(function*() {
      const report = yield* validateFiles(yield* readSource(shop))
      expect(report).toEqual({ valid: true, issues: [] })
    }).pipe(Effect.provide(layer)))
})
