/**
 * Ownership of sequences by columns (`ALTER SEQUENCE … OWNED BY`), as `serial` makes it: the sequence is dropped with the
 * column.
 */
import * as Schema from "effect/Schema"
import type { CatalogObject } from "../../Catalog.ts"
import { quoteIdentifier } from "../Identifier.ts"
import { userObject, userSchema } from "./catalogSql.ts"
import { inPlace, type Kind, type PlanContext, type Statement } from "./Kind.ts"
import { displayName, objectId, schemaAndName, sqlName } from "./names.ts"
import { ownerIn, roleName } from "./owner.ts"
import { rowsIn } from "./trace.ts"

/** The owning column: its table (schema and name) and its name. */
export const SequenceOwnerState = Schema.Struct({ table: Schema.Array(Schema.String), column: Schema.String })
/** The owning column: its table (schema and name) and its name. */
export type SequenceOwnerState = typeof SequenceOwnerState.Type

/** True for objects of the kind `sequence owner`. */
export const isSequenceOwner = (object: CatalogObject): object is CatalogObject<SequenceOwnerState> =>
  object.kind === "sequence owner"

const display = (name: ReadonlyArray<string>): string => displayName(...schemaAndName(name))

const owner = ({ column, table }: SequenceOwnerState): string => `${display(table)}.${quoteIdentifier(column)}`

const give = (object: CatalogObject<SequenceOwnerState>): Statement => ({
  sql: `ALTER SEQUENCE ${sqlName(object.name)} OWNED BY ${sqlName([...object.state.table, object.state.column])}`,
  description: `Give sequence ${display(object.name)} to column ${owner(object.state)}`
})

/** A sequence must have the owner of the table that it is given to; owners are changed after that. */
const sameOwner = (
  object: CatalogObject<SequenceOwnerState>,
  { creates, serverMajor, source }: PlanContext
): ReadonlyArray<Statement> => {
  const ownerNow = (kind: string, name: ReadonlyArray<string>): string | undefined =>
    creates(objectId(kind, name)) ? undefined : ownerIn(source, objectId(kind, name), serverMajor)
  const [own, wanted] = [ownerNow("sequence", object.name), ownerNow("table", object.state.table)]
  const alter = `ALTER SEQUENCE ${sqlName(object.name)}`
  const description = `Give sequence ${display(object.name)} to the owner of ${display(object.state.table)}`
  return own === wanted ? [] : [
    // what belongs to a column has the owner of its table
    ...(source.objects.has(object.id) ? [{ sql: `${alter} OWNED BY NONE`, description }] : []),
    { sql: `${alter} OWNER TO ${roleName(wanted)}`, description }
  ]
}

/** The kind `sequence owner`. */
export const sequenceOwner: Kind<SequenceOwnerState> = {
  kind: "sequence owner",
  section: "owned_by",
  isDefinition: true,
  // Ownership is a row of pg_depend; the sequence's OID stands for it.
  catalog: "pg_depend",
  trace: rowsIn("pg_class", "relkind", "S"),
  state: SequenceOwnerState,
  query: () => `
    select c.oid, array[n.nspname, c.relname] as name, array['sequence', n.nspname, c.relname] as parent,
      json_build_array(json_build_array('column', tn.nspname, t.relname, a.attname)) as depends,
      jsonb_build_object('table', jsonb_build_array(tn.nspname, t.relname), 'column', a.attname) as state
    from pg_depend d
      join pg_class c on c.oid = d.objid
      join pg_namespace n on n.oid = c.relnamespace
      join pg_class t on t.oid = d.refobjid
      join pg_namespace tn on tn.oid = t.relnamespace
      join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
    where d.classid = 'pg_class'::regclass and d.refclassid = 'pg_class'::regclass and d.deptype = 'a'
      and c.relkind = 'S' and ${userSchema("n")} and ${userObject("pg_class", "c.oid")}`,
  create: (object, context) => [...sameOwner(object, context), give(object)],
  drop: (object) => [{
    sql: `ALTER SEQUENCE ${sqlName(object.name)} OWNED BY NONE`,
    description: `Take sequence ${display(object.name)} from column ${owner(object.state)}`
  }],
  alter: (_, to, context) => inPlace([...sameOwner(to, context), give(to)]),
  describe: (object) => `owner of sequence ${display(object.name)}`
}
