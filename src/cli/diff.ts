/** `lockplane diff` */
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import { comparable, maybeSpelling, settledPair } from "../Canonical.ts"
import type { ObjectId } from "../Catalog.ts"
import { describeChange } from "../Description.ts"
import { Dialect } from "../Dialect.ts"
import { type Change, changedId, diff } from "../Diff.ts"
import { script } from "../Explain.ts"
import { unproven } from "../Prover.ts"
import { hints, renamed } from "../Renames.ts"
import { withStages } from "./Command.ts"
import { Ended, exitCodes } from "./Failure.ts"
import { include, renames, sourceWords, toggle } from "./flags.ts"
import { data, json, say } from "./Output.ts"
import { presentPair } from "./Schemas.ts"
import { scopeFlags, selection } from "./Scope.ts"
import { placeOf } from "./Settings.ts"

const words = { Create: "create", Drop: "drop", Alter: "alter" } as const

const asJson = (hints: ReadonlyMap<ObjectId, string>) => (change: Change) => ({
  object: changedId(change),
  change: words[change._tag],
  ...(change._tag === "Create" ? {} : { from: (change._tag === "Alter" ? change.from : change.object).state }),
  ...(change._tag === "Drop" ? {} : { to: (change._tag === "Alter" ? change.to : change.object).state }),
  ...(change._tag === "Drop" && hints.has(change.object.id) ? { hint: hints.get(change.object.id) } : {})
})

/** The object of a change whose parent comes or goes with it says nothing more. */
const withoutParts = (changes: ReadonlyArray<Change>): ReadonlyArray<Change> => {
  const whole = new Set(
    changes.flatMap((change) => change._tag === "Alter" ? [] : [`${change._tag} ${change.object.id}`])
  )
  return changes.filter((change) =>
    change._tag === "Alter" || change.object.parent === undefined ||
    !whole.has(`${change._tag} ${change.object.parent}`)
  )
}

/** Prints what differs between two schemas. */
export const diffCommand = Command.make("diff", {
  from: Argument.String("FROM").pipe(Argument.withDescription(`A schema: ${sourceWords}`)),
  to: Argument.String("TO").pipe(Argument.withDescription("The schema to compare it with")),
  format: Flag.Literals("format", ["text", "json", "sql"]).pipe(
    Flag.withDefault("text"),
    Flag.withDescription(
      "text (a line an object), json, or sql (the statements that lead from one to the other, not proven); default: text"
    )
  ),
  include,
  ...scopeFlags,
  renames,
  exitCode: toggle("exit-code", "Exit with 3 if they differ")
}, ({ exitCode, format, from, include, renames, to, ...scope }) =>
  withStages(
    Effect.gen(function*() {
      const managed = yield* selection(scope)
      const [one, other] = yield* presentPair(yield* placeOf(from), yield* placeOf(to), managed)
      const asRead = yield* comparable(one, other, renames, include, managed)
      const { kindOf } = yield* Dialect
      const between = maybeSpelling(diff(asRead.from, asRead.to), kindOf) ? yield* settledPair(asRead) : asRead
      const { source, steps } = yield* renamed(between)
      const changes = diff(source, between.to)
      const alike = yield* hints(source, between.to)
      const isEqual = changes.length + steps.length === 0
      switch (format) {
        case "json":
          yield* json({
            equal: isEqual,
            changes: [
              ...steps.map(({ object, renamed_from }) => ({ object, change: "rename", renamed_from })),
              ...changes.map(asJson(alike))
            ]
          })
          break
        case "sql":
          if (!isEqual) yield* data(script(yield* unproven(between)))
          break
        case "text": {
          if (!isEqual) {
            yield* data([
              ...steps.map(({ description }) => `> ${description}`),
              ...withoutParts(changes).map((change) => describeChange(change, kindOf))
            ].join("\n"))
          }
        }
      }
      for (const hint of alike.values()) yield* say(`${hint}.`)
      if (isEqual) yield* say("The schemas are equal.")
      else if (exitCode) return yield* new Ended({ code: exitCodes.different })
    }),
    { places: [from, to] }
  )).pipe(
    Command.withDescription(
      "Print what differs between two schemas: + is only in the second, - only in the first, ~ differs, > has another name"
    ),
    Command.withExamples([
      { command: "lockplane diff postgres://app@localhost/shop schema" },
      { command: "lockplane diff env:staging env:production", description: "Two environments of lockplane.toml" },
      {
        command: "lockplane diff old.lp.sql new.lp.sql --format json --exit-code",
        description: "For a program; exit code 3 if they differ"
      }
    ])
  )
