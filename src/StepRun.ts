/** Running the steps of a plan on a shadow, under an observer, and in another way where a step fails that can be made otherwise. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Catalog, ObjectId } from "./Catalog.ts"
import { type Conversion, Dialect, type Observation, type Observer } from "./Dialect.ts"
import type { Session } from "./engine/Database.ts"
import { codeText, type DatabaseError } from "./engine/DatabaseError.ts"
import { transaction } from "./engine/Transaction.ts"
import { statementsOf, type Step } from "./Plan.ts"
import type { PlanRefused } from "./Planner.ts"
import { progress } from "./Progress.ts"
import { Shadow } from "./Shadow.ts"
import { unwatched, watch } from "./StepWatch.ts"

/** What the shadow showed a plan not to be: its target is not reached, its source not restored, or a step fails. */
export class NotProven extends Schema.TaggedError<NotProven>()("NotProven", {
  engine: Schema.String,
  /** What was tried, such as `the plan` or `the rollback`. */
  subject: Schema.String,
  /** A step failed, or what was read back is another schema than promised. */
  failure: Schema.Literals(["step", "schema"]),
  reason: Schema.String,
  differences: Schema.Array(Schema.String),
  /** What is in the way cannot be used; see {@link Remedy}. */
  hindered: Schema.optionalKey(Schema.Literal(true))
}) {
  override get message(): string {
    return [
      `${this.subject} is not proven on ${this.engine}: ${this.reason}`,
      ...this.differences.map((difference) => `  ${difference}`),
      "Nothing was changed. lockplane plan --skip-shadow shows the plan without proof."
    ].join("\n")
  }
}

/** How steps are made anew when one of them fails in a way that has a remedy, and how they are watched. */
export interface Trial {
  readonly conversions: ReadonlyMap<ObjectId, Conversion>
  readonly commitFirst: boolean
  /** Every step runs by itself, and is asked after by itself. */
  readonly oneByOne: boolean
}

/** Nothing is tried otherwise yet. */
export const firstTrial: Trial = { conversions: new Map(), commitFirst: false, oneByOne: false }

/** The steps as they ran, and the most locks that one of their transactions held. */
export interface Ran {
  readonly steps: ReadonlyArray<Step>
  readonly locksHeld: number
}

/** The plan and the way back, each with a trial of its own. */
export type Direction = "the plan" | "the rollback"

/** Only running everything from the start can help: in this direction with commits in between, or with each step by itself. */
export class StartAgain extends Schema.TaggedError<StartAgain>()("StartAgain", {
  subject: Schema.Literals(["the plan", "the rollback"]),
  how: Schema.Literals(["commitFirst", "oneByOne"])
}) {}

/** How many steps run at once at the most: they cannot be interrupted, and fail as one. */
const atOnce = 100

/** The step with what was seen of it. A table that was not written anew is no hazard any more. */
const withObservation = (step: Step, seen: Observation | undefined): Step =>
  seen === undefined ? step : {
    ...step,
    ...seen,
    hazards: (step.hazards ?? []).filter(({ code }) => code !== "rewrite" || seen.rewrites.length > 0)
  }

/**
 * Runs steps in their transactions, under an observer if there is one: at once where the dialect can do that with several
 * that need no look at each. A step that has a remedy is made again and tried again in its place.
 */
export const run = Effect.fn("StepRun.run")(function*(
  session: Session,
  subject: Direction,
  target: Catalog,
  make: (trial: Trial) => Effect.Effect<ReadonlyArray<Step>, PlanRefused>,
  start: Trial,
  observer: Observer | undefined,
  restores: boolean
): Effect.fn.Return<
  Ran,
  NotProven | StartAgain | PlanRefused | DatabaseError,
  Dialect | Shadow
> {
  const dialect = yield* Dialect
  const shadow = yield* Shadow
  const engine = shadow.describe(session)
  const watching = observer === undefined
    ? unwatched
    : watch(observer, target, start.oneByOne, new StartAgain({ subject, how: "oneByOne" }))
  let trial = start
  let steps = yield* make(trial)
  /** The object whose values the step may convert. */
  const convertedBy = ({ object: id = "", operation }: Step): ObjectId | undefined => {
    const object = target.objects.get(id)
    return operation === "alter" && object !== undefined && dialect.kindOf(object.kind).convertsValues ? id : undefined
  }
  const done: Array<Step> = []
  let locksHeld = 0
  const runStep = (
    number: number,
    again = false
  ): Effect.Effect<void, NotProven | StartAgain | PlanRefused | DatabaseError> =>
    Effect.gen(function*() {
      const step = steps[number]
      if (step === undefined) return
      const seen = yield* watching.begins(step)
      const converted = convertedBy(step)
      if (converted !== undefined) yield* session.execute("SAVEPOINT lockplane_step")
      const failed = yield* Effect.forEach(statementsOf(step), (sql) => session.execute(sql), { discard: true }).pipe(
        Effect.as(undefined),
        Effect.catch((error) => Effect.succeed(error))
      )
      if (failed === undefined) {
        if (converted !== undefined) yield* session.execute("RELEASE SAVEPOINT lockplane_step")
        const ruledOut = yield* dialect.rulesOut?.(session, step) ?? Effect.succeed([])
        const settled = ruledOut.length === 0
          ? step
          : { ...step, hazards: (step.hazards ?? []).filter(({ code }) => !ruledOut.includes(code)) }
        done.push(withObservation(settled, yield* seen))
        return
      }
      const remedy = dialect.remedy(failed)
      if (
        remedy?._tag === "Convert" && converted !== undefined &&
        trial.conversions.get(converted) !== remedy.conversion
      ) {
        yield* session.execute("ROLLBACK TO SAVEPOINT lockplane_step")
        trial = { ...trial, conversions: new Map([...trial.conversions, [converted, remedy.conversion]]) }
        steps = yield* make(trial)
        return yield* runStep(number)
      }
      if (remedy?._tag === "RunAgain" && converted !== undefined && !again) {
        yield* session.execute("ROLLBACK TO SAVEPOINT lockplane_step")
        return yield* runStep(number, true)
      }
      if (remedy?._tag === "CommitFirst" && !trial.commitFirst) {
        return yield* new StartAgain({ subject, how: "commitFirst" })
      }
      const told = dialect.inWords?.(step, failed) ?? failed
      return yield* new NotProven({
        engine,
        subject,
        failure: "step",
        reason: `step ${number + 1} (${step.description}) fails: ${told.message} (${codeText(told.code)})`,
        differences: [
          ...(told.detail === undefined ? [] : [told.detail]),
          ...(told.hint === undefined ? [] : [`Hint: ${told.hint}`]),
          ...statementsOf(step)
        ],
        ...(remedy?._tag === "SetAside" ? { hindered: true as const } : {})
      })
    })
  /** The steps from this one on that can run at once; none where that is only one. */
  const together = (first: number): ReadonlyArray<Step> => {
    const some = start.oneByOne ? [] : steps.slice(first, first + atOnce)
    const other = some.findIndex((step) =>
      step.transaction !== some[0]?.transaction || convertedBy(step) !== undefined || !watching.isGuess(step) ||
      dialect.atOnce?.(statementsOf(step)) === undefined
    )
    return other === 0 || other === 1 ? [] : other === -1 ? some : some.slice(0, other)
  }
  const runTogether = (group: ReadonlyArray<Step>) =>
    Effect.gen(function*() {
      for (const step of group) done.push(withObservation(step, yield* yield* watching.begins(step)))
      yield* Effect.mapError(
        session.execute(dialect.atOnce?.(group.flatMap(statementsOf)) ?? ""),
        // by itself, the step that fails says why
        () => new StartAgain({ subject, how: "oneByOne" })
      )
    })
  for (let number = 0; number < steps.length;) {
    const current = steps[number]?.transaction ?? 1
    yield* transaction(
      session,
      Effect.gen(function*() {
        for (const setting of dialect.settings({})) yield* session.execute(setting)
        const damage = yield* dialect.guard(
          session,
          steps.filter((step) => (step.transaction ?? 1) === current),
          { restores, onShadow: true }
        )
        while (number < steps.length && (steps[number]?.transaction ?? 1) === current) {
          const group = together(number)
          yield* progress(subject, number + 1, steps.length, steps[number]?.description ?? "")
          yield* group.length > 0 ? runTogether(group) : runStep(number)
          number += Math.max(1, group.length)
        }
        yield* watching.ends
        const problems = yield* damage
        if (problems.length > 0) {
          return yield* new NotProven({
            engine,
            subject,
            failure: "schema",
            reason: "it runs, but leaves things broken",
            differences: problems
          })
        }
        locksHeld = Math.max(locksHeld, yield* dialect.locksHeld(session))
      })
    )
    yield* watching.committed
  }
  return { steps: done, locksHeld }
})
