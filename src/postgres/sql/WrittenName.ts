/** Names as people write them in commands and comments: qualified and quoted as in SQL. */
import { quoteIdentifier } from "../Identifier.ts"
import { lexSignificant } from "./Lexer.ts"

/** A token as the name that it means (PostgreSQL manual 4.1.1); a string means itself, as labels are written. */
const unquoted = (text: string, kind: string): string | undefined =>
  kind === "word"
    ? text.toLowerCase()
    : kind === "quoted" && text.startsWith("\"")
    ? text.slice(1, -1).replaceAll("\"\"", "\"")
    : kind === "string" && text.startsWith("'")
    ? text.slice(1, -1).replaceAll("''", "'")
    : undefined

/** The parts of a name, `public."Users".id`, unquoted; argument types in parentheses are its last part, as they are written. */
export const parseName = (text: string): ReadonlyArray<string> | undefined => {
  const parts: Array<string> = []
  let end = 0
  const tokens = lexSignificant(text)
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i]
    if (token === undefined) return undefined
    if (token.word === "(" && parts.length > 0 && text.trimEnd().endsWith(")")) {
      return [...parts, text.slice(token.start).trimEnd()]
    }
    if (i % 2 === 1) {
      if (token.word !== ".") return undefined
      continue
    }
    const part = token.closed ? unquoted(text.slice(token.start, token.end), token.kind) : undefined
    if (part === undefined || part === "") return undefined
    parts.push(part)
    end = i
  }
  return parts.length > 0 && end === tokens.length - 1 ? parts : undefined
}

/** A name in parts as people write it, quoted as needed. */
export const printName = (name: ReadonlyArray<string>): string => {
  const last = name.at(-1)
  return name.length > 1 && last?.startsWith("(") === true
    ? `${name.slice(0, -1).map(quoteIdentifier).join(".")}${last}`
    : name.map(quoteIdentifier).join(".")
}
