/** Reading the SQL files that a path names: one file, or the top-level `.lp.sql` files of a folder. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import type { PlatformError } from "effect/PlatformError"
import * as Schema from "effect/Schema"
import { SourceError } from "../SourceError.ts"
import type { SourceText } from "./SourceText.ts"

/** A path does not lead to SQL that can be read. */
export class SourceFileError extends Schema.TaggedError<SourceFileError>()("SourceFileError", {
  path: Schema.String,
  reason: Schema.Literals(["missing", "unreadable", "empty_folder", "not_sql", "not_a_file", "not_utf8"]),
  detail: Schema.String
}) {
  override get message(): string {
    return `${this.path}: ${this.detail}`
  }
}

const fail = (path: string, reason: SourceFileError["reason"], detail: string): SourceFileError =>
  new SourceFileError({ path, reason, detail })

const fromPlatform = (path: string) => (error: PlatformError): SourceFileError =>
  error.reason._tag === "NotFound"
    ? fail(path, "missing", "no such file or folder; check the path")
    : error.reason._tag === "PermissionDenied"
    ? fail(path, "unreadable", "no permission to read it; check its mode and owner")
    : fail(path, "unreadable", `could not be read (${error.reason._tag})`)

const readFile = Effect.fnUntraced(function*(path: string) {
  const fileSystem = yield* FileSystem.FileSystem
  const bytes = yield* fileSystem.readFile(path).pipe(Effect.mapError(fromPlatform(path)))
  const text = yield* Effect.try({
    try: () => new TextDecoder("utf-8", { fatal: true }).decode(bytes),
    catch: () => fail(path, "not_utf8", "is not UTF-8 text; save it as UTF-8")
  })
  return { path, text } satisfies SourceText
})

const readFolder = Effect.fnUntraced(function*(folder: string) {
  const fileSystem = yield* FileSystem.FileSystem
  const { join } = yield* Path.Path
  const entries = yield* fileSystem.readDirectoryEntries(folder).pipe(Effect.mapError(fromPlatform(folder)))
  const files = entries
    .filter(({ name, type }) => type === "File" && name.endsWith(".lp.sql"))
    .map(({ name }) => name)
    .toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0))
    .map((name) => join(folder, name))
  if (files.length === 0) {
    return yield* fail(folder, "empty_folder", "holds no .lp.sql file; sub-folders and links are not followed")
  }
  return yield* Effect.forEach(files, readFile)
})

/**
 * Reads a `.sql` file, or all top-level `*.lp.sql` of a folder in the order of their names (by code unit). Sub-folders and
 * symbolic links in a folder are not followed. Fails with `SourceFileError`, which says what is wrong with which path.
 */
export const readSource: (
  path: string
) => Effect.Effect<ReadonlyArray<SourceText>, SourceFileError, FileSystem.FileSystem | Path.Path> = Effect.fn(
  "SourceFiles.readSource"
)(function*(path: string) {
  const fileSystem = yield* FileSystem.FileSystem
  const info = yield* fileSystem.stat(path).pipe(Effect.mapError(fromPlatform(path)))
  if (info.type === "Directory") return yield* readFolder(path)
  if (info.type !== "File") return yield* fail(path, "not_a_file", "is neither a file nor a folder")
  if (!path.endsWith(".sql")) return yield* fail(path, "not_sql", "is not a .lp.sql or .sql file")
  return [yield* readFile(path)]
})

const nextSteps: Readonly<Record<SourceFileError["reason"], string>> = {
  missing: "Check the path; a database is written as a URL, such as postgres://user@host/database",
  unreadable: "Make it readable for you and run the command again",
  empty_folder: "Put the schema into a file of it, such as schema.lp.sql, or name another folder",
  not_sql: "Name a .lp.sql, .sql or .json file, a folder, or a database URL",
  not_a_file: "Name a .lp.sql, .sql or .json file, a folder, or a database URL",
  not_utf8: "Save it as UTF-8 and run the command again"
}

const fileError = ({ detail, path, reason }: SourceFileError): SourceError =>
  new SourceError({
    source: path,
    reason: reason === "missing" ? "missing" : reason === "empty_folder" ? "empty" : "unreadable",
    detail: reason === "missing" ? "no such file or folder" : detail,
    next: nextSteps[reason]
  })

/** {@link readSource}, where a failure says what to do next. */
export const readFiles = (
  path: string
): Effect.Effect<ReadonlyArray<SourceText>, SourceError, FileSystem.FileSystem | Path.Path> =>
  Effect.mapError(readSource(path), fileError)
