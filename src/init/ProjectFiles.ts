/** The files that a project needs for what was decided, as texts beside those that are there. Pure. */
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import { fileNameOf, namesOf } from "../config/EnvironmentFile.ts"
import { type Answers, dialectOf, sourceOf } from "./Answers.ts"
import * as ConfigurationText from "./ConfigurationText.ts"
import * as DotEnv from "./DotEnv.ts"
import { ignoring } from "./Gitignore.ts"
import type { InitError } from "./InitError.ts"

/** A file to be written. */
export interface FileChange {
  /** Relative to the project's folder, with `/`. */
  readonly path: string
  /** The text that is there; undefined for a new file. */
  readonly before: string | undefined
  readonly text: string
  /** The mode of a file that holds secrets; that of the file, or the usual one, where it is left out. */
  readonly mode?: number
  /** What is done to it, in words. */
  readonly about: string
}

/** The texts of the project's files, where they are there. */
export interface Present {
  readonly configuration: string | undefined
  readonly environment: string | undefined
  /** What the environment's file sets. */
  readonly variables: ReadonlyMap<string, string>
  readonly gitignore: string | undefined
  /** The SQLite file of the environment that is missing, relative to the project: an empty one is made. */
  readonly missingFile?: string | undefined
}

/** A file of the schema's folder. */
export interface SchemaText {
  readonly name: string
  readonly text: string
}

/** Only its owner reads or writes such a file. */
export const secretMode = 0o600

/** The settings of an environment that are no secrets. Where it said something by other means, that goes: one place says it. */
const settingsOf = (answers: Answers, top: "postgres" | "sqlite"): ConfigurationText.Settings => {
  const { description, shadow } = answers
  const dialect = dialectOf(answers.database)
  return new Map<string, string | undefined>([
    // one that is not given stays what it is
    ...(description === undefined || description === "" ? [] : [["description", description] as const]),
    ["dialect", dialect === top ? undefined : dialect],
    ["database_url", undefined],
    ...(shadow._tag === "AsItIs" ? [] : [
      ["shadow_schema", shadow._tag === "Schema" ? shadow.schema : undefined],
      ["shadow_database_url", undefined]
    ] as const)
  ])
}

/**
 * The variables of an environment. What would count against the decision is taken out; names that only come after those of
 * today stay, for they may be another program's.
 */
export const variablesOf = ({ database, shadow }: Answers): ReadonlyMap<string, string | undefined> =>
  new Map<string, string | undefined>([
    ["DATABASE_URL", Redacted.value(sourceOf(database))],
    ...(shadow._tag === "AsItIs" ? [] : [
      ...namesOf.shadow_database_url.map((name) => [name, undefined] as const),
      ...namesOf.shadow_schema.map((name) => [name, undefined] as const)
    ]),
    ...(shadow._tag === "Database" ? [["SHADOW_DATABASE_URL", Redacted.value(shadow.url)] as const] : []),
    ...(database._tag === "Libsql" && database.token !== undefined
      ? [["LIBSQL_AUTH_TOKEN", Redacted.value(database.token)] as const]
      : [])
  ])

const names = (variables: Iterable<readonly [string, string | undefined]>): string =>
  [...variables].flatMap(([name, value]) => value === undefined ? [] : name).join(", ")

/** What is set, replaced and taken out of a `.env` file. */
const aboutVariables = (
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string | undefined>
): string => {
  const replaced = [...after].filter(([name, value]) =>
    value !== undefined && before.has(name) && before.get(name) !== value
  )
  const removed = [...after].filter(([name, value]) => value === undefined && before.has(name)).map(([name]) => name)
  return [
    `${names(after)}; readable by you alone`,
    ...(replaced.length > 0 ? [`replaces ${names(replaced)}`] : []),
    ...(removed.length > 0 ? [`takes out ${removed.join(", ")}`] : [])
  ].join("; ")
}

/** A first file for a schema, where there is none. */
export const exampleSchema = (answers: Answers): SchemaText => {
  const isPostgres = dialectOf(answers.database) === "postgres"
  return {
    name: "users.lp.sql",
    text: [
      "-- An example: table users",
      "--",
      "-- Write here the schema that you want, as plain SQL; lockplane plan works out the statements that lead there.",
      "-- Statements can stand in any order, in any number of .lp.sql files of this folder.",
      "",
      "CREATE TABLE users (",
      ...(isPostgres
        ? [
          "  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,",
          "  email text NOT NULL UNIQUE,",
          "  created_at timestamptz NOT NULL DEFAULT now()"
        ]
        : [
          "  id INTEGER PRIMARY KEY,",
          "  email TEXT NOT NULL UNIQUE,",
          "  created_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP"
        ]),
      ");",
      ""
    ].join("\n")
  }
}

/** The files to be written; those that are as they should be are not among them. */
export const changes = (
  answers: Answers,
  present: Present,
  schema: ReadonlyArray<SchemaText>
): Result.Result<ReadonlyArray<FileChange>, InitError> =>
  Result.gen(function*() {
    const { environment } = answers
    const own = dialectOf(answers.database)
    const settings = settingsOf(
      answers,
      present.configuration === undefined ? own : ConfigurationText.dialectIn(present.configuration)
    )
    const known = ConfigurationText.environmentsIn(present.configuration ?? "").includes(environment)
    const configuration = present.configuration === undefined
      ? ConfigurationText.create(environment, settings, {
        schemaPath: answers.schemaPath,
        dialect: own,
        schemas: answers.schemas
      })
      : yield* ConfigurationText.setEnvironment("lockplane.toml", present.configuration, environment, settings)
    const variables = variablesOf(answers)
    const secrets = yield* DotEnv.set(present.environment ?? "", variables)
    const about = (before: string | undefined, what: string): string => before === undefined ? `new: ${what}` : what
    const list: ReadonlyArray<FileChange> = [
      {
        path: "lockplane.toml",
        before: present.configuration,
        text: configuration,
        about: about(
          present.configuration,
          present.configuration === undefined
            ? `the environment ${environment}, which is the default`
            : `${known ? "changes" : "adds"} the environment ${environment}; the rest stays`
        )
      },
      {
        path: fileNameOf(environment),
        before: present.environment,
        text: secrets,
        mode: secretMode,
        about: about(present.environment, aboutVariables(present.variables, variables))
      },
      {
        path: ".gitignore",
        before: present.gitignore,
        text: ignoring(present.gitignore ?? ""),
        about: about(present.gitignore, ".env.* and .lockplane/ stay out of git")
      },
      ...(present.missingFile === undefined ? [] : [{
        path: present.missingFile,
        before: undefined,
        text: "",
        about: "new: an empty SQLite database"
      }]),
      ...schema.map(({ name, text }) => ({
        path: `${answers.schemaPath}/${name}`,
        before: undefined,
        text,
        about: `new: ${text.split("\n")[0]?.replace(/^-- /, "") ?? ""}`
      }))
    ]
    // the file of secrets gets its mode even where its text stays
    return list.filter(({ before, mode, text }) => before !== text || mode !== undefined)
  })
