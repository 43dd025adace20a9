/** What commands work on where it is not named by its place: the settings, and the schemas that they name. */
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import type * as Path from "effect/Path"
import * as Redacted from "effect/Redacted"
import type * as Stdio from "effect/Stdio"
import type { ConfigurationError } from "../config/Configuration.ts"
import * as Settings from "../config/Settings.ts"
import * as Source from "../Source.ts"
import { Usage } from "./Failure.ts"
import { say } from "./Output.ts"

/** What reading settings can need and fail with. */
export type Setting<A> = Effect.Effect<
  A,
  ConfigurationError | Settings.SettingsError | Usage,
  FileSystem.FileSystem | Path.Path | Stdio.Stdio
>

/** What is in force; what people should know of it is told. */
export const settings = (request: Settings.Request = {}): Setting<Settings.Settings> =>
  Effect.tap(
    Settings.resolve(request),
    ({ warnings }) => Effect.forEach(warnings, (warning) => say(`warning: ${warning}`), { discard: true })
  )

const databaseOf = (settings: Settings.Settings): Setting<string> =>
  Effect.map(Settings.database(settings), Redacted.value)

/** The environment that a SOURCE names. */
const environmentIn = (text: string): Option.Option<string> => {
  const source = Source.parse(text)
  return source._tag === "Environment" ? Option.some(source.name) : Option.none()
}

/** Environments that flags name, as SOURCEs. */
export const environmentPlaces = (
  ...environments: ReadonlyArray<Option.Option<string>>
): ReadonlyArray<Option.Option<string>> => environments.map(Option.map((name) => `env:${name}`))

/** A SOURCE by its place: `env:NAME` is the URL of that environment's database. */
export const placeOf = (text: string): Setting<string> =>
  Option.match(environmentIn(text), {
    onNone: () => Effect.succeed(text),
    onSome: (environment) => Effect.flatMap(settings({ environment, namedBy: text }), databaseOf)
  })

/** {@link placeOf} of what may be left out. */
export const placeOfOption = (text: Option.Option<string>): Setting<Option.Option<string>> =>
  Option.match(text, {
    onNone: () => Effect.succeed(Option.none()),
    onSome: (source) => Effect.map(placeOf(source), Option.some)
  })

/** The URL of the database to work on: as given, else that of the environment, which may be left out too. */
export const targetUrl = (
  given: Option.Option<string>,
  environment: Option.Option<string> = Option.none()
): Setting<string> =>
  Effect.gen(function*() {
    const url = yield* placeOfOption(given)
    if (Option.isSome(url) && Option.isNone(environment)) return url.value
    const inForce = yield* settings({
      environment: Option.getOrUndefined(environment),
      namedBy: "--target-environment",
      flags: { database_url: Option.getOrUndefined(Option.map(url, (value) => ({ flag: "--target", value }))) }
    })
    return yield* databaseOf(inForce)
  })

const onlyOne = (
  source: Option.Option<string>,
  environment: Option.Option<string>,
  flag: "from" | "to"
): Effect.Effect<void, Usage> =>
  Option.isSome(source) && Option.isSome(environment)
    ? Effect.fail(
      new Usage({
        detail: `two schemas are named by --${flag} and --${flag}-environment`,
        next: "Leave out one of them."
      })
    )
    : Effect.void

/** The database of an environment that a flag names. */
const databaseOfFlag = (environment: string, flag: string): Setting<string> =>
  Effect.flatMap(settings({ environment, namedBy: flag }), databaseOf)

/** The SOURCE of `--from`, else the database of `--from-environment`; none where neither is named. */
export const sourceFrom = (
  from: Option.Option<string>,
  fromEnvironment: Option.Option<string>
): Setting<Option.Option<string>> =>
  Effect.andThen(
    onlyOne(from, fromEnvironment, "from"),
    Option.isNone(fromEnvironment)
      ? placeOfOption(from)
      : Effect.map(databaseOfFlag(fromEnvironment.value, "--from-environment"), Option.some)
  )

/** The two schemas of a plan, as far as flags name them. */
export interface PlanFlags {
  readonly from: Option.Option<string>
  readonly fromEnvironment: Option.Option<string>
  readonly to: Option.Option<string>
  readonly toEnvironment: Option.Option<string>
  /** The environment that the plan is for: that of `from`, in other words. */
  readonly targetEnvironment: Option.Option<string>
}

/** The flags as they are meant: what is wanted comes from the shadow, whichever flag names it. */
const meant = (flags: PlanFlags): Effect.Effect<Omit<PlanFlags, "targetEnvironment">, Usage> => {
  const { from, fromEnvironment, targetEnvironment, to, toEnvironment } = flags
  const isShadow = (text: string): boolean => Source.parse(text)._tag === "ReservedShadow"
  const usage = (detail: string, next: string) => Effect.fail(new Usage({ detail, next }))
  if (Option.exists(from, isShadow)) {
    return Option.isSome(to) || Option.isSome(toEnvironment)
      ? usage(
        "a plan leads to the shadow, not from it",
        "Write lockplane plan --from env:NAME --to shadow, or lockplane plan --from shadow --target-environment NAME."
      )
      : Effect.succeed({
        from: Option.none(),
        fromEnvironment: Option.orElse(fromEnvironment, () => targetEnvironment),
        to: from,
        toEnvironment
      })
  }
  if (Option.isSome(targetEnvironment) && (Option.isSome(from) || Option.isSome(fromEnvironment))) {
    return usage(
      "--target-environment names the database that the plan leads from, and so does --from",
      "Leave out one of them."
    )
  }
  return Effect.succeed({
    from,
    fromEnvironment: Option.orElse(fromEnvironment, () => targetEnvironment),
    to,
    toEnvironment
  })
}

/** The environment whose shadow a plan is proven on; none where the flags contradict each other, which {@link planSources} tells. */
export const planEnvironment = (
  { from, fromEnvironment, targetEnvironment }: Pick<PlanFlags, "from" | "fromEnvironment" | "targetEnvironment">
): Option.Option<string> => {
  const named = Option.orElse(fromEnvironment, () => targetEnvironment)
  const isOther = Option.exists(from, (text) => Source.parse(text)._tag !== "ReservedShadow")
  return isOther ? Option.flatMap(from, environmentIn) : named
}

/**
 * The two schemas of a plan. Where they are not named, it leads from the database of the environment to the folder of its schema's
 * files.
 */
export const planSources = (
  flags: PlanFlags
): Setting<{ readonly from: string; readonly to: string }> =>
  Effect.gen(function*() {
    const { from, fromEnvironment, to, toEnvironment } = yield* meant(flags)
    yield* onlyOne(from, fromEnvironment, "from")
    yield* onlyOne(to, toEnvironment, "to")
    const environment = Option.orElse(fromEnvironment, () => Option.flatMap(from, environmentIn))
    const inForce = yield* Effect.cached(settings({
      environment: Option.getOrUndefined(environment),
      namedBy: Option.isSome(fromEnvironment) ? "--from-environment" : Option.getOrUndefined(from)
    }))
    const wanted = Option.isSome(to)
      ? yield* placeOf(to.value)
      : Option.isSome(toEnvironment)
      ? yield* databaseOfFlag(toEnvironment.value, "--to-environment")
      : yield* Effect.flatMap(inForce, Settings.schemaPath)
    const isNamed = Option.isSome(from) && Option.isNone(environment)
    return { from: isNamed ? from.value : yield* Effect.flatMap(inForce, databaseOf), to: wanted }
  })
