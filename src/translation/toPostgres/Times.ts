/** The current time as SQLite's functions give it, in UTC unless they say `localtime` (SQLite, "Date And Time Functions"). */
import { quoteLiteral } from "../../postgres/Identifier.ts"
import { nameOf, type Token } from "../../sqlite/sql/Lexer.ts"

/** A call, or keyword, that means the current time in a format of `strftime`. */
export interface NowCall {
  readonly format: string
  readonly isLocal: boolean
  /** How many tokens it has. */
  readonly length: number
}

/** The current time of PostgreSQL without a time zone: in UTC, or in that of the session. */
const time = ({ isLocal }: NowCall): string => isLocal ? "LOCALTIMESTAMP" : "(CURRENT_TIMESTAMP AT TIME ZONE 'UTC')"

const keywords: ReadonlyMap<string, string> = new Map([
  ["CURRENT_TIMESTAMP", "%Y-%m-%d %H:%M:%S"],
  ["CURRENT_DATE", "%Y-%m-%d"],
  ["CURRENT_TIME", "%H:%M:%S"]
])

const functions: ReadonlyMap<string, string> = new Map([
  ["DATETIME", "%Y-%m-%d %H:%M:%S"],
  ["DATE", "%Y-%m-%d"],
  ["TIME", "%H:%M:%S"],
  ["UNIXEPOCH", "%s"]
])

const isNow = (text: string | undefined): boolean => text === undefined || text === "now"

/** The call that begins at a token; undefined where none does. */
export const nowCall = (tokens: ReadonlyArray<Token>, at: number): NowCall | undefined => {
  const token = tokens[at]
  const keyword = keywords.get(token?.word ?? "")
  if (keyword !== undefined) return { format: keyword, isLocal: false, length: 1 }
  if (token?.kind !== "word" || tokens[at + 1]?.word !== "(") return undefined
  const close = tokens.findIndex((other, i) => i > at && other.word === ")")
  const given = tokens.slice(at + 2, close).filter(({ word }) => word !== ",")
  if (close < 0 || given.some(({ kind, word }) => kind !== "string" && word !== "CURRENT_TIMESTAMP")) return undefined
  const texts = given.map((one) => one.kind === "string" ? nameOf(one) : "now")
  const format = token.word === "STRFTIME" ? texts.shift() : functions.get(token.word)
  const [of, modifier, ...rest] = texts
  const isLocal = modifier === "localtime"
  return format === undefined || !isNow(of) || rest.length > 0 || modifier !== undefined && !isLocal
    ? undefined
    : { format, isLocal, length: close - at + 1 }
}

const patterns: ReadonlyMap<string, string> = new Map([
  ["Y", "YYYY"],
  ["m", "MM"],
  ["d", "DD"],
  ["H", "HH24"],
  ["M", "MI"],
  ["S", "SS"],
  ["f", "SS.MS"],
  ["j", "DDD"],
  ["F", "YYYY-MM-DD"],
  ["T", "HH24:MI:SS"],
  ["R", "HH24:MI"]
])

/** The current time in a format, as an expression of PostgreSQL; undefined for a format that it does not have. */
export const formattedNow = (call: NowCall): string | undefined => {
  const { format, isLocal } = call
  if (format === "%s") return isLocal ? undefined : "floor(EXTRACT(epoch FROM CURRENT_TIMESTAMP))::bigint"
  const pieces = format.match(/%.|[^%]+/gs) ?? []
  const made = pieces.map((piece) => {
    if (!piece.startsWith("%")) return /[A-Za-z"]/.test(piece) ? `"${piece.replaceAll("\"", "\\\"")}"` : piece
    return patterns.get(piece.slice(1))
  })
  return made.includes(undefined) ? undefined : `to_char(${time(call)}, ${quoteLiteral(made.join(""))})`
}

/** The current time as a value of a type; undefined where it is not one of a time. */
export const typedNow = (call: NowCall, type: string): string | undefined => {
  if (call.format === "%s") return undefined
  switch (type) {
    case "timestamp without time zone":
      return time(call)
    case "timestamp with time zone":
      return "CURRENT_TIMESTAMP"
    case "date":
      return `${time(call)}::date`
    case "time without time zone":
      return `${time(call)}::time`
    default:
      return undefined
  }
}
