/**
 * Reading the schema of a SQLite database: one statement over `sqlite_schema`, so that it is one state of the database, and the
 * texts in it parsed. What is SQLite's own, a virtual table's, or Lockplane's ledger, is no object of the schema.
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { type Catalog, compareText, type ObjectId, type UnmanagedObject } from "../Catalog.ts"
import type { Row, Session } from "../engine/Database.ts"
import type { DatabaseError } from "../engine/DatabaseError.ts"
import { main, objectId } from "./kinds/names.ts"
import { isLedgerOf } from "./Ledger.ts"
import { catalogOf, type Statement } from "./Objects.ts"
import { ledgerTable } from "./sql/Creations.ts"
import { foldName } from "./sql/Identifier.ts"
import { parseDefinition } from "./sql/Parser.ts"

/** SQLite's own names (SQLite, "Database File Format", 2.6), and the two that libSQL keeps to itself. */
const internal = /^(sqlite_|libsql_vector_meta_shadow$|libsql_wasm_func_table$)/i

// the list is made once, and not for every row
const query = `
  WITH list AS MATERIALIZED (SELECT name, type FROM pragma_table_list WHERE schema = 'main')
  SELECT s.type, s.name, s.tbl_name AS relation, s.sql, list.type AS form
  FROM main.sqlite_schema AS s LEFT JOIN list ON list.name = s.name
  ORDER BY s.rowid`

interface Entry {
  readonly type: string
  readonly name: string
  readonly relation: string
  readonly sql: string
}

const entryOf = (row: Row): ReadonlyArray<Entry & { readonly form: string }> => {
  const { form, name, relation, sql, type } = row
  return typeof type === "string" && typeof name === "string" && typeof relation === "string" && typeof sql === "string"
    ? [{ type, name, relation, sql, form: typeof form === "string" ? form : type }]
    : []
}

/** Whether it is the ledger: with what hangs on it, it is no part of the schema. */
const isLedger = ({ definition }: { readonly definition: ReturnType<typeof parseDefinition> }): boolean =>
  Result.isSuccess(definition) && definition.success.kind === "table" &&
  foldName(definition.success.name) === ledgerTable &&
  isLedgerOf(definition.success.columns.map(({ name }) => name))

/** Tables in which libSQL keeps its vector indexes. */
const ofVectorIndexes = (entries: ReadonlyArray<Entry>): ReadonlySet<string> =>
  new Set(
    entries.filter(({ sql, type }) => type === "index" && /\blibsql_vector_idx\b/i.test(sql))
      .flatMap(({ name }) => [`${name}_shadow`, `${name}_shadow_idx`])
  )

/** Reads the whole schema through the session. */
export const introspect = (session: Session): Effect.Effect<Catalog, DatabaseError> =>
  Effect.map(session.query(query), (rows) => {
    const entries = rows.flatMap(entryOf)
    const inner = ofVectorIndexes(entries)
    const statements: Array<Statement> = []
    const unmanaged: Array<UnmanagedObject> = []
    const attached = new Map<ObjectId, Array<string>>()
    const unread = new Set<string>()
    const parsed = entries.filter(({ form, name, relation }) =>
      form !== "shadow" && !internal.test(name) && !inner.has(name) && !inner.has(relation)
    ).map((entry) => ({ entry, definition: parseDefinition(entry.sql) }))
      .filter(({ entry: { relation } }, _, all) => foldName(relation) !== ledgerTable || !all.some(isLedger))
    const columns = new Map(
      parsed.flatMap(({ definition }) =>
        Result.isSuccess(definition) && definition.success.kind === "table"
          ? [[
            foldName(definition.success.name),
            new Set(definition.success.columns.map(({ name }) => foldName(name)))
          ]]
          : []
      )
    )
    for (const { definition, entry: { name, type } } of parsed) {
      if (Result.isFailure(definition) && type !== "index" && type !== "trigger") unread.add(foldName(name))
    }
    for (const { definition, entry: { name, relation, sql, type } } of parsed) {
      if (Result.isSuccess(definition) && !unread.has(foldName(relation))) {
        // what stands in double quotes is a string where the table of an index has no such column
        const exact = type === "index" && sql.includes("\"")
          ? parseDefinition(sql, columns.get(foldName(relation)))
          : definition
        statements.push({ definition: Result.getOrElse(exact, () => definition.success), sql })
        continue
      }
      unmanaged.push({ kind: type, name })
      if (foldName(relation) === foldName(name)) continue
      for (const kind of ["table", "view"]) {
        const id = objectId(kind, [main, relation])
        attached.set(id, [...attached.get(id) ?? [], `${type} ${name}`])
      }
    }
    const catalog = catalogOf(statements, unmanaged.toSorted((a, b) => compareText(a.name, b.name)))
    return attached.size === 0 ? catalog : { ...catalog, attached }
  })
