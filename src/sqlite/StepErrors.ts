/** Errors of a step that makes a table anew: it has another name while its rows are copied, and people know it by its own. Pure. */
import { DatabaseError } from "../engine/DatabaseError.ts"
import { statementsOf, type Step } from "../Plan.ts"
import { verified } from "./kinds/table/rebuild.ts"
import { quoteIdentifier } from "./sql/Identifier.ts"
import { nameAt, renamedTable, says, type Words, wordsOf } from "./sql/Words.ts"

/** What a new table is called for a while, and then. */
const renamingIn = (statements: ReadonlyArray<Words>): readonly [made: string, table: string] | undefined => {
  const made = new Set(
    statements.flatMap((tokens) => says(tokens, 0, "CREATE", "TABLE") ? [nameAt(tokens, 2)] : [])
  )
  return statements.flatMap((tokens) => {
    const pair = renamedTable(tokens)
    return pair !== undefined && made.has(pair[0]) ? [pair] : []
  })[0]
}

/** The error with the table's own name, and with what to do about it. */
export const inWords = (step: Step, error: DatabaseError): DatabaseError => {
  const [made, table] = renamingIn(statementsOf(step).map(wordsOf)) ?? []
  if (made === undefined || table === undefined) return error
  const name = quoteIdentifier(table)
  const told = (message: string, next?: string): DatabaseError => {
    const hint = error.hint ?? next
    return new DatabaseError({
      ...error,
      message,
      detail: error.detail?.replaceAll(made, table) ??
        `The rows of ${name} are copied into a new table, which is called ${
          quoteIdentifier(made)
        } until it takes the place of the old one.`,
      ...(hint === undefined ? {} : { hint })
    })
  }
  if (error.message.includes(verified)) {
    return told(
      `the rows of ${name} would not be in the new table as they are in the old one`,
      "Make a new plan. Where the plan was not edited and the new one fails as well, that is a mistake of Lockplane: nothing is lost, and it should be reported."
    )
  }
  const isOfRows = error.code.startsWith("SQLITE_CONSTRAINT") || error.message.startsWith("cannot store ")
  const refused = `Change the rows of ${name} that the new definition does not take, or the definition.`
  return error.code === "SQLITE_MISMATCH"
    ? told(`a value of the column that is to be the rowid of ${name} is no whole number`, refused)
    : told(error.message.replaceAll(made, table), isOfRows ? refused : undefined)
}
