/** `lockplane explain` */
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { reporting, Usage } from "./Failure.ts"
import { plan as planFlag, planArgument } from "./flags.ts"
import { printPlan } from "./plan.ts"
import { onePlan, readPlan } from "./Plans.ts"

/** Prints a plan in words. */
export const explainCommand = Command.make("explain", {
  argument: planArgument,
  plan: planFlag,
  format: Flag.Literals("format", ["text", "markdown", "sql", "json"]).pipe(
    Flag.withDefault("text"),
    Flag.withDescription("text, markdown (for a pull request), sql (a script) or json; default: text")
  )
}, ({ argument, format, plan }) =>
  reporting(Effect.gen(function*() {
    const path = yield* onePlan(argument, plan)
    if (Option.isNone(path)) {
      return yield* new Usage({ detail: "no plan is named", next: "Write: lockplane explain plan.json" })
    }
    yield* printPlan(yield* readPlan(path.value), format)
  }))).pipe(
    Command.withDescription(
      "Print a plan in words: each step with its SQL, its locks and what they block, the tables that it writes anew or reads, its risk and its way back"
    ),
    Command.withExamples([{ command: "lockplane explain plan.json" }])
  )
