/**
 * Which objects of a schema are compared. What is left out is in neither the hash nor the difference. What a schema may
 * leave unsaid of a managed object is carried along: where its object is dropped and created again, it is made again too.
 * What is not managed is only known. Pure.
 */
import * as Result from "effect/Result"
import type {
  Aspect,
  Catalog,
  CatalogObject,
  DialectName,
  ManagedScope,
  ObjectId,
  Selection,
  UnmanagedObject
} from "./Catalog.ts"
import * as Pattern from "./ObjectPattern.ts"
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

/** Kinds that live in no schema although their names have several parts. */
const inNoSchema: ReadonlySet<string> = new Set(["cast", "transform", "user mapping"])

/** The schema that an object without a parent lives in, or is; undefined for what belongs to the database as a whole. */
const schemaOf = ({ kind, name }: CatalogObject): string | undefined => {
  if (kind === "schema") return name[0]
  if (kind === "default privileges") return name[1] === "" ? undefined : name[1]
  return name.length < 2 || inNoSchema.has(kind) ? undefined : name[0]
}

const patternsOf = (
  texts: ReadonlyArray<string> = [],
  dialect: DialectName
): ReadonlyArray<Pattern.ObjectPattern> =>
  texts.flatMap((text) => {
    const pattern = Pattern.parse(text, dialect)
    return Result.isSuccess(pattern) ? [pattern.success] : []
  })

/** What is wrong with the patterns of a selection, each in a sentence; with `kinds`, the kinds that they name are looked at. */
export const selectionProblems = (
  { exclude = [], include = [] }: Selection,
  kinds?: ReadonlyArray<string>,
  dialect?: DialectName
): ReadonlyArray<string> =>
  [...include, ...exclude].flatMap((text) => {
    const pattern = Pattern.parse(text, dialect)
    if (Result.isFailure(pattern)) return [pattern.failure]
    const { kind } = pattern.success
    return kind === undefined || kinds === undefined || kinds.includes(kind)
      ? []
      : [`"${text}" begins with ${kind}, which is no kind of object. Known: ${kinds.join(", ")}`]
  })

/** True where not everything is managed. */
export const isPartial = ({ exclude = [], include, schemas }: Selection): boolean =>
  schemas !== undefined || include !== undefined || exclude.length > 0

/** The selection alone, with nothing but what it says. */
export const selectionOf = ({ exclude, include, schemas }: Selection): Selection => ({
  ...(schemas === undefined ? {} : { schemas }),
  ...(include === undefined ? {} : { include }),
  ...(exclude === undefined || exclude.length === 0 ? {} : { exclude })
})

/**
 * Tells of each object whether it is managed. What is said of the object itself goes before what is said of the one that it
 * is a part of, and that before what is said of its schema; of two that are as near, `exclude` counts.
 */
const managedBy = (
  selection: Selection,
  objects: ReadonlyMap<ObjectId, CatalogObject>,
  dialect: DialectName
): (object: CatalogObject) => boolean => {
  if (!isPartial(selection)) return () => true
  const { schemas } = selection
  const [included, excluded] = [patternsOf(selection.include, dialect), patternsOf(selection.exclude, dialect)]
  const isListed = (object: CatalogObject): boolean => {
    const schema = schemaOf(object)
    if (schema !== undefined) {
      if (excluded.some((pattern) => Pattern.meansSchema(pattern, schema))) return false
      if (included.some((pattern) => Pattern.meansSchema(pattern, schema))) return true
    }
    return schemas === undefined ? selection.include === undefined : schema !== undefined && schemas.includes(schema)
  }
  const known = new Map<ObjectId, boolean>()
  const isManaged = (object: CatalogObject): boolean => {
    const before = known.get(object.id)
    if (before !== undefined) return before
    const parent = object.parent === undefined ? undefined : objects.get(object.parent)
    const found = !excluded.some((pattern) => Pattern.meansObject(pattern, object)) &&
      (included.some((pattern) => Pattern.meansObject(pattern, object)) ||
        (parent === undefined ? isListed(object) : isManaged(parent)))
    known.set(object.id, found)
    return found
  }
  return isManaged
}

const isCompared = (object: CatalogObject, { aspects }: ManagedScope): boolean => {
  const aspect = aspectOf.get(object.kind)
  return aspect === undefined || aspects.includes(aspect)
}

/**
 * What is compared between two schemas. An aspect is compared where it was asked for (`include`), where a text states
 * it, and between two databases, which state everything. A text that is silent about it never takes anything from a
 * database. Only what is selected is compared at all.
 */
export const scopeOf = (
  from: Catalog,
  to: Catalog,
  include: ReadonlyArray<Aspect> = [],
  selection: Selection = {}
): ManagedScope => {
  const there = [...aspectsOf(from.objects.values()), ...aspectsOf(to.objects.values())]
  const texts = [from, to].filter(({ states }) => states !== undefined)
  return {
    aspects: aspects.filter((aspect) =>
      include.includes(aspect) ||
      (texts.length === 0
        ? there.includes(aspect)
        : texts.some(({ states = [] }) => states.includes(aspect)))
    ),
    ...selectionOf(selection)
  }
}

/** What a plan compares. One that a person wrote, without hashes, is about whatever its statements change. */
export const scopeOfPlan = (plan: Plan): ManagedScope =>
  plan.scope ?? { aspects: plan.source_hash === undefined && plan.target_hash === undefined ? aspects : [] }

/** All objects of a catalog, compared or not, managed or not. */
export const allObjects = ({ carried, objects, outside }: Catalog): ReadonlyMap<ObjectId, CatalogObject> =>
  carried === undefined && outside === undefined
    ? objects
    : new Map([...objects, ...carried ?? [], ...outside ?? []])

/** The catalog with only what the scope compares in `objects`; the rest of what is managed in `carried`, all else in `outside`. */
export const narrow = (catalog: Catalog, scope: ManagedScope): Catalog => {
  const objects = new Map<ObjectId, CatalogObject>()
  const carried = new Map<ObjectId, CatalogObject>()
  const outside = new Map<ObjectId, CatalogObject>()
  const all = allObjects(catalog)
  const isManaged = managedBy(scope, all, catalog.dialect)
  const homeOf = (object: CatalogObject): Map<ObjectId, CatalogObject> =>
    !isManaged(object) ? outside : isCompared(object, scope) ? objects : carried
  let leavesOut = false
  for (const object of all.values()) leavesOut ||= homeOf(object) !== objects
  if (leavesOut) { for (const [id, object] of all) homeOf(object).set(id, object) }
  const { carried: _, outside: __, ...rest } = catalog
  return {
    ...rest,
    objects: leavesOut ? objects : all,
    scope,
    ...(carried.size === 0 ? {} : { carried }),
    ...(outside.size === 0 ? {} : { outside })
  }
}

/** Another reading of the same schema, with the same scope. */
export const narrowLike = (reading: Catalog, like: Catalog): Catalog =>
  like.scope === undefined ? reading : narrow(reading, like.scope)

/** Those of the census that are managed, as far as their names tell. */
export const selectCensus = (
  unmanaged: ReadonlyArray<UnmanagedObject>,
  selection: Selection
): ReadonlyArray<UnmanagedObject> =>
  unmanaged.filter(({ kind, name }) => {
    const parts = [...name.matchAll(/"((?:[^"]|"")*)"|([^\s."(]+)/g)].map(([, quoted, plain = ""]) => quoted ?? plain)
    return managedBy(selection, new Map(), "postgres")({ kind, id: `${kind} ${name}`, name: parts, state: {} })
  })

/** The catalog as a shadow has to hold it: among its objects, compared or not, and what others need of what is not managed. */
export const whole = (catalog: Catalog): Catalog => {
  const { carried, outside, surroundings, ...rest } = catalog
  if (carried === undefined && outside === undefined) return catalog
  const needed = [...outside ?? []].filter(([id]) => surroundings?.has(id) !== false)
  return { ...rest, objects: new Map([...catalog.objects, ...carried ?? [], ...needed]) }
}

/** A reading of the schema of `of` from a shadow, with what is not managed there and was not put on the shadow. */
export const withOutside = (reading: Catalog, of: Catalog): Catalog => {
  if (of.outside === undefined) return reading
  const there = reading.outside
  const absent = [...of.outside].filter(([id]) => there?.has(id) !== true)
  return {
    ...reading,
    outside: new Map([...absent, ...there ?? []]),
    ...(of.surroundings === undefined ? {} : { surroundings: of.surroundings }),
    dependencies: new Map([
      ...reading.dependencies,
      ...absent.flatMap(([id]) => {
        const needs = of.dependencies.get(id)
        return needs === undefined ? [] : [[id, needs] as const]
      })
    ])
  }
}

/**
 * Both schemas with what is carried, and what is not managed, among their objects: the target has of it what the source
 * has, of what is carried for the objects that stay. So what a plan makes anew gets it again, nothing else about it
 * changes, and what the plan would do to what is not managed is seen.
 */
export const carry = (source: Catalog, target: Catalog): readonly [source: Catalog, target: Catalog] => {
  const { carried: _, outside: __, ...wanted } = target
  if (source.carried === undefined && source.outside === undefined) return [source, wanted]
  const objects = new Map([...target.objects, ...source.outside ?? []])
  const dependencies = new Map(target.dependencies)
  const kept = [...source.carried?.values() ?? []].filter(({ parent }) => parent === undefined || objects.has(parent))
  for (const object of kept) objects.set(object.id, object)
  for (const { id } of [...kept, ...source.outside?.values() ?? []]) {
    dependencies.set(id, new Set([...source.dependencies.get(id) ?? []].filter((need) => objects.has(need))))
  }
  const { carried: ___, ...rest } = source
  return [{ ...rest, objects: allObjects(source) }, { ...wanted, objects, dependencies }]
}
