/**
 * Constraints of tables (SQLite, "CREATE TABLE"): primary keys, unique and check constraints, foreign keys. A constraint is
 * one whether it is written at a column or at the table. Without a name of its own its identity is what it is over.
 */
import type * as Schema from "effect/Schema"
import type { State } from "../../Catalog.ts"
import type { ConstraintDefinition } from "../sql/Definition.ts"
import { type Kind, replace } from "./Kind.ts"
import { displayName } from "./names.ts"
import { isAdded } from "./table/native.ts"
import { CheckState, ForeignKeyState, PrimaryKeyState, UniqueState } from "./table/state.ts"

const constraint = <S extends State>(
  kind: ConstraintDefinition["kind"],
  section: string,
  state: Schema.Codec<S>
): Kind<S> => ({
  kind,
  section,
  state,
  folds: () => true,
  // comes with its table, or with the column that it is written at
  create: () => [],
  drop: () => [],
  displaces: (object, context) =>
    context.creates(object.parent ?? "") || isAdded(object, context) ? [] : [object.parent ?? ""],
  takesAlong: (object, { drops }) => drops(object.parent ?? "") ? [] : [object.parent ?? ""],
  alter: () => replace,
  describe: (object) => `${kind} ${displayName(object)}`
})

/** The kind `primary key`. */
export const primaryKey: Kind<PrimaryKeyState> = constraint("primary key", "primary_key", PrimaryKeyState)
/** The kind `unique`. */
export const unique: Kind<UniqueState> = constraint("unique", "unique_constraints", UniqueState)
/** The kind `check`. */
export const check: Kind<CheckState> = constraint("check", "checks", CheckState)
/** The kind `foreign key`. */
export const foreignKey: Kind<ForeignKeyState> = constraint("foreign key", "foreign_keys", ForeignKeyState)
