/**
 * Creates the objects of a schema that is known as data, such as one that was read from JSON, on an empty database. No
 * dependencies are known: what fails is tried again when others are there.
 */
import * as Effect from "effect/Effect"
import { type Catalog, type CatalogObject, empty, type ObjectId, partsIndex } from "../Catalog.ts"
import type { PlanContext } from "../Dialect.ts"
import type { Session } from "../engine/Database.ts"
import { DatabaseError } from "../engine/DatabaseError.ts"
import { rolesOf } from "./Access.ts"
import { creationOrder } from "./CreationOrder.ts"
import type { Kind } from "./kinds/Kind.ts"
import { filled, isMaterializedView } from "./kinds/materialized-view.ts"
import { objectId } from "./kinds/names.ts"
import { kindOf } from "./kinds/registry.ts"
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
    const { compare, isLate, standsWithKind } = creationOrder(objects, target, parts)
    const folds = (object: CatalogObject): boolean =>
      object.parent !== undefined && standsWithKind(object) &&
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
    const whole = objects.filter((object) => !folds(object) && object.id !== alwaysThere).toSorted(compare)
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
    const waiting = new Set(
      (yield* run(session, whole.filter((one) => !isLate(one.object)), base)).map(({ runnable }) => runnable)
    )
    const stuck = yield* run(session, whole.filter((one) => isLate(one.object) || waiting.has(one)), base)
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
