/**
 * libSQL servers (Turso, `sqld`), by `@libsql/hrana-client`: a session is one stream, which is a connection on the server
 * and keeps its settings and its transaction.
 */
import type { Client, Stream } from "@libsql/hrana-client"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import { redactUrl } from "./ConnectionUrl.ts"
import { Database, type Row, type Session, type Transactions } from "./Database.ts"
import { DatabaseError } from "./DatabaseError.ts"
import { connectionError, isClosed, type Place, statementError } from "./LibsqlFailure.ts"
import * as SqliteSession from "./SqliteSession.ts"
import { decode } from "./SqliteValues.ts"

/** Which server. */
export interface Options {
  /** `libsql://`, `https://`, `http://`, `wss://` or `ws://`. `?tls=0` makes `libsql://host:port` go without encryption. */
  readonly url: Redacted.Redacted<string>
  /** The server's token; without it the URL's `authToken` parameter. */
  readonly authToken?: Redacted.Redacted<string> | undefined
  /** How long the beginning of a transaction waits for another one's end, in milliseconds; 5000 without. */
  readonly busyTimeoutMs?: number | undefined
}

/**
 * The database at a URL. Nothing is sent before the first session. `libsql://` is HTTPS; `wss://` is for servers that are
 * reached by WebSocket. The token is in no error and no description.
 *
 * Fails with `LP_BAD_URL` where the URL cannot be read; opening a session fails with `LP_UNREACHABLE`, `LP_TOKEN`,
 * `LP_NOT_LIBSQL` or `LP_PROTOCOL`. A session whose `foreign_keys` the server keeps on says `foreignKeysForced`.
 *
 * A statement cannot be cancelled on the server: interruption waits ten seconds for its end and then gives the stream up,
 * whereupon the server rolls back what is open.
 */
export const make = Effect.fn("LibsqlDatabase.make")(
  function*(options: Options): Effect.fn.Return<Database["Service"], DatabaseError> {
    const written = Redacted.value(options.url)
    const { LibsqlUrlParseError, openHttp, openWs, parseLibsqlUrl } = yield* Effect.promise(() =>
      import("@libsql/hrana-client")
    )
    const url = yield* Effect.try({
      try: () => parseLibsqlUrl(written),
      catch: (cause) =>
        new DatabaseError({
          code: "LP_BAD_URL",
          message: `The URL ${redactUrl(written)} cannot be used: ${
            cause instanceof LibsqlUrlParseError ? cause.message : "it is no URL."
          }`,
          hint: "Write it as libsql://database.example.org?authToken=TOKEN, or as libsql://127.0.0.1:8080?tls=0."
        })
    })
    const token = options.authToken === undefined ? url.authToken : Redacted.value(options.authToken)
    const place: Place = { description: redactUrl(written), token }
    const busyTimeout = Duration.millis(options.busyTimeoutMs ?? 5000)
    const webSocketUrl = url.hranaWsUrl ?? ""
    const byHttp = open(
      () => openHttp(url.hranaHttpUrl ?? webSocketUrl.replace(/^ws/, "http"), token, undefined, undefined, 3),
      place,
      busyTimeout
    )
    const byWebSocket = orRefusal(open(() => openWs(webSocketUrl, token, 3), place, busyTimeout), byHttp)
    return Database.of({
      description: place.description,
      concurrent: true,
      session: url.hranaHttpUrl === undefined ? byWebSocket : byHttp
    })
  }
)

/** {@link make} as a layer. */
export const layer = (options: Options): Layer.Layer<Database, DatabaseError> => Layer.effect(Database, make(options))

/** Servers know no `query_only`: that a snapshot does not write is up to those who use it. */
const transactions: Transactions = {
  begin: "BEGIN IMMEDIATE",
  commit: "COMMIT",
  rollback: "ROLLBACK",
  snapshot: { begin: "BEGIN", hold: "SELECT count(*) FROM sqlite_schema", end: "ROLLBACK" }
}

/** How long a server may take to answer at first, and an interrupted statement to end. */
const patience = Duration.seconds(10)

/** By HTTP, a server forgets a stream that is silent for ten seconds. */
const heartbeat = Duration.seconds(4)

const open = Effect.fn("LibsqlDatabase.session")(function*(
  connect: () => Client,
  place: Place,
  busyTimeout: Duration.Duration
): Effect.fn.Return<Session, DatabaseError, Scope.Scope> {
  const client = yield* Effect.acquireRelease(
    Effect.try({ try: connect, catch: (cause) => connectionError(cause, place) }),
    (client) => Effect.sync(() => client.close())
  )
  client.intMode = "bigint"
  const stream = yield* Effect.acquireRelease(
    Effect.try({ try: () => client.openStream(), catch: (cause) => connectionError(cause, place) }),
    (stream) => Effect.sync(() => stream.close())
  )
  // a server that refuses to tell its version may tell why when it is asked for a row
  const version = yield* Effect.tryPromise({
    try: () => client.getVersion().then((number) => stream.queryValue("SELECT 1").then(() => number)),
    catch: (cause) => connectionError(cause, place)
  }).pipe(
    Effect.timeoutOrElse({
      duration: patience,
      orElse: () => Effect.fail(connectionError(new Error("timeout"), place))
    })
  )
  if (version < 3) return yield* connectionError(new Error(`protocol ${version}`), place)

  const turns = yield* Semaphore.make(1)
  const run: SqliteSession.Connection["run"] = (sql, parameters) =>
    turns.withPermit(
      whileBusy(sql, busyTimeout, send(stream, () => stream.query([sql, [...parameters]]).then(table), sql, place))
    )
  const isAutocommit = Effect.tryPromise({
    try: () => stream.getAutocommit(),
    catch: (cause) => statementError(cause, "", place)
  })
  yield* Effect.forkScoped(
    Effect.forever(Effect.andThen(Effect.sleep(heartbeat), turns.withPermit(Effect.ignore(isAutocommit))))
  )
  const isInTransaction = Effect.map(isAutocommit, (is) => !is)
  return yield* SqliteSession.over({ run, isInTransaction, stop: Effect.void }, transactions)
})

/**
 * A server that refuses a token by WebSocket closes the connection at once, and on Node what it said last gets lost when that
 * meets what was on its way to it. By HTTP the refusal is an answer.
 */
const orRefusal = (
  byWebSocket: Database["Service"]["session"],
  byHttp: Database["Service"]["session"]
): Database["Service"]["session"] =>
  Effect.catchIf(byWebSocket, isClosed, (error) =>
    Effect.matchEffect(Effect.scoped(byHttp), {
      onFailure: (refusal) => Effect.fail(refusal.code === "LP_TOKEN" ? refusal : error),
      onSuccess: () => Effect.fail(error)
    }))

const table = (
  result: { readonly columnNames: ReadonlyArray<string | undefined>; readonly rows: Iterable<ArrayLike<unknown>> }
): ReadonlyArray<Row> =>
  Array.from(
    result.rows,
    (row) => Object.fromEntries(result.columnNames.map((name, index) => [name ?? "", decode(row[index])]))
  )

/** Sends a statement. Interruption waits for its end, and then for no longer. */
const send = <A>(stream: Stream, start: () => Promise<A>, sql: string, place: Place): Effect.Effect<A, DatabaseError> =>
  Effect.callback<A, DatabaseError>((resume) => {
    const settled = Deferred.makeUnsafe<void>()
    const settle = (result: Effect.Effect<A, DatabaseError>) => {
      Deferred.doneUnsafe(settled, Effect.void)
      resume(result)
    }
    // a closed stream throws where others reject
    new Promise<A>((resolve) => resolve(start())).then(
      (value) => settle(Effect.succeed(value)),
      (cause: unknown) => settle(Effect.fail(statementError(cause, sql, place)))
    )
    return Effect.timeoutOrElse(Deferred.await(settled), {
      duration: patience,
      orElse: () => Effect.sync(() => stream.close())
    })
  })

/** A server does not wait for another's write lock as long as a file does. What begins a transaction can be sent again. */
const whileBusy = <A>(sql: string, busyTimeout: Duration.Duration, statement: Effect.Effect<A, DatabaseError>) =>
  /^begin\b/i.test(sql)
    ? Effect.retry(statement, {
      while: (error) => error.code === "SQLITE_BUSY",
      schedule: Schedule.spaced(Duration.millis(100)),
      times: Math.ceil(Duration.toMillis(busyTimeout) / 100)
    })
    : statement
