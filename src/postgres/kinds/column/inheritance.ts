/** What a column has from its table's parents and passes on to its children (PostgreSQL manual 5.11, 5.12). */
import type { Catalog, CatalogObject, ObjectId } from "../../../Catalog.ts"
import type { PlanContext } from "../Kind.ts"
import { objectId } from "../names.ts"
import { arrives, inheritedFrom, leaves } from "../parents.ts"
import { type Column, isColumn } from "./state.ts"

/**
 * True where the table's own definition has to name the column: not where it arrives from a parent. A partition that the
 * plan creates is a table first and attached later, so it names all its columns.
 */
export const isExplicitColumn = (object: CatalogObject, context: PlanContext): boolean => !arrives(object, context)

/** True where the column's table is a partition. */
export const isPartition = (object: CatalogObject, catalog: Catalog): boolean =>
  catalog.objects.has(objectId("partition", object.name.slice(0, 2)))

/** True where children of the column's table get a not-null constraint from it. */
export const passesNotNull = (object: CatalogObject): boolean =>
  isColumn(object) && !object.state.nullable && object.state.not_null?.no_inherit !== true

/** True where the type or the collation changes. */
export const changesDefinition = (from: Column, to: Column): boolean =>
  from.state.type !== to.state.type || from.state.collation !== to.state.collation

/** True where a generated column becomes a plain one. */
export const losesExpression = (from: Column, to: Column): boolean =>
  from.state.generated !== undefined && to.state.generated === undefined

/** True where children get a not-null constraint along with the column. */
export const gainsNotNull = (from: Column, to: Column): boolean => !passesNotNull(from) && passesNotNull(to)

/** True where the column passes on a not-null constraint and becomes nullable. */
export const losesNotNull = (from: Column, to: Column): boolean => passesNotNull(from) && to.state.nullable

const changesForChildren = (from: Column, to: Column): boolean =>
  [changesDefinition, losesExpression, gainsNotNull, losesNotNull].some((way) => way(from, to))

/** The columns of parents whose alteration in a given way comes to this one too. */
export const arrivingFrom = (
  from: Column,
  to: Column,
  context: PlanContext,
  way: (from: Column, to: Column) => boolean = changesForChildren
): ReadonlyArray<ObjectId> =>
  to.state.inherited !== true || from.state.inherited !== true ? [] : inheritedFrom(to, context.target).filter((id) => {
    const [before, after] = [context.source.objects.get(id), context.target.objects.get(id)]
    return before !== undefined && after !== undefined && isColumn(before) && isColumn(after) &&
      inheritedFrom(from, context.source).includes(id) && !context.creates(id) && !leaves(to, id, context) &&
      way(before, after)
  })

/** The children's columns that stay linked to this one. */
export const linkedChildren = (
  object: Column,
  context: PlanContext
): ReadonlyArray<readonly [from: Column, to: Column]> =>
  [...context.dependents(object.id)].flatMap((id) => {
    const [from, to] = [context.source.objects.get(id), context.target.objects.get(id)]
    return from !== undefined && to !== undefined && isColumn(from) && isColumn(to) && from.state.inherited === true &&
        from.name[2] === object.name[2] && !context.drops(id) && !leaves(from, object.id, context)
      ? [[from, to]]
      : []
  })

/**
 * True for a column of a table that has child tables already: PostgreSQL adds no identity to them along with it, nor before
 * version 17 to partitions.
 */
export const hasChildren = (object: Column, context: PlanContext): boolean =>
  !context.creates(object.parent ?? "") && [...context.dependents(object.parent ?? "")].some((id) => {
    const link = context.source.objects.get(id)
    return (link?.kind === "inheritance" || link?.kind === "partition" && context.serverMajor < 17) &&
      link.parent !== object.parent && !context.drops(id)
  })
