/**
 * Which objects of a schema are compared. What is left out is in neither the hash nor the difference, yet it is carried
 * along: where its object is dropped and created again, it is made again too. Pure.
 */
import type { Aspect, Catalog, CatalogObject, ManagedScope, ObjectId } from "./Catalog.ts"
import type { Plan } from "./Plan.ts"

/** The aspect that each kind of object is of; kinds that are not here are always compared. */
const aspectOf: ReadonlyMap<string, Aspect> = new Map([
  ["owner", "owners"],
  ["grant", "grants"],
  ["default privileges", "grants"],
  ["security label", "labels"]
])

/** All aspects, in the order in which documents name them. */
export const aspects: ReadonlyArray<Aspect> = ["grants", "labels", "owners"]

/** The aspects that objects are of. */
export const aspectsOf = (objects: Iterable<CatalogObject>): ReadonlyArray<Aspect> => {
  const found = new Set([...objects].map(({ kind }) => aspectOf.get(kind)))
  return aspects.filter((aspect) => found.has(aspect))
}

const isIn = (object: CatalogObject, scope: ManagedScope): boolean => {
  const aspect = aspectOf.get(object.kind)
  return aspect === undefined || scope.aspects.includes(aspect)
}

/**
 * What is compared between two schemas. An aspect is compared where it was asked for (`include`), where a text states
 * it, and between two databases, which state everything. A text that is silent about it never takes anything from a
 * database.
 */
export const scopeOf = (from: Catalog, to: Catalog, include: ReadonlyArray<Aspect> = []): ManagedScope => {
  const there = [...aspectsOf(from.objects.values()), ...aspectsOf(to.objects.values())]
  const texts = [from, to].filter(({ states }) => states !== undefined)
  return {
    aspects: aspects.filter((aspect) =>
      include.includes(aspect) ||
      (texts.length === 0
        ? there.includes(aspect)
        : texts.some(({ states = [] }) => states.includes(aspect)))
    )
  }
}

/** What a plan compares. One that a person wrote, without hashes, is about whatever its statements change. */
export const scopeOfPlan = (plan: Plan): ManagedScope =>
  plan.scope ?? { aspects: plan.source_hash === undefined && plan.target_hash === undefined ? aspects : [] }

/** All objects of a catalog, compared or not. */
export const allObjects = (catalog: Catalog): ReadonlyMap<ObjectId, CatalogObject> =>
  catalog.carried === undefined ? catalog.objects : new Map([...catalog.objects, ...catalog.carried])

/** The catalog with only what the scope compares in `objects`, and the rest in `carried`. */
export const narrow = (catalog: Catalog, scope: ManagedScope): Catalog => {
  const objects = new Map<ObjectId, CatalogObject>()
  const carried = new Map<ObjectId, CatalogObject>()
  for (const [id, object] of allObjects(catalog)) (isIn(object, scope) ? objects : carried).set(id, object)
  const { carried: _, ...rest } = catalog
  return { ...rest, objects, scope, ...(carried.size === 0 ? {} : { carried }) }
}

/** Another reading of the same schema, with the same scope. */
export const narrowLike = (reading: Catalog, like: Catalog): Catalog =>
  like.scope === undefined ? reading : narrow(reading, like.scope)

/** The catalog with everything that it holds among its objects, compared or not. */
export const whole = (catalog: Catalog): Catalog => {
  const { carried, ...rest } = catalog
  return carried === undefined ? catalog : { ...rest, objects: allObjects(catalog) }
}

/**
 * Both schemas with what is carried among their objects: the target has of it what the source has, for the objects that
 * stay. So what a plan makes anew gets it again, and nothing else about it changes.
 */
export const carry = (source: Catalog, target: Catalog): readonly [source: Catalog, target: Catalog] => {
  const { carried: _, ...wanted } = target
  if (source.carried === undefined) return [source, wanted]
  const objects = new Map(target.objects)
  const dependencies = new Map(target.dependencies)
  const kept = [...source.carried.values()].filter(({ parent }) => parent === undefined || objects.has(parent))
  for (const object of kept) objects.set(object.id, object)
  for (const { id } of kept) {
    dependencies.set(id, new Set([...source.dependencies.get(id) ?? []].filter((need) => objects.has(need))))
  }
  return [whole(source), { ...wanted, objects, dependencies }]
}
