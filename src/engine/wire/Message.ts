/**
 * The messages of PostgreSQL's frontend/backend protocol 3.0 that a server reads and writes (PostgreSQL manual, "Message
 * Formats"). Pure: bytes in, plain data out.
 */
import { isSqlState } from "../DatabaseError.ts"

/** One message as it travels: its type, and all its bytes with type and length. */
export interface Message {
  readonly type: string
  readonly bytes: Uint8Array
}

/** What goes into an ErrorResponse (PostgreSQL manual, "Error and Notice Message Fields"). */
export interface ErrorFields {
  readonly code: string
  readonly message: string
  readonly detail?: string | undefined
  readonly hint?: string | undefined
  readonly position?: number | undefined
}

/** The transaction status of a ReadyForQuery: idle, in a transaction, in a failed transaction. */
export type TransactionStatus = "I" | "T" | "E"

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** The bytes of several pieces in one. */
export const concat = (pieces: ReadonlyArray<Uint8Array>): Uint8Array => {
  const [only] = pieces
  if (only !== undefined && pieces.length === 1) return only
  const whole = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0))
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole
}

/** A number of four bytes at a place, as the protocol writes all its numbers. */
export const int32At = (bytes: Uint8Array, at: number): number =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getInt32(at)

const int32 = (value: number): Uint8Array => {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setInt32(0, value)
  return bytes
}

const int16 = (value: number): Uint8Array => Uint8Array.of(value >> 8 & 0xff, value & 0xff)

const cstring = (text: string): Uint8Array => encoder.encode(`${text}\0`)

/** A message of a type, its length put in. */
export const message = (type: string, ...body: ReadonlyArray<Uint8Array>): Uint8Array => {
  const length = body.reduce((sum, piece) => sum + piece.length, 4)
  return concat([encoder.encode(type), int32(length), ...body])
}

/** AuthenticationCleartextPassword: asks for the password. */
export const askPassword: Uint8Array = message("R", int32(3))

/** AuthenticationOk. */
export const authenticated: Uint8Array = message("R", int32(0))

/** ParameterStatus. */
export const parameterStatus = (name: string, value: string): Uint8Array => message("S", cstring(name), cstring(value))

/** BackendKeyData. */
export const backendKey = (process: number, secret: number): Uint8Array => message("K", int32(process), int32(secret))

/** ReadyForQuery. */
export const ready = (status: TransactionStatus): Uint8Array => message("Z", encoder.encode(status))

/** NegotiateProtocolVersion: version 3.0 is spoken here, and none of these protocol options. */
export const negotiate = (options: ReadonlyArray<string>): Uint8Array =>
  message("v", int32(0), int32(options.length), ...options.map(cstring))

/** ErrorResponse. A FATAL one is followed by the end of the connection. */
export const error = (fields: ErrorFields, severity: "ERROR" | "FATAL" = "ERROR"): Uint8Array => {
  const { code, detail, hint, position } = fields
  const listed: ReadonlyArray<readonly [string, string | undefined]> = [
    ["S", severity],
    ["V", severity],
    ["C", isSqlState(code) ? code : "XX000"],
    ["M", fields.message],
    ["D", detail],
    ["H", hint],
    ["P", position === undefined ? undefined : String(position)]
  ]
  return message(
    "E",
    ...listed.flatMap(([field, value]) => value === undefined ? [] : [encoder.encode(field), cstring(value)]),
    Uint8Array.of(0)
  )
}

/** Parse, of a statement with parameters of these types. */
export const parse = (name: string, sql: string, types: ReadonlyArray<number>): Uint8Array =>
  message("P", cstring(name), cstring(sql), int16(types.length), ...types.map(int32))

/** Sync. */
export const sync: Uint8Array = message("S")

/** CopyFail. */
export const copyFail = (reason: string): Uint8Array => message("f", cstring(reason))

/** The messages that bytes hold, which must be whole messages. */
export const split = (bytes: Uint8Array): Array<Message> => {
  const messages: Array<Message> = []
  for (let at = 0; at < bytes.length;) {
    const end = at + 1 + int32At(bytes, at + 1)
    messages.push({ type: String.fromCharCode(bytes[at] ?? 0), bytes: bytes.subarray(at, end) })
    at = end
  }
  return messages
}

/** The status that a ReadyForQuery at the end of these bytes tells; undefined where there is none. */
export const statusAtEnd = (bytes: Uint8Array): TransactionStatus | undefined => {
  const at = bytes.length - 6
  if (at < 0 || bytes[at] !== 0x5a || int32At(bytes, at + 1) !== 5) return undefined
  const status = String.fromCharCode(bytes[at + 5] ?? 0)
  return status === "T" || status === "E" ? status : "I"
}

/** The text up to the next zero byte, and where the bytes after it begin. */
const textAt = (bytes: Uint8Array, at: number): readonly [text: string, next: number] => {
  const end = bytes.indexOf(0, at)
  return end < 0 ? [decoder.decode(bytes.subarray(at)), bytes.length] : [
    decoder.decode(bytes.subarray(at, end)),
    end + 1
  ]
}

/** The SQL of a Query or a Parse; undefined for other messages. */
export const sqlOf = ({ bytes, type }: Message): string | undefined =>
  type === "Q" ? textAt(bytes, 5)[0] : type === "P" ? textAt(bytes, textAt(bytes, 5)[1])[0] : undefined

/** The prepared statement that a message makes, binds or describes: "" for the unnamed one, undefined where there is none. */
export const statementOf = ({ bytes, type }: Message): string | undefined =>
  type === "P"
    ? textAt(bytes, 5)[0]
    : type === "B"
    ? textAt(bytes, textAt(bytes, 5)[1])[0]
    : type === "D" && bytes[5] === 0x53
    ? textAt(bytes, 6)[0]
    : undefined

/** The password that a PasswordMessage carries. */
export const passwordOf = ({ bytes }: Message): string => textAt(bytes, 5)[0]

/** What a client asks for before anything else (PostgreSQL manual, "Start-up"); the bytes come without their length. */
export type Startup =
  | { readonly _tag: "Encryption" }
  | { readonly _tag: "Cancel" }
  | { readonly _tag: "Start"; readonly minor: number; readonly parameters: ReadonlyMap<string, string> }
  | { readonly _tag: "Unknown"; readonly version: string }

/** Reads the first message of a connection. */
export const startup = (body: Uint8Array): Startup => {
  const code = body.length < 4 ? 0 : int32At(body, 0)
  if (code === 80877103 || code === 80877104) return { _tag: "Encryption" }
  if (code === 80877102) return { _tag: "Cancel" }
  if (code >> 16 !== 3) return { _tag: "Unknown", version: `${code >> 16}.${code & 0xffff}` }
  const parameters = new Map<string, string>()
  for (let at = 4; at < body.length && body[at] !== 0;) {
    const [name, valueAt] = textAt(body, at)
    const [value, next] = textAt(body, valueAt)
    parameters.set(name, value)
    at = next
  }
  return { _tag: "Start", minor: code & 0xffff, parameters }
}
