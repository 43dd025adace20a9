/** Where values of a type may be stored: in tables and materialized views, alone or inside of values of other types. */
import { type Catalog, dependentsIndex, type ObjectId } from "../../Catalog.ts"
import { sqlName } from "./names.ts"

/** True where a table or a materialized view may store values of the type, alone or inside of other types. */
export const isStored = (catalog: Catalog, id: ObjectId): boolean => {
  const dependents = dependentsIndex(catalog)
  const seen = new Set([id])
  for (const current of seen) {
    const kind = catalog.objects.get(current)?.kind
    if (kind === "column" || kind === "materialized view") return true
    dependents.get(current)?.forEach((dependent) => seen.add(dependent))
  }
  return false
}

/**
 * True where a table stores values of the domain inside of others: of an array, a range or a composite type. PostgreSQL does
 * not look into them, and lets no rule be added to the domain (PostgreSQL manual, ALTER DOMAIN, Notes).
 */
export const isStoredInside = (catalog: Catalog, id: ObjectId): boolean => {
  const name = sqlName(catalog.objects.get(id)?.name ?? [])
  return [...dependentsIndex(catalog).get(id) ?? []].some((dependent) => {
    const user = catalog.objects.get(dependent)
    if (user?.kind === "column") return user.state["type"] !== name
    if (user?.kind === "domain") {
      return user.state["type"] === name ? isStoredInside(catalog, dependent) : isStored(catalog, dependent)
    }
    return (user?.kind === "composite type" || user?.kind === "range") && isStored(catalog, dependent)
  })
}
