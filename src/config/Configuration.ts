/** What `lockplane.toml` says, read from its text: every mistake is told with its line. Pure. */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"
import { parse, TomlError } from "smol-toml"
import type { Selection } from "../Catalog.ts"
import { selectionProblems } from "../ManagedScope.ts"
import { pathText } from "../SchemaDocument.ts"
import { suggestion } from "./Spelling.ts"

/** A family of databases. */
export const DialectName = Schema.Literals(["postgres", "sqlite"])
/** A family of databases. */
export type DialectName = typeof DialectName.Type

/** What is set for one database. */
export const Environment = Schema.Struct({
  /** What people call it. */
  description: Schema.optionalKey(Schema.NonEmptyString),
  /** Where it is. A URL with a password does not belong into a file that is checked in: `.env.NAME` is for that. */
  database_url: Schema.optionalKey(Schema.NonEmptyString),
  /** Where its shadow is; left out, the shadow is the embedded engine. */
  shadow_database_url: Schema.optionalKey(Schema.NonEmptyString),
  /** The schema that is the shadow, where no database can be. */
  shadow_schema: Schema.optionalKey(Schema.NonEmptyString),
  /** The folder of its schema's files, relative to the file. */
  schema_path: Schema.optionalKey(Schema.NonEmptyString),
  dialect: Schema.optionalKey(DialectName)
})
/** What is set for one database. */
export type Environment = typeof Environment.Type

/** The settings of a project. */
export const Configuration = Schema.Struct({
  /** The environment that commands work on where none is named. */
  default_environment: Schema.optionalKey(Schema.NonEmptyString),
  /** The folder of the schema's files, relative to the file. */
  schema_path: Schema.optionalKey(Schema.NonEmptyString),
  dialect: Schema.optionalKey(DialectName),
  /** The schemas that Lockplane manages; everything else is left alone. */
  schemas: Schema.optionalKey(Schema.Array(Schema.NonEmptyString)),
  /** Patterns of objects that it manages too. */
  include: Schema.optionalKey(Schema.Array(Schema.NonEmptyString)),
  /** Patterns of objects that it leaves alone. */
  exclude: Schema.optionalKey(Schema.Array(Schema.NonEmptyString)),
  /** Databases by name, with settings of their own. */
  environments: Schema.optionalKey(Schema.Record(Schema.String, Environment))
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

/** The number of the line that a key of the file stands on, or begins a table, from 1; that of the nearest key around it where it is not found. */
export const lineOf = (text: string, path: ReadonlyArray<PropertyKey>): number => {
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
    const depth = Math.min(here.length, keys.length)
    if (depth > best.depth && here.slice(0, depth).every((part, n) => part === keys[n])) best = { line: i + 1, depth }
  }
  return best.line
}

const format = SchemaIssue.makeFormatterStandardSchemaV1()

const known = Object.keys(Configuration.fields)
const knownOfEnvironment = Object.keys(Environment.fields)

/** The names of environments: each can be part of a file's, and of `env:NAME`. */
export const environmentName: RegExp = /^[A-Za-z0-9][\w.-]*$/

/** {@link environmentName} in words. */
export const environmentNameRule = "letters, digits, \".\", \"_\" and \"-\", beginning with a letter or digit"

/** What is wrong with a key at the top of the file. */
const unknownKey = (key: string): string =>
  knownOfEnvironment.includes(key)
    ? `${key} belongs to an environment. Write it below [environments.NAME]`
    : `${key} is no setting. ${suggestion(key, known)}`

/** What is wrong with a key of an environment. */
const unknownKeyOfEnvironment = (name: string, key: string): string =>
  forAll.some((own) => own === key)
    // to pass over what was to be left alone would be worse than to say no
    ? `${key} holds for all environments. Write it at the top of the file`
    : key === "auth_token"
    ? `auth_token is a secret, and this file is checked in. Write LIBSQL_AUTH_TOKEN into .env.${name}`
    : `${key} is no setting of an environment. ${suggestion(key, knownOfEnvironment)}`

const isTable = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** The environment that is the default has to be there. */
const defaultProblems = ({ default_environment: name, environments = {} }: Configuration): ReadonlyArray<string> =>
  name === undefined || Object.hasOwn(environments, name)
    ? []
    : [
      Object.keys(environments).length === 0
        ? `there is no environment ${name}. Write [environments.${name}] below`
        : `there is no environment ${name}. ${suggestion(name, Object.keys(environments))}`
    ]

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
    const environments = isTable(value["environments"]) ? Object.entries(value["environments"]) : []
    const unknown = [
      ...Object.keys(value).filter((key) => !known.includes(key)).map((key) => problem([key], unknownKey(key))),
      ...environments.flatMap(([name, settings]) => [
        ...(environmentName.test(name) ? [] : [
          problem(
            ["environments", name],
            `${JSON.stringify(name)} cannot be the name of an environment: use ${environmentNameRule}`
          )
        ]),
        ...(isTable(settings) ? Object.keys(settings) : []).filter((key) => !knownOfEnvironment.includes(key)).map(
          (key) => problem(["environments", name, key], unknownKeyOfEnvironment(name, key))
        )
      ])
    ]
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
        selectionProblems({ [key]: configuration[key] ?? [] }, undefined, configuration.dialect).map((what) =>
          problem([key], `${key}: ${what}`)
        )
      ),
      ...defaultProblems(configuration).map((what) => problem(["default_environment"], what))
    ]
    return problems.length > 0 ? Result.fail(new ConfigurationError({ problems })) : Result.succeed(configuration)
  })
}
