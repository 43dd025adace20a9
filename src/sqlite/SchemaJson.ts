/**
 * Schema JSON for SQLite, both ways: a catalog as a document, and a document as the definitions of its statements. The smallest
 * form is that of every dialect (see `SchemaDocument.ts`).
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { type Catalog, type CatalogObject, compareText, partsIndex } from "../Catalog.ts"
import {
  decodeDocument,
  foreignKeyFields,
  head,
  type ReferentialAction,
  SchemaDocumentError
} from "../SchemaDocument.ts"
import { jsonSchemaOf } from "../version.ts"
import { index, IndexState } from "./kinds/index.ts"
import { ConflictAction } from "./kinds/key.ts"
import { columnDefinition, constraintDefinition, isColumn } from "./kinds/table/state.ts"
import { TriggerState } from "./kinds/trigger.ts"
import { ViewState } from "./kinds/view.ts"
import { VirtualTableState } from "./kinds/virtual-table.ts"
import { isOutsideSchema, isOwnTable } from "./sql/Creations.ts"
import type {
  ColumnDefinition,
  ConstraintDefinition,
  ForeignKeyDefinition,
  IndexDefinition,
  KeyPart,
  PrimaryKeyDefinition,
  TriggerDefinition,
  ViewDefinition,
  VirtualTableDefinition
} from "./sql/Definition.ts"
import { foldName } from "./sql/Identifier.ts"
import type { printTable } from "./sql/Printer.ts"

type TableDefinition = Parameters<typeof printTable>[0]

/** What a document can say: definitions, each of which is a statement. */
export type Definition =
  | TableDefinition
  | VirtualTableDefinition
  | ViewDefinition
  | IndexDefinition
  | TriggerDefinition

const Name = Schema.NonEmptyString
const yes = Schema.optionalKey(Schema.Literal(true))
const text = Schema.optionalKey(Schema.String)

/** A column of a key by its name alone, or with what else is said of it. */
const KeyPartEntry = Schema.Union([
  Name,
  Schema.Struct({ column: text, expression: text, collation: text, descending: yes })
])
type KeyPartEntry = typeof KeyPartEntry.Type

const ColumnEntry = Schema.Struct({
  name: Name,
  /** As it is declared; empty for a column without a type. */
  type: Schema.String,
  nullable: Schema.optionalKey(Schema.Boolean),
  default: text,
  is_primary_key: Schema.optionalKey(Schema.Boolean),
  not_null_on_conflict: Schema.optionalKey(ConflictAction),
  collation: text,
  generated: Schema.optionalKey(Schema.Struct({ expression: Schema.String, stored: yes }))
})
type ColumnEntry = typeof ColumnEntry.Type

const keyFields = {
  name: text,
  columns: Schema.Array(KeyPartEntry),
  on_conflict: Schema.optionalKey(ConflictAction)
} as const

const PrimaryKeyEntry = Schema.Struct({ ...keyFields, autoincrement: yes, no_rowid_alias: yes })
type PrimaryKeyEntry = typeof PrimaryKeyEntry.Type

const ForeignKeyEntry = Schema.Struct({
  columns: foreignKeyFields.columns,
  referenced_table: foreignKeyFields.referenced_table,
  on_delete: foreignKeyFields.on_delete,
  on_update: foreignKeyFields.on_update,
  name: text,
  referenced_columns: Schema.optionalKey(Schema.Array(Name)),
  match: text,
  deferred: yes
})
type ForeignKeyEntry = typeof ForeignKeyEntry.Type

const IndexEntry = Schema.Struct({
  name: Name,
  columns: Schema.Array(KeyPartEntry),
  unique: Schema.optionalKey(Schema.Boolean),
  where: text
})
type IndexEntry = typeof IndexEntry.Type

const { own: _, spelling: __, table: ___, ...triggerFields } = TriggerState.fields
const TriggerEntry = Schema.Struct({ name: Name, ...triggerFields })
type TriggerEntry = typeof TriggerEntry.Type

const schemaField = { schema: Schema.optionalKey(Schema.Literal("main")) } as const

const TableEntry = Schema.Struct({
  ...schemaField,
  name: Name,
  strict: yes,
  without_rowid: yes,
  random_rowid: yes,
  columns: Schema.Array(ColumnEntry),
  /** Where more is to be said of it than `is_primary_key` of the columns does. */
  primary_key: Schema.optionalKey(PrimaryKeyEntry),
  unique_constraints: Schema.optionalKey(Schema.Array(Schema.Struct(keyFields))),
  checks: Schema.optionalKey(Schema.Array(Schema.Struct({ name: text, expression: Schema.String }))),
  foreign_keys: Schema.optionalKey(Schema.Array(ForeignKeyEntry)),
  indexes: Schema.optionalKey(Schema.Array(IndexEntry)),
  triggers: Schema.optionalKey(Schema.Array(TriggerEntry))
})
type TableEntry = typeof TableEntry.Type

const VirtualTableEntry = Schema.Struct({
  ...schemaField,
  name: Name,
  module: Name,
  arguments: Schema.optionalKey(Schema.Array(Schema.String))
})

const ViewEntry = Schema.Struct({
  ...schemaField,
  name: Name,
  columns: Schema.optionalKey(Schema.Array(Name)),
  query: Schema.String,
  triggers: Schema.optionalKey(Schema.Array(TriggerEntry))
})

/** A document. */
export const SqliteSchema = Schema.Struct({
  ...head,
  tables: Schema.Array(TableEntry),
  virtual_tables: Schema.optionalKey(Schema.Array(VirtualTableEntry)),
  views: Schema.optionalKey(Schema.Array(ViewEntry))
})
/** A document. */
export type SqliteSchema = typeof SqliteSchema.Type

// reading

const keyPart = (entry: KeyPartEntry): KeyPart => {
  if (typeof entry === "string") return { column: entry }
  const { collation, ...rest } = entry
  return collation === undefined ? rest : { ...rest, collate: collation }
}

const columnOf = (
  { collation, name, nullable, not_null_on_conflict: conflict, ...entry }: ColumnEntry
): ColumnDefinition => ({
  name,
  ...(entry.type === "" ? {} : { type: entry.type }),
  ...(nullable ?? !(entry.is_primary_key === true) ? {} : { notNull: true as const }),
  ...(conflict === undefined ? {} : { notNullConflict: conflict }),
  ...(entry.default === undefined ? {} : { default: entry.default }),
  ...(collation === undefined ? {} : { collate: collation }),
  ...(entry.generated === undefined ? {} : { generated: entry.generated })
})

const keyOf = (
  { columns, name, on_conflict: conflict }: Omit<PrimaryKeyEntry, "autoincrement" | "no_rowid_alias">
) => ({
  ...(name === undefined ? {} : { name }),
  columns: columns.map(keyPart),
  ...(conflict === undefined ? {} : { conflict })
})

const primaryKeyOf = ({ columns, primary_key: key }: TableEntry): ReadonlyArray<PrimaryKeyDefinition> => {
  const marked = columns.flatMap(({ is_primary_key, name }) => is_primary_key === true ? [{ column: name }] : [])
  if (key === undefined) return marked.length === 0 ? [] : [{ kind: "primary key", columns: marked }]
  return [{
    kind: "primary key",
    ...keyOf(key),
    ...(key.autoincrement === undefined ? {} : { autoincrement: true }),
    ...(key.no_rowid_alias === undefined ? {} : { noAlias: true })
  }]
}

const actionOf = (action: ReferentialAction | undefined) =>
  action === undefined || action === "NO ACTION" ? undefined : action

const foreignKeyOf = (
  { columns, deferred, match, name, on_delete, on_update, referenced_columns: referenced, referenced_table: table }:
    ForeignKeyEntry
): ForeignKeyDefinition => {
  const [onDelete, onUpdate] = [actionOf(on_delete), actionOf(on_update)]
  return {
    kind: "foreign key",
    ...(name === undefined ? {} : { name }),
    columns,
    table,
    ...(referenced === undefined ? {} : { referenced }),
    ...(onDelete === undefined ? {} : { onDelete }),
    ...(onUpdate === undefined ? {} : { onUpdate }),
    ...(match === undefined ? {} : { match }),
    ...(deferred === undefined ? {} : { deferred })
  }
}

const triggersOf = (table: string, entries: ReadonlyArray<TriggerEntry> = []): ReadonlyArray<TriggerDefinition> =>
  entries.map((entry) => ({ kind: "trigger", table, mentions: [], ...entry }))

const tableOf = (entry: TableEntry): ReadonlyArray<Definition> => [
  {
    kind: "table",
    name: entry.name,
    ...(entry.strict === undefined ? {} : { strict: true as const }),
    ...(entry.without_rowid === undefined ? {} : { withoutRowid: true as const }),
    ...(entry.random_rowid === undefined ? {} : { randomRowid: true as const }),
    columns: entry.columns.map(columnOf),
    constraints: [
      ...primaryKeyOf(entry),
      ...(entry.unique_constraints ?? []).map((key) => ({ kind: "unique" as const, ...keyOf(key) })),
      ...(entry.checks ?? []).map((check) => ({ kind: "check" as const, ...check })),
      ...(entry.foreign_keys ?? []).map(foreignKeyOf)
    ]
  },
  ...(entry.indexes ?? []).map(({ columns, name, unique, where }): IndexDefinition => ({
    kind: "index",
    name,
    table: entry.name,
    ...(unique === true ? { unique } : {}),
    columns: columns.map(keyPart),
    ...(where === undefined ? {} : { where })
  })),
  ...triggersOf(entry.name, entry.triggers)
]

/** What contradicts itself: columns that are marked as primary key, and a primary key of others. */
const contradictions = ({ tables }: SqliteSchema) =>
  tables.flatMap(({ columns, primary_key: key }, t) => {
    if (key === undefined) return []
    const names = new Set(key.columns.flatMap((part) => foldName(typeof part === "string" ? part : part.column ?? "")))
    return columns.flatMap(({ is_primary_key: said, name }, c) =>
      said === undefined || said === names.has(foldName(name)) ? [] : [{
        path: `tables[${t}].columns[${c}].is_primary_key`,
        message: `is ${String(said)}, but primary_key says otherwise`
      }]
    )
  })

/** Tables that are no part of a schema: SQLite's own, and the ledger. */
const outside = ({ tables }: SqliteSchema) =>
  tables.flatMap(({ name }, t) =>
    isOutsideSchema(name)
      ? [{ path: `tables[${t}].name`, message: `${isOwnTable(name) ? "SQLite" : "Lockplane"} makes ${name} by itself` }]
      : []
  )

/** The definitions of a document. Fails with everything that does not fit its schema, or contradicts itself. */
export const decode = (text: string): Result.Result<ReadonlyArray<Definition>, SchemaDocumentError> =>
  Result.flatMap(decodeDocument(SqliteSchema, text), (document) => {
    const issues = [
      ...(document.dialect === "postgres" ? [{ path: "dialect", message: "is postgres: not a SQLite schema" }] : []),
      ...outside(document),
      ...contradictions(document)
    ]
    if (issues.length > 0) return Result.fail(new SchemaDocumentError({ issues }))
    return Result.succeed([
      ...document.tables.flatMap(tableOf),
      ...(document.virtual_tables ?? []).map(({ arguments: given = [], module, name }): Definition => ({
        kind: "virtual table",
        name,
        module,
        arguments: given
      })),
      ...(document.views ?? []).flatMap(({ columns, name, query, triggers }): ReadonlyArray<Definition> => [
        { kind: "view", name, query, mentions: [], ...(columns === undefined ? {} : { columns }) },
        ...triggersOf(name, triggers)
      ])
    ])
  })

// writing

const keyPartEntry = ({ collate, ...part }: KeyPart): KeyPartEntry => {
  const entry = collate === undefined ? part : { ...part, collation: collate }
  return part.column !== undefined && Object.keys(entry).length === 1 ? part.column : entry
}

const keyEntry = (
  { columns, conflict, name }: { readonly [K in "columns" | "conflict" | "name"]?: PrimaryKeyDefinition[K] | undefined }
) => ({
  ...(name === undefined ? {} : { name }),
  columns: (columns ?? []).map(keyPartEntry),
  ...(conflict === undefined ? {} : { on_conflict: conflict })
})

const columnEntry = (
  { collate, default: value, generated, name, notNull, notNullConflict, type = "" }: ColumnDefinition,
  key: ReadonlySet<string>
): ColumnEntry => ({
  name,
  type,
  nullable: notNull !== true,
  ...(value === undefined ? {} : { default: value }),
  is_primary_key: key.has(foldName(name)),
  ...(notNullConflict === undefined ? {} : { not_null_on_conflict: notNullConflict }),
  ...(collate === undefined ? {} : { collation: collate }),
  ...(generated === undefined ? {} : { generated })
})

const foreignKeyEntry = (
  { columns, deferred, match, name, onDelete, onUpdate, referenced, table }: ForeignKeyDefinition
): ForeignKeyEntry => ({
  ...(name === undefined ? {} : { name }),
  columns,
  referenced_table: table,
  ...(referenced === undefined ? {} : { referenced_columns: referenced }),
  ...(onDelete === undefined ? {} : { on_delete: onDelete }),
  ...(onUpdate === undefined ? {} : { on_update: onUpdate }),
  ...(match === undefined ? {} : { match }),
  ...(deferred === undefined ? {} : { deferred })
})

const lastName = ({ name }: CatalogObject): string => name.at(-1) ?? ""

const byId = (objects: ReadonlyArray<CatalogObject>): ReadonlyArray<CatalogObject> =>
  objects.toSorted((a, b) => compareText(a.id, b.id))

const list = <K extends string, A>(key: K, entries: ReadonlyArray<A>): { readonly [_ in K]?: ReadonlyArray<A> } =>
  entries.length === 0 ? {} : { [key]: entries } as { readonly [_ in K]: ReadonlyArray<A> }

const triggerEntries = (parts: ReadonlyArray<CatalogObject>): ReadonlyArray<TriggerEntry> =>
  byId(parts).flatMap((part) => {
    if (!Schema.is(TriggerState)(part.state)) return []
    const { own: _, spelling: __, table: ___, ...state } = part.state
    return [{ name: lastName(part), ...state }]
  })

const indexEntries = (parts: ReadonlyArray<CatalogObject>): ReadonlyArray<IndexEntry> =>
  byId(parts).flatMap((part) => {
    if (part.kind !== index.kind || !Schema.is(IndexState)(part.state)) return []
    const { columns, unique, where } = part.state
    return [{
      name: lastName(part),
      columns: columns.map(keyPartEntry),
      ...(unique === undefined ? {} : { unique }),
      ...(where === undefined ? {} : { where })
    }]
  })

const tableEntry = (table: CatalogObject, parts: ReadonlyArray<CatalogObject>): TableEntry => {
  const constraints = parts.flatMap((part) => constraintDefinition(part) ?? [])
  const of = <K extends ConstraintDefinition["kind"]>(kind: K) =>
    constraints.filter((one): one is Extract<ConstraintDefinition, { readonly kind: K }> => one.kind === kind)
  const [key] = of("primary key")
  const names = key?.columns.flatMap(({ column }) => column === undefined ? [] : [foldName(column)]) ?? []
  const columns = parts.filter(isColumn).map((part) => columnEntry(columnDefinition(part), new Set(names)))
  const marked = columns.flatMap(({ is_primary_key, name }) => is_primary_key ? [name] : [])
  const isTold = key === undefined ||
    JSON.stringify({ columns: marked.map((column) => ({ column })) }) === JSON.stringify({ ...key, kind: undefined })
  return {
    name: lastName(table),
    ...(table.state["strict"] === true ? { strict: true as const } : {}),
    ...(table.state["withoutRowid"] === true ? { without_rowid: true as const } : {}),
    ...(table.state["randomRowid"] === true ? { random_rowid: true as const } : {}),
    columns,
    ...(isTold ? {} : {
      primary_key: {
        ...keyEntry(key),
        ...(key.autoincrement === undefined ? {} : { autoincrement: true as const }),
        ...(key.noAlias === undefined ? {} : { no_rowid_alias: true as const })
      }
    }),
    ...list("unique_constraints", of("unique").map(keyEntry)),
    ...list("checks", of("check").map(({ kind: _, ...check }) => check)),
    ...list("foreign_keys", of("foreign key").map(foreignKeyEntry)),
    ...list("indexes", indexEntries(parts)),
    ...list("triggers", triggerEntries(parts))
  }
}

/** A catalog as its document: keys in a fixed order, objects by identity, columns as they stand. What the census names is not in it. */
export const toDocument = (catalog: Catalog): SqliteSchema => {
  const parts = partsIndex(catalog)
  const objects = byId([...catalog.objects.values()])
  const partsOf = ({ id }: CatalogObject) => parts.get(id) ?? []
  return {
    $schema: jsonSchemaOf("sqlite-schema"),
    dialect: "sqlite",
    tables: objects.filter(({ kind }) => kind === "table").map((table) => tableEntry(table, partsOf(table))),
    ...list(
      "virtual_tables",
      objects.flatMap((object) => {
        if (object.kind !== "virtual table" || !Schema.is(VirtualTableState)(object.state)) return []
        const { arguments: given, module } = object.state
        return [{ name: lastName(object), module, ...list("arguments", given) }]
      })
    ),
    ...list(
      "views",
      objects.flatMap((object) => {
        if (object.kind !== "view" || !Schema.is(ViewState)(object.state)) return []
        const { columns, query } = object.state
        return [{
          name: lastName(object),
          ...(columns === undefined ? {} : { columns }),
          query,
          ...list("triggers", triggerEntries(partsOf(object)))
        }]
      })
    )
  }
}

/** {@link toDocument} as text. */
export const encodeJson = (catalog: Catalog): string => `${JSON.stringify(toDocument(catalog), undefined, 2)}\n`
