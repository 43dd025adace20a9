/** What keys are made of: indexes, primary keys and unique constraints share it. */
import * as Schema from "effect/Schema"

/** A column or an expression of a key. */
export const KeyPart = Schema.Struct({
  column: Schema.optionalKey(Schema.String),
  expression: Schema.optionalKey(Schema.String),
  collate: Schema.optionalKey(Schema.String),
  descending: Schema.optionalKey(Schema.Literal(true))
})
/** A column or an expression of a key. */
export type KeyPart = typeof KeyPart.Type

/** What happens where a row breaks a constraint (SQLite, "The ON CONFLICT Clause"); absent: ABORT. */
export const ConflictAction = Schema.Literals(["ROLLBACK", "FAIL", "IGNORE", "REPLACE"])
