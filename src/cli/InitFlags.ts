/** What the flags of `lockplane init` say, as far as they say anything. */
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { defaultTarget } from "../config/Precedence.ts"
import { redactUrl } from "../engine/ConnectionUrl.ts"
import { type Database, serverUrl, writable } from "../init/Answers.ts"
import * as Source from "../Source.ts"
import { Usage } from "./Failure.ts"
import { text, toggle } from "./flags.ts"

const port = (name: string, description: string) =>
  Flag.Int(name).pipe(
    Flag.withMetavar("PORT"),
    Flag.filter((number) => number >= 1 && number <= 65535, (number) => `${number} is no port: 1 to 65535`),
    Flag.withDescription(description),
    Flag.optional
  )

/** What people are told where it ends early. */
export const nothingWritten = "Nothing was written."

/** The flags. */
export const initFlags = {
  yes: toggle("yes", "Ask nothing: take the flags, and the default where there is none"),
  environment: text("env-name", "NAME", "The environment to add or to change (default: local)"),
  description: text("description", "TEXT", "What the environment is"),
  dbType: Flag.Literals("db-type", ["postgres", "sqlite", "libsql"]).pipe(
    Flag.withDescription("The kind of database (default: by the other flags; without any, an embedded PostgreSQL)"),
    Flag.optional
  ),
  connectionString: text(
    "connection-string",
    "URL",
    "The database: a postgres:// URL, pglite:DIR, a SQLite file, or a libsql:// URL"
  ),
  host: text("host", "HOST", "The server's host, or the folder of its socket (default: localhost)"),
  port: port("port", "The server's port (default: 5432)"),
  database: text("database", "NAME", "The database on the server (default: postgres)"),
  user: text("user", "NAME", "The user (default: postgres)"),
  password: text("password", "PASSWORD", "The user's password; goes to .env.NAME alone"),
  sslMode: Flag.Literals("ssl-mode", ["disable", "prefer", "require", "verify-ca", "verify-full"]).pipe(
    Flag.withDescription("Encryption of the connection (default: prefer)"),
    Flag.optional
  ),
  shadowDbPort: port("shadow-db-port", "Use the database NAME_shadow on this port of the host as shadow"),
  shadowDb: text("shadow-db", "URL", "Use this database as shadow; it is emptied (default: the embedded engine)"),
  shadowSchema: text("shadow-schema", "SCHEMA", "Use this schema of the database as shadow; it is emptied"),
  filePath: text("file-path", "FILE", "The file of a SQLite database"),
  url: text("url", "URL", "A libSQL server, such as libsql://shop.turso.io"),
  authToken: text("auth-token", "TOKEN", "The token for the libSQL server; goes to .env.NAME alone"),
  schemaPath: text("schema-path", "DIR", "The folder of the schema's files (default: schema)"),
  supabase: toggle(
    "supabase",
    "Defaults for a Supabase project: its local database, supabase/schema, the schema public, a schema as shadow"
  )
}

/** The flags as they come in. */
export type InitFlags = {
  readonly [Key in keyof typeof initFlags]: (typeof initFlags)[Key] extends Flag.Flag<infer A> ? A : never
}

/** What was said; what is undefined was not. */
export interface Given {
  readonly environment: string | undefined
  readonly description: string | undefined
  readonly type: "postgres" | "sqlite" | "libsql" | undefined
  readonly database: Database | undefined
  readonly shadow:
    | { readonly _tag: "Port"; readonly port: number }
    | { readonly _tag: "Url"; readonly url: Redacted.Redacted<string> }
    | { readonly _tag: "Schema"; readonly schema: string }
    | undefined
  readonly schemaPath: string | undefined
  readonly schemas: ReadonlyArray<string> | undefined
}

/** The schema that is the shadow where none is named. */
export const shadowSchemaName = "lockplane_shadow"

/** The database that the Supabase command line starts on the own machine. */
export const supabaseTarget = "postgres://postgres:postgres@127.0.0.1:54322/postgres?sslmode=disable"

/** A database by its URL. Fails for what is none, or keeps nothing. */
export const databaseOf = (url: string): Effect.Effect<Database, Usage> => {
  const source = Source.parse(writable(url))
  switch (source._tag) {
    case "Server":
      return Effect.succeed({ _tag: "Server", url: source.url })
    case "Embedded":
      return source.directory === undefined
        ? Effect.fail(
          new Usage({
            detail: "an embedded PostgreSQL in memory keeps nothing",
            next: "Name the folder that it is kept in, such as pglite:.lockplane/db/local"
          })
        )
        : Effect.succeed({ _tag: "Embedded", directory: source.directory })
    case "Sqlite":
      return Effect.succeed({ _tag: "Sqlite", path: source.location.replace(/^sqlite:\/\//, "") })
    case "Libsql":
      return Effect.succeed({ _tag: "Libsql", url: source.url })
    default:
      return Effect.fail(
        new Usage({
          detail: `${redactUrl(url)} is not the URL of a database`,
          next: "Write it as postgres://user:password@host:5432/database, pglite:DIR, app.db or libsql://HOST."
        })
      )
  }
}

/** Reads the flags. Fails where they contradict each other. */
export const given = (flags: InitFlags): Effect.Effect<Given, Usage> =>
  Effect.gen(function*() {
    const isGiven = (names: ReadonlyArray<keyof InitFlags>): ReadonlyArray<string> =>
      names.flatMap((name) => {
        const flag = flags[name]
        return typeof flag === "object" && Option.isSome<unknown>(flag) ? spelled[name] ?? name : []
      })
    const parts = isGiven(["host", "port", "database", "user", "password", "sslMode"])
    const ways = [
      ...isGiven(["connectionString"]),
      ...parts.slice(0, 1),
      ...isGiven(["filePath"]),
      ...isGiven(["url", "authToken"]).slice(0, 1)
    ]
    if (ways.length > 1) {
      return yield* new Usage({
        detail: `${ways.map((way) => `--${way}`).join(" and ")} name different databases`,
        next: "Name one, in one way: lockplane init --connection-string postgres://app@localhost/shop"
      })
    }
    const shadows = isGiven(["shadowDbPort", "shadowDb", "shadowSchema"])
    if (shadows.length > 1) {
      return yield* new Usage({
        detail: `${shadows.map((way) => `--${way}`).join(" and ")} name different shadows`,
        next: "Name one of them."
      })
    }
    const type = Option.getOrUndefined(flags.dbType)
    const database = yield* databaseIn(flags, type, parts.length > 0)
    const found = database === undefined ? undefined : typeOf(database)
    if (type !== undefined && found !== undefined && type !== found) {
      return yield* new Usage({
        detail: `--db-type is ${type}, but --${ways[0] ?? "supabase"} is for ${found}`,
        next: "Leave --db-type out, or name a database of that kind."
      })
    }
    const value = (flag: Option.Option<string>): string | undefined => Option.getOrUndefined(flag)
    return {
      environment: value(flags.environment),
      description: value(flags.description),
      type: type ?? found,
      database,
      shadow: yield* shadowIn(flags),
      schemaPath: value(flags.schemaPath) ?? (flags.supabase ? "supabase/schema" : undefined),
      schemas: flags.supabase ? ["public"] : undefined
    }
  })

const spelled: Partial<Readonly<Record<keyof InitFlags, string>>> = {
  connectionString: "connection-string",
  sslMode: "ssl-mode",
  filePath: "file-path",
  authToken: "auth-token",
  shadowDbPort: "shadow-db-port",
  shadowDb: "shadow-db",
  shadowSchema: "shadow-schema"
}

const typeOf = ({ _tag }: Database): "postgres" | "sqlite" | "libsql" =>
  _tag === "Sqlite" ? "sqlite" : _tag === "Libsql" ? "libsql" : "postgres"

const databaseIn = (
  flags: InitFlags,
  type: "postgres" | "sqlite" | "libsql" | undefined,
  hasParts: boolean
): Effect.Effect<Database | undefined, Usage> => {
  if (Option.isSome(flags.connectionString)) return databaseOf(flags.connectionString.value)
  if (Option.isSome(flags.filePath)) return Effect.succeed({ _tag: "Sqlite", path: flags.filePath.value })
  if (Option.isSome(flags.url)) {
    if (Source.parse(flags.url.value)._tag !== "Libsql") {
      return Effect.fail(
        new Usage({
          detail: `${redactUrl(flags.url.value)} is not the URL of a libSQL server`,
          next: "Write it as libsql://HOST; a PostgreSQL database is named by --connection-string."
        })
      )
    }
    return Effect.succeed({
      _tag: "Libsql",
      url: Redacted.make(writable(flags.url.value)),
      ...(Option.isSome(flags.authToken) ? { token: Redacted.make(flags.authToken.value) } : {})
    })
  }
  if (Option.isSome(flags.authToken) || type === "libsql" && flags.yes) {
    return Effect.fail(
      new Usage({
        detail: "the libSQL server is not named",
        next: "Add --url libsql://HOST, and --auth-token TOKEN if it wants one."
      })
    )
  }
  if (hasParts) {
    const or = (flag: Option.Option<string>, other: string): string => Option.getOrElse(flag, () => other)
    return Effect.succeed({
      _tag: "Server",
      url: serverUrl({
        host: or(flags.host, "localhost"),
        port: String(Option.getOrElse(flags.port, () => 5432)),
        database: or(flags.database, "postgres"),
        user: or(flags.user, "postgres"),
        password: Redacted.make(or(flags.password, "")),
        sslMode: or(flags.sslMode, "prefer")
      })
    })
  }
  if (flags.supabase) return Effect.succeed({ _tag: "Server", url: Redacted.make(supabaseTarget) })
  if (!flags.yes) return Effect.succeed(undefined)
  if (type === "postgres") return Effect.succeed({ _tag: "Server", url: Redacted.make(defaultTarget) })
  return Effect.succeed(type === "sqlite" ? { _tag: "Sqlite", path: "lockplane.db" } : undefined)
}

const shadowIn = (flags: InitFlags): Effect.Effect<Given["shadow"], Usage> => {
  if (Option.isSome(flags.shadowDbPort)) return Effect.succeed({ _tag: "Port", port: flags.shadowDbPort.value })
  if (Option.isSome(flags.shadowDb)) {
    const url = flags.shadowDb.value
    return ["Server", "Sqlite", "Libsql"].includes(Source.parse(url)._tag)
      ? Effect.succeed({ _tag: "Url", url: Redacted.make(writable(url)) })
      : Effect.fail(
        new Usage({
          detail: `--shadow-db: ${
            redactUrl(url)
          } is neither the URL of a database on a PostgreSQL or libSQL server nor a SQLite file`,
          next:
            "Write it as postgres://user:password@host:5432/database, libsql://host or shadow.db, or leave it out: the shadow is in process then."
        })
      )
  }
  if (Option.isSome(flags.shadowSchema)) {
    return Effect.succeed({ _tag: "Schema", schema: flags.shadowSchema.value })
  }
  return Effect.succeed(flags.supabase ? { _tag: "Schema", schema: shadowSchemaName } : undefined)
}
