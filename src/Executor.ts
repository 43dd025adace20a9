/**
 * Running a plan on its target: only on the state that it was made for, all or nothing, and checked at the end. While it
 * runs, an advisory lock keeps other runs of Lockplane out.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { type KnownReading, match } from "./Canonical.ts"
import { type Catalog, hash } from "./Catalog.ts"
import { CatalogCache } from "./CatalogCache.ts"
import { describeChange } from "./Description.ts"
import { Dialect, type TimeLimits } from "./Dialect.ts"
import { diff } from "./Diff.ts"
import type { Database, Session } from "./engine/Database.ts"
import { codeText, DatabaseError } from "./engine/DatabaseError.ts"
import { transaction } from "./engine/Transaction.ts"
import * as Ledger from "./Ledger.ts"
import { narrow, scopeOfPlan } from "./ManagedScope.ts"
import { type Plan, statementsOf, type Step } from "./Plan.ts"
import type { PlanRefused } from "./Planner.ts"
import { progress } from "./Progress.ts"
import { Shadow } from "./Shadow.ts"
import { surround } from "./Surroundings.ts"

const whatIsUndone = (committed: number): string =>
  committed === 0
    ? "All steps were undone; the database is as it was."
    : `The last transaction was undone; ${committed} step(s) before it were committed.`

/** The target is not in the state that the plan was made for. */
export class StalePlan extends Schema.TaggedError<StalePlan>()("StalePlan", {
  target: Schema.String,
  expected: Schema.String,
  found: Schema.String,
  /** The target already has the schema that the plan leads to. */
  done: Schema.Boolean,
  differences: Schema.Array(Schema.String)
}) {
  override get message(): string {
    return this.done
      ? `${this.target} already has the schema that this plan leads to. Nothing was changed, and nothing is left to do.`
      : [
        `the plan was made for another state of ${this.target}: its source_hash is ${
          this.expected.slice(0, 12)
        }…, the database has ${this.found.slice(0, 12)}…`,
        ...this.differences.map((difference) => `  ${difference}`),
        "Nothing was changed. Make a new plan from the database as it is now."
      ].join("\n")
  }
}

/** A step failed; everything that the plan had done in its transaction is undone. */
export class StepFailed extends Schema.TaggedError<StepFailed>()("StepFailed", {
  target: Schema.String,
  number: Schema.Int,
  of: Schema.Int,
  step: Schema.String,
  sql: Schema.String,
  cause: DatabaseError,
  /** Steps that were committed before, in transactions of their own. */
  committed: Schema.Int
}) {
  override get message(): string {
    const { code, detail, hint, message, where } = this.cause
    return [
      `step ${this.number} of ${this.of} (${this.step}) failed on ${this.target}: ${message} (${codeText(code)})`,
      ...(detail === undefined ? [] : [`  Detail: ${detail}`]),
      ...(hint === undefined ? [] : [`  Hint: ${hint}`]),
      ...(where === undefined ? [] : [`  Where: ${where}`]),
      `  ${this.sql}`,
      this.committed === 0
        ? "All steps were undone; the database is as it was. Correct the cause and run the plan again."
        : `The transaction of this step was undone; ${this.committed} step(s) before it were committed. Make a new plan from the database as it is now.`
    ].join("\n")
  }
}

/** The plan ran, but the database is not what the plan promised; the transaction that showed it is undone. */
export class TargetMissed extends Schema.TaggedError<TargetMissed>()("TargetMissed", {
  target: Schema.String,
  differences: Schema.Array(Schema.String),
  /** Steps that were committed before, in transactions of their own. */
  committed: Schema.Int
}) {
  override get message(): string {
    return [
      `the plan ran on ${this.target}, but did not end in the schema that its target_hash names`,
      ...this.differences.map((difference) => `  ${difference}`),
      whatIsUndone(this.committed),
      "A plan that was edited by hand, or an event trigger on the database, can be the cause. Make a new plan."
    ].join("\n")
  }
}

/** The steps ran, and left behind what the database itself does not refuse: rows without the rows that they refer to, and the like. */
export class Damaged extends Schema.TaggedError<Damaged>()("Damaged", {
  target: Schema.String,
  problems: Schema.Array(Schema.String),
  /** Steps that were committed before, in transactions of their own. */
  committed: Schema.Int
}) {
  override get message(): string {
    return [
      `the plan would leave ${this.target} damaged:`,
      ...this.problems.map((problem) => `  ${problem}`),
      `${whatIsUndone(this.committed)} Correct the rows, or the plan, and run it again.`
    ].join("\n")
  }
}

/** The plan names roles that the server does not have. Lockplane makes none: who may do what is the server's own affair. */
export class MissingRoles extends Schema.TaggedError<MissingRoles>()("MissingRoles", {
  target: Schema.String,
  roles: Schema.Array(Schema.String)
}) {
  override get message(): string {
    return [
      `the plan names ${
        this.roles.length === 1 ? "a role" : "roles"
      } that the server of ${this.target} does not have: ${this.roles.map((role) => JSON.stringify(role)).join(", ")}`,
      "Nothing was changed. Create them with CREATE ROLE and run the plan again; Lockplane never creates roles."
    ].join("\n")
  }
}

/** What an apply did. `seconds` is wall-clock time. */
export interface Outcome {
  readonly success: true
  readonly steps_applied: number
  readonly source_hash: string
  readonly target_hash: string
  readonly seconds: number
}

/** Options of {@link apply}. */
export interface ApplyOptions extends TimeLimits {
  /** Runs whenever a transaction of the plan was committed, and not to be interrupted before. */
  readonly onCommit?: Effect.Effect<void> | undefined
  /** The number of the run in the ledger that the plan goes on with. */
  readonly resumes?: number | undefined
}

/** Remembers a reading, so that a refusal can say later what differs from it. */
export const rememberReading = Effect.fn("Executor.rememberReading")(function*(catalog: Catalog) {
  const cache = yield* CatalogCache
  yield* cache.set(`reading-${hash(catalog)}`, { catalog, warnings: [] })
})

const recall = Effect.fn("Executor.recall")(function*(wanted: string) {
  const cache = yield* CatalogCache
  return Option.map(yield* cache.get(`reading-${wanted}`), ({ catalog }) => catalog)
})

const differencesTo = Effect.fn("Executor.differencesTo")(function*(wanted: string, found: Catalog) {
  const { kindOf } = yield* Dialect
  return Option.match(yield* recall(wanted), {
    onNone:
      () => ["What it was made for is not known on this machine; lockplane diff shows the database against a schema."],
    onSome: (catalog) => diff(catalog, found).map((change) => describeChange(change, kindOf))
  })
})

/** Fails unless the live schema has the hash, in the spelling that the plan's hashes are of. */
const check = Effect.fn("Executor.check")(function*(live: Catalog, plan: Plan, wanted: string, known?: KnownReading) {
  const major = plan.hash_major ?? live.major
  const { lacks } = yield* Shadow
  const reading = yield* match(surround(narrow(live, scopeOfPlan(plan)), { lacks }), major, wanted, known)
  if (Option.isNone(reading)) {
    return yield* new DatabaseError({
      code: "LP_OTHER_MAJOR",
      message:
        `the plan's hashes are of readings by PostgreSQL ${major}, and neither the target nor the shadow is of that version`,
      hint: "Make the plan anew with this version of Lockplane"
    })
  }
  return reading.value
})

/**
 * Applies a plan to a database, through one session. Steps of one transaction are all done or all undone, on failure and
 * on interruption alike. A plan with hashes runs only on the schema of its `source_hash`, and is undone unless it ends in
 * that of its `target_hash`. Fails with {@link StalePlan}, {@link StepFailed},
 * {@link TargetMissed}, {@link Damaged} or a database error.
 */
export const apply = Effect.fn("Executor.apply")(function*(
  plan: Plan,
  database: Database["Service"],
  options: ApplyOptions = {}
): Effect.fn.Return<
  Outcome,
  StalePlan | StepFailed | TargetMissed | Damaged | MissingRoles | PlanRefused | DatabaseError,
  Dialect | Shadow | CatalogCache
> {
  return yield* Effect.scoped(Effect.gen(function*() {
    const dialect = yield* Dialect
    const session = yield* database.session
    const target = database.description
    const read = Effect.map(
      dialect.introspect(session),
      (catalog): Catalog => ({ ...catalog, serverMajor: catalog.major })
    )
    const started = yield* Effect.clockWith((clock) => clock.currentTimeMillis)
    yield* requireRoles(session, plan, target)
    const transactions = [...new Set(plan.steps.map((step) => step.transaction ?? 1))].sort((a, b) => a - b)
    const [first, last] = [transactions[0], transactions.at(-1)]
    let committed = 0
    let before: KnownReading | undefined
    let reached = plan.target_hash ?? ""
    const ready = plan.source_hash === undefined
      ? Effect.void
      : Effect.flatMap(read, (live) => checkSource(plan, live, target))
    const record = yield* Ledger.begin(session, plan, options.resumes, ready)
    const runTransaction = Effect.fnUntraced(function*(current: number, steps: ReadonlyArray<Step>) {
      for (const setting of dialect.settings(options)) yield* session.execute(setting)
      yield* dialect.keepOthersOut(
        session,
        Effect.logWarning(
          `Another run of Lockplane is at work on ${target}; waiting for its end. --lock-timeout limits the wait.`
        )
      )
      if (current === first && plan.source_hash !== undefined) {
        before = yield* checkSource(plan, yield* read, target)
        yield* readyShadow(plan, before)
      }
      const damage = yield* dialect.guard(session, steps, { restores: plan.restores })
      yield* runSteps(session, plan, steps, committed, target)
      const problems = yield* damage
      if (problems.length > 0) return yield* new Damaged({ target, problems, committed })
      if (current === last && plan.target_hash !== undefined) {
        const live = yield* read
        const found = yield* check(live, plan, plan.target_hash, before)
        if (!found.matches) {
          return yield* new TargetMissed({
            target,
            differences: yield* differencesTo(plan.target_hash, found.catalog),
            committed
          })
        }
        reached = found.hash
      }
      yield* record.committed(
        current,
        current === last,
        Effect.map(read, (live) => hash(narrow(live, scopeOfPlan(plan))))
      )
    })
    const runAll = Effect.forEach(transactions, (current) => {
      const steps = plan.steps.filter((step) => (step.transaction ?? 1) === current)
      return Effect.uninterruptibleMask((restore) =>
        Effect.andThen(
          transaction(session, restore(runTransaction(current, steps))),
          Effect.suspend(() => {
            committed += steps.length
            return options.onCommit ?? Effect.void
          })
        )
      )
    }, { discard: true })
    const isFound = (cause: Cause.Cause<unknown>): boolean => {
      const error = Cause.squash(cause)
      return error instanceof StalePlan && error.done
    }
    yield* Effect.onError(runAll, (cause) => isFound(cause) ? record.found : record.stopped(cause))
    const ended = yield* Effect.clockWith((clock) => clock.currentTimeMillis)
    return {
      success: true as const,
      steps_applied: committed,
      source_hash: plan.source_hash ?? "",
      target_hash: reached,
      seconds: (ended - started) / 1000
    }
  }))
})

/** Fails with {@link MissingRoles} where the plan names roles that the server does not have. */
const requireRoles = Effect.fn("Executor.requireRoles")(function*(session: Session, plan: Plan, target: string) {
  const { missingRoles, rolesIn } = yield* Dialect
  const roles = yield* missingRoles(session, yield* rolesIn(plan.steps.flatMap(statementsOf)))
  if (roles.length > 0) return yield* new MissingRoles({ target, roles })
})

/** Fails with {@link StalePlan} unless the live schema is the one that the plan was made for. Gives it in the plan's spelling too. */
export const checkSource = Effect.fn("Executor.checkSource")(function*(
  plan: Plan,
  live: Catalog,
  target: string
): Effect.fn.Return<KnownReading, StalePlan | PlanRefused | DatabaseError, Dialect | Shadow | CatalogCache> {
  const expected = plan.source_hash ?? ""
  const found = yield* check(live, plan, expected)
  if (found.matches) return { live: narrow(live, scopeOfPlan(plan)), catalog: found.catalog }
  const done = found.hash === plan.target_hash
  return yield* new StalePlan({
    target,
    expected,
    found: found.hash,
    done,
    differences: done ? [] : yield* differencesTo(expected, found.catalog)
  })
})

/** Starts the engine that may have to judge the end of the plan, as long as no table is locked. */
const readyShadow = Effect.fn("Executor.readyShadow")(function*(plan: Plan, { catalog, live }: KnownReading) {
  if (live.major === catalog.major) return
  const dialect = yield* Dialect
  const shadow = yield* Shadow
  const created = dialect.extensionsIn(plan.steps.flatMap(statementsOf))
  yield* Effect.scoped(shadow.reserve({ extensions: [...new Set([...dialect.extensionsOf(catalog), ...created])] }))
})

const runSteps = Effect.fn("Executor.runSteps")(function*(
  session: Session,
  plan: Plan,
  steps: ReadonlyArray<Step>,
  committed: number,
  target: string
) {
  const { inWords } = yield* Dialect
  for (const [i, step] of steps.entries()) {
    const number = committed + i + 1
    yield* progress("apply", number, plan.steps.length, step.description)
    for (const sql of statementsOf(step)) {
      yield* Effect.mapError(
        session.execute(sql),
        (error) => {
          const cause = inWords?.(step, error) ?? error
          return new StepFailed({
            target,
            number,
            of: plan.steps.length,
            step: step.description,
            sql,
            cause,
            committed
          })
        }
      )
    }
  }
})
