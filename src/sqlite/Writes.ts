/** What a statement does to rows: which table it writes to, and what becomes of the rows that are there. */
import { foldName, quoteIdentifier } from "./sql/Identifier.ts"
import { nameAt, says, type Words } from "./sql/Words.ts"

/** A statement that writes rows. */
export interface Write {
  readonly verb: "DELETE" | "INSERT" | "REPLACE" | "UPDATE"
  /** The table or view, as the statement spells it, without a schema. */
  readonly table: string
  /** What `OR` says is done with rows that break a rule; absent where it says nothing. */
  readonly otherwise?: string
}

const verbs: ReadonlySet<string> = new Set(["DELETE", "UPDATE", "REPLACE", "INSERT", "SELECT"])

/** Where the verb of a statement that reads or writes rows stands: at its begin, or behind the tables of WITH; -1 of others. */
const verbAt = (tokens: Words): number => {
  if (tokens[0]?.word !== "WITH") return verbs.has(tokens[0]?.word ?? "") ? 0 : -1
  let depth = 0
  return tokens.findIndex(({ word }) => {
    if (word === "(") depth++
    if (word === ")") depth--
    return depth === 0 && verbs.has(word)
  })
}

/** What a statement writes to; undefined for one that writes no rows. */
export const writeOf = (tokens: Words): Write | undefined => {
  const at = verbAt(tokens)
  const verb = tokens[at]?.word
  const hasOr = says(tokens, at + 1, "OR")
  const otherwise = hasOr ? { otherwise: tokens[at + 2]?.word ?? "" } : {}
  const behind = at + (hasOr ? 3 : 1)
  switch (verb) {
    case "DELETE":
    case "INSERT":
    case "REPLACE":
      return { verb, table: nameAt(tokens, behind + 1), ...otherwise }
    case "UPDATE":
      return { verb, table: nameAt(tokens, behind), ...otherwise }
    default:
      return undefined
  }
}

/** What a statement removes or changes of the rows that are there, in whatever schema. */
export const lostRows = (tokens: Words): ReadonlyArray<string> => {
  const write = writeOf(tokens)
  const table = quoteIdentifier(write?.table ?? "")
  switch (write?.verb) {
    case "DELETE":
      return [`Rows of table ${table} are deleted.`]
    case "UPDATE":
      return [`Values of ${table} are changed.`]
    case "REPLACE":
      return [rowsReplaced(table)]
    case "INSERT":
      return write.otherwise === "REPLACE" || tokens.some(({ word }) => word === "CONFLICT")
        ? [rowsReplaced(table)]
        : []
    case undefined:
      return []
  }
}

/** New rows take the place of others; `table` is quoted already. */
export const rowsReplaced = (table: string): string => `Rows of table ${table} may be replaced.`

/** Whether a name is that of the table in which AUTOINCREMENT counts. */
export const isSequence = (name: string): boolean => foldName(name) === "sqlite_sequence"
