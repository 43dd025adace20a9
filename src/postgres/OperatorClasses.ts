/**
 * Sorting, grouping and DISTINCT need the operator class of a type while a query is read, and PostgreSQL records no more
 * than the operator. The class must be there first all the same.
 */
import type { CatalogObject, ObjectId } from "../Catalog.ts"

/** Kinds whose definitions hold queries that are read when they are created. */
const queries: ReadonlySet<string> = new Set(["function", "materialized view", "procedure", "rule", "view"])

type Dependencies = ReadonlyMap<ObjectId, ReadonlySet<ObjectId>>

/** Adds to `soft` that what holds a query needs the operator classes of the operators that it names. */
export const withOperatorClasses = (
  soft: Dependencies,
  objects: ReadonlyMap<ObjectId, CatalogObject>,
  dependencies: Dependencies
): Dependencies => {
  const classes = new Map<ObjectId, Array<ObjectId>>()
  for (const { id, kind } of objects.values()) {
    if (kind !== "operator class") continue
    for (const need of dependencies.get(id) ?? []) {
      if (objects.get(need)?.kind === "operator") classes.set(need, [...classes.get(need) ?? [], id])
    }
  }
  if (classes.size === 0) return soft
  const more = new Map(soft)
  for (const { id, kind } of objects.values()) {
    if (!queries.has(kind)) continue
    const needed = [...dependencies.get(id) ?? []].flatMap((need) => classes.get(need) ?? [])
    if (needed.length > 0) more.set(id, new Set([...more.get(id) ?? [], ...needed]))
  }
  return more
}
