/** The parts that a table is made of, as states and as definitions. */
import * as Schema from "effect/Schema"
import type { CatalogObject } from "../../../Catalog.ts"
import type { ColumnDefinition, ConstraintDefinition } from "../../sql/Definition.ts"
import { ConflictAction, KeyPart } from "../key.ts"
import { spelling } from "../names.ts"

/** What only a column can say; expressions in one spelling. */
export const ColumnState = Schema.Struct({
  ...spelling,
  type: Schema.optionalKey(Schema.String),
  notNull: Schema.optionalKey(Schema.Literal(true)),
  notNullConflict: Schema.optionalKey(ConflictAction),
  default: Schema.optionalKey(Schema.String),
  collate: Schema.optionalKey(Schema.String),
  generated: Schema.optionalKey(
    Schema.Struct({ expression: Schema.String, stored: Schema.optionalKey(Schema.Literal(true)) })
  )
})
/** What only a column can say; expressions in one spelling. */
export type ColumnState = typeof ColumnState.Type

/** True for a column. */
export const isColumn = (object: CatalogObject): object is CatalogObject<ColumnState> =>
  object.kind === "column" && Schema.is(ColumnState)(object.state)

/** The definition of a column. */
export const columnDefinition = ({ name, state }: CatalogObject<ColumnState>): ColumnDefinition => {
  const { spelling: _, ...definition } = state
  return { name: name.at(-1) ?? "", ...definition }
}

const name = { name: Schema.optionalKey(Schema.String) } as const

/** `PRIMARY KEY`; see {@link ConstraintDefinition}. */
export const PrimaryKeyState = Schema.Struct({
  ...name,
  columns: Schema.Array(KeyPart),
  autoincrement: Schema.optionalKey(Schema.Literal(true)),
  conflict: Schema.optionalKey(ConflictAction),
  noAlias: Schema.optionalKey(Schema.Literal(true))
})
/** `PRIMARY KEY`; see {@link ConstraintDefinition}. */
export type PrimaryKeyState = typeof PrimaryKeyState.Type

/** `UNIQUE`; see {@link ConstraintDefinition}. */
export const UniqueState = Schema.Struct({
  ...name,
  columns: Schema.Array(KeyPart),
  conflict: Schema.optionalKey(ConflictAction)
})
/** `UNIQUE`; see {@link ConstraintDefinition}. */
export type UniqueState = typeof UniqueState.Type

/** `CHECK`; the expression in one spelling, without parentheses around it. */
export const CheckState = Schema.Struct({ ...name, expression: Schema.String })
/** `CHECK`; the expression in one spelling, without parentheses around it. */
export type CheckState = typeof CheckState.Type

const ForeignKeyAction = Schema.Literals(["SET NULL", "SET DEFAULT", "CASCADE", "RESTRICT"])

/** `FOREIGN KEY`; see {@link ConstraintDefinition}. */
export const ForeignKeyState = Schema.Struct({
  ...name,
  columns: Schema.Array(Schema.String),
  table: Schema.String,
  referenced: Schema.optionalKey(Schema.Array(Schema.String)),
  onDelete: Schema.optionalKey(ForeignKeyAction),
  onUpdate: Schema.optionalKey(ForeignKeyAction),
  match: Schema.optionalKey(Schema.String),
  deferred: Schema.optionalKey(Schema.Literal(true))
})
/** `FOREIGN KEY`; see {@link ConstraintDefinition}. */
export type ForeignKeyState = typeof ForeignKeyState.Type

/** The definition of an object of one of these kinds. */
export const constraintDefinition = (object: CatalogObject): ConstraintDefinition | undefined => {
  switch (object.kind) {
    case "primary key":
      return Schema.is(PrimaryKeyState)(object.state) ? { kind: "primary key", ...object.state } : undefined
    case "unique":
      return Schema.is(UniqueState)(object.state) ? { kind: "unique", ...object.state } : undefined
    case "check":
      return Schema.is(CheckState)(object.state) ? { kind: "check", ...object.state } : undefined
    case "foreign key":
      return Schema.is(ForeignKeyState)(object.state) ? { kind: "foreign key", ...object.state } : undefined
    default:
      return undefined
  }
}
