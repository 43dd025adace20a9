/** `lockplane plan-rollback` and `lockplane rollback` */
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Catalog } from "../Catalog.ts"
import { CatalogCache } from "../CatalogCache.ts"
import type { Plan } from "../Plan.ts"
import { derive } from "../Rollback.ts"
import { applyFlags, interruptedText, openTarget, readTarget, run } from "./Applying.ts"
import { withStages } from "./Command.ts"
import { watchCommits } from "./Commits.ts"
import { Refused, Usage } from "./Failure.ts"
import { plan as planFlag, planArgument, sourceWords, target, text } from "./flags.ts"
import { planFormat, printPlan } from "./plan.ts"
import { onePlan, readPlan } from "./Plans.ts"
import { present } from "./Schemas.ts"
import { withProgress } from "./TerminalProgress.ts"

const from = text(
  "from",
  "SOURCE",
  `The schema before the plan: ${sourceWords} (default: as remembered on this machine)`
)

/** The schema before the plan: as named, else as it was read when the plan was made on this machine. */
const schemaBefore = Effect.fn("rollback.schemaBefore")(function*(plan: Plan, from: Option.Option<string>) {
  if (Option.isSome(from)) return yield* present(from.value)
  const cache = yield* CatalogCache
  const found = plan.source_hash === undefined ? Option.none() : yield* cache.get(`reading-${plan.source_hash}`)
  if (Option.isSome(found)) return found.value.catalog
  return yield* new Refused({
    detail: "the schema before the plan is not known on this machine",
    next: "Name it with --from: the SQL files of the commit before, or a database that the plan has not run on."
  })
})

const derived = Effect.fn("rollback.derived")(function*(
  argument: Option.Option<string>,
  planPath: Option.Option<string>,
  from: Option.Option<string>
) {
  const path = yield* onePlan(argument, planPath)
  if (Option.isNone(path)) {
    return yield* new Usage({
      detail: "no plan is named",
      next: "Write: lockplane plan-rollback --plan plan.json --from SOURCE"
    })
  }
  const plan = yield* readPlan(path.value)
  const before: Catalog = yield* schemaBefore(plan, from)
  return yield* withProgress(derive(plan, before))
})

/** Prints the plan that undoes a plan. */
export const planRollback = Command.make(
  "plan-rollback",
  {
    argument: planArgument,
    plan: planFlag,
    from,
    format: planFormat
  },
  ({ argument, format, from, plan }) =>
    withStages(Effect.flatMap(derived(argument, plan, from), (rollback) => printPlan(rollback, format)))
).pipe(
  Command.withDescription(
    "Print the plan that undoes a plan, proven on a shadow database. It restores the schema; rows that the plan removed do not come back"
  ),
  Command.withShortDescription("Print the plan that undoes a plan"),
  Command.withExamples([
    { command: "lockplane plan-rollback --plan plan.json > rollback.json" },
    {
      command: "lockplane plan-rollback --plan plan.json --from old.lp.sql --format text",
      description: "Where the plan was made on another machine"
    }
  ])
)

/** Prints the plan that undoes a plan, or runs it on a database. */
export const rollback = Command.make("rollback", {
  argument: planArgument,
  plan: planFlag,
  from,
  target,
  format: planFormat,
  ...applyFlags
}, ({ argument, format, from, plan, target, ...options }) => {
  let commits: Effect.Effect<number> = Effect.succeed(0)
  const work = Effect.scoped(Effect.gen(function*() {
    const rollback = yield* derived(argument, plan, from)
    if (Option.isNone(target)) return yield* printPlan(rollback, format)
    const watched = watchCommits(yield* openTarget(target.value))
    commits = watched.commits
    yield* run({ plan: rollback }, yield* readTarget(watched.database), watched.database, options)
  }))
  return withStages(work, Effect.map(Effect.suspend(() => commits), interruptedText))
}).pipe(
  Command.withDescription(
    "Undo a plan: print the plan that does, or with --target run it on a database, once approved"
  ),
  Command.withShortDescription("Undo a plan"),
  Command.withExamples([
    { command: "lockplane rollback --plan plan.json --from old.lp.sql", description: "Look at it" },
    { command: "lockplane rollback --plan plan.json --target postgres://app@localhost/shop", description: "Run it" }
  ])
)
