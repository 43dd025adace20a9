/**
 * PostgreSQL servers as hosts of shadow databases. The mark of a database is a line of its comment, which every tool leaves
 * alone, which is no object of its schema, and which can be read from every other database of the server.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { randomHex } from "../Digest.ts"
import { parse, withDatabase, withPostgresqlScheme } from "../engine/ConnectionUrl.ts"
import type { Session } from "../engine/Database.ts"
import type { DatabaseError } from "../engine/DatabaseError.ts"
import * as PostgresDatabase from "../engine/PostgresDatabase.ts"
import { type Place, ShadowHost } from "../ShadowHost.ts"
import { quoteIdentifier, quoteLiteral } from "./Identifier.ts"
import { withLabels } from "./LabelProvider.ts"

/** What begins the line of a comment that is the mark. */
const signature = "lockplane-shadow "

const isMark = (line: string): boolean => line.startsWith(signature)

/** The comment with this mark, or none, in the place of another. */
const withMark = (comment: string, mark: string | undefined): string =>
  [
    ...comment.split("\n").filter((line) => line !== "" && !isMark(line)),
    ...(mark === undefined ? [] : [`${signature}${mark}`])
  ].join("\n")

/** The mark in a comment; undefined where there is none. */
export const markIn = (comment: string): string | undefined => comment.split("\n").find(isMark)?.slice(signature.length)

/** Names of databases that are made: that of the pool, `_lp_`, the second of their making in base 36, and chance. */
const made = /_lp_([0-9a-z]{6,8})_[0-9a-f]{8}$/

/** How long a name may be, in bytes (PostgreSQL manual, "Identifiers and Key Words"). */
const nameLength = 63

/** The text without what is beyond so many bytes of UTF-8; a character is never cut. */
const cut = (text: string, bytes: number): string => {
  let end = text
  while (new TextEncoder().encode(end).length > bytes) end = [...end].slice(0, -1).join("")
  return end
}

const nameStart = (pool: string): string => `${cut(pool, nameLength - "_lp_xxxxxxxx_xxxxxxxx".length)}_lp_`

/** Databases that every server has, from where others can be made. */
const entrances = ["postgres", "template1"]

const one = (session: Session, sql: string, parameters: ReadonlyArray<unknown> = []) =>
  Effect.map(session.query(sql, parameters), ([row]) => row)

const databaseOf = (session: Session): Effect.Effect<string, DatabaseError> =>
  Effect.map(
    one(session, "SELECT pg_catalog.current_database()::pg_catalog.text AS name"),
    (row) => String(row?.["name"])
  )

const commentOf = (session: Session, { database, schema }: Place): Effect.Effect<string, DatabaseError> =>
  Effect.map(
    one(
      session,
      schema === undefined
        ? `SELECT pg_catalog.shobj_description(oid, 'pg_database') AS comment FROM pg_catalog.pg_database WHERE datname = $1`
        : `SELECT pg_catalog.obj_description(oid, 'pg_namespace') AS comment FROM pg_catalog.pg_namespace WHERE nspname = $1`,
      [schema ?? database]
    ),
    (row) => String(row?.["comment"] ?? "")
  )

const open = (url: Redacted.Redacted<string>): Effect.Effect<Session, DatabaseError, Scope.Scope> =>
  Effect.flatMap(PostgresDatabase.make({ url }), ({ session }) => session)

/** How the database that another is to be like sorts text (PostgreSQL manual, CREATE DATABASE). Columns differ with the major version. */
const localeQuery = (major: number): string => `
  SELECT pg_catalog.pg_encoding_to_char(encoding) AS encoding, datcollate AS collate, datctype AS ctype,
    ${major < 15 ? "'c'" : "datlocprovider"} AS provider,
    ${major < 15 ? "NULL" : major < 17 ? "daticulocale" : "datlocale"} AS locale
  FROM pg_catalog.pg_database WHERE datname = $1`

const providers: ReadonlyMap<unknown, string> = new Map([["i", "icu"], ["b", "builtin"]])

const localeOptions = Effect.fnUntraced(function*(session: Session, like: string) {
  const row = yield* one(session, localeQuery(Math.floor(session.versionNumber / 10000)), [like])
  if (row === undefined) return ""
  const provider = providers.get(row["provider"])
  return ` ENCODING ${quoteLiteral(String(row["encoding"]))} LC_COLLATE ${
    quoteLiteral(String(row["collate"]))
  } LC_CTYPE ${quoteLiteral(String(row["ctype"]))}${
    provider === undefined || row["locale"] === null
      ? ""
      : ` LOCALE_PROVIDER ${provider} ${provider}_locale ${quoteLiteral(String(row["locale"]))}`
  }`
})

/** A value in libpq's `options`, where a backslash keeps a space from ending it (PostgreSQL manual, "Parameter Key Words"). */
const escaped = (value: string): string => value.replaceAll(/[\\\s]/g, "\\$&")

/** What errors mean for who borrows (PostgreSQL manual, appendix "Error Codes"). */
const meanings: ReadonlyMap<string, "missing" | "denied" | "locked"> = new Map(
  [
    ["3D000", "missing"],
    ["42501", "denied"],
    ["55P03", "locked"]
  ] as const
)

/** Names of this machine, and the folders of its sockets. */
const isHere = (host: string): boolean =>
  host.startsWith("/") || ["localhost", "::1", "0.0.0.0", ""].includes(host) || /^127\.|\.localhost$/.test(host)

/** Where a URL leads, with every name of this machine as one. */
const placeOf = (url: Redacted.Redacted<string>) =>
  Effect.map(parse(Redacted.value(url)), ({ database, hosts, user }) => ({
    database: database ?? user,
    hosts: hosts.length === 0 ? ["here"] : hosts.map(({ host }) => isHere(host) ? "here" : host.toLowerCase()),
    ports: hosts.length === 0 ? [5432] : hosts.map(({ port }) => port ?? 5432)
  }))

/** What tells a session's database from every other, of this server and of others. */
const identityOf = (session: Session): Effect.Effect<ReadonlyArray<string>, DatabaseError> =>
  Effect.gen(function*() {
    const row = yield* one(
      session,
      `SELECT (SELECT oid::pg_catalog.text FROM pg_catalog.pg_database WHERE datname = current_database()) AS database,
         extract(epoch FROM pg_catalog.pg_postmaster_start_time())::pg_catalog.text AS started`
    )
    // a server may keep it from some of its users: then the moment of its start tells it from others
    const system = yield* Effect.option(
      one(session, "SELECT system_identifier::pg_catalog.text AS server FROM pg_catalog.pg_control_system()")
    )
    const database = String(row?.["database"])
    return [
      `started ${String(row?.["started"])}/${database}`,
      ...Option.match(system, { onNone: () => [], onSome: (row) => [`${String(row?.["server"])}/${database}`] })
    ]
  })

/** Any two numbers; both together mean a shadow's mark to everybody who runs Lockplane. */
const lockKeys = "1819307888, 1"

/** PostgreSQL servers as a {@link ShadowHost}. */
export const layer: Layer.Layer<ShadowHost> = Layer.succeed(
  ShadowHost,
  ShadowHost.of({
    family: "PostgreSQL",
    advice: {
      elsewhere: "Name another database in SHADOW_DATABASE_URL, or a schema in SHADOW_SCHEMA that is not there yet.",
      marking:
        "The user of SHADOW_DATABASE_URL must own it, or be allowed to create databases (CREATEDB); or name a schema in SHADOW_SCHEMA."
    },
    describe: ({ versionNumber }) =>
      `PostgreSQL ${Math.floor(versionNumber / 10000)}.${versionNumber % 10000} (shadow server)`,
    standardSchema: "public",
    pristine: new Set(["schema public"]),
    connect: (url) =>
      Effect.map(
        PostgresDatabase.make({ url }),
        (database) => ({ ...database, session: Effect.map(database.session, withLabels) })
      ),
    gate: (url) =>
      Effect.gen(function*() {
        const session = yield* open(url).pipe(
          Effect.catchIf(({ code }) => meanings.get(code) === "missing", (error) =>
            Effect.firstSuccessOf(entrances.map((entrance) =>
              open(withDatabase(url, entrance))
            )).pipe(
              Effect.mapError(() => error)
            ))
        )
        const { database } = yield* parse(Redacted.value(url))
        const user = yield* one(
          session,
          "SELECT rolcreatedb OR rolsuper AS allowed FROM pg_catalog.pg_roles WHERE rolname = current_user"
        )
        return { session, pool: database ?? (yield* databaseOf(session)), mayMake: user?.["allowed"] === true }
      }),
    databaseOf,
    nameIn: (url) => Effect.map(parse(Redacted.value(url)), ({ database, user }) => database ?? user),
    identity: identityOf,
    // the files of a server say it, and those of its replicas say the same
    identityAtOrigin: identityOf,
    identityIsCopied: false,
    mayBeSame: (one, other) =>
      Effect.map(
        Effect.all([placeOf(one), placeOf(other)]),
        ([one, other]) =>
          one.database === other.database && one.ports.some((port) => other.ports.includes(port)) &&
          one.hosts.some((host) => other.hosts.includes(host))
      ),
    engine: (session) =>
      Effect.map(
        one(
          session,
          `SELECT pg_catalog.version() || ' ' || (SELECT pg_catalog.md5(pg_catalog.string_agg(name || version, ',' ORDER BY name, version))
             FROM pg_catalog.pg_available_extension_versions) AS identity`
        ),
        (row) => ({ major: Math.floor(session.versionNumber / 10000), identity: String(row?.["identity"]) })
      ),
    now: (session) =>
      Effect.map(
        one(session, "SELECT extract(epoch FROM clock_timestamp())::float8 * 1000 AS now"),
        (row) => Math.floor(Number(row?.["now"]))
      ),
    exclusively: (session, effect) =>
      Effect.acquireUseRelease(
        session.query(`SELECT pg_catalog.pg_advisory_lock(${lockKeys})`),
        () => effect,
        () => Effect.ignore(session.query(`SELECT pg_catalog.pg_advisory_unlock(${lockKeys})`))
      ),
    mark: (session, place) => Effect.map(commentOf(session, place), markIn),
    setMark: (session, place, mark) =>
      Effect.flatMap(commentOf(session, place), (comment) =>
        session.execute(
          `COMMENT ON ${
            place.schema === undefined
              ? `DATABASE ${quoteIdentifier(place.database)}`
              : `SCHEMA ${quoteIdentifier(place.schema)}`
          } IS ${quoteLiteral(withMark(comment, mark))}`
        )),
    unmarking: (database) => `COMMENT ON DATABASE ${quoteIdentifier(database)} IS NULL`,
    marksBeside: true,
    nameFor: (session, pool) =>
      Effect.map(
        one(session, "SELECT extract(epoch FROM clock_timestamp())::bigint::pg_catalog.text AS now"),
        (row) => `${nameStart(pool)}${Number(row?.["now"]).toString(36)}_${randomHex(4)}`
      ),
    makeSchema: (session, schema) =>
      Effect.flatMap(
        one(session, "SELECT FROM pg_catalog.pg_namespace WHERE nspname = $1", [schema]),
        // IF NOT EXISTS asks for the right to make it, although it is there
        (row) => row === undefined ? session.execute(`CREATE SCHEMA ${quoteIdentifier(schema)}`) : Effect.void
      ),
    cleaningSettings: "SET LOCAL lock_timeout = '5s'; SET LOCAL check_function_bodies = off",
    endOthers: (session) =>
      Effect.asVoid(session.query(
        `SELECT pg_catalog.pg_terminate_backend(pid, 5000) FROM pg_catalog.pg_stat_activity
         WHERE datname = pg_catalog.current_database() AND pid <> pg_catalog.pg_backend_pid()
           AND (usename = current_user OR (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user))`
      )),
    meaning: ({ code }) => meanings.get(code),
    make: (session, database, like) =>
      Effect.flatMap(
        localeOptions(session, like),
        (options) => session.execute(`CREATE DATABASE ${quoteIdentifier(database)} TEMPLATE template0${options}`)
      ),
    drop: (session, database) => session.execute(`DROP DATABASE IF EXISTS ${quoteIdentifier(database)} WITH (FORCE)`),
    marked: (session, pool) =>
      Effect.map(
        session.query(
          `SELECT datname::pg_catalog.text AS database, pg_catalog.shobj_description(oid, 'pg_database') AS comment
           FROM pg_catalog.pg_database WHERE datname = $1 OR pg_catalog.starts_with(datname::pg_catalog.text, $2)
           ORDER BY datname`,
          [pool, nameStart(pool)]
        ),
        (rows) =>
          rows.map((row) => ({ database: String(row["database"]), mark: markIn(String(row["comment"] ?? "")) }))
            .filter(({ database, mark }) => mark !== undefined || made.test(database))
      ),
    ageOf: (database, now) => {
      const second = made.exec(database)?.[1]
      return second === undefined ? 0 : now - Number.parseInt(second, 36) * 1000
    },
    clear: (session) =>
      Effect.asVoid(session.query("SELECT pg_catalog.lo_unlink(oid) FROM pg_catalog.pg_largeobject_metadata")),
    forTools: (url) => ({ url: Redacted.value(withPostgresqlScheme(url)) }),
    urlOf: (url, { database, schema }) =>
      withDatabase(
        url,
        database,
        schema === undefined ? undefined : `-c search_path=${escaped(quoteIdentifier(schema))}`
      )
  })
)
