/** One column of a table: its type, and its constraints in whatever order. */
import { readConflict, readDeferral, readReference } from "./Clauses.ts"
import { readType } from "./ColumnType.ts"
import type { ColumnDefinition, ConstraintDefinition, ForeignKeyDefinition, Span } from "./Definition.ts"
import { quoteLiteral, upperAscii } from "./Identifier.ts"
import { isName, nameOf } from "./Lexer.ts"
import type { Reader } from "./Reader.ts"
import { spell, type TableScope } from "./Spelling.ts"
import type { WrittenConstraint } from "./TableConstraint.ts"

const constants = new Set(["NULL", "CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP", "TRUE", "FALSE"])

/** What follows DEFAULT: `( … )`, or a constant with or without a sign. A name that is no constant is a string. */
const readDefault = (reader: Reader, scope: TableScope): string => {
  if (reader.sees("(")) return `(${spell(reader.parenthesised(), scope)})`
  const sign = reader.takeOneOf("+", "-") ?? ""
  const token = reader.next()
  if (constants.has(token.word)) return sign + token.word
  if (["string", "blob", "number"].includes(token.kind)) return sign + token.text
  return sign === "" && isName(token) ? quoteLiteral(nameOf(token)) : reader.fail("a constant was expected")
}

const readGenerated = (reader: Reader, scope: TableScope): NonNullable<ColumnDefinition["generated"]> => {
  const expression = spell(reader.parenthesised(), scope)
  return reader.takeOneOf("STORED", "VIRTUAL") === "STORED" ? { expression, stored: true } : { expression }
}

const readPrimaryKey = (reader: Reader, column: string, type: string | undefined): ConstraintDefinition => {
  const descending = reader.takeOneOf("ASC", "DESC") === "DESC"
  const conflict = readConflict(reader)
  return {
    kind: "primary key",
    columns: [descending ? { column, descending } : { column }],
    ...(reader.take("AUTOINCREMENT") ? { autoincrement: true } : {}),
    ...conflict,
    ...(descending && upperAscii(type ?? "") === "INTEGER" ? { noAlias: true } : {})
  }
}

const withDeferral = (key: ForeignKeyDefinition & { readonly span: Span }, deferred: boolean): WrittenConstraint => {
  const { deferred: _, ...rest } = key
  return deferred ? { ...rest, deferred } : rest
}

/** Gives the last foreign key of a list a deferral: to SQLite, DEFERRABLE is about the foreign key that came last. */
const defer = (constraints: Array<WrittenConstraint>, deferred: boolean, end: number | undefined): boolean => {
  const at = constraints.findLastIndex(({ kind }) => kind === "foreign key")
  const key = constraints[at]
  if (key?.kind !== "foreign key") return false
  const span = end === undefined || at !== constraints.length - 1 ? key.span : { start: key.span.start, end }
  constraints[at] = withDeferral({ ...key, span }, deferred)
  return true
}

/**
 * Reads a column with the constraints that stand with it. Of what is there twice, the last counts, as in SQLite.
 * `earlier` are the constraints of the columns before it.
 */
export const readColumn = (
  reader: Reader,
  scope: TableScope,
  earlier: Array<WrittenConstraint>
): { readonly column: ColumnDefinition & { readonly span: Span }; readonly constraints: Array<WrittenConstraint> } => {
  const { start } = reader
  const name = nameOf(reader.name("a column"))
  const type = readType(reader)
  let column: ColumnDefinition = { name, ...(type === undefined ? {} : { type }) }
  const constraints: Array<WrittenConstraint> = []
  for (;;) {
    const { start } = reader
    let own: { readonly name?: string } = {}
    while (reader.take("CONSTRAINT")) own = { name: nameOf(reader.name("a name")) }
    const add = (constraint: ConstraintDefinition) =>
      constraints.push({ ...constraint, ...own, span: { start, end: reader.end } })
    if (reader.take("NULL")) readConflict(reader)
    else if (reader.take("NOT", "NULL")) {
      const { notNull: _, notNullConflict: __, ...rest } = column
      const { conflict } = readConflict(reader)
      column = { ...rest, notNull: true, ...(conflict === undefined ? {} : { notNullConflict: conflict }) }
    } else if (reader.take("DEFAULT")) column = { ...column, default: readDefault(reader, scope) }
    else if (reader.take("COLLATE")) column = { ...column, collate: nameOf(reader.name("a collation")) }
    else if (reader.take("GENERATED", "ALWAYS", "AS") || reader.take("AS")) {
      column = { ...column, generated: readGenerated(reader, scope) }
    } else if (reader.take("PRIMARY", "KEY")) add(readPrimaryKey(reader, name, type))
    else if (reader.take("UNIQUE")) add({ kind: "unique", columns: [{ column: name }], ...readConflict(reader) })
    else if (reader.take("CHECK")) add({ kind: "check", expression: spell(reader.parenthesised(), scope) })
    else if (reader.take("REFERENCES")) {
      const reference = readReference(reader)
      add({ kind: "foreign key", columns: [name], ...reference })
    } else {
      const deferred = readDeferral(reader)
      if (deferred !== undefined) {
        if (!defer(constraints, deferred, reader.end)) defer(earlier, deferred, undefined)
      } else if (!("name" in own)) break
    }
  }
  return { column: { ...column, span: { start, end: reader.end } }, constraints }
}
