/** The beginning of a connection: what the client wants, and that it knows the password (PostgreSQL manual, "Start-up"). */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Digest from "../../Digest.ts"
import { DatabaseError } from "../DatabaseError.ts"
import * as Message from "./Message.ts"

/** What a server admits. */
export interface Served {
  readonly user: string
  readonly database: string
  readonly password: Redacted.Redacted
}

/** The bytes of a connection before its messages have types. */
export interface Bytes<E> {
  readonly send: (bytes: Uint8Array) => Effect.Effect<void, E>
  /** Exactly so many bytes. */
  readonly take: (length: number) => Effect.Effect<Uint8Array, E>
  readonly receive: Effect.Effect<Message.Message, E>
}

/** More than any client sends before it is let in (PostgreSQL: MAX_STARTUP_PACKET_LENGTH). */
const longest = 10_000

/**
 * Lets a client in: gives its run-time parameters, in the order in which they are to be set; undefined for one that is done,
 * as a CancelRequest is. Fails with what the client is to be told before it is turned away.
 */
export const welcome = Effect.fnUntraced(function*<E>(
  bytes: Bytes<E>,
  served: Served
): Effect.fn.Return<ReadonlyArray<readonly [name: string, value: string]> | undefined, DatabaseError | E> {
  while (true) {
    const length = Message.int32At(yield* bytes.take(4), 0)
    if (length < 8 || length > longest) return yield* refusal("08P01", "invalid length of startup packet")
    const wanted = Message.startup(yield* bytes.take(length - 4))
    switch (wanted._tag) {
      case "Encryption":
        // on the loopback interface there is nobody to hide from
        yield* bytes.send(new TextEncoder().encode("N"))
        continue
      case "Cancel":
        return undefined
      case "Unknown":
        return yield* refusal("0A000", `unsupported frontend protocol ${wanted.version}: server supports 3.0`)
      case "Start": {
        const options = [...wanted.parameters.keys()].filter((name) => name.startsWith("_pq_."))
        if (wanted.minor > 0 || options.length > 0) yield* bytes.send(Message.negotiate(options))
        return yield* admit(bytes, served, wanted.parameters)
      }
    }
  }
})

const admit = Effect.fnUntraced(function*<E>(
  bytes: Bytes<E>,
  served: Served,
  parameters: ReadonlyMap<string, string>
): Effect.fn.Return<ReadonlyArray<readonly [name: string, value: string]>, DatabaseError | E> {
  const user = parameters.get("user") ?? ""
  yield* bytes.send(Message.askPassword)
  const answer = yield* bytes.receive
  // hashes: how long the comparison takes tells nothing about the password
  const isRight = answer.type === "p"
    && Digest.sha256Hex(Message.passwordOf(answer)) === Digest.sha256Hex(Redacted.value(served.password))
  if (!isRight) {
    return yield* refusal(
      "28P01",
      `password authentication failed for user "${user}"`,
      "Use the URL as it was printed; every start has a password of its own."
    )
  }
  if (user !== served.user) {
    return yield* refusal("28000", `role "${user}" is not served here`, `Connect as "${served.user}".`)
  }
  const database = parameters.get("database") || user
  if (database !== served.database) {
    return yield* refusal(
      "3D000",
      `database "${database}" does not exist`,
      `The embedded PostgreSQL serves one database: "${served.database}".`
    )
  }
  if ((parameters.get("replication") ?? "false") !== "false") {
    return yield* refusal("0A000", "the embedded PostgreSQL has no replication connections")
  }
  const aboutConnection = new Set(["user", "database", "options", "replication"])
  const given = [...parameters].filter(([name]) => !aboutConnection.has(name) && !name.startsWith("_pq_."))
  return [...fromOptions(parameters.get("options") ?? ""), ...given]
})

/** The settings of `-c name=value` and `--name=value`, where a backslash keeps a space in a value (PostgreSQL manual, `options`). */
export const fromOptions = (options: string): ReadonlyArray<readonly [name: string, value: string]> => {
  const words = [...options.matchAll(/(?:\\[\s\S]|\S)+/g)].map(([word]) => word.replaceAll(/\\([\s\S])/g, "$1"))
  const settings: Array<readonly [string, string]> = []
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? ""
    const assignment = word === "-c" ? words[at += 1] ?? "" : word.replace(/^(?:--|-c)/, "")
    const equals = assignment.indexOf("=")
    const name = (equals < 0 ? assignment : assignment.slice(0, equals)).replaceAll("-", "_")
    settings.push([name, equals < 0 ? "" : assignment.slice(equals + 1)])
  }
  return settings
}

const refusal = (code: string, message: string, hint?: string): Effect.Effect<never, DatabaseError> =>
  Effect.fail(new DatabaseError({ code, message, ...(hint === undefined ? {} : { hint }) }))
