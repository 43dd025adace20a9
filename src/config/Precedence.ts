/** Which of several things that are said counts. Pure. */
import * as Redacted from "effect/Redacted"
import { type Configuration, type DialectName, type Environment, lineOf } from "./Configuration.ts"
import type * as ConfigurationFile from "./ConfigurationFile.ts"
import * as EnvironmentFile from "./EnvironmentFile.ts"

/** Where a value comes from. */
export type Origin =
  /** A flag, or what else named it in the command or program. */
  | { readonly _tag: "Flag"; readonly name: string }
  /** A variable of the process. */
  | { readonly _tag: "Variable"; readonly name: string }
  /** The file of the environment, and the name of the value there. */
  | { readonly _tag: "EnvironmentFile"; readonly file: string; readonly line: number; readonly name: string }
  | { readonly _tag: "Configuration"; readonly file: string; readonly line: number }
  /** It was looked for, and is there. */
  | { readonly _tag: "Found" }
  | { readonly _tag: "Default" }

const isNewerName = (name: string): boolean =>
  EnvironmentFile.environmentFileKeys.some((key) => EnvironmentFile.namesOf[key][0] === name)

/** An origin as people read it: `--target`, `DATABASE_URL`, `.env.local:3`, `lockplane.toml:7`. */
export const describeOrigin = (origin: Origin): string => {
  switch (origin._tag) {
    case "Flag":
    case "Variable":
      return origin.name
    case "EnvironmentFile":
      return `${origin.file}:${origin.line}${isNewerName(origin.name) ? "" : ` (${origin.name})`}`
    case "Configuration":
      return `${origin.file}:${origin.line}`
    case "Found":
      return "found"
    case "Default":
      return "default"
  }
}

/** A value that is in force. */
export interface Setting<A> {
  readonly value: A
  readonly origin: Origin
}

/** A setting that is one text. */
export type TextKey = "database_url" | "shadow_database_url" | "shadow_schema" | "schema_path" | "auth_token"

/** What flags say: the flag and its value. */
export type Flags = { readonly [Key in TextKey]?: { readonly flag: string; readonly value: string } | undefined }

/** What is in force. What is undefined is set nowhere. */
export interface Settled {
  /** The environment that these settings are of. */
  readonly environment: Setting<string> | undefined
  readonly database_url: Setting<Redacted.Redacted<string>> | undefined
  /** Undefined means the embedded engine. */
  readonly shadow_database_url: Setting<Redacted.Redacted<string>> | undefined
  readonly shadow_schema: Setting<string> | undefined
  /** The folder of the schema's files, from the working folder. */
  readonly schema_path: Setting<string> | undefined
  readonly dialect: Setting<DialectName>
  readonly schemas: Setting<ReadonlyArray<string>> | undefined
  readonly include: Setting<ReadonlyArray<string>> | undefined
  readonly exclude: Setting<ReadonlyArray<string>> | undefined
  readonly auth_token: Setting<Redacted.Redacted<string>> | undefined
}

/** The database of someone who has set nothing. */
export const defaultTarget = "postgres://lockplane:lockplane@localhost:5432/lockplane?sslmode=disable"

/** Where the folder of the schema's files is looked for, beside the configuration. */
export const schemaFolders = ["supabase/schema", "schema", "lockplane/schema"] as const

/** The variables of the process that are read. */
export const variableNames = [
  "DATABASE_URL",
  "SHADOW_DATABASE_URL",
  "SHADOW_SCHEMA",
  "LIBSQL_AUTH_TOKEN",
  "LOCKPLANE_ENVIRONMENT",
  "LOCKPLANE_SCHEMA_DIR"
] as const
/** A variable of the process that is read. */
export type VariableName = typeof variableNames[number]

/** Everything that says something. */
export interface Levels {
  /** True where a flag or a program named the environment. */
  readonly isNamed: boolean
  readonly environment: Setting<string> | undefined
  readonly flags: Flags
  /** Variables of the process that are set, and not empty. */
  readonly variables: ReadonlyMap<VariableName, string>
  readonly environmentFile: Pick<EnvironmentFile.EnvironmentFile, "file" | "values"> | undefined
  readonly configuration: Pick<ConfigurationFile.Found, "file" | "text" | "configuration"> | undefined
  /** The first of {@link schemaFolders} that is there. */
  readonly foundFolder: string | undefined
  /** The way from the working folder to a path that a file says, which is relative to that file. */
  readonly locate: (path: string) => string
}

/** Of a database that is a file or a folder, with where it is from the working folder. */
const locatedUrl = (url: string, locate: (path: string) => string): string => {
  const [, start = "", path = ""] = /^(pglite:|sqlite:\/\/|file:(?!\/\/))?(.*)$/s.exec(url) ?? []
  const isPath = start !== "" || (/\.(db|sqlite3?)$/i.test(path) && !path.includes("://"))
  return isPath && path !== "" && path !== ":memory:" ? `${start}${locate(path)}` : url
}

const first = <A>(...settings: ReadonlyArray<Setting<A> | undefined>): Setting<A> | undefined =>
  settings.find((setting) => setting !== undefined)

const redacted = (setting: Setting<string> | undefined): Setting<Redacted.Redacted<string>> | undefined =>
  setting === undefined ? undefined : { value: Redacted.make(setting.value), origin: setting.origin }

/** Decides what is in force. Pure. */
export const settle = (levels: Levels): Settled => {
  const { configuration: found, environment, environmentFile, flags, isNamed, locate, variables } = levels
  const settings: Configuration = found?.configuration ?? {}
  const own: Environment = ownOf(settings, environment?.value)

  const flag = (key: TextKey): Setting<string> | undefined => {
    const given = flags[key]
    return given === undefined ? undefined : { value: given.value, origin: { _tag: "Flag", name: given.flag } }
  }
  const variable = (name: VariableName): Setting<string> | undefined => {
    const value = variables.get(name)
    return value === undefined ? undefined : { value, origin: { _tag: "Variable", name } }
  }
  const inEnvironmentFile = (key: EnvironmentFile.EnvironmentFileKey): Setting<string> | undefined => {
    const value = environmentFile?.values.get(key)
    return environmentFile === undefined || value === undefined ? undefined : {
      value: value.value,
      origin: { _tag: "EnvironmentFile", file: environmentFile.file, line: value.line, name: value.name }
    }
  }
  const inConfiguration = <A>(value: A | undefined, ...path: ReadonlyArray<string>): Setting<A> | undefined =>
    found === undefined || value === undefined
      ? undefined
      : { value, origin: { _tag: "Configuration", file: found.file, line: lineOf(found.text, path) } }
  const ofEnvironment = <Key extends keyof Environment>(key: Key): Setting<NonNullable<Environment[Key]>> | undefined =>
    environment === undefined
      ? undefined
      : inConfiguration(own[key] ?? undefined, "environments", environment.value, key)
  const atTop = <Key extends keyof Configuration>(key: Key): Setting<NonNullable<Configuration[Key]>> | undefined =>
    inConfiguration(settings[key] ?? undefined, key)
  const located = (setting: Setting<string> | undefined): Setting<string> | undefined =>
    setting === undefined ? undefined : { ...setting, value: locatedUrl(setting.value, locate) }
  const path = (setting: Setting<string> | undefined): Setting<string> | undefined =>
    setting === undefined ? undefined : { ...setting, value: locate(setting.value) }

  const dialect = first<DialectName>(ofEnvironment("dialect"), atTop("dialect")) ??
    { value: "postgres", origin: { _tag: "Default" } }
  // for someone who has set nothing: an environment that lacks its database must not become another one
  const isForDefault = Object.keys(settings.environments ?? {}).length === 0 && dialect.value === "postgres"
  return {
    environment,
    database_url: redacted(first(
      flag("database_url"),
      isNamed ? undefined : variable("DATABASE_URL"),
      located(inEnvironmentFile("database_url")),
      located(ofEnvironment("database_url")),
      isForDefault ? { value: defaultTarget, origin: { _tag: "Default" } } : undefined
    )),
    shadow_database_url: redacted(first(
      flag("shadow_database_url"),
      isNamed ? undefined : variable("SHADOW_DATABASE_URL"),
      located(inEnvironmentFile("shadow_database_url")),
      located(ofEnvironment("shadow_database_url"))
    )),
    shadow_schema: first(
      flag("shadow_schema"),
      isNamed ? undefined : variable("SHADOW_SCHEMA"),
      inEnvironmentFile("shadow_schema"),
      ofEnvironment("shadow_schema")
    ),
    schema_path: first<string>(
      flag("schema_path"),
      path(ofEnvironment("schema_path")),
      path(atTop("schema_path")),
      variable("LOCKPLANE_SCHEMA_DIR"),
      levels.foundFolder === undefined
        ? undefined
        : { value: locate(levels.foundFolder), origin: { _tag: "Found" } }
    ),
    dialect,
    schemas: atTop("schemas"),
    include: atTop("include"),
    exclude: atTop("exclude"),
    auth_token: redacted(first(
      flag("auth_token"),
      isNamed ? undefined : variable("LIBSQL_AUTH_TOKEN"),
      inEnvironmentFile("auth_token")
    ))
  }
}

const ownOf = ({ environments = {} }: Configuration, name: string | undefined): Environment =>
  name !== undefined && Object.hasOwn(environments, name) ? environments[name] ?? {} : {}
