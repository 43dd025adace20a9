/**
 * Changes of a column's type that keep every value as it is (measured on PostgreSQL 11 to 18): nothing can be lost, and
 * nothing can fail. All others may.
 */

interface Type {
  readonly name: string
  readonly modifiers: ReadonlyArray<number>
  readonly array: string
}

/** Takes apart what `format_type` prints: `timestamp(3) with time zone[]` is `timestamp with time zone`, `[3]`, `[]`. */
const read = (type: string): Type => {
  const modifier = /\(([^)]*)\)/.exec(type)
  const array = /(\[\])*$/.exec(type)?.[0] ?? ""
  return {
    name: type.slice(0, type.length - array.length).replace(/\s*\([^)]*\)/, ""),
    modifiers: modifier?.[1]?.split(",").map(Number) ?? [],
    array
  }
}

/** For each type the types that hold all its values, whatever its modifiers, when they have none themselves. */
const wider: ReadonlyMap<string, ReadonlyArray<string>> = new Map([
  ["smallint", ["integer", "bigint", "numeric", "real", "double precision", "text", "character varying"]],
  ["integer", ["bigint", "numeric", "double precision", "text", "character varying"]],
  ["bigint", ["numeric", "text", "character varying"]],
  ["real", ["double precision"]],
  ["character varying", ["text", "character varying"]],
  ["text", ["character varying"]],
  ["character", ["character"]],
  ["cidr", ["inet"]],
  ["date", ["timestamp without time zone"]],
  ["json", ["text"]],
  ["uuid", ["text", "character varying"]],
  ["xml", ["text", "character varying"]],
  ["boolean", ["text", "character varying"]]
])

/** True where every value of the one type is a value of the other, unchanged. */
export const keepsValues = (from: string, to: string): boolean => {
  const [before, after] = [read(from), read(to)]
  if (before.array !== after.array) return false
  if (before.name !== after.name) {
    return after.modifiers.length === 0 && (wider.get(before.name) ?? []).includes(after.name)
  }
  if (after.modifiers.length === 0) return after.name !== "character" && after.name !== "bit"
  if (before.modifiers.length === 0) return false
  const [length = 0, scale = 0] = before.modifiers
  const [newLength = 0, newScale = 0] = after.modifiers
  // blanks are added to a longer character(n), bits to nothing
  if (after.name === "character" || after.name === "bit") return length === newLength
  return newScale >= scale && newLength - newScale >= length - scale
}
