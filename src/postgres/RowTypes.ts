/** Columns of row types: while a column holds rows of a table, PostgreSQL adds none to that table which has values at once. */
import type { CatalogObject, ObjectId } from "../Catalog.ts"

type Dependencies = ReadonlyMap<ObjectId, ReadonlySet<ObjectId>>

/** What is of a type. What needs a table that it is no part of is of its row type. */
const typed: ReadonlySet<string> = new Set(["column", "composite type", "domain"])
const tables: ReadonlySet<string> = new Set(["table", "foreign table"])

/** The soft dependencies with those of what is of the row type of a table on the columns of that table. */
export const withRowTypes = (
  soft: Dependencies,
  objects: ReadonlyMap<ObjectId, CatalogObject>,
  dependencies: Dependencies
): Dependencies => {
  const holders: Array<readonly [ObjectId, ObjectId]> = []
  for (const { id, kind, parent } of objects.values()) {
    if (!typed.has(kind)) continue
    for (const need of dependencies.get(id) ?? []) {
      if (need !== parent && tables.has(objects.get(need)?.kind ?? "")) holders.push([id, need])
    }
  }
  if (holders.length === 0) return soft
  const columns = new Map<ObjectId, Array<ObjectId>>(holders.map(([, table]) => [table, []]))
  for (const { id, kind, parent } of objects.values()) if (kind === "column") columns.get(parent ?? "")?.push(id)
  const more = new Map(soft)
  for (const [id, table] of holders) more.set(id, new Set([...more.get(id) ?? [], ...columns.get(table) ?? []]))
  return more
}
