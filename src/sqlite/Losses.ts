/** What statements remove together with rows, or change in them, told by their text alone: anybody may have edited a plan. */
import { foldName } from "./sql/Identifier.ts"
import { lexSignificant, nameOf, type Token } from "./sql/Lexer.ts"

type Words = ReadonlyArray<Token>

const says = (tokens: Words, at: number, ...words: ReadonlyArray<string>): boolean =>
  words.every((word, i) => tokens[at + i]?.word === word)

/** The name at a place, without the schema in front of it. */
const nameAt = (tokens: Words, at: number): string => {
  const qualified = tokens[at + 1]?.text === "."
  const token = tokens[qualified ? at + 2 : at]
  return token === undefined ? "" : nameOf(token)
}

/** True for a table that a statement before this one has made. */
const isOwn = (table: string, before: ReadonlyArray<Words>): boolean =>
  before.some((tokens) => says(tokens, 0, "CREATE", "TABLE") && foldName(nameAt(tokens, 2)) === foldName(table))

const text = (tokens: Words): string =>
  tokens.map((token) => token.word === "" ? foldName(nameOf(token)) : token.word).join(" ")

/** The table that a statement copies every row of another one into, each column into that of its name; undefined for all others. */
const copiedInto = (tokens: Words, from: string): string | undefined => {
  const select = tokens.findIndex(({ word }) => word === "SELECT")
  const end = tokens.length - 2
  if (
    !says(tokens, 0, "INSERT", "OR", "ABORT", "INTO") || tokens[5]?.word !== "(" || tokens[select - 1]?.word !== ")"
  ) return
  const [into, out] = [tokens.slice(6, select - 1), tokens.slice(select + 1, end)]
  return tokens[end]?.word === "FROM" && foldName(nameAt(tokens, end + 1)) === foldName(from) &&
      text(into) === text(out)
    ? foldName(nameAt(tokens, 4))
    : undefined
}

/** True where every row of a table is copied into one that is new, which then gets its name: the table is made anew. */
const isMoved = (table: string, at: number, all: ReadonlyArray<Words>): boolean => {
  const [before, after] = [all.slice(0, at), all.slice(at + 1)]
  const copies = before.flatMap((tokens, i) => {
    const made = copiedInto(tokens, table)
    return made !== undefined && isOwn(made, before.slice(0, i)) ? [made] : []
  })
  return after.some((tokens) =>
    says(tokens, 0, "ALTER", "TABLE") && copies.includes(foldName(nameAt(tokens, 2))) &&
    says(tokens, 3, "RENAME", "TO") && foldName(nameAt(tokens, 5)) === foldName(table)
  )
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

const lossesOf = (tokens: Words, number: number, all: ReadonlyArray<Words>): ReadonlyArray<string> => {
  if (says(tokens, 0, "DROP", "TABLE")) {
    const at = says(tokens, 2, "IF", "EXISTS") ? 4 : 2
    const table = nameAt(tokens, at)
    return isOwn(table, all.slice(0, number)) || isMoved(table, number, all)
      ? []
      : [`all rows of table ${table} are lost`]
  }
  if (says(tokens, 0, "ALTER", "TABLE")) {
    const drop = tokens.findIndex(({ word }) => word === "DROP")
    if (drop < 0) return []
    const at = tokens[drop + 1]?.word === "COLUMN" ? drop + 2 : drop + 1
    return tokens[drop + 1]?.word === "CONSTRAINT"
      ? []
      : [`the values of ${nameAt(tokens, 2)}.${nameAt(tokens, at)} are lost`]
  }
  if (tokens.some(({ word }) => word === "WRITABLE_SCHEMA")) {
    return ["the schema is edited as text, which can destroy the database"]
  }
  const at = verbAt(tokens)
  switch (tokens[at]?.word) {
    case "DELETE": {
      const table = nameAt(tokens, at + 2)
      return foldName(table) === "sqlite_sequence" ? [] : [`rows of table ${table} are deleted`]
    }
    case "UPDATE":
      return [`values of ${nameAt(tokens, says(tokens, at + 1, "OR") ? at + 3 : at + 1)} are changed`]
    case "REPLACE":
      return [`rows of table ${nameAt(tokens, at + 2)} may be replaced`]
    case "INSERT":
      return says(tokens, at + 1, "OR", "REPLACE") || tokens.some(({ word }) => word === "CONFLICT")
        ? [`rows of table ${nameAt(tokens, says(tokens, at + 1, "OR") ? at + 4 : at + 2)} may be replaced`]
        : []
    default:
      return []
  }
}

/** What the statements of one step remove or change, in plain words. */
export const lossesIn = (statements: ReadonlyArray<string>): ReadonlyArray<string> => {
  const all = statements.map(lexSignificant)
  return all.flatMap((tokens, i) => lossesOf(tokens, i, all))
}
