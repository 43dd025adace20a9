import { describe, expect, test } from "bun:test"
import * as Effect from "effect/Effect"
import { parse, uri } from "../../src/engine/SqliteLocation.ts"

const read = (location: string): unknown => Effect.runSync(parse(location))
const refusal = (location: string) => Effect.runSync(Effect.flip(parse(location)))
const file = (path: string, rest: object = {}) => ({ _tag: "File", path, mode: undefined, immutable: false, ...rest })

describe("locations of SQLite databases", () => {
  test("are paths and URLs", () => {
    for (const location of ["app.db", "sqlite:app.db", "sqlite://app.db", "file:app.db"]) {
      expect(read(location)).toEqual(file("app.db"))
    }
    expect(read("sqlite:///var/app.db")).toEqual(file("/var/app.db"))
    expect(read("file:///var/app.db")).toEqual(file("/var/app.db"))
    expect(read("file://localhost/var/app.db")).toEqual(file("/var/app.db"))
    expect(read("sqlite:///C:/data/app.db")).toEqual(file("C:/data/app.db"))
    expect(read("C:\\data\\app.db")).toEqual(file("C:\\data\\app.db"))
  })

  test("are percent-encoded in URLs alone", () => {
    expect(read("50%25 ?.db")).toEqual(file("50%25 ?.db"))
    expect(read("file:50%25%20%3F.db")).toEqual(file("50% ?.db"))
    expect(refusal("file:50%.db").message).toContain("% is not followed by")
  })

  test("say how the file is opened", () => {
    expect(read("file:a.db?mode=ro&immutable=1")).toEqual(file("a.db", { mode: "ro", immutable: true }))
    expect(read("sqlite://a.db?mode=rwc&connection_limit=1")).toEqual(file("a.db", { mode: "rwc" }))
  })

  test("are in memory", () => {
    for (
      const location of [":memory:", "sqlite::memory:", "sqlite://:memory:", "file::memory:", "file:x?mode=memory"]
    ) {
      expect(read(location)).toEqual({ _tag: "Memory" })
    }
  })

  test("are refused where another file could be meant", () => {
    for (
      const location of [
        "",
        "sqlite://",
        "file:a.db?vfs=unix-none",
        "file:a.db?mode=x",
        "file:a.db?cache=shared",
        "file:a#b",
        "https://a.db",
        "a\0.db"
      ]
    ) expect(refusal(location).code).toBe("LP_BAD_URL")
  })

  test("go to the engine as URIs that it reads the same way", () => {
    expect(uri("a b?#%.db", "rw", false)).toBe("file:a%20b%3F%23%25.db?mode=rw")
    expect(uri("//var/a.db", "ro", true)).toBe("file:////var/a.db?mode=ro&immutable=1")
  })
})
