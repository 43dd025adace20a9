/**
 * What becomes of rows and values, in sentences: those that a plan's steps declare, and those that are found in the statements
 * of a plan that anybody may have edited, are the same, so that nothing is told twice.
 */
import { type Affinity, affinityOf, keepsValues } from "../../Affinity.ts"
import type { ColumnDefinition } from "../../sql/Definition.ts"
import { quoteIdentifier } from "../../sql/Identifier.ts"

/** A column for people, such as `users.age`; `table` is quoted already. */
const named = (table: string, column: string): string => `${table}.${quoteIdentifier(column)}`

/** The rows of a table go with it. */
export const rowsLost = (table: string): string => `All rows of table ${table} are lost.`

/** What a virtual table's module keeps goes with the table. */
export const storedLost = (table: string): string => `What virtual table ${table} stores is lost.`

/** The values of a column are nowhere afterwards. */
export const valuesLost = (table: string, column: string): string => `The values of ${named(table, column)} are lost.`

/** A column that had values of its own is computed. */
export const valuesComputed = (table: string, column: string): string =>
  `The values of ${named(table, column)} are lost: the column is computed from now on.`

/** The values of a column are converted where they are stored. */
export const valuesConverted = (table: string, column: string, to: Affinity): string =>
  `Values of ${named(table, column)} are stored as ${to} from now on where they look like it, and may change by that.`

/** AUTOINCREMENT begins again. */
export const sequenceLost = (table: string): string =>
  `What AUTOINCREMENT has counted for ${table} is lost: numbers of rows that are gone may be given again.`

/** A trigger does more with rows than the statement says that fires it; both names are quoted already. */
export const changedByTrigger = (trigger: string, table: string): string =>
  `Trigger ${trigger} fires for what is written to ${table}, and may change, delete or leave out rows.`

/** A column, as far as it matters for what it holds. */
export interface Stored {
  readonly column: Pick<ColumnDefinition, "type" | "generated">
  readonly strict: boolean | undefined
}

/** What a column's values are stored as where that may change them; undefined where it cannot. */
export const convertedTo = (from: Stored, to: Stored): Affinity | undefined => {
  const [was, is] = [affinityOf(from.column.type, from.strict), affinityOf(to.column.type, to.strict)]
  return keepsValues(was, is) ? undefined : is
}
