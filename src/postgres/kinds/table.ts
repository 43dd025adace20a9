/** Tables and partitioned tables (PostgreSQL manual 5.1, 5.12). Columns, constraints and attachments are kinds of their own. */
import * as Schema from "effect/Schema"
import type { CatalogObject } from "../../Catalog.ts"
import { quoteIdentifier } from "../Identifier.ts"
import { userObject, userSchema } from "./catalogSql.ts"
import { columnClause, columnExtras } from "./column/definition.ts"
import { isExplicitColumn } from "./column/inheritance.ts"
import { notNullLine } from "./column/notNull.ts"
import type { ColumnState } from "./column/state.ts"
import { constraintClause, constraintExtras, type ConstraintState } from "./constraint.ts"
import { type DefaultState, isDefault } from "./default.ts"
import { type InheritanceState, isInheritance } from "./inheritance.ts"
import { inPlace, type Kind, type PlanContext, replace, type Statement } from "./Kind.ts"
import { displayName, objectId, schemaAndName, sqlName } from "./names.ts"
import { optionChanges, optionList } from "./options.ts"
import { arrives } from "./parents.ts"

/** What is true of a table as a whole. */
export const TableState = Schema.Struct({
  persistence: Schema.optionalKey(Schema.Literal("unlogged")),
  /** What follows `PARTITION BY`, as `pg_get_partkeydef` prints it. */
  partition_key: Schema.optionalKey(Schema.String),
  /** Storage parameters, sorted, `toast.` ones included. */
  options: Schema.optionalKey(Schema.Array(Schema.String)),
  access_method: Schema.optionalKey(Schema.String),
  /** The composite type of a typed table. */
  of_type: Schema.optionalKey(Schema.String),
  row_security: Schema.optionalKey(Schema.Literal(true)),
  force_row_security: Schema.optionalKey(Schema.Literal(true)),
  replica_identity: Schema.optionalKey(Schema.Literals(["full", "nothing"]))
})
/** What is true of a table as a whole. */
export type TableState = typeof TableState.Type

const display = (object: CatalogObject): string => displayName(...schemaAndName(object.name))

const isKind =
  <S extends object>(kind: string) => (object: CatalogObject): object is CatalogObject<S & CatalogObject["state"]> =>
    object.kind === kind
const isColumn = isKind<ColumnState>("column")
const isConstraint = isKind<ConstraintState>("constraint")

const rowSecurity = (
  object: CatalogObject<TableState>,
  from: { readonly row_security?: true; readonly force_row_security?: true }
): ReadonlyArray<Statement> => {
  const name = sqlName(object.name)
  const { row_security: enabled, force_row_security: forced } = object.state
  return [
    ...(enabled === from.row_security ? [] : [{
      sql: `ALTER TABLE ${name} ${enabled ? "ENABLE" : "DISABLE"} ROW LEVEL SECURITY`,
      description: `${enabled ? "Enable" : "Disable"} row level security on table ${display(object)}`
    }]),
    ...(forced === from.force_row_security ? [] : [{
      sql: `ALTER TABLE ${name} ${forced ? "FORCE" : "NO FORCE"} ROW LEVEL SECURITY`,
      description: `${forced ? "Force" : "Stop forcing"} row level security on table ${display(object)} for its owner`
    }])
  ]
}

const replicaIdentity = (object: CatalogObject<TableState>): Statement => ({
  sql: `ALTER TABLE ONLY ${sqlName(object.name)} REPLICA IDENTITY ${
    (object.state.replica_identity ?? "default").toUpperCase()
  }`,
  description: `Change replica identity of table ${display(object)}`
})

const ofType = (object: CatalogObject<TableState>): Statement => ({
  sql: `ALTER TABLE ${sqlName(object.name)} ${
    object.state.of_type === undefined ? "NOT OF" : `OF ${object.state.of_type}`
  }`,
  description: `Change the type of typed table ${display(object)}`
})

/** True for a foreign key to a table that becomes logged or unlogged too: in between, one would be and the other not. */
const referencesPersistenceChange = (object: CatalogObject, { source, target }: PlanContext): boolean => {
  if (!isConstraint(object) || object.state.referenced_table === undefined) return false
  const referenced = objectId("table", object.state.referenced_table)
  return source.objects.get(referenced)?.state["persistence"] !== target.objects.get(referenced)?.state["persistence"]
}

/** The kind `table`. */
export const table: Kind<TableState> = {
  kind: "table",
  section: "tables",
  catalog: "pg_class",
  state: TableState,
  query: () => `
    select c.oid, array[n.nspname, c.relname] as name,
      json_build_array(json_build_array('pg_type', c.reltype, 0), json_build_array('pg_type', t.typarray, 0)) as addresses,
      jsonb_strip_nulls(jsonb_build_object(
        'persistence', case c.relpersistence when 'u' then 'unlogged' end,
        'partition_key', case c.relkind when 'p' then pg_get_partkeydef(c.oid) end,
        'options', case when c.reloptions is not null or tc.reloptions is not null then
          (select jsonb_agg(o order by o) from (
            select unnest(c.reloptions) as o union all select 'toast.' || unnest(tc.reloptions)) options) end,
        'access_method', nullif(am.amname, 'heap'),
        'of_type', case when c.reloftype <> 0 then format_type(c.reloftype, null) end,
        'row_security', nullif(c.relrowsecurity, false),
        'force_row_security', nullif(c.relforcerowsecurity, false),
        'replica_identity', case c.relreplident when 'f' then 'full' when 'n' then 'nothing' end)) as state
    from pg_class c
      join pg_namespace n on n.oid = c.relnamespace
      left join pg_type t on t.oid = c.reltype
      left join pg_am am on am.oid = c.relam
      left join pg_class tc on tc.oid = c.reltoastrelid
    where c.relkind in ('r', 'p') and ${userSchema("n")} and ${userObject("pg_class", "c.oid")}`,
  claims: (object) => [`relation ${sqlName(object.name)}`, `type ${sqlName(object.name)}`],
  create: (object, context, folded) => {
    const defaults = new Map(
      folded.filter(isDefault).map((part): [string | undefined, CatalogObject<DefaultState>] => [part.parent, part])
    )
    const columns = folded.filter(isColumn).filter((column) => isExplicitColumn(column, context))
    const constraints = folded.filter(isConstraint).filter((constraint) => !arrives(constraint, context))
    const parents: ReadonlyArray<CatalogObject<InheritanceState>> = folded.filter(isInheritance)
    const lines = [
      ...columns.map((column) => columnClause(column, defaults.get(column.id), context)),
      ...folded.filter(isColumn).map((column) => notNullLine(column, context)).filter((line) => line !== undefined),
      ...constraints.map(constraintClause)
    ]
    const { access_method, options, partition_key, persistence } = object.state
    const clauses = [
      ...(parents.length === 0
        ? []
        : [`INHERITS (${parents.map((parent) => sqlName(parent.name.slice(2))).join(", ")})`]),
      ...(partition_key === undefined ? [] : [`PARTITION BY ${partition_key}`]),
      ...(access_method === undefined ? [] : [`USING ${quoteIdentifier(access_method)}`]),
      ...(options === undefined ? [] : [`WITH (${optionList(options)})`])
    ]
    const body = lines.length === 0 ? "()" : `(\n  ${lines.join(",\n  ")}\n)`
    return [
      {
        sql: [
          `CREATE ${persistence === "unlogged" ? "UNLOGGED " : ""}TABLE ${sqlName(object.name)} ${body}`,
          ...clauses
        ].join("\n"),
        description: `Create table ${display(object)}`
      },
      ...(object.state.of_type === undefined ? [] : [ofType(object)]),
      ...folded.filter(isColumn).flatMap((column) => columnExtras(column, context)),
      ...constraints.flatMap((constraint) => constraintExtras(constraint, {}, context)),
      ...rowSecurity(object, {}),
      ...(object.state.replica_identity === undefined ? [] : [replicaIdentity(object)])
    ]
  },
  drop: (object) => [{
    sql: `DROP TABLE ${sqlName(object.name)}`,
    description: `Drop table ${display(object)}`,
    hazards: [{ code: "data_loss", message: `All rows of table ${display(object)} are lost.` }]
  }],
  alter: (from, to, context) => {
    if (from.state.partition_key !== to.state.partition_key) return replace
    const name = sqlName(to.name)
    const statements: Array<Statement> = []
    if (from.state.persistence !== to.state.persistence) {
      statements.push({
        sql: `ALTER TABLE ${name} SET ${to.state.persistence === "unlogged" ? "UNLOGGED" : "LOGGED"}`,
        description: `Make table ${display(to)} ${to.state.persistence ?? "logged"}`,
        hazards: [{ code: "rewrite", message: `Table ${display(to)} is rewritten while nobody can read or write it.` }]
      })
    }
    if (from.state.access_method !== to.state.access_method) {
      if (context.serverMajor < 15) return replace
      statements.push({
        sql: `ALTER TABLE ${name} SET ACCESS METHOD ${quoteIdentifier(to.state.access_method ?? "heap")}`,
        description: `Change access method of table ${display(to)}`,
        hazards: [{ code: "rewrite", message: `Table ${display(to)} is rewritten while nobody can read or write it.` }]
      })
    }
    if (from.state.of_type !== to.state.of_type) statements.push(ofType(to))
    for (const change of optionChanges(from.state.options, to.state.options)) {
      statements.push({
        sql: `ALTER TABLE ${name} ${change}`,
        description: `Change storage parameters of table ${display(to)}`
      })
    }
    statements.push(...rowSecurity(to, from.state))
    if (from.state.replica_identity !== to.state.replica_identity) statements.push(replicaIdentity(to))
    if (from.state.persistence === to.state.persistence) return inPlace(statements)
    return inPlace(statements, (dependent) => referencesPersistenceChange(dependent, context))
  },
  holdsRows: () => true,
  commentTarget: (object) => `TABLE ${sqlName(object.name)}`,
  describe: (object) => `table ${display(object)}`
}
