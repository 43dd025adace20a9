/** The shadow that `lockplane init` is told of, and whether it can be one. */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Settings from "../config/Settings.ts"
import * as SqliteLocation from "../engine/SqliteLocation.ts"
import {
  type Database,
  describeDatabase,
  dialectOf,
  type Shadow as ShadowChoice,
  shadowUrl,
  sourceOf
} from "../init/Answers.ts"
import type * as Project from "../init/Project.ts"
import { refuseTarget, schemaProblem } from "../init/ShadowTest.ts"
import * as ShadowServer from "../postgres/ShadowServer.ts"
import { refuseTargets } from "../shadow/ShadowFile.ts"
import * as Source from "../Source.ts"
import * as LibsqlShadowServer from "../sqlite/ShadowServer.ts"
import { Refused, Usage } from "./Failure.ts"
import { databaseName } from "./InitDatabase.ts"
import { type Given, nothingWritten } from "./InitFlags.ts"

/** The shadow that flags name, for the database that was decided on. */
export const shadowFor = (
  { shadow }: Given,
  database: Database
): Effect.Effect<ShadowChoice | undefined, Usage> =>
  Effect.gen(function*() {
    if (shadow === undefined) return undefined
    const isSqlite = dialectOf(database) === "sqlite"
    if (shadow._tag === "Url") {
      if ((Source.dialectOf(Source.parse(Redacted.value(shadow.url))) === "sqlite") === isSqlite) {
        return { _tag: "Database", url: shadow.url } as const
      }
      return yield* new Usage({
        detail: `--shadow-db: the shadow is to be of the same family as ${describeDatabase(database)}`,
        next: isSqlite
          ? "Name a file such as shadow.db or a database such as libsql://host, or leave it out: plans are proven in memory then."
          : "Write it as postgres://user:password@host:5432/database, or leave it out: the shadow is the embedded PostgreSQL then."
      })
    }
    if (database._tag !== "Server") {
      return yield* new Usage({
        detail: `${describeDatabase(database)} has no server for a shadow`,
        next: isSqlite
          ? "Leave the shadow out: plans are proven in memory then. Or name a file with --shadow-db FILE."
          : "Leave the shadow out: it is the embedded PostgreSQL then. Or name one with --shadow-db URL."
      })
    }
    return shadow._tag === "Schema"
      ? shadow
      : { _tag: "Database", url: shadowUrl(database.url, yield* databaseName(database.url), shadow.port) } as const
  })

/** Fails where the shadow is what the environment, or another one of the project, works on. */
export const checkedShadow = Effect.fnUntraced(function*(
  project: Project.Project,
  { database, environment, managed, set, shadow }: {
    readonly environment: string
    readonly database: Database
    readonly shadow: ShadowChoice
    /** The shadow database that is set already. */
    readonly set: string | undefined
    readonly managed: ReadonlyArray<string> | undefined
  }
) {
  const problem = shadow._tag === "Schema" ? schemaProblem(shadow.schema, managed) : undefined
  if (problem !== undefined) return yield* new Refused({ detail: problem, next: nothingWritten })
  const url = shadow._tag === "Database"
    ? shadow.url
    : shadow._tag === "AsItIs" && set !== undefined
    ? Redacted.make(set)
    : undefined
  if (url === undefined) return
  const others = yield* Effect.orElseSucceed(Settings.targets(), () => [])
  const { _tag: sort } = Source.parse(Redacted.value(url))
  const targets = [
    { name: environment, url: sourceOf(database) },
    ...others.filter(({ name }) => name !== environment && project.environments.includes(name))
  ].filter(({ url }) => Source.parse(Redacted.value(url))._tag === sort)
    .map(({ name, url }) => ({ name: `the environment ${name}`, url }))
  const location = sort === "Sqlite" ? yield* SqliteLocation.parse(Redacted.value(url)) : undefined
  if (location?._tag === "File") yield* refuseTargets(location.path, targets)
  if (location !== undefined) return
  yield* Effect.provide(
    refuseTarget(url, targets),
    sort === "Libsql" ? LibsqlShadowServer.layer : ShadowServer.layer
  )
})
