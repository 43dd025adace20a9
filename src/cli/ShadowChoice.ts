/** Which shadow commands work with: as the settings say, else the embedded engine. */
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
import type { Dialect } from "../Dialect.ts"
import { whoami } from "../engine/Whoami.ts"
import * as EmbeddedShadow from "../postgres/EmbeddedShadow.ts"
import * as ShadowServer from "../postgres/ShadowServer.ts"
import type { ReservedShadow } from "../ReservedShadow.ts"
import { Shadow, type ShadowNeeds } from "../Shadow.ts"
import * as Checkout from "../shadow/Checkout.ts"
import type { Holder } from "../shadow/Reservation.ts"
import type { Target } from "../shadow/Reservations.ts"
import * as ReservedCatalog from "../shadow/ReservedCatalog.ts"
import * as ServerShadow from "../shadow/ServerShadow.ts"
import type { ShadowHost } from "../ShadowHost.ts"
import * as Source from "../Source.ts"
import { text } from "./flags.ts"
import { say } from "./Output.ts"
import { type ScopeFlags, selection } from "./Scope.ts"

/** The flags that say which shadow there is. */
export const shadowFlags = {
  shadowDb: text(
    "shadow-db",
    "URL",
    "The shadow database, of a server (default: SHADOW_DATABASE_URL, else that of the environment, else the embedded PostgreSQL)"
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
      database_url: flag("--target", Option.filter(target, (text) => Source.parse(text)._tag === "Server")),
      shadow_database_url: flag("--shadow-db", shadowDb),
      shadow_schema: flag("--shadow-schema", shadowSchema)
    }
  }
}

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

/** The databases that are never shadows, with what is managed in them. */
export const targetsOf = Effect.fn("ShadowChoice.targetsOf")(function*(
  settings: Settings.Settings
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
    ...(named === undefined ? [] : [{ name: "the target", url: named, schemas }])
  ].filter(({ url }) => /^postgres(ql)?:/i.test(Redacted.value(url)))
})

/**
 * The shadow for proofs. A schema that is lent is for other tools: a plan names its own schemas, so that it is proven on the
 * embedded engine. So is one whose only shadow database the project has lent to another tool.
 */
const shadow = (
  request: Settings.Request
): Layer.Layer<
  Shadow,
  ConfigurationError | Settings.SettingsError,
  Dialect | ShadowHost | FileSystem.FileSystem | Path.Path | Stdio.Stdio
> =>
  Layer.unwrap(Effect.gen(function*(): Effect.fn.Return<
    Layer.Layer<Shadow, never, Dialect | ShadowHost | FileSystem.FileSystem | Path.Path | Stdio.Stdio>,
    ConfigurationError | Settings.SettingsError,
    FileSystem.FileSystem | Path.Path | Stdio.Stdio
  > {
    const settings = yield* Settings.resolve(request)
    if (settings.shadow_schema !== undefined) return EmbeddedShadow.layer
    const pool = Option.getOrUndefined(yield* Settings.shadowPool(settings))
    if (pool === undefined) return EmbeddedShadow.layer
    const lease = yield* Effect.orElseSucceed(Checkout.find(settings.folder), () => Option.none<Checkout.Lease>())
    const isLent = Option.exists(lease, ({ made, pool_url }) => !made && pool_url === Redacted.value(pool))
    if (isLent) {
      const told = yield* Effect.cached(
        say("The shadow database is lent to another tool; what needs one works with the embedded engine.")
      )
      return Layer.effect(
        Shadow,
        Effect.map(Effect.all([Shadow, Effect.context<Stdio.Stdio>()]), ([shadow, services]) => ({
          ...shadow,
          reserve: (needs: ShadowNeeds) => Effect.andThen(Effect.provide(told, services), shadow.reserve(needs))
        }))
      ).pipe(Layer.provide(EmbeddedShadow.layer))
    }
    const [holder, targets] = [yield* holderFor(settings.folder), yield* targetsOf(settings)]
    return ServerShadow.layer({ pool, holder, targets })
  }))

/** The shadow that the project holds, as a schema. */
const reserved: Layer.Layer<ReservedShadow, never, ShadowHost | FileSystem.FileSystem | Path.Path> = Layer.unwrap(
  Settings.resolve().pipe(
    Effect.map(({ folder }) => folder),
    Effect.orElseSucceed(() => "."),
    Effect.map(ReservedCatalog.layer)
  )
)

/** Shadows of all sorts, by what the settings for a request say. */
export const layer = (
  request: Settings.Request = {}
): Layer.Layer<
  Shadow | ShadowHost | ReservedShadow,
  ConfigurationError | Settings.SettingsError,
  Dialect | FileSystem.FileSystem | Path.Path | Stdio.Stdio
> => Layer.merge(shadow(request), reserved).pipe(Layer.provideMerge(ShadowServer.layer))
