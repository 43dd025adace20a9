/** The constraints of a table that stand behind its columns. */
import { readConflict, readDeferral, readReference } from "./Clauses.ts"
import type { ConstraintDefinition, Span } from "./Definition.ts"
import { keyParts } from "./KeyParts.ts"
import { nameOf } from "./Lexer.ts"
import type { Reader } from "./Reader.ts"
import { spell, type TableScope } from "./Spelling.ts"

/** A constraint with its place in the statement. */
export type WrittenConstraint = ConstraintDefinition & { readonly span: Span }

const readBody = (reader: Reader, scope: TableScope): ConstraintDefinition | undefined => {
  if (reader.take("PRIMARY", "KEY")) {
    const tokens = reader.parenthesised()
    const autoincrement = tokens.at(-1)?.word === "AUTOINCREMENT"
    const columns = keyParts(autoincrement ? tokens.slice(0, -1) : tokens, scope)
    return { kind: "primary key", columns, ...(autoincrement ? { autoincrement } : {}), ...readConflict(reader) }
  }
  if (reader.take("UNIQUE")) {
    return { kind: "unique", columns: keyParts(reader.parenthesised(), scope), ...readConflict(reader) }
  }
  if (reader.take("CHECK")) {
    const expression = spell(reader.parenthesised(), scope)
    readConflict(reader) // in the grammar, without effect
    return { kind: "check", expression }
  }
  if (reader.take("FOREIGN", "KEY")) {
    const columns = reader.names("a column")
    reader.expect("REFERENCES")
    const reference = readReference(reader)
    return { kind: "foreign key", columns, ...reference, ...(readDeferral(reader) === true ? { deferred: true } : {}) }
  }
  return undefined
}

/** Reads one constraint of a table; `undefined` for a name that no constraint follows, which SQLite takes. */
export const readTableConstraint = (reader: Reader, scope: TableScope): WrittenConstraint | undefined => {
  const { start } = reader
  let name: { readonly name?: string } = {}
  while (reader.take("CONSTRAINT")) name = { name: nameOf(reader.name("a name")) }
  const constraint = readBody(reader, scope)
  if (constraint === undefined) return "name" in name ? undefined : reader.fail("a constraint was expected")
  return { ...constraint, ...name, span: { start, end: reader.end } }
}
