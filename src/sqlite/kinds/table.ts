/** Tables (SQLite, "CREATE TABLE"): what holds of them as a whole. Columns and constraints are objects of their own. */
import * as Schema from "effect/Schema"
import type { CatalogObject } from "../../Catalog.ts"
import { quoteIdentifier } from "../sql/Identifier.ts"
import { inPlace, type Kind, replace } from "./Kind.ts"
import { displayName, own, relationClaim, spelling, sqlName } from "./names.ts"
import { creationOf } from "./table/creation.ts"
import { rowsLost } from "./table/loss.ts"
import { rebuild } from "./table/rebuild.ts"

/** The options of a table. */
export const TableState = Schema.Struct({
  ...spelling,
  strict: Schema.optionalKey(Schema.Literal(true)),
  withoutRowid: Schema.optionalKey(Schema.Literal(true)),
  /** libSQL's `RANDOM ROWID`. */
  randomRowid: Schema.optionalKey(Schema.Literal(true)),
  ...own
})
/** The options of a table. */
export type TableState = typeof TableState.Type

const renamed = (from: CatalogObject, to: string): string =>
  `ALTER TABLE ${sqlName(from)} RENAME TO ${quoteIdentifier(to)}`

/** The kind `table`. Made anew, it keeps its rows: see `table/rebuild.ts`. */
export const table: Kind<TableState> = {
  kind: "table",
  section: "tables",
  state: TableState,
  movesRows: true,
  claims: relationClaim,
  holdsRows: () => true,
  create: (object, context) =>
    context.drops(object.id) ? [rebuild(object, context)] : [{
      sql: creationOf(object, context.parts(object.id), object.name[1] ?? ""),
      description: `Create table ${sqlName(object)}`
    }],
  // what is made anew is dropped when its rows are in the new one
  drop: (object, { creates }) =>
    creates(object.id) ? [] : [{
      sql: `DROP TABLE ${sqlName(object)}`,
      description: `Drop table ${sqlName(object)}`,
      hazards: [{ code: "data_loss", message: rowsLost(sqlName(object)) }]
    }],
  alter: (from, to) => {
    const isRespelled = from.state.strict === to.state.strict && from.state.withoutRowid === to.state.withoutRowid &&
      from.state.randomRowid === to.state.randomRowid
    if (!isRespelled) return replace
    // SQLite takes a name in another spelling for one that is taken
    const between = `${from.name[1]}__lockplane_old`
    return inPlace([{
      sql: [renamed(from, between), renamed({ ...from, name: [from.name[0] ?? "", between] }, to.name[1] ?? "")],
      description: `Spell table ${sqlName(from)} as ${sqlName(to)}`
    }])
  },
  renaming: { rename: renamed, users: "statements" },
  describe: (object) => `table ${displayName(object)}`
}
