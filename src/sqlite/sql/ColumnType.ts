/** The declared type of a column: any words, with one or two numbers in parentheses. */
import { upperAscii } from "./Identifier.ts"
import { isTypeWord, nameOf, type Token } from "./Lexer.ts"
import { Reader } from "./Reader.ts"

const readNumber = (reader: Reader): string => {
  const sign = reader.takeOneOf("+", "-") ?? ""
  if (reader.peek()?.kind !== "number") reader.fail("a number was expected")
  return sign + reader.next().text
}

const readNumbers = (reader: Reader): string => {
  if (!reader.take("(")) return ""
  const first = readNumber(reader)
  const second = reader.take(",") ? `,${readNumber(reader)}` : ""
  reader.expect(")")
  return `(${first}${second})`
}

/** The types that SQLite keeps as such, and always in upper case. */
const standard = new Set(["ANY", "BLOB", "INT", "INTEGER", "REAL", "TEXT"])

/** A type as SQLite takes it: one that begins with a quote is what is inside of these quotes, whatever follows. */
const typeText = (words: ReadonlyArray<Token>, numbers: string): string => {
  const [first] = words
  if (first === undefined) return ""
  const text = first.kind === "word" ? words.map(({ text }) => text).join(" ") + numbers : nameOf(first)
  return standard.has(upperAscii(text)) ? upperAscii(text) : text
}

/** Reads the type, if there is one: `undefined` where a column has none. */
export const readType = (reader: Reader): string | undefined => {
  const words: Array<Token> = []
  for (let token = reader.peek(); token !== undefined && isTypeWord(token); token = reader.peek()) {
    words.push(reader.next())
  }
  // SQLite takes these words for a part of the type first, and takes them away again, whether AS follows or not
  while (words.at(-2)?.word === "GENERATED" && words.at(-1)?.word === "ALWAYS" && !reader.sees("(")) words.splice(-2)
  const text = typeText(words, words.length === 0 ? "" : readNumbers(reader))
  return text === "" ? undefined : text
}

const writtenBare = /^[^"'`[](?:[^()])*(?:\([-+]?[\w.]+(?:,[-+]?[\w.]+)?\))?$/

/** A type as it is written in a statement: bare where SQLite reads it as one so, else in quotes. */
export const printType = (type: string): string => {
  const reader = new Reader(type)
  const isSafe = writtenBare.test(type) && reader.tokens.every(({ kind }) => kind !== "illegal") &&
    readType(reader) === type && reader.peek() === undefined
  return isSafe ? type : `"${type.replaceAll("\"", "\"\"")}"`
}
