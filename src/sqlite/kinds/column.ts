/** Columns of tables (SQLite, "CREATE TABLE" and "ALTER TABLE"). */
import { canonicalJson, type Catalog } from "../../Catalog.ts"
import { affinityOf, keepsValues } from "../Affinity.ts"
import { quoteIdentifier } from "../sql/Identifier.ts"
import { inPlace, type Kind, replace } from "./Kind.ts"
import { displayName, sqlName, tableName } from "./names.ts"
import { columnText } from "./table/creation.ts"
import { valuesLost } from "./table/loss.ts"
import { addedWith, canAdd, canDrop } from "./table/native.ts"
import { ColumnState } from "./table/state.ts"

/** The kind `column`. What no ALTER TABLE does makes the table anew. */
export const column: Kind<ColumnState> = {
  kind: "column",
  section: "columns",
  state: ColumnState,
  folds: () => true,
  create: (object, context) =>
    context.creates(object.parent ?? "") ? [] : [{
      sql: `ALTER TABLE ${tableName(object)} ADD COLUMN ${
        columnText(
          object,
          addedWith(object, context),
          context.target.objects.get(object.parent ?? ""),
          context.parts(object.parent ?? "")
        )
      }`,
      description: `Add column ${sqlName(object)} to table ${tableName(object)}`
    }],
  drop: (object, context) =>
    context.drops(object.parent ?? "") ? [] : [{
      sql: `ALTER TABLE ${tableName(object)} DROP COLUMN ${sqlName(object)}`,
      description: `Drop column ${sqlName(object)} from table ${tableName(object)}`,
      hazards: object.state.generated === undefined
        ? [{ code: "data_loss", message: valuesLost(tableName(object), object.name.at(-1) ?? "") }]
        : []
    }],
  displaces: (object, context) =>
    context.creates(object.parent ?? "") || canAdd(object, context) ? [] : [object.parent ?? ""],
  takesAlong: (object, context) =>
    context.drops(object.parent ?? "") || canDrop(object, context) ? [] : [object.parent ?? ""],
  alter: (from, to) => {
    const { spelling: before, ...was } = from.state
    const { spelling: after, ...is } = to.state
    return before !== after && canonicalJson(was) === canonicalJson(is)
      ? inPlace([{
        sql: `ALTER TABLE ${tableName(to)} RENAME COLUMN ${sqlName(from)} TO ${sqlName(to)}`,
        description: `Spell column ${displayName(from)} as ${sqlName(to)}`,
        hazards: [{
          code: "breaks_clients",
          message: `Programs that take values of ${displayName(from)} by that spelling of the column's name find none.`
        }]
      }])
      : replace
  },
  holdsRows: ({ state }) => state.generated === undefined,
  valuesLost: (from, to, source, target) => {
    const isStrict = (catalog: Catalog): boolean => catalog.objects.get(to.parent ?? "")?.state["strict"] === true
    if (from.state.generated !== undefined) return undefined
    if (to.state.generated !== undefined) return `the values of ${displayName(to)} are lost: the column is computed`
    const [was, is] = [affinityOf(from.state.type, isStrict(source)), affinityOf(to.state.type, isStrict(target))]
    return keepsValues(was, is) ? undefined : `values of ${displayName(to)} are stored as ${is}, and may change by that`
  },
  renaming: {
    rename: (object, to) =>
      `ALTER TABLE ${tableName(object)} RENAME COLUMN ${sqlName(object)} TO ${quoteIdentifier(to)}`,
    users: "statements"
  },
  describe: (object) => `column ${displayName(object)}`
}
