/** Columns of tables (PostgreSQL manual, CREATE TABLE and ALTER TABLE). */
import * as Schema from "effect/Schema"
import { type Catalog, type CatalogObject, dependenciesOf, type Json, type ObjectId } from "../../Catalog.ts"
import type { Hazard } from "../../Dialect.ts"
import { qualified, quoteIdentifier } from "../Identifier.ts"
import { userObject, userSchema } from "./catalogSql.ts"
import { identityAlterations, identityClause, IdentityState } from "./identity.ts"
import { type Alteration, inPlace, type Kind, type PlanContext, replace, type Statement } from "./Kind.ts"
import { displayName, objectId, sqlName } from "./names.ts"
import { optionChanges, optionList } from "./options.ts"
import { arrives, dropsOnlyHere, inheritedFrom, leaves, onlyInherits, takenAlongBy } from "./parents.ts"
import { keepsValues } from "./typeChange.ts"

const NotNullState = Schema.Struct({
  /** The constraint's name where it is not the one that PostgreSQL chooses (18 and later). */
  name: Schema.optionalKey(Schema.String),
  /** A parent table has it too: then no statement changes its name, which stands under `own`. */
  inherited: Schema.optionalKey(Schema.Literal(true)),
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
  /** A parent table or the partitioned table has it too. */
  inherited: Schema.optionalKey(Schema.Literal(true)),
  /** What this table has of its own of what it has from a parent too. */
  own: Schema.optionalKey(Schema.Struct({
    /** It declares the column itself as well. */
    declared: Schema.optionalKey(Schema.Literal(true)),
    /** The inherited not-null constraint: its name where it is not the usual one, and whether the table declares none itself. */
    not_null: Schema.optionalKey(Schema.Struct({
      name: Schema.optionalKey(Schema.String),
      arrives: Schema.optionalKey(Schema.Literal(true))
    }))
  }))
})
/** What is true of a column, its default apart. */
export type ColumnState = typeof ColumnState.Type

type Column = CatalogObject<ColumnState>

/** True for objects of the kind `column`. */
export const isColumn = (object: CatalogObject): object is Column => object.kind === "column"

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
export const isExplicitColumn = (object: CatalogObject, context: PlanContext): boolean => !arrives(object, context)

const isPartition = (object: CatalogObject, catalog: Catalog): boolean =>
  catalog.objects.has(objectId("partition", object.name.slice(0, 2)))

/** True where the not-null constraint of a child comes from its parent alone, by `INHERITS`. */
const notNullArrives = (object: Column, { target }: PlanContext): boolean =>
  object.state.own?.not_null?.arrives === true && !isPartition(object, target)

/** True where children of the column's table get a not-null constraint from it. */
const passesNotNull = (object: CatalogObject): boolean =>
  isColumn(object) && !object.state.nullable && object.state.not_null?.no_inherit !== true

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
  const name = object.state.not_null?.name ?? object.state.own?.not_null?.name
  const said = name ?? (context.serverMajor >= 18 && isNameTaken(object, context) ? notNullName(object) : undefined)
  return said === undefined ? "" : ` CONSTRAINT ${quoteIdentifier(said)}`
}

const notNullClause = (object: Column, context: PlanContext): string =>
  object.state.nullable || notNullArrives(object, context) && context.creates(object.parent ?? "")
    ? ""
    : `${notNullConstraint(object, context)} NOT NULL${object.state.not_null?.no_inherit ? " NO INHERIT" : ""}`

/** The not-null constraint that `CREATE TABLE` lists for a column which it does not, because a parent brings that. */
export const notNullLine = (object: Column, context: PlanContext): string | undefined =>
  object.state.own?.not_null === undefined || isExplicitColumn(object, context) || notNullArrives(object, context)
    ? undefined
    : `${notNullConstraint(object, context)} NOT NULL ${columnName(object)}`.trim()

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

/** The storage that a type which can be stored out of line has by itself; servers before 16 do not know `DEFAULT` for it. */
const ownStorage = (type: string): string => /^(numeric|inet|cidr)\b/.test(type) ? "main" : "extended"

const storage = (object: Column, { serverMajor }: PlanContext): Statement => ({
  sql: alterColumn(
    object,
    `SET STORAGE ${
      (object.state.storage ?? (serverMajor < 16 ? ownStorage(object.state.type) : "default")).toUpperCase()
    }`,
    true
  ),
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
    parents.map((id) => context.target.objects.get(id)).every((from) => from !== undefined && !passesNotNull(from))
  return [
    ...(arrivesNullable && !state.nullable
      ? setNotNull({ ...object, state: { ...state, nullable: true } }, object, context)
      : []),
    ...(!isExplicitColumn(object, context) && inheritedNoDefault(object, context)
      ? [{ sql: alterColumn(object, "DROP DEFAULT", true), description: `Drop default of ${display(object)}` }]
      : []),
    ...(state.storage === undefined ? [] : [storage(object, context)]),
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

/** True where the column's table is attached, or made to inherit, by the plan, and its not-null constraint is its own until then. */
const joinsParent = (object: Column, context: PlanContext): boolean =>
  !notNullArrives(object, context) &&
  context.parts(object.parent ?? "").some(({ id, kind }) =>
    (kind === "partition" || kind === "inheritance") && context.creates(id)
  )

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
    ...(before === after || to.state.not_null?.inherited && !joinsParent(to, context) ? [] : [{
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
  object.state.not_null?.name ?? object.state.own?.not_null?.name ??
    chosenNotNullName(object.name[1] ?? "", object.name[2] ?? "")

const withoutChosenName = (object: Column): Column => {
  const { not_null: notNull, own, ...state } = object.state
  const name = notNull?.name ?? own?.not_null?.name
  if (name === undefined || name !== chosenNotNullName(object.name[1] ?? "", object.name[2] ?? "")) return object
  const { name: _, ...rest } = notNull ?? {}
  const { name: __, ...inherited } = own?.not_null ?? {}
  return {
    ...object,
    state: {
      ...state,
      ...(Object.keys(rest).length > 0 && { not_null: rest }),
      ...(own !== undefined && { own: own.not_null === undefined ? own : { ...own, not_null: inherited } })
    }
  }
}

/** True where the column's table, or one below it, has a check. */
const hasChecks = (object: Column, context: PlanContext): boolean =>
  [context.source, context.target].some((catalog) => (checkedTables(catalog)).has(object.parent ?? "")) ||
  [...context.dependents(object.id)].some((id) => {
    const child = context.source.objects.get(id)
    return child !== undefined && isColumn(child) && child.state.inherited === true &&
      child.name[2] === object.name[2] && hasChecks(child, context)
  })

const tablesWithChecks = new WeakMap<Catalog, ReadonlySet<ObjectId>>()

const checkedTables = (catalog: Catalog): ReadonlySet<ObjectId> => {
  const known = tablesWithChecks.get(catalog)
  if (known !== undefined) return known
  const tables = new Set(
    [...catalog.objects.values()].flatMap(({ kind, parent, state }) =>
      kind === "constraint" && state["type"] === "check" && parent !== undefined ? [parent] : []
    )
  )
  tablesWithChecks.set(catalog, tables)
  return tables
}

const alterGenerated = (from: Column, to: Column, context: PlanContext): Alteration | ReadonlyArray<Statement> => {
  const [before, after] = [from.state.generated, to.state.generated]
  if (before === undefined && after === undefined) return []
  if (before !== undefined && after === undefined && before.kind === "stored") {
    return [{ sql: alterColumn(to, "DROP EXPRESSION"), description: `Make ${display(to)} a plain column` }]
  }
  if (before === undefined || after === undefined || before.kind !== after.kind) return replace
  if (before.expression === after.expression) return []
  if (context.serverMajor < 17 || from.state.type !== to.state.type) return replace
  // PostgreSQL 18 does not look at the checks of a table again
  if (after.kind === "virtual" && hasChecks(to, context)) return replace
  // every child has an expression of its own, and changes by itself
  return [{
    sql: alterColumn(to, `SET EXPRESSION AS (${after.expression})`, true),
    description: `Change the expression of generated column ${display(to)}`,
    hazards: after.kind === "stored"
      ? [{ code: "rewrite", message: `Table ${displayTable(to)} is rewritten while nobody can read or write it.` }]
      : []
  }]
}

const changesDefinition = (from: Column, to: Column): boolean =>
  from.state.type !== to.state.type || from.state.collation !== to.state.collation
const losesExpression = (from: Column, to: Column): boolean =>
  from.state.generated !== undefined && to.state.generated === undefined
const gainsNotNull = (from: Column, to: Column): boolean => !passesNotNull(from) && passesNotNull(to)
const losesNotNull = (from: Column, to: Column): boolean => passesNotNull(from) && to.state.nullable

const changesForChildren = (from: Column, to: Column): boolean =>
  [changesDefinition, losesExpression, gainsNotNull, losesNotNull].some((way) => way(from, to))

/** The columns of parents whose alteration in a given way comes to this one too. */
const arrivingFrom = (
  from: Column,
  to: Column,
  context: PlanContext,
  way: (from: Column, to: Column) => boolean = changesForChildren
): ReadonlyArray<ObjectId> =>
  to.state.inherited !== true || from.state.inherited !== true ? [] : inheritedFrom(to, context.target).filter((id) => {
    const [before, after] = [context.source.objects.get(id), context.target.objects.get(id)]
    return before !== undefined && after !== undefined && isColumn(before) && isColumn(after) &&
      !context.creates(id) && !leaves(to, id, context) && way(before, after)
  })

/** The children's columns that stay linked to this one. */
const linkedChildren = (object: Column, context: PlanContext): ReadonlyArray<readonly [from: Column, to: Column]> =>
  [...context.dependents(object.id)].flatMap((id) => {
    const [from, to] = [context.source.objects.get(id), context.target.objects.get(id)]
    return from !== undefined && to !== undefined && isColumn(from) && isColumn(to) && from.state.inherited === true &&
        from.name[2] === object.name[2] && !context.drops(id) && !leaves(from, object.id, context)
      ? [[from, to]]
      : []
  })

/**
 * What keeps a child NOT NULL when its parent's constraint goes, which takes that of the child along where the child has
 * none of its own: from PostgreSQL 18 on it can be made its own before, without looking at the rows.
 */
const keepNotNull = (from: Column, to: Column, context: PlanContext): ReadonlyArray<Statement> =>
  !losesNotNull(from, to) ? [] : linkedChildren(from, context).flatMap(([before, after]) => {
    if (!goesAlong(before, context)) return []
    if (after.state.nullable) return keepNotNull(before, after, context)
    return context.serverMajor >= 18 && after.state.not_null?.inherited ? [] : [{
      sql: alterColumn(after, "SET NOT NULL"),
      description: `Keep ${display(after)} not null`
    }]
  })

/** True where a parent's not-null constraint takes this one along when it goes. */
const goesAlong = (object: Column, context: PlanContext): boolean =>
  !object.state.nullable && (context.serverMajor < 18 || object.state.own?.not_null?.arrives === true)

/** The change of a column's nullability, as far as it does not come from a parent. */
const nullability = (from: Column, to: Column, context: PlanContext): ReadonlyArray<Statement> => {
  if (!from.state.nullable && to.state.nullable) {
    if (goesAlong(from, context) && arrivingFrom(from, to, context, losesNotNull).length > 0) return []
    const kept = keepNotNull(from, to, context)
    return context.serverMajor < 18
      ? [...setNotNull(from, to, context), ...kept]
      : [...kept, ...setNotNull(from, to, context)]
  }
  return from.state.nullable && !to.state.nullable && arrivingFrom(from, to, context, gainsNotNull).length > 0
    ? []
    : setNotNull(from, to, context)
}

/**
 * True for what ties a child to the table and has to be undone while the column is altered. PostgreSQL changes no type of a
 * column that a child has from another parent too. From 18 on it renames a not-null constraint only where the children's
 * have the same name, and does not rebuild one for a new type where a child declares its own under another.
 */
const tiesInTheWay = (from: Column, to: Column, dependent: CatalogObject, context: PlanContext): boolean => {
  if (dependent.kind !== "inheritance" && dependent.kind !== "partition") return false
  const retypes = changesDefinition(from, to)
  const named = context.serverMajor >= 18 && passesNotNull(from) && passesNotNull(to)
  const renames = named && to.state.not_null?.inherited !== true && notNullName(from) !== notNullName(to)
  return linkedChildren(from, context).some(([child]) =>
    child.parent === dependent.parent && leadsTo(dependent, from) && (
      retypes && inheritedFrom(child, context.source).length > 1 ||
      named && notNullName(child) !== notNullName(from) &&
        (renames || retypes && child.state.own?.not_null?.arrives !== true)
    )
  )
}

const leadsTo = (tie: CatalogObject, object: Column): boolean =>
  objectId("table", tie.kind === "partition" ? names(tie.state["of"]) : tie.name.slice(2)) === object.parent

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

/** True where a partition key, as PostgreSQL prints it, may read the column. */
const readsColumn = (key: Json | undefined, object: Column): boolean => {
  const words: ReadonlyArray<string> = typeof key === "string"
    ? key.match(/"(?:[^"]|"")*"|[\p{L}\p{N}_$]+/gu) ?? []
    : []
  return words.includes(columnName(object))
}

/** True where the partition key of the table, or of one above it, may read the column: PostgreSQL never changes its type then. */
const isPartitionKey = (object: Column, context: PlanContext): boolean => {
  const key = context.target.objects.get(object.parent ?? "")?.state["partition_key"]
  return readsColumn(key, object) || inheritedFrom(object, context.target).some((id) => {
    const parent = context.target.objects.get(id)
    return parent !== undefined && isColumn(parent) && isPartitionKey(parent, context)
  })
}

/** True for what PostgreSQL does not let a column change its type under, or would make anew under another name. */
const standsInTheWay = (column: Column, dependent: CatalogObject, context: PlanContext): boolean =>
  dependsOnType.has(dependent.kind) &&
    (dependent.kind !== "column" ||
      dependent.state["generated"] !== undefined && !inheritedFrom(dependent, context.source).includes(column.id)) ||
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

/** A condition that holds for columns whose state is type and nullability alone, as that of most is: the short way for them. */
const isPlain = (major: number): string =>
  `a.attidentity = '' and a.attgenerated = '' and a.attcollation in (0, t.typcollation) and a.attstorage = t.typstorage
        and a.attcompression = '' and a.attstattarget ${major >= 17 ? "is null" : "= -1"} and a.attoptions is null
        and a.attinhcount = 0${major >= 18 ? " and (k.oid is null or k.convalidated and not k.connoinherit)" : ""}`

/** True for a column of a table that has child tables already: PostgreSQL adds no identity to them along with it. */
const hasChildren = (object: Column, context: PlanContext): boolean =>
  !context.creates(object.parent ?? "") && [...context.dependents(object.parent ?? "")].some((id) => {
    const link = context.source.objects.get(id)
    return link?.kind === "inheritance" && link.parent !== object.parent && !context.drops(id)
  })

/**
 * The storage parameters of the TOAST table, once more: PostgreSQL forgets them while no column needs one, and makes it
 * without them when a column does again.
 */
const toastOptions = (object: Column, context: PlanContext): ReadonlyArray<Statement> => {
  if (context.creates(object.parent ?? "")) return []
  const of = (catalog: Catalog): ReadonlyArray<string> =>
    names(catalog.objects.get(object.parent ?? "")?.state["options"]).filter((option) => option.startsWith("toast."))
  const [before, after] = [of(context.source), of(context.target)]
  return optionChanges(after.filter((option) => before.includes(option)), after).map((change) => ({
    sql: `ALTER TABLE ${tableOf(object)} ${change}`,
    description: `Change storage parameters of table ${displayTable(object)}`
  }))
}

/** The kind `column`. */
export const column: Kind<ColumnState> = {
  kind: "column",
  section: "columns",
  catalog: "pg_class",
  state: ColumnState,
  query: (major) => `
    select a.attrelid as oid, a.attnum as subid, array[n.nspname, c.relname, a.attname] as name,
      array['table', n.nspname, c.relname] as parent, a.attnum as position,
      case when d.oid is not null or s.seqrelid is not null then
        (select json_agg(x) from (values
          (json_build_array('pg_attrdef', d.oid, 0)), (json_build_array('pg_class', s.seqrelid, 0))
          ${major >= 18 ? ", (json_build_array('pg_constraint', k.oid, 0))" : ""}) v(x) where x->>1 is not null)
      ${
    major >= 18 ? "when k.oid is not null then json_build_array(json_build_array('pg_constraint', k.oid, 0))" : ""
  } end as addresses,
      case when a.attinhcount > 0 then
        (select json_agg(json_build_array('column', pn.nspname, p.relname, a.attname))
         from pg_inherits i join pg_class p on p.oid = i.inhparent join pg_namespace pn on pn.oid = p.relnamespace
           join pg_attribute pa on pa.attrelid = p.oid and pa.attname = a.attname and not pa.attisdropped
         where i.inhrelid = c.oid) end as depends,
      case when ${isPlain(major)} then
        jsonb_build_object('type', format_type(a.atttypid, a.atttypmod), 'nullable', not a.attnotnull${
    major >= 18
      ? ") || case when k.oid is null then '{}' else jsonb_build_object('not_null', jsonb_build_object('name', k.conname)) end"
      : ")"
  }
      else jsonb_strip_nulls(jsonb_build_object(
        'type', format_type(a.atttypid, a.atttypmod),
        'nullable', not a.attnotnull,
        ${
    major >= 18
      ? `'not_null', case when k.oid is not null then jsonb_strip_nulls(jsonb_build_object('name', case when k.coninhcount = 0 then k.conname end,
          'no_inherit', nullif(k.connoinherit, false), 'not_valid', nullif(not k.convalidated, false),
          'inherited', nullif(k.coninhcount > 0, false))) end,`
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
        'inherited', nullif(a.attinhcount > 0, false),
        'own', case when a.attinhcount > 0 ${
    major >= 18 ? "or k.coninhcount > 0" : "and a.attislocal"
  } then nullif(jsonb_strip_nulls(jsonb_build_object(
          'declared', nullif(a.attislocal and a.attinhcount > 0, false)${
    major >= 18
      ? `,
          'not_null', case when k.coninhcount > 0 then jsonb_strip_nulls(jsonb_build_object('name', k.conname,
            'arrives', nullif(not k.conislocal, false))) end`
      : ""
  })), '{}') end)) end as state
    from pg_attribute a
      join pg_class c on c.oid = a.attrelid
      join pg_namespace n on n.oid = c.relnamespace
      join pg_type t on t.oid = a.atttypid
      left join pg_attrdef d on d.adrelid = case when a.attgenerated <> '' then a.attrelid end and d.adnum = a.attnum
      left join pg_depend sd on sd.refclassid = 'pg_class'::regclass
        and sd.refobjid = case when a.attidentity <> '' and not c.relispartition then a.attrelid end
        and sd.refobjsubid = a.attnum and sd.classid = 'pg_class'::regclass and sd.deptype = 'i'
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
    if (major >= 18) return object
    const { not_null: _, own, ...state } = object.state
    return { ...object, state: own?.declared === undefined ? state : { ...state, own: { declared: own.declared } } }
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
  dropsWith: (object, context) => onlyInherits(object) ? takenAlongBy(object, context) : [],
  folds: () => true,
  create: (object, context, folded) => {
    if (!isExplicitColumn(object, context)) return columnExtras(object, context)
    const columnDefault = folded.find((part) => part.kind === "default")
    if (object.state.identity !== undefined && hasChildren(object, context)) {
      const { identity, ...plain } = object.state
      return [
        ...column.create({ ...object, state: plain }, context, folded),
        ...identityAlterations(object.name, undefined, identity).add
      ]
    }
    const mustHaveValue = !object.state.nullable && columnDefault === undefined &&
      object.state.identity === undefined &&
      object.state.generated === undefined
    return [
      {
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
      },
      ...columnExtras(object, context),
      ...toastOptions(object, context)
    ]
  },
  drop: (object, context) =>
    onlyInherits(object) && takenAlongBy(object, context).length > 0 ? [] : [
      // with the column alone, PostgreSQL 18 leaves the children's not-null constraints inherited from nothing
      ...(context.serverMajor >= 18 && passesNotNull(object) && dropsOnlyHere(object.id, context)
        ? [{
          sql: alterColumn(object, "DROP NOT NULL", true),
          description: `Change nullability of ${display(object)}`
        }]
        : []),
      {
        sql: `ALTER TABLE ${dropsOnlyHere(object.id, context) ? "ONLY " : ""}${tableOf(object)} DROP COLUMN ${
          columnName(object)
        }`,
        description: `Drop column ${columnName(object)} from table ${displayTable(object)}`,
        hazards: object.state.generated === undefined
          ? [{ code: "data_loss", message: `The values of ${display(object)} are lost.` }]
          : []
      }
    ],
  refuses: (from, to, context) => {
    const table = context.target.objects.get(to.parent ?? "")
    return from.state.type === to.state.type && from.state.collation === to.state.collation ||
        !readsColumn(table?.state["partition_key"], to)
      ? undefined
      : `${
        display(to)
      } cannot change from ${from.state.type} to ${to.state.type}: it is in the partition key of table ${
        displayTable(to)
      }, and PostgreSQL never changes the type of such a column. Create a partitioned table with the new type under ` +
        "another name, move the rows over, and drop the old one."
  },
  alter: (from, to, context) => {
    const generated = alterGenerated(from, to, context)
    if ("_tag" in generated) return generated
    const typeChanges = changesDefinition(from, to)
    const isBrought = (way: (from: Column, to: Column) => boolean): boolean =>
      way(from, to) && arrivingFrom(from, to, context, way).length > 0
    const identity = identityAlterations(to.name, from.state.identity, to.state.identity)
    const statements: Array<Statement> = [
      ...identity.drop,
      ...(isBrought(losesExpression) ? [] : generated),
      ...(typeChanges && !isBrought(changesDefinition) ? [alterType(from, to, context)] : []),
      ...(typeChanges ? toastOptions(to, context) : []),
      ...nullability(from, to, context),
      ...identity.add,
      ...(from.state.storage === to.state.storage && !(typeChanges && to.state.storage !== undefined)
        ? []
        : [storage(to, context)]),
      ...(from.state.compression === to.state.compression && !(typeChanges && to.state.compression !== undefined)
        ? []
        : [compression(to)]),
      ...(from.state.statistics === to.state.statistics ? [] : [statistics(to)]),
      ...optionChanges(from.state.options, to.state.options).map((change) => ({
        sql: alterColumn(to, change, true),
        description: `Change options of ${display(to)}`
      }))
    ]
    if (!typeChanges) return inPlace(statements, (dependent) => tiesInTheWay(from, to, dependent, context))
    const other = withoutModifier(from.state.type) !== withoutModifier(to.state.type)
    return inPlace(
      statements,
      (dependent) =>
        standsInTheWay(to, dependent, context) || tiesInTheWay(from, to, dependent, context) ||
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
