/**
 * Connection URLs as libpq reads them (PostgreSQL manual, "Connection URIs" and "Parameter Key Words"), and how they are
 * shown to people: never with a password.
 */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { DatabaseError } from "./DatabaseError.ts"

/** How a connection is encrypted and what of the server's certificate is checked (PostgreSQL manual, "SSL Mode Descriptions"). */
export type SslMode = "disable" | "prefer" | "require" | "verify-ca" | "verify-full"

/** Which of several servers is wanted (PostgreSQL manual, `target_session_attrs`). */
export type TargetSession = "read-write" | "read-only" | "primary" | "standby" | "prefer-standby"

/** What a connection URL says. What it leaves out is undefined, for the driver's defaults (`PGHOST`, `PGUSER` …). */
export interface ConnectionUrl {
  /** Hosts to try in this order; one that begins with `/` is the folder of a Unix socket. */
  readonly hosts: ReadonlyArray<{ readonly host: string; readonly port: number | undefined }>
  readonly user: string | undefined
  readonly password: string | undefined
  readonly database: string | undefined
  readonly sslMode: SslMode
  /** Paths of PEM files: the certificate authority, and this client's certificate and key. */
  readonly sslFiles: { readonly ca?: string; readonly cert?: string; readonly key?: string }
  /** Seconds to wait for a connection; 0 waits without end. */
  readonly connectTimeout: number | undefined
  readonly targetSessionAttributes: TargetSession | undefined
  /** Run-time parameters of the session, such as `application_name`, `options` and `search_path`. */
  readonly parameters: ReadonlyMap<string, string>
}

const scheme = /^postgres(?:ql)?:\/\//i
const sslModes: ReadonlyMap<string, SslMode> = new Map<string, SslMode>([
  ["disable", "disable"],
  ["false", "disable"],
  // libpq's `allow` differs from `prefer` only in what it tries first
  ["allow", "prefer"],
  ["prefer", "prefer"],
  ["require", "require"],
  ["true", "require"],
  ["no-verify", "require"],
  ["verify-ca", "verify-ca"],
  ["verify-full", "verify-full"]
])
const targetSessions: ReadonlyArray<TargetSession> = ["read-write", "read-only", "primary", "standby", "prefer-standby"]

/** Key words that tune libpq itself and change neither where the connection goes nor what the session does. */
const withoutMeaningHere = new Set([
  "channel_binding",
  "client_encoding",
  "gssencmode",
  "keepalives",
  "keepalives_count",
  "keepalives_idle",
  "keepalives_interval",
  "krbsrvname",
  "load_balance_hosts",
  "sslcompression",
  "sslsni",
  "tcp_user_timeout"
])

/** Key words that would change where or as whom the connection is made, and that are not supported. */
const refused = new Set(["hostaddr", "passfile", "service", "servicefile", "requirepeer", "replication", "sslpassword"])

/**
 * A connection URL as it may be shown: user, host, port and database are kept, the password is not, wherever it was written. Of
 * the parameters only `host` and `port` (a Unix socket) stay. Text that is no URL loses everything that may be a secret.
 */
export const redactUrl = (url: string): string => {
  const start = scheme.exec(url)
  if (start === null) {
    if (url.includes("@") || /password/i.test(url)) return "(a connection string)"
    // tokens of other databases are parameters
    return /^[a-z][a-z0-9+.-]*:\/\//i.test(url) ? url.replace(/[?#].*$/s, "") : url
  }
  const rest = url.slice(start[0].length)
  const [beforeQuery = "", query = ""] = splitOnce(rest, "?")
  // a password that holds a "?" of its own: what stands before it is a part of it
  if (query.includes("@") && (!beforeQuery.includes("@") || !/^[a-z_][\w.]*=/i.test(query))) return `${start[0]}…`
  // the last "@": a password may hold one, and "/" as well
  const at = beforeQuery.lastIndexOf("@")
  const user = at < 0 ? "" : `${splitOnce(beforeQuery.slice(0, at), ":")[0]}@`
  const [authority, path] = splitOnce(beforeQuery.slice(at + 1), "/")
  const hosts = authority.split(",").map((host) => /^(\[[^\]]*\]|[^:]*)(:\d*)?$/.test(host) ? host : host.split(":")[0])
  const shown = query.split("&").filter((parameter) => /^(host|port|dbname|user)=/.test(parameter))
  return `${start[0]}${user}${hosts.join(",")}${path === undefined ? "" : `/${path}`}${
    shown.length === 0 ? "" : `?${shown.join("&")}`
  }`
}

/** The URL of another database of the same server; what else it says stays. `options` are added to the session's (libpq's `options`). */
export const withDatabase = (
  url: Redacted.Redacted<string>,
  database: string,
  options?: string
): Redacted.Redacted<string> => {
  const [beforeQuery = "", query = ""] = splitOnce(Redacted.value(url), "?")
  const start = scheme.exec(beforeQuery)?.[0] ?? ""
  const [authority = ""] = splitOnce(beforeQuery.slice(start.length), "/")
  const parameters = query.split("&").filter((parameter) => parameter !== "" && !/^dbname=/i.test(parameter))
  const own = parameters.findIndex((parameter) => /^options=/i.test(parameter))
  if (options !== undefined) {
    const added = encodeURIComponent(options)
    if (own < 0) parameters.push(`options=${added}`)
    else parameters[own] = `${parameters[own]}%20${added}`
  }
  return Redacted.make(
    `${start}${authority}/${encodeURIComponent(database)}${parameters.length === 0 ? "" : `?${parameters.join("&")}`}`
  )
}

/** The same URL as `postgresql://…`, which every client reads; some do not know `postgres://…`. */
export const withPostgresqlScheme = (url: Redacted.Redacted<string>): Redacted.Redacted<string> =>
  Redacted.make(Redacted.value(url).replace(scheme, "postgresql://"))

/** Reads a connection URL; fails with the code `LP_BAD_URL`. */
export const parse = (url: string): Effect.Effect<ConnectionUrl, DatabaseError> => {
  const problem = (what: string): Effect.Effect<never, DatabaseError> =>
    Effect.fail(
      new DatabaseError({
        code: "LP_BAD_URL",
        message: `The connection URL ${redactUrl(url)} cannot be used: ${what}`,
        hint:
          "Write it as postgres://user:password@host:5432/database. In a user name or password, write special characters by percent-encoding: @ as %40, / as %2F, : as %3A, ? as %3F, # as %23."
      })
    )

  const start = scheme.exec(url)
  if (start === null) return problem("it does not begin with postgres:// or postgresql://.")
  const [beforeQuery = "", query] = splitOnce(url.slice(start[0].length), "?")
  const [authority = "", path] = splitOnce(beforeQuery, "/")
  const at = authority.lastIndexOf("@")
  const [user, password] = at < 0 ? [undefined, undefined] : splitOnce(authority.slice(0, at), ":")

  const parameters = new Map<string, string>()
  for (const [key, value] of new URLSearchParams(plusAsIs(query ?? ""))) parameters.set(key, value)
  const take = (key: string): string | undefined => {
    const value = parameters.get(key)
    parameters.delete(key)
    return value === "" ? undefined : value
  }

  // part of a password that was not percent-encoded, in all likelihood: not to be sent, and not to be shown
  if ([...parameters.keys()].some((key) => !/^[a-z_][\w.]*$/i.test(key)) || (at < 0 && query?.includes("@"))) {
    return problem("what follows the ? are no parameters.")
  }
  const unsupported = [...parameters.keys()].find((key) => refused.has(key))
  if (unsupported !== undefined) return problem(`the parameter ${unsupported} is not supported.`)
  for (const key of withoutMeaningHere) parameters.delete(key)

  const hosts: Array<{ readonly host: string; readonly port: number | undefined }> = []
  const names = take("host")?.split(",")
  const ports = take("port")?.split(",") ?? []
  const listed = authority.slice(at + 1) === "" ? [] : authority.slice(at + 1).split(",")
  for (const [index, written] of (names ?? listed).entries()) {
    const match = names === undefined ? /^(?:\[([^\]]+)\]|([^:[\]]*))(?::(\d+))?:?$/.exec(written) : [written, written]
    if (match === null) return problem("the host and port cannot be read.")
    const host = percentDecode(match[1] ?? match[2] ?? "")
    const port = match[3] ?? ports[index] ?? (ports.length === 1 ? ports[0] : undefined)
    if (host === undefined) return problem("the host is not valid percent-encoding.")
    if (port !== undefined && !(/^\d+$/.test(port) && Number(port) >= 1 && Number(port) <= 65535)) {
      return problem("a port is a number from 1 to 65535.")
    }
    hosts.push({ host: host === "" ? "localhost" : host, port: port === undefined ? undefined : Number(port) })
  }
  if (hosts.length === 0 && ports[0] !== undefined) {
    if (!/^\d+$/.test(ports[0])) return problem("a port is a number from 1 to 65535.")
    hosts.push({ host: "localhost", port: Number(ports[0]) })
  }

  const decoded = { user: percentDecode(user), password: percentDecode(password), path: percentDecode(path) }
  if (
    (user !== undefined && decoded.user === undefined) || (password !== undefined && decoded.password === undefined) ||
    (path !== undefined && decoded.path === undefined)
  ) {
    return problem("a % is not followed by two hexadecimal digits; write a plain % as %25.")
  }

  const ssl = take("sslmode") ?? take("ssl") ?? (parameters.get("sslrootcert") === "system" ? "verify-full" : "prefer")
  const sslMode = sslModes.get(ssl)
  if (sslMode === undefined) {
    return problem(
      `sslmode is one of ${[...sslModes.keys()].filter((mode) => !/true|false|no-/.test(mode)).join(", ")}.`
    )
  }
  const [ca, cert, key] = [take("sslrootcert"), take("sslcert"), take("sslkey")]
  if (take("sslnegotiation") === "direct") return problem("sslnegotiation=direct is not supported.")

  const timeout = take("connect_timeout")
  if (timeout !== undefined && !/^\d+$/.test(timeout)) return problem("connect_timeout is a number of seconds.")

  const attributes = take("target_session_attrs")
  const targetSession = targetSessions.find((session) => session === attributes)
  if (attributes !== undefined && attributes !== "any" && targetSession === undefined) {
    return problem(`target_session_attrs is one of any, ${targetSessions.join(", ")}.`)
  }

  const fallbackName = take("fallback_application_name")
  if (fallbackName !== undefined && !parameters.has("application_name")) {
    parameters.set("application_name", fallbackName)
  }

  return Effect.succeed({
    hosts,
    user: take("user") ?? emptyAsMissing(decoded.user),
    password: take("password") ?? emptyAsMissing(decoded.password),
    database: take("dbname") ?? emptyAsMissing(decoded.path),
    sslMode,
    sslFiles: {
      ...(ca === undefined || ca === "system" ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key })
    },
    connectTimeout: timeout === undefined ? undefined : Number(timeout),
    targetSessionAttributes: targetSession,
    parameters
  })
}

const splitOnce = (source: string, separator: string): readonly [string, string | undefined] => {
  const at = source.indexOf(separator)
  return at < 0 ? [source, undefined] : [source.slice(0, at), source.slice(at + separator.length)]
}

const emptyAsMissing = (value: string | undefined): string | undefined => value === "" ? undefined : value

/** libpq knows no `+` for a space. */
const plusAsIs = (query: string): string => query.replaceAll("+", "%2B")

const percentDecode = (source: string | undefined): string | undefined => {
  try {
    return source === undefined ? undefined : decodeURIComponent(source)
  } catch {
    return undefined
  }
}
