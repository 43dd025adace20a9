/**
 * One exchange with the engine: a client's messages up to a Query, Sync or Flush, and what the engine answers.
 *
 * The engine cannot wait for messages: it reads what it is given, and what it lacks ends it. So a COPY FROM STDIN is run
 * twice: first with a CopyFail, to see whether it asks for data, which the client is then told; once the client has sent them,
 * again with them. What the first run did is undone before.
 */
import type { PGlite } from "@electric-sql/pglite"
import * as Effect from "effect/Effect"
import type { DatabaseError } from "../DatabaseError.ts"
import * as Message from "./Message.ts"
import * as SessionState from "./SessionState.ts"

/** The client's end of an exchange. */
export interface Client<E> {
  /** Sends messages to it. */
  readonly send: (bytes: Uint8Array) => Effect.Effect<void, E>
  /** The next message from it. */
  readonly receive: Effect.Effect<Message.Message, E>
}

/** Gives the engine whole messages, and what it answers. It never asks for more: see above. */
const converse = (engine: PGlite, messages: ReadonlyArray<Uint8Array>): Effect.Effect<Uint8Array, DatabaseError> =>
  Effect.suspend(() => {
    const answer: Array<Uint8Array> = []
    return Effect.as(
      SessionState.run("", () =>
        engine.execProtocolRawStream(Message.concat(messages), {
          // the bytes are a view of the engine's memory
          onRawData: (bytes) => void answer.push(bytes.slice())
        })),
      answer
    )
  }).pipe(Effect.map(Message.concat))

const copies = /\bcopy\b[^;]*?\bstdin\b/gi

const startsStatement = ({ type }: Message.Message): boolean => type === "Q" || type === "E"

/**
 * Runs an exchange. Gives what has yet to be sent to the client, and the transaction status after it; the status is
 * undefined after a Flush, when the exchange goes on.
 *
 * @param unnamed the Parse that has to be sent before, its answer not being for the client
 */
export const run = Effect.fnUntraced(function*<E>(
  engine: PGlite,
  client: Client<E>,
  received: ReadonlyArray<Message.Message>,
  unnamed: Uint8Array | undefined
): Effect.fn.Return<
  { readonly answer: Uint8Array; readonly status: Message.TransactionStatus | undefined },
  DatabaseError | E
> {
  const probe = Message.copyFail("the data of a COPY in a transaction must follow its own statement")
  const announced = received.reduce((n, message) => n + (Message.sqlOf(message)?.match(copies)?.length ?? 0), 0)
  const inTransaction = engine.isInTransaction()
  let messages: ReadonlyArray<Message.Message> = received
  /** For every statement, the data of its COPYs. */
  const data = new Map<Message.Message, Array<Uint8Array>>()
  let given = 0
  let told = 0

  while (true) {
    const guarded = inTransaction && announced > given
    if (guarded) yield* converse(engine, [savepoint])
    const input = messages.flatMap((message) =>
      startsStatement(message) ? [message.bytes, ...(data.get(message) ?? []), probe] : [message.bytes]
    )
    const lead = unnamed === undefined ? [] : [unnamed]
    const whole = yield* converse(engine, [...lead, ...input])
    const answer = Message.split(whole)
    // the answer to `unnamed`; an error of it is the client's, as its own statement fails with it
    if (unnamed !== undefined && answer[0]?.type === "1") answer.shift()
    const asked = answer.flatMap(({ type }, at) => type === "G" ? [at] : [])
    const last = asked[given]
    const asker = last === undefined ? undefined : askedBy(messages, answer, last)
    if (last === undefined || asker === undefined || (inTransaction && !guarded)) {
      if (guarded && engine.isInTransaction() && Message.statusAtEnd(whole) === "T") {
        yield* converse(engine, [forgetSavepoint])
      }
      const rest = answer.slice(told)
      return { answer: Message.concat(rest.map(({ bytes }) => bytes)), status: Message.statusAtEnd(whole) }
    }
    if (guarded) yield* converse(engine, [undo])
    else if (engine.isInTransaction()) yield* converse(engine, [rollback])
    yield* client.send(Message.concat(answer.slice(told, last + 1).map(({ bytes }) => bytes)))
    told = last + 1

    const copied: Array<Uint8Array> = []
    for (let type = "d"; type === "d";) {
      const message = yield* client.receive
      // a Flush or Sync amid the data means nothing (PostgreSQL manual, "COPY Operations")
      if (message.type === "H" || message.type === "S") continue
      type = message.type
      copied.push(type === "d" || type === "c" || type === "f" ? message.bytes : unexpected)
    }
    data.set(asker, [...(data.get(asker) ?? []), ...copied])
    given += 1
    if (asker.type === "E") {
      // the Sync that came with the statement was part of the data; the one after them ends the exchange
      const more: Array<Message.Message> = []
      while (more.at(-1)?.type !== "S") more.push(yield* client.receive)
      messages = [...messages.filter(({ type }) => type !== "S" && type !== "H"), ...more]
    }
  }
})

/** The statement whose COPY asked for data, in the answer's place: as many statements before it have come to their ends. */
const askedBy = (
  messages: ReadonlyArray<Message.Message>,
  answer: ReadonlyArray<Message.Message>,
  place: number
): Message.Message | undefined => {
  const statements = messages.filter(startsStatement)
  if (statements[0]?.type === "Q") return statements[0]
  return statements[answer.slice(0, place).filter(({ type }) => type === "C" || type === "I" || type === "s").length]
}

const name = "lockplane_copy"
const query = (sql: string): Uint8Array => Message.message("Q", new TextEncoder().encode(`${sql}\0`))
const savepoint = query(`SAVEPOINT ${name}`)
const forgetSavepoint = query(`RELEASE SAVEPOINT ${name}`)
const undo = query(`ROLLBACK TO SAVEPOINT ${name}; RELEASE SAVEPOINT ${name}`)
const rollback = query("ROLLBACK")
const unexpected = Message.copyFail("a message that is no part of COPY came amid its data")
