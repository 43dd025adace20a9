/**
 * Readings that can be compared: two catalogs printed by engines of one major version, and saying only what the server
 * that a plan is for can have.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { type Catalog, hash } from "./Catalog.ts"
import { CatalogCache, keyOf } from "./CatalogCache.ts"
import { Dialect } from "./Dialect.ts"
import type { Session } from "./engine/Database.ts"
import type { DatabaseError } from "./engine/DatabaseError.ts"
import { rehearse } from "./engine/Transaction.ts"
import { statementsOf } from "./Plan.ts"
import { plan, type PlanRefused } from "./Planner.ts"
import { Shadow } from "./Shadow.ts"

/** Two catalogs of one spelling, and the major version of the server that a plan from one to the other will run on. */
export interface Comparable {
  readonly from: Catalog
  readonly to: Catalog
  readonly serverMajor: number
}

/** Creates the schema of a catalog on an empty session, inside the caller's transaction. */
export const create = Effect.fn("Canonical.create")(function*(
  catalog: Catalog,
  session: Session
): Effect.fn.Return<void, PlanRefused | DatabaseError, Dialect> {
  const dialect = yield* Dialect
  const empty = yield* dialect.introspect(session)
  const steps = yield* Effect.fromResult(plan(empty, catalog, { kindOf: dialect.kindOf, serverMajor: empty.major }))
  if (steps.length === 0) return
  yield* session.execute(["SET LOCAL check_function_bodies = off", ...steps.flatMap(statementsOf)].join(";\n"))
})

/** The catalog as the shadow's engine prints it: created there and read back, unless it was printed by that major already. */
export const onShadow = Effect.fn("Canonical.onShadow")(function*(
  catalog: Catalog
): Effect.fn.Return<Catalog, PlanRefused | DatabaseError, Dialect | Shadow | CatalogCache> {
  const shadow = yield* Shadow
  if (catalog.major === shadow.major) return catalog
  const dialect = yield* Dialect
  const cache = yield* CatalogCache
  const key = keyOf(["recreated", dialect.fingerprint, yield* shadow.identity, String(catalog.major), hash(catalog)])
  const found = yield* cache.get(key)
  if (Option.isSome(found)) return withServer(found.value.catalog, catalog)
  const read = yield* Effect.scoped(Effect.gen(function*() {
    const session = yield* shadow.reserve({ extensions: dialect.extensionsOf(catalog) })
    return yield* rehearse(session, Effect.andThen(create(catalog, session), dialect.introspect(session)))
  }))
  yield* cache.set(key, { catalog: read, warnings: [] })
  return withServer(read, catalog)
})

const withServer = (reading: Catalog, of: Catalog): Catalog => ({
  ...reading,
  unmanaged: of.unmanaged,
  ...(of.serverMajor === undefined ? {} : { serverMajor: of.serverMajor })
})

/**
 * Makes two catalogs comparable. Where their spellings differ, what the shadow's engine did not print is created there and
 * read back. What the server that the plan is for cannot have at all, such as names of not-null constraints before
 * PostgreSQL 18, is left out of both.
 */
export const comparable = Effect.fn("Canonical.comparable")(function*(
  from: Catalog,
  to: Catalog
): Effect.fn.Return<Comparable, PlanRefused | DatabaseError, Dialect | Shadow | CatalogCache> {
  const dialect = yield* Dialect
  const shadow = yield* Shadow
  const serverMajor = from.serverMajor ?? to.serverMajor ?? shadow.major
  const [one, other] = from.major === to.major ? [from, to] : [yield* onShadow(from), yield* onShadow(to)]
  return {
    from: dialect.asOfMajor(one, serverMajor),
    to: dialect.asOfMajor(other, serverMajor),
    serverMajor
  }
})

/** The hash of a live catalog in the spelling of `major`, as plans carry it; none where no engine of that major is at hand. */
export const hashInSpelling = Effect.fn("Canonical.hashInSpelling")(function*(
  live: Catalog,
  major: number
): Effect.fn.Return<Option.Option<{ readonly hash: string; readonly catalog: Catalog }>, PlanRefused | DatabaseError, Dialect | Shadow | CatalogCache> {
  const dialect = yield* Dialect
  const reading = live.major === major ? live : yield* onShadow(live)
  if (reading.major !== major) return Option.none()
  const catalog = dialect.asOfMajor(reading, live.serverMajor ?? live.major)
  return Option.some({ hash: hash(catalog), catalog })
})

