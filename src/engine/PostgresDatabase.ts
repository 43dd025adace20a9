/**
 * PostgreSQL servers, by postgres.js. A session is one connection of its own: nothing of a session before it is left in
 * it, and none of its statements can end up on another backend, not even after the connection was lost.
 */
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Latch from "effect/Latch"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import type postgres from "postgres"
import { connectionError, lostConnection, type Place, tooOld } from "./ConnectionFailure.ts"
import { type ConnectionUrl, parse, redactUrl } from "./ConnectionUrl.ts"
import { Database, type Notice, type Row, type Session } from "./Database.ts"
import { DatabaseError } from "./DatabaseError.ts"
import { field, notice, statementError } from "./ServerMessage.ts"
import { encodeParameter, parsers } from "./Values.ts"

export { redactUrl } from "./ConnectionUrl.ts"

/** Which server, and under which name the sessions appear in `pg_stat_activity` (default `lockplane`). */
export interface Options {
  readonly url: Redacted.Redacted<string>
  readonly applicationName?: string | undefined
}

/**
 * The database at a connection URL. No connection is made before the first session. Fails with `LP_BAD_URL` where the URL
 * cannot be read; opening a session fails with a message that says where, as whom and why, and what to do next.
 *
 * Without `sslmode`, TLS is used where the server offers it (`prefer`). `PGHOST`, `PGPORT`, `PGUSER`, `PGDATABASE` and
 * `PGPASSWORD` fill in what the URL leaves out.
 */
export const make = Effect.fn("PostgresDatabase.make")(
  function*(options: Options): Effect.fn.Return<Database["Service"], DatabaseError> {
    const url = yield* parse(Redacted.value(options.url))
    return Database.of({
      description: redactUrl(Redacted.value(options.url)),
      concurrent: true,
      session: open(url, options.applicationName ?? "lockplane")
    })
  }
)

/** {@link make} as a layer. */
export const layer = (options: Options): Layer.Layer<Database, DatabaseError> => Layer.effect(Database, make(options))

/**
 * The `server_version_num` that belongs to a `server_version`, such as 150018 for `15.18 (Debian …)` and 190000 for
 * `19devel`; 0 for text that is no version.
 */
export const versionNumber = (version: string): number => {
  const [, major = "0", second = "0", third = "0"] = /^(\d+)(?:\.(\d+))?(?:\.(\d+))?/.exec(version) ?? []
  return Number(major) >= 10
    ? Number(major) * 10000 + Number(second)
    : Number(major) * 10000 + Number(second) * 100 + Number(third)
}

/** A statement that was sent and not yet answered. */
interface Pending {
  interrupted: boolean
  cancelled: boolean
  readonly fail: () => void
  readonly settled: Deferred.Deferred<void>
}

/** How long a cancelled statement may take to end before its connection is given up. */
const cancelTimeout = Duration.seconds(10)

const open = Effect.fn("PostgresDatabase.session")(
  function*(url: ConnectionUrl, applicationName: string): Effect.fn.Return<Session, DatabaseError, Scope.Scope> {
    const notices: Array<Notice> = []
    const pending = new Set<Pending>()
    let lost = false
    const lose = () => {
      lost = true
      for (const statement of pending) statement.fail()
    }

    const settings = yield* connectionSettings(url, applicationName)
    const { backend, client, place, process, version } = yield* connect({
      ...settings,
      onnotice: (message) => notices.push(notice(message)),
      onclose: lose
    })
    if (versionNumber(version) < 140000) return yield* tooOld(version, place)

    /** Closed while a cancel request is under way, so that it cannot hit a statement that was sent after it. */
    const mayStart = yield* Latch.make(true)

    /** Cancels the running statement when only interrupted ones could be hit: the pipeline may move on in the meantime. */
    const cancelFirst = Effect.suspend(() => {
      const [first] = pending
      if (first === undefined || first.cancelled || [...pending].some((statement) => !statement.interrupted)) {
        return Effect.void
      }
      first.cancelled = true
      mayStart.closeUnsafe()
      return Effect.scoped(
        Effect.flatMap(connect(settings), (other) =>
          Effect.tryPromise({
            try: () => other.backend.unsafe("SELECT pg_catalog.pg_cancel_backend($1)", [process]),
            catch: (cause) => connectionError(cause, place)
          }))
      ).pipe(Effect.ensuring(mayStart.open))
    })

    const interrupt = (statement: Pending): Effect.Effect<void> =>
      Effect.gen(function*() {
        statement.interrupted = true
        while (pending.has(statement)) {
          yield* cancelFirst
          const [first] = pending
          if (first === undefined) return
          const end = Deferred.await(first.settled)
          yield* first.cancelled ? Effect.timeout(end, cancelTimeout) : end
        }
      }).pipe(
        // it can neither be cancelled nor does it end: without its client the server rolls back
        Effect.catchCause(() =>
          Effect.andThen(Effect.sync(lose), Effect.ignore(Effect.tryPromise(() => client.end({ timeout: 0 }))))
        )
      )

    const run = (sql: string, send: () => PromiseLike<unknown>) =>
      Effect.andThen(
        mayStart.await,
        Effect.callback<unknown, DatabaseError>((resume) => {
          if (lost) return resume(Effect.fail(lostConnection(place, sql)))
          const settle = (result: Effect.Effect<unknown, DatabaseError>) => {
            if (!pending.delete(statement)) return
            Deferred.doneUnsafe(statement.settled, Effect.void)
            resume(result)
          }
          const statement: Pending = {
            interrupted: false,
            cancelled: false,
            settled: Deferred.makeUnsafe<void>(),
            fail: () => settle(Effect.fail(lostConnection(place, sql)))
          }
          pending.add(statement)
          send().then(
            (result) => settle(Effect.succeed(result)),
            (cause) => settle(Effect.fail(isLoss(cause) ? lostConnection(place, sql) : statementError(cause, sql)))
          )
          return interrupt(statement)
        })
      ).pipe(Effect.flatMap((result) =>
        Array.isArray(result) ? Effect.succeed<ReadonlyArray<Row>>([...result]) : refuseCopy(result, sql)
      ))

    const query: Session["query"] = (sql, parameters = []) =>
      run(sql, () => backend.unsafe(sql, parameters.map(encodeParameter), extendedProtocol))
    const execute: Session["execute"] = (script) => Effect.asVoid(run(script, () => backend.unsafe(script).simple()))

    // the server would roll back by itself, but only some time after the connection is closed
    yield* Effect.addFinalizer(() =>
      Effect.forEach([...pending], interrupt, { concurrency: "unbounded" }).pipe(
        Effect.andThen(Effect.suspend(() => lost ? Effect.void : execute("ROLLBACK"))),
        Effect.timeout(Duration.times(cancelTimeout, 2)),
        Effect.ignore
      )
    )

    return {
      versionNumber: versionNumber(version),
      query,
      execute,
      notices: Effect.sync(() => notices.splice(0))
    }
  }
)

/** postgres.js takes a statement without parameters to the simple protocol unless told otherwise. */
const extendedProtocol = { prepare: false, simple: false }

const isLoss = (cause: unknown): boolean =>
  ["CONNECTION_CLOSED", "CONNECTION_DESTROYED", "CONNECTION_ENDED", "ECONNRESET", "EPIPE"].includes(
    field(cause, "code") ?? ""
  )

/** COPY from or to the client has answered with a stream: ends it, so that the connection is not stuck, and fails. */
const refuseCopy = (stream: unknown, sql: string): Effect.Effect<never, DatabaseError> =>
  Effect.suspend(() => {
    const error = new DatabaseError({
      code: "0A000",
      message: "COPY FROM STDIN and COPY TO STDOUT are not supported here.",
      hint: "Use INSERT, or COPY with a file of the server.",
      sql
    })
    if (typeof stream === "object" && stream !== null) {
      call(stream, "on", "error", () => {})
      if ("write" in stream) call(stream, "destroy", new Error(error.message))
      else call(stream, "resume")
    }
    return Effect.fail(error)
  })

const call = (target: object, method: string, ...parameters: ReadonlyArray<unknown>): void => {
  const member: unknown = Reflect.get(target, method)
  if (typeof member === "function") Reflect.apply(member, target, parameters)
}

type Settings = postgres.Options<Record<string, postgres.PostgresType>>

/** Beyond this many unanswered statements postgres.js waits for each answer before it sends the next. */
const deepPipeline = { max_pipeline: 10_000 }

/** Seconds to wait for a connection where the URL does not say. */
const connectTimeout = 10

const types: Record<string, postgres.PostgresType> = Object.fromEntries(
  [...parsers].map((
    [oid, parse]
  ) => [String(oid), { to: oid, from: [oid], serialize: (value: unknown) => value, parse }])
)

/** What the URL says, as postgres.js takes it. Reads the certificates that it names. */
const connectionSettings = Effect.fn("PostgresDatabase.connectionSettings")(
  function*(url: ConnectionUrl, applicationName: string): Effect.fn.Return<Settings, DatabaseError> {
    const [first] = url.hosts
    const isSocket = first?.host.startsWith("/") ?? false
    const settings: Settings = {
      ...(isSocket ? { path: `${first?.host}/.s.PGSQL.${first?.port ?? 5432}` } : {}),
      ...(url.user === undefined ? {} : { user: url.user }),
      ...(url.password === undefined ? {} : { pass: url.password }),
      ...(url.database === undefined ? {} : { database: url.database }),
      ...(url.targetSessionAttributes === undefined ? {} : { target_session_attrs: url.targetSessionAttributes }),
      ssl: isSocket ? false : yield* encryption(url),
      connect_timeout: url.connectTimeout ?? connectTimeout,
      connection: { application_name: applicationName, ...Object.fromEntries(url.parameters) },
      max: 1,
      ...deepPipeline,
      max_lifetime: null,
      idle_timeout: 0,
      prepare: false,
      fetch_types: false,
      types,
      onnotice: () => {}
    }
    // a list, because postgres.js would cut a host in text at its colons; its types do not know lists
    return first === undefined ? settings : Object.assign(settings, {
      host: url.hosts.map(({ host }) => host),
      port: url.hosts.map(({ port }) => port ?? 5432)
    })
  }
)

/** libpq's sslmode: `require` with a certificate authority checks the certificate as `verify-ca` does. */
const encryption = Effect.fnUntraced(function*(
  url: ConnectionUrl
): Effect.fn.Return<NonNullable<Settings["ssl"]>, DatabaseError> {
  const { ca, cert, key } = url.sslFiles
  if (url.sslMode === "disable") return false
  if (ca === undefined && cert === undefined && (url.sslMode === "prefer" || url.sslMode === "require")) {
    return url.sslMode
  }
  const [first, ...others] = url.hosts
  if (url.sslMode === "verify-full" && (first === undefined || others.length > 0)) {
    return yield* new DatabaseError({
      code: "LP_BAD_URL",
      message: "sslmode=verify-full needs a connection URL with exactly one host, to check the certificate against.",
      hint: "Name the host in the URL, or use sslmode=verify-ca."
    })
  }
  return {
    rejectUnauthorized: url.sslMode === "verify-full" || url.sslMode === "verify-ca" || ca !== undefined,
    // named, because the check of an IP address would otherwise be a check of "localhost"
    ...(url.sslMode === "verify-full" ? { host: first?.host } : { checkServerIdentity: () => undefined }),
    ...(ca === undefined ? {} : { ca: yield* pem(ca) }),
    ...(cert === undefined ? {} : { cert: yield* pem(cert) }),
    ...(key === undefined ? {} : { key: yield* pem(key) })
  }
})

const pem = (file: string): Effect.Effect<string, DatabaseError> =>
  Effect.tryPromise({
    try: () => import("node:fs/promises").then((fs) => fs.readFile(file, "utf8")),
    catch: (cause) =>
      new DatabaseError({
        code: field(cause, "code") ?? "58P01",
        message: `The certificate or key file ${file} that the connection URL names cannot be read.`,
        hint: "Check sslrootcert, sslcert and sslkey in the connection URL."
      })
  })

interface Connection {
  readonly client: postgres.Sql
  readonly backend: postgres.ReservedSql
  readonly place: Place
  /** The process that serves it, as `pg_stat_activity.pid` has it. */
  readonly process: string
  readonly version: string
}

/** Connects, and holds the connection until the scope closes. */
const connect = Effect.fn("PostgresDatabase.connect")(
  function*(settings: Settings): Effect.fn.Return<Connection, DatabaseError, Scope.Scope> {
    const { default: postgres } = yield* Effect.promise(() => import("postgres"))
    let closed = false
    const onclose = (id: number) => {
      closed = true
      settings.onclose?.(id)
    }
    const client = yield* Effect.acquireRelease(
      Effect.sync(() => postgres({ ...settings, onclose })),
      // a statement whose connection was lost is waited for in vain
      (client) => Effect.ignore(Effect.tryPromise(() => client.end({ timeout: closed ? 0 : 1 })))
    )
    const { database, host, path, port, user } = client.options
    const place: Place = {
      // postgres.js has false where there is no socket
      host: path ? path.replace(/\/\.s\.PGSQL\.\d+$/, "") : host[0] ?? "localhost",
      port: port[0] ?? 5432,
      user,
      database
    }
    const failed = (cause: unknown) => connectionError(cause, place)
    // a statement first: without fetch_types, postgres.js never gives out a connection that it opens for reserve()
    const attempt = Effect.tryPromise({
      try: () => client.unsafe("SELECT pg_catalog.pg_backend_pid()::pg_catalog.text AS process"),
      catch: failed
    })
    const [row] = yield* settings.connect_timeout === 0 ? attempt : Effect.timeoutOrElse(attempt, {
      // postgres.js bounds one attempt, but where a server closes at once it tries for ever
      duration: Duration.seconds((settings.connect_timeout ?? connectTimeout) + 1),
      orElse: () => Effect.fail(failed({ code: "CONNECT_TIMEOUT" }))
    })
    const backend = yield* Effect.acquireRelease(
      Effect.tryPromise({ try: () => client.reserve(), catch: failed }),
      (backend) => Effect.sync(() => backend.release()),
      { interruptible: true }
    )
    return { client, backend, place, process: String(row?.process), version: String(client.parameters.server_version) }
  }
)
