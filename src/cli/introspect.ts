/** `lockplane introspect` */
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { aspects, narrow } from "../ManagedScope.ts"
import { withStages } from "./Command.ts"
import { Usage } from "./Failure.ts"
import { sourceWords, target, targetEnvironment } from "./flags.ts"
import { data, say } from "./Output.ts"
import { present } from "./Schemas.ts"
import { schemaText } from "./schemaText.ts"
import { scopeFlags, selection } from "./Scope.ts"
import { environmentPlaces, targetUrl } from "./Settings.ts"

/** Prints the schema of a database. */
export const introspect = Command.make("introspect", {
  source: Argument.String("SOURCE").pipe(
    Argument.withDescription(`${sourceWords} (default: the database of --db or --target-environment)`),
    Argument.optional
  ),
  db: target,
  targetEnvironment,
  format: Flag.Literals("format", ["json", "sql"]).pipe(
    Flag.withDefault("json"),
    Flag.withDescription("Schema JSON, or declarative SQL (default: json)")
  ),
  ...scopeFlags
}, ({ db, format, source, targetEnvironment, ...scope }) =>
  withStages(
    Effect.gen(function*() {
      if ([source, db, targetEnvironment].filter(Option.isSome).length > 1) {
        return yield* new Usage({
          detail: "two databases are named",
          next: "Name one: lockplane introspect postgres://app@localhost/shop"
        })
      }
      const managed = yield* selection(scope)
      const url = yield* targetUrl(Option.orElse(source, () => db), targetEnvironment)
      const catalog = narrow(yield* present(url, managed), { aspects, ...managed })
      const apart = [...catalog.objects.values()].filter(({ parent }) => catalog.outside?.has(parent ?? "") === true)
      if (format === "json" && apart.length > 0) {
        yield* say(
          `Schema JSON has no place for parts of what Lockplane does not manage here; --format sql has. Left out:\n${
            apart.map(({ id }) => `  ${id}`).join("\n")
          }`
        )
      }
      yield* Effect.flatMap(schemaText(catalog, format), data)
    }),
    {
      places: [source, db, ...environmentPlaces(targetEnvironment)],
      request: {
        environment: Option.getOrUndefined(
          Option.isSome(source) || Option.isSome(db) ? Option.none() : targetEnvironment
        ),
        namedBy: "--target-environment"
      }
    }
  )).pipe(
    Command.withDescription(
      "Print the schema of a database, as JSON or as SQL. Objects that Lockplane does not manage are named on standard error"
    ),
    Command.withExamples([
      { command: "lockplane introspect postgres://app@localhost/shop > schema.json" },
      {
        command: "lockplane introspect --db postgres://app@localhost/shop --format sql > schema.lp.sql",
        description: "Begin with the schema that is there"
      },
      { command: "lockplane introspect --target-environment production", description: "Of an environment" },
      { command: "lockplane introspect --db $DATABASE_URL --format sql --schemas public", description: "A part of it" }
    ])
  )
