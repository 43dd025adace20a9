/** What every command that works with schemas needs around its work: the stages' services, and a report of its failure. */
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Path from "effect/Path"
import type * as Stdio from "effect/Stdio"
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
import * as ShadowChoice from "./ShadowChoice.ts"

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

const postgres = (request: Settings.Request | undefined) =>
  ShadowChoice.layer(request).pipe(Layer.provideMerge(Lockplane.withoutShadow))

const sqlite = (request: Settings.Request | undefined) =>
  Layer.merge(Lockplane.sqliteWithoutShadow, ShadowChoice.sqliteLayer(request))

type SettingsFailure = ConfigurationError | Settings.SettingsError

const stages = (
  places: ReadonlyArray<string>,
  request: Settings.Request | undefined
): Layer.Layer<Stages, SettingsFailure | DatabaseError | Usage, Platform> =>
  Layer.unwrap(
    Effect.map(
      familyOf(places, request ?? {}),
      (family): Layer.Layer<Stages, SettingsFailure | DatabaseError, Platform> =>
        family === "sqlite" ? sqlite(request) : postgres(request)
    )
  )

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

/** {@link withStages} for what borrows shadows of PostgreSQL from servers. */
export const withShadowHost = <A, E, R>(
  work: Effect.Effect<A, E, R>,
  request?: Settings.Request
): Effect.Effect<A, Ended, Exclude<R, Stages | ShadowHost | ReservedShadow> | Platform> =>
  reporting(Effect.provide(work, postgres(request)))

/** {@link withStages} for SQLite. */
export const withFiles = <A, E, R>(
  work: Effect.Effect<A, E, R>,
  request?: Settings.Request
): Effect.Effect<A, Ended, Exclude<R, Stages | ReservedShadow> | Platform> =>
  reporting(Effect.provide(work, sqlite(request)))
