/** `.env.NAME` beside the configuration: the settings of an environment that nobody checks in. */
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import { ConfigurationError } from "./Configuration.ts"
import { nearestByParts } from "./Spelling.ts"

/** What such a file may set. */
export const environmentFileKeys = ["database_url", "shadow_database_url", "shadow_schema", "auth_token"] as const
/** What such a file may set. */
export type EnvironmentFileKey = typeof environmentFileKeys[number]

/** The names of each setting, of which the first one that is there counts: the older ones come last. */
export const namesOf: Readonly<Record<EnvironmentFileKey, readonly [string, ...ReadonlyArray<string>]>> = {
  database_url: ["DATABASE_URL", "POSTGRES_URL", "SQLITE_DB_PATH", "LIBSQL_URL"],
  shadow_database_url: [
    "SHADOW_DATABASE_URL",
    "POSTGRES_SHADOW_URL",
    "SQLITE_SHADOW_DB_PATH",
    "LIBSQL_SHADOW_DB_PATH"
  ],
  shadow_schema: ["SHADOW_SCHEMA"],
  auth_token: ["LIBSQL_AUTH_TOKEN"]
}

const allNames: ReadonlyArray<string> = environmentFileKeys.flatMap((key) => namesOf[key])

/** A value of the file, and the line that it begins on. */
export interface EnvironmentFileValue {
  readonly name: string
  readonly value: string
  readonly line: number
}

/** What the file sets. */
export type EnvironmentFileValues = ReadonlyMap<EnvironmentFileKey, EnvironmentFileValue>

const assignment = /^\s*(?:export\s+)?([\w.-]+)(?:\s*=|:\s)\s*(.*)$/

/** The lines that set a name; those within a quoted value of several lines do not. */
const assignmentsIn = (lines: ReadonlyArray<string>) => {
  const found: Array<{ readonly name: string; readonly written: string; readonly line: number }> = []
  for (let i = 0; i < lines.length; i++) {
    const [, name, written = ""] = assignment.exec(lines[i] ?? "") ?? []
    if (name === undefined) continue
    found.push({ name, written, line: i + 1 })
    const quote = /^(["'`])(?!.*\1)/.exec(written)?.[1]
    const end = quote === undefined
      ? -1
      : lines.findIndex((line, n) => n > i && new RegExp(`^[^${quote}]*${quote}\\s*(?:#.*)?$`).test(line))
    if (end > i) i = end
  }
  return found
}

/**
 * All variables that a text sets, empty ones too; of one that is set twice the last value counts. Variables in values are not
 * expanded.
 */
export const variablesIn = (text: string): Effect.Effect<ReadonlyMap<string, string>> => {
  const provider = ConfigProvider.fromDotEnvContents(text, { preserveEmptyStrings: true })
  const names = new Set(assignmentsIn(text.split(/\r\n?|\n/)).map(({ name }) => name))
  return Effect.map(
    Effect.forEach(names, (name) =>
      provider.load([name]).pipe(
        Effect.orElseSucceed(() => undefined),
        Effect.map((node) => node?.value === undefined ? [] : [[name, node.value] as const])
      )),
    (found) => new Map(found.flat())
  )
}

/** What is wrong with a value as it is written; the reader of such files would take a part of it without a word. */
const valueProblem = (written: string, value: string): string | undefined => {
  const quote = /^["'`]/.exec(written)?.[0]
  if (quote === undefined) {
    return /\S#/.test(written.split(/\s#/)[0] ?? "")
      ? "what follows the # would be a comment. Put the value in double quotes"
      : undefined
  }
  if (value.includes("\n")) return "it has more than one line"
  return value.startsWith(quote) ? `the ${quote} at its beginning is not closed` : undefined
}

/** `SQLITE_DB_PATH` holds a path. */
const asUrl = (name: string, value: string): string =>
  name.endsWith("_DB_PATH") && !/^([a-z]+:|:memory:)/i.test(value) ? `sqlite://${value}` : value

/**
 * Reads the text of the file, which messages call `file`; gives what it sets, and every problem as `file:line: what`. Names that
 * mean nothing to Lockplane are an application's own. Variables in values are not expanded.
 */
export const decode = (
  file: string,
  text: string
): Effect.Effect<EnvironmentFileValues, ConfigurationError> =>
  Effect.gen(function*() {
    const variables = yield* variablesIn(text)
    const read = (name: string): string | undefined => variables.get(name) || undefined
    const lines = text.split(/\r\n?|\n/)
    /** The last line that sets a name; that is the one that counts. */
    const set = new Map(assignmentsIn(lines).map(({ line, name, written }) => [name, { line, written }] as const))
    const problems: Array<readonly [line: number, what: string]> = []
    for (const [name, { line }] of set) {
      const meant = allNames.includes(name) ? undefined : nearestByParts(name, allNames)
      // where the right name is there too, this one is an application's own
      if (meant !== undefined && !set.has(meant) && read(name) !== undefined) {
        problems.push([line, `${name} is no setting. Did you mean ${meant}?`])
      }
    }
    for (const [i, line] of lines.entries()) {
      const name = /^\s*(?:export\s+)?([\w.-]+)/.exec(line)?.[1] ?? ""
      if (allNames.includes(name) && !assignment.test(line)) {
        problems.push([i + 1, `${name} has no value. Write ${name}=VALUE`])
      }
    }
    const values = new Map<EnvironmentFileKey, EnvironmentFileValue>()
    for (const setting of environmentFileKeys) {
      for (const name of namesOf[setting]) {
        const place = set.get(name)
        const value = read(name)
        if (place === undefined || value === undefined) continue
        const problem = valueProblem(place.written, value)
        if (problem !== undefined) problems.push([place.line, `${name}: ${problem}`])
        if (!values.has(setting)) values.set(setting, { name, value: asUrl(name, value), line: place.line })
      }
    }
    if (problems.length === 0) return values
    return yield* new ConfigurationError({
      problems: problems.toSorted(([a], [b]) => a - b).map(([line, what]) => `${file}:${line}: ${what}`)
    })
  })

/** What was read of the file of an environment. */
export interface EnvironmentFile {
  /** The file, from the working folder. */
  readonly file: string
  readonly values: EnvironmentFileValues
  /** What its owner should know. */
  readonly warnings: ReadonlyArray<string>
}

/** The name of the file of an environment. */
export const fileNameOf = (environment: string): string => `.env.${environment}`

/**
 * Reads the file of an environment in a folder; messages call it by its way from another folder. No file sets nothing. Warns
 * where others than its owner may read it. Fails with {@link ConfigurationError}.
 */
export const read = Effect.fn("EnvironmentFile.read")(function*(
  environment: string,
  folder: string,
  from: string
): Effect.fn.Return<EnvironmentFile, ConfigurationError, FileSystem.FileSystem | Path.Path> {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const place = path.join(folder, fileNameOf(environment))
  const file = path.relative(from, place)
  const found = yield* Effect.all({ text: fs.readFileString(place), info: fs.stat(place) }).pipe(
    Effect.catch((error) =>
      error.reason._tag === "NotFound"
        ? Effect.succeed(undefined)
        : Effect.fail(new ConfigurationError({ problems: [`${file}: cannot be read (${error.reason._tag})`] }))
    )
  )
  if (found === undefined) return { file, values: new Map(), warnings: [] }
  // where paths are written with \, files have no such mode
  const isOpen = path.sep === "/" && (found.info.mode & 0o077) !== 0
  return {
    file,
    values: yield* decode(file, found.text),
    warnings: isOpen
      ? [
        `${file} may hold secrets, and others than you may read it (mode ${
          (found.info.mode & 0o777).toString(8).padStart(4, "0")
        }). Run: chmod 600 ${/^[\w./-]+$/.test(file) ? file : `'${file.replaceAll("'", "'\\''")}'`}`
      ]
      : []
  }
})

/** The files that runtimes and shells load into the process by themselves, Bun among them. */
const loadedByOthers = [".env", ".env.local", ".env.development", ".env.production", ".env.test"] as const

/**
 * The files of a folder that somebody else may have loaded into the process, with what they say of some names. A file that
 * cannot be read says nothing.
 */
export const loadable = Effect.fn("EnvironmentFile.loadable")(function*(
  folder: string,
  names: ReadonlyArray<string>
): Effect.fn.Return<
  ReadonlyArray<{ readonly file: string; readonly values: ReadonlyMap<string, string> }>,
  never,
  FileSystem.FileSystem | Path.Path
> {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  return yield* Effect.forEach(loadedByOthers, (file) =>
    Effect.gen(function*() {
      const text = yield* Effect.orElseSucceed(fs.readFileString(path.join(folder, file)), () => "")
      const values = [...yield* variablesIn(text)].filter(([name, value]) => value !== "" && names.includes(name))
      return { file, values: new Map(values) }
    }))
})
