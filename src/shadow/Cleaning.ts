/** Emptying a database: by a plan that leads to nothing, and the census says that nothing is left. */
import * as Effect from "effect/Effect"
import { type Catalog, compareText, type ObjectId } from "../Catalog.ts"
import { Dialect } from "../Dialect.ts"
import type { Session } from "../engine/Database.ts"
import type { DatabaseError } from "../engine/DatabaseError.ts"
import { transaction } from "../engine/Transaction.ts"
import { whole } from "../ManagedScope.ts"
import { statementsOf } from "../Plan.ts"
import { plan, type PlanRefused } from "../Planner.ts"
import { ShadowHost } from "../ShadowHost.ts"
import { NotClean } from "./Reservation.ts"

/** So many steps run in one transaction: each holds a lock for everything that it drops. */
const batch = 200

/** The part of a catalog that every new database has. */
const pristineOf = (catalog: Catalog, pristine: ReadonlySet<ObjectId>): Catalog => {
  const kept = new Map(
    [...catalog.objects].filter(([id, { kind, parent }]) =>
      pristine.has(id) || (kind !== "comment" && parent !== undefined && pristine.has(parent))
    )
  )
  return {
    ...catalog,
    objects: kept,
    dependencies: new Map([...catalog.dependencies].filter(([id]) => kept.has(id))),
    softDependencies: new Map()
  }
}

/** What a database holds beside what every new one has, by name. */
export const contents = Effect.fn("Cleaning.contents")(function*(
  session: Session
): Effect.fn.Return<ReadonlyArray<string>, DatabaseError, Dialect | ShadowHost> {
  const { introspect } = yield* Dialect
  const { pristine } = yield* ShadowHost
  const catalog = whole(yield* introspect(session))
  const kept = pristineOf(catalog, pristine).objects
  return [
    ...[...catalog.objects.keys()].filter((id) => !kept.has(id)),
    ...catalog.unmanaged.map(({ kind, name }) => `${kind} ${name}`)
  ].toSorted(compareText)
})

/**
 * Empties a database: every object of every kind goes, in the order of their dependencies. Fails with {@link NotClean}
 * where the census still finds something afterwards.
 */
export const clean = Effect.fn("Cleaning.clean")(function*(
  session: Session,
  database: string
): Effect.fn.Return<void, NotClean | PlanRefused | DatabaseError, Dialect | ShadowHost> {
  const { introspect, kindOf } = yield* Dialect
  const { clear, pristine } = yield* ShadowHost
  const catalog = whole(yield* introspect(session))
  const steps = yield* Effect.fromResult(
    plan(catalog, pristineOf(catalog, pristine), { kindOf, serverMajor: catalog.major })
  )
  for (let first = 0; first < steps.length; first += batch) {
    const statements = steps.slice(first, first + batch).flatMap(statementsOf)
    yield* transaction(
      session,
      session.execute(["SET LOCAL check_function_bodies = off", ...statements].join(";\n"))
    )
  }
  yield* clear(session)
  const left = yield* contents(session)
  if (left.length > 0) return yield* new NotClean({ database, left: left.slice(0, 20) })
})
