/** Columns of tables (PostgreSQL manual, CREATE TABLE and ALTER TABLE). */
import * as Schema from "effect/Schema"
import {
  canonicalJson,
  type Catalog,
  type CatalogObject,
  dependenciesOf,
  type Json,
  type ObjectId
} from "../../Catalog.ts"
import type { Hazard } from "../../Dialect.ts"
import { qualified, quoteIdentifier } from "../Identifier.ts"
import { userObject, userSchema } from "./catalogSql.ts"
import { identityAlterations, identityClause, IdentityState } from "./identity.ts"
import { type Alteration, inPlace, type Kind, type PlanContext, replace, type Statement } from "./Kind.ts"
import { displayName, objectId, sqlName } from "./names.ts"
import { optionChanges, optionList } from "./options.ts"
import { dropsOnlyHere, inheritedFrom, leaves, takenAlongBy } from "./parents.ts"
import { keepsValues } from "./typeChange.ts"

const NotNullState = Schema.Struct({
  /** The constraint's name where it is not the one that PostgreSQL chooses (18 and later). */
  name: Schema.optionalKey(Schema.String),
  no_inherit: Schema.optionalKey(Schema.Literal(true)),
  not_valid: Schema.optionalKey(Schema.Literal(true))
})

/** What is true of a column, its default apart. */
export const ColumnState = Schema.Struct({
  /** As `format_type` prints it. */
  type: Schema.String,
  nullable: Schema.Boolean,
  not_null: Schema.optionalKey(NotNullState),
  /** Where it is not the type's own. */
  collation: Schema.optionalKey(Schema.String),
  identity: Schema.optionalKey(IdentityState),
  generated: Schema.optionalKey(Schema.Struct({
    expression: Schema.String,
    kind: Schema.Literals(["stored", "virtual"])
  })),
  /** Where it is not the type's own. */
  storage: Schema.optionalKey(Schema.Literals(["plain", "external", "extended", "main"])),
  compression: Schema.optionalKey(Schema.Literals(["pglz", "lz4"])),
  statistics: Schema.optionalKey(Schema.Int),
  options: Schema.optionalKey(Schema.Array(Schema.String)),
  /** It comes from a parent table or a partitioned table, and is not declared by this table itself. */
  inherited: Schema.optionalKey(Schema.Literal(true))
})
/** What is true of a column, its default apart. */
export type ColumnState = typeof ColumnState.Type

type Column = CatalogObject<ColumnState>

const isColumn = (object: CatalogObject): object is Column => object.kind === "column"

const tableOf = (object: CatalogObject): string => sqlName(object.name.slice(0, 2))
const columnName = (object: CatalogObject): string => quoteIdentifier(object.name[2] ?? "")
const displayTable = (object: CatalogObject): string => displayName(object.name[0] ?? "", object.name[1] ?? "")
const display = (object: CatalogObject): string => `${displayTable(object)}.${columnName(object)}`
const alterColumn = (object: CatalogObject, change: string, only = false): string =>
  `ALTER TABLE ${only ? "ONLY " : ""}${tableOf(object)} ALTER COLUMN ${columnName(object)} ${change}`

/**
 * True where the table's own definition has to name the column: not where it arrives from a parent. A partition that the
 * plan creates is a table first and attached later, so it names all its columns.
 */
export const isExplicitColumn = (object: CatalogObject, context: PlanContext): boolean =>
  object.state["inherited"] !== true ||
  (context.creates(object.parent ?? "") && context.target.objects.has(objectId("partition", object.name.slice(0, 2))))

const collate = (state: ColumnState): string => state.collation === undefined ? "" : ` COLLATE ${state.collation}`

const constraintHolders = new WeakMap<Catalog, ReadonlyMap<string, ReadonlySet<ObjectId>>>()

/** Who holds each name of a constraint in a schema. */
const holdersOf = (catalog: Catalog): ReadonlyMap<string, ReadonlySet<ObjectId>> => {
  const known = constraintHolders.get(catalog)
  if (known !== undefined) return known
  const holders = new Map<string, Set<ObjectId>>()
  for (const object of catalog.objects.values()) {
    const name = isColumn(object)
      ? object.state.nullable ? undefined : notNullName(object)
      : object.kind === "constraint" || object.kind === "domain constraint"
      ? object.name[2]
      : undefined
    if (name === undefined) continue
    const key = qualified(object.name[0] ?? "", name)
    holders.set(key, (holders.get(key) ?? new Set()).add(object.id))
  }
  constraintHolders.set(catalog, holders)
  return holders
}

/**
 * True where PostgreSQL would choose another name than its usual one, because a constraint in the schema holds that. Where the
 * target was read from a server without such names, any will do.
 */
const isNameTaken = (object: Column, { source, target }: PlanContext): boolean => {
  if (target.major < 18) return false
  const key = qualified(object.name[0] ?? "", notNullName(object))
  return [source, target].some((catalog) => [...holdersOf(catalog).get(key) ?? []].some((id) => id !== object.id))
}

const notNullConstraint = (object: Column, context: PlanContext): string => {
  const { name } = object.state.not_null ?? {}
  const said = name ?? (context.serverMajor >= 18 && isNameTaken(object, context) ? notNullName(object) : undefined)
  return said === undefined ? "" : ` CONSTRAINT ${quoteIdentifier(said)}`
}

const notNullClause = (object: Column, context: PlanContext): string =>
  object.state.nullable
    ? ""
    : `${notNullConstraint(object, context)} NOT NULL${object.state.not_null?.no_inherit ? " NO INHERIT" : ""}`

/** The column as `CREATE TABLE` and `ADD COLUMN` define it. */
export const columnClause = (
  object: Column,
  columnDefault: CatalogObject | undefined,
  context: PlanContext
): string => {
  const { generated, identity } = object.state
  const value = generated !== undefined
    ? ` GENERATED ALWAYS AS (${generated.expression}) ${generated.kind.toUpperCase()}`
    : identity !== undefined
    ? ` ${identityClause(object.name, identity)}`
    : columnDefault === undefined
    ? ""
    : ` DEFAULT ${String(columnDefault.state["expression"])}`
  const notNull = object.state.not_null?.not_valid ? "" : notNullClause(object, context)
  return `${columnName(object)} ${object.state.type}${collate(object.state)}${value}${notNull}`
}

const storage = (object: Column): Statement => ({
  sql: alterColumn(object, `SET STORAGE ${(object.state.storage ?? "default").toUpperCase()}`, true),
  description: `Change storage of ${display(object)}`
})
const compression = (object: Column): Statement => ({
  sql: alterColumn(object, `SET COMPRESSION ${object.state.compression ?? "default"}`, true),
  description: `Change compression of ${display(object)}`
})
const statistics = (object: Column): Statement => ({
  sql: alterColumn(object, `SET STATISTICS ${object.state.statistics ?? -1}`, true),
  description: `Change statistics target of ${display(object)}`
})
const notValidNotNull = (object: Column, context: PlanContext): Statement => ({
  sql: `ALTER TABLE ${tableOf(object)} ADD${notNullConstraint(object, context)} NOT NULL ${columnName(object)}${
    object.state.not_null?.no_inherit ? " NO INHERIT" : ""
  } NOT VALID`,
  description: `Add not-null constraint to ${display(object)} without checking existing rows`
})
const inheritedNoDefault = (object: Column, context: PlanContext): boolean => {
  const parent = [...dependenciesOf(context.target, object.id)].find((id) =>
    context.target.objects.get(id)?.kind === "column" && context.target.objects.get(id)?.name[2] === object.name[2]
  )
  const parentName = parent === undefined ? undefined : context.target.objects.get(parent)?.name
  return parentName !== undefined && context.target.objects.has(objectId("default", parentName)) &&
    !context.target.objects.has(objectId("default", object.name))
}

/** Statements for what the column's clause cannot say. */
export const columnExtras = (object: Column, context: PlanContext): ReadonlyArray<Statement> => {
  const { state } = object
  const parents = isExplicitColumn(object, context) ? [] : inheritedFrom(object, context.target)
  const arrivesNullable = parents.length > 0 &&
    parents.every((id) => context.target.objects.get(id)?.state["nullable"] === true)
  return [
    ...(arrivesNullable && !state.nullable
      ? setNotNull({ ...object, state: { ...state, nullable: true } }, object, context)
      : []),
    ...(!isExplicitColumn(object, context) && inheritedNoDefault(object, context)
      ? [{ sql: alterColumn(object, "DROP DEFAULT", true), description: `Drop default of ${display(object)}` }]
      : []),
    ...(state.storage === undefined ? [] : [storage(object)]),
    ...(state.compression === undefined ? [] : [compression(object)]),
    ...(state.statistics === undefined ? [] : [statistics(object)]),
    ...(state.not_null?.not_valid && !arrivesNullable ? [notValidNotNull(object, context)] : []),
    ...(state.options === undefined ? [] : [{
      sql: alterColumn(object, `SET (${optionList(state.options)})`, true),
      description: `Change options of ${display(object)}`
    }])
  ]
}

const withoutModifier = (type: string): string => type.replace(/\([^)]*\)/, "")

const dependsOnType: ReadonlySet<string> = new Set([
  "view",
  "materialized view",
  "policy",
  "trigger",
  "rule",
  "function",
  "procedure",
  "column"
])

const using = (from: Column, to: Column, context: PlanContext): string => {
  const conversion = context.conversions.get(to.id)
  return conversion === undefined
    ? ""
    : conversion === "explicit"
    ? ` USING ${columnName(to)}::${to.state.type}`
    : ` USING ${columnName(to)}::text${
      from.state.type.endsWith("[]") && to.state.type.endsWith("[]") ? "[]" : ""
    }::${to.state.type}`
}

const alterType = (from: Column, to: Column, context: PlanContext): Statement => ({
  sql: alterColumn(to, `TYPE ${to.state.type}${collate(to.state)}${using(from, to, context)}`),
  description: from.state.type === to.state.type
    ? `Change collation of ${display(to)}`
    : `Change type of ${display(to)} from ${from.state.type} to ${to.state.type}`,
  hazards: [
    { code: "rewrite", message: `Table ${displayTable(to)} may be rewritten while nobody can read or write it.` },
    ...(keepsValues(from.state.type, to.state.type) ? [] : [{
      code: "conversion" as const,
      message: `Values of ${display(to)} that do not fit ${to.state.type} are changed, or make this step fail.`
    }])
  ]
})

const setNotNull = (from: Column, to: Column, context: PlanContext): ReadonlyArray<Statement> => {
  const description = `Change nullability of ${display(to)}`
  const hazard: Hazard = { code: "may_fail", message: `Rows where ${display(to)} is null make this step fail.` }
  if (to.state.nullable) return from.state.nullable ? [] : [{ sql: alterColumn(to, "DROP NOT NULL"), description }]
  if (from.state.nullable) {
    if (to.state.not_null?.not_valid) return [notValidNotNull(to, context)]
    return [{
      sql: context.serverMajor < 18 || to.state.not_null === undefined && !isNameTaken(to, context)
        ? alterColumn(to, "SET NOT NULL")
        : `ALTER TABLE ${tableOf(to)} ADD${notNullConstraint(to, context)} NOT NULL ${columnName(to)}${
          to.state.not_null?.no_inherit ? " NO INHERIT" : ""
        }`,
      description,
      hazards: [hazard]
    }]
  }
  if (to.state.not_null?.not_valid && !from.state.not_null?.not_valid) {
    return [{ sql: alterColumn(to, "DROP NOT NULL"), description }, notValidNotNull(to, context)]
  }
  const [before, after] = [notNullName(from), notNullName(to)]
  return [
    ...(before === after ? [] : [{
      sql: `ALTER TABLE ${tableOf(to)} RENAME CONSTRAINT ${quoteIdentifier(before)} TO ${quoteIdentifier(after)}`,
      description: `Rename not-null constraint of ${display(to)}`
    }]),
    ...(from.state.not_null?.not_valid && !to.state.not_null?.not_valid
      ? [{
        sql: `ALTER TABLE ${tableOf(to)} VALIDATE CONSTRAINT ${quoteIdentifier(after)}`,
        description: `Validate not-null constraint of ${display(to)}`,
        hazards: [hazard]
      }]
      : []),
    ...(from.state.not_null?.no_inherit === to.state.not_null?.no_inherit ? [] : [{
      sql: `ALTER TABLE ${tableOf(to)} ALTER CONSTRAINT ${quoteIdentifier(after)} ${
        to.state.not_null?.no_inherit ? "NO INHERIT" : "INHERIT"
      }`,
      description: `Change inheritance of the not-null constraint of ${display(to)}`
    }])
  ]
}

/**
 * The name that PostgreSQL 18 gives a not-null constraint that was declared without one: `makeObjectName` with the
 * longer of both parts cut first, in bytes, to 63.
 */
const chosenNotNullName = (table: string, column: string): string => {
  const bytes = (text: string): number => new TextEncoder().encode(text).length
  let [first, second] = [[...table], [...column]]
  const room = 63 - "__not_null".length
  while (bytes(first.join("")) + bytes(second.join("")) > room) {
    if (bytes(first.join("")) > bytes(second.join(""))) first = first.slice(0, -1)
    else second = second.slice(0, -1)
  }
  return `${first.join("")}_${second.join("")}_not_null`
}

const notNullName = (object: Column): string =>
  object.state.not_null?.name ?? chosenNotNullName(object.name[1] ?? "", object.name[2] ?? "")

const withoutChosenName = (object: Column): Column => {
  const { not_null: notNull, ...state } = object.state
  if (notNull?.name !== chosenNotNullName(object.name[1] ?? "", object.name[2] ?? "")) return object
  const { name: _, ...rest } = notNull
  return { ...object, state: Object.keys(rest).length === 0 ? state : { ...state, not_null: rest } }
}

const alterGenerated = (from: Column, to: Column, context: PlanContext): Alteration | ReadonlyArray<Statement> => {
  const [before, after] = [from.state.generated, to.state.generated]
  if (before === undefined && after === undefined) return []
  if (before !== undefined && after === undefined && before.kind === "stored") {
    return [{ sql: alterColumn(to, "DROP EXPRESSION"), description: `Make ${display(to)} a plain column` }]
  }
  if (before === undefined || after === undefined || before.kind !== after.kind) return replace
  if (before.expression === after.expression) return []
  return context.serverMajor < 17 || from.state.type !== to.state.type ? replace : [{
    sql: alterColumn(to, `SET EXPRESSION AS (${after.expression})`),
    description: `Change the expression of generated column ${display(to)}`,
    hazards: after.kind === "stored"
      ? [{ code: "rewrite", message: `Table ${displayTable(to)} is rewritten while nobody can read or write it.` }]
      : []
  }]
}

/** The columns of parents whose alteration already brings this one's change of type, nullability or expression. */
const arrivingFrom = (from: Column, to: Column, context: PlanContext): ReadonlyArray<ObjectId> =>
  to.state.inherited !== true || from.state.inherited !== true ? [] : inheritedFrom(to, context.target).filter((id) => {
    const parent = context.target.objects.get(id)
    const before = context.source.objects.get(id)
    return parent !== undefined && before !== undefined && !context.creates(id) && !leaves(to, id, context) &&
      canonicalJson([parent.state["type"], parent.state["nullable"], parent.state["generated"]]) !==
        canonicalJson([before.state["type"], before.state["nullable"], before.state["generated"]])
  })

/**
 * True for columns of partitioned tables and of partitions: PostgreSQL makes their indexes anew under names of its own
 * choice when the column's type changes.
 */
const inPartitionTree = (object: Column, context: PlanContext): boolean =>
  context.source.objects.get(object.parent ?? "")?.state["partition_key"] !== undefined ||
  context.source.objects.has(objectId("partition", object.name.slice(0, 2)))

const standsOnIndex = (object: CatalogObject): boolean =>
  object.kind === "index" ||
  object.kind === "constraint" && object.state["type"] !== "check" && object.state["type"] !== "foreign key"

const changesType = (column: ReadonlyArray<string>, context: PlanContext): boolean => {
  const id = objectId("column", column)
  const [before, after] = [context.source.objects.get(id), context.target.objects.get(id)]
  return before !== undefined && after !== undefined &&
    withoutModifier(String(before.state["type"])) !== withoutModifier(String(after.state["type"]))
}

const names = (value: Json | undefined): ReadonlyArray<string> => Array.isArray(value) ? value.map(String) : []

/** True where the partition key of the table, or of one above it, may read the column: PostgreSQL never changes its type then. */
const isPartitionKey = (object: Column, context: PlanContext): boolean => {
  const key = context.target.objects.get(object.parent ?? "")?.state["partition_key"]
  const words: ReadonlyArray<string> = typeof key === "string" ? key.match(/"(?:[^"]|"")*"|\w+/g) ?? [] : []
  return words.includes(columnName(object)) || inheritedFrom(object, context.target).some((id) => {
    const parent = context.target.objects.get(id)
    return parent !== undefined && isColumn(parent) && isPartitionKey(parent, context)
  })
}

/** True for what PostgreSQL does not let a column change its type under, or would make anew under another name. */
const standsInTheWay = (column: Column, dependent: CatalogObject, context: PlanContext): boolean =>
  dependsOnType.has(dependent.kind) && (dependent.kind !== "column" || dependent.state["generated"] !== undefined) ||
  inPartitionTree(column, context) && standsOnIndex(dependent)

/** True for a foreign key that pairs columns which both change their types: in between, they may have no equality. */
const bothEndsChangeType = (object: CatalogObject, context: PlanContext): boolean =>
  object.kind === "constraint" && object.state["type"] === "foreign key" &&
  names(object.state["columns"]).some((column, i) =>
    changesType([...object.name.slice(0, 2), column], context) &&
    changesType(
      [...names(object.state["referenced_table"]), names(object.state["referenced_columns"])[i] ?? ""],
      context
    )
  )

/** The kind `column`. */
export const column: Kind<ColumnState> = {
  kind: "column",
  section: "columns",
  catalog: "pg_class",
  state: ColumnState,
  query: (major) => `
    select a.attrelid as oid, a.attnum as subid, array[n.nspname, c.relname, a.attname] as name,
      array['table', n.nspname, c.relname] as parent, a.attnum as position,
      case when d.oid is not null or s.seqrelid is not null ${major >= 18 ? "or k.oid is not null" : ""} then
        (select json_agg(x) from (values
          (json_build_array('pg_attrdef', d.oid, 0)), (json_build_array('pg_class', s.seqrelid, 0))
          ${
    major >= 18 ? ", (json_build_array('pg_constraint', k.oid, 0))" : ""
  }) v(x) where x->>1 is not null) end as addresses,
      case when a.attinhcount > 0 then
        (select json_agg(json_build_array('column', pn.nspname, p.relname, a.attname))
         from pg_inherits i join pg_class p on p.oid = i.inhparent join pg_namespace pn on pn.oid = p.relnamespace
           join pg_attribute pa on pa.attrelid = p.oid and pa.attname = a.attname and not pa.attisdropped
         where i.inhrelid = c.oid) end as depends,
      jsonb_strip_nulls(jsonb_build_object(
        'type', format_type(a.atttypid, a.atttypmod),
        'nullable', not a.attnotnull,
        ${
    major >= 18
      ? `'not_null', case when k.oid is not null then jsonb_strip_nulls(jsonb_build_object('name', k.conname,
          'no_inherit', nullif(k.connoinherit, false), 'not_valid', nullif(not k.convalidated, false))) end,`
      : ""
  }
        'collation', case when a.attcollation <> 0 and a.attcollation <> t.typcollation then
          (select quote_ident(cn.nspname) || '.' || quote_ident(co.collname) from pg_collation co
             join pg_namespace cn on cn.oid = co.collnamespace where co.oid = a.attcollation) end,
        'identity', case when a.attidentity <> '' and not c.relispartition then jsonb_build_object(
          'generation', case a.attidentity when 'a' then 'always' else 'by default' end,
          'sequence_schema', nullif(sn.nspname, n.nspname),
          'sequence_name', nullif(sc.relname, c.relname || '_' || a.attname || '_seq'),
          'start', nullif(s.seqstart, case when s.seqincrement > 0 then s.seqmin else s.seqmax end)::text,
          'increment', nullif(s.seqincrement, 1)::text,
          'min', nullif(s.seqmin, case when s.seqincrement > 0 then 1 else
            case s.seqtypid when 20 then -9223372036854775808 when 23 then -2147483648 else -32768 end end)::text,
          'max', nullif(s.seqmax, case when s.seqincrement < 0 then -1 else
            case s.seqtypid when 20 then 9223372036854775807 when 23 then 2147483647 else 32767 end end)::text,
          'cache', nullif(s.seqcache, 1)::text,
          'cycle', nullif(s.seqcycle, false)) end,
        'generated', case when a.attgenerated <> '' then jsonb_build_object(
          'expression', pg_get_expr(d.adbin, d.adrelid),
          'kind', case a.attgenerated when 's' then 'stored' else 'virtual' end) end,
        'storage', case when a.attstorage <> t.typstorage then
          case a.attstorage when 'p' then 'plain' when 'e' then 'external' when 'x' then 'extended' else 'main' end end,
        'compression', case a.attcompression when 'p' then 'pglz' when 'l' then 'lz4' end,
        'statistics', ${major >= 17 ? "a.attstattarget" : "nullif(a.attstattarget, -1)"},
        'options', (select jsonb_agg(o order by o) from unnest(a.attoptions) o),
        'inherited', nullif(not a.attislocal, false))) as state
    from pg_attribute a
      join pg_class c on c.oid = a.attrelid
      join pg_namespace n on n.oid = c.relnamespace
      join pg_type t on t.oid = a.atttypid
      left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum and a.attgenerated <> ''
      left join pg_depend sd on a.attidentity <> '' and sd.refclassid = 'pg_class'::regclass and sd.refobjid = a.attrelid
        and sd.refobjsubid = a.attnum and sd.classid = 'pg_class'::regclass and sd.deptype = 'i' and not c.relispartition
      left join pg_sequence s on s.seqrelid = sd.objid
      left join pg_class sc on sc.oid = s.seqrelid
      left join pg_namespace sn on sn.oid = sc.relnamespace
      ${
    major >= 18
      ? `left join pg_constraint k on k.conrelid = a.attrelid and k.contype = 'n' and k.conkey = array[a.attnum]`
      : ""
  }
    where a.attnum > 0 and not a.attisdropped and c.relkind in ('r', 'p')
      and ${userSchema("n")} and ${userObject("pg_class", "c.oid")}`,
  normalize: withoutChosenName,
  // not-null constraints have names and options of their own since PostgreSQL 18
  asOf: (object, major) => {
    if (major >= 18 || object.state.not_null === undefined) return object
    const { not_null: _, ...state } = object.state
    return { ...object, state }
  },
  claims: (object) => {
    const { identity, not_null: notNull } = object.state
    const sequence = identity?.sequence_name ?? `${object.name[1]}_${object.name[2]}_seq`
    return [
      ...(identity === undefined
        ? []
        : [`relation ${sqlName([identity.sequence_schema ?? object.name[0] ?? "", sequence])}`]),
      ...(notNull?.name === undefined ? [] : [`constraint ${sqlName([...object.name.slice(0, 2), notNull.name])}`])
    ]
  },
  dropsWith: (object, context) => object.state.inherited ? takenAlongBy(object, context) : [],
  folds: () => true,
  create: (object, context, folded) => {
    if (!isExplicitColumn(object, context)) return columnExtras(object, context)
    const columnDefault = folded.find((part) => part.kind === "default")
    const mustHaveValue = !object.state.nullable && columnDefault === undefined &&
      object.state.identity === undefined &&
      object.state.generated === undefined
    return [{
      sql: `ALTER TABLE ${tableOf(object)} ADD COLUMN ${columnClause(object, columnDefault, context)}`,
      description: `Add column ${columnName(object)} to table ${displayTable(object)}`,
      hazards: mustHaveValue
        ? [{
          code: "fails_with_rows",
          message: `Column ${display(object)} is NOT NULL and has no default: the step fails if table ${
            displayTable(object)
          } has rows.`
        }]
        : []
    }, ...columnExtras(object, context)]
  },
  drop: (object, context) =>
    object.state.inherited && takenAlongBy(object, context).length > 0 ? [] : [{
      sql: `ALTER TABLE ${dropsOnlyHere(object.id, context) ? "ONLY " : ""}${tableOf(object)} DROP COLUMN ${
        columnName(object)
      }`,
      description: `Drop column ${columnName(object)} from table ${displayTable(object)}`,
      hazards: object.state.generated === undefined
        ? [{ code: "data_loss", message: `The values of ${display(object)} are lost.` }]
        : []
    }],
  alter: (from, to, context) => {
    const generated = alterGenerated(from, to, context)
    if ("_tag" in generated) return generated
    const typeChanges = from.state.type !== to.state.type || from.state.collation !== to.state.collation
    const arrives = arrivingFrom(from, to, context).length > 0
    const identity = identityAlterations(to.name, from.state.identity, to.state.identity)
    const statements: Array<Statement> = [
      ...identity.drop,
      ...(arrives ? [] : generated),
      ...(typeChanges && !arrives ? [alterType(from, to, context)] : []),
      ...(arrives ? [] : setNotNull(from, to, context)),
      ...identity.add,
      ...(from.state.storage === to.state.storage && !(typeChanges && to.state.storage !== undefined)
        ? []
        : [storage(to)]),
      ...(from.state.compression === to.state.compression && !(typeChanges && to.state.compression !== undefined)
        ? []
        : [compression(to)]),
      ...(from.state.statistics === to.state.statistics ? [] : [statistics(to)]),
      ...optionChanges(from.state.options, to.state.options).map((change) => ({
        sql: alterColumn(to, change, true),
        description: `Change options of ${display(to)}`
      }))
    ]
    if (!typeChanges) return inPlace(statements)
    const other = withoutModifier(from.state.type) !== withoutModifier(to.state.type)
    return inPlace(
      statements,
      (dependent) =>
        standsInTheWay(to, dependent, context) ||
        other && (dependent.kind === "default" && dependent.parent === to.id || bothEndsChangeType(dependent, context))
    )
  },
  carry: (object, context) => {
    if (object.state.generated !== undefined) return undefined
    if (isPartitionKey(object, context)) return undefined
    const statements: ReadonlyArray<Statement> = object.state.inherited ? [] : [{
      sql: alterColumn(
        object,
        `TYPE ${object.state.type}${collate(object.state)} USING ${columnName(object)}::text${
          object.state.type.endsWith("[]") ? "[]" : ""
        }::${object.state.type}`
      ),
      description: `Move ${display(object)} to the new type ${object.state.type}`,
      hazards: [
        { code: "rewrite", message: `Table ${displayTable(object)} is rewritten while nobody can read or write it.` },
        {
          code: "conversion",
          message: `Values of ${display(object)} that the new ${object.state.type} does not have make this step fail.`
        }
      ]
    }]
    // what a foreign key pairs with the column is of the same type, and moves too
    return inPlace(
      statements,
      (dependent) =>
        standsInTheWay(object, dependent, context) || dependent.state["type"] === "foreign key" ||
        dependent.kind === "default" && dependent.parent === object.id
    )
  },
  altersWith: (from, to, context) => arrivingFrom(from, to, context),
  outlives: (object, need) => need.kind === "column" && need.parent !== object.parent,
  holdsRows: (object) => object.state.generated === undefined,
  requires: (object) =>
    object.state.generated?.kind === "virtual" ? [{ feature: "a virtual generated column", since: 18 }] : [],
  commentTarget: (object) => `COLUMN ${sqlName(object.name)}`,
  describe: (object) => `column ${display(object)}`
}
