/**
 * The embedded PostgreSQL as a server on the loopback interface, for programs that speak PostgreSQL's protocol: psql, drivers,
 * the tools of other languages. It has one session, which connections use in turn (`wire/Turns.ts`): a second one waits while
 * the first has a transaction open.
 *
 * What that cannot do: two transactions at once (the second waits, and fails with 55P03), notifications from one
 * connection to another, cancelling a running statement, replication. A statement that does not end blocks the process.
 */
import * as NodeSocket from "@effect/platform-node-shared/NodeSocket"
import * as NodeSocketServer from "@effect/platform-node-shared/NodeSocketServer"
import type { PGlite } from "@electric-sql/pglite"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import type * as Socket from "effect/socket/Socket"
import * as Digest from "../Digest.ts"
import type { Database, Row } from "./Database.ts"
import { DatabaseError } from "./DatabaseError.ts"
import * as EmbeddedDatabase from "./EmbeddedDatabase.ts"
import * as Connection from "./wire/Connection.ts"
import * as SessionState from "./wire/SessionState.ts"
import * as Turns from "./wire/Turns.ts"

/** How an engine is served. */
export interface Options {
  /** A started engine, which nothing else may use from now on. */
  readonly engine: PGlite
  /** The port to listen on; one that is free, where none is given. */
  readonly port?: number | undefined
  /** What clients must know; 48 random hex digits, where none is given. */
  readonly password?: Redacted.Redacted | undefined
  /** How long a connection waits for the session while another one has it; 30 seconds, where nothing is given. */
  readonly patience?: Duration.Input | undefined
}

/** A server that runs until its scope closes. */
export interface EmbeddedServer {
  /** Where clients connect to, with user, password and database. */
  readonly url: Redacted.Redacted
  readonly port: number
  /** The same database for this process: its sessions wait for their turn as those of clients do, without a limit of time. */
  readonly database: Database["Service"]
  /**
   * Looks something up between two exchanges, cheaply: in the session of whoever had the engine last, which must stay as it
   * is. So: one query, every name with its schema, no locks, no settings. Waits while a client is in a transaction.
   */
  readonly look: (sql: string) => Effect.Effect<ReadonlyArray<Row>, DatabaseError>
  /** Fails when the engine has failed, and the server is of no more use. */
  readonly broken: Effect.Effect<never, DatabaseError>
}

/**
 * Serves an engine on 127.0.0.1, and on ::1 where there is such an address. Closing the scope ends all connections and frees
 * the port. Fails with `LP_EMBEDDED_LISTEN` where the port cannot be had.
 */
export const serve = Effect.fn("EmbeddedServer.serve")(function*(
  options: Options
): Effect.fn.Return<EmbeddedServer, DatabaseError, Scope.Scope> {
  const { engine } = options
  const [about] = (yield* SessionState.run(
    "SELECT session_user::text AS user, pg_catalog.current_database()::text AS database",
    (sql) => engine.query<{ readonly user: string; readonly database: string }>(sql)
  )).rows
  const password = options.password ?? Redacted.make(Digest.randomHex(24))
  const served = { user: about?.user ?? "", database: about?.database ?? "", password }
  const turns = yield* Turns.make(engine)
  const broken = yield* Deferred.make<never, DatabaseError>()
  const host: Connection.Host = {
    engine,
    turns,
    served,
    patience: Duration.fromInputUnsafe(options.patience ?? "30 seconds"),
    welcomeWithin: Duration.seconds(30),
    broken
  }
  let connections = 0

  const listen = Effect.fnUntraced(function*(address: string, port: number) {
    const server = yield* NodeSocketServer.make({ host: address, port, noDelay: true })
    const connection = Effect.fnUntraced(function*(socket: Socket.Socket) {
      const tcp = Option.getOrUndefined(yield* Effect.serviceOption(NodeSocket.NetSocket))
      yield* Connection.serve(host, connections += 1, socket, () => tcp?.destroyed === true)
    }, Effect.scoped)
    // a client that goes has nobody to be told of it
    yield* Effect.forkScoped(
      server.run((socket) => Effect.catchTag(connection(socket), "SocketError", () => Effect.void))
    )
    return server.address
  })
  const address = yield* listen("127.0.0.1", options.port ?? 0).pipe(
    Effect.mapError((error) =>
      new DatabaseError({
        code: "LP_EMBEDDED_LISTEN",
        message: `The embedded PostgreSQL cannot listen on 127.0.0.1${
          options.port === undefined ? "" : `:${options.port}`
        }: ${error.reason.cause instanceof Error ? error.reason.cause.message : String(error.reason.cause)}`,
        hint: "Name a port that no other program uses, or none for a free one."
      })
    )
  )
  const port = "port" in address ? address.port : 0
  yield* Effect.ignore(listen("::1", port))

  const url = `postgresql://${encodeURIComponent(served.user)}:${
    encodeURIComponent(Redacted.value(password))
  }@127.0.0.1:${port}/${encodeURIComponent(served.database)}`
  return {
    url: Redacted.make(url),
    port,
    database: yield* EmbeddedDatabase.over(engine, ownTurn(turns)),
    look: (sql) => turns.between(Effect.map(SessionState.run(sql, () => engine.query<Row>(sql)), ({ rows }) => rows)),
    broken: Deferred.await(broken)
  }
})

/** A turn of this process, which lasts until the scope closes. */
const ownTurn = (turns: Turns.Turns): Effect.Effect<void, DatabaseError, Scope.Scope> =>
  Effect.suspend(() => {
    const self = Turns.tenant("Lockplane")
    return Effect.acquireRelease(turns.enter(self, Duration.infinity), () => turns.end(self), { interruptible: true })
  })
