/**
 * Creates the objects of a schema that is known as data, such as one that was read from JSON, on an empty database. No
 * dependencies are known: what fails is tried again when others are there.
 */
import * as Effect from "effect/Effect"
import { canonicalJson, type Catalog, type CatalogObject, empty, type ObjectId, partsIndex } from "../Catalog.ts"
import type { PlanContext } from "../Dialect.ts"
import type { Session } from "../engine/Database.ts"
import { DatabaseError } from "../engine/DatabaseError.ts"
import { rolesOf } from "./Access.ts"
import { isInAllPartitions } from "./kinds/exclusion.ts"
import type { Kind } from "./kinds/Kind.ts"
import { filled, isMaterializedView } from "./kinds/materialized-view.ts"
import { objectId } from "./kinds/names.ts"
import { kindOf, kinds } from "./kinds/registry.ts"
import { actAs } from "./Roles.ts"
import { run, type Runnable } from "./Rounds.ts"

/** An object that the database refused to create, and why. */
export interface ObjectFailure {
  readonly object: CatalogObject
  readonly description: string
  readonly error: DatabaseError
}

interface Creation extends Runnable {
  readonly kind: Kind
  readonly object: CatalogObject
  /** Parts that the same statements create. */
  readonly folded: ReadonlyArray<CatalogObject>
}

/** The schema that every new database has. */
const alwaysThere = objectId("schema", ["public"])

/** The catalog that objects make when nothing is known of their dependencies. */
const catalogOf = (objects: ReadonlyArray<CatalogObject>, major: number): Catalog => ({
  ...empty("postgres", major),
  objects: new Map(objects.map((object) => [object.id, object]))
})

const contextOf = (target: Catalog, parts: ReadonlyMap<ObjectId, ReadonlyArray<CatalogObject>>): PlanContext => ({
  source: empty(target.dialect, target.major),
  target,
  serverMajor: target.major,
  creates: (id) => target.objects.has(id),
  drops: () => false,
  setsAside: () => false,
  carries: () => false,
  dependents: () => new Set(),
  parts: (id) => parts.get(id) ?? [],
  conversions: new Map()
})

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

/**
 * Creates objects on an empty session, inside the caller's open transaction, each with those of its parts that can be
 * folded into it; objects of `ground` are there already. Gives what could not be created. Fails only where the session does not work.
 */
export const loadObjects = Effect.fn("ObjectLoader.loadObjects")(
  function*(
    all: ReadonlyArray<CatalogObject>,
    session: Session,
    ground?: Catalog
  ): Effect.fn.Return<ReadonlyArray<ObjectFailure>, DatabaseError> {
    const objects = ground === undefined ? all : all.filter(({ id }) => !ground.objects.has(id))
    const target = catalogOf(objects, Math.floor(session.versionNumber / 10000))
    const parts = partsIndex(target)
    const context = contextOf(target, parts)
    const refused = objects.flatMap((object) => {
      const kind = kindOf(object.kind)
      const message = kind?.refusesCreation?.(object, context)
      return kind === undefined || message === undefined
        ? []
        : [{
          object,
          description: kind.describe(object),
          error: new DatabaseError({ code: "LP_NOT_CREATABLE", message })
        }]
    })
    if (refused.length > 0) return refused
    const unlike = unlikeKeys(objects, target)
    const folds = (object: CatalogObject): boolean =>
      object.parent !== undefined && rank(object, target, parts, unlike) === rankOf(object.kind) &&
      target.objects.has(object.parent) &&
      kindOf(object.kind)?.folds?.(object, context) === true
    const foldedInto = (object: CatalogObject): ReadonlyArray<CatalogObject> =>
      context.parts(object.id).filter(folds).flatMap((part) => [part, ...foldedInto(part)])
    const creation = (
      object: CatalogObject,
      folded: ReadonlyArray<CatalogObject>,
      as: CatalogObject = object
    ): ReadonlyArray<Creation> => {
      const kind = kindOf(object.kind)
      if (kind === undefined) return []
      const sql = kind.create(as, context, folded).map((statement) => statement.sql).join("\n;\n")
      return sql === "" ? [] : [{ kind, object, folded, sql, settings: [] }]
    }
    const checked = checkedInChildren(objects, target, parts)
    const depth = depths(parts, new Set([...checked.values()].flat()))
    const placeOf = (object: CatalogObject): readonly [rank: number, depth: number, above: number] => {
      const children = checked.get(object.id)
      return children === undefined
        ? [rank(object, target, parts, unlike), depth(object.id), -partitionedAbove(object, target)]
        : [rankOf("table"), Math.min(...children.map(depth)) - 0.25, 0]
    }
    const places = new Map(objects.map((object) => [object, placeOf(object)]))
    const inOrder = (a: CatalogObject, b: CatalogObject): number => {
      const [one = [0, 0, 0], other = [0, 0, 0]] = [places.get(a), places.get(b)]
      return one[0] - other[0] || one[1] - other[1] || one[2] - other[2]
    }
    const whole = objects.filter((object) => !folds(object) && object.id !== alwaysThere).toSorted(inOrder)
      // another may have been filled from a materialized view that has no data any more
      .flatMap((object) => creation(object, foldedInto(object), isMaterializedView(object) ? filled(object) : object))
    /** The object as it is with its columns alone, and all else that was folded into it apart: what breaks most circles. */
    const apart = ({ folded, object }: Creation): ReadonlyArray<Creation> => [
      ...creation(object, folded.filter(({ kind }) => kind === "column")),
      ...folded.filter(({ kind }) => kind !== "column").flatMap((part) => creation(part, []))
    ]

    const base = "SET LOCAL check_function_bodies = off"
    yield* actAs(session, rolesOf(objects))
    // what ATTACH PARTITION must not find waits until all partitions that can be attached are
    const isLate = ({ object }: Creation): boolean => places.get(object)?.[0] === behindPartitions
    const waiting = new Set(
      (yield* run(session, whole.filter((one) => !isLate(one)), base)).map(({ runnable }) => runnable)
    )
    const stuck = yield* run(session, whole.filter((one) => isLate(one) || waiting.has(one)), base)
    const failures = stuck.length === 0
      ? []
      : yield* run(session, stuck.flatMap(({ runnable }) => apart(runnable)), base)
    yield* session.execute("RESET check_function_bodies")
    return failures.map(({ error, runnable: { kind, object } }) => ({
      object,
      description: kind.describe(object),
      error
    }))
  }
)
