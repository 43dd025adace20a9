/** Asking before a database is changed. */
import * as Effect from "effect/Effect"
import * as Stdio from "effect/Stdio"
import * as Terminal from "effect/Terminal"
import { explain } from "../Explain.ts"
import type { Plan } from "../Plan.ts"
import { Refused } from "./Failure.ts"
import { say, style, write } from "./Output.ts"

/** What is to be approved. */
export interface Request {
  readonly plan: Plan
  /** The database, without a password. */
  readonly target: string
  /** What is lost for good. */
  readonly losses: ReadonlyArray<string>
  readonly autoApprove: boolean
  readonly allowDestructive: boolean
}

const lossesText = (losses: ReadonlyArray<string>): string => losses.map((loss) => `  ${loss}`).join("\n")

/**
 * True where the plan may run. Shows it and asks on a terminal, unless `--auto-approve` answers; what loses data needs
 * `--allow-destructive`, or an answer that was given in sight of it. Fails where nobody can be asked.
 */
export const approve = Effect.fn("Approval.approve")(function*(
  { allowDestructive, autoApprove, losses, plan, target }: Request
): Effect.fn.Return<boolean, Refused, Stdio.Stdio | Terminal.Terminal> {
  const stdio = yield* Stdio.Stdio
  const canAsk = (yield* stdio.stdinIsTerminal) && (yield* stdio.stderrIsTerminal)
  const destroys = losses.length > 0 && !allowDestructive
  if (autoApprove && !destroys) return true
  if (!canAsk || autoApprove) {
    return yield* new Refused(
      destroys
        ? {
          detail: `the plan removes data of ${target} for good:\n${lossesText(losses)}`,
          next: `Nothing was changed. To run it all the same, add --allow-destructive${
            autoApprove ? "" : " and --auto-approve"
          }.`
        }
        : {
          detail: `the plan was not approved: it changes ${target}, and there is no terminal to ask on`,
          next: "Nothing was changed. To run it without being asked, add --auto-approve; to only look at it, --dry-run."
        }
    )
  }
  const { bold, red } = yield* style
  yield* say(explain(plan))
  if (losses.length > 0) yield* say(`${red("Data is removed for good:")}\n${lossesText(losses)}`)
  const question = `${bold(`Run these ${plan.steps.length} steps on ${target}?`)} Type yes to run them: `
  yield* write(question)
  const { readLine } = yield* Terminal.Terminal
  const answer = yield* Effect.catch(readLine, () => Effect.succeed(""))
  return answer.trim().toLowerCase() === "yes"
})
