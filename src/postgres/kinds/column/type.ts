/** The change of a column's type, and what must be out of its way (PostgreSQL manual, ALTER TABLE: SET DATA TYPE). */
import type { Catalog, CatalogObject, Json } from "../../../Catalog.ts"
import type { PlanContext, Statement } from "../Kind.ts"
import { isTableNamed, objectId } from "../names.ts"
import { optionChanges } from "../options.ts"
import { inheritedFrom } from "../parents.ts"
import { keepsValues } from "../typeChange.ts"
import { arrivingFrom, changesDefinition, linkedChildren, losesExpression, passesNotNull } from "./inheritance.ts"
import { notNullName } from "./notNull.ts"
import {
  alterColumn,
  collate,
  type Column,
  columnName,
  display,
  displayTable,
  isColumn,
  isForeign,
  names,
  tableOf
} from "./state.ts"

/** A type without its modifier: `numeric` of `numeric(10,2)`. */
export const withoutModifier = (type: string): string => type.replace(/\([^)]*\)/, "")

const dependsOnType: ReadonlySet<string> = new Set([
  "view",
  "materialized view",
  "policy",
  "trigger",
  "rule",
  "publication table",
  "function",
  "procedure",
  "column"
])

const using = (from: Column, to: Column, context: PlanContext): string => {
  const conversion = context.conversions.get(to.id)
  return conversion === undefined || isForeign(to)
    ? ""
    : conversion === "explicit"
    ? ` USING ${columnName(to)}::${to.state.type}`
    : ` USING ${columnName(to)}::text${
      from.state.type.endsWith("[]") && to.state.type.endsWith("[]") ? "[]" : ""
    }::${to.state.type}`
}

/** Changes the type, the collation, or both. */
export const alterType = (from: Column, to: Column, context: PlanContext): Statement => ({
  sql: alterColumn(to, `TYPE ${to.state.type}${collate(to.state)}${using(from, to, context)}`),
  description: from.state.type === to.state.type
    ? `Change collation of ${display(to)}`
    : `Change type of ${display(to)} from ${from.state.type} to ${to.state.type}`,
  hazards: isForeign(to) ? [] : [
    { code: "rewrite", message: `Table ${displayTable(to)} may be rewritten while nobody can read or write it.` },
    ...(keepsValues(from.state.type, to.state.type) ? [] : [{
      code: "conversion" as const,
      message: `Values of ${display(to)} that do not fit ${to.state.type} are changed, or make this step fail.`
    }])
  ]
})

/**
 * True for what ties a child to the table and has to be undone while the column is altered. PostgreSQL changes no type of a
 * column that a child has from another parent too. From 18 on it renames a not-null constraint only where the children's
 * have the same name, and does not rebuild one for a new type where a child declares its own under another.
 */
export const tiesInTheWay = (from: Column, to: Column, dependent: CatalogObject, context: PlanContext): boolean => {
  if (dependent.kind !== "inheritance" && dependent.kind !== "partition") return false
  // DROP EXPRESSION reaches the child tables, and fails for those below them
  if (arrivingFrom(from, to, context, losesExpression).length > 0 && leadsTo(dependent, from)) return true
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
  isTableNamed(object.parent, tie.kind === "partition" ? names(tie.state["of"]) : tie.name.slice(2))

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

/** True for an index that has the column beside its key while a foreign key stands on it: PostgreSQL makes the index anew, and forgets the foreign key. */
const carriesUnderForeignKey = (column: Column, index: CatalogObject, context: PlanContext): boolean =>
  !names(index.state["columns"]).includes(column.name[2] ?? "") &&
  [...context.dependents(index.id)].some((id) => context.source.objects.get(id)?.state["type"] === "foreign key")

const changesType = (column: ReadonlyArray<string>, context: PlanContext): boolean => {
  const id = objectId("column", column)
  const [before, after] = [context.source.objects.get(id), context.target.objects.get(id)]
  return before !== undefined && after !== undefined &&
    withoutModifier(String(before.state["type"])) !== withoutModifier(String(after.state["type"]))
}

/** True where a partition key, as PostgreSQL prints it, may read the column. */
export const readsColumn = (key: Json | undefined, object: Column): boolean => {
  const words: ReadonlyArray<string> = typeof key === "string"
    ? key.match(/"(?:[^"]|"")*"|[\p{L}\p{N}_$]+/gu) ?? []
    : []
  return words.includes(columnName(object))
}

/** True where the partition key of the table, or of one above it, may read the column: PostgreSQL never changes its type then. */
export const isPartitionKey = (object: Column, context: PlanContext): boolean => {
  const key = context.target.objects.get(object.parent ?? "")?.state["partition_key"]
  return readsColumn(key, object) || inheritedFrom(object, context.target).some((id) => {
    const parent = context.target.objects.get(id)
    return parent !== undefined && isColumn(parent) && isPartitionKey(parent, context)
  })
}

/** True for what PostgreSQL makes anew when a column changes its type, and forgets the statistics target of. */
const forgetsTarget = ({ kind, state }: CatalogObject): boolean =>
  kind === "statistics" && state["target"] !== undefined || kind === "index" && state["statistics"] !== undefined

/** True for what PostgreSQL does not let a column change its type under, or would make anew in another way. */
export const standsInTheWay = (column: Column, dependent: CatalogObject, context: PlanContext): boolean =>
  dependsOnType.has(dependent.kind) &&
    (dependent.kind !== "column" ||
      dependent.state["generated"] !== undefined && !inheritedFrom(dependent, context.source).includes(column.id)) ||
  forgetsTarget(dependent) ||
  standsOnIndex(dependent) && (inPartitionTree(column, context) || carriesUnderForeignKey(column, dependent, context))

/** True for a foreign key that pairs columns which both change their types: in between, they may have no equality. */
export const bothEndsChangeType = (object: CatalogObject, context: PlanContext): boolean =>
  object.kind === "constraint" && object.state["type"] === "foreign key" &&
  names(object.state["columns"]).some((column, i) =>
    changesType([...object.name.slice(0, 2), column], context) &&
    changesType(
      [...names(object.state["referenced_table"]), names(object.state["referenced_columns"])[i] ?? ""],
      context
    )
  )

/**
 * The storage parameters of the TOAST table, once more: PostgreSQL forgets them while no column needs one, and makes it
 * without them when a column does again.
 */
export const toastOptions = (object: Column, context: PlanContext): ReadonlyArray<Statement> => {
  if (context.creates(object.parent ?? "")) return []
  const of = (catalog: Catalog): ReadonlyArray<string> =>
    names(catalog.objects.get(object.parent ?? "")?.state["options"]).filter((option) => option.startsWith("toast."))
  const [before, after] = [of(context.source), of(context.target)]
  return optionChanges(after.filter((option) => before.includes(option)), after).map((change) => ({
    sql: `ALTER TABLE ${tableOf(object)} ${change}`,
    description: `Change storage parameters of table ${displayTable(object)}`
  }))
}
