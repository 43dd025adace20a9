/** `CREATE TABLE` with columns, from its text (SQLite, "CREATE TABLE"). */
import { readColumn } from "./ColumnDefinition.ts"
import type { ColumnDefinition, Span, TableDefinition } from "./Definition.ts"
import type { Header } from "./Header.ts"
import { foldName } from "./Identifier.ts"
import { nameOf, splitElements } from "./Lexer.ts"
import type { Reader } from "./Reader.ts"
import type { TableScope } from "./Spelling.ts"
import { readTableConstraint, type WrittenConstraint } from "./TableConstraint.ts"

const constraintWords = new Set(["CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"])

/** The names of the columns, before anything else of them is read. */
const columnNames = (reader: Reader): ReadonlySet<string> => {
  const open = reader.tokens.findIndex(({ word }) => word === "(")
  const names = splitElements(reader.tokens.slice(open + 1)).flatMap(([first]) =>
    first === undefined || constraintWords.has(first.word) ? [] : [foldName(nameOf(first))]
  )
  return new Set(names)
}

const readOption = (reader: Reader): "strict" | "withoutRowid" | "randomRowid" => {
  if (reader.take("WITHOUT", "ROWID")) return "withoutRowid"
  if (reader.take("RANDOM", "ROWID")) return "randomRowid"
  return reader.take("STRICT") ? "strict" : reader.fail("WITHOUT ROWID or STRICT was expected")
}

const readOptions = (reader: Reader): Pick<TableDefinition, "strict" | "withoutRowid" | "randomRowid"> => {
  const options = new Set<string>()
  // the grammar takes a comma in front, too
  for (let more = reader.take(",") || !reader.atEnd(); more; more = reader.take(",")) options.add(readOption(reader))
  return {
    ...(options.has("strict") ? { strict: true } : {}),
    ...(options.has("withoutRowid") ? { withoutRowid: true } : {}),
    ...(options.has("randomRowid") ? { randomRowid: true } : {})
  }
}

/** Reads what follows the name of the table. */
export const readTable = (reader: Reader, header: Header): TableDefinition => {
  if (reader.sees("AS")) {
    reader.fail("columns in parentheses were expected (CREATE TABLE … AS holds rows, not a definition)")
  }
  const scope: TableScope = { table: header.name, columns: columnNames(reader), strings: reader.strings }
  const columns: Array<ColumnDefinition & { readonly span: Span }> = []
  const constraints: Array<WrittenConstraint> = []
  reader.expect("(")
  do {
    if (constraintWords.has(reader.peek()?.word ?? "")) break
    const { column, constraints: own } = readColumn(reader, scope, constraints)
    columns.push(column)
    constraints.push(...own)
  } while (reader.take(","))
  if (columns.length === 0) reader.fail("a column was expected")
  while (!reader.take(")")) {
    const constraint = readTableConstraint(reader, scope)
    if (constraint !== undefined) constraints.push(constraint)
    if (reader.take(",") && reader.sees(")")) reader.fail("a constraint was expected")
  }
  return { kind: "table", name: header.name, ...readOptions(reader), columns, constraints }
}
