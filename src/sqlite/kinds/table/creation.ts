/** The statement that creates a table: the one that people wrote where it says what is wanted, else one that is printed. */
import * as Result from "effect/Result"
import { canonicalJson, type CatalogObject } from "../../../Catalog.ts"
import type { ConstraintDefinition, TableDefinition } from "../../sql/Definition.ts"
import { foldName, quoteIdentifier } from "../../sql/Identifier.ts"
import { isName, lexSignificant, nameOf } from "../../sql/Lexer.ts"
import { nameSpan, parseDefinition, withPlainStrings } from "../../sql/Parser.ts"
import { printColumn, printTable } from "../../sql/Printer.ts"
import { text as ownText } from "../names.ts"
import { columnDefinition, type ColumnState, constraintDefinition, isColumn } from "./state.ts"

type Definition = Parameters<typeof printTable>[0]

/** What a table and its parts say, without places in a text. */
export const definitionOf = (table: CatalogObject, parts: ReadonlyArray<CatalogObject>): Definition => ({
  kind: "table",
  name: table.name[1] ?? "",
  ...(table.state["strict"] === true ? { strict: true as const } : {}),
  ...(table.state["withoutRowid"] === true ? { withoutRowid: true as const } : {}),
  ...(table.state["randomRowid"] === true ? { randomRowid: true as const } : {}),
  columns: parts.flatMap((part) => isColumn(part) ? [columnDefinition(part)] : []),
  constraints: parts.flatMap((part) => constraintDefinition(part) ?? [])
})

const listed = (constraints: ReadonlyArray<ConstraintDefinition>): ReadonlyArray<string> =>
  constraints.map((constraint) => canonicalJson({ ...constraint })).toSorted()

const sameConstraints = (
  one: ReadonlyArray<ConstraintDefinition>,
  other: ReadonlyArray<ConstraintDefinition>
): boolean => canonicalJson(listed(one)) === canonicalJson(listed(other))

/** The same for two definitions of one table, whatever its name and the order of its constraints. */
const essence = ({ columns, constraints, randomRowid, strict, withoutRowid }: Definition): string =>
  canonicalJson({
    columns: columns.map((column) => ({ ...column })),
    constraints: listed(constraints),
    randomRowid,
    strict,
    withoutRowid
  })

const withoutSpans = ({ columns, constraints, ...table }: TableDefinition): Definition => ({
  ...table,
  columns: columns.map(({ span: _, ...column }) => column),
  constraints: constraints.map(({ span: _, ...constraint }) => constraint)
})

/** The text that created a table, and what it says; undefined where there is none, or it says something else than its parts. */
const written = (
  table: CatalogObject,
  parts: ReadonlyArray<CatalogObject>
): { readonly text: string; readonly definition: TableDefinition } | undefined => {
  const sql = ownText(table)
  if (sql === undefined) return undefined
  const text = withPlainStrings(sql)
  const parsed = parseDefinition(text)
  return Result.isSuccess(parsed) && parsed.success.kind === "table" &&
      essence(withoutSpans(parsed.success)) === essence(definitionOf(table, parts))
    ? { text, definition: parsed.success }
    : undefined
}

/** The text under which SQLite keeps a table, for a table of that name. */
export const creationOf = (table: CatalogObject, parts: ReadonlyArray<CatalogObject>, name: string): string => {
  const { definition, text } = written(table, parts) ?? {}
  const span = text === undefined ? undefined : nameSpan(text)
  if (text === undefined || span === undefined) return printTable({ ...definitionOf(table, parts), name })
  return name === definition?.name
    ? text
    : `${text.slice(0, span.start)}${quoteIdentifier(name)}${
      withoutQualifier(text.slice(span.end), table.name[1] ?? "")
    }`
}

/** A text in which nothing is qualified by the table itself, which is called otherwise for a while: `CHECK (t.a > 0)`. */
const withoutQualifier = (text: string, table: string): string => {
  const tokens = lexSignificant(text)
  let kept = ""
  let from = 0
  tokens.forEach((token, i) => {
    const dot = tokens[i + 1]
    if (dot?.word !== "." || !isName(token) || foldName(nameOf(token)) !== foldName(table)) return
    kept += text.slice(from, token.start)
    from = dot.end
  })
  return kept + text.slice(from)
}

/** The text of a column with what is written at it, as people wrote it where that says neither more nor less. */
export const columnText = (
  column: CatalogObject<ColumnState>,
  constraints: ReadonlyArray<ConstraintDefinition>,
  table: CatalogObject | undefined,
  parts: ReadonlyArray<CatalogObject>
): string => {
  const { definition, text } = (table === undefined ? undefined : written(table, parts)) ?? {}
  const wanted = columnDefinition(column)
  const span = definition?.columns.find(({ name }) => foldName(name) === foldName(wanted.name))?.span
  if (text !== undefined && definition !== undefined && span !== undefined) {
    const inside = definition.constraints.filter(({ span: { start } }) => start >= span.start && start < span.end)
    const same = withoutSpans({ ...definition, columns: [], constraints: inside }).constraints
    if (sameConstraints(same, constraints)) return text.slice(span.start, span.end)
  }
  return printColumn(wanted, constraints)
}
