/** Names and literals as SQLite writes them: the one place where SQL for SQLite is quoted. */
import { contextualKeywords, reservedKeywords } from "./keywords.ts"

const plain = /^[A-Za-z_][A-Za-z0-9_$]*$/

/** Upper case of the ASCII letters alone, as SQLite reads keywords. */
export const upperAscii = (text: string): string => text.replace(/[a-z]+/g, (letters) => letters.toUpperCase())

/** A name as SQLite compares it: its ASCII letters in lower case, all else as it is. */
export const foldName = (name: string): string => name.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())

/** Whether two names are one to SQLite. */
export const sameName = (a: string, b: string): boolean => foldName(a) === foldName(b)

/**
 * An identifier, bare where it is one in every place of every statement: ASCII letters, digits, `_` and `$`, and no keyword
 * that means something in an expression or a query. Otherwise in double quotes (SQLite, "SQLite Keywords").
 */
export const quoteIdentifier = (name: string): string => {
  const word = upperAscii(name)
  return plain.test(name) && !reservedKeywords.has(word) && !contextualKeywords.has(word)
    ? name
    : `"${name.replaceAll("\"", "\"\"")}"`
}

/** A string constant. A NUL cannot stand in one; the caller sees to that. */
export const quoteLiteral = (text: string): string => `'${text.replaceAll("'", "''")}'`
