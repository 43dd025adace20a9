/**
 * The firing of a partition's copy of a trigger, where it is not that of the trigger it was copied from. The copies
 * themselves come and go with the trigger and the attachment of the partition (PostgreSQL manual, CREATE TRIGGER, Notes).
 */
import * as Schema from "effect/Schema"
import { type CatalogObject, dependenciesOf } from "../../Catalog.ts"
import { userObject, userSchema } from "./catalogSql.ts"
import { inPlace, type Kind, type PlanContext, type Statement } from "./Kind.ts"
import { displayName, sqlName } from "./names.ts"
import { rowsIn } from "./trace.ts"
import { enableTrigger, type Firing } from "./trigger.ts"

/** When the copy fires: `origin` is the way of triggers as they are created. */
export const PartitionTriggerState = Schema.Struct({
  enabled: Schema.Literals(["origin", "disabled", "replica", "always"])
})
/** When the copy fires: `origin` is the way of triggers as they are created. */
export type PartitionTriggerState = typeof PartitionTriggerState.Type

const enable = (
  [schema = "", table = "", trigger = ""]: ReadonlyArray<string>,
  firing: Firing,
  context: PlanContext
): ReadonlyArray<Statement> =>
  enableTrigger([schema, table], trigger, `partition ${displayName(schema, table)}`, firing, context)

/** When the trigger that the object's trigger is a copy of will fire; undefined where it goes. */
const inheritedFiring = (object: CatalogObject, context: PlanContext): Firing | undefined => {
  const origins = [...dependenciesOf(context.source, object.id)].filter((id) => /^(partition )?trigger /.test(id))
    .toSorted()
  const origin = origins.map((id) => context.target.objects.get(id)).find((found) => found !== undefined)
  const enabled = origin?.state["enabled"] ?? "origin"
  return origin === undefined
    ? undefined
    : PartitionTriggerState.fields.enabled.literals.find((literal) => literal === enabled)
}

/** The kind `partition trigger`. Before version 15 the copies count as internal; those of constraints stay out. */
export const partitionTrigger: Kind<PartitionTriggerState> = {
  kind: "partition trigger",
  section: "triggers",
  catalog: "pg_trigger",
  trace: rowsIn("pg_trigger", "tgisinternal", false),
  state: PartitionTriggerState,
  query: () => `
    select g.oid, array[n.nspname, c.relname, g.tgname] as name, array['partition', n.nspname, c.relname] as parent,
      (select json_agg(json_build_array(origin.kind, an.nspname, a.relname, o.tgname))
       from pg_partition_ancestors(c.oid) ancestor
         join pg_class a on a.oid = ancestor.relid
         join pg_namespace an on an.oid = a.relnamespace,
         (values ('trigger'), ('partition trigger')) origin (kind)
       where a.oid <> c.oid) as depends,
      jsonb_build_object('enabled',
        case g.tgenabled when 'D' then 'disabled' when 'R' then 'replica' when 'A' then 'always' else 'origin' end) as state
    from pg_trigger g
      join pg_trigger o on o.oid = g.tgparentid
      join pg_class c on c.oid = g.tgrelid
      join pg_namespace n on n.oid = c.relnamespace
    where not exists (select from pg_constraint k where k.oid = g.tgconstraint and k.contype <> 't')
      and g.tgenabled <> o.tgenabled and ${userSchema("n")} and ${userObject("pg_class", "c.oid")}`,
  create: (object, context) => enable(object.name, object.state.enabled, context),
  drop: (object, context) => {
    const firing = object.parent !== undefined && context.drops(object.parent)
      ? undefined
      : inheritedFiring(object, context)
    return firing === undefined ? [] : enable(object.name, firing, context)
  },
  // Partitions of the partition follow.
  alter: (_, to, context) =>
    inPlace(enable(to.name, to.state.enabled, context), (dependent) => dependent.kind === "partition trigger"),
  describe: ({ name: [schema = "", table = "", trigger = ""] }) =>
    `firing of trigger ${sqlName([trigger])} on partition ${displayName(schema, table)}`
}
