/** Why no connection came about or one was lost, in words that say where it was tried, what was wrong and what to do next. */
import { DatabaseError, isSqlState } from "./DatabaseError.ts"
import { field } from "./ServerMessage.ts"

/** Where a connection was tried; `host` is a folder for a Unix socket. */
export interface Place {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly database: string
}

interface Explanation {
  /** Left out where the server's own words are best. */
  readonly what?: (place: Place) => string
  readonly next: (place: Place) => string
}

const address = (place: Place): string =>
  place.host.startsWith("/")
    ? `${place.host}/.s.PGSQL.${place.port}`
    : `${place.host.includes(":") ? `[${place.host}]` : place.host}:${place.port}`

const certificate: Explanation = {
  what: () => "the server's certificate is not trusted",
  next: () =>
    "Name the certificate authority with sslrootcert=FILE in the connection URL, or use sslmode=require to encrypt without checking the certificate."
}
const unreachable: Explanation = {
  what: () => "the host cannot be reached",
  next: () => "Check the host and port, that the server is running, and that no firewall is in between."
}
const noAnswer: Explanation = {
  what: () => "no PostgreSQL server answered in time",
  next: () =>
    "Check the host and port, and that no firewall is in between; connect_timeout=SECONDS in the connection URL waits longer."
}
const unknownHost: Explanation = {
  what: (place) => `the host name ${place.host} is not known`,
  next: () => "Check the spelling of the host in the connection URL, and the network or VPN."
}
const noSocket: Explanation = {
  what: (place) => place.host.startsWith("/") ? `there is no socket in ${place.host}` : "nothing listens there",
  next: () => "Start the PostgreSQL server, or correct the host and port in the connection URL."
}
const closed: Explanation = {
  what: () => "the connection was closed",
  next: () =>
    "The server may not offer TLS (sslmode=disable connects without), or has restarted, or what answers there is not PostgreSQL."
}

/** By SQLSTATE (PostgreSQL manual, appendix "Error Codes"), the operating system's name, or the TLS library's. */
const explanations: ReadonlyMap<string, Explanation> = new Map<string, Explanation>([
  ["ECONNREFUSED", noSocket],
  ["ENOENT", noSocket],
  ["EACCES", {
    what: () => "the operating system does not permit it",
    next: () => "Check the permissions of the socket's folder, or the sandbox that this program runs in."
  }],
  ["ENOTFOUND", unknownHost],
  ["EAI_AGAIN", unknownHost],
  ["EAI_FAIL", unknownHost],
  ["EHOSTUNREACH", unreachable],
  ["ENETUNREACH", unreachable],
  ["ETIMEDOUT", noAnswer],
  ["CONNECT_TIMEOUT", noAnswer],
  ["ECONNRESET", closed],
  ["EPIPE", closed],
  ["CONNECTION_CLOSED", closed],
  ["CONNECTION_DESTROYED", closed],
  ["CONNECTION_ENDED", closed],
  ["DEPTH_ZERO_SELF_SIGNED_CERT", certificate],
  ["SELF_SIGNED_CERT_IN_CHAIN", certificate],
  ["UNABLE_TO_GET_ISSUER_CERT_LOCALLY", certificate],
  ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", certificate],
  ["CERT_HAS_EXPIRED", certificate],
  ["ERR_TLS_CERT_ALTNAME_INVALID", {
    what: (place) => `the server's certificate is not for ${place.host}`,
    next: () => "Connect by the name that the certificate holds, or use sslmode=verify-ca."
  }],
  ["28P01", {
    what: (place) => `the password for user ${place.user} is wrong or missing`,
    next: () =>
      "Correct the user or password in the connection URL (special characters percent-encoded), or set PGPASSWORD."
  }],
  ["28000", {
    what: (place) => `the server does not let user ${place.user} in`,
    next: () => "Check the user name, and the server's pg_hba.conf for this user, database, address and encryption."
  }],
  ["3D000", {
    what: (place) => `database ${place.database} does not exist`,
    next: (place) => `Create it (createdb ${place.database}), or correct the database in the connection URL.`
  }],
  ["53300", {
    what: () => "the server has no connection left",
    next: () => "Close other connections, or raise max_connections."
  }],
  ["57P03", {
    what: () => "the server is starting up, shutting down or recovering",
    next: () => "Try again in a moment."
  }],
  ["42704", {
    next: () => "The connection URL sets a parameter that the server does not know: take it out."
  }],
  ["42501", {
    what: (place) => `user ${place.user} may not connect to database ${place.database}`,
    next: (place) => `Have its owner run: GRANT CONNECT ON DATABASE ${place.database} TO ${place.user}`
  }]
])

/** The error of a connection that could not be made. Takes what the driver threw. */
export const connectionError = (cause: unknown, place: Place): DatabaseError => {
  const code = field(cause, "code") ?? "08001"
  const told = field(cause, "message")
  const explanation = explanations.get(code)
  // the message of a failure by SQLSTATE is the server's own; any other names nothing that the address does not
  const fromServer = isSqlState(code) && field(cause, "severity") !== undefined
  const what = explanation?.what?.(place) ?? told ?? "the reason is not known"
  return new DatabaseError({
    code,
    message: `Cannot connect to database ${place.database} on ${address(place)} as user ${place.user}: ${what}.`,
    ...(fromServer && told !== undefined && explanation?.what !== undefined
      ? { detail: `The server says: ${told}` }
      : {}),
    hint: explanation?.next(place) ?? field(cause, "hint") ?? "Check the connection URL and the server's log."
  })
}

/** The error of a statement whose connection was lost while it ran, or before. */
export const lostConnection = (place: Place, sql: string): DatabaseError =>
  new DatabaseError({
    code: "08006",
    message: `The connection to database ${place.database} on ${address(place)} was lost.`,
    hint:
      "The server may have restarted or ended the session. What was not committed is rolled back; whether a COMMIT that was under way took effect has to be looked up.",
    sql
  })

/** The error for a server whose major version is below the oldest that is supported. */
export const tooOld = (version: string, place: Place): DatabaseError =>
  new DatabaseError({
    code: "LP_SERVER_TOO_OLD",
    message: `The server at ${address(place)} is PostgreSQL ${version}; Lockplane needs PostgreSQL 14 or newer.`,
    hint: "Upgrade the server: PostgreSQL 13 and older no longer get security fixes."
  })
