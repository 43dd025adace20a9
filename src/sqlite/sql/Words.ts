/** What stands at a place of a statement: for statements that need not be read as a whole. */
import { lexSignificant, nameOf, type Token } from "./Lexer.ts"

/** The tokens of a statement. */
export type Words = ReadonlyArray<Token>

/** The tokens of a statement without its comments and the semicolons at its end. */
export const wordsOf = (sql: string): Words => {
  const tokens = lexSignificant(sql)
  return tokens.slice(0, tokens.findLastIndex(({ word }) => word !== ";") + 1)
}

/** Whether these keywords and symbols stand at a place. */
export const says = (tokens: Words, at: number, ...words: ReadonlyArray<string>): boolean =>
  words.every((word, i) => tokens[at + i]?.word === word)

/** Where the name stands that begins at a place, maybe with a schema in front of it. */
export const placeOfName = (tokens: Words, at: number): number => tokens[at + 1]?.text === "." ? at + 2 : at

/** The name at a place, without the schema in front of it; empty where there is none. */
export const nameAt = (tokens: Words, at: number): string => {
  const token = tokens[placeOfName(tokens, at)]
  return token === undefined ? "" : nameOf(token)
}

/** The table that a statement drops; undefined for all others. */
export const droppedTable = (tokens: Words): string | undefined =>
  says(tokens, 0, "DROP", "TABLE") ? nameAt(tokens, says(tokens, 2, "IF", "EXISTS") ? 4 : 2) : undefined

/** The table that a statement gives another name, and that name; undefined for all others. */
export const renamedTable = (tokens: Words): readonly [from: string, to: string] | undefined => {
  const at = placeOfName(tokens, 2) + 1
  return says(tokens, 0, "ALTER", "TABLE") && says(tokens, at, "RENAME", "TO")
    ? [nameAt(tokens, 2), nameAt(tokens, at + 2)]
    : undefined
}

/** Whether SQLite looks at the whole schema for a statement, and refuses it for what it finds anywhere (SQLite, "ALTER TABLE", 2, 3 and 5). */
export const looksAround = (tokens: Words): boolean =>
  says(tokens, 0, "ALTER", "TABLE") && tokens.some(({ word }) => word === "RENAME" || word === "DROP")
