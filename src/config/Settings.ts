/**
 * What is in force for an environment, and where each value comes from. The first of these that says something counts: flag,
 * process environment, `.env.NAME`, `lockplane.toml` for the environment, `lockplane.toml` at its top, default. Naming an environment
 * means that environment: variables of the process are for the one that nobody named.
 */
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { Environments } from "../Environments.ts"
import * as LibsqlUrl from "../LibsqlUrl.ts"
import { SourceError } from "../SourceError.ts"
import { type Configuration, type ConfigurationError, lineOf } from "./Configuration.ts"
import * as ConfigurationFile from "./ConfigurationFile.ts"
import * as EnvironmentFile from "./EnvironmentFile.ts"
import {
  defaultTarget,
  describeOrigin,
  type Flags,
  schemaFolders,
  type Setting,
  settle,
  type Settled,
  type VariableName,
  variableNames
} from "./Precedence.ts"
import { nearest } from "./Spelling.ts"

export {
  defaultTarget,
  describeOrigin,
  type Flags,
  type Levels,
  type Origin,
  schemaFolders,
  type Setting,
  settle,
  type Settled,
  type TextKey,
  type VariableName,
  variableNames
} from "./Precedence.ts"

/** What is in force. What is undefined is set nowhere. */
export interface Settings extends Settled {
  /** The absolute path of the folder of `lockplane.toml`; without one the working folder. */
  readonly folder: string
  /** `lockplane.toml` from the working folder; undefined where there is none. */
  readonly file: string | undefined
  readonly configuration: Configuration
  /** The names of all environments, in the order of the file. */
  readonly environments: ReadonlyArray<string>
  /** What people should know, such as a file of secrets that others may read. */
  readonly warnings: ReadonlyArray<string>
}

/** A setting that is needed and that nothing says, or an environment that is not there. `next` says what to do. */
export class SettingsError extends Schema.TaggedError<SettingsError>()("SettingsError", {
  reason: Schema.Literals([
    "unknown_environment",
    "ambiguous_variable",
    "no_database",
    "no_shadow_server",
    "no_schema_folder"
  ]),
  detail: Schema.String,
  next: Schema.String
}) {
  override get message(): string {
    return `${this.detail}\n${this.next}`
  }
}

/** The name of the file of settings. */
export const configurationFile: string = ConfigurationFile.fileName

/** What is asked for. */
export interface Request {
  /** The environment that is named; left out, `LOCKPLANE_ENVIRONMENT`, `default_environment` or `local` is. */
  readonly environment?: string | undefined
  /** What named it, for messages, such as `--target-environment`. */
  readonly namedBy?: string | undefined
  readonly flags?: Flags | undefined
  /** The folder to look for `lockplane.toml` from; left out, the working folder. */
  readonly start?: string | undefined
}

const readVariables: Effect.Effect<ReadonlyMap<VariableName, string>> = Effect.gen(function*() {
  const variables = new Map<VariableName, string>()
  for (const name of variableNames) {
    const value = yield* Effect.option(Config.String(name))
    if (Option.isSome(value) && value.value !== "") variables.set(name, value.value)
  }
  return variables
})

/** The environment that is asked for, or is in force where none is. */
const chosen = (
  { environment, namedBy = "the program" }: Request,
  variables: ReadonlyMap<VariableName, string>,
  found: ConfigurationFile.Found | undefined
): Setting<string> | undefined => {
  if (environment !== undefined) return { value: environment, origin: { _tag: "Flag", name: namedBy } }
  const variable = variables.get("LOCKPLANE_ENVIRONMENT")
  if (variable !== undefined) return { value: variable, origin: { _tag: "Variable", name: "LOCKPLANE_ENVIRONMENT" } }
  if (found === undefined) return undefined
  const { default_environment, environments = {} } = found.configuration
  if (default_environment !== undefined) {
    const line = lineOf(found.text, ["default_environment"])
    return { value: default_environment, origin: { _tag: "Configuration", file: found.file, line } }
  }
  return Object.hasOwn(environments, "local") ? { value: "local", origin: { _tag: "Default" } } : undefined
}

const unknownEnvironment = ({ origin, value }: Setting<string>, file: string, known: ReadonlyArray<string>) => {
  const meant = nearest(value, known)
  return new SettingsError({
    reason: "unknown_environment",
    detail: `there is no environment ${JSON.stringify(value)} (${describeOrigin(origin)})${
      known.length === 0 ? "" : `; known: ${known.join(", ")}`
    }`,
    next: meant === undefined
      ? `To add it, write [environments.${/^[\w-]+$/.test(value) ? value : "NAME"}] into ${file}.`
      : `Did you mean ${meant}?`
  })
}

/**
 * The variables of the process that count for the environment that is in force. A runtime or a shell may have loaded a `.env` file
 * into the process: what the environment's own file says is left to that, and what another file says is for something else.
 */
const variablesFor = Effect.fn("Settings.variablesFor")(function*(
  environment: Setting<string>,
  variables: ReadonlyMap<VariableName, string>,
  file: EnvironmentFile.EnvironmentFile,
  start: string
) {
  const own = new Set([...file.values.values()].map(({ name, value }) => `${name}=${value}`))
  const set = new Map([...variables].filter(([name, value]) => !own.has(`${name}=${value}`)))
  const names = EnvironmentFile.environmentFileKeys.map((key) => EnvironmentFile.namesOf[key][0])
  for (const { file, values } of yield* EnvironmentFile.loadable(start, names)) {
    if (file === EnvironmentFile.fileNameOf(environment.value)) continue
    const name = [...set].find(([name, value]) => values.get(name) === value)?.[0]
    if (name !== undefined) {
      return yield* new SettingsError({
        reason: "ambiguous_variable",
        detail: `the environment is ${environment.value} (${
          describeOrigin(environment.origin)
        }), but ${name} of the process is that of ${file}`,
        next:
          `Some runtimes load such files by themselves. Name the environment by a flag, such as --target-environment ${environment.value}, or unset ${name}; with Bun, run it with --no-env-file.`
      })
    }
  }
  return set
})

/**
 * What is in force in a folder, for an environment that is named or for the one that is the default. Fails with
 * {@link ConfigurationError} where `lockplane.toml` or `.env.NAME` cannot be used, and with {@link SettingsError} where there is
 * no such environment.
 */
export const resolve = Effect.fn("Settings.resolve")(function*(
  request: Request = {}
): Effect.fn.Return<Settings, ConfigurationError | SettingsError, FileSystem.FileSystem | Path.Path> {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const start = path.resolve(request.start ?? ".")
  const found = Option.getOrUndefined(yield* ConfigurationFile.find(start))
  const folder = found?.folder ?? start
  const configuration = found?.configuration ?? {}
  const environments = Object.keys(configuration.environments ?? {})
  const variables = yield* readVariables
  const environment = chosen(request, variables, found)
  if (environment !== undefined && !environments.includes(environment.value)) {
    return yield* unknownEnvironment(environment, found?.file ?? ConfigurationFile.fileName, environments)
  }
  const environmentFile = environment === undefined
    ? undefined
    : yield* EnvironmentFile.read(environment.value, folder, start)
  const isNamed = request.environment !== undefined
  const counting = environment === undefined || environmentFile === undefined || isNamed
    ? variables
    : yield* variablesFor(environment, variables, environmentFile, start)
  const foundFolder = yield* Effect.findFirst(schemaFolders, (name) =>
    Effect.orElseSucceed(
      Effect.map(fs.stat(path.join(folder, name)), ({ type }) => type === "Directory"),
      () => false
    ))
  return {
    folder,
    file: found?.file,
    configuration,
    environments,
    ...settle({
      isNamed,
      environment,
      flags: request.flags ?? {},
      variables: counting,
      environmentFile,
      configuration: found,
      foundFolder: Option.getOrUndefined(foundFolder),
      locate: (place) => path.isAbsolute(place) ? place : path.relative(start, path.join(folder, place)) || "."
    }),
    warnings: environmentFile?.warnings ?? []
  }
})

/** Whether a text is meant as the place of a database, and not as a file, a folder or the name of an environment. */
const isDatabase = (url: string): boolean => /^(?!env:)[a-z][a-z0-9+.-]*:|^:memory:$|\.(db|sqlite3?)$/i.test(url)

/** The URL of a libSQL server with the token that is set for it. Without one it says so: that of the process is for another. */
export const withToken = (
  url: Redacted.Redacted<string>,
  { auth_token }: Pick<Settings, "auth_token">
): Redacted.Redacted<string> =>
  LibsqlUrl.isLibsqlUrl(Redacted.value(url))
    ? Redacted.make(
      LibsqlUrl.withToken(Redacted.value(url), auth_token === undefined ? "" : Redacted.value(auth_token.value))
    )
    : url

/** The database to work on. Fails where the environment has none. */
export const database = (settings: Settings): Effect.Effect<Redacted.Redacted<string>, SettingsError> => {
  const { database_url, environment, environments } = settings
  if (database_url !== undefined) {
    const { origin, value } = database_url
    return isDatabase(Redacted.value(value)) ? Effect.succeed(withToken(value, settings)) : Effect.fail(
      new SettingsError({
        reason: "no_database",
        detail: `${describeOrigin(origin)}: what is written there is not the URL of a database`,
        next:
          "Write it as postgres://user:password@host:5432/database, pglite:DIR, a SQLite file such as app.db, or libsql://host."
      })
    )
  }
  const example = settings.dialect.value === "sqlite"
    ? "DATABASE_URL=sqlite://app.db"
    : "DATABASE_URL=postgres://user:password@host:5432/database"
  return Effect.fail(
    environment === undefined && environments.length === 0
      ? new SettingsError({
        reason: "no_database",
        detail: "no database is named",
        next: `Name one, such as --target app.db, or set ${example}`
      })
      : environment === undefined
      ? new SettingsError({
        reason: "no_database",
        detail: `no database is named, and no environment; known: ${environments.join(", ")}`,
        next: `Name one of these, or write default_environment = "${environments[0]}" into ${settings.file}.`
      })
      : new SettingsError({
        reason: "no_database",
        detail: `the environment ${environment.value} has no database`,
        next: `Write ${example} into ${
          EnvironmentFile.fileNameOf(environment.value)
        } beside ${settings.file}, and run: chmod 600 ${EnvironmentFile.fileNameOf(environment.value)}`
      })
  )
}

/** Whether a URL is that of a database on a PostgreSQL server. */
const isServer = (url: Redacted.Redacted<string>): boolean => /^postgres(ql)?:\/\//i.test(Redacted.value(url))

/**
 * The database on a server of which shadows are lent: the shadow database, or the environment's own where a schema of that is
 * the shadow. None where the shadow is the embedded engine. Fails where what is set is on no server.
 */
export const shadowPool = Effect.fn("Settings.shadowPool")(function*(
  settings: Settings
): Effect.fn.Return<Option.Option<Redacted.Redacted<string>>, SettingsError> {
  const { shadow_database_url: shadow, shadow_schema: schema } = settings
  if (shadow !== undefined) {
    if (isServer(shadow.value)) return Option.some(shadow.value)
    return yield* new SettingsError({
      reason: "no_shadow_server",
      detail: `${
        describeOrigin(shadow.origin)
      }: the shadow database is to be on a PostgreSQL server, and what is written there is not the URL of one`,
      next:
        "Write it as postgres://user:password@host:5432/database, or take it out: the shadow is the embedded engine then."
    })
  }
  if (schema === undefined) return Option.none()
  const url = yield* database(settings)
  if (isServer(url)) return Option.some(url)
  return yield* new SettingsError({
    reason: "no_shadow_server",
    detail: `${describeOrigin(schema.origin)}: the schema ${
      JSON.stringify(schema.value)
    } is to be the shadow, and the database${
      settings.database_url === undefined ? "" : ` (${describeOrigin(settings.database_url.origin)})`
    } is not on a PostgreSQL server`,
    next:
      "Take the schema out: the shadow is the embedded engine then. Or name a database on a server in SHADOW_DATABASE_URL."
  })
})

/** The folder of the schema's files. Fails where nothing names it and none is found. */
export const schemaPath = ({ file, schema_path }: Settings): Effect.Effect<string, SettingsError> =>
  schema_path === undefined
    ? Effect.fail(
      new SettingsError({
        reason: "no_schema_folder",
        detail: `no schema is named, and there is no folder ${schemaFolders.join(", ")}`,
        next: `Name the schema, or write schema_path = "FOLDER" into ${file ?? ConfigurationFile.fileName}.`
      })
    )
    : Effect.succeed(schema_path.value)

/** A database that plans are applied to, by the name that people know it by. */
export interface Target {
  readonly name: string
  readonly url: Redacted.Redacted<string>
}

/** The settings of every environment by its name, and the variables of the process, whichever environment those are for. */
const everywhere = Effect.fn("Settings.everywhere")(function*(start?: string) {
  const found = yield* ConfigurationFile.find(start)
  const environments = Object.keys(Option.getOrUndefined(found)?.configuration.environments ?? {})
  const all = yield* Effect.forEach(environments, (environment) => resolve({ environment, start }))
  return { all, variables: yield* readVariables }
})

/** The databases of all environments that have one, and the one of whoever names none. */
export const targets = Effect.fn("Settings.targets")(function*(
  start?: string
): Effect.fn.Return<ReadonlyArray<Target>, ConfigurationError | SettingsError, FileSystem.FileSystem | Path.Path> {
  const { all, variables } = yield* everywhere(start)
  const named = all.flatMap((settings) => {
    const { database_url, environment } = settings
    return database_url === undefined || environment === undefined
      ? []
      : [{ name: environment.value, url: withToken(database_url.value, settings) }]
  })
  const url = variables.get("DATABASE_URL") ?? (all.length === 0 ? defaultTarget : undefined)
  return [...named, ...(url === undefined ? [] : [{ name: "the target", url: Redacted.make(url) }])]
})

/** The schemas that environments lend as shadows. */
export const shadowSchemas = Effect.fn("Settings.shadowSchemas")(function*(
  start?: string
): Effect.fn.Return<ReadonlyArray<string>, ConfigurationError | SettingsError, FileSystem.FileSystem | Path.Path> {
  const { all, variables } = yield* everywhere(start)
  const named = all.flatMap(({ shadow_schema }) => shadow_schema?.value ?? [])
  return [...new Set([variables.get("SHADOW_SCHEMA") ?? [], named].flat())]
})

/** {@link Environments} of the project of the working folder. */
export const layer: Layer.Layer<Environments, never, FileSystem.FileSystem | Path.Path> = Layer.effect(
  Environments,
  Effect.map(Effect.context<FileSystem.FileSystem | Path.Path>(), (services) => ({
    database: (name: string) =>
      resolve({ environment: name, namedBy: `env:${name}` }).pipe(
        Effect.flatMap(database),
        Effect.provide(services),
        Effect.mapError((error) =>
          new SourceError({
            source: `env:${name}`,
            reason: "missing",
            ...(error._tag === "SettingsError"
              ? { detail: error.detail, next: error.next }
              : { detail: error.problems.join("\n"), next: "Correct what is listed and run the command again" })
          })
        )
      )
  }))
)
