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

/** The operating system's name for a failure, in words. */
const reasons: ReadonlyMap<string, string> = new Map([
  ["ECONNREFUSED", "nothing listens there"],
  ["ConnectionRefused", "nothing listens there"],
  ["ENOTFOUND", "the host name is not known"],
  ["EAI_AGAIN", "the host name is not known"],
  ["ECONNRESET", "the connection was closed"],
  ["timeout", "no answer in time"]
])

/** An error and the errors that caused it, outermost first. */
const chain = (cause: unknown): ReadonlyArray<unknown> =>
  cause instanceof Error && cause.cause !== undefined ? [cause, ...chain(cause.cause)] : [cause]

const explain = (cause: unknown): Explanation => {
  const causes = chain(cause)
  const message = field(cause, "message") ?? ""
  const status = causes.map((one) => typeof one === "object" && one !== null ? Reflect.get(one, "status") : undefined)
    .find((one) => typeof one === "number")
  if (typeof status === "number") return byStatus(status)
  if (/^protocol \d|Protocol ?version/i.test(message)) return oldProtocol
  if (/JWT|auth|unauthorized|\b401\b|\b403\b/i.test(`${field(cause, "code") ?? ""} ${message}`)) return byStatus(401)
  if (
    causes.some((one) =>
      one instanceof SyntaxError || /ProtoError|not JSON|expected 101|subprotocol/i.test(String(one))
    )
  ) {
    return notLibsql
  }
  const code = causes.map((one) => field(one, "code")).find((found) => found !== undefined) ?? ""
  return unreachable(reasons.get(code) ?? reasons.get(message) ?? (code || message))
}

const withoutToken = (text: string, { token }: Place): string =>
  token === undefined || token === "" ? text : text.replaceAll(token, "…")

/** The error of a session that could not be opened. Takes what the client threw. */
export const connectionError = (cause: unknown, place: Place): DatabaseError => {
  const { code, next, what } = explain(cause)
  return new DatabaseError({
    code,
    message: withoutToken(`Cannot connect to ${place.description}: ${what}.`, place),
    hint: next
  })
}

/** Servers tell the primary code alone; the message says which constraint it was. */
const constraints: ReadonlyArray<readonly [start: string, code: string]> = [
  ["CHECK constraint", "SQLITE_CONSTRAINT_CHECK"],
  ["NOT NULL constraint", "SQLITE_CONSTRAINT_NOTNULL"],
  ["UNIQUE constraint", "SQLITE_CONSTRAINT_UNIQUE"],
  ["FOREIGN KEY constraint", "SQLITE_CONSTRAINT_FOREIGNKEY"]
]

/** The error of a failed statement, or of one whose stream was lost. Takes what the client threw. */
export const statementError = (cause: unknown, sql: string, place: Place): DatabaseError => {
  const code = field(cause, "code")
  const told = withoutToken(field(cause, "message") ?? String(cause), place).replace(/^SQLite error: /, "")
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
