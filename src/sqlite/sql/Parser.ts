/** From the text of a CREATE statement, as `sqlite_schema` or a person has it, to what it says. */
import * as Result from "effect/Result"
import { readIndex } from "./CreateIndex.ts"
import { readTable } from "./CreateTable.ts"
import { readTrigger } from "./CreateTrigger.ts"
import { readView } from "./CreateView.ts"
import { readVirtualTable } from "./CreateVirtualTable.ts"
import type { Definition, Span } from "./Definition.ts"
import { type Header, readHeader, readTableName } from "./Header.ts"
import { quoteLiteral } from "./Identifier.ts"
import { nameOf, type Token } from "./Lexer.ts"
import { type ParseFailure, type Reader, reading } from "./Reader.ts"

export type { ParseFailure } from "./Reader.ts"

const readers: { readonly [K in Header["kind"]]: (reader: Reader, header: Header) => Definition } = {
  table: readTable,
  "virtual table": readVirtualTable,
  index: readIndex,
  view: readView,
  trigger: readTrigger
}

const readDefinition = (reader: Reader): Definition => {
  const header = readHeader(reader)
  const definition = readers[header.kind](reader, header)
  reader.finish()
  return definition
}

/**
 * Reads one CREATE statement of a table, virtual table, index, view or trigger, with or without a semicolon. Everything that
 * SQLite's grammar takes is read, but for `CREATE TABLE … AS`, which a schema never holds; spans are offsets into the text.
 * `columns` are those of the table that an index is on, in lower case: what is none of them in double quotes is a string.
 */
export const parseDefinition = (
  sql: string,
  columns?: ReadonlySet<string>
): Result.Result<Definition, ParseFailure> => reading(sql, readDefinition, columns)

/**
 * The text of a table or an index with single quotes around its strings, and nothing else changed: some builds of SQLite, such
 * as the one that comes with Lockplane, take no string in double quotes in a definition that is new (SQLite, "Double-quoted
 * String Literals Are Accepted"). `columns` as for {@link parseDefinition}.
 */
export const withPlainStrings = (sql: string, columns?: ReadonlySet<string>): string => {
  let [text, from] = ["", 0]
  for (const token of stringTokens(sql, columns).toSorted((a, b) => a.start - b.start)) {
    text += sql.slice(from, token.start) + quoteLiteral(nameOf(token))
    from = token.end
  }
  return text + sql.slice(from)
}

/** What stands in double quotes in the text of a table or an index and is a string, because no column is called so. */
export const quotedStrings = (sql: string, columns?: ReadonlySet<string>): ReadonlyArray<string> =>
  stringTokens(sql, columns).map(nameOf)

const stringTokens = (sql: string, columns: ReadonlySet<string> | undefined): ReadonlyArray<Token> => {
  if (!sql.includes("\"")) return []
  const read = reading(sql, (reader) => {
    readDefinition(reader)
    return reader.strings
  }, columns)
  return Result.isSuccess(read) ? read.success : []
}

/** Where the name of an object stands in its CREATE statement, with its schema if it has one. */
export interface NameSpan extends Span {
  /** The name of the table that an index or a trigger is on, with its schema if it has one. */
  readonly table?: Span
}

/**
 * Finds the name of the object that a CREATE statement makes, so that its text can be used under another name, and the name
 * of the table that an index or a trigger is on; `undefined` for a text that is no such statement.
 */
export const nameSpan = (sql: string): NameSpan | undefined =>
  Result.getOrUndefined(reading(sql, (reader): NameSpan => {
    const { kind, nameSpan } = readHeader(reader)
    if (kind !== "index" && kind !== "trigger") return nameSpan
    const { end, start } = readTableName(reader, kind)
    return { ...nameSpan, table: { start, end } }
  }))
