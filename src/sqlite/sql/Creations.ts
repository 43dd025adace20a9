/** The statements of files that make the schema, in an order in which they can run. */
import { foldName } from "./Identifier.ts"
import type { SchemaFile, SchemaStatement } from "./SchemaFile.ts"

/** The table in which Lockplane writes down what it does to a database; no part of its schema. */
export const ledgerTable = "lockplane_ledger"

/** Whether a table is SQLite's own: it makes these by itself, and no one else can. */
export const isOwnTable = (name: string): boolean => foldName(name).startsWith("sqlite_")

/** Whether a table is no part of any schema: SQLite's own, or the ledger. */
export const isOutsideSchema = (name: string): boolean => isOwnTable(name) || foldName(name) === ledgerTable

/** Tables that the module of a virtual table makes; SQLite's shell prints them along, with IF NOT EXISTS. */
const isShadow = ({ header }: SchemaStatement, modules: ReadonlyArray<string>): boolean =>
  header?.kind === "table" && header.ifNotExists !== undefined &&
  modules.some((name) => foldName(header.name).startsWith(`${name}_`))

/** Virtual tables can take over the columns of tables, triggers can be on views. */
const order = ["table", "added column", "virtual table", "view", "index", "trigger"] as const

/** What is made before what: a lower number first. */
export const rankOf = (kind: typeof order[number]): number => order.indexOf(kind)

const rank = ({ header }: SchemaStatement): number => rankOf(header?.kind ?? "added column")

/**
 * The statements that create something, in whatever order and files they stand: tables, columns that are added to them,
 * virtual tables, views, indexes, triggers. Left out is what comes by itself: SQLite's own tables, those of a virtual table's
 * module, and the ledger.
 */
export const creations = (files: ReadonlyArray<SchemaFile>): ReadonlyArray<SchemaStatement> => {
  const all = files.flatMap(({ statements }) => statements)
  const modules = all.flatMap(({ header }) => header?.kind === "virtual table" ? [foldName(header.name)] : [])
  return all
    .filter((statement) => statement.added !== undefined || statement.header !== undefined)
    .filter((statement) => !isShadow(statement, modules) && !isOutsideSchema(statement.header?.name ?? ""))
    .toSorted((a, b) => rank(a) - rank(b))
}
