/** What columns and constraints of a child table or partition have from a parent table (PostgreSQL manual 5.11, 5.12). */
import { type Catalog, type CatalogObject, compareText, dependenciesOf, type ObjectId } from "../../Catalog.ts"
import type { PlanContext } from "./Kind.ts"
import { isTableNamed, objectId, sqlName } from "./names.ts"

/**
 * The columns or constraints of parent tables that this one of a child stands for: of the same name, but for the
 * constraints of a partition that stand on an index, which PostgreSQL ties together under any names.
 */
export const inheritedFrom = (object: CatalogObject, catalog: Catalog): ReadonlyArray<ObjectId> => {
  const byName = object.kind === "column" || object.state["type"] === "check"
  return [...dependenciesOf(catalog, object.id)].filter((id) => {
    const other = catalog.objects.get(id)
    return other?.kind === object.kind && other.parent !== object.parent &&
      (!byName || other.name[2] === object.name[2])
  }).toSorted(compareText)
}

/**
 * True where a child table has it from a parent and does not declare it itself, so that it goes with the parent's
 * (`attislocal`, `conislocal`).
 */
export const onlyInherits = (object: CatalogObject): boolean => {
  const own = object.state["own"]
  return object.state["inherited"] === true &&
    !(typeof own === "object" && own !== null && "declared" in own && own.declared === true)
}

/**
 * True where the plan ties a table that it creates to its parents only when it is there: the columns stand in another order than
 * INHERITS gives them, and a function whose body was parsed when it was written returns them in that order.
 */
export const isTiedLater = (table: CatalogObject | undefined, { creates, parts, target }: PlanContext): boolean => {
  if (table === undefined || !creates(table.id)) return false
  const columnsOf = (id: ObjectId): ReadonlyArray<string> =>
    parts(id).flatMap(({ kind, name }) => kind === "column" ? [name[2] ?? ""] : [])
  const own = columnsOf(table.id)
  const inherited = parts(table.id).filter(({ kind }) => kind === "inheritance")
    .flatMap(({ name }) => columnsOf(objectId("table", name.slice(2))))
  const given = [...new Set([...inherited, ...own])]
  if (inherited.length === 0 || own.every((column, i) => given[i] === column)) return false
  const returned = returnedByParsed(target)
  return returned.has(sqlName(table.name)) || returned.has(`SETOF ${sqlName(table.name)}`)
}

/** What functions return whose body was parsed when it was written. */
const returnedByParsed = ({ objects }: Catalog): ReadonlySet<unknown> => {
  const known = returned.get(objects)
  if (known !== undefined) return known
  const found = new Set<unknown>()
  for (const { state } of objects.values()) if (state["sql_body"] !== undefined) found.add(state["returns"])
  returned.set(objects, found)
  return found
}

/** Catalogs never change, and every part that a child has from a parent asks. */
const returned = new WeakMap<Catalog["objects"], ReadonlySet<unknown>>()

/**
 * True where it comes to the child by itself, from a parent. A table that the plan attaches as a partition, or lets inherit
 * after it was there before, must have it beforehand. A column that a table already has cannot be declared on top.
 */
export const arrives = (object: CatalogObject, context: PlanContext): boolean => {
  const isLate = object.kind === "column" && !context.creates(object.parent ?? "")
  if (object.state["inherited"] !== true || !onlyInherits(object) && !isLate) return false
  const child = object.name.slice(0, 2)
  const attachment = objectId("partition", child)
  if (context.target.objects.has(attachment)) return !context.creates(attachment)
  const links = [...context.parts(object.parent ?? "")].filter((part) => part.kind === "inheritance")
  if (links.length === 0) return true
  const table = context.target.objects.get(object.parent ?? "")
  return context.creates(object.parent ?? "") && !isTiedLater(table, context) ||
    links.some(({ id, name }) =>
      !context.creates(id) &&
      inheritedFrom(object, context.target).some((need) =>
        isTableNamed(context.target.objects.get(need)?.parent, name.slice(2))
      )
    )
}

/** True where the plan takes the child's table from the parent's before it touches what the one has from the other. */
export const leaves = (object: CatalogObject, parent: ObjectId, context: PlanContext): boolean => {
  const child = object.name.slice(0, 2)
  const ancestor = context.source.objects.get(parent)?.name.slice(0, 2) ?? []
  return context.drops(objectId("partition", child)) || context.drops(objectId("inheritance", [...child, ...ancestor]))
}

/** The columns or checks of children that stay in the schema while the parent's, which would take them along, goes. */
export const keptByChildren = (id: ObjectId, context: PlanContext): ReadonlyArray<ObjectId> =>
  [...context.dependents(id)].filter((dependent) => {
    const child = context.source.objects.get(dependent)
    return child !== undefined && onlyInherits(child) && inheritedFrom(child, context.source).includes(id) &&
      !context.drops(dependent) && !leaves(child, id, context)
  })

/**
 * True where a parent's column or check is dropped without those of its children, because one of them is kept. PostgreSQL
 * never drops a constraint of a partitioned table alone.
 */
export const dropsOnlyHere = (id: ObjectId, context: PlanContext): boolean => {
  const object = context.source.objects.get(id)
  const isPartitioned = context.source.objects.get(object?.parent ?? "")?.state["partition_key"] !== undefined
  return !(object?.kind === "constraint" && isPartitioned) && keptByChildren(id, context).length > 0
}

/** The columns or constraints of parents whose drop takes this one of a child along. */
export const takenAlongBy = (object: CatalogObject, context: PlanContext): ReadonlyArray<ObjectId> =>
  inheritedFrom(object, context.source).filter((id) =>
    context.drops(id) && !leaves(object, id, context) && !dropsOnlyHere(id, context)
  )
