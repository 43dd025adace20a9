/**
 * A plan before it runs: whether the target is in the state that it was made for, and what a rehearsal of it on a shadow
 * with the target's schema shows. Nothing is changed on the target.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { match } from "./Canonical.ts"
import { type Catalog, hash, type ObjectId } from "./Catalog.ts"
import type { CatalogCache } from "./CatalogCache.ts"
import { Dialect } from "./Dialect.ts"
import { diff } from "./Diff.ts"
import type { Database } from "./engine/Database.ts"
import type { DatabaseError } from "./engine/DatabaseError.ts"
import { checkSource, type StalePlan } from "./Executor.ts"
import { narrow, scopeOfPlan } from "./ManagedScope.ts"
import { declaredLosses, type Plan, statementsOf } from "./Plan.ts"
import type { PlanRefused } from "./Planner.ts"
import { stepPairs } from "./planning/StepRenames.ts"
import { document } from "./Prover.ts"
import { rehearsePlan } from "./Rehearsal.ts"
import { identities } from "./Renames.ts"
import { Shadow } from "./Shadow.ts"
import { NotProven } from "./StepRun.ts"
import { mentionedIn, surround } from "./Surroundings.ts"

/** What a rehearsal showed. */
export interface Rehearsal {
  /** The plan with what was observed of its steps, and its proof. */
  readonly plan: Plan
  readonly rollback: Plan
  /** The schemas before and after it, as the shadow spells them. */
  readonly from: Catalog
  readonly to: Catalog
  /** Objects of `from` that are in `to` under other names. */
  readonly renamed?: ReadonlySet<ObjectId>
}

/**
 * What a plan removes together with its rows or values: what its steps declare, what their SQL says by itself, and what is
 * gone after the rehearsal. What a plan file declares is only ever added to, since anybody may have edited it. `live` is the
 * schema of the target, where nothing was rehearsed.
 */
export const lossesOf = (
  plan: Plan,
  rehearsal: Rehearsal | undefined,
  live?: Catalog
): Effect.Effect<ReadonlyArray<string>, DatabaseError, Dialect> =>
  Effect.gen(function*() {
    const { kindOf, lossesIn } = yield* Dialect
    const found = yield* lossesIn(plan.steps, rehearsal?.from ?? live)
    const stated = plan.steps.flatMap((step, i) =>
      [...declaredLosses(step), ...found[i] ?? []].map((loss) => `step ${i + 1}, ${step.description}: ${loss}`)
    )
    if (rehearsal === undefined || stated.length > 0) return stated
    return diff(rehearsal.from, rehearsal.to).flatMap((change) => {
      if (change._tag === "Alter") {
        return kindOf(change.to.kind).valuesLost?.(change.from, change.to, rehearsal.from, rehearsal.to) ?? []
      }
      if (change._tag !== "Drop" || rehearsal.renamed?.has(change.object.id) === true) return []
      const kind = kindOf(change.object.kind)
      const parentGoes = change.object.parent !== undefined && !rehearsal.to.objects.has(change.object.parent)
      return kind.holdsRows?.(change.object) === true && !parentGoes
        ? [`${kind.describe(change.object)} is gone after the plan, with what it holds`]
        : []
    })
  })

/** The plan would fail on its target whatever the data: rights are missing, or room. Everything is told at once. */
export class NotReady extends Schema.TaggedError<NotReady>()("NotReady", {
  target: Schema.String,
  problems: Schema.Array(Schema.String),
  /** What to do about them. */
  next: Schema.Array(Schema.String)
}) {
  override get message(): string {
    return [
      `the plan cannot run on ${this.target}:`,
      ...this.problems.map((problem) => `  ${problem}`),
      ...this.next,
      "Nothing was changed."
    ].join("\n")
  }
}

/**
 * Fails with {@link NotReady} where the user of the database lacks rights that the steps need, or the server has no room
 * for the locks that they hold. `rehearsal` tells what the plan leads to; without one only what is there is looked at.
 */
export const checkReady = Effect.fn("Preflight.checkReady")(function*(
  plan: Plan,
  rehearsal: Rehearsal | undefined,
  live: Catalog,
  database: Database["Service"]
): Effect.fn.Return<void, NotReady | DatabaseError, Dialect> {
  const { obstacles } = yield* Dialect
  const found = yield* Effect.scoped(
    Effect.flatMap(
      database.session,
      (session) =>
        obstacles(session, { plan: rehearsal?.plan ?? plan, from: rehearsal?.from ?? live, to: rehearsal?.to ?? live })
    )
  )
  if (found.length === 0) return
  return yield* new NotReady({
    target: database.description,
    problems: found.map(({ problem }) => problem),
    next: [...new Set(found.map(({ next }) => next))]
  })
})

/** Fails with {@link StalePlan} unless the catalog of the target is the one that the plan was made for. */
export const checkTarget = (
  plan: Plan,
  live: Catalog,
  target: string
): Effect.Effect<void, StalePlan | PlanRefused | DatabaseError, Dialect | Shadow | CatalogCache> =>
  plan.source_hash === undefined ? Effect.void : Effect.asVoid(checkSource(plan, live, target))

/**
 * Runs a plan, and its way back, on a shadow that holds the target's schema. Fails with {@link NotProven} where a step
 * fails, or where the plan does not lead to the schema that its `target_hash` names.
 */
export const rehearse = Effect.fn("Preflight.rehearse")(function*(
  plan: Plan,
  target: Catalog
): Effect.fn.Return<Rehearsal, NotProven | PlanRefused | DatabaseError, Dialect | Shadow | CatalogCache> {
  const dialect = yield* Dialect
  const shadow = yield* Shadow
  const statements = plan.steps.flatMap(statementsOf)
  const managed = narrow(target, scopeOfPlan(plan))
  const live = surround(managed, { also: mentionedIn(managed, statements), lacks: shadow.lacks })
  const serverMajor = live.serverMajor ?? plan.server_major ?? (yield* shadow.major)
  const reading = yield* match(live, plan.hash_major ?? live.major, plan.source_hash ?? "")
  const from = Option.match(reading, { onNone: () => live, onSome: ({ catalog }) => catalog })
  const { after, back, backProof, before, proof, steps } = yield* rehearsePlan({
    from,
    serverMajor,
    make: () => Effect.succeed(plan.steps),
    wanted: undefined,
    extensions: [...new Set([...dialect.extensionsOf(from), ...dialect.extensionsIn(statements)])],
    roles: yield* dialect.rolesIn(statements),
    restores: plan.restores === true
  })
  if (
    plan.target_hash !== undefined && (plan.hash_major ?? after.major) === after.major &&
    hash(after) !== plan.target_hash
  ) {
    return yield* new NotProven({
      engine: proof.engine,
      subject: "the plan",
      failure: "schema",
      reason:
        "it runs, but does not end in the schema that its target_hash names; was it edited by hand? Make it anew, or take out source_hash and target_hash to run it as a plan of your own",
      differences: []
    })
  }
  return {
    plan: { ...plan, steps, proof },
    rollback: { ...document(after, before, serverMajor, back), restores: true, proof: backProof },
    from: before,
    to: after,
    renamed: new Set(
      after.addresses === undefined
        ? stepPairs(plan.steps, before, after, dialect).map(({ from }) => from.id)
        : identities(before, after).keys()
    )
  }
})
