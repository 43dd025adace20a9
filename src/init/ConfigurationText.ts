/**
 * `lockplane.toml` as text: a new one, and an environment added to or changed in one that is there. All other bytes stay, and
 * so does all that the file says, which is made sure by reading it before and after. Pure.
 */
import * as Result from "effect/Result"
import { parse } from "smol-toml"
import { InitError } from "./InitError.ts"

/** What is said of an environment: keys with their values; one without a value is taken out. */
export type Settings = ReadonlyMap<string, string | undefined>

/** What a new file says at its top. */
export interface Top {
  readonly schemaPath: string
  readonly dialect: "postgres" | "sqlite"
  readonly schemas: ReadonlyArray<string> | undefined
}

/** A string of TOML: that of JSON, with the one character more that has to be written as a number. */
const string = (text: string): string => JSON.stringify(text).replaceAll("\u007f", "\\u007f")

const keyText = (key: string): string => /^[A-Za-z0-9_-]+$/.test(key) ? key : string(key)

const assignments = (settings: Settings): ReadonlyArray<string> =>
  [...settings].flatMap(([key, value]) => value === undefined ? [] : `${keyText(key)} = ${string(value)}`)

const section = (environment: string, settings: Settings): ReadonlyArray<string> => [
  `[environments.${keyText(environment)}]`,
  ...assignments(settings)
]

/** The text of a new file with one environment, which is the default one. */
export const create = (environment: string, settings: Settings, { dialect, schemaPath, schemas }: Top): string =>
  [
    "# Settings of Lockplane. The URL of each environment's database is in .env.<environment>, which stays out of git.",
    `default_environment = ${string(environment)}`,
    "",
    "# The folder of the .lp.sql files that say which schema is wanted, relative to this file.",
    `schema_path = ${string(schemaPath)}`,
    `dialect = ${string(dialect)}`,
    "",
    // SQLite has no schemas to choose from
    ...(dialect === "sqlite" ? [] : [
      "# The schemas that Lockplane manages; everything else is left alone. Without this line, it manages all of them.",
      `${schemas === undefined ? "# " : ""}schemas = [${(schemas ?? ["public"]).map(string).join(", ")}]`,
      ""
    ]),
    ...section(environment, settings),
    ""
  ].join("\n")

/** The parts of a table's header, such as `[environments.local] # mine`; undefined for any other line. */
const headerOf = (line: string): ReadonlyArray<string> | undefined => {
  const inner = /^\s*\[([^[\]]+)\]\s*(?:#.*)?$/.exec(line.trimEnd())?.[1]
  return inner === undefined
    ? /^\s*\[\[/.test(line) ? [] : undefined
    : [...inner.matchAll(/"((?:[^"\\]|\\.)*)"|'([^']*)'|([A-Za-z0-9_-]+)/g)].map(([, one, two, three]) =>
      one ?? two ?? three ?? ""
    )
}

const record = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null ? { ...value } : {}

const spelled = (value: unknown): string => JSON.stringify(value)

/** What a text says of an environment, and of everything else. */
const reading = (text: string, environment: string) =>
  Result.map(Result.try(() => parse(text)), (whole) => {
    const { environments, ...rest } = whole
    const { [environment]: own, ...others } = record(environments)
    return { own: own === undefined ? undefined : record(own), rest: spelled([rest, others]) }
  })

/** The names of the environments that a text has. */
export const environmentsIn = (text: string): ReadonlyArray<string> =>
  Result.match(Result.try(() => parse(text)), {
    onFailure: () => [],
    onSuccess: ({ environments }) => Object.keys(record(environments))
  })

/** The dialect that a text says at its top, or that it has without saying so. */
export const dialectIn = (text: string): "postgres" | "sqlite" =>
  Result.match(Result.try(() => parse(text)), {
    onFailure: () => "postgres",
    onSuccess: ({ dialect }) => dialect === "sqlite" ? "sqlite" : "postgres"
  })

/** A line with another value, its comment kept. Only values that end on their line are changed. */
const withValue = (line: string, value: string): string | undefined => {
  const found = /^(\s*[^=#]+?\s*=\s*)("(?:[^"\\]|\\.)*"|'[^']*'|[^\s#"'[{][^\s#]*)(\s*(?:#.*)?)(\r?)$/.exec(line)
  return found === null || found[2] === `""` && line.includes(`"""`)
    ? undefined
    : `${found[1]}${string(value)}${found[3]}${found[4]}`
}

const keyOfLine = (line: string): string | undefined => {
  const [, one, two, three] = /^\s*(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([A-Za-z0-9_-]+))\s*=/.exec(line) ?? []
  return one ?? two ?? three
}

/**
 * The text with the environment added, or with these settings of it changed. Fails where the file cannot be changed without
 * changing more: environments in inline tables or dotted keys, values over several lines.
 */
export const setEnvironment = (
  file: string,
  text: string,
  environment: string,
  settings: Settings
): Result.Result<string, InitError> => {
  const newline = text.includes("\r\n") ? "\r\n" : "\n"
  const end = newline.slice(0, -1)
  const lines = text.split("\n")
  const headers = lines.flatMap((line, at) => {
    const name = headerOf(line)
    return name === undefined ? [] : [{ at, name }]
  })
  const isOwn = (name: ReadonlyArray<string>) =>
    name.length === 2 && name[0] === "environments" && name[1] === environment
  const own = headers.findIndex(({ name }) => isOwn(name))
  const start = headers[own]?.at
  /** The last line with a setting, from a header on to the next one: comments behind it may be about what follows. */
  const lastOf = (header: number): number => {
    const next = headers[header + 1]?.at ?? lines.length
    let last = headers[header]?.at ?? 0
    for (let at = last; at < next; at++) if (!/^\s*(#.*)?$/.test(lines[at] ?? "")) last = at
    return last
  }
  const result = [...lines]
  if (start === undefined) {
    const neighbour = headers.findLastIndex(({ name }) => name[0] === "environments" && name.length > 1)
    const block = section(environment, settings).map((line) => `${line}${end}`)
    if (neighbour >= 0) result.splice(lastOf(neighbour) + 1, 0, end, ...block)
    else {
      while (result.at(-1)?.trim() === "") result.pop()
      const last = result.at(-1)
      if (last !== undefined && end !== "" && !last.endsWith(end)) result[result.length - 1] = `${last}${end}`
      result.push(...(last === undefined ? [] : [end]), ...block, "")
    }
    // a neighbour that ended the file without a line end
    const before = lines.length - 1
    if (neighbour >= 0 && lastOf(neighbour) === before) {
      if (end !== "") result[before] = `${lines[before]}${end}`
      result.push("")
    }
  } else {
    const last = lastOf(own)
    const missing: Array<string> = []
    for (const [key, value] of settings) {
      const at = result.findIndex((line, i) => i > start && i <= last && keyOfLine(line) === key)
      const line = result[at]
      if (line === undefined) {
        if (value !== undefined) missing.push(`${keyText(key)} = ${string(value)}${end}`)
        continue
      }
      const changed = value === undefined ? undefined : withValue(line, value)
      if (value !== undefined && changed === undefined) return unclear(file, environment)
      result[at] = changed ?? removed
    }
    const isLastLine = last === lines.length - 1
    if (missing.length > 0 && isLastLine && end !== "") result[last] = `${result[last]}${end}`
    result.splice(last + 1, 0, ...missing, ...(isLastLine && missing.length > 0 ? [""] : []))
  }
  const changed = result.filter((line) => line !== removed).join("\n")
  const [before, after] = [reading(text, environment), reading(changed, environment)]
  if (Result.isFailure(before) || Result.isFailure(after)) return unclear(file, environment)
  const wanted = new Map(Object.entries(before.success.own ?? {}))
  for (const [key, value] of settings) {
    if (value === undefined) wanted.delete(key)
    else wanted.set(key, value)
  }
  const found = after.success.own
  const isAsWanted = found !== undefined && Object.keys(found).length === wanted.size &&
    [...wanted].every(([key, value]) => Object.hasOwn(found, key) && spelled(found[key]) === spelled(value))
  return isAsWanted && before.success.rest === after.success.rest ? Result.succeed(changed) : unclear(file, environment)
}

/** Stands for a line that goes; no line holds a line break. */
const removed = "\n"

const unclear = (file: string, environment: string) =>
  Result.fail(
    new InitError({
      detail: `${file}: the environment ${environment} cannot be written without changing the rest of the file`,
      next: `Write it as a table of its own, [environments.${
        keyText(environment)
      }], with one setting a line, and run the command again. Nothing was changed.`
    })
  )
