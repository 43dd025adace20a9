/** One migration on a scratch database: planned, tried, planned again with what the trial showed, and left applied. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Catalog, ObjectId } from "../../src/Catalog.ts"
import type { Conversion, ObjectKind } from "../../src/Dialect.ts"
import type { Session } from "../../src/engine/Database.ts"
import { DatabaseError } from "../../src/engine/DatabaseError.ts"
import { transaction } from "../../src/engine/Transaction.ts"
import { statementsOf, type Step } from "../../src/Plan.ts"
import * as Planner from "../../src/Planner.ts"
import type { Pair } from "../../src/planning/Rename.ts"
import { kindOf as kindNamed } from "../../src/postgres/kinds/registry.ts"
import { renamesOn } from "./Renames.ts"

const kindOf = (name: string): ObjectKind => {
  const kind = kindNamed(name)
  if (kind === undefined) throw new Error(`no kind is called ${name}`)
  return kind
}

/** A step that the server refused. */
export class StepFailed extends Schema.TaggedError<StepFailed>()("StepFailed", {
  sql: Schema.String,
  object: Schema.String,
  transaction: Schema.Int,
  cause: DatabaseError
}) {
  override get message(): string {
    return `${this.cause.code} ${this.cause.message}${
      this.cause.detail === undefined ? "" : ` (${this.cause.detail})`
    } in: ${this.sql}`
  }
}

/** The steps from one schema to another, with what trials have shown so far. */
export const plan = (
  from: Catalog,
  to: Catalog,
  found: { readonly conversions?: ReadonlyMap<ObjectId, Conversion>; readonly commitFirst?: boolean } = {}
): Effect.Effect<ReadonlyArray<Step>, Planner.PlanRefused> =>
  Effect.suspend(() => Effect.fromResult(Planner.plan(from, to, { kindOf, serverMajor: to.major, ...found })))

const run = (session: Session, steps: ReadonlyArray<Step>): Effect.Effect<void, StepFailed | DatabaseError> => {
  const numbers = [...new Set(steps.map((step) => step.transaction ?? 1))]
  return Effect.forEach(numbers, (number) =>
    transaction(
      session,
      Effect.andThen(
        session.execute("SET LOCAL check_function_bodies = off; SET LOCAL search_path = ''"),
        Effect.forEach(
          steps.filter((step) => (step.transaction ?? 1) === number).flatMap((step) =>
            statementsOf(step).map((sql) => ({ sql, object: step.object ?? "" }))
          ),
          ({ object, sql }) =>
            Effect.mapError(
              session.execute(sql),
              (cause) => new StepFailed({ sql, object, transaction: number, cause })
            ),
          { discard: true }
        )
      )
    ), { discard: true })
}

/** What to try next after a step failed; undefined where nothing is left to try. */
const lesson = (
  failure: StepFailed,
  conversions: ReadonlyMap<ObjectId, Conversion>,
  commitFirst: boolean
): { readonly conversions: ReadonlyMap<ObjectId, Conversion>; readonly commitFirst: boolean } | undefined => {
  const before = conversions.get(failure.object)
  if (failure.cause.code === "55P04" && !commitFirst) return { conversions, commitFirst: true }
  if (failure.cause.code === "42804" && before === undefined) {
    return { conversions: new Map(conversions).set(failure.object, "explicit"), commitFirst }
  }
  if (failure.cause.code === "42846" && before === "explicit") {
    return { conversions: new Map(conversions).set(failure.object, "text"), commitFirst }
  }
  return undefined
}

/**
 * Plans from the session's schema `from` to `to` and applies the plan. A failed attempt is undone and made again as long as
 * there is something to learn from it; one that had committed a first transaction cannot be, and `reopen` gives a session
 * on a fresh copy then. What the pairs name is renamed first, and so is what is equal but for its name. Gives the steps that were applied, and the session that they were applied on.
 */
export const migrate = Effect.fn("Migration.migrate")(function*<E, R>(
  session: Session,
  from: Catalog,
  to: Catalog,
  reopen: Effect.Effect<Session, E, R>,
  pairs: ReadonlyArray<Pair> = []
) {
  const renamed = yield* renamesOn(session, from, to, pairs)
  let current = session
  let found: { readonly conversions: ReadonlyMap<ObjectId, Conversion>; readonly commitFirst: boolean } = {
    conversions: new Map(),
    commitFirst: false
  }
  for (;;) {
    const steps = [...renamed.steps, ...yield* plan(renamed.source, to, found)]
    const outcome = yield* Effect.result(run(current, steps))
    if (outcome._tag === "Success") return { steps, session: current }
    const failure = outcome.failure
    const next = failure._tag === "StepFailed" ? lesson(failure, found.conversions, found.commitFirst) : undefined
    if (next === undefined) return yield* Effect.fail(failure)
    if (failure._tag === "StepFailed" && failure.transaction > 1) current = yield* reopen
    found = next
  }
})
