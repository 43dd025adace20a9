/** Where values of a type may be stored: in tables and materialized views, alone or inside of values of other types. */
import { type Catalog, type CatalogObject, dependentsIndex, type ObjectId } from "../../Catalog.ts"
import { isMaterializedView } from "./materialized-view.ts"
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

/** True for a materialized view with a column of one of these types. */
const hasColumnOf = (object: CatalogObject, types: ReadonlyArray<string>): boolean =>
  isMaterializedView(object) && object.state.columns.some(({ type }) => types.includes(type))

/** What stores whole rows of a table or materialized view in a column of its own. */
const storesRows = (catalog: Catalog, id: ObjectId | undefined): ReadonlyArray<CatalogObject> => {
  const row = id === undefined ? undefined : catalog.objects.get(id)
  if (row === undefined) return []
  const name = sqlName(row.name)
  return [...dependentsIndex(catalog).get(row.id) ?? []].flatMap((dependent) => {
    const user = catalog.objects.get(dependent)
    if (user === undefined) return []
    const stores = user.kind === "column"
      ? user.parent !== row.id
      : user.kind === "composite type" || user.kind === "domain"
      ? isStored(catalog, dependent)
      : hasColumnOf(user, [name, `${name}[]`])
    return stores ? [user] : []
  })
}

/**
 * What stores values of the domain inside of others: of an array, a range, a composite type or a whole row. PostgreSQL does not
 * look into them, and lets no rule be added to the domain meanwhile (PostgreSQL manual, ALTER DOMAIN, Notes).
 */
export const storesInside = (catalog: Catalog, id: ObjectId): ReadonlyArray<CatalogObject> => {
  const name = sqlName(catalog.objects.get(id)?.name ?? [])
  return [...dependentsIndex(catalog).get(id) ?? []].flatMap((dependent) => {
    const user = catalog.objects.get(dependent)
    if (user === undefined) return []
    if (user.kind === "column") {
      return [...user.state["type"] === name ? [] : [user], ...storesRows(catalog, user.parent)]
    }
    if (isMaterializedView(user)) {
      return [...hasColumnOf(user, [`${name}[]`]) ? [user] : [], ...storesRows(catalog, user.id)]
    }
    if (user.kind === "domain" && user.state["type"] === name) return storesInside(catalog, dependent)
    return ["composite type", "domain", "range type"].includes(user.kind) && isStored(catalog, dependent) ? [user] : []
  })
}
