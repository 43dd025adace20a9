/** Names and literals as PostgreSQL writes them: the one place where Lockplane quotes anything. */
import { reservedKeywords } from "./keywords.ts"

const plain = /^[a-z_][a-z0-9_$]*$/

/**
 * Quotes an identifier where PostgreSQL's `quote_ident` would: anything but lower-case letters, digits and underscores,
 * and every keyword that is not unreserved (PostgreSQL manual, appendix C).
 */
export const quoteIdentifier = (name: string): string =>
  plain.test(name) && !name.includes("$") && !reservedKeywords.has(name) ? name : `"${name.replaceAll("\"", "\"\"")}"`

/** A name with its schema, both quoted as needed. */
export const qualified = (schema: string, name: string): string => `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`

/** A string constant as `quote_literal` writes it: with a leading space-free `E''` form where it holds a backslash. */
export const quoteLiteral = (text: string): string => {
  const body = text.replaceAll("'", "''")
  return body.includes("\\") ? `E'${body.replaceAll("\\", "\\\\")}'` : `'${body}'`
}

/**
 * A dollar-quoted string constant (PostgreSQL manual, 4.1.2.4) whose tag does not occur in the text, as `pg_dump` prints
 * routine bodies.
 */
export const dollarQuote = (text: string, tag: string = ""): string => {
  let name = tag
  for (let n = 1; text.includes(`$${name}$`) || text.endsWith(`$${name}`); n++) {
    name = `${tag === "" ? "body" : tag}${n === 1 ? "" : n}`
  }
  return `$${name}$${text}$${name}$`
}
