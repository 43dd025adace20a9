/** What a libSQL server refused, or why it could not be reached, in words that say what to do next. Never with the token. */
import { DatabaseError } from "./DatabaseError.ts"
import { field } from "./ServerMessage.ts"
import { explained } from "./SqliteFailure.ts"

/** Where a server is: as people may see it, and the token that no message may hold. */
export interface Place {
  readonly description: string
  readonly token: string | undefined
}

/** What went wrong with a server, not with a statement. */
interface Explanation {
  readonly code: string
  readonly what: string
  readonly next: string
}

const byStatus = (status: number): Explanation => {
  if (status === 401 || status === 403) {
    return {
      code: "LP_TOKEN",
      what: "the token is wrong, expired, missing, or not for this database",
      next: "Set the token of the database: the authToken parameter of the URL, or LIBSQL_AUTH_TOKEN."
    }
  }
  return status < 500
    ? notLibsql
    : {
      code: "LP_UNREACHABLE",
      what: `the server answers with HTTP status ${status}`,
      next: "Try again in a moment, and look at the server's log."
    }
}

const notLibsql: Explanation = {
  code: "LP_NOT_LIBSQL",
  what: "what answers there is not a libSQL server, or has no such database",
  next: "Check the host, the port and the path of the URL."
}
const oldProtocol: Explanation = {
  code: "LP_PROTOCOL",
  what: "the server does not speak version 3 of the protocol (Hrana)",
  next: "Check the URL; a libSQL server older than that has to be upgraded."
}
const unreachable = (reason: string): Explanation => ({
  code: "LP_UNREACHABLE",
  what: reason === "" ? "the server cannot be reached" : `the server cannot be reached (${reason})`,
  next: "Check the host and port, that the server is running, that https or http (tls=0) is right, and the network."
})

const closed = "the connection was closed"

/** Failures of the network in words, told by the operating system's name or, on Deno, which keeps that to itself, by the message. */
const reasons: ReadonlyArray<readonly [told: RegExp, reason: string]> = [
  [/ECONNREFUSED|connection ?refused/i, "nothing listens there"],
  [/ENOTFOUND|EAI_AGAIN|dns error/i, "the host name is not known"],
  [/ECONNRESET|EPIPE|handshake eof|WebSocket was closed/i, closed],
  [/^timeout$/, "no answer in time"]
]

/** An error and the errors that caused it, outermost first. */
const chain = (cause: unknown): ReadonlyArray<unknown> =>
  cause instanceof Error && cause.cause !== undefined ? [cause, ...chain(cause.cause)] : [cause]

const withoutToken = (text: string, { token }: Place): string =>
  token === undefined || token === "" ? text : text.replaceAll(token, "…")

/** What Bun, Deno and Node say of a server that answers to a WebSocket by HTTP. */
const noWebSocket = /(?:Expected 101 status code|Invalid status code|Unexpected server response): (\d{3})$/

/** The status of the HTTP answer that an error is about. */
const statusOf = (causes: ReadonlyArray<unknown>): number | undefined =>
  causes.map((one): unknown => {
    const [, ofWebSocket] = noWebSocket.exec(field(one, "message") ?? "") ?? []
    if (ofWebSocket !== undefined) return Number(ofWebSocket)
    return typeof one === "object" && one !== null ? Reflect.get(one, "status") : undefined
  }).find((one) => typeof one === "number")

const explain = (cause: unknown, place: Place): Explanation => {
  const causes = chain(cause)
  const message = field(cause, "message") ?? ""
  const status = statusOf(causes)
  if (status !== undefined) return byStatus(status)
  if (/^protocol \d|Protocol ?version/i.test(message)) return oldProtocol
  if (/JWT|auth|unauthorized|\b401\b|\b403\b/i.test(`${field(cause, "code") ?? ""} ${message}`)) return byStatus(401)
  if (
    causes.some((one) => one instanceof SyntaxError || /ProtoError|not JSON|subprotocol/i.test(String(one)))
  ) {
    return notLibsql
  }
  const told = (name: string) => causes.map((one) => field(one, name)).filter((found) => found !== undefined)
  const [codes, messages] = [told("code"), told("message")]
  const reason = reasons.find(([pattern]) => [...codes, ...messages].some((text) => pattern.test(text)))?.[1]
  return unreachable(reason ?? withoutToken(codes[0] ?? messages.at(-1) ?? "", place))
}

/** Whether a connection was closed before the server said why. */
export const isClosed = (error: DatabaseError): boolean =>
  error.code === "LP_UNREACHABLE" && error.message.includes(closed)

/** The error of a session that could not be opened. Takes what the client threw. */
export const connectionError = (cause: unknown, place: Place): DatabaseError => {
  const { code, next, what } = explain(cause, place)
  return new DatabaseError({ code, message: `Cannot connect to ${place.description}: ${what}.`, hint: next })
}

/** Servers tell the primary code alone; the message says which constraint it was. */
const constraints: ReadonlyArray<readonly [start: string, code: string]> = [
  ["CHECK constraint", "SQLITE_CONSTRAINT_CHECK"],
  ["NOT NULL constraint", "SQLITE_CONSTRAINT_NOTNULL"],
  ["UNIQUE constraint", "SQLITE_CONSTRAINT_UNIQUE"],
  ["FOREIGN KEY constraint", "SQLITE_CONSTRAINT_FOREIGNKEY"]
]

/** What a server does to streams and transactions that SQLite does not, by its code. */
const ends: ReadonlyMap<string, Omit<Explanation, "code">> = new Map([
  ["TRANSACTION_TIMEOUT", {
    what: "took the transaction away: it had been open for several seconds, and somebody else waited to write",
    next: "Nothing of the transaction is kept. Run it again when nobody else writes to the database."
  }]
])

/** The error of a failed statement, or of one whose stream was lost. Takes what the client threw. */
export const statementError = (cause: unknown, sql: string, place: Place): DatabaseError => {
  const code = field(cause, "code")
  const told = withoutToken(field(cause, "message") ?? String(cause), place).replace(/^SQLite error: /, "")
  const ended = ends.get(code ?? "")
  if (code !== undefined && ended !== undefined) {
    const { next, what } = ended
    return new DatabaseError({ code, message: `The server ${place.description} ${what}.`, hint: next, sql })
  }
  if (code !== undefined && code.startsWith("SQL")) {
    const exact = code === "SQLITE_CONSTRAINT"
      ? constraints.find(([start]) => told.startsWith(start))?.[1] ?? code
      : code === "SQLITE_UNKNOWN"
      ? "SQLITE_ERROR"
      : code
    const known = explained(exact, `The database ${place.description}`)
    return known === undefined
      ? new DatabaseError({ code: exact, message: told, sql })
      : new DatabaseError({
        code: exact,
        message: known.message,
        detail: `The server says: ${told}`,
        hint: known.hint,
        sql
      })
  }
  const status = statusOf(chain(cause)) ?? Number(/\bHTTP status (\d{3})\b/.exec(told)?.[1])
  if (status === 401 || status === 403) {
    return new DatabaseError({
      code: "LP_TOKEN",
      message: `The server ${place.description} refuses the statement: the token is for reading alone, or has expired.`,
      hint: "Set a token that may write: the authToken parameter of the URL, or LIBSQL_AUTH_TOKEN.",
      sql
    })
  }
  return code === undefined
    ? new DatabaseError({
      code: "LP_CONNECTION_LOST",
      message: `The connection to ${place.description} was lost.`,
      detail: told,
      hint:
        "The server may have restarted or ended the session. What was not committed is rolled back; whether a COMMIT that was under way took effect has to be looked up.",
      sql
    })
    : new DatabaseError({ code, message: told, sql })
}
