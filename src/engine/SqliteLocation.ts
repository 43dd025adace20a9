/** Where a SQLite database lies, as people write it: a path, `sqlite://path`, `file:path?mode=ro` or `:memory:`. */
import * as Effect from "effect/Effect"
import { DatabaseError } from "./DatabaseError.ts"

/** A database that lives in memory, or a file of the local file system. */
export type SqliteLocation =
  | { readonly _tag: "Memory" }
  | {
    readonly _tag: "File"
    /** As it was written, percent-encoding undone; relative to the working directory. */
    readonly path: string
    /** `?mode=`: read only, read and write what is there, or make it where it is missing. */
    readonly mode: "ro" | "rw" | "rwc" | undefined
    /** `?immutable=1`: nothing changes the file, so nothing has to be locked. */
    readonly immutable: boolean
  }

const memory: SqliteLocation = { _tag: "Memory" }

/** Key words of other clients that change nothing here. */
const withoutMeaningHere = new Set(["connection_limit", "socket_timeout"])

/**
 * Reads a location; fails with `LP_BAD_URL`. After `sqlite:`, `sqlite://` and `file:` the path is percent-encoded and
 * parameters may follow a `?` (SQLite documentation, "Uniform Resource Identifiers": `mode`, `immutable`). What follows
 * `sqlite://` is the path: `sqlite://app.db` lies in the working directory, `sqlite:///var/app.db` in `/var`.
 */
export const parse = (location: string): Effect.Effect<SqliteLocation, DatabaseError> => {
  const problem = (what: string): Effect.Effect<never, DatabaseError> =>
    Effect.fail(
      new DatabaseError({
        code: "LP_BAD_URL",
        message: `The SQLite database ${location} cannot be used: ${what}`,
        hint:
          "Write a path (app.db), sqlite://app.db, sqlite:///absolute/path/app.db, or :memory:. In a URL, write special characters by percent-encoding: ? as %3F, # as %23, % as %25."
      })
    )
  if (location.includes("\0")) return problem("a path holds no NUL character.")
  const scheme = /^(?:sqlite|sqlite3|file):/i.exec(location)?.[0]
  if (scheme === undefined) {
    if (location === ":memory:") return Effect.succeed(memory)
    if (/^[a-z][a-z0-9+.-]+:\/\//i.test(location)) return problem("it does not begin with sqlite: or file:.")
    return location === ""
      ? problem("it is empty.")
      : Effect.succeed({ _tag: "File", path: location, mode: undefined, immutable: false })
  }
  const [written = "", query = ""] = splitOnce(location.slice(scheme.length), "?")
  if (location.includes("#")) return problem("a # begins a fragment, which a file does not have.")
  const parameters = new Map(new URLSearchParams(query))
  const mode = parameters.get("mode")
  const immutable = parameters.get("immutable")
  const cache = parameters.get("cache")
  const unknown = [...parameters.keys()].find((key) =>
    !["mode", "immutable", "cache"].includes(key) && !withoutMeaningHere.has(key)
  )
  if (unknown !== undefined) return problem(`the parameter ${unknown} is not supported.`)
  if (mode !== undefined && mode !== "ro" && mode !== "rw" && mode !== "rwc" && mode !== "memory") {
    return problem("mode is one of ro, rw, rwc, memory.")
  }
  if (immutable !== undefined && immutable !== "0" && immutable !== "1") return problem("immutable is 0 or 1.")
  const decoded = percentDecode(withoutAuthority(scheme, written))
  if (decoded === undefined) return problem("a % is not followed by two hexadecimal digits; write a plain % as %25.")
  if (decoded.includes("\0")) return problem("a path holds no NUL character.")
  if (decoded === ":memory:" || mode === "memory") return Effect.succeed(memory)
  if (cache !== undefined && cache !== "private") return problem("a cache that connections share is not supported.")
  if (decoded === "") return problem("it names no file.")
  return Effect.succeed({ _tag: "File", path: decoded, mode, immutable: immutable === "1" })
}

/** The location as SQLite's own URI, which keeps the engine from making a file that was not asked for. */
export const uri = (path: string, mode: "ro" | "rw" | "rwc", immutable: boolean): string =>
  `file:${path.startsWith("/") ? "//" : ""}${path.split("/").map(encodeURIComponent).join("/")}?mode=${mode}${
    immutable ? "&immutable=1" : ""
  }`

/** `file://localhost/path` and `file:///C:/path` are written with more than the path. */
const withoutAuthority = (scheme: string, written: string): string => {
  const path = written.startsWith("//")
    ? /^file:/i.test(scheme) ? written.slice(2).replace(/^localhost(?=\/)/i, "") : written.slice(2)
    : written
  return path.replace(/^\/(?=[a-z]:[\\/])/i, "")
}

const splitOnce = (source: string, separator: string): readonly [string, string | undefined] => {
  const at = source.indexOf(separator)
  return at < 0 ? [source, undefined] : [source.slice(0, at), source.slice(at + separator.length)]
}

const percentDecode = (source: string): string | undefined => {
  try {
    return decodeURIComponent(source)
  } catch {
    return undefined
  }
}
