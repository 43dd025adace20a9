/** `lockplane history` */
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Ledger from "../Ledger.ts"
import { type Run, runsOf } from "../LedgerEntry.ts"
import { decode } from "../PlanJson.ts"
import { withStages } from "./Command.ts"
import { Refused } from "./Failure.ts"
import { target, targetEnvironment } from "./flags.ts"
import { data, json, say } from "./Output.ts"
import { environmentPlaces, targetUrl } from "./Settings.ts"
import { openTarget } from "./Target.ts"

const states = { done: "done", stopped: "stopped", open: "not ended" } as const

/** A run with its plan; undefined where the ledger holds none that can be read. */
const withPlan = (run: Run) =>
  Effect.map(Effect.option(decode(run.began.plan ?? "")), (plan) => ({ run, plan: Option.getOrUndefined(plan) }))

type Listed = Effect.Success<ReturnType<typeof withPlan>>

const asJson = ({ plan, run: { began, last, number, state } }: Listed) => ({
  run: number,
  state: state === "open" ? "not_ended" : state,
  began_at: began.at,
  ended_at: state === "open" ? null : last.at,
  who: began.who,
  version: began.version,
  ...(last.reason === null ? {} : { reason: last.reason }),
  ...(last.schema_hash === null ? {} : { schema_hash: last.schema_hash }),
  plan: plan ?? null
})

const asText = ({ plan, run: { began, last, number, state } }: Listed): string =>
  [
    `run ${number}, ${states[state]}${last.reason === null ? "" : `: ${last.reason}`}`,
    `  ${began.at}${state === "open" ? "" : ` to ${last.at}`} by ${began.who}, Lockplane ${began.version}`,
    ...(plan?.steps ?? []).map(({ description }) => `  - ${description}`)
  ].join("\n")

/** Prints what Lockplane did to a database. */
export const history = Command.make("history", {
  target,
  targetEnvironment,
  format: Flag.Literals("format", ["text", "json"]).pipe(
    Flag.withDefault("text"),
    Flag.withDescription("text, or json with the plans; default: text")
  )
}, ({ format, target, targetEnvironment }) =>
  withStages(
    Effect.scoped(Effect.gen(function*() {
      const database = yield* Effect.flatMap(targetUrl(target, targetEnvironment), openTarget)
      const entries = yield* Ledger.entries(database)
      if (Option.isNone(entries)) {
        return yield* new Refused({
          detail: `${database.description}: Lockplane keeps a ledger in SQLite and libSQL databases only`,
          next: "What was applied to it is not written down."
        })
      }
      const runs = yield* Effect.forEach(runsOf(entries.value), withPlan)
      if (format === "json") return yield* json(runs.map(asJson))
      if (runs.length === 0) return yield* say(`Lockplane has applied nothing to ${database.description}.`)
      return yield* data(runs.map(asText).join("\n"))
    })),
    {
      places: [target, ...environmentPlaces(targetEnvironment)],
      request: { environment: Option.getOrUndefined(targetEnvironment), namedBy: "--target-environment" }
    }
  )).pipe(
    Command.withDescription(
      "Print every plan that Lockplane began on a database, and how each ended, from the ledger in the database. Fails where the ledger was changed by others. SQLite and libSQL"
    ),
    Command.withExamples([{ command: "lockplane history --target app.db" }])
  )
