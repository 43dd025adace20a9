/** `lockplane plan` */
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import { type Comparable, comparable } from "../Canonical.ts"
import { Dialect } from "../Dialect.ts"
import { diff } from "../Diff.ts"
import { rememberReading } from "../Executor.ts"
import { explain, markdown, script } from "../Explain.ts"
import type { Plan } from "../Plan.ts"
import { encode } from "../PlanJson.ts"
import { prove, unproven } from "../Prover.ts"
import { hintsIn } from "../Renames.ts"
import { render, report } from "../Validator.ts"
import { withStages } from "./Command.ts"
import { Ended, exitCodes } from "./Failure.ts"
import { environment, include, renames, skipShadow, sourceWords, text, toggle } from "./flags.ts"
import { data, say } from "./Output.ts"
import { both } from "./Schemas.ts"
import { scopeFlags } from "./Scope.ts"
import { environmentPlaces, planEnvironment, planSources } from "./Settings.ts"
import { selectionFor, shadowFlags, shadowRequest, warnOfEnvironment } from "./ShadowChoice.ts"
import { refuseShadowToShadow } from "./Target.ts"
import { withProgress } from "./TerminalProgress.ts"

/** Makes the plan between two schemas, proven unless that is to be skipped. Equal schemas need no proof. */
export const makePlan = Effect.fn("plan.makePlan")(function*(between: Comparable, skipShadow: boolean) {
  const made = skipShadow || diff(between.from, between.to).length === 0
    ? { between, plan: yield* unproven(between), rollback: undefined }
    : yield* withProgress(prove(between))
  if (made.plan.steps.length > 0) {
    yield* rememberReading(made.between.from)
    yield* rememberReading(made.between.to)
  }
  for (const note of [...hintsIn(made.plan.steps), ...made.plan.notes ?? []]) yield* say(note)
  return made
})

/** Prints the safety report, and ends the command where the plan is not safe. */
export const requireSafe = Effect.fn("plan.requireSafe")(function*(
  between: Pick<Comparable, "from" | "to">,
  plan: Plan,
  rollback?: Plan
) {
  const { kindOf } = yield* Dialect
  const safety = report(between, plan, kindOf, rollback)
  yield* say(render(safety))
  if (!safety.safe) return yield* new Ended({ code: exitCodes.failed })
})

const formats: Readonly<Record<"json" | "text" | "sql" | "markdown", (plan: Plan) => string>> = {
  json: encode,
  text: explain,
  sql: script,
  markdown
}

/** How a plan is printed. */
export const planFormat = Flag.Literals("format", ["json", "text", "sql", "markdown"]).pipe(
  Flag.withDefault("json"),
  Flag.withDescription(
    "json (a plan file), text (in words), sql (a script) or markdown (for a pull request); default: json"
  )
)

/** Prints a plan. */
export const printPlan = (plan: Plan, format: keyof typeof formats) => data(formats[format](plan))

/** The flags that say how a plan is made and printed. */
export const planFlags = {
  format: planFormat,
  validate: toggle(
    "validate",
    "Print the safety report on standard error; an unsafe plan is not printed, exit code 1"
  ),
  include,
  ...scopeFlags,
  renames,
  skipShadow
} satisfies Record<string, Flag.Flag<unknown>>

/** Makes the plan between two SOURCEs and prints it; one that is not safe is not printed where that is asked for. */
export const printPlanned = Effect.fn("plan.printPlanned")(function*(
  sources: { readonly from: string; readonly to: string },
  { format, include, renames, skipShadow, validate, ...scope }: Command.Command.Config.Infer<typeof planFlags>
) {
  yield* refuseShadowToShadow(sources)
  const managed = yield* selectionFor([sources.from, sources.to], scope)
  const schemas = yield* withProgress(both(sources.from, sources.to, managed))
  const between = yield* comparable(schemas.from, schemas.to, renames, include, managed)
  const { between: proven, plan, rollback } = yield* makePlan(between, skipShadow)
  if (plan.steps.length === 0) yield* say("Nothing to do: the schemas are equal.")
  else if (validate) yield* requireSafe(proven, plan, rollback)
  yield* printPlan(plan, format)
})

/** Makes and prints a plan. */
export const planCommand = Command.make(
  "plan",
  {
    from: text(
      "from",
      "SOURCE",
      `The schema as it is: ${sourceWords} (default: the database of DATABASE_URL, else of the environment in force)`
    ),
    to: text(
      "to",
      "SOURCE",
      "The schema that is wanted, written in the same ways (default: schema_path of lockplane.toml, else the folder of LOCKPLANE_SCHEMA_DIR, supabase/schema, schema or lockplane/schema)"
    ),
    fromEnvironment: environment(
      "from-environment",
      "Instead of --from: the database of this environment of lockplane.toml (default: LOCKPLANE_ENVIRONMENT, else default_environment)"
    ),
    toEnvironment: environment("to-environment", "Instead of --to: the database of this environment"),
    targetEnvironment: environment(
      "target-environment",
      "The environment that the plan is for: the same as --from-environment, also beside --from shadow"
    ),
    ...planFlags,
    ...shadowFlags
  },
  ({ from, fromEnvironment, shadowDb, shadowSchema, targetEnvironment, to, toEnvironment, ...options }) => {
    const request = shadowRequest({
      environment: planEnvironment({ from, fromEnvironment, targetEnvironment }),
      namedBy: "--from-environment",
      target: from,
      shadowDb,
      shadowSchema
    })
    return withStages(
      Effect.gen(function*() {
        const sources = yield* planSources({ from, fromEnvironment, targetEnvironment, to, toEnvironment })
        yield* warnOfEnvironment(sources.to, request)
        yield* printPlanned(sources, options)
      }),
      { places: [from, to, ...environmentPlaces(fromEnvironment, toEnvironment, targetEnvironment)], request }
    )
  }
).pipe(
  Command.withDescription(
    "Print the plan that leads from one schema to another, proven on a shadow database: there it reaches the target, and its rollback restores the source"
  ),
  Command.withExamples([
    {
      command: "lockplane plan --from postgres://app@localhost/shop --to schema > plan.json",
      description: "From a database to SQL files"
    },
    {
      command: "lockplane plan > plan.json",
      description: "From the database of the environment in force to the schema folder of lockplane.toml"
    },
    { command: "lockplane plan --from-environment production > plan.json", description: "Of another environment" },
    { command: "lockplane plan --from old.lp.sql --to new.lp.sql --format text", description: "Read it" },
    {
      command: "lockplane plan --from $DATABASE_URL --to schema --rename users=people",
      description: "Tables and the like that have another name now"
    },
    {
      command: "lockplane plan --from $DATABASE_URL --to schema --schemas public",
      description: "Of a database that other tools have schemas in"
    },
    { command: "lockplane plan --from $DATABASE_URL --to schema --validate", description: "Only if it is safe" }
  ])
)
