/** Which shadow commands work with, as flags and settings say, and what it must not be. */
import type * as Command from "effect/cli/Command"
import type * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Path from "effect/Path"
import * as Redacted from "effect/Redacted"
import type * as Stdio from "effect/Stdio"
import type { ConfigurationError } from "../config/Configuration.ts"
import * as Settings from "../config/Settings.ts"
import { redactUrl } from "../engine/ConnectionUrl.ts"
import { whoami } from "../engine/Whoami.ts"
import { Shadow, type ShadowNeeds } from "../Shadow.ts"
import * as Checkout from "../shadow/Checkout.ts"
import type { Holder } from "../shadow/Reservation.ts"
import type { Target } from "../shadow/Reservations.ts"
import * as Source from "../Source.ts"
import { text } from "./flags.ts"
import { say } from "./Output.ts"
import { type ScopeFlags, selection } from "./Scope.ts"

/** The flags that say which shadow there is. */
export const shadowFlags = {
  shadowDb: text(
    "shadow-db",
    "URL",
    "The shadow database: of a PostgreSQL or libSQL server, or a SQLite file (default: SHADOW_DATABASE_URL, else that of the environment, else the embedded PostgreSQL, or SQLite in memory)"
  ),
  shadowSchema: text("shadow-schema", "SCHEMA", "The schema that is lent as shadow (default: SHADOW_SCHEMA)")
} satisfies Record<string, Flag.Flag<unknown>>

/** What says which shadow a command works with, and which database it must not be. */
export interface ShadowChoice extends Command.Command.Config.Infer<typeof shadowFlags> {
  readonly environment: Option.Option<string>
  /** The flag that named the environment. */
  readonly namedBy: string
  /** What was named as the database to work on. */
  readonly target: Option.Option<string>
}

/** The settings to ask for. */
export const shadowRequest = (
  { environment, namedBy, shadowDb, shadowSchema, target }: ShadowChoice
): Settings.Request => {
  const flag = (name: string, given: Option.Option<string>) =>
    Option.getOrUndefined(Option.map(given, (value) => ({ flag: name, value })))
  return {
    environment: Option.getOrUndefined(environment),
    namedBy,
    flags: {
      database_url: flag(
        "--target",
        Option.filter(target, (text) => ["Server", "Sqlite", "Libsql"].includes(Source.parse(text)._tag))
      ),
      shadow_database_url: flag("--shadow-db", shadowDb),
      shadow_schema: flag("--shadow-schema", shadowSchema)
    }
  }
}

/** {@link shadowRequest} of a command that works on a target. */
export const targetRequest = (
  { targetEnvironment, ...choice }: Pick<ShadowChoice, "shadowDb" | "shadowSchema" | "target"> & {
    readonly targetEnvironment: ShadowChoice["environment"]
  }
): Settings.Request => shadowRequest({ ...choice, environment: targetEnvironment, namedBy: "--target-environment" })

/**
 * What is managed where these schemas are compared. A schema that is lent alone stands for `public`, and nothing else is said
 * there of the database that it is in.
 */
export const selectionFor = Effect.fn("ShadowChoice.selectionFor")(function*(
  sources: ReadonlyArray<string>,
  flags: ScopeFlags
) {
  const chosen = yield* selection(flags)
  if (chosen.schemas !== undefined || !sources.some((text) => Source.parse(text)._tag === "ReservedShadow")) {
    return chosen
  }
  const { folder } = yield* Settings.resolve()
  const lease = yield* Checkout.find(folder)
  return Option.exists(lease, ({ shadow_schema }) => shadow_schema !== undefined)
    ? { ...chosen, schemas: ["public"] }
    : chosen
})

/** Warns where a SOURCE is the shadow, and that was prepared for another environment than the one of these settings. */
export const warnOfEnvironment = Effect.fn("ShadowChoice.warnOfEnvironment")(function*(
  source: string,
  request: Settings.Request
) {
  if (Source.parse(source)._tag !== "ReservedShadow") return
  const { environment, folder } = yield* Settings.resolve(request)
  const lease = Option.getOrUndefined(yield* Effect.orElseSucceed(Checkout.find(folder), () => Option.none()))
  if (lease?.environment !== undefined && environment !== undefined && lease.environment !== environment.value) {
    yield* say(
      `warning: the shadow was prepared for the environment ${lease.environment}, and this is for ${environment.value}.`
    )
  }
})

/** This process, as somebody who holds a shadow for a project. */
export const holderFor = (project: string): Effect.Effect<Holder> =>
  Effect.map(whoami, (who) => ({ ...who, checkout: project }))

/**
 * The databases that are never shadows, of the sort of the shadow, with what is managed in them. `places` are what a command
 * names beside the settings.
 */
export const targetsOf = Effect.fn("ShadowChoice.targetsOf")(function*(
  settings: Settings.Settings,
  sort: "Server" | "Sqlite" | "Libsql",
  places: ReadonlyArray<string> = []
): Effect.fn.Return<
  ReadonlyArray<Target>,
  ConfigurationError | Settings.SettingsError,
  FileSystem.FileSystem | Path.Path
> {
  const schemas = settings.schemas?.value
  const known = yield* Settings.targets()
  const named = settings.database_url?.value
  return [
    ...known.map(({ name, url }) => ({
      name: settings.environments.includes(name) ? `the environment ${name}` : name,
      url,
      schemas
    })),
    ...(named === undefined ? [] : [{ name: "the target", url: Settings.withToken(named, settings), schemas }]),
    ...places.map((place) => ({ name: `what is named ${redactUrl(place)}`, url: Redacted.make(place), schemas }))
  ].filter(({ url }, index, all) =>
    Source.parse(Redacted.value(url))._tag === sort &&
    all.findIndex((other) => Redacted.value(other.url) === Redacted.value(url)) === index
  )
})

/** A shadow as it is, which says something when it is first used. */
export const telling = (what: string): Layer.Layer<Shadow, never, Shadow | Stdio.Stdio> =>
  Layer.effect(
    Shadow,
    Effect.gen(function*() {
      const shadow = yield* Shadow
      const told = yield* Effect.cached(Effect.provide(say(what), yield* Effect.context<Stdio.Stdio>()))
      return { ...shadow, reserve: (needs: ShadowNeeds) => Effect.andThen(told, shadow.reserve(needs)) }
    })
  )
