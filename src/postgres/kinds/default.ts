/** Column defaults (PostgreSQL manual 5.2): objects of their own, since they depend on more than their column does. */
import * as Schema from "effect/Schema"
import type { CatalogObject } from "../../Catalog.ts"
import { quoteIdentifier } from "../Identifier.ts"
import { jsonText, tableRelkinds, userObject, userSchema } from "./catalogSql.ts"
import { isExplicitColumn } from "./column/inheritance.ts"
import { inPlace, type Kind, type Statement } from "./Kind.ts"
import { displayName, sqlName } from "./names.ts"

/** The expression, as `pg_get_expr` prints it. */
export const DefaultState = Schema.Struct({ expression: Schema.String })
/** The expression, as `pg_get_expr` prints it. */
export type DefaultState = typeof DefaultState.Type

/** True for objects of the kind `default`. */
export const isDefault = (object: CatalogObject): object is CatalogObject<DefaultState> => object.kind === "default"

const display = ([schema = "", table = "", column = ""]: ReadonlyArray<string>): string =>
  `${displayName(schema, table)}.${quoteIdentifier(column)}`

const set = (object: CatalogObject<DefaultState>, description: string): Statement => ({
  sql: `ALTER TABLE ONLY ${sqlName(object.name.slice(0, 2))} ALTER COLUMN ${
    quoteIdentifier(object.name[2] ?? "")
  } SET DEFAULT ${object.state.expression}`,
  description
})

/** The kind `default`. */
export const columnDefault: Kind<DefaultState> = {
  kind: "default",
  section: "default",
  catalog: "pg_attrdef",
  printed: ["expression"],
  isDefinition: true,
  state: DefaultState,
  query: () => `
    select d.oid::bigint, d.adrelid::bigint as of, d.adnum as of_subid,
      ${jsonText({ expression: "pg_get_expr(d.adbin, 0)" })} as state
    from pg_attrdef d
      join pg_class c on c.oid = d.adrelid
      join pg_namespace n on n.oid = c.relnamespace
      join pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum
    where c.relkind in ${tableRelkinds} and a.attgenerated = '' and ${userSchema("n")} and ${
    userObject("pg_class", "c.oid")
  }`,
  columns: ["oid", "of", "of_subid"],
  apart: true,
  sharesStates: true,
  folds: (object, context) => {
    const column = object.parent === undefined ? undefined : context.target.objects.get(object.parent)
    return column !== undefined && isExplicitColumn(column, context)
  },
  create: (object) => [set(object, `Set default of ${display(object.name)}`)],
  drop: (object) => [{
    sql: `ALTER TABLE ONLY ${sqlName(object.name.slice(0, 2))} ALTER COLUMN ${
      quoteIdentifier(object.name[2] ?? "")
    } DROP DEFAULT`,
    description: `Drop default of ${display(object.name)}`
  }],
  alter: (_, to) => inPlace([set(to, `Change default of ${display(to.name)}`)]),
  describe: (object) => `default of ${display(object.name)}`
}
