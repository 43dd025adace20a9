/**
 * Which composite type a table is of (PostgreSQL manual, CREATE TABLE: OF type_name). Neither the attributes of the type
 * nor the columns of its tables can change apart; a plan that changes both lets go of the type in between.
 */
import * as Schema from "effect/Schema"
import { userObject, userSchema } from "./catalogSql.ts"
import { type Kind, replace } from "./Kind.ts"
import { displayName, schemaAndName, sqlName } from "./names.ts"
import { columnOrders } from "./routine.ts"
import { rowsIn } from "./trace.ts"

/** The type: schema and name. */
export const TypedTableState = Schema.Struct({ type: Schema.Array(Schema.String) })
/** The type: schema and name. */
export type TypedTableState = typeof TypedTableState.Type

const display = (name: ReadonlyArray<string>): string => displayName(...schemaAndName(name))

/** The kind `typed table`. */
export const typedTable: Kind<TypedTableState> = {
  kind: "typed table",
  section: "of_type",
  // What type a table is of is a row of pg_depend; the table's OID stands for it.
  catalog: "pg_depend",
  trace: rowsIn("pg_class", "relkind", "c"),
  isDefinition: true,
  state: TypedTableState,
  query: () => `
    select c.oid, array[n.nspname, c.relname] as name, array['table', n.nspname, c.relname] as parent,
      (select json_agg(d) from (
        select json_build_array('composite type', tn.nspname, t.typname) as d
        union all
        select json_build_array('column', n.nspname, c.relname, a.attname) from pg_attribute a
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) d(d)) as depends,
      jsonb_build_object('type', jsonb_build_array(tn.nspname, t.typname)) as state
    from pg_class c
      join pg_namespace n on n.oid = c.relnamespace
      join pg_type t on t.oid = c.reloftype
      join pg_namespace tn on tn.oid = t.typnamespace
    where c.relkind in ('r', 'p') and ${userSchema("n")} and ${userObject("pg_class", "c.oid")}`,
  create: (object) => [{
    sql: `ALTER TABLE ${sqlName(object.name)} OF ${sqlName(object.state.type)}`,
    description: `Make table ${display(object.name)} a table of type ${display(object.state.type)}`
  }],
  refusesCreation: (object, context) => {
    const table = context.target.objects.get(object.parent ?? "")
    if (table === undefined) return undefined
    const { made, wanted } = columnOrders(table, context)
    return wanted.every((column, i) => column === made[i]) ?
      undefined :
      `table ${display(object.name)} cannot stay a table of type ${
        display(object.state.type)
      }: its columns would be in another order than the ` +
      "attributes of the type, because PostgreSQL adds columns at the end and moves none. Let new attributes be the last " +
      "ones, and leave the others in their order."
  },
  drop: (object) => [{
    sql: `ALTER TABLE ${sqlName(object.name)} NOT OF`,
    description: `Let table ${display(object.name)} be of no type`
  }],
  alter: () => replace,
  outlives: (_, need) => need.kind === "column",
  describe: (object) => `type of typed table ${display(object.name)}`
}
