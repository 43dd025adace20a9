/** `lockplane plan-rollback` and `lockplane rollback` */
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Catalog } from "../Catalog.ts"
import { CatalogCache } from "../CatalogCache.ts"
import type { Dialect } from "../Dialect.ts"
import type { DatabaseError } from "../engine/DatabaseError.ts"
import { isPartial, narrow, scopeOfPlan, withOutside } from "../ManagedScope.ts"
import type { Plan } from "../Plan.ts"
import { derive } from "../Rollback.ts"
import { applyFlags, Commits, readTarget, run } from "./Applying.ts"
import { withStages } from "./Command.ts"
import { Refused, Usage } from "./Failure.ts"
import { environment, plan as planFlag, planArgument, sourceWords, target, targetEnvironment, text } from "./flags.ts"
import { planFormat, printPlan } from "./plan.ts"
import { onePlan, readPlan } from "./Plans.ts"
import { present } from "./Schemas.ts"
import { selection, within } from "./Scope.ts"
import { environmentPlaces, placeOfOption, sourceFrom, targetUrl } from "./Settings.ts"
import { shadowFlags, shadowRequest, targetRequest } from "./ShadowChoice.ts"
import { openFor } from "./Target.ts"
import { withProgress } from "./TerminalProgress.ts"

const from = text(
  "from",
  "SOURCE",
  `The schema before the plan: ${sourceWords} (default: as remembered on this machine)`
)

/**
 * The schema before the plan: as named, else as it was read when the plan was made on this machine. What a text names and the
 * plan does not manage is taken from the database that the plan has run on.
 */
const schemaBefore = Effect.fn("rollback.schemaBefore")(function*(
  plan: Plan,
  from: Option.Option<string>,
  live: Catalog | undefined
) {
  const scope = scopeOfPlan(plan)
  if (Option.isSome(from)) {
    const ground = live === undefined || !isPartial(scope) ? undefined : narrow(live, scope)
    const before = yield* present(from.value, scope, ground)
    return ground === undefined ? before : withOutside(narrow(before, scope), ground)
  }
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
  from: Option.Option<string>,
  read: Effect.Effect<Catalog, DatabaseError | Refused, Dialect> | undefined = undefined
) {
  const path = yield* onePlan(argument, planPath)
  if (Option.isNone(path)) {
    return yield* new Usage({
      detail: "no plan is named",
      next: "Write: lockplane plan-rollback --plan plan.json --from SOURCE"
    })
  }
  const managed = yield* selection({ schemas: Option.none(), includeObjects: [], excludeObjects: [] })
  const plan = within(yield* readPlan(path.value), managed)
  const live = read === undefined || Option.isNone(from) ? undefined : yield* read
  const before: Catalog = yield* schemaBefore(plan, from, live)
  return yield* withProgress(derive(plan, before))
})

/** Prints the plan that undoes a plan. */
export const planRollback = Command.make(
  "plan-rollback",
  {
    argument: planArgument,
    plan: planFlag,
    from,
    fromEnvironment: environment(
      "from-environment",
      "Instead of --from: the database of this environment of lockplane.toml, which the plan has not run on"
    ),
    format: planFormat,
    ...shadowFlags
  },
  ({ argument, format, from, fromEnvironment, plan, shadowDb, shadowSchema }) =>
    withStages(
      Effect.flatMap(
        Effect.flatMap(sourceFrom(from, fromEnvironment), (before) => derived(argument, plan, before)),
        (rollback) => printPlan(rollback, format)
      ),
      {
        places: [argument, plan, from, ...environmentPlaces(fromEnvironment)],
        request: shadowRequest({
          environment: fromEnvironment,
          namedBy: "--from-environment",
          target: from,
          shadowDb,
          shadowSchema
        })
      }
    )
).pipe(
  Command.withDescription(
    "Print the plan that undoes a plan, proven on a shadow database. It restores the schema; rows that the plan removed do not come back"
  ),
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
  targetEnvironment,
  format: planFormat,
  ...applyFlags,
  ...shadowFlags
}, ({ argument, format, from, plan, shadowDb, shadowSchema, target, targetEnvironment, ...options }) => {
  const commits = new Commits()
  const work = Effect.scoped(Effect.gen(function*() {
    const before = yield* placeOfOption(from)
    if (Option.isNone(target) && Option.isNone(targetEnvironment)) {
      return yield* printPlan(yield* derived(argument, plan, before), format)
    }
    const database = yield* Effect.flatMap(targetUrl(target, targetEnvironment), (url) => openFor(url, options))
    const rollback = yield* derived(argument, plan, before, readTarget(database))
    yield* run({ plan: rollback }, yield* readTarget(database), database, options, commits)
  }))
  return withStages(
    work,
    {
      places: [argument, plan, from, target, ...environmentPlaces(targetEnvironment)],
      interrupted: commits.interrupted,
      request: targetRequest({ targetEnvironment, target, shadowDb, shadowSchema })
    }
  )
}).pipe(
  Command.withDescription(
    "Undo a plan: print the plan that does, or with --target or --target-environment run it on a database, once approved"
  ),
  Command.withExamples([
    { command: "lockplane rollback --plan plan.json --from old.lp.sql", description: "Look at it" },
    { command: "lockplane rollback --plan plan.json --target postgres://app@localhost/shop", description: "Run it" }
  ])
)
