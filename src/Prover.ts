/**
 * The proof of a plan: in a rehearsal on a shadow it must lead to its target, and the way back to its source.
 */
import * as Effect from "effect/Effect"
import { type Comparable, create, onShadow, settledPair } from "./Canonical.ts"
import { type Catalog, hash, type ObjectId } from "./Catalog.ts"
import type { CatalogCache } from "./CatalogCache.ts"
import { Dialect } from "./Dialect.ts"
import type { DatabaseError } from "./engine/DatabaseError.ts"
import { rehearse } from "./engine/Transaction.ts"
import { isPartial, selectionOf } from "./ManagedScope.ts"
import type { Plan, Step } from "./Plan.ts"
import { PlanRefused } from "./Planner.ts"
import { columnOrderNotes } from "./planning/ColumnOrder.ts"
import { inTheWay, isHindered, makeSteps, rehearsePlan, wayAround } from "./Rehearsal.ts"
import { hints, renamed, withHints } from "./Renames.ts"
import { Shadow } from "./Shadow.ts"
import { firstTrial, type NotProven } from "./StepRun.ts"

/** A plan with its proof, and the plan of the way back. */
export interface Proven {
  /** The catalogs that the plan's hashes are of. */
  readonly between: Comparable
  readonly plan: Plan
  readonly rollback: Plan
}

/** The document of steps between two catalogs, without a proof. */
export const document = (from: Catalog, to: Catalog, serverMajor: number, steps: ReadonlyArray<Step>): Plan => ({
  version: 1,
  dialect: from.dialect,
  server_major: serverMajor,
  hash_major: from.major,
  ...(from.scope === undefined || from.scope.aspects.length === 0 && !isPartial(from.scope)
    ? {}
    : { scope: { aspects: from.scope.aspects, ...selectionOf(from.scope) } }),
  source_hash: hash(from),
  target_hash: hash(to),
  steps
})

/** The plan with what is to be known of it beside its steps. */
const noted = (
  plan: Plan,
  from: Catalog,
  to: Catalog,
  { kindOf }: Dialect["Service"],
  more: ReadonlyArray<string> = []
): Plan => {
  const notes = [...columnOrderNotes(from, to, plan.steps, kindOf), ...more]
  return notes.length === 0 ? plan : { ...plan, notes }
}

/**
 * What the schema after a plan has, and the one before it has not, that the database takes and nobody can use, in sentences. Fails
 * where files state it.
 */
const newFlaws = Effect.fn("Prover.newFlaws")(function*(
  from: Catalog,
  to: Catalog
): Effect.fn.Return<ReadonlyArray<string>, PlanRefused, Dialect> {
  const { flaws } = yield* Dialect
  if (flaws === undefined) return []
  const known = flaws(from)
  const found = [...flaws(to)].filter(([id]) => !known.has(id))
  const stated = (to.doubts ?? []).filter(({ object }) => found.some(([id]) => id === object))
  if (stated.length > 0) return yield* new PlanRefused({ reasons: stated.map(({ problem }) => problem) })
  return found.map(([, flaw]) => `From this plan on, ${flaw}.`)
})

/**
 * Proves the way between two comparable catalogs and gives the plan with its proof, and the proven rollback. Equal ones need
 * none. Where the proof ends in another schema than promised, the difference may be one of spelling: it is tried once more
 * with both catalogs in a spelling that stays, and the plan's hashes are of those.
 */
export const prove = (
  between: Comparable
): Effect.Effect<Proven, NotProven | PlanRefused | DatabaseError, Dialect | Shadow | CatalogCache> =>
  proveOnce(between).pipe(
    Effect.catchTag("NotProven", (error) =>
      error.failure === "step"
        ? Effect.fail(error)
        : Effect.flatMap(settledPair(between), (settled) =>
          hash(settled.from) === hash(between.from) && hash(settled.to) === hash(between.to)
            ? Effect.fail(error)
            : proveOnce(settled)))
  )

/** Where something that cannot be used is in the way, the plan leads around it. */
const proveOnce = (
  between: Comparable
): Effect.Effect<Proven, NotProven | PlanRefused | DatabaseError, Dialect | Shadow | CatalogCache> =>
  Effect.catchIf(proveAround(between, new Set()), isHindered, (error) =>
    Effect.gen(function*() {
      const dialect = yield* Dialect
      const shadow = yield* Shadow
      const { from } = between
      const found = yield* Effect.scoped(Effect.gen(function*() {
        const session = yield* shadow.reserve({ extensions: dialect.extensionsOf(from) })
        return yield* rehearse(session, Effect.andThen(create(from, session), inTheWay(session, from)))
      }))
      return found.size === 0 ? yield* Effect.fail(error) : yield* proveAround(between, found)
    }))

const proveAround = Effect.fn("Prover.prove")(function*(
  between: Comparable,
  found: ReadonlySet<ObjectId>
): Effect.fn.Return<Proven, NotProven | PlanRefused | DatabaseError, Dialect | Shadow | CatalogCache> {
  const dialect = yield* Dialect
  // what swaps its name with its like leaves the schema as it is, and has to be asked for
  const isAsked = (between.renames ?? []).some((wish) => typeof wish === "string")
  if (hash(between.from) === hash(between.to) && !isAsked) {
    const { from, serverMajor, to } = between
    return {
      between,
      plan: noted(document(from, to, serverMajor, []), between.from, between.to, dialect),
      rollback: document(to, from, serverMajor, [])
    }
  }
  const way = yield* wayAround(between.from, between.to, found, between.serverMajor)
  const renames = yield* renamed({ ...between, from: way.from, to: way.to })
  // what can be in the way is so in databases of one spelling only
  const { from, serverMajor, to } = found.size === 0 ? renames.between : between
  const flaws = yield* newFlaws(renames.source, to)
  const alike = yield* hints(renames.source, to)
  const end = found.size === 0 ? { give: [], leave: [], to } : way
  const { back, backProof, notes, proof, steps } = yield* rehearsePlan({
    from,
    serverMajor,
    make: makeSteps(renames.steps, renames.source, end, dialect, serverMajor),
    wanted: dialect.asOfMajor(yield* onShadow(to), serverMajor),
    extensions: [...new Set([...dialect.extensionsOf(from), ...dialect.extensionsOf(to)])],
    roles: dialect.rolesOf(to)
  })
  return {
    between: { ...renames.between, from, to },
    plan: {
      ...noted(document(from, to, serverMajor, withHints(steps, alike)), renames.source, to, dialect, [
        ...flaws,
        ...notes
      ]),
      proof
    },
    rollback: { ...document(to, from, serverMajor, back), restores: true, proof: backProof }
  }
})

/** The steps between two comparable catalogs, not proven by anything. */
export const unproven = Effect.fn("Prover.unproven")(function*(
  between: Comparable
): Effect.fn.Return<Plan, PlanRefused | DatabaseError, Dialect | Shadow | CatalogCache> {
  const dialect = yield* Dialect
  if (hash(between.from) === hash(between.to) && (between.renames ?? []).length === 0) {
    return noted(document(between.from, between.to, between.serverMajor, []), between.from, between.to, dialect)
  }
  const { between: { from, serverMajor, to }, source, steps } = yield* renamed(between)
  const made = yield* makeSteps(steps, source, { give: [], leave: [], to }, dialect, serverMajor)(firstTrial)
  const flaws = yield* newFlaws(source, to)
  return noted(document(from, to, serverMajor, withHints(made, yield* hints(source, to))), source, to, dialect, flaws)
})
