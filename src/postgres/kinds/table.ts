/** Tables and partitioned tables (PostgreSQL manual 5.1, 5.12). Columns, constraints and attachments are kinds of their own. */
import * as Schema from "effect/Schema"
import type { CatalogObject } from "../../Catalog.ts"
import { quoteIdentifier } from "../Identifier.ts"
import { jsonText, userObject, userSchema } from "./catalogSql.ts"
import { isConstraint } from "./constraint.ts"
import { inPlace, type Kind, type PlanContext, replace, type Statement } from "./Kind.ts"
import { displayName, objectId, schemaAndName, sqlName } from "./names.ts"
import { optionChanges, optionList } from "./options.ts"
import { inSchema } from "./renaming.ts"
import { tableDefinition } from "./tableDefinition.ts"
import { inItsTablespace } from "./tablespace.ts"

/** What is true of a table as a whole. */
export const TableState = Schema.Struct({
  persistence: Schema.optionalKey(Schema.Literal("unlogged")),
  /** What follows `PARTITION BY`, as `pg_get_partkeydef` prints it. */
  partition_key: Schema.optionalKey(Schema.String),
  /** Storage parameters, sorted, `toast.` ones included. */
  options: Schema.optionalKey(Schema.Array(Schema.String)),
  /** Absent: heap; for a partitioned table: what the server's default is for its new partitions. */
  access_method: Schema.optionalKey(Schema.String),
  row_security: Schema.optionalKey(Schema.Literal(true)),
  force_row_security: Schema.optionalKey(Schema.Literal(true)),
  replica_identity: Schema.optionalKey(Schema.Literals(["full", "nothing"]))
})
/** What is true of a table as a whole. */
export type TableState = typeof TableState.Type

const display = (object: CatalogObject): string => displayName(...schemaAndName(object.name))

const persistenceWord = (persistence: unknown): string => persistence === "unlogged" ? "UNLOGGED" : "LOGGED"

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

/** True for a foreign key to a table that becomes logged or unlogged too: in between, one would be and the other not. */
const referencesPersistenceChange = (object: CatalogObject, { source, target }: PlanContext): boolean => {
  if (!isConstraint(object) || object.state.referenced_table === undefined) return false
  const referenced = objectId("table", object.state.referenced_table)
  return source.objects.get(referenced)?.state["persistence"] !== target.objects.get(referenced)?.state["persistence"]
}

/**
 * Since PostgreSQL 15 the sequences that columns of a table own become logged or unlogged with it: those that shall not.
 * The sequence of an identity column is a part of the column.
 */
const ownedSequences = (
  table: CatalogObject<TableState>,
  { dependents, parts, serverMajor, source, target }: PlanContext
): ReadonlyArray<Statement> =>
  serverMajor < 15 ? [] : parts(table.id).flatMap(({ id }) => [...dependents(id)].toSorted()).flatMap((id) => {
    const owner = source.objects.get(id)
    const owned = owner?.kind === "sequence owner" ? target.objects.get(objectId("sequence", owner.name)) : undefined
    return owned === undefined || owned.state["persistence"] === table.state.persistence ? [] : [{
      sql: `ALTER SEQUENCE ${sqlName(owned.name)} SET ${persistenceWord(owned.state["persistence"])}`,
      description: `Keep sequence ${display(owned)} as it is`
    }]
  })

/** The kind `table`. */
export const table: Kind<TableState> = {
  kind: "table",
  section: "tables",
  catalog: "pg_class",
  state: TableState,
  query: () => `
    select c.oid::bigint, array[n.nspname, c.relname] as name,
      ${
    jsonText({
      persistence: "case c.relpersistence when 'u' then 'unlogged' end",
      partition_key: "case c.relkind when 'p' then pg_get_partkeydef(c.oid) end",
      options: `case when c.reloptions is not null or tc.reloptions is not null then
          (select json_agg(o order by o collate "C") from (
            select unnest(c.reloptions) as o union all select 'toast.' || unnest(tc.reloptions)) options) end`,
      access_method: "case when c.relkind = 'p' or am.amname <> 'heap' then am.amname end",
      row_security: "nullif(c.relrowsecurity, false)",
      force_row_security: "nullif(c.relforcerowsecurity, false)",
      replica_identity: "case c.relreplident when 'f' then 'full' when 'n' then 'nothing' end"
    })
  } as state
    from pg_class c
      join pg_namespace n on n.oid = c.relnamespace
      left join pg_am am on am.oid = c.relam
      left join pg_class tc on tc.oid = c.reltoastrelid
    where c.relkind in ('r', 'p') and ${userSchema("n")} and ${userObject("pg_class", "c.oid")}`,
  columns: ["oid", "name"],
  sharesStates: true,
  claims: (object) => [`relation ${sqlName(object.name)}`, `type ${sqlName(object.name)}`],
  create: (object, context, folded) => {
    const { body, extras, inherits } = tableDefinition(object, folded, context)
    const { access_method, options, partition_key, persistence } = object.state
    const clauses = [
      ...inherits,
      ...(partition_key === undefined ? [] : [`PARTITION BY ${partition_key}`]),
      ...(access_method === undefined ? [] : [`USING ${quoteIdentifier(access_method)}`]),
      ...(options === undefined ? [] : [`WITH (${optionList(options)})`])
    ]
    return inItsTablespace(object, context, [
      {
        sql: [
          `CREATE ${persistence === "unlogged" ? "UNLOGGED " : ""}TABLE ${sqlName(object.name)} ${body}`,
          ...clauses
        ].join("\n"),
        description: `Create table ${display(object)}`
      },
      ...extras,
      ...rowSecurity(object, {}),
      ...(object.state.replica_identity === undefined ? [] : [replicaIdentity(object)])
    ])
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
        sql: `ALTER TABLE ${name} SET ${persistenceWord(to.state.persistence)}`,
        description: `Make table ${display(to)} ${to.state.persistence ?? "logged"}`,
        hazards: [{ code: "rewrite", message: `Table ${display(to)} is rewritten while nobody can read or write it.` }]
      }, ...ownedSequences(to, context))
    }
    if (from.state.access_method !== to.state.access_method) {
      if (context.serverMajor < 15) return replace
      const isPartitioned = to.state.partition_key !== undefined
      const method = to.state.access_method ?? (isPartitioned ? undefined : "heap")
      statements.push({
        sql: `ALTER TABLE ${name} SET ACCESS METHOD ${method === undefined ? "DEFAULT" : quoteIdentifier(method)}`,
        description: `Change access method of table ${display(to)}`,
        hazards: isPartitioned
          ? []
          : [{ code: "rewrite", message: `Table ${display(to)} is rewritten while nobody can read or write it.` }]
      })
    }
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
  requires: ({ state }) =>
    state.partition_key !== undefined && state.access_method !== undefined
      ? [{ feature: "an access method of a partitioned table", since: 17 }]
      : [],
  commentTarget: (object) => `TABLE ${sqlName(object.name)}`,
  renaming: inSchema("TABLE", { users: "statements" }),
  describe: (object) => `table ${display(object)}`
}
