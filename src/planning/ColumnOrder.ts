/** Parts whose order no statement changes: columns that are added stand behind those that are there. */
import { type Catalog, type CatalogObject, compareText, partsIndex } from "../Catalog.ts"
import type { ObjectKind } from "../Dialect.ts"
import type { Step } from "../Plan.ts"

const inOrder = (parts: ReadonlyArray<CatalogObject> | undefined): ReadonlyArray<CatalogObject> =>
  (parts ?? []).filter(({ kind }) => kind === "column")

/** True where everything that has a position has the same one in both. */
const hasSamePositions = (from: Catalog, to: Catalog): boolean => {
  for (const { id, position } of to.objects.values()) {
    if (position !== undefined && from.objects.get(id)?.position !== position) return false
  }
  return true
}

/**
 * What to know of tables whose columns stand in another order after the plan than in the wanted schema: a note, or nothing.
 * The order is not compared, so that nothing else tells of it.
 */
export const columnOrderNotes = (
  from: Catalog,
  to: Catalog,
  steps: ReadonlyArray<Step>,
  kindOf: (kind: string) => ObjectKind
): ReadonlyArray<string> => {
  if (steps.length === 0 && hasSamePositions(from, to)) return []
  const [before, after] = [partsIndex(from), partsIndex(to)]
  const created = new Set(steps.flatMap(({ object, operation }) => operation === "create" ? [object] : []))
  // a table that was made anew with its rows has the order of the wanted schema
  const remade = new Set(
    steps.flatMap(({ hazards = [], object }) => hazards.some(({ code }) => code === "rewrite") ? [object] : [])
  )
  const isMade = (id: string): boolean =>
    created.has(id) || remade.has(id) && kindOf(to.objects.get(id)?.kind ?? "").movesRows === true
  const tables = [...after.keys()].filter((id) => before.has(id) && !isMade(id)).filter((id) => {
    const wanted = inOrder(after.get(id)).map((column) => column.id)
    const there = new Set(wanted)
    const kept = inOrder(before.get(id)).map((column) => column.id)
      .filter((column) => there.has(column) && !created.has(column))
    const isKept = new Set(kept)
    const reached = [...kept, ...wanted.filter((column) => !isKept.has(column))]
    return reached.some((column, i) => column !== wanted[i])
  }).toSorted(compareText).flatMap((id) => {
    const table = to.objects.get(id)
    return table === undefined ? [] : [kindOf(table.kind).describe(table)]
  })
  if (tables.length === 0) return []
  const some = tables.slice(0, 5).join(", ") + (tables.length > 5 ? ` and ${tables.length - 5} more` : "")
  return [
    `The columns of ${some} stand in another order than in the wanted schema, and stay so: a new column comes last, and ` +
    "no ALTER moves one. Only SELECT * and INSERT without a list of columns depend on it."
  ]
}
