/** What `lockplane.toml` says, read from its text: every mistake is told with its line. Pure. */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"
import { parse, TomlError } from "smol-toml"
import type { Selection } from "../Catalog.ts"
import { selectionProblems } from "../ManagedScope.ts"
import { pathText } from "../SchemaDocument.ts"

/** The settings of a project. */
export const Configuration = Schema.Struct({
  /** The environment that commands work on where none is named. */
  default_environment: Schema.optionalKey(Schema.NonEmptyString),
  /** The folder of the schema's files, relative to the file. */
  schema_path: Schema.optionalKey(Schema.NonEmptyString),
  dialect: Schema.optionalKey(Schema.Literals(["postgres", "sqlite"])),
  /** The schemas that Lockplane manages; everything else is left alone. */
  schemas: Schema.optionalKey(Schema.Array(Schema.NonEmptyString)),
  /** Patterns of objects that it manages too. */
  include: Schema.optionalKey(Schema.Array(Schema.NonEmptyString)),
  /** Patterns of objects that it leaves alone. */
  exclude: Schema.optionalKey(Schema.Array(Schema.NonEmptyString)),
  /** Databases by name, with settings of their own. */
  environments: Schema.optionalKey(Schema.Record(Schema.String, Schema.Record(Schema.String, Schema.Unknown)))
})
/** The settings of a project. */
export type Configuration = typeof Configuration.Type

/** A settings file that cannot be used, with every problem as `file:line: what`. */
export class ConfigurationError extends Schema.TaggedError<ConfigurationError>()("ConfigurationError", {
  problems: Schema.Array(Schema.String)
}) {
  override get message(): string {
    return [
      "the settings cannot be used:",
      ...this.problems.map((problem) => `  ${problem}`),
      "Correct what is listed and run the command again. Nothing was changed."
    ].join("\n")
  }
}

/** The settings that say what is managed. */
export const selectionIn = ({ exclude, include, schemas }: Configuration): Selection => ({
  ...(schemas === undefined ? {} : { schemas }),
  ...(include === undefined ? {} : { include }),
  ...(exclude === undefined ? {} : { exclude })
})

/** Settings that say what is managed hold for all environments. */
const forAll = ["schemas", "include", "exclude"] as const

/** The number of the line that a key of the file stands on, from 1; that of the nearest key around it where it is not found. */
const lineOf = (text: string, path: ReadonlyArray<PropertyKey>): number => {
  const keys = path.filter((key) => typeof key === "string")
  const plain = (name: string): ReadonlyArray<string> =>
    [...name.matchAll(/"([^"]*)"|'([^']*)'|([A-Za-z0-9_-]+)/g)].map(([, one, two, three]) => one ?? two ?? three ?? "")
  let table: ReadonlyArray<string> = []
  let best = { line: 1, depth: 0 }
  for (const [i, line] of text.split("\n").entries()) {
    const header = /^\s*\[+([^\]]*)\]+/.exec(line)?.[1]
    if (header !== undefined) table = plain(header)
    const key = header === undefined ? /^\s*([^=#]+?)\s*=/.exec(line)?.[1] : ""
    if (key === undefined) continue
    const here = [...table, ...plain(key)]
    if (here.length > best.depth && here.length <= keys.length && here.every((part, n) => part === keys[n])) {
      best = { line: i + 1, depth: here.length }
    }
  }
  return best.line
}

/** How many letters have to be changed, added or taken away between two words. */
const distance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      next.push(
        Math.min(
          (row[j] ?? 0) + 1,
          (next[j - 1] ?? 0) + 1,
          (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
        )
      )
    }
    row = next
  }
  return row[b.length] ?? 0
}

/** A word of the list that somebody may have meant by another. */
export const nearest = (word: string, known: ReadonlyArray<string>): string | undefined =>
  known.map((other) => ({ other, far: distance(word.toLowerCase(), other) }))
    .filter(({ far, other }) => far <= Math.max(1, Math.floor(other.length / 3)))
    .toSorted((a, b) => a.far - b.far)[0]?.other

const format = SchemaIssue.makeFormatterStandardSchemaV1()

const known = Object.keys(Configuration.fields)

/** Reads the text of the file, which messages call `file`. Fails with everything that is wrong in it. */
export const decode = (file: string, text: string): Result.Result<Configuration, ConfigurationError> => {
  const toml = Result.try({
    try: () => parse(text),
    catch: (cause) =>
      new ConfigurationError({
        problems: [
          cause instanceof TomlError
            ? `${file}:${cause.line}:${cause.column}: ${cause.message.split("\n")[0]}`
            : `${file}: ${String(cause)}`
        ]
      })
  })
  return Result.flatMap(toml, (value) => {
    const problem = (path: ReadonlyArray<PropertyKey>, what: string): string => `${file}:${lineOf(text, path)}: ${what}`
    const unknown = Object.keys(value).filter((key) => !known.includes(key)).map((key) => {
      const meant = nearest(key, known)
      return problem(
        [key],
        `${key} is no setting.${meant === undefined ? ` Known: ${known.join(", ")}` : ` Did you mean ${meant}?`}`
      )
    })
    const decoded = Schema.decodeUnknownResult(Configuration, { errors: "all" })(value)
    if (Result.isFailure(decoded)) {
      const shape = format(decoded.failure.issue).issues.map(({ message, path }) => {
        const keys = (path ?? []).map((part) => typeof part === "object" ? part.key : part)
        return problem(keys, `${pathText(keys)}: ${message}`)
      })
      return Result.fail(new ConfigurationError({ problems: [...unknown, ...new Set(shape)] }))
    }
    const configuration = decoded.success
    const problems = [
      ...unknown,
      ...(["include", "exclude"] as const).flatMap((key) =>
        selectionProblems({ [key]: configuration[key] ?? [] }).map((what) => problem([key], `${key}: ${what}`))
      ),
      // to pass over what was to be left alone would be worse than to say no
      ...Object.entries(configuration.environments ?? {}).flatMap(([name, settings]) =>
        forAll.filter((key) => Object.hasOwn(settings, key)).map((key) =>
          problem(["environments", name, key], `${key} holds for all environments. Write it at the top of the file`)
        )
      )
    ]
    return problems.length > 0 ? Result.fail(new ConfigurationError({ problems })) : Result.succeed(configuration)
  })
}
