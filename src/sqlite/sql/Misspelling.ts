/**
 * Constraints that SQLite takes for a part of the type because a word of them is misspelt: a type is any words, so that
 * `id INTEGER PRIMRY KEY` is a column of the type `INTEGER PRIMRY KEY` and no key.
 */
import { isTypeWord, type Token } from "./Lexer.ts"

/** A word of a type, and what was probably meant. */
export interface Misspelling {
  readonly token: Token
  readonly meant: string
}

const keywords = [
  "AUTOINCREMENT",
  "CHECK",
  "COLLATE",
  "CONSTRAINT",
  "DEFAULT",
  "GENERATED",
  "NOT",
  "NULL",
  "PRIMARY",
  "REFERENCES",
  "UNIQUE"
]

/** Words that are a constraint's in other databases, or of a constraint, and that no type has. */
const known: ReadonlyMap<string, string> = new Map([
  ["AUTO_INCREMENT", "PRIMARY KEY AUTOINCREMENT"],
  ["IDENTITY", "PRIMARY KEY AUTOINCREMENT"],
  ["KEY", "PRIMARY KEY"],
  ["NOT_NULL", "NOT NULL"],
  ["PK", "PRIMARY KEY"],
  ["PRIMARY_KEY", "PRIMARY KEY"]
])

/** How many letters have to be changed, added, left out or swapped with the next. */
const distance = (a: string, b: string): number => {
  const rows: Array<Array<number>> = [Array.from({ length: b.length + 1 }, (_, i) => i)]
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const above = rows[i - 1] ?? []
      const cost = a[i - 1] === b[j - 1] ? 0 : 1
      const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? (rows[i - 2]?.[j - 2] ?? Infinity) + 1 : Infinity
      row.push(Math.min((above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (above[j - 1] ?? 0) + cost, swapped))
    }
    rows.push(row)
  }
  return rows.at(-1)?.at(-1) ?? 0
}

/** Words of types that come near to a keyword. */
const types = new Set(["INT", "BIT", "NUM", "NUMBER", "TEXT", "NAME", "BOOL"])

const meantBy = (word: string): string | undefined =>
  known.get(word) ?? (types.has(word) ? undefined : keywords.find((keyword) => {
    const allowed = keyword.length <= 4 ? 1 : 2
    return Math.abs(keyword.length - word.length) <= allowed && distance(word, keyword) <= allowed
  }))

/** The words of a column's type that look like a misspelt constraint; `tokens` are those of the column. */
export const misspellings = (tokens: ReadonlyArray<Token>): ReadonlyArray<Misspelling> => {
  const end = tokens.findIndex((token, i) => i > 0 && !isTypeWord(token))
  const words = tokens.slice(1, end < 0 ? undefined : end).filter(({ kind }) => kind === "word")
  const found = words.flatMap((token) => {
    const meant = meantBy(token.word)
    // `GENERATED ALWAYS` is read as a part of the type and taken out of it by SQLite itself
    return meant === undefined || meant === token.word ? [] : [{ token, meant }]
  })
  // of `PRIMRY KEY` the first word says all
  return found.filter(({ token }, i) => token.word !== "KEY" || found[i - 1] === undefined)
}
