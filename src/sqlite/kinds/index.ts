/** Indexes that a CREATE INDEX made (SQLite, "CREATE INDEX"); those behind keys and unique constraints are part of these. */
import * as Schema from "effect/Schema"
import { foldName } from "../sql/Identifier.ts"
import { withPlainStrings } from "../sql/Parser.ts"
import { printIndex } from "../sql/Printer.ts"
import { KeyPart } from "./key.ts"
import { type Kind, replace } from "./Kind.ts"
import { displayName, own, relationClaim, spelling, sqlName, text } from "./names.ts"
import { isColumn } from "./table/state.ts"

/** What an index is over; `table` as the statement spells it. */
export const IndexState = Schema.Struct({
  ...spelling,
  table: Schema.String,
  unique: Schema.optionalKey(Schema.Literal(true)),
  columns: Schema.Array(KeyPart),
  where: Schema.optionalKey(Schema.String),
  ...own
})
/** What an index is over; `table` as the statement spells it. */
export type IndexState = typeof IndexState.Type

/** The kind `index`. */
export const index: Kind<IndexState> = {
  kind: "index",
  section: "indexes",
  state: IndexState,
  claims: relationClaim,
  create: (object, { parts, source }) => {
    const { own: _, spelling: __, ...definition } = object.state
    const columns = parts(object.parent ?? "").filter(isColumn).map(({ name }) => foldName(name.at(-1) ?? ""))
    const written = text(object)
    return [{
      // without columns, nobody knows the table
      sql: written !== undefined
        ? withPlainStrings(written, columns.length === 0 ? undefined : new Set(columns))
        : printIndex({ kind: "index", name: object.name[1] ?? "", ...definition }),
      description: `Create index ${sqlName(object)} on table ${definition.table}`,
      hazards: definition.unique === true && source.objects.has(object.parent ?? "") && !source.objects.has(object.id)
        ? [{
          code: "may_fail",
          message: `Index ${
            sqlName(object)
          } is unique: the step fails where rows of ${definition.table} are equal in it.`
        }]
        : []
    }]
  },
  drop: (object) => [{
    sql: `DROP INDEX ${sqlName(object)}`,
    description: `Drop index ${sqlName(object)} from table ${object.state.table}`
  }],
  alter: () => replace,
  describe: (object) => `index ${displayName(object)}`
}
