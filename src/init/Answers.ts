/** What someone who sets up a project decides, as data. */
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { environmentName, environmentNameRule } from "../config/Configuration.ts"
import { redactUrl, withDatabase } from "../engine/ConnectionUrl.ts"
import * as LibsqlUrl from "../LibsqlUrl.ts"

/** The name of an environment: it is part of a file's name and of a table's in `lockplane.toml`. */
export const EnvironmentName: Schema.String = Schema.String.check(
  Schema.isPattern(environmentName, { description: environmentNameRule })
)

/** A database. URLs and tokens are secrets: they are written to `.env.<environment>` alone. */
export const Database = Schema.TaggedUnion({
  /** A PostgreSQL server. */
  Server: { url: Schema.Redacted(Schema.String) },
  /** An embedded PostgreSQL, kept in a folder. */
  Embedded: { directory: Schema.NonEmptyString },
  Sqlite: { path: Schema.NonEmptyString },
  Libsql: { url: Schema.Redacted(Schema.String), token: Schema.optionalKey(Schema.Redacted(Schema.String)) }
})
/** A database. */
export type Database = typeof Database.Type

/** Where plans are tried out. */
export const Shadow = Schema.TaggedUnion({
  /** In process, of the database's family: nothing to set up. */
  Embedded: {},
  /** What is set for the environment stays. */
  AsItIs: {},
  /** A database that Lockplane creates, or may empty. */
  Database: { url: Schema.Redacted(Schema.String) },
  /** A schema in the environment's own database. */
  Schema: { schema: Schema.NonEmptyString }
})
/** Where plans are tried out. */
export type Shadow = typeof Shadow.Type

/** Everything that was decided. */
export const Answers = Schema.Struct({
  environment: EnvironmentName,
  description: Schema.optionalKey(Schema.String),
  database: Database,
  shadow: Shadow,
  /** The folder of the wanted schema, relative to `lockplane.toml`. */
  schemaPath: Schema.NonEmptyString,
  /** The schemas that are managed, where not all are. */
  schemas: Schema.optionalKey(Schema.Array(Schema.NonEmptyString))
})
/** Everything that was decided. */
export type Answers = typeof Answers.Type

/** A server's database in the parts that people know it by. */
export interface ServerParts {
  readonly host: string
  readonly port: string
  readonly database: string
  readonly user: string
  readonly password: Redacted.Redacted<string>
  readonly sslMode: string
}

/** Percent-encoded for every part of a URL, and safe in a `.env` file. */
const encoded = (text: string): string => encodeURIComponent(text).replaceAll("'", "%27")

/** The connection URL of these parts. A host that begins with `/` is the folder of a Unix socket. */
export const serverUrl = (parts: ServerParts): Redacted.Redacted<string> => {
  const password = Redacted.value(parts.password)
  const user = `${encoded(parts.user)}${password === "" ? "" : `:${encoded(password)}`}@`
  const isSocket = parts.host.startsWith("/")
  const host = isSocket ? "" : parts.host.includes(":") && !parts.host.startsWith("[") ? `[${parts.host}]` : parts.host
  const parameters = [
    ...(isSocket ? [`host=${encoded(parts.host)}`, `port=${parts.port}`] : []),
    ...(parts.sslMode === "" ? [] : [`sslmode=${parts.sslMode}`])
  ]
  return Redacted.make(
    `postgres://${user}${host}${isSocket ? "" : `:${parts.port}`}/${encoded(parts.database)}${
      parameters.length === 0 ? "" : `?${parameters.join("&")}`
    }`
  )
}

/** A URL as it can stand in a `.env` file: what would end a quotation there is percent-encoded. */
export const writable = (url: string): string =>
  url.trim().replaceAll("'", "%27").replaceAll("\\", "%5C").replaceAll("`", "%60").replaceAll(" ", "%20")

/** The URL of the server with another port, for a shadow server beside it. */
const withPort = (url: string, port: number): string =>
  url.replace(
    /^([a-z]+:\/\/(?:[^@/?]*@)?)(\[[^\]]*\]|[^:/?,]*)(?::\d+)?/i,
    (_, start: string, host: string) => `${start}${host === "" ? "localhost" : host}:${port}`
  )

/**
 * The shadow database that goes with a database, on that port of the host if one is named. Its name is that of the database with
 * `_shadow` behind it, unless another is given.
 */
export const shadowUrl = (
  url: Redacted.Redacted<string>,
  database: string,
  port?: number,
  name: string = `${database}_shadow`
): Redacted.Redacted<string> =>
  withDatabase(port === undefined ? url : Redacted.make(withPort(Redacted.value(url), port)), name)

/** How a database is written where a SOURCE is. */
export const sourceOf = (database: Database): Redacted.Redacted<string> => {
  switch (database._tag) {
    case "Server":
    case "Libsql":
      return database.url
    case "Embedded":
      return Redacted.make(`pglite:${database.directory}`)
    case "Sqlite":
      return Redacted.make(
        /^(sqlite:\/\/|file:)|^:memory:$/i.test(database.path) ? database.path : `sqlite://${database.path}`
      )
  }
}

/** A database in words, without what is secret of it. */
export const describeDatabase = (database: Database): string => {
  const source = Redacted.value(sourceOf(database))
  switch (database._tag) {
    case "Server":
      return redactUrl(source)
    case "Embedded":
      return `embedded PostgreSQL in the folder ${database.directory}`
    case "Sqlite":
      return `SQLite, ${database.path}`
    case "Libsql":
      return `libSQL, ${source.replace(/\?.*$/, "").replace(/\/\/[^@/]*@/, "//")}`
  }
}

/** A shadow in words, for a database. */
export const describeShadow = (shadow: Shadow, database: Database): string => {
  switch (shadow._tag) {
    case "Embedded":
      return dialectOf(database) === "sqlite"
        ? "SQLite in memory: nothing to set up"
        : "embedded PostgreSQL, in process: nothing to set up"
    case "AsItIs":
      return "stays as it is set"
    case "Database":
      return redactUrl(Redacted.value(shadow.url))
    case "Schema":
      return `the schema ${shadow.schema} in the same database`
  }
}

/** The family of a database. */
export const dialectOf = ({ _tag }: Database): "postgres" | "sqlite" =>
  _tag === "Server" || _tag === "Embedded" ? "postgres" : "sqlite"

/** The path of a SQLite file, from the folder of the project; undefined for other databases, and in memory. */
export const filePath = (database: Database): string | undefined => {
  if (database._tag !== "Sqlite" || /^:memory:$|[?%]/.test(database.path)) return undefined
  return database.path.replace(/^(sqlite:\/\/|file:(\/\/)?)/i, "")
}

/** The URL of a libSQL server with its token, for a connection. */
export const withToken = (
  url: Redacted.Redacted<string>,
  token: Redacted.Redacted<string> | undefined
): Redacted.Redacted<string> =>
  token === undefined ? url : Redacted.make(LibsqlUrl.withToken(Redacted.value(url), Redacted.value(token)))

/** What is wrong with the folder of the schema's files: files are written into the project alone. */
export const schemaPathProblem = (path: string): string | undefined =>
  /^([\\/]|[A-Za-z]:)|(^|[\\/])\.\.([\\/]|$)/.test(path)
    ? "Name a folder of this project, from that of lockplane.toml"
    : undefined
