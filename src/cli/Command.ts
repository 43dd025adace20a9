/** What every command that works with schemas needs around its work: the stages' services, and a report of its failure. */
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Path from "effect/Path"
import type * as Stdio from "effect/Stdio"
import type { DialectName } from "../Catalog.ts"
import type { CatalogCache } from "../CatalogCache.ts"
import type { ConfigurationError } from "../config/Configuration.ts"
import type * as Settings from "../config/Settings.ts"
import type { Dialect } from "../Dialect.ts"
import type { DatabaseError } from "../engine/DatabaseError.ts"
import type { Environments } from "../Environments.ts"
import * as Lockplane from "../Lockplane.ts"
import type { ReservedShadow } from "../ReservedShadow.ts"
import type { Shadow } from "../Shadow.ts"
import type { ShadowHost } from "../ShadowHost.ts"
import { type Ended, reporting, type Usage } from "./Failure.ts"
import { familyOf } from "./Family.ts"

/** The services of the stages. */
export type Stages = Dialect | Shadow | CatalogCache | Environments

/** What a command is about. */
export interface About {
  /** The schemas, databases and plan files that it names, as they are written. */
  readonly places?: ReadonlyArray<string | Option.Option<string>> | undefined
  /** Which settings name the database and the shadow. */
  readonly request?: Settings.Request | undefined
  /** What an interruption leaves behind. */
  readonly interrupted?: Effect.Effect<string> | undefined
}

type Platform = FileSystem.FileSystem | Path.Path | Stdio.Stdio

type Failure = ConfigurationError | Settings.SettingsError | DatabaseError

/** What borrows shadows from servers, and reads what is lent. */
type Lending = ShadowHost | ReservedShadow

/** The module of a family is loaded when a command is about that. */
const stagesOf = (
  family: DialectName,
  request: Settings.Request | undefined,
  places?: ReadonlyArray<string>
): Layer.Layer<Stages | Lending, Failure, Platform> =>
  Layer.unwrap(
    Effect.promise(async () =>
      family === "sqlite"
        ? Layer.provideMerge((await import("./SqliteShadow.ts")).layer(request, places), Lockplane.sqliteWithoutShadow)
        : Layer.provideMerge((await import("./PostgresShadow.ts")).layer(request, places), Lockplane.withoutShadow)
    )
  )

const stages = (
  places: ReadonlyArray<string>,
  request: Settings.Request | undefined
): Layer.Layer<Stages, Failure | Usage, Platform> =>
  Layer.unwrap(Effect.map(familyOf(places, request ?? {}), (family) => stagesOf(family, request, places)))

/** Runs the work of a command on the stages' services, for the family of databases that it is about. */
export const withStages = <A, E, R>(
  work: Effect.Effect<A, E, R>,
  { interrupted, places = [], request }: About = {}
): Effect.Effect<A, Ended, Exclude<R, Stages> | Platform> =>
  reporting(
    Effect.provide(
      work,
      stages(places.flatMap((place) => typeof place === "string" ? [place] : Option.toArray(place)), request)
    ),
    interrupted
  )

/** {@link withStages} for a family of databases that is known, with what borrows shadows of it. */
export const withFamily = <A, E, R>(
  family: DialectName,
  work: Effect.Effect<A, E, R>,
  request?: Settings.Request
): Effect.Effect<A, Ended, Exclude<R, Stages | Lending> | Platform> =>
  reporting(Effect.provide(work, stagesOf(family, request)))
