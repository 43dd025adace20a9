/**
 * Triggers on tables and views, constraint triggers included (PostgreSQL manual 37). Triggers of a partitioned table are
 * copied to its partitions by PostgreSQL itself.
 */
import * as Schema from "effect/Schema"
import { canonicalJson, type Catalog, type CatalogObject, dependentsIndex, type ObjectId } from "../../Catalog.ts"
import { quoteIdentifier } from "../Identifier.ts"
import { extensionsDependedOn, userObject, userSchema } from "./catalogSql.ts"
import { extensionDependenceChanges } from "./extensionDependence.ts"
import { inPlace, type Kind, type PlanContext, replace, type Statement } from "./Kind.ts"
import { displayName, objectId, sqlName } from "./names.ts"
import { ofTable } from "./renaming.ts"
import { rowsIn } from "./trace.ts"

/** The trigger as `pg_get_triggerdef` prints it, and when it fires if not in the way of any other (`origin`). */
export const TriggerState = Schema.Struct({
  definition: Schema.String,
  enabled: Schema.optionalKey(Schema.Literals(["disabled", "replica", "always"])),
  depends_on_extensions: Schema.optionalKey(Schema.Array(Schema.String))
})
/** The trigger as `pg_get_triggerdef` prints it, and when it fires if not in the way of any other (`origin`). */
export type TriggerState = typeof TriggerState.Type

const triggerName = (object: CatalogObject): string => quoteIdentifier(object.name[2] ?? "")
const tableName = (object: CatalogObject): string => sqlName(object.name.slice(0, 2))

const onTable = (object: CatalogObject): string => {
  const [schema = "", table = ""] = object.name
  const relation = /^(view|foreign table) /.exec(object.parent ?? "")?.[1] ?? "table"
  return `${relation} ${displayName(schema, table)}`
}

/** When a trigger fires: `origin`, unless the session is a replica; `replica`, only then. */
export type Firing = "origin" | "disabled" | "replica" | "always"

const enabling = { disabled: "DISABLE", replica: "ENABLE REPLICA", always: "ENABLE ALWAYS", origin: "ENABLE" }
const enablingInWords = {
  disabled: "Disable",
  replica: "Enable on replicas",
  always: "Always enable",
  origin: "Enable"
}

/** The partitions of a table, theirs included; of those alone for which `has` holds. */
const partitionsOf = (
  table: ReadonlyArray<string>,
  catalog: Catalog,
  has: (id: ObjectId) => boolean = () => true
): ReadonlyArray<ReadonlyArray<string>> =>
  [...dependentsIndex(catalog).get(objectId("table", table)) ?? []].flatMap((id) => {
    const partition = catalog.objects.get(id)
    return partition?.kind === "partition" && canonicalJson(partition.state["of"]) === canonicalJson(table) && has(id)
      ? [partition.name, ...partitionsOf(partition.name, catalog, has)]
      : []
  })

/**
 * The statements that set when a trigger of a table fires, on the table's partitions too, which PostgreSQL leaves alone before
 * version 15; `display` is the table for people.
 */
export const enableTrigger = (
  table: ReadonlyArray<string>,
  trigger: string,
  display: string,
  firing: Firing,
  context: PlanContext
): ReadonlyArray<Statement> =>
  [
    table,
    // the partitions that it has before the plan and after it
    ...(context.serverMajor < 15
      ? partitionsOf(table, context.target, (id) => context.source.objects.has(id) && !context.drops(id))
      : [])
  ].map((relation) => ({
    sql: `ALTER TABLE ${sqlName(relation)} ${enabling[firing]} TRIGGER ${quoteIdentifier(trigger)}`,
    description: `${enablingInWords[firing]} trigger ${quoteIdentifier(trigger)} on ${display}`
  }))

const enabledChanges = (
  from: TriggerState["enabled"],
  to: CatalogObject<TriggerState>,
  context: PlanContext
): ReadonlyArray<Statement> =>
  from === to.state.enabled
    ? []
    : enableTrigger(to.name.slice(0, 2), to.name[2] ?? "", onTable(to), to.state.enabled ?? "origin", context)

const dependenceChanges = (from: TriggerState["depends_on_extensions"], to: CatalogObject<TriggerState>) =>
  extensionDependenceChanges(
    `TRIGGER ${triggerName(to)} ON ${tableName(to)}`,
    `trigger ${triggerName(to)} on ${onTable(to)}`,
    from,
    to.state.depends_on_extensions
  )

/** What a trigger of that name takes on a table. A constraint trigger is a constraint of it as well. */
const namesOn = (table: ReadonlyArray<string>, trigger: string, { definition }: TriggerState): ReadonlyArray<string> =>
  (definition.startsWith("CREATE CONSTRAINT TRIGGER") ? ["trigger", "constraint"] : ["trigger"])
    .map((kind) => `${kind} ${sqlName([...table, trigger])}`)

/** The kind `trigger`. */
export const trigger: Kind<TriggerState> = {
  kind: "trigger",
  section: "triggers",
  catalog: "pg_trigger",
  trace: rowsIn("pg_trigger", "tgisinternal", false),
  printed: ["definition"],
  dropLoses: "What it did on every change of the table is no longer done.",
  state: TriggerState,
  query: () => `
    select g.oid, array[n.nspname, c.relname, g.tgname] as name,
      array[case c.relkind when 'v' then 'view' when 'f' then 'foreign table' else 'table' end, n.nspname, c.relname] as parent,
      case when g.tgconstraint <> 0 then json_build_array(json_build_array('pg_constraint', g.tgconstraint, 0)) end as addresses,
      jsonb_strip_nulls(jsonb_build_object(
        'definition', pg_get_triggerdef(g.oid),
        'enabled', case g.tgenabled when 'D' then 'disabled' when 'R' then 'replica' when 'A' then 'always' end,
        'depends_on_extensions', ${extensionsDependedOn("pg_trigger", "g.oid")})) as state
    from pg_trigger g join pg_class c on c.oid = g.tgrelid join pg_namespace n on n.oid = c.relnamespace
    where not g.tgisinternal and g.tgparentid = 0 and c.relkind in ('r', 'p', 'v', 'f')
      and ${userSchema("n")} and ${userObject("pg_class", "c.oid")}`,
  claims: ({ name, state }) => namesOn(name.slice(0, 2), name[2] ?? "", state),
  reaches: ({ name: [schema = "", table = "", trigger = ""], parent = "", state }, catalog) =>
    catalog.objects.get(parent)?.state["partition_key"] !== undefined && state.definition.includes(" FOR EACH ROW ")
      ? partitionsOf([schema, table], catalog).flatMap((partition) => namesOn(partition, trigger, state))
      : [],
  create: (object, context) => [
    { sql: object.state.definition, description: `Create trigger ${triggerName(object)} on ${onTable(object)}` },
    ...enabledChanges(undefined, object, context),
    ...dependenceChanges([], object)
  ],
  drop: (object) => [{
    sql: `DROP TRIGGER ${triggerName(object)} ON ${tableName(object)}`,
    description: `Drop trigger ${triggerName(object)} from ${onTable(object)}`
  }],
  alter: (from, to, context) =>
    from.state.definition === to.state.definition
      ? inPlace([
        ...enabledChanges(from.state.enabled, to, context),
        ...dependenceChanges(from.state.depends_on_extensions, to)
      ], from.state.enabled === to.state.enabled ? undefined : (dependent) => dependent.kind === "partition trigger")
      : replace,
  commentTarget: (object) => `TRIGGER ${triggerName(object)} ON ${tableName(object)}`,
  renaming: ofTable("TRIGGER"),
  describe: (object) => `trigger ${triggerName(object)} on ${onTable(object)}`
}
