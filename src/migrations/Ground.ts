/** What is there before the first migration where only part of a database is managed: what no migration makes. Pure. */
import type { Catalog, CatalogObject, ObjectId } from "../Catalog.ts"

/** The ground without what migrations make, and without what needs that. */
export const without = (ground: Catalog, isMade: (object: CatalogObject) => boolean): Catalog => {
  const left = new Map([...ground.objects].filter(([, object]) => !isMade(object)))
  const isGone = (id: ObjectId | undefined): boolean => id !== undefined && ground.objects.has(id) && !left.has(id)
  const misses = ({ id, parent }: CatalogObject): boolean =>
    isGone(parent) || [...ground.dependencies.get(id) ?? []].some(isGone)
  for (let size = -1; size !== left.size;) {
    size = left.size
    for (const object of left.values()) if (misses(object)) left.delete(object.id)
  }
  return left.size === ground.objects.size ? ground : {
    ...ground,
    objects: left,
    dependencies: new Map([...ground.dependencies].filter(([id]) => left.has(id)))
  }
}
