/** What is true of a column of a table, and how messages and statements call it. */
import * as Schema from "effect/Schema"
import type { CatalogObject, Json } from "../../../Catalog.ts"
import { quoteIdentifier } from "../../Identifier.ts"
import { ForeignOptions } from "../foreignOptions.ts"
import { IdentityState } from "../identity.ts"
import { displayName, sqlName } from "../names.ts"

const NotNullState = Schema.Struct({
  /** The constraint's name where it is not the one that PostgreSQL chooses (18 and later). */
  name: Schema.optionalKey(Schema.String),
  /** A parent table has it too: then no statement changes its name, which stands under `own`. */
  inherited: Schema.optionalKey(Schema.Literal(true)),
  no_inherit: Schema.optionalKey(Schema.Literal(true)),
  not_valid: Schema.optionalKey(Schema.Literal(true))
})

/** What is true of a column, its default apart. */
export const ColumnState = Schema.Struct({
  /** As `format_type` prints it. */
  type: Schema.String,
  nullable: Schema.Boolean,
  not_null: Schema.optionalKey(NotNullState),
  /** Where it is not the type's own. */
  collation: Schema.optionalKey(Schema.String),
  identity: Schema.optionalKey(IdentityState),
  generated: Schema.optionalKey(Schema.Struct({
    expression: Schema.String,
    kind: Schema.Literals(["stored", "virtual"])
  })),
  /** Where it is not the type's own. */
  storage: Schema.optionalKey(Schema.Literals(["plain", "external", "extended", "main"])),
  compression: Schema.optionalKey(Schema.Literals(["pglz", "lz4"])),
  statistics: Schema.optionalKey(Schema.Int),
  options: Schema.optionalKey(Schema.Array(Schema.String)),
  /** Of a foreign table's column: options for its foreign-data wrapper. */
  foreign_options: ForeignOptions,
  /** A parent table or the partitioned table has it too. */
  inherited: Schema.optionalKey(Schema.Literal(true)),
  /** What this table has of its own of what it has from a parent too. */
  own: Schema.optionalKey(Schema.Struct({
    /** It declares the column itself as well. */
    declared: Schema.optionalKey(Schema.Literal(true)),
    /** The inherited not-null constraint: its name where it is not the usual one, and whether the table declares none itself. */
    not_null: Schema.optionalKey(Schema.Struct({
      name: Schema.optionalKey(Schema.String),
      arrives: Schema.optionalKey(Schema.Literal(true))
    }))
  }))
})
/** What is true of a column, its default apart. */
export type ColumnState = typeof ColumnState.Type

/** A column of a table. */
export type Column = CatalogObject<ColumnState>

/** True for objects of the kind `column`. */
export const isColumn = (object: CatalogObject): object is Column => object.kind === "column"

/** True for a column of a foreign table, which holds no values of its own: nothing is rewritten, checked or lost. */
export const isForeign = (object: CatalogObject): boolean => object.parent?.startsWith("foreign table ") === true

/** The column's table as SQL names it. */
export const tableOf = (object: CatalogObject): string => sqlName(object.name.slice(0, 2))

/** The column's own name as SQL names it. */
export const columnName = (object: CatalogObject): string => quoteIdentifier(object.name[2] ?? "")

/** The column's table in plain words. */
export const displayTable = (object: CatalogObject): string => displayName(object.name[0] ?? "", object.name[1] ?? "")

/** The column in plain words: `users.name`. */
export const display = (object: CatalogObject): string => `${displayTable(object)}.${columnName(object)}`

/** `ALTER TABLE … ALTER COLUMN …` with this change; `only` leaves the children alone. */
export const alterColumn = (object: CatalogObject, change: string, only = false): string =>
  `ALTER TABLE ${only ? "ONLY " : ""}${tableOf(object)} ALTER COLUMN ${columnName(object)} ${change}`

/** The COLLATE clause, with a blank before it; empty where the collation is the type's own. */
export const collate = (state: ColumnState): string =>
  state.collation === undefined ? "" : ` COLLATE ${state.collation}`

/** A list of names in a state; empty where there is none. */
export const names = (value: Json | undefined): ReadonlyArray<string> => Array.isArray(value) ? value.map(String) : []
