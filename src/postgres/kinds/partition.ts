/**
 * Attachments of partitions to their table, and of partition indexes to theirs (PostgreSQL manual 5.12.2). A partition is
 * created as a table and then attached, as `pg_dump` does, so that its own columns, constraints and index names are kept.
 */
import * as Schema from "effect/Schema"
import {
  canonicalJson,
  type CatalogObject,
  compareText,
  dependenciesOf,
  dependentsIndex,
  type ObjectId
} from "../../Catalog.ts"
import { quoteIdentifier } from "../Identifier.ts"
import { tableKind, tableRelkinds, userObject, userSchema } from "./catalogSql.ts"
import { inPlace, type Kind, type PlanContext, replace } from "./Kind.ts"
import { displayName, objectId, schemaAndName, sqlName } from "./names.ts"
import { rowsIn } from "./trace.ts"

/** The table that it is attached to (schema and name), and the bound, such as `FOR VALUES IN (1)`. */
export const PartitionState = Schema.Struct({ of: Schema.Array(Schema.String), bound: Schema.String })
/** The table that it is attached to (schema and name), and the bound, such as `FOR VALUES IN (1)`. */
export type PartitionState = typeof PartitionState.Type

const display = (name: ReadonlyArray<string>): string => displayName(...schemaAndName(name))

/**
 * A condition on `pg_index` that holds for an index of a partition that is attached to no index of the partitioned table,
 * while another one on the same columns is: ATTACH PARTITION would take it for the other one if it were there already.
 */
export const hasAttachedTwin = (index: string): string =>
  `(not exists (select from pg_inherits ai where ai.inhrelid = ${index}.indexrelid) and exists (
          select from pg_index at join pg_inherits ai on ai.inhrelid = at.indexrelid
          where at.indrelid = ${index}.indrelid and at.indkey::text = ${index}.indkey::text))`

/**
 * The place of an index among those on the same columns of its partitioned table, in the order of creation; NULL for the first. ATTACH
 * PARTITION compares columns, and not whether they ascend: it gives the first of such indexes the first of the partition's.
 */
export const placeAmongTwins = (index: string): string =>
  `(select nullif(count(*), 0) from pg_index first join pg_index whole
          on first.indrelid = whole.indrelid and first.indkey::text = whole.indkey::text and first.indexrelid < whole.indexrelid
        where whole.indexrelid =
          coalesce((select ai.inhparent from pg_inherits ai where ai.inhrelid = ${index}.indexrelid), ${index}.indexrelid))`

/**
 * A condition on `pg_index` that holds for the index of a partition's key that is attached to a key of another sort, such as
 * a unique constraint that stands for the primary key of the partitioned table: ATTACH PARTITION would not take it for that.
 */
const isAttachedToOtherKey = (index: string): string =>
  `exists (
          select from pg_inherits ai join pg_constraint ak on ak.conindid = ai.inhrelid join pg_constraint pk on pk.conindid = ai.inhparent
          where ai.inhrelid = ${index}.indexrelid and ak.contype in ('p', 'u', 'x') and pk.contype in ('p', 'u', 'x')
            and ak.contype <> pk.contype)`

/** A condition on `pg_index` that holds for the index of an exclusion constraint that stands for one of the partitioned table. */
const isBuiltByAttachment = (index: string): string =>
  `exists (select from pg_constraint bk where bk.conindid = ${index}.indexrelid and bk.contype = 'x' and bk.conparentid <> 0)`

/**
 * A condition on `pg_index` that holds for the index of a key of a table with an identity that some partition below does not
 * have as it is: that key waits for the partition, and the partition, because of the identity, for the table's own attachment.
 */
export const waitsForPartitionsBelow = (index: string): string =>
  `(case when exists (
          select from pg_attribute ia where ia.attrelid = ${index}.indrelid and ia.attidentity <> '' and not ia.attisdropped)
        then exists (
          select from pg_partition_tree(${index}.indexrelid) it join pg_index ix on ix.indexrelid = it.relid
            join pg_constraint ik on ik.conindid = it.relid and ik.contype in ('p', 'u')
            join pg_inherits ii on ii.inhparent = ix.indrelid
          where not exists (
            select from pg_inherits bi join pg_constraint bk on bk.conindid = bi.inhrelid
            where bi.inhparent = it.relid and bk.conrelid = ii.inhrelid and bk.contype = ik.contype))
        else false end)`

/** A condition on `pg_index` that holds for an index of a partition that must not be there when the partition is attached. */
export const isMadeAfterAttachment = (index: string): string =>
  `(${hasAttachedTwin(index)} or ${isAttachedToOtherKey(index)} or ${isBuiltByAttachment(index)}
          or ${waitsForPartitionsBelow(index)})`

/**
 * The partitions of the table that have no valid index attached to this one, as a JSON array of identities: ATTACH PARTITION
 * would make one in them if this one were there already.
 */
export const partitionsWithout = (index: string): string =>
  `(select json_agg(json_build_array('partition', wn.nspname, w.relname))
          from pg_inherits wi join pg_class w on w.oid = wi.inhrelid join pg_namespace wn on wn.oid = w.relnamespace
          where wi.inhparent = ${index}.indrelid and not exists (
            select from pg_inherits ai join pg_index aw on aw.indexrelid = ai.inhrelid
            where ai.inhparent = ${index}.indexrelid and aw.indrelid = w.oid and aw.indisvalid))`

/**
 * The names of foreign keys of the partitioned table that a partition would keep as its own when it is detached, but for
 * those that it gets back by being attached again.
 */
const leftForeignKeys = (object: CatalogObject<PartitionState>, context: PlanContext): ReadonlyArray<string> => {
  const again = context.target.objects.get(object.id)?.state["of"]
  const returns = canonicalJson(again) === canonicalJson(object.state.of)
  return [...context.dependents(objectId("table", object.state.of))].flatMap((id) => {
    const foreignKey = context.source.objects.get(id)
    const name = foreignKey?.name[2]
    return foreignKey?.kind !== "constraint" || foreignKey.state["type"] !== "foreign key" || name === undefined ||
        foreignKey.parent !== objectId("table", object.state.of) ||
        returns && !context.drops(id) && context.target.objects.has(id)
      ? []
      : [name]
  }).toSorted(compareText)
}

/** The kind `partition`. */
export const partition: Kind<PartitionState> = {
  kind: "partition",
  isTie: true,
  section: "partition",
  catalog: "pg_inherits",
  trace: rowsIn("pg_inherits"),
  printed: ["bound"],
  dropLoses: "The rows stay in a table of their own, and queries of the partitioned table no longer see them.",
  state: PartitionState,
  // Everything that ATTACH compares or takes over comes first: columns and checks of both tables, and the partition's own indexes.
  // Trees with an identity grow from the top: ATTACH gives it to the partition's columns, and not to those of partitions below it.
  // Others grow from below where an index of the partition is to be whole: ATTACH passes over one that is not, and makes another.
  query: () => `
    select c.oid, array[n.nspname, c.relname] as name, array[${tableKind("c")}, n.nspname, c.relname] as parent,
      (select json_agg(d) from (
        select json_build_array('table', pn.nspname, p.relname) as d
        union all
        select json_build_array('partition', pn.nspname, p.relname) where p.relispartition and exists (
          select from pg_attribute a where a.attrelid = c.oid and a.attidentity <> '' and not a.attisdropped)
        union all
        select json_build_array('column', an.nspname, ac.relname, a.attname)
        from pg_attribute a join pg_class ac on ac.oid = a.attrelid join pg_namespace an on an.oid = ac.relnamespace
        where a.attrelid in (p.oid, c.oid) and a.attnum > 0 and not a.attisdropped
        union all
        select json_build_array('constraint', an.nspname, ac.relname, k.conname)
        from pg_constraint k join pg_class ac on ac.oid = k.conrelid join pg_namespace an on an.oid = ac.relnamespace
          left join pg_index kx on kx.indexrelid = k.conindid
        where k.conrelid = p.oid and (k.contype = 'c' or k.contype = 'x' and exists (
            select from pg_constraint xk where xk.conrelid = c.oid and xk.conparentid = k.oid))
          or k.conrelid = c.oid
          and (k.contype = 'c' or k.contype in ('p', 'u', 'x') and not ${isMadeAfterAttachment("kx")})
        union all
        select json_build_array('index', n.nspname, ic.relname) from pg_index x join pg_class ic on ic.oid = x.indexrelid
        where x.indrelid = c.oid and x.indisvalid and exists (select from pg_inherits ai where ai.inhrelid = x.indexrelid)
        union all
        select json_build_array('index partition', bn.nspname, b.relname)
        from pg_index x join pg_inherits bi on bi.inhparent = x.indexrelid join pg_class b on b.oid = bi.inhrelid
          join pg_namespace bn on bn.oid = b.relnamespace
        where x.indrelid = c.oid and x.indisvalid and exists (select from pg_inherits ai where ai.inhrelid = x.indexrelid)
          and not ${isMadeAfterAttachment("x")} and not exists (
            select from pg_attribute a where a.attrelid = c.oid and a.attidentity <> '' and not a.attisdropped)
        ) d(d)) as depends,
      jsonb_build_object('of', jsonb_build_array(pn.nspname, p.relname), 'bound', pg_get_expr(c.relpartbound, c.oid)) as state
    from pg_inherits i
      join pg_class c on c.oid = i.inhrelid
      join pg_namespace n on n.oid = c.relnamespace
      join pg_class p on p.oid = i.inhparent
      join pg_namespace pn on pn.oid = p.relnamespace
    where c.relkind in ${tableRelkinds} and c.relispartition and ${userSchema("n")} and ${
    userObject("pg_class", "c.oid")
  }`,
  // bounds must not overlap at any time
  claims: (object) => [`bounds of ${sqlName(object.state.of)}`],
  create: (object) => [{
    sql: `ALTER TABLE ONLY ${sqlName(object.state.of)} ATTACH PARTITION ${sqlName(object.name)} ${object.state.bound}`,
    description: `Attach partition ${display(object.name)} to table ${display(object.state.of)}`
  }],
  // what must not be there when the partition is attached needs it: indexes, and partitions below that take over an identity
  displaces: (object, context) =>
    [...dependentsIndex(context.target).get(object.id) ?? []].filter((id) => {
      const kind = context.target.objects.get(id)?.kind
      return kind === "index" || kind === "constraint" || kind === "partition"
    }),
  drop: (object, context) => [
    {
      sql: `ALTER TABLE ${sqlName(object.state.of)} DETACH PARTITION ${sqlName(object.name)}`,
      description: `Detach partition ${display(object.name)} from table ${display(object.state.of)}`
    },
    ...leftForeignKeys(object, context).map((name) => ({
      sql: `ALTER TABLE ${sqlName(object.name)} DROP CONSTRAINT IF EXISTS ${quoteIdentifier(name)}`,
      description: `Drop foreign key ${quoteIdentifier(name)} that table ${display(object.name)} had as a partition`
    }))
  ],
  alter: () => replace,
  outlives: (_, need) => need.kind !== "table" && need.kind !== "foreign table",
  describe: (object) => `partition ${display(object.name)} of table ${display(object.state.of)}`
}

/** The index of the partitioned table (schema and name). */
export const IndexPartitionState = Schema.Struct({ of: Schema.Array(Schema.String) })
/** The index of the partitioned table (schema and name). */
export type IndexPartitionState = typeof IndexPartitionState.Type

const indexObject = (schema: string, relation: string, constraint: string, index: string): string =>
  `case when ${constraint} is null then json_build_array('index', ${schema}, ${index})
        else json_build_array('constraint', ${schema}, ${relation}, ${constraint}) end`

/** The kind `index partition`. PostgreSQL cannot detach an index: it goes with either index, or with the partition's detachment. */
export const indexPartition: Kind<IndexPartitionState> = {
  kind: "index partition",
  section: "attached_to",
  catalog: "pg_inherits",
  trace: rowsIn("pg_inherits"),
  state: IndexPartitionState,
  query: () => `
    select c.oid, array[n.nspname, c.relname] as name,
      case when k.conname is null then array['index', n.nspname, c.relname]
        else array['constraint', n.nspname, t.relname, k.conname] end as parent,
      json_build_array(
        ${indexObject("pn.nspname", "pt.relname", "pk.conname", "p.relname")},
        json_build_array('partition', n.nspname, t.relname)) as depends,
      jsonb_build_object('of', jsonb_build_array(pn.nspname, p.relname)) as state
    from pg_inherits i
      join pg_class c on c.oid = i.inhrelid
      join pg_namespace n on n.oid = c.relnamespace
      join pg_index x on x.indexrelid = c.oid
      join pg_class t on t.oid = x.indrelid
      left join pg_constraint k on k.conindid = c.oid and k.contype in ('p', 'u', 'x')
      join pg_class p on p.oid = i.inhparent
      join pg_namespace pn on pn.oid = p.relnamespace
      join pg_index px on px.indexrelid = p.oid
      join pg_class pt on pt.oid = px.indrelid
      left join pg_constraint pk on pk.conindid = p.oid and pk.contype in ('p', 'u', 'x')
    where c.relkind in ('i', 'I') and ${userSchema("n")} and ${userObject("pg_class", "t.oid")}`,
  // PostgreSQL compares no exclusion constraints: it attaches those that it has built itself, and no others
  create: (object, { target }) =>
    target.objects.get(object.parent ?? "")?.state["type"] === "exclusion" ? [] : [{
      sql: `ALTER INDEX ${sqlName(object.state.of)} ATTACH PARTITION ${sqlName(object.name)}`,
      description: `Attach index ${display(object.name)} to index ${display(object.state.of)}`
    }],
  // another index of the partition is attached already, and goes only with the whole, or with the partition
  displaces: (object, { dependents, drops, source, target }) => {
    const table = target.objects.get(object.parent ?? "")?.parent
    const attachedTo = (whole: ObjectId): ReadonlyArray<CatalogObject> =>
      [...dependents(whole)].flatMap((id) => source.objects.get(id) ?? [])
        .filter(({ id, kind, parent }) =>
          kind === "index partition" && id !== object.id && source.objects.get(parent ?? "")?.parent === table
        )
    return drops(objectId("partition", target.objects.get(table ?? "")?.name ?? [])) ? [] : [
      ...dependenciesOf(target, object.id)
    ].filter((id) => target.objects.get(id)?.kind !== "partition" && attachedTo(id).length > 0)
  },
  drop: () => [],
  // while the partition stays, its index and the whole go together; and neither goes where only the one stands under a constraint
  takesAlong: (object, { drops, source }) => {
    const own = source.objects.get(object.parent ?? "")
    const tie = objectId("partition", source.objects.get(own?.parent ?? "")?.name ?? [])
    const wholes = [...dependenciesOf(source, object.id)].filter((id) => id !== own?.id && id !== tie)
    if (wholes.some((id) => source.objects.get(id)?.kind !== own?.kind)) return [tie]
    return drops(tie) ? [] : [...own === undefined ? [] : [own.id], ...wholes]
  },
  alter: (from, to) => from.state.of.join("\0") === to.state.of.join("\0") ? inPlace([]) : replace,
  describe: (object) => `attachment of index ${display(object.name)} to index ${display(object.state.of)}`
}
