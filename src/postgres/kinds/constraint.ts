/** Table constraints: primary key, unique, foreign key, check and exclusion (PostgreSQL manual 5.5). */
import * as Schema from "effect/Schema"
import {
  canonicalJson,
  type CatalogObject,
  compared,
  dependenciesOf,
  dependentsIndex,
  type ObjectId,
  partsIndex,
  sameState
} from "../../Catalog.ts"
import { quoteIdentifier } from "../Identifier.ts"
import { columnNames, jsonText, tableRelkinds, userObject, userSchema } from "./catalogSql.ts"
import { isColumn } from "./column/state.ts"
import { isBuiltForPartition, isInAllPartitions, refusesName } from "./exclusion.ts"
import { IndexProperties, indexProperties, indexPropertiesSql, takenIn } from "./indexProperties.ts"
import { type Hazard, inPlace, type Kind, type PlanContext, replace, type Statement } from "./Kind.ts"
import { displayName, objectId, sqlName } from "./names.ts"
import { optionList } from "./options.ts"
import { arrives, dropsOnlyHere, inheritedFrom, keptByChildren, onlyInherits, takenAlongBy } from "./parents.ts"
import { isMadeAfterAttachment, placeAmongTwins, waitsForPartitionsBelow } from "./partition.ts"
import { withinOwner } from "./renaming.ts"
import { definitionRequires } from "./requirements.ts"
import { inItsTablespace } from "./tablespace.ts"

/** A constraint as `pg_get_constraintdef` prints it, with what that text does not hold. */
export const ConstraintState = Schema.Struct({
  type: Schema.Literals(["primary key", "unique", "foreign key", "check", "exclusion"]),
  definition: Schema.String,
  /** Key columns, in key order; for a check those that it reads. */
  columns: Schema.optionalKey(Schema.Array(Schema.String)),
  /** For a foreign key: the referenced table (schema and name) and columns. */
  referenced_table: Schema.optionalKey(Schema.Array(Schema.String)),
  referenced_columns: Schema.optionalKey(Schema.Array(Schema.String)),
  ...IndexProperties,
  /** A check that a parent table has too. */
  inherited: Schema.optionalKey(Schema.Literal(true)),
  /** It is declared by this table itself as well. */
  own: Schema.optionalKey(Schema.Struct({ declared: Schema.Literal(true) }))
})
/** A constraint as `pg_get_constraintdef` prints it, with what that text does not hold. */
export type ConstraintState = typeof ConstraintState.Type

type Constraint = CatalogObject<ConstraintState>

/** True for objects of the kind `constraint`. */
export const isConstraint = (object: CatalogObject): object is Constraint => object.kind === "constraint"

const name = (object: CatalogObject): string => quoteIdentifier(object.name[2] ?? "")
const tableOf = (object: CatalogObject): string => sqlName(object.name.slice(0, 2))
const displayTable = (object: CatalogObject): string => displayName(object.name[0] ?? "", object.name[1] ?? "")
const words = (state: ConstraintState): string =>
  state.type === "check"
    ? "check constraint"
    : state.type === "unique"
    ? "unique constraint"
    : state.type === "exclusion"
    ? "exclusion constraint"
    : state.type
const display = (object: Constraint): string => `${words(object.state)} ${name(object)}`

const notValid = " NOT VALID"

/** True where the definition can say the storage parameters. An index of a partitioned table cannot be given them later. */
const saysOptions = ({ state }: Constraint): boolean => state.type === "primary key" || state.type === "unique"

/** The constraint as `CREATE TABLE` lists it. */
export const constraintClause = (object: Constraint): string => {
  const { definition, options } = object.state
  const [deferral = ""] = / DEFERRABLE(?: INITIALLY DEFERRED)?$/.exec(definition) ?? []
  const said = options === undefined || !saysOptions(object)
    ? definition
    : `${definition.slice(0, definition.length - deferral.length)} WITH (${optionList(options)})${deferral}`
  return `CONSTRAINT ${name(object)} ${said}`
}

/** The properties to start from: those of the constraint as it was, or what the clause says of a new one. */
const withSaid = (from: Partial<ConstraintState>, to: Constraint): Partial<ConstraintState> =>
  from.type === undefined && saysOptions(to) && to.state.options !== undefined
    ? { ...from, options: to.state.options }
    : from

/** Statements for properties of the constraint's index that its definition does not hold. */
export const constraintExtras = (
  object: Constraint,
  from: Partial<ConstraintState>,
  context: PlanContext
): ReadonlyArray<Statement> =>
  indexProperties(
    {
      index: sqlName([object.name[0] ?? "", object.name[2] ?? ""]),
      indexName: name(object),
      table: tableOf(object),
      display: display(object)
    },
    withSaid(from, object),
    object.state,
    takenIn(context, object.parent)
  )

/**
 * `ONLY` for keys of partitioned tables: the partitions' own keys are attached one by one, under their own names. An
 * exclusion constraint reaches all partitions at once.
 */
const only = (object: Constraint, context: PlanContext): string =>
  context.target.objects.get(object.parent ?? "")?.state["partition_key"] !== undefined &&
    (object.state.type === "primary key" || object.state.type === "unique" ||
      object.state.type === "exclusion" && !isInAllPartitions(object, context.target))
    ? "ONLY "
    : ""

/** True for a constraint whose key another one has too: `CREATE TABLE` would make only one of them. */
const isMerged = (object: Constraint, context: PlanContext): boolean =>
  (object.state.type === "unique" || object.state.type === "exclusion") &&
  context.parts(object.parent ?? "").some((other) =>
    other.id !== object.id && other.kind === object.kind &&
    (object.state.type === "exclusion"
      ? other.state["definition"] === object.state.definition
      : (other.state["type"] === "primary key" || other.state["type"] === "unique") &&
        canonicalJson(other.state["columns"]) === canonicalJson(object.state.columns))
  )

/** True for a key whose columns keep the not-null constraints that they have from a parent: `CREATE TABLE` would name its own. */
const keepsParentNotNull = (object: Constraint, context: PlanContext): boolean =>
  object.state.type === "primary key" &&
  (object.state.columns ?? []).some((name) => {
    const column = context.target.objects.get(objectId("column", [...object.name.slice(0, 2), name]))
    return column !== undefined && isColumn(column) && column.state.own?.not_null?.arrives === true
  })

const mayFail = (object: Constraint): Hazard => ({
  code: "may_fail",
  message: `Rows of table ${displayTable(object)} that break ${display(object)} make this step fail.`
})

/** The statement that adds a constraint to a table that is there. */
const addition = (object: Constraint, context: PlanContext): Statement => {
  const checked = !context.creates(object.parent ?? "") && !object.state.definition.endsWith(notValid) &&
    !object.state.definition.includes("NOT ENFORCED")
  return {
    sql: `ALTER TABLE ${only(object, context)}${tableOf(object)} ADD ${constraintClause(object)}`,
    description: `Add ${display(object)} to table ${displayTable(object)}`,
    hazards: checked ? [mayFail(object)] : []
  }
}

/** The statement that checks the rows of a table for a constraint that is not valid. */
const validation = (object: Constraint): Statement => ({
  sql: `ALTER TABLE ${tableOf(object)} VALIDATE CONSTRAINT ${name(object)}`,
  description: `Validate ${display(object)} of table ${displayTable(object)}`,
  hazards: [mayFail(object)]
})

/** True for a check that comes to a table which is there from a parent's that is not valid, and shall be valid all the same. */
const arrivesUnchecked = (object: Constraint, context: PlanContext): boolean =>
  arrives(object, context) && !context.creates(object.parent ?? "") && object.state.definition.startsWith("CHECK") &&
  !object.state.definition.endsWith(notValid) && inheritedFrom(object, context.target).every((id) =>
    String(context.target.objects.get(id)?.state["definition"]).endsWith(notValid)
  )

/**
 * The keys on the columns that a foreign key references. It stands on one of them, and which one is PostgreSQL's choice,
 * made by the order of their creation: it must not be there while any of them goes.
 */
const interchangeableKeys = `select case when uk.oid is null then json_build_array('index', un.nspname, ui.relname)
              else json_build_array('constraint', rn.nspname, rc.relname, uk.conname) end
          from pg_index u
            join pg_class ui on ui.oid = u.indexrelid
            join pg_namespace un on un.oid = ui.relnamespace
            left join pg_constraint uk on uk.conrelid = u.indrelid and uk.conindid = u.indexrelid and uk.contype in ('p', 'u')
          where u.indrelid = k.confrelid and u.indisunique and u.indpred is null and u.indnkeyatts = cardinality(k.confkey)
            and (u.indkey::int2[])[0:u.indnkeyatts - 1] @> k.confkey`

/** True of a foreign key that can stand on one key alone; that it does, pg_depend says. */
const hasOneKey = `not exists (select from pg_index u where u.indrelid = k.confrelid and u.indexrelid <> k.conindid
        and u.indisunique and u.indpred is null and u.indnkeyatts = cardinality(k.confkey))`

/**
 * The foreign keys to the same table that the tables above a partition have, and its attachment: those come to the partition
 * too, and would take its own for that if it were there already, or fail over what differs.
 */
const foreignKeysAbove = `select v.need
          from pg_partition_ancestors(case when c.relispartition then c.oid end) a
            join pg_constraint ak on ak.conrelid = a.relid and ak.contype = 'f' and ak.conparentid = 0
            join pg_class ac on ac.oid = a.relid
            join pg_namespace an on an.oid = ac.relnamespace
            cross join lateral (values (json_build_array('constraint', an.nspname, ac.relname, ak.conname)),
              (json_build_array('partition', n.nspname, c.relname))) v(need)
          where a.relid <> c.oid and ak.confrelid = k.confrelid and ak.conname <> k.conname`

/**
 * The foreign keys of partitions, theirs included, that have the name of the table's: the copies that they get of that are called
 * otherwise only where they have the name already.
 */
const foreignKeysOfItsName = `select json_build_array('constraint', bn.nspname, bc.relname, bk.conname)
          from pg_partition_tree(case when c.relkind = 'p' then c.oid end) b
            join pg_constraint bk on bk.conrelid = b.relid and bk.contype = 'f' and bk.conparentid = 0 and bk.conname = k.conname
            join pg_class bc on bc.oid = b.relid
            join pg_namespace bn on bn.oid = bc.relnamespace
          where b.relid <> c.oid`

/**
 * The partitions of the table that have no key attached to this one, or one of another sort (a unique constraint can stand for
 * the table's primary key), or one that comes after their attachment. ATTACH PARTITION would make a key in them if this one were
 * there already.
 */
const otherwiseKeyed = `select json_build_array('partition', wn.nspname, w.relname)
          from pg_inherits wi join pg_class w on w.oid = wi.inhrelid join pg_namespace wn on wn.oid = w.relnamespace
          where wi.inhparent = k.conrelid and c.relkind = 'p' and not exists (
            select from pg_inherits ai join pg_constraint ak on ak.conindid = ai.inhrelid
              join pg_index ax on ax.indexrelid = ai.inhrelid
            where ai.inhparent = k.conindid and ak.conrelid = w.oid and ak.contype = k.contype
              and not ${waitsForPartitionsBelow("ax")})`

/**
 * The ties to children, and theirs, that have a check from the table alone, not valid as it is there: a table that comes to
 * inherit later has it valid.
 */
const uncheckedInChildren = `select json_build_array('inheritance', hn.nspname, h.relname, pn.nspname, p.relname)
          from (with recursive family(id) as (
              select k.conrelid union select fi.inhrelid from pg_inherits fi join family on fi.inhparent = family.id
            ) select id from family) f
            join pg_inherits hi on hi.inhparent = f.id
            join pg_class p on p.oid = f.id join pg_namespace pn on pn.oid = p.relnamespace
            join pg_class h on h.oid = hi.inhrelid join pg_namespace hn on hn.oid = h.relnamespace
            join pg_constraint hk on hk.conrelid = h.oid and hk.conname = k.conname and hk.contype = 'c'
          where c.relkind <> 'p' and not k.convalidated and not hk.convalidated and not hk.conislocal`

const isKey = ({ kind, state }: CatalogObject): boolean =>
  kind === "index" && state["unique"] === true || state["type"] === "primary key" || state["type"] === "unique"

/** The keys of the referenced table that go: a foreign key that comes while one is there may choose to stand on it. */
const keysOnTheirWayOut = (
  { id, state }: Constraint,
  { drops, source, target }: PlanContext
): ReadonlyArray<ObjectId> =>
  (partsIndex(source).get(objectId("table", state.referenced_table ?? [])) ?? [])
    .filter((part) => drops(part.id) && isKey(part) && !dependenciesOf(target, id).has(part.id))
    .map((part) => part.id)

/** True for a foreign key whose key goes, so that it stands on another one: no ALTER lets go of that. */
const losesKey = ({ id, state }: Constraint, { source, target }: PlanContext): boolean =>
  state.type === "foreign key" && [...dependenciesOf(source, id)].some((need) => {
    const key = source.objects.get(need)
    const kept = target.objects.get(need)
    return key !== undefined && isKey(key) && !dependenciesOf(target, id).has(need) &&
      (kept === undefined || !sameState(key.state, kept.state))
  })

/** The kind `constraint`. */
export const constraint: Kind<ConstraintState> = {
  kind: "constraint",
  section: "constraints",
  catalog: "pg_constraint",
  printed: ["definition"],
  dropLoses: "Rows are no longer checked for it.",
  state: ConstraintState,
  query: () => `
    select k.oid::bigint, k.conrelid::bigint as of, k.conname as part,
      case when k.contype in ('p', 'u', 'x') then json_build_array(json_build_array('pg_class', k.conindid, 0)) end as addresses,
      case when (c.relispartition or c.relkind = 'p') and k.contype in ('p', 'u', 'x') then
        (select json_agg(d) from (
          select json_build_array('partition', n.nspname, c.relname) where c.relispartition and ${
    isMadeAfterAttachment("x")
  }
          union all
          ${otherwiseKeyed}) d(d))
      when k.contype = 'c' and (k.coninhcount > 0 or not k.convalidated) then
        (select json_agg(d) from (
          select json_build_array('constraint', pn.nspname, p.relname, k.conname)
          from pg_inherits i join pg_class p on p.oid = i.inhparent join pg_namespace pn on pn.oid = p.relnamespace
            join pg_constraint pk on pk.conrelid = p.oid and pk.conname = k.conname
          where i.inhrelid = c.oid and k.coninhcount > 0
          union all
          ${uncheckedInChildren}) d(d))
      when rc.relkind = 'p' then
        (select json_agg(d) from (
          select json_build_array('table', rn.nspname, rc.relname)
          union all
          ${interchangeableKeys}
          union all
          ${foreignKeysAbove}
          union all
          ${foreignKeysOfItsName}
          union all
          select json_build_array('index partition', pn.nspname, p.relname)
          from pg_partition_tree(k.conindid) i join pg_class p on p.oid = i.relid join pg_namespace pn on pn.oid = p.relnamespace
          where i.parentrelid is not null) d(d))
      when k.contype = 'f' and not c.relispartition and c.relkind <> 'p' and ${hasOneKey} then
        json_build_array(json_build_array('table', rn.nspname, rc.relname))
      when k.contype = 'f' then
        (select json_agg(d) from (
          select json_build_array('table', rn.nspname, rc.relname)
          union all
          ${interchangeableKeys}
          union all
          ${foreignKeysAbove}
          union all
          ${foreignKeysOfItsName}) d(d)) end as depends,
      case when k.contype in ('p', 'u') and (c.relispartition or c.relkind = 'p') then ${
    placeAmongTwins("x")
  } end as position,
      ${
    jsonText({
      type: `case k.contype when 'p' then 'primary key' when 'u' then 'unique' when 'f' then 'foreign key'
          when 'c' then 'check' else 'exclusion' end`,
      definition: "pg_get_constraintdef(k.oid)",
      columns: columnNames("k.conrelid", "k.conkey"),
      referenced_table: "case when k.contype = 'f' then array[rn.nspname, rc.relname] end",
      referenced_columns: `case when k.contype = 'f' then ${columnNames("k.confrelid", "k.confkey")} end`,
      ...indexPropertiesSql("ic", "x"),
      inherited: "case when k.contype = 'c' then nullif(k.coninhcount > 0, false) end",
      own:
        `case when k.contype = 'c' and k.coninhcount > 0 and k.conislocal then json_build_object('declared', true) end`
    })
  } as state
    from pg_constraint k
      join pg_class c on c.oid = k.conrelid
      join pg_namespace n on n.oid = c.relnamespace
      left join pg_class rc on rc.oid = k.confrelid
      left join pg_namespace rn on rn.oid = rc.relnamespace
      left join pg_class ic on ic.oid = k.conindid and k.contype in ('p', 'u', 'x')
      left join pg_index x on x.indexrelid = ic.oid
    where c.relkind in ${tableRelkinds} and ${userSchema("n")} and ${userObject("pg_class", "c.oid")}
      and (k.contype in ('p', 'u', 'x', 'c') or k.contype = 'f' and k.conparentid = 0)`,
  columns: ["oid", "of", "part", "addresses", "depends", "position"],
  claims: (object) => [
    `constraint ${sqlName(object.name)}`,
    ...(object.state.type === "check" || object.state.type === "foreign key"
      ? []
      : [`relation ${sqlName([object.name[0] ?? "", object.name[2] ?? ""])}`]),
    ...(object.state.type === "primary key" ? [`primary key of ${tableOf(object)}`] : [])
  ],
  dropsWith: (object, context) =>
    object.state.type === "foreign key" || object.state.type === "check" && !onlyInherits(object)
      ? []
      : takenAlongBy(object, context),
  folds: (object, context) =>
    !object.state.definition.endsWith(notValid) &&
    !isBuiltForPartition(object, context.parts) &&
    (arrives(object, context) || object.state.type !== "foreign key" && !isMerged(object, context) &&
        !keepsParentNotNull(object, context)),
  comesAlong: arrives,
  create: (object, context) => {
    if (arrivesUnchecked(object, context)) return [validation(object)]
    if (arrives(object, context) || isBuiltForPartition(object, context.parts)) return []
    return inItsTablespace(object, context, [addition(object, context), ...constraintExtras(object, {}, context)])
  },
  refusesCreation: (object, context) =>
    isBuiltForPartition(object, context.parts) ? refusesName(object, displayTable(object)) : undefined,
  displaces: (object, context) =>
    object.state.type === "foreign key"
      ? [
        ...[...dependentsIndex(context.target).get(object.id) ?? []].filter((id) =>
          context.target.objects.get(id)?.state["type"] === "foreign key"
        ),
        ...keysOnTheirWayOut(object, context)
      ]
      : [],
  drop: (object, context) => {
    if (onlyInherits(object) && takenAlongBy(object, context).length > 0) return []
    const alone = dropsOnlyHere(object.id, context)
    return [
      {
        sql: `ALTER TABLE ${alone ? "ONLY " : ""}${tableOf(object)} DROP CONSTRAINT ${name(object)}`,
        description: `Drop ${display(object)} from table ${displayTable(object)}`
      },
      ...(alone ? [] : keptByChildren(object.id, context)).flatMap((id) => {
        const kept = context.target.objects.get(id)
        return kept !== undefined && isConstraint(kept) ? [addition(kept, context)] : []
      })
    ]
  },
  alter: (from, to, context) => {
    const same =
      canonicalJson([from.state.type, from.state.definition]) === canonicalJson([to.state.type, to.state.definition])
    const fixed = context.target.objects.get(to.parent ?? "")?.state["partition_key"] !== undefined &&
      canonicalJson(from.state.options) !== canonicalJson(to.state.options)
    if (losesKey(to, context)) return replace
    if (same) return fixed ? replace : inPlace(constraintExtras(to, from.state, context))
    return from.state.type === to.state.type && from.state.definition === to.state.definition + notValid
      ? inPlace([validation(to)])
      : replace
  },
  // a foreign key to a partitioned table can be added when the key is there in all partitions, but needs none of them
  outlives: (object, need) =>
    need.kind === "index partition" ||
    need.kind === "partition" ||
    need.kind === "inheritance" ||
    (object.state.type === "check" || object.state.type === "foreign key" && need.state["type"] === "foreign key") &&
      need.kind === "constraint" && need.parent !== object.parent,
  // keys of partitions are attached to those of the whole one by one
  precedes: (object, need) =>
    isKey(object) && need.kind === "constraint" && isKey(need) && need.parent !== object.parent,
  requires: (object) => definitionRequires(object.state.definition),
  commentTarget: (object) => `CONSTRAINT ${name(object)} ON ${tableOf(object)}`,
  renaming: withinOwner("TABLE", "CONSTRAINT", {
    follows: ({ state }) => state.inherited === true,
    twin: ({ state }) => canonicalJson(compared(state))
  }),
  describe: (object) => `${display(object)} of table ${displayTable(object)}`
}
