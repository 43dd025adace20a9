/**
 * The order in which the objects of a schema can be created when nothing is known of their dependencies but what the objects
 * themselves say: that of their kinds, and what inheritance and ATTACH PARTITION want otherwise. Pure.
 */
import { canonicalJson, type Catalog, type CatalogObject, type ObjectId } from "../Catalog.ts"
import { isInAllPartitions } from "./kinds/exclusion.ts"
import { objectId } from "./kinds/names.ts"
import { kinds } from "./kinds/registry.ts"

const rankOf = (kind: string): number => kinds.findIndex((other) => other.kind === kind)

const behindPartitions = rankOf("partition") + 0.5

const isIndexPartition = (part: CatalogObject): boolean => part.kind === "index partition"

/**
 * Keys of partitions that are attached to a key of another sort, such as a unique constraint to a primary key; those that they are
 * attached to, and those above.
 */
const unlikeKeys = (objects: ReadonlyArray<CatalogObject>, target: Catalog): ReadonlySet<ObjectId> => {
  const keys = new Map<string, CatalogObject>()
  for (const object of objects) {
    // of foreign keys and checks, tables may have some with one name
    if (object.kind === "constraint" && object.state["type"] !== "foreign key" && object.state["type"] !== "check") {
      keys.set(canonicalJson([object.name[0], object.name[2]]), object)
    }
  }
  const attached = objects.flatMap((object) => {
    const own = isIndexPartition(object) ? target.objects.get(object.parent ?? "") : undefined
    const whole = keys.get(canonicalJson(object.state["of"]))
    return own?.kind !== "constraint" || whole === undefined ? [] : [{ own, whole }]
  })
  const wholeOf = new Map(attached.map(({ own, whole }) => [own.id, whole.id]))
  const found = new Set<ObjectId>()
  for (const { own, whole } of attached) {
    if (own.state["type"] === whole.state["type"]) continue
    for (let id: ObjectId | undefined = own.id; id !== undefined && !found.has(id); id = wholeOf.get(id)) found.add(id)
  }
  return found
}

/**
 * How many tables stand above the partition that an object is a part of; 0 for what is of no partition. In a later round that may
 * be attached already, and the check of a whole brings one along: its own must be there before.
 */
const partitionedAbove = ({ parent = "" }: CatalogObject, target: Catalog): number => {
  const above = new Set<unknown>()
  for (
    let of: unknown = target.objects.get(parent)?.name;
    Array.isArray(of) && !above.has(of);
    of = target.objects.get(objectId("partition", of.map(String)))?.state["of"]
  ) above.add(of)
  return Math.max(0, above.size - 1)
}

type Parts = ReadonlyMap<ObjectId, ReadonlyArray<CatalogObject>>

const parentsOf = (table: ObjectId, parts: Parts): ReadonlyArray<ReadonlyArray<string>> =>
  (parts.get(table) ?? []).filter(({ kind }) => kind === "inheritance").map(({ name }) => name.slice(2))

/**
 * Checks that are not valid, each with the child tables that have it as a valid one: they came to inherit when it was there, and
 * others before.
 */
const checkedInChildren = (
  objects: ReadonlyArray<CatalogObject>,
  target: Catalog,
  parts: Parts
): ReadonlyMap<ObjectId, ReadonlyArray<ObjectId>> => {
  const isNotValid = (object: CatalogObject | undefined): boolean =>
    String(object?.state["definition"]).endsWith(" NOT VALID")
  const found = objects.flatMap((object) => {
    const table = object.parent ?? ""
    if (object.kind !== "constraint" || object.state["inherited"] !== true || isNotValid(object)) return []
    return parentsOf(table, parts).map((parent) => objectId("constraint", [...parent, object.name[2] ?? ""]))
      .filter((id) => isNotValid(target.objects.get(id))).map((check) => ({ check, table }))
  })
  return new Map(
    [...Map.groupBy(found, ({ check }) => check)].map(([check, list]) => [check, list.map(({ table }) => table)])
  )
}

/** How many tables stand above each table that inherits, on its longest line; a half more for those that come after a check. */
const depths = (parts: Parts, late: ReadonlySet<ObjectId>): (id: ObjectId) => number => {
  const known = new Map<ObjectId, number>()
  const depth = (id: ObjectId): number => {
    const found = known.get(id)
    if (found !== undefined) return found
    // what a document says may be a circle
    known.set(id, 0)
    const above = parentsOf(id, parts).map((parent) => 1 + depth(objectId("table", parent)))
    const result = Math.max(0, ...above) + (late.has(id) ? 0.5 : 0)
    known.set(id, result)
    return result
  }
  return depth
}

/** Kinds of types that a call by their name converts to, as long as there is no function of that name (PostgreSQL manual 10.3). */
const convertedTo = ["base type", "domain", "enum", "range type"]

/** True for a function that is called like a type: whatever calls it would convert values to the type if it were there before. */
const isCalledLikeType = ({ kind, name }: CatalogObject, target: Catalog): boolean =>
  kind === "function" && convertedTo.some((type) => target.objects.has(objectId(type, name.slice(0, 2))))

/**
 * Where an object stands in the order of creation: that of the kinds, but what ATTACH PARTITION must not find comes behind
 * the partitions. It would make partitions of an index or of an unlike key, and take the twin of an attached index for it.
 */
const rank = (
  object: CatalogObject,
  target: Catalog,
  parts: Parts,
  unlike: ReadonlySet<ObjectId>
): number => {
  if (isCalledLikeType(object, target)) return rankOf("table") - 0.5
  if (unlike.has(object.id)) return behindPartitions
  if (object.state["type"] === "exclusion" && !isInAllPartitions(object, target)) return behindPartitions
  const table = object.parent ?? ""
  const hasParts = (id: ObjectId): boolean => (parts.get(id) ?? []).some(isIndexPartition)
  const isTwin = !hasParts(object.id) && (object.kind === "index" || object.state["type"] !== "check") &&
    partitionedAbove(object, target) > 0 &&
    (parts.get(table) ?? []).some((other) =>
      other.id !== object.id && hasParts(other.id) &&
      canonicalJson(other.state["columns"]) === canonicalJson(object.state["columns"])
    )
  const isForeignKey = object.state["type"] === "foreign key" && partitionedAbove(object, target) > 0
  const isPartitioned = object.kind === "index" && target.objects.get(table)?.state["partition_key"] !== undefined
  return isTwin || isForeignKey || isPartitioned ? behindPartitions : rankOf(object.kind)
}

/** An order of creation. */
export interface CreationOrder {
  /** Below 0 where the first comes before the second. */
  readonly compare: (a: CatalogObject, b: CatalogObject) => number
  /** True for what ATTACH PARTITION must not find. */
  readonly isLate: (object: CatalogObject) => boolean
  /** True for an object that stands where its kind does, and can be part of its parent's statement. */
  readonly standsWithKind: (object: CatalogObject) => boolean
}

/** The order of creation of these objects, which make up `target`; `parts` are its parts. */
export const creationOrder = (
  objects: ReadonlyArray<CatalogObject>,
  target: Catalog,
  parts: Parts
): CreationOrder => {
  const unlike = unlikeKeys(objects, target)
  const checked = checkedInChildren(objects, target, parts)
  const depth = depths(parts, new Set([...checked.values()].flat()))
  const placeOf = (object: CatalogObject): readonly [rank: number, depth: number, above: number] => {
    const children = checked.get(object.id)
    return children === undefined
      ? [rank(object, target, parts, unlike), depth(object.id), -partitionedAbove(object, target)]
      : [rankOf("table"), Math.min(...children.map(depth)) - 0.25, 0]
  }
  const places = new Map(objects.map((object) => [object, placeOf(object)]))
  const compare = (a: CatalogObject, b: CatalogObject): number => {
    const [one = [0, 0, 0], other = [0, 0, 0]] = [places.get(a), places.get(b)]
    return one[0] - other[0] || one[1] - other[1] || one[2] - other[2]
  }
  return {
    compare,
    isLate: (object) => places.get(object)?.[0] === behindPartitions,
    standsWithKind: (object) => rank(object, target, parts, unlike) === rankOf(object.kind)
  }
}
