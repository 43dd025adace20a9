/**
 * The way back from a plan, derived without reading the text of its steps: the plan runs on a shadow that holds its
 * source, and the way from what it leaves to the source is planned and run there. So a person's own plan has one too.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { match } from "./Canonical.ts"
import { type Catalog, hash } from "./Catalog.ts"
import type { CatalogCache } from "./CatalogCache.ts"
import type { Dialect } from "./Dialect.ts"
import type { DatabaseError } from "./engine/DatabaseError.ts"
import { narrow, scopeOfPlan } from "./ManagedScope.ts"
import type { Plan } from "./Plan.ts"
import type { PlanRefused } from "./Planner.ts"
import { rehearse } from "./Preflight.ts"
import { Shadow } from "./Shadow.ts"
import type { NotProven } from "./StepRun.ts"
import { surround } from "./Surroundings.ts"

/** The schema that was given as the plan's source is not the one that the plan was made for. */
export class OtherSource extends Schema.TaggedError<OtherSource>()("OtherSource", {
  expected: Schema.String,
  found: Schema.String,
  /** It is the plan's target: the schema after the plan instead of before it. */
  after: Schema.Boolean
}) {
  override get message(): string {
    return [
      `the plan starts from the schema ${this.expected.slice(0, 12)}…, but the schema given has ${
        this.found.slice(0, 12)
      }…`,
      this.after
        ? "That is the schema after the plan. A rollback is derived from the schema before it: name with --from the schema as it was, such as the SQL files of the commit before."
        : "Name with --from the schema as it was before the plan."
    ].join("\n")
  }
}

/**
 * The proven plan that undoes `plan`, for a database whose schema was `from` before. Its steps' descriptions begin with
 * `Rollback: `; rows that the plan removed do not come back, and the steps that lose rows on the way back say so.
 */
export const derive = Effect.fn("Rollback.derive")(function*(
  plan: Plan,
  from: Catalog
): Effect.fn.Return<
  Plan,
  OtherSource | NotProven | PlanRefused | DatabaseError,
  Dialect | Shadow | CatalogCache
> {
  const { lacks } = yield* Shadow
  const scoped = surround(narrow(from, scopeOfPlan(plan)), { lacks })
  const source: Catalog = scoped.serverMajor === undefined && plan.server_major !== undefined
    ? { ...scoped, serverMajor: plan.server_major }
    : scoped
  if (plan.source_hash !== undefined) {
    const reading = yield* match(source, plan.hash_major ?? source.major, plan.source_hash)
    const found = Option.match(reading, { onNone: () => hash(source), onSome: ({ hash }) => hash })
    if (!Option.exists(reading, ({ matches }) => matches)) {
      return yield* new OtherSource({ expected: plan.source_hash, found, after: found === plan.target_hash })
    }
  }
  return (yield* rehearse(plan, source)).rollback
})
