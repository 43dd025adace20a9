/** Which shadow commands about PostgreSQL work with: as the settings say, else the embedded engine. */
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
import * as EmbeddedShadow from "../postgres/EmbeddedShadow.ts"
import * as ShadowServer from "../postgres/ShadowServer.ts"
import type { ReservedShadow } from "../ReservedShadow.ts"
import type { Shadow } from "../Shadow.ts"
import * as Checkout from "../shadow/Checkout.ts"
import * as ReservedCatalog from "../shadow/ReservedCatalog.ts"
import type { ShadowHost } from "../ShadowHost.ts"
import { holderFor, targetsOf, telling } from "./ShadowChoice.ts"

/**
 * The shadow for proofs. A schema that is lent is for other tools: a plan names its own schemas, so that it is proven on the
 * embedded engine. So is one whose only shadow database the project has lent to another tool.
 */
const shadow = (
  request: Settings.Request,
  places: ReadonlyArray<string>
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
      return Layer.provide(
        telling("The shadow database is lent to another tool; what needs one works with the embedded engine."),
        EmbeddedShadow.layer
      )
    }
    const [holder, targets] = [yield* holderFor(settings.folder), yield* targetsOf(settings, "Server", places)]
    const ServerShadow = yield* Effect.promise(() => import("../shadow/ServerShadow.ts"))
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

/** Shadows of PostgreSQL, by what the settings for a request say; `places` are what the command names beside them. */
export const layer = (
  request: Settings.Request = {},
  places: ReadonlyArray<string> = []
): Layer.Layer<
  Shadow | ShadowHost | ReservedShadow,
  ConfigurationError | Settings.SettingsError,
  Dialect | FileSystem.FileSystem | Path.Path | Stdio.Stdio
> => Layer.merge(shadow(request, places), reserved).pipe(Layer.provideMerge(ShadowServer.layer))
