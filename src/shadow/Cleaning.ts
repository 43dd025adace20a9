/** Emptying a shadow: by a plan that leads to nothing, and the census says that nothing is left. */
import * as Effect from "effect/Effect"
import { type Catalog, type CatalogObject, compareText, type ObjectId } from "../Catalog.ts"
import { Dialect } from "../Dialect.ts"
import type { Session } from "../engine/Database.ts"
import type { DatabaseError } from "../engine/DatabaseError.ts"
import { transaction } from "../engine/Transaction.ts"
import { aspects, narrow, selectCensus, whole } from "../ManagedScope.ts"
import { statementsOf } from "../Plan.ts"
import { plan } from "../Planner.ts"
import { type Place, ShadowHost } from "../ShadowHost.ts"
import { describePlace, NotClean } from "./Reservation.ts"

/** So many steps run in one transaction: each holds a lock for everything that it drops. */
const batch = 200

/** What a catalog holds of a place. */
const within = (catalog: Catalog, { schema }: Place): Catalog =>
  schema === undefined ? whole(catalog) : narrow(catalog, { aspects, schemas: [schema] })

/** The part of a catalog that is there before anybody uses the place; the mark of a schema is a comment. */
const pristineOf = (catalog: Catalog, pristine: ReadonlySet<ObjectId>, { schema }: Place): Catalog => {
  const stays = ({ id, kind, name }: CatalogObject): boolean =>
    schema === undefined ? pristine.has(id) : kind === "schema" && name[0] === schema
  const kept = new Map(
    [...catalog.objects].filter(([, object]) => {
      const parent = catalog.objects.get(object.parent ?? "")
      return stays(object) ||
        (parent !== undefined && stays(parent) && (schema !== undefined || object.kind !== "comment"))
    })
  )
  return {
    ...catalog,
    objects: kept,
    dependencies: new Map([...catalog.dependencies].filter(([id]) => kept.has(id))),
    softDependencies: new Map()
  }
}

/** What a place holds beside what every new one has, by name. */
export const contents = Effect.fn("Cleaning.contents")(function*(
  session: Session,
  place: Place
): Effect.fn.Return<ReadonlyArray<string>, DatabaseError, Dialect | ShadowHost> {
  const { introspect } = yield* Dialect
  const { pristine, wholesale } = yield* ShadowHost
  if (wholesale !== undefined) return yield* wholesale.contents(session)
  const catalog = within(yield* introspect(session), place)
  const kept = pristineOf(catalog, pristine, place).objects
  return [
    ...[...catalog.objects.keys()].filter((id) => !kept.has(id)),
    ...selectCensus(catalog.unmanaged, catalog.scope ?? {}).map(({ kind, name }) => `${kind} ${name}`)
  ].toSorted(compareText)
})

const notClean = (place: Place, left: ReadonlyArray<string>, { advice }: ShadowHost["Service"]): NotClean =>
  new NotClean({ place: describePlace(place), left, elsewhere: advice.elsewhere })

/** Drops everything by a plan to nothing. */
const dropByPlan = Effect.fn("Cleaning.dropByPlan")(function*(session: Session, place: Place) {
  const { introspect, kindOf } = yield* Dialect
  const host = yield* ShadowHost
  const catalog = within(yield* introspect(session), place)
  const steps = yield* Effect.fromResult(
    plan(catalog, pristineOf(catalog, host.pristine, place), { kindOf, serverMajor: catalog.major })
  ).pipe(Effect.mapError(({ reasons }) => notClean(place, reasons, host)))
  for (let first = 0; first < steps.length; first += batch) {
    const statements = steps.slice(first, first + batch).flatMap(statementsOf)
    const dropped = transaction(session, session.execute([host.cleaningSettings, ...statements].join(";\n")))
    yield* Effect.catch(dropped, (error): Effect.Effect<void, NotClean | DatabaseError> => {
      if (host.meaning(error) !== "locked") return Effect.fail(error)
      // whoever still has a session on a database that is lent has no more business there; beside a schema others work
      return place.schema === undefined
        ? Effect.andThen(host.endOthers(session), dropped)
        : Effect.fail(notClean(place, [error.message, "Another session uses it"], host))
    })
  }
})

/**
 * Empties a place: every object of every kind goes, in the order of their dependencies. Fails with {@link NotClean}
 * where the census still finds something afterwards.
 */
export const clean = Effect.fn("Cleaning.clean")(function*(
  session: Session,
  place: Place
): Effect.fn.Return<void, NotClean | DatabaseError, Dialect | ShadowHost> {
  const host = yield* ShadowHost
  yield* host.wholesale === undefined ? dropByPlan(session, place) : host.wholesale.empty(session)
  if (place.schema === undefined) yield* host.clear(session)
  const left = yield* contents(session, place)
  if (left.length > 0) return yield* notClean(place, left.slice(0, 20), host)
})
