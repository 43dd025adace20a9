/** `lockplane convert` */
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Stdio from "effect/Stdio"
import * as Stream from "effect/Stream"
import { withStages } from "./Command.ts"
import { Refused } from "./Failure.ts"
import { source, sourceWords, text } from "./flags.ts"
import { data, say } from "./Output.ts"
import { readText } from "./Plans.ts"
import { wanted } from "./Schemas.ts"
import { schemaText } from "./schemaText.ts"
import { placeOf } from "./Settings.ts"

/** The form that was asked for, else that of the output's name, else the other than that of the input. */
const formOf = (
  to: Option.Option<"json" | "sql">,
  output: Option.Option<string>,
  isJson: boolean
): "json" | "sql" =>
  Option.getOrElse(to, () =>
    Option.match(Option.filter(output, (path) => path !== "-"), {
      onSome: (path) => path.endsWith(".json") ? "json" : "sql",
      onNone: () => isJson ? "sql" : "json"
    }))

/** The schema, and whether it was written as JSON: of standard input, what came says so. */
const read = Effect.fnUntraced(function*(input: string) {
  if (input !== "-") return { catalog: yield* wanted(input), isJson: input.endsWith(".json") }
  const text = yield* readText(input)
  const stdin = Stream.succeed(new TextEncoder().encode(text))
  const catalog = yield* Effect.updateService(wanted(input), Stdio.Stdio, (stdio) => ({ ...stdio, stdin }))
  return { catalog, isJson: text.trimStart().startsWith("{") }
})

/** Converts a schema between SQL and JSON. */
export const convert = Command.make("convert", {
  input: source("input", `The schema: ${sourceWords}`),
  output: text("output", "FILE", "Where to write it (default: standard output)"),
  to: Flag.Literals("to", ["json", "sql"]).pipe(
    Flag.withDescription(
      "The form to write (default: by the name of the output, else the form that the input has not)"
    ),
    Flag.optional
  )
}, ({ input, output, to }) =>
  withStages(Effect.gen(function*() {
    const { catalog, isJson } = yield* read(yield* placeOf(input))
    const result = yield* schemaText(catalog, formOf(to, output, isJson))
    if (Option.isNone(output) || output.value === "-") return yield* data(result)
    const fs = yield* FileSystem.FileSystem
    yield* Effect.mapError(
      fs.writeFileString(output.value, result),
      (error) =>
        new Refused({
          detail: `${output.value}: cannot be written (${error.reason._tag})`,
          next: "Name a file in a folder that is there and that you may write to."
        })
    )
    yield* say(`Wrote ${output.value}`)
  }))).pipe(
    Command.withDescription("Convert a schema between SQL and JSON, without loss"),
    Command.withExamples([
      { command: "lockplane convert --input schema --output schema.json" },
      { command: "lockplane convert --input schema.json --to sql > schema.lp.sql" },
      {
        command: "pg_dump --schema-only shop | lockplane convert --input - --to sql",
        description: "From a dump"
      }
    ])
  )
