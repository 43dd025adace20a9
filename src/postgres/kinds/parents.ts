/** What columns and constraints of a child table or partition have from a parent table (PostgreSQL manual 5.11, 5.12). */
import { type Catalog, type CatalogObject, dependenciesOf, type ObjectId } from "../../Catalog.ts"
import type { PlanContext } from "./Kind.ts"
import { objectId } from "./names.ts"

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
  })
}

/** True where the plan takes the child's table from the parent's before it touches what the one has from the other. */
export const leaves = (object: CatalogObject, parent: ObjectId, context: PlanContext): boolean => {
  const child = object.name.slice(0, 2)
  const ancestor = context.source.objects.get(parent)?.name.slice(0, 2) ?? []
  return context.drops(objectId("partition", child)) || context.drops(objectId("inheritance", [...child, ...ancestor]))
}

/** True where a parent's column is dropped without those of its children, because one of them is kept. */
export const dropsOnlyHere = (id: ObjectId, context: PlanContext): boolean =>
  [...context.dependents(id)].some((dependent) => {
    const child = context.source.objects.get(dependent)
    return child !== undefined && wouldGo(child) && inheritedFrom(child, context.source).includes(id) &&
      !context.drops(dependent) && !leaves(child, id, context)
  })

/** What a child declared itself stays anyway when the parent's goes. */
const wouldGo = (object: CatalogObject): boolean => object.kind === "column" && object.state["inherited"] === true

/** The columns or constraints of parents whose drop takes this one of a child along. */
export const takenAlongBy = (object: CatalogObject, context: PlanContext): ReadonlyArray<ObjectId> =>
  inheritedFrom(object, context.source).filter((id) =>
    context.drops(id) && !leaves(object, id, context) && !dropsOnlyHere(id, context)
  )
