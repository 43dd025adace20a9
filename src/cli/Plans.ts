/** The plan files that commands name. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Stdio from "effect/Stdio"
import * as Stream from "effect/Stream"
import type { Plan } from "../Plan.ts"
import { decode } from "../PlanJson.ts"
import { Refused, Usage } from "./Failure.ts"
import { checkStatements } from "./PlanStatements.ts"

/** How messages call a file. */
export const nameOf = (path: string): string => path === "-" ? "standard input" : path

/** The text of a file, or of standard input for `-`. */
export const readText = Effect.fn("Plans.readText")(function*(
  path: string
): Effect.fn.Return<string, Refused, FileSystem.FileSystem | Stdio.Stdio> {
  const fs = yield* FileSystem.FileSystem
  const { stdin } = yield* Stdio.Stdio
  const name = nameOf(path)
  const bytes = yield* (path === "-" ? Stream.mkUint8Array(stdin) : fs.readFile(path)).pipe(
    Effect.mapError((error) =>
      error.reason._tag === "NotFound"
        ? new Refused({ detail: `${name}: no such file`, next: "Check the path." })
        : new Refused({
          detail: `${name}: cannot be read (${error.reason._tag})`,
          next: "Name a file that you may read."
        })
    )
  )
  return yield* Effect.try({
    try: () => new TextDecoder("utf-8", { fatal: true }).decode(bytes),
    catch: () => new Refused({ detail: `${name}: is not UTF-8 text`, next: "Save it as UTF-8." })
  })
})

/** Reads a plan file, and checks its form and its SQL. */
export const readPlan = (
  path: string
): Effect.Effect<Plan, Refused, FileSystem.FileSystem | Stdio.Stdio> =>
  Effect.flatMap(
    readText(path),
    (text) =>
      Effect.mapError(Effect.tap(decode(text), checkStatements), (error) =>
        error._tag === "InvalidPlan"
          ? new Refused({
            detail: `${nameOf(path)}: is no plan that can be used\n${
              error.problems.map((problem) => `  ${problem}`).join("\n")
            }`,
            next: "Correct what is listed, or make the plan anew with lockplane plan."
          })
          : new Refused({ detail: error.message, next: "Nothing was changed." }))
  )

/** The one plan file that was named, by position or by `--plan`. */
export const onePlan = (
  argument: Option.Option<string>,
  flag: Option.Option<string>
): Effect.Effect<Option.Option<string>, Usage> =>
  Option.isSome(argument) && Option.isSome(flag)
    ? Effect.fail(new Usage({ detail: "two plans are named", next: "Name one: lockplane apply plan.json" }))
    : Effect.succeed(Option.orElse(argument, () => flag))
