/**
 * SQLite's values in JavaScript, the same by every driver. NULL is null, TEXT a string, REAL a number, BLOB a
 * `Uint8Array`. INTEGER is a number as long as a number holds it exactly (up to 2⁵³ − 1 either way), else a bigint.
 */
import type { Row } from "./Database.ts"

/** A value as the engines take it. */
export type Encoded = null | bigint | number | string | Uint8Array

/**
 * A parameter as it is sent. Whole numbers and booleans (1 and 0) go as INTEGER, other numbers as REAL; lists and
 * objects as JSON text. Undefined for what has no counterpart: NaN, and whole numbers beyond 64 bits.
 */
export const encode = (value: unknown): Encoded | undefined => {
  switch (typeof value) {
    case "undefined":
      return null
    case "boolean":
      return value ? 1n : 0n
    case "bigint":
      return BigInt.asIntN(64, value) === value ? value : undefined
    case "number":
      return Number.isNaN(value) ? undefined : Number.isSafeInteger(value) ? BigInt(value) : value
    case "string":
      return value
    default:
      return value === null || value instanceof Uint8Array ? value : JSON.stringify(value)
  }
}

/** A value as sessions hand it out. Takes whole numbers as bigints and blobs as `ArrayBuffer`. */
export const decode = (value: unknown): unknown => {
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : value
  return value instanceof ArrayBuffer ? new Uint8Array(value) : value
}

/** A row of such values. */
export const row = (raw: object): Row =>
  Object.fromEntries(Object.entries(raw).map(([name, value]) => [name, decode(value)]))

/** SQLite's own number for a version such as `3.45.1`: 3045001. 0 for text that is no version. */
export const versionNumber = (version: string): number => {
  const [, major = "0", minor = "0", patch = "0"] = /^(\d+)\.(\d+)(?:\.(\d+))?/.exec(version) ?? []
  return Number(major) * 1_000_000 + Number(minor) * 1000 + Number(patch)
}
