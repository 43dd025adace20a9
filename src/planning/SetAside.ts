/**
 * Objects that cannot be used, and that are in the way of a plan all the same: taken away before its steps, and made again as
 * they were behind them. Pure.
 */
import { type Catalog, dependentsIndex, type ObjectId, partsIndex, sameState } from "../Catalog.ts"

/** The schemas that a plan leads from and to where what is in its way is not there. */
export interface Around {
  readonly from: Catalog
  readonly to: Catalog
  /** The second schema with what was taken away, as the first one has it. */
  readonly end: Catalog
}

const without = (catalog: Catalog, ids: ReadonlySet<ObjectId>): Catalog => ({
  ...catalog,
  objects: new Map([...catalog.objects].filter(([id]) => !ids.has(id))),
  dependencies: new Map([...catalog.dependencies].filter(([id]) => !ids.has(id)))
})

/** The objects with their parts, and with what needs them. */
const withAll = (catalog: Catalog, ids: Iterable<ObjectId>): ReadonlySet<ObjectId> => {
  const [parts, dependents] = [partsIndex(catalog), dependentsIndex(catalog)]
  const found = new Set<ObjectId>()
  const pending = [...ids]
  for (let id = pending.pop(); id !== undefined; id = pending.pop()) {
    if (found.has(id)) continue
    found.add(id)
    pending.push(...(parts.get(id) ?? []).map((part) => part.id), ...dependents.get(id) ?? [])
  }
  return found
}

/**
 * Two schemas without what is in the way. What the plan changes, and what something that it makes needs, stays in the second:
 * it is created when its turn comes.
 */
export const around = (from: Catalog, to: Catalog, inTheWay: ReadonlySet<ObjectId>): Around => {
  if (inTheWay.size === 0) return { from, to, end: to }
  const gone = withAll(from, inTheWay)
  const isNeeded = (id: ObjectId): boolean =>
    [...to.dependencies].some(([user, needs]) => !gone.has(user) && needs.has(id))
  const kept = new Map([...gone].flatMap((id) => {
    const [was, is] = [from.objects.get(id), to.objects.get(id)]
    return was !== undefined && is !== undefined && sameState(was.state, is.state) && !isNeeded(id) ? [[id, was]] : []
  }))
  return {
    from: without(from, gone),
    to: without(to, new Set(kept.keys())),
    end: { ...to, objects: new Map([...to.objects].map(([id, object]) => [id, kept.get(id) ?? object])) }
  }
}
