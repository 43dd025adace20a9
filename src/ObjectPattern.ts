/**
 * Patterns that say which objects of a schema are meant: `audit.*`, `table public.legacy_*`, `extension *`.
 *
 * A pattern is a name with dots, each part as in SQL (in quotes, or folded to lower case), in which `*` stands for any
 * characters of one part. The word of a kind may stand in front. Without one it is about what lives in a schema
 * (`SCHEMA.NAME`), of whatever kind. `SCHEMA.*` and `schema SCHEMA` mean a schema with everything in it. A pattern with fewer
 * parts than a name covers whatever begins with them: `trigger auth.users` is all triggers of that table, and routines are
 * meant with any argument types. What an object has as parts (columns, indexes, grants …) goes with it.
 *
 * SQLite has one schema, `main`, which may be left out: `table legacy_*`, or `legacy_*` of whatever kind. Upper and lower
 * case are one there, in quotes too.
 */
import * as Result from "effect/Result"
import type { CatalogObject, DialectName } from "./Catalog.ts"

/** A pattern, read. */
export interface ObjectPattern {
  /** The kind that it is about; any that lives in a schema where it says none. */
  readonly kind: string | undefined
  readonly parts: ReadonlyArray<RegExp>
  /** True for `SCHEMA.*` and `schema SCHEMA`: it is about a schema and what is in it. */
  readonly isSchema: boolean
}

const partForm = /(?:"(?:[^"]|"")*"|[^\s."()])+/y

const escape = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&")

/** One part of a name: quoted text stands for itself, elsewhere `*` is a wildcard. */
const partOf = (text: string, flags: string): RegExp => {
  const pieces = [...text.matchAll(/"((?:[^"]|"")*)"|(\*)|([^"*]+)/g)].map(([, quoted, star, plain]) =>
    star !== undefined
      ? "[^]*"
      : escape(quoted === undefined ? (plain ?? "").toLowerCase() : quoted.replaceAll("\"\"", "\""))
  )
  return new RegExp(`^${pieces.join("")}$`, flags)
}

/** The parts of a name with dots; undefined where it is none. */
const partsOf = (text: string): ReadonlyArray<string> | undefined => {
  const parts: Array<string> = []
  for (let at = 0;;) {
    partForm.lastIndex = at
    const part = partForm.exec(text)?.[0]
    if (part === undefined) return undefined
    parts.push(part)
    at += part.length
    if (at === text.length) return parts
    if (text[at] !== ".") return undefined
    at++
  }
}

/** With the one schema of SQLite in front, unless it is there. */
const inMain = (parts: ReadonlyArray<string>): ReadonlyArray<string> =>
  /^"?main"?$/i.test(parts[0] ?? "") && parts.length > 1 ? parts : ["main", ...parts]

/** Reads a pattern for databases of a family. Fails with what is wrong with it, in a sentence. */
export const parse = (text: string, dialect: DialectName = "postgres"): Result.Result<ObjectPattern, string> => {
  const [, words, name = ""] = /^(?:([a-z][a-z -]*)\s+)?(\S.*)$/.exec(text.trim()) ?? []
  const kind = words?.replaceAll(/\s+/g, " ")
  const written = partsOf(name)
  const parts = written === undefined || dialect === "postgres" || kind === "schema" ? written : inMain(written)
  if (parts === undefined) {
    return Result.fail(
      `"${text}" is no pattern of objects. Write a name, such as audit.* or "table public.legacy_*"${
        name.includes("(") ? "; argument types are left out" : ""
      }`
    )
  }
  if (kind === undefined && parts.length !== 2) {
    return Result.fail(
      parts.length === 1
        ? `"${text}" does not say what it is about. Write ${text}.* for a schema with everything in it, or put a kind in front, such as "extension ${text}"`
        : `"${text}" does not say what it is about. Put a kind in front, such as "trigger ${text}"`
    )
  }
  const isSchema = kind === "schema" || kind === undefined && parts[1] === "*"
  return Result.succeed({
    kind,
    parts: (isSchema ? parts.slice(0, 1) : parts).map((part) => partOf(part, dialect === "sqlite" ? "iu" : "u")),
    isSchema
  })
}

/** True where the pattern is about the schema of that name, and what is in it. */
export const meansSchema = ({ isSchema, parts: [name] }: ObjectPattern, schema: string): boolean =>
  isSchema && name?.test(schema) === true

/** True where the pattern is about the object itself, not about what it is a part of or lives in. */
export const meansObject = ({ isSchema, kind, parts }: ObjectPattern, object: CatalogObject): boolean =>
  !isSchema && (kind === undefined ? object.parent === undefined && object.name.length > 1 : kind === object.kind) &&
  parts.length <= object.name.length && parts.every((part, i) => part.test(object.name[i] ?? ""))
