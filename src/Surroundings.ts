/**
 * What is not managed and yet has to be on a shadow beside the schema that is: what managed objects need, and what needs
 * them. The rest of a database (platform schemas with their extensions, event triggers and the like) stays away from the
 * shadow, which may not even have the extensions. Pure.
 */
import { type Catalog, type CatalogObject, type ObjectId, partsIndex } from "./Catalog.ts"
import { allObjects } from "./ManagedScope.ts"

/** What {@link surround} knows besides the catalog. */
export interface SurroundOptions {
  /** Further objects that are to be there, if they are known and not managed. */
  readonly also?: Iterable<ObjectId>
  /** True for an extension that the shadow does not have. What needs one is left away unless a managed object needs it. */
  readonly lacks?: ((extension: string) => boolean) | undefined
}

/** Parts that an object can be without where it is only there for others. */
const dispensable: ReadonlySet<string> = new Set([
  "comment",
  "default",
  "default privileges",
  "grant",
  "owner",
  "partition trigger",
  "policy",
  "publication schema",
  "publication table",
  "rule",
  "security label",
  "statistics",
  "trigger"
])

/** What acts by itself wherever it is. */
const acting: ReadonlySet<string> = new Set(["event trigger", "subscription"])

/** Parts that others can rely on: keys do, other constraints and indexes do not. */
const isEssential = ({ kind, state }: CatalogObject): boolean =>
  kind === "constraint"
    ? state["type"] === "primary key" || state["type"] === "unique"
    : kind === "index"
    ? state["unique"] === true
    : !dispensable.has(kind)

interface Neighbourhood {
  readonly outside: ReadonlyMap<ObjectId, CatalogObject>
  readonly needs: (id: ObjectId) => ReadonlyArray<ObjectId>
  readonly closure: (roots: Iterable<ObjectId>, isLeftOut?: (id: ObjectId) => boolean) => Set<ObjectId>
  /** The objects, and all that needs them, by way of what is not managed. */
  readonly withDependents: (ids: Iterable<ObjectId>) => Set<ObjectId>
}

const neighbourhoodOf = (catalog: Catalog, outside: ReadonlyMap<ObjectId, CatalogObject>): Neighbourhood => {
  const parts = partsIndex({ ...catalog, objects: outside })
  const needs = (id: ObjectId): ReadonlyArray<ObjectId> => {
    const parent = outside.get(id)?.parent
    return [...catalog.dependencies.get(id) ?? [], ...(parent === undefined ? [] : [parent])]
  }
  const dependents = new Map<ObjectId, Array<ObjectId>>()
  for (const id of outside.keys()) {
    for (const need of needs(id)) dependents.set(need, [...dependents.get(need) ?? [], id])
  }
  const follow = (
    roots: Iterable<ObjectId>,
    next: (id: ObjectId) => Iterable<ObjectId>,
    isLeftOut: (id: ObjectId) => boolean
  ): Set<ObjectId> => {
    const found = new Set<ObjectId>()
    const pending = [...roots]
    for (let id = pending.pop(); id !== undefined; id = pending.pop()) {
      if (found.has(id) || isLeftOut(id)) continue
      found.add(id)
      pending.push(...next(id))
    }
    return found
  }
  return {
    outside,
    needs,
    closure: (roots, isLeftOut = () => false) =>
      follow(
        roots,
        (id) => [...needs(id), ...(parts.get(id) ?? []).filter(isEssential).map((part) => part.id)],
        (id) => !outside.has(id) || isLeftOut(id)
      ),
    withDependents: (ids) => follow(ids, (id) => dependents.get(id) ?? [], () => false)
  }
}

const lackedBy = (
  { outside, withDependents }: Neighbourhood,
  lacks: SurroundOptions["lacks"] = () => false
): ReadonlySet<ObjectId> =>
  withDependents(
    [...outside.values()].filter(({ kind, name: [name = ""] }) => kind === "extension" && lacks(name)).map(({ id }) =>
      id
    )
  )

const isSchema = ({ kind }: CatalogObject): boolean => kind === "schema"

/** The catalog with its `surroundings`; the same one where everything is managed. */
export const surround = (catalog: Catalog, { also = [], lacks }: SurroundOptions = {}): Catalog => {
  const { outside } = catalog
  if (outside === undefined) return catalog
  const near = neighbourhoodOf(catalog, outside)
  const managed = [...catalog.objects.keys(), ...catalog.carried?.keys() ?? []]
  const needed = near.closure(managed.flatMap(near.needs))
  const lacked = lackedBy(near, lacks)
  const isLeftOut = (id: ObjectId): boolean => lacked.has(id) || acting.has(outside.get(id)?.kind ?? "")
  const users = [...near.withDependents(managed)].filter((id) => {
    const object = outside.get(id)
    return object !== undefined && (object.parent === undefined || isEssential(object) || object.kind === "constraint")
  })
  const wanted = near.closure(
    [...[...outside.values()].filter(isSchema).map(({ id }) => id), ...also, ...users],
    isLeftOut
  )
  // what misses something that was left out cannot be made
  const complete = [...wanted].filter((id) => near.needs(id).every((need) => !lacked.has(need)))
  return { ...catalog, surroundings: new Set([...needed, ...complete]) }
}

/** What the managed objects of a catalog need directly and is not managed, by the managed object. */
export const needsOutside = (catalog: Catalog): ReadonlyArray<readonly [ObjectId, ObjectId]> =>
  catalog.outside === undefined
    ? []
    : [...catalog.objects.keys()].flatMap((id) =>
      [...catalog.dependencies.get(id) ?? []].flatMap((need) =>
        catalog.outside?.has(need) === true ? [[id, need] as const] : []
      )
    )

/** The objects that are not managed and that texts may mean, by their names or those of their extensions' schemas. */
export const mentionedIn = (catalog: Catalog, texts: ReadonlyArray<string>): ReadonlySet<ObjectId> => {
  const words = new Set(texts.flatMap((text) => text.toLowerCase().match(/[\p{L}_][\p{L}\p{N}_$]*/gu) ?? []))
  const isMentioned = (name: string): boolean =>
    /^[\p{L}_][\p{L}\p{N}_$]*$/u.test(name)
      ? words.has(name.toLowerCase())
      : texts.some((text) => text.includes(name))
  const found = new Set<ObjectId>()
  for (const { id, kind, name, parent, state } of catalog.outside?.values() ?? []) {
    if (parent !== undefined || acting.has(kind)) continue
    const schema = kind === "extension" ? state["schema"] : undefined
    if (
      isMentioned((name.length === 1 ? name[0] : name[1]) ?? "") ||
      typeof schema === "string" && (schema === "public" || isMentioned(schema))
    ) found.add(id)
  }
  return found
}

/**
 * Of what is not managed in a database, what has to be there before texts that mention it can be loaded: a catalog of its
 * own. What needs managed objects is left away, because the texts make those.
 */
export const groundFor = (
  catalog: Catalog,
  texts: ReadonlyArray<string>,
  lacks?: SurroundOptions["lacks"]
): Catalog => {
  const outside = catalog.outside ?? new Map<ObjectId, CatalogObject>()
  const near = neighbourhoodOf(catalog, outside)
  const left = new Set([
    ...lackedBy(near, lacks),
    ...near.withDependents([...allObjects(catalog).keys()].filter((id) => !outside.has(id)))
  ])
  const schemas = [...outside.values()].filter(isSchema).map(({ id }) => id)
  const found = near.closure([...schemas, ...mentionedIn(catalog, texts)], (id) => left.has(id))
  return {
    dialect: catalog.dialect,
    major: catalog.major,
    objects: new Map([...outside].filter(([id]) => found.has(id))),
    dependencies: new Map([...catalog.dependencies].filter(([id]) => found.has(id))),
    unmanaged: []
  }
}
