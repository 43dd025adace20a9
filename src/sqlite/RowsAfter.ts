/**
 * The rows of a table as they will be stored after a plan, as a subquery over those that are there: under their new names, with
 * the affinities and collations that they will have, new columns with their defaults and computed ones computed. Pure.
 */
import { type Affinity, affinityOf, keepsValues } from "./Affinity.ts"
import { columnNamed, columnsAmong, type Kept } from "./KeptTables.ts"
import type { ColumnDefinition } from "./sql/Definition.ts"
import { foldName, quoteIdentifier } from "./sql/Identifier.ts"
import { namesIn } from "./sql/Spelling.ts"

/** An expression for what a column stores, and for which rows that is so; for all where there is no such condition. */
interface Stored {
  readonly value: string
  readonly holds?: string
  /** It has no affinity, where the column will have that of a BLOB: compared with another column it would be converted. */
  readonly loose?: true
}

/**
 * What SQLite makes of a value that is stored in a column (SQLite, "Datatypes In SQLite", 3), for the rows of which it makes
 * what columns of that affinity usually hold: text that is no number stays what it is in a number's column.
 */
export const storedAs = (sql: string, affinity: Affinity): Stored => {
  const isNumber = `(typeof(${sql}) <> 'blob' AND (typeof(${sql}) <> 'text' OR CAST(${sql} AS NUMERIC) = ${sql}))`
  switch (affinity) {
    case "NONE":
      return { value: `+${sql}`, loose: true }
    case "TEXT":
      return { value: `CAST(${sql} AS TEXT)`, holds: `typeof(${sql}) <> 'blob'` }
    case "REAL":
      return { value: `CAST(${sql} AS REAL)`, holds: isNumber }
    case "INTEGER":
    case "NUMERIC":
      // casting to NUMERIC leaves a number that is a whole one as it is
      return {
        value:
          `CAST(CASE WHEN typeof(${sql}) = 'real' AND CAST(${sql} AS INTEGER) = ${sql} THEN CAST(${sql} AS INTEGER) ELSE ${sql} END AS NUMERIC)`,
        holds: isNumber
      }
  }
}

const collated = (value: string, from: string | undefined, to: string | undefined): string =>
  from === to ? value : `${value} COLLATE ${quoteIdentifier(to ?? "BINARY")}`

/** A default that is the same for every row. */
const isLiteral = (value: string): boolean => /^(?:[-+]?\s*[\d.]|x?'|NULL$|TRUE$|FALSE$)/i.test(value)

/** What a column that is not computed stores; undefined where that is told only by adding it. */
const storedIn = (table: Kept, column: ColumnDefinition): Stored | undefined => {
  const affinity = affinityOf(column.type, table.strictTo)
  const now = table.nameNow(column.name)
  const was = now === undefined ? undefined : columnNamed(table.before, now)
  if (now === undefined || was === undefined) {
    if (foldName(table.alias ?? "") === foldName(column.name)) return undefined
    const value = column.default ?? "NULL"
    if (!isLiteral(value)) return undefined
    const stored = storedAs(`(${value})`, affinity)
    return { ...stored, value: collated(stored.value, undefined, column.collate) }
  }
  const before = affinityOf(was.type, table.strictFrom)
  const name = quoteIdentifier(now)
  const stored = before === affinity || affinity !== "NONE" && keepsValues(before, affinity)
    ? { value: name }
    : storedAs(name, affinity)
  return { ...stored, value: collated(stored.value, was.collate, column.collate) }
}

/**
 * A subquery with those of the names that are columns of the table after the plan, for use behind FROM: it has the table's
 * name after the plan. Rows with values of another sort than the affinity of their column are left out. Undefined where not all of
 * the names can be told as they will be, in an expression if that is their `use`.
 */
export const rowsAfter = (
  table: Kept,
  names: ReadonlyArray<string>,
  use: "keys" | "expressions"
): string | undefined => {
  const plain = new Map<string, ColumnDefinition>()
  const computed = new Map<string, ColumnDefinition>()
  // a column that is computed comes behind those that it is computed from
  const visit = (column: ColumnDefinition, above: ReadonlySet<string>): void => {
    const key = foldName(column.name)
    if (plain.has(key) || computed.has(key) || above.has(key)) return
    if (column.generated === undefined) return void plain.set(key, column)
    const within = new Set([...above, key])
    columnsAmong(table, namesIn(column.generated.expression)).forEach((one) => visit(one, within))
    computed.set(key, column)
  }
  columnsAmong(table, names).forEach((column) => visit(column, new Set()))
  const stored = [...plain.values()].map((column) => ({ column, stored: storedIn(table, column) }))
  const columns: Array<string> = []
  const conditions: Array<string> = []
  for (const { column: { name }, stored: known } of stored) {
    if (known === undefined || known.loose === true && (use === "expressions" || computed.size > 0)) return undefined
    columns.push(`${known.value} AS ${quoteIdentifier(name)}`)
    if (known.holds !== undefined) conditions.push(known.holds)
  }
  const as = `AS ${quoteIdentifier(table.nameAfter)}`
  const where = conditions.length === 0 ? "" : ` WHERE ${conditions.join(" AND ")}`
  let from = `(SELECT ${columns.length === 0 ? "1" : columns.join(", ")} FROM main.${
    quoteIdentifier(table.name)
  }${where}) ${as}`
  for (const { collate, generated, name, type } of computed.values()) {
    const { holds, loose, value } = storedAs(`(${generated?.expression ?? "NULL"})`, affinityOf(type, table.strictTo))
    if (loose === true && use === "expressions") return undefined
    // as the column that it may be computed from, it compares by its own collation alone
    from = `(SELECT *, ${value} COLLATE ${quoteIdentifier(collate ?? "BINARY")} AS ${
      quoteIdentifier(name)
    } FROM ${from}${holds === undefined ? "" : ` WHERE ${holds}`}) ${as}`
  }
  return from
}
