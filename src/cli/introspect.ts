/** `lockplane introspect` */
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { withStages } from "./Command.ts"
import { Usage } from "./Failure.ts"
import { sourceWords, target } from "./flags.ts"
import { data } from "./Output.ts"
import { present, targetUrl } from "./Schemas.ts"
import { schemaText } from "./schemaText.ts"

/** Prints the schema of a database. */
export const introspect = Command.make("introspect", {
  source: Argument.String("SOURCE").pipe(
    Argument.withDescription(`${sourceWords} (default: the database of --db)`),
    Argument.optional
  ),
  db: target,
  format: Flag.Literals("format", ["json", "sql"]).pipe(
    Flag.withDefault("json"),
    Flag.withDescription("Schema JSON, or declarative SQL (default: json)")
  )
}, ({ db, format, source }) =>
  withStages(Effect.gen(function*() {
    if (Option.isSome(source) && Option.isSome(db)) {
      return yield* new Usage({
        detail: "two databases are named",
        next: "Name one: lockplane introspect postgres://app@localhost/shop"
      })
    }
    const catalog = yield* Effect.flatMap(targetUrl(Option.orElse(source, () => db)), present)
    yield* Effect.flatMap(schemaText(catalog, format), data)
  }))).pipe(
    Command.withDescription(
      "Print the schema of a database, as JSON or as SQL. Objects that Lockplane does not manage are named on standard error"
    ),
    Command.withShortDescription("Print the schema of a database"),
    Command.withExamples([
      { command: "lockplane introspect postgres://app@localhost/shop > schema.json" },
      {
        command: "lockplane introspect --db postgres://app@localhost/shop --format sql > schema.lp.sql",
        description: "Begin with the schema that is there"
      }
    ])
  )
