/** `lockplane config` */
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Settings from "../config/Settings.ts"
import { redactUrl } from "../engine/ConnectionUrl.ts"
import { reporting } from "./Failure.ts"
import { targetEnvironment, textOrJson } from "./flags.ts"
import { data, json } from "./Output.ts"
import { settings } from "./Settings.ts"

const masked = "••••"

/** A setting as it is shown; null where nothing sets it. */
interface Shown {
  readonly value: string | ReadonlyArray<string> | null
  readonly origin: string | null
}

const shown = <A>(
  setting: Settings.Setting<A> | undefined,
  show: (value: A) => string | ReadonlyArray<string>
): Shown =>
  setting === undefined
    ? { value: null, origin: null }
    : { value: show(setting.value), origin: Settings.describeOrigin(setting.origin) }

const url = (value: Redacted.Redacted<string>): string => redactUrl(Redacted.value(value))

const asIs = <A extends string | ReadonlyArray<string>>(value: A): A => value

/** All settings by their names, without a secret. */
const settingsShown = (settings: Settings.Settings): Readonly<Record<string, Shown>> => ({
  environment: shown(settings.environment, asIs),
  database_url: shown(settings.database_url, url),
  shadow_database_url: shown(settings.shadow_database_url, url),
  shadow_schema: shown(settings.shadow_schema, asIs),
  auth_token: shown(settings.auth_token, () => masked),
  schema_path: shown(settings.schema_path, asIs),
  dialect: shown(settings.dialect, asIs),
  schemas: shown(settings.schemas, asIs),
  include: shown(settings.include, asIs),
  exclude: shown(settings.exclude, asIs)
})

/** What holds where nothing is set. */
const unset = ({ dialect }: Settings.Settings): Readonly<Record<string, string>> => ({
  environment: "none",
  shadow_database_url: dialect.value === "sqlite" ? "in memory" : "the embedded engine",
  schemas: "everything is managed"
})

const table = (rows: ReadonlyArray<ReadonlyArray<string>>): ReadonlyArray<string> => {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ").trimEnd())
}

const text = (settings: Settings.Settings): string => {
  const { configuration, environment, environments, file, folder } = settings
  const left = unset(settings)
  return [
    file === undefined ? `No ${Settings.configurationFile}; the folder is ${folder}` : `${file} in ${folder}`,
    "",
    ...table(
      Object.entries(settingsShown(settings)).map(([name, { origin, value }]) =>
        value === null
          ? [name, left[name] === undefined ? "-" : `(${left[name]})`, ""]
          : [name, typeof value === "string" ? value : value.join(", "), origin ?? ""]
      )
    ),
    "",
    ...(environments.length === 0 ? ["No environments"] : [
      "Environments (* is in force):",
      ...table(
        environments.map((name) => [
          `${name === environment?.value ? "*" : " "} ${name}`,
          configuration.environments?.[name]?.description ?? ""
        ])
      )
    ])
  ].join("\n")
}

/** Prints what is in force and where it comes from. */
export const configCommand = Command.make("config", { targetEnvironment, format: textOrJson }, (
  { format, targetEnvironment }
) =>
  reporting(Effect.gen(function*() {
    const inForce = yield* settings({
      environment: Option.getOrUndefined(targetEnvironment),
      namedBy: "--target-environment"
    })
    const { configuration, environments, file, folder } = inForce
    yield* format === "text" ? data(text(inForce)) : json({
      folder,
      file: file ?? null,
      settings: settingsShown(inForce),
      environments: environments.map((name) => ({
        name,
        description: configuration.environments?.[name]?.description ?? null
      }))
    })
  }))).pipe(
    Command.withDescription(
      "Print the settings that are in force and where each comes from: a variable of the process (DATABASE_URL, SHADOW_DATABASE_URL, SHADOW_SCHEMA, LIBSQL_AUTH_TOKEN, LOCKPLANE_ENVIRONMENT, LOCKPLANE_SCHEMA_DIR), .env.NAME, lockplane.toml, or a default. Secrets are not shown"
    ),
    Command.withExamples([
      { command: "lockplane config" },
      { command: "lockplane config --target-environment production --format json", description: "For a program" }
    ])
  )
