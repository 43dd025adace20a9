/** Several files, written as one. */
import { expect } from "bun:test"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import { write } from "../../src/init/Writing.ts"
import * as Platform from "../../src/platform.ts"
import * as it from "../effect.ts"

const live = it.layer(Platform.layer)

const change = (path: string, before: string | undefined, text: string, mode?: number) => ({
  path,
  before,
  text,
  about: "",
  ...(mode === undefined ? {} : { mode })
})

const folder = Effect.gen(function*() {
  const fs = yield* FileSystem.FileSystem
  const root = yield* fs.makeTempDirectoryScoped()
  yield* fs.writeFileString(`${root}/old`, "old", { mode: 0o640 })
  return { fs, root }
})

live("all are there, with their modes; folders are made", () =>
  Effect.gen(function*() {
    const { fs, root } = yield* folder
    yield* fs.chmod(`${root}/old`, 0o640)
    yield* write(root, [
      change("old", "old", "new"),
      change("a/b/c", undefined, "c"),
      change(".env.x", undefined, "s", 0o600)
    ])
    expect((yield* fs.readDirectory(root, { recursive: true })).toSorted()).toEqual([
      ".env.x",
      "a",
      "a/b",
      "a/b/c",
      "old"
    ])
    expect(yield* fs.readFileString(`${root}/old`)).toBe("new")
    expect((yield* fs.stat(`${root}/old`)).mode & 0o777).toBe(0o640)
    expect((yield* fs.stat(`${root}/.env.x`)).mode & 0o777).toBe(0o600)
  }))

live("where one cannot be written, the folder is as it was", () =>
  Effect.gen(function*() {
    const { fs, root } = yield* folder
    const failures = [
      // no folder can be where a file is
      change("old/x", undefined, "x"),
      // somebody was faster
      change("new/x", "not what is there", "x")
    ]
    for (const last of failures) {
      const error = yield* Effect.flip(
        write(root, [change("old", "old", "changed"), change("new/y", undefined, "y"), last])
      )
      expect(error.message).toContain("Nothing was changed.")
      expect(yield* fs.readDirectory(root, { recursive: true })).toEqual(["old"])
      expect(yield* fs.readFileString(`${root}/old`)).toBe("old")
    }
  }))
