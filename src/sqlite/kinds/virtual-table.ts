/**
 * Virtual tables (SQLite, "The Virtual Table Mechanism"): full-text indexes, R-Trees and whatever else a module offers. Their
 * shadow tables are the module's own affair and come and go with them; what a module stores cannot be moved.
 */
import * as Schema from "effect/Schema"
import { printVirtualTable } from "../sql/Printer.ts"
import { type Kind, replace } from "./Kind.ts"
import { displayName, own, relationClaim, spelling, sqlName, text } from "./names.ts"
import { storedLost } from "./table/loss.ts"

/** The module and what it is told; only the module knows what that means. */
export const VirtualTableState = Schema.Struct({
  ...spelling,
  module: Schema.String,
  arguments: Schema.Array(Schema.String),
  ...own
})
/** The module and what it is told; only the module knows what that means. */
export type VirtualTableState = typeof VirtualTableState.Type

/** The kind `virtual table`. */
export const virtualTable: Kind<VirtualTableState> = {
  kind: "virtual table",
  section: "virtual_tables",
  state: VirtualTableState,
  holdsRows: () => true,
  claims: relationClaim,
  create: (object) => {
    const { arguments: given, module } = object.state
    return [{
      sql: text(object) ??
        printVirtualTable({ kind: "virtual table", name: object.name[1] ?? "", module, arguments: given }),
      description: `Create virtual table ${sqlName(object)}`
    }]
  },
  drop: (object) => [{
    sql: `DROP TABLE ${sqlName(object)}`,
    description: `Drop virtual table ${sqlName(object)}`,
    hazards: [{
      code: "data_loss",
      message: `${storedLost(sqlName(object))}${
        object.state.module === "fts5"
          ? ` A full-text index over another table is filled by INSERT INTO ${sqlName(object)}(${
            sqlName(object)
          }) VALUES ('rebuild').`
          : ""
      }`
    }]
  }],
  alter: () => replace,
  renaming: {
    rename: (object, to) => `ALTER TABLE ${sqlName(object)} RENAME TO ${sqlName({ ...object, name: [to] })}`,
    users: "statements"
  },
  describe: (object) => `virtual table ${displayName(object)}`
}
