/** URLs of libSQL servers: the token in them, and which database they lead to. Pure. */

/** Whether a text is the URL of a libSQL server. */
export const isLibsqlUrl = (text: string): boolean => /^(libsql|https?|wss?):\/\//i.test(text)

const tokenParameter = /([?&])authToken=([^&]*)(&|$)/

const decoded = (token: string): string => {
  try {
    return decodeURIComponent(token)
  } catch {
    return token
  }
}

/** The token in a URL, and the URL without it. A token that is there and empty means that there is none. */
export const splitToken = (url: string): { readonly url: string; readonly token: string | undefined } => {
  const found = tokenParameter.exec(url)
  if (found === null) return { url, token: undefined }
  const [all, before = "?", token = "", after = ""] = found
  return { url: url.replace(all, after === "" ? "" : before), token: decoded(token) }
}

/** The URL with a token; one that has a token already, be it an empty one, stays as it is. */
export const withToken = (url: string, token: string): string =>
  tokenParameter.test(url) ? url : `${url}${url.includes("?") ? "&" : "?"}authToken=${encodeURIComponent(token)}`

/** Where a URL leads; undefined for what is no URL. The default ports of HTTP and of HTTPS are no port. */
const addressIn = (url: string) => {
  const start = /^[a-z]+:/i.exec(url)?.[0] ?? ""
  // the address of a host is read in the same way for all of them
  const written = `http:${url.slice(start.length)}`
  if (!isLibsqlUrl(url) || !URL.canParse(written)) return undefined
  const { hostname, pathname, port } = new URL(written)
  return { host: hostname.toLowerCase(), port: port === "443" ? "" : port, path: pathname.replace(/\/+$/, "") }
}

/** A server's database as people call it: `shop-ann.example.org`, `127.0.0.1:8080`. */
export const databaseName = (url: string): string => {
  const address = addressIn(url)
  return address === undefined
    ? "(not a URL)"
    : `${address.host}${address.port === "" ? "" : `:${address.port}`}${address.path}`
}

/** Names of this machine. */
const isHere = (host: string): boolean =>
  host === "localhost" || host === "[::1]" || host === "0.0.0.0" || host.startsWith("127.") ||
  host.endsWith(".localhost")

/** Whether two URLs lead to one database, as far as their addresses tell: by every scheme, and every name of this machine. */
export const isSameAddress = (one: string, other: string): boolean => {
  const [a, b] = [addressIn(one), addressIn(other)]
  if (a === undefined || b === undefined) return false
  return a.port === b.port && a.path === b.path && (a.host === b.host || (isHere(a.host) && isHere(b.host)))
}
