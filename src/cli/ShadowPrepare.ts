/** Lending the shadow of a project: a database of a server, or a file. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Settings from "../config/Settings.ts"
import { databaseName, isLibsqlUrl, splitToken } from "../LibsqlUrl.ts"
import * as FilePrepare from "../shadow/FilePrepare.ts"
import { prepare } from "../shadow/Prepare.ts"
import { realPath } from "../shadow/ShadowFile.ts"
import { ShadowHost } from "../ShadowHost.ts"
import { startEmbedded } from "./EmbeddedShadowProcess.ts"
import { Usage } from "./Failure.ts"
import { say } from "./Output.ts"
import { holderFor, targetsOf } from "./ShadowChoice.ts"
import { hand, warn } from "./ShadowReport.ts"

/** How it is to be lent. */
export interface Lending {
  /** What was named to be emptied although it does not carry the mark. */
  readonly named: Option.Option<string>
  readonly minutes: number
  readonly force: boolean
}

/** Fails where a database or schema is named to be emptied that is not the one to be lent. */
const refuseNamed = Effect.fn("ShadowPrepare.refuseNamed")(function*(
  name: string,
  pool: Option.Option<Redacted.Redacted<string>>,
  schema: string | undefined,
  force: boolean
) {
  const usage = (detail: string, next: string) => new Usage({ detail, next })
  if (Option.isNone(pool)) {
    return yield* usage(
      `${name} is named to be emptied, but no shadow database is set`,
      "Leave the name out for the embedded PostgreSQL, or set SHADOW_DATABASE_URL."
    )
  }
  const host = yield* ShadowHost
  const lent = schema ?? (yield* host.nameIn(pool.value))
  if (lent !== undefined && name !== lent) {
    return yield* usage(
      `${name} is named to be emptied, but the shadow that is set is the ${
        schema === undefined ? "database" : "schema"
      } ${lent}`,
      `Correct the name, or SHADOW_DATABASE_URL${host.family === "PostgreSQL" ? ", or SHADOW_SCHEMA" : ""}.`
    )
  }
  if (!force) {
    return yield* usage(
      `${name} is named to be emptied, which --force alone does`,
      "Leave the name out, or add --force."
    )
  }
  const { mayMake } = yield* Effect.scoped(host.gate(pool.value))
  if (schema === undefined && mayMake) {
    return yield* usage(
      `${name} is named to be emptied, but its user may make databases: one of its own is lent, and ${name} stays as it is`,
      "Leave the name out."
    )
  }
})

/** Where the token of a libSQL server is set, as people read it; undefined where none is. */
const tokenFrom = (
  { auth_token, shadow_database_url: set }: Settings.Settings,
  pool: Redacted.Redacted<string>
): string | undefined => {
  if (set !== undefined && splitToken(Redacted.value(set.value)).token !== undefined) {
    return splitToken(Redacted.value(pool)).token === ""
      ? undefined
      : `${Settings.describeOrigin(set.origin)} (authToken)`
  }
  return auth_token === undefined ? undefined : `${Settings.describeOrigin(auth_token.origin)} (LIBSQL_AUTH_TOKEN)`
}

/** Takes the database of a server for the project of the settings; the embedded PostgreSQL where there is none. */
export const prepareOnServer = Effect.fn("ShadowPrepare.prepareOnServer")(function*(
  settings: Settings.Settings,
  pool: Option.Option<Redacted.Redacted<string>>,
  { force, minutes, named }: Lending
) {
  const { family } = yield* ShadowHost
  const schema = family === "libSQL" ? undefined : settings.shadow_schema?.value
  const name = Option.map(named, (text) => isLibsqlUrl(text) ? databaseName(text) : text)
  if (Option.isSome(name)) yield* refuseNamed(name.value, pool, schema, force)
  const { lease, setAside, takenFrom } = yield* prepare({
    project: settings.folder,
    environment: settings.environment?.value,
    pool,
    schema,
    startEmbedded: startEmbedded(settings.folder),
    holder: yield* holderFor(settings.folder),
    minutes,
    targets: yield* targetsOf(settings, family === "libSQL" ? "Libsql" : "Server"),
    force,
    named: Option.getOrUndefined(name)
  })
  yield* warn({ setAside, takenFrom })
  if (lease.shadow_schema !== undefined) {
    yield* say(
      `warning: only the search_path of the URL leads to the schema ${lease.shadow_schema}. A tool that names schemas itself, as Drizzle and Prisma do, writes past it, into the database that it is in.`
    )
  }
  yield* hand(lease, family === "libSQL" && Option.isSome(pool) ? tokenFrom(settings, pool.value) : undefined)
})

/** Takes a SQLite file for the project of the settings: the one that is set, else one of the project's own. */
export const prepareFile = Effect.fn("ShadowPrepare.prepareFile")(function*(
  settings: Settings.Settings,
  file: Option.Option<string>,
  { force, minutes, named }: Lending
) {
  if (Option.isSome(named)) {
    const path = yield* realPath(named.value)
    const isIt = Option.exists(file, (one) => one === path)
    if (!isIt || !force) {
      return yield* new Usage({
        detail: isIt
          ? `${named.value} is named to be emptied, which --force alone does`
          : `${named.value} is named to be emptied, but the shadow that is set is ${
            Option.getOrElse(file, () => "no file")
          }`,
        next: isIt ? "Leave the name out, or add --force." : "Correct the name, or SHADOW_DATABASE_URL."
      })
    }
  }
  const { lease, setAside, takenFrom } = yield* FilePrepare.prepare({
    project: settings.folder,
    environment: settings.environment?.value,
    file,
    holder: yield* holderFor(settings.folder),
    minutes,
    targets: yield* targetsOf(settings, "Sqlite"),
    force,
    named: Option.isSome(named)
  })
  yield* warn({ setAside, takenFrom })
  yield* hand(lease)
})
