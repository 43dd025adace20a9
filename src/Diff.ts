/** What differs between two schemas, object by object. Pure: both were read from engines that print definitions alike. */
import * as Catalog from "./Catalog.ts"

/** One object that differs. */
export type Change =
  | { readonly _tag: "Create"; readonly object: Catalog.CatalogObject }
  | { readonly _tag: "Drop"; readonly object: Catalog.CatalogObject }
  | { readonly _tag: "Alter"; readonly from: Catalog.CatalogObject; readonly to: Catalog.CatalogObject }

/** The identity of the object that a change is about. */
export const changedId = (change: Change): Catalog.ObjectId => change._tag === "Alter" ? change.to.id : change.object.id

/** The changes that lead from one schema to the other, in order of identity; empty where they are equal. */
export const diff = (from: Catalog.Catalog, to: Catalog.Catalog): ReadonlyArray<Change> => {
  const changes: Array<Change> = []
  // objects that came from one reading share their states
  const same = new Map<Catalog.State, Catalog.State>()
  for (const object of from.objects.values()) {
    const counterpart = to.objects.get(object.id)
    if (counterpart === undefined) changes.push({ _tag: "Drop", object })
    else if (same.get(object.state) === counterpart.state) continue
    else if (Catalog.sameState(object.state, counterpart.state)) same.set(object.state, counterpart.state)
    else changes.push({ _tag: "Alter", from: object, to: counterpart })
  }
  for (const object of to.objects.values()) {
    if (!from.objects.has(object.id)) changes.push({ _tag: "Create", object })
  }
  return changes.sort((a, b) => Catalog.compareText(changedId(a), changedId(b)))
}
