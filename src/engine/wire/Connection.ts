/** One client from its first byte to its last: it is let in, and its exchanges are run when it is its turn. */
import type { PGlite } from "@electric-sql/pglite"
import * as Deferred from "effect/Deferred"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Scope from "effect/Scope"
import * as Socket from "effect/socket/Socket"
import { DatabaseError } from "../DatabaseError.ts"
import { field } from "../ServerMessage.ts"
import * as Exchange from "./Exchange.ts"
import * as Message from "./Message.ts"
import * as SessionState from "./SessionState.ts"
import * as Turns from "./Turns.ts"
import * as Welcome from "./Welcome.ts"

/** What the connections of a server share. */
export interface Host {
  readonly engine: PGlite
  readonly turns: Turns.Turns
  readonly served: Welcome.Served
  /** How long a client waits for its turn. */
  readonly patience: Duration.Duration
  /** How long a client may take to be let in. */
  readonly welcomeWithin: Duration.Duration
  /** Fails when the engine itself has failed. */
  readonly broken: Deferred.Deferred<never, DatabaseError>
}

/** Settings whose values a client is told when it begins (PostgreSQL manual, "Asynchronous Operations"). */
const reported = `
  SELECT name, setting FROM pg_catalog.pg_settings WHERE name IN (
    'application_name', 'client_encoding', 'DateStyle', 'default_transaction_read_only', 'in_hot_standby',
    'integer_datetimes', 'IntervalStyle', 'is_superuser', 'scram_iterations', 'search_path', 'server_encoding',
    'server_version', 'session_authorization', 'standard_conforming_strings', 'TimeZone'
  )
  UNION ALL SELECT 'is_superuser', pg_catalog.current_setting('is_superuser')
  UNION ALL SELECT 'session_authorization', session_user`

/** The types of messages that go to the engine, and the longest of those that are short (PostgreSQL: PQ_SMALL_MESSAGE_LIMIT). */
const forEngine = new Set(["B", "C", "D", "E", "F", "H", "P", "Q", "S", "c", "d", "f"])
const short = new Set(["C", "D", "E", "H", "S", "c", "f"])
const shortest = 10_000
const longest = 0x3fffffff

const mayReset = /\b(?:reset|discard|default)\b/i
const namesOfSettings = /\b[a-z_]\w*\.[a-z_]\w*\b/gi

/** Serves one client until it goes. `isGone` tells whether its socket is closed, for ever. */
export const serve = Effect.fnUntraced(function*(
  host: Host,
  number: number,
  socket: Socket.Socket,
  isGone: () => boolean
): Effect.fn.Return<void, Socket.SocketError, Scope.Scope> {
  const pull = yield* Socket.readerBytes(socket)
  const writer = yield* socket.writer
  const bytes = wire(pull, writer, isGone)
  const turnAway = (error: DatabaseError) => Effect.ignore(bytes.send(Message.error(error, "FATAL")))
  yield* talk(host, number, bytes).pipe(
    Effect.catchTag("DatabaseError", turnAway),
    Effect.onInterrupt(() =>
      turnAway(
        new DatabaseError({ code: "57P01", message: "terminating connection: the embedded PostgreSQL ends" })
      ).pipe(Effect.timeoutOption("1 second"))
    )
  )
})

const wire = (
  pull: Effect.Effect<ReadonlyArray<Uint8Array>, Socket.SocketError>,
  writer: Socket.Writer,
  isGone: () => boolean
): Welcome.Bytes<Socket.SocketError | DatabaseError> => {
  let pieces: Array<Uint8Array> = []
  let held = 0
  const take = Effect.fnUntraced(function*(length: number) {
    while (held < length) {
      for (const piece of yield* pull) {
        pieces.push(piece)
        held += piece.length
      }
    }
    const [first] = pieces
    const whole = first !== undefined && first.length >= length ? first : Message.concat(pieces)
    const rest = whole.subarray(length)
    if (whole === first) {
      if (rest.length > 0) pieces[0] = rest
      else pieces.shift()
    } else pieces = rest.length > 0 ? [rest] : []
    held -= length
    return whole.subarray(0, length)
  })
  return {
    take,
    send: (message) =>
      Effect.suspend(() => {
        // a closed socket takes nothing, and never says that it could again
        if (isGone()) {
          return Effect.fail(new Socket.SocketError({ reason: new Socket.SocketCloseError({ code: 1006 }) }))
        }
        return message.length === 0 ? Effect.void : writer.write(message)
      }),
    receive: Effect.gen(function*() {
      const head = yield* take(5)
      const type = String.fromCharCode(head[0] ?? 0)
      const length = Message.int32At(head, 1)
      const isSane = length >= 4 && length <= (short.has(type) || !forEngine.has(type) ? shortest : longest)
      if (!isSane) return yield* new DatabaseError({ code: "08P01", message: "invalid message length" })
      return { type, bytes: Message.concat([head, yield* take(length - 4)]) }
    })
  }
}

const talk = Effect.fnUntraced(function*(
  host: Host,
  number: number,
  bytes: Welcome.Bytes<Socket.SocketError | DatabaseError>
): Effect.fn.Return<void, Socket.SocketError | DatabaseError, Scope.Scope> {
  const { engine, turns } = host
  const settings = yield* Effect.timeoutOption(Welcome.welcome(bytes, host.served), host.welcomeWithin)
  if (settings._tag === "None" || settings.value === undefined) return
  const defaults = settings.value
  const program = defaults.find(([name]) => name === "application_name")?.[1] ?? ""
  const self = Turns.tenant(`connection ${number}${program === "" ? "" : ` (${program})`}`)
  for (const [name] of defaults) if (name.includes(".")) self.customSettings.add(name)

  const scope = yield* Effect.scope
  yield* Scope.addFinalizer(scope, turns.end(self))
  yield* turns.enter(self, host.patience)
  yield* SessionState.set(engine, defaults)
  const { rows } = yield* SessionState.run(
    reported,
    (sql) => engine.query<{ readonly name: string; readonly setting: string }>(sql)
  )
  yield* turns.leave
  yield* bytes.send(Message.concat([
    Message.authenticated,
    ...[...new Map(rows.map(({ name, setting }) => [name, setting]))].map(([name, value]) =>
      Message.parameterStatus(name, value)
    ),
    Message.backendKey(number, 0),
    Message.ready("I")
  ]))

  let status: Message.TransactionStatus = "I"
  /** Whether the engine is this client's. */
  let isIn = false
  /** Whether messages are passed over until the next Sync, as after an error of the extended protocol. */
  let passesOver = false
  let mayHaveReset = false
  let unnamed: Uint8Array | undefined
  let messages: Array<Message.Message> = []

  while (true) {
    const message = yield* bytes.receive
    if (message.type === "X") return
    if (!forEngine.has(message.type)) {
      return yield* new DatabaseError({ code: "08P01", message: `invalid frontend message type ${message.type}` })
    }
    messages.push(message)
    if (!/[QSHF]/.test(message.type)) continue
    const batch = messages
    messages = []
    if (passesOver) {
      if (message.type !== "S") continue
      passesOver = false
      yield* bytes.send(Message.ready(status))
      continue
    }
    if (!isIn) {
      const refused = yield* turns.enter(self, host.patience).pipe(
        Effect.as(undefined),
        Effect.catchTag("DatabaseError", Effect.succeed)
      )
      if (refused !== undefined) {
        yield* bytes.send(Message.error(refused))
        if (message.type === "H") passesOver = true
        else yield* bytes.send(Message.ready("I"))
        continue
      }
      isIn = true
    }
    for (const sql of batch.map(Message.sqlOf)) {
      if (sql === undefined) continue
      if (/\bset/i.test(sql)) {
        for (const [name] of sql.matchAll(namesOfSettings)) self.customSettings.add(name)
      }
    }
    if (mayHaveReset && status !== "E") {
      mayHaveReset = false
      yield* SessionState.setAgain(engine, defaults)
      self.unnamedIsLost = true
    }
    const firstUse = batch.find((one) => Message.statementOf(one) === "")
    const needsUnnamed = self.unnamedIsLost && firstUse !== undefined && firstUse.type !== "P"
    const result = yield* Exchange.run(engine, bytes, batch, needsUnnamed ? unnamed : undefined).pipe(
      Effect.catchTag("DatabaseError", (error) =>
        Effect.andThen(
          Deferred.fail(host.broken, error),
          new DatabaseError({
            code: "XX000",
            message: `the embedded PostgreSQL failed: ${field(error, "message") ?? ""}`,
            hint: "It has to be started again; what it held in memory is lost."
          })
        ))
    )
    self.unnamedIsLost = false
    unnamed = batch.findLast((one) => one.type === "P" && Message.statementOf(one) === "")?.bytes ?? unnamed
    mayHaveReset ||= batch.some((one) => mayReset.test(Message.sqlOf(one) ?? ""))
    status = result.status ?? status
    if (result.status === "I") {
      isIn = false
      yield* turns.leave
    }
    yield* bytes.send(result.answer)
  }
})
