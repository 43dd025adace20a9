/** Running a plan on a database, from the check of its state to the outcome: what `apply` and `rollback` share. */
import type * as Command from "effect/cli/Command"
import type * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Catalog } from "../Catalog.ts"
import { Dialect } from "../Dialect.ts"
import type { Database } from "../engine/Database.ts"
import * as Executor from "../Executor.ts"
import { explain } from "../Explain.ts"
import * as Ledger from "../Ledger.ts"
import type { Run } from "../LedgerEntry.ts"
import type { Plan } from "../Plan.ts"
import * as Preflight from "../Preflight.ts"
import { approve } from "./Approval.ts"
import { describe } from "./Failure.ts"
import * as flags from "./flags.ts"
import { json, say } from "./Output.ts"
import { requireSafe } from "./plan.ts"
import { refuseShadow } from "./Target.ts"
import { withProgress } from "./TerminalProgress.ts"

/** The flags that say how a plan runs. */
export const applyFlags = {
  skipShadow: flags.skipShadow,
  validate: flags.toggle("validate", "Print the safety report; an unsafe plan does not run, exit code 1"),
  autoApprove: flags.toggle("auto-approve", "Do not ask; needed where there is no terminal"),
  allowDestructive: flags.toggle("allow-destructive", "Also run steps that remove data for good"),
  create: flags.toggle("create", "Make the SQLite file that is the target where it is missing"),
  dryRun: flags.toggle("dry-run", "Do everything but change the database"),
  lockTimeout: flags.text("lock-timeout", "TIME", "Give up what waits longer for a lock, such as 5s"),
  statementTimeout: flags.text(
    "statement-timeout",
    "TIME",
    "Give up a statement that runs longer, such as 10min; PostgreSQL only"
  )
} satisfies Record<string, Flag.Flag<unknown>>

/** What {@link applyFlags} give. */
export type ApplyFlags = Command.Command.Config.Infer<typeof applyFlags>

/** A plan, and what is known of it already: its rehearsal, where it was proven in this run. */
export interface Ready {
  readonly plan: Plan
  readonly rehearsal?: Preflight.Rehearsal | undefined
  /** The run in the ledger that it goes on with. */
  readonly resumes?: Run | undefined
}

/** How many transactions of a plan were committed, for what is said of an interruption. */
export class Commits {
  private count = 0
  /** To be run after each. */
  readonly add: Effect.Effect<void> = Effect.sync(() => void this.count++)
  /** What an interruption leaves behind. */
  readonly interrupted: Effect.Effect<string> = Effect.sync(() =>
    this.count === 0
      ? "Interrupted: everything was undone, and the connection is closed. The schema and the rows are as they were."
      : `Interrupted after ${this.count} committed transaction${
        this.count === 1 ? "" : "s"
      }: what was not committed was undone, and the connection is closed. Run the plan again to see where the database is.`
  )
}

/** Says that the run before this one did not come to its end. */
const tellUnfinished = Effect.fn("Applying.tellUnfinished")(function*(database: Database["Service"]) {
  const entries = yield* Effect.catch(
    Ledger.entries(database),
    (error) => Effect.as(say(`warning: ${describe(error)}`), Option.none())
  )
  const run = Option.getOrUndefined(Option.map(entries, Ledger.unfinished))
  if (run === undefined) return
  yield* say(
    `note: run ${run.number} of ${run.began.at} by ${run.began.who} ${
      run.state === "open" ? "is at work, or was cut off" : `was stopped (${run.last.reason ?? "unknown"})`
    }. This plan takes its place; to go on with that one, write: lockplane resume`
  )
})

const nothingToDo = (plan: Plan) =>
  json({
    success: true,
    steps_applied: 0,
    ...(plan.target_hash === undefined ? {} : { source_hash: plan.target_hash, target_hash: plan.target_hash })
  })

/** Reads the schema of an open database that is to be worked on. Fails for a shadow. */
export const readTarget = Effect.fn("Applying.readTarget")(function*(database: Database["Service"]) {
  yield* refuseShadow(database)
  const { introspectDatabase } = yield* Dialect
  return yield* Effect.map(
    introspectDatabase(database),
    (catalog): Catalog => ({ ...catalog, serverMajor: catalog.major })
  )
})

/** Checks, proves, shows and, once approved, runs a plan; prints the outcome on standard output. */
export const run = Effect.fn("Applying.run")(function*(
  { plan, rehearsal, resumes }: Ready,
  live: Catalog,
  database: Database["Service"],
  options: ApplyFlags,
  commits: Commits
) {
  const target = database.description
  if (plan.steps.length === 0) {
    yield* Preflight.checkTarget(plan, live, target)
    yield* say(`Nothing to do: ${target} has the wanted schema.`)
    return yield* nothingToDo(plan)
  }
  const isDone = yield* Preflight.checkTarget(plan, live, target).pipe(
    Effect.as(false),
    Effect.catchTag("StalePlan", (stale) => stale.done ? Effect.as(say(stale.message), true) : Effect.fail(stale))
  )
  if (isDone) {
    if (resumes !== undefined) yield* Ledger.close(database, resumes)
    return yield* nothingToDo(plan)
  }
  if (resumes === undefined) yield* tellUnfinished(database)
  const tried = rehearsal ?? (options.skipShadow ? undefined : yield* withProgress(Preflight.rehearse(plan, live)))
  const shown = tried?.plan ?? plan
  if (options.validate) yield* requireSafe({ from: tried?.from ?? live, to: tried?.to ?? live }, shown, tried?.rollback)
  yield* Preflight.checkReady(plan, tried, live, database)
  const losses = yield* Preflight.lossesOf(plan, tried, live)
  if (options.dryRun) {
    yield* say(explain(shown))
    yield* say(`Dry run: nothing was changed on ${target}.`)
    return yield* json({ success: true, dry_run: true, steps_applied: 0, steps: plan.steps.length })
  }
  const { allowDestructive, autoApprove } = options
  if (!(yield* approve({ plan: shown, target, losses, autoApprove, allowDestructive }))) {
    yield* say("Nothing was changed.")
    return yield* json({ success: false, steps_applied: 0 })
  }
  const outcome = yield* withProgress(
    Executor.apply(plan, database, {
      lockTimeout: Option.getOrUndefined(options.lockTimeout),
      statementTimeout: Option.getOrUndefined(options.statementTimeout),
      onCommit: commits.add,
      resumes: resumes?.number
    }).pipe(
      Effect.map(Option.some),
      // another run has done it in the meantime
      Effect.catchTag(
        "StalePlan",
        (stale) => stale.done ? Effect.as(say(stale.message), Option.none()) : Effect.fail(stale)
      )
    )
  )
  if (Option.isNone(outcome)) return yield* nothingToDo(plan)
  const { seconds, source_hash, steps_applied, success, target_hash } = outcome.value
  yield* say(`Applied ${steps_applied} step${steps_applied === 1 ? "" : "s"} to ${target}.`)
  yield* json({
    success,
    steps_applied,
    ...(source_hash === "" ? {} : { source_hash }),
    ...(target_hash === "" ? {} : { target_hash }),
    seconds
  })
})
