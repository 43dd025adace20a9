/** `lockplane convert` */
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stdio from "effect/Stdio"
import * as Stream from "effect/Stream"
import type { Catalog, DialectName } from "../Catalog.ts"
import * as Settings from "../config/Settings.ts"
import * as Lockplane from "../Lockplane.ts"
import * as Source from "../Source.ts"
import { printNotes } from "../translation/Note.ts"
import { other, translate, verify } from "../translation/Translation.ts"
import { withFamily, withStages } from "./Command.ts"
import { Refused, reporting } from "./Failure.ts"
import { Document, ofLease } from "./Family.ts"
import { source, sourceWords, text, toggle } from "./flags.ts"
import { data, say } from "./Output.ts"
import { readText } from "./Plans.ts"
import { wanted } from "./Schemas.ts"
import { schemaText } from "./schemaText.ts"
import { placeOf } from "./Settings.ts"

/** The form that was asked for, else that of the output's name; undefined where neither says one. */
const formOf = (
  to: Option.Option<"json" | "sql">,
  output: Option.Option<string>
): "json" | "sql" | undefined =>
  Option.getOrElse(to, () =>
    Option.match(Option.filter(output, (path) => path !== "-"), {
      onSome: (path) => path.endsWith(".json") ? "json" as const : "sql" as const,
      onNone: () => undefined
    }))

/** A schema before it is loaded: its place, and the text of standard input. */
interface Input {
  readonly place: string
  readonly stdin: string | undefined
}

const readInput = Effect.fnUntraced(function*(place: string) {
  const input: Input = { place, stdin: place === "-" ? yield* readText(place) : undefined }
  return input
})

const isJson = ({ place, stdin }: Input): boolean =>
  stdin === undefined ? place.endsWith(".json") : stdin.trimStart().startsWith("{")

/** Runs what loads the input: standard input can be read once, and is given again. */
const giving = <A, E, R>({ stdin }: Input, load: Effect.Effect<A, E, R>): Effect.Effect<A, E, R | Stdio.Stdio> =>
  stdin === undefined
    ? load
    : Effect.updateService(
      load,
      Stdio.Stdio,
      (stdio) => ({ ...stdio, stdin: Stream.succeed(new TextEncoder().encode(stdin)) })
    )

const write = Effect.fnUntraced(function*(result: string, output: Option.Option<string>) {
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
})

/** What a document says of its family; undefined where it says nothing, and where it cannot be read, which loading it tells. */
const familyIn = (text: string): Effect.Effect<DialectName | undefined> =>
  Effect.map(
    Effect.option(Schema.decodeEffect(Document)(text)),
    (document) => Option.getOrUndefined(document)?.dialect
  )

/** What `lockplane.toml` says of the project's own schema; undefined where it says nothing. */
const ofProject = Effect.map(
  Settings.resolve(),
  ({ dialect }) => dialect.origin._tag === "Default" ? undefined : dialect.value
)

/**
 * The family of the input, as far as it is known. SQL does not say it: a folder is the project's own, and a file can come
 * from anywhere.
 */
const familyOf = Effect.fnUntraced(function*(input: Input) {
  if (input.stdin !== undefined) return isJson(input) ? yield* familyIn(input.stdin) : undefined
  const fs = yield* FileSystem.FileSystem
  const source = Source.parse(input.place)
  switch (source._tag) {
    case "Json":
      return yield* familyIn(yield* Effect.orElseSucceed(fs.readFileString(source.path), () => ""))
    case "Files":
      return source.path.endsWith(".sql") ? undefined : yield* ofProject
    case "Migrations":
      return "postgres"
    case "ReservedShadow":
      return yield* ofLease
    default:
      return Source.dialectOf(source)
  }
})

const names: Readonly<Record<DialectName, string>> = { postgres: "PostgreSQL", sqlite: "SQLite" }

const counted = ({ objects }: Catalog): string => {
  const kinds = Map.groupBy(objects.values(), ({ kind }) => kind)
  const parts = [["table", "tables"], ["index", "indexes"], ["view", "views"]].flatMap(([one = "", many = ""]) => {
    const count = kinds.get(one)?.length ?? 0
    return count === 0 ? [] : [`${count} ${count === 1 ? one : many}`]
  })
  return parts.length === 0 ? "no objects" : parts.join(", ")
}

/** Translates a catalog, and prints it: what is not the same is told on standard error. */
const translated = Effect.fnUntraced(
  function*(catalog: Catalog, to: DialectName, form: "json" | "sql", strict: boolean) {
    const translation = yield* translate(catalog)
    const result = yield* schemaText(translation.catalog, form)
    yield* verify(translation, result, form)
    yield* say(`Translated from ${names[catalog.dialect]} to ${names[to]}: ${counted(translation.catalog)}.`)
    const notes = printNotes(translation.notes)
    if (notes !== "") yield* say(notes)
    const without = translation.notes.filter(({ effect }) => effect === "left out").length
    if (strict && without > 0) {
      return yield* new Refused({
        detail: `${without} of the schema ${without === 1 ? "has" : "have"} no counterpart in ${
          names[to]
        } (--strict). Nothing is written.`,
        next: "Take out what is listed as left out, or run the command without --strict."
      })
    }
    return result
  }
)

/** The services for what is written; the schema that is read may have those of a configured shadow. */
const stagesOf = { postgres: Lockplane.layer, sqlite: Lockplane.sqlite } as const

const spelling = (family: DialectName): string =>
  `It was read as a schema of ${names[family]}, since it is to become one of ${
    names[other(family)]
  }. What is of that already is converted without --dialect.`

/** Converts a schema between SQL and JSON, and between the families of databases. */
export const convert = Command.make("convert", {
  input: source("input", `The schema: ${sourceWords}`),
  output: text("output", "FILE", "Where to write it (default: standard output)"),
  to: Flag.Literals("to", ["json", "sql"]).pipe(
    Flag.withDescription(
      "The form to write (default: by the name of the output, else the form that the input has not; with --dialect: sql)"
    ),
    Flag.optional
  ),
  dialect: Flag.Literals("dialect", ["postgres", "sqlite"]).pipe(
    Flag.withDescription(
      "The family of databases to write for. SQL does not say its own: a folder is of the dialect in lockplane.toml, where there is one; else, like every SQL file, of the other family. What has no counterpart is listed on standard error"
    ),
    Flag.optional
  ),
  strict: toggle("strict", "With --dialect: write nothing, and exit with 1, where anything would be left out")
}, ({ dialect, input, output, strict, to }) => {
  const same = withStages(
    Effect.gen(function*() {
      const given = yield* readInput(yield* placeOf(input))
      const catalog = yield* giving(given, wanted(given.place))
      yield* write(yield* schemaText(catalog, formOf(to, output) ?? (isJson(given) ? "sql" : "json")), output)
    }),
    { places: [input] }
  )
  if (Option.isNone(dialect)) return same
  const family = dialect.value
  return reporting(Effect.gen(function*() {
    const given = yield* readInput(yield* placeOf(input))
    const known = yield* familyOf(given)
    const from = known ?? other(family)
    const form = formOf(to, output) ?? "sql"
    const work = Effect.gen(function*() {
      const catalog = yield* giving(given, Source.load(Source.parse(given.place))).pipe(
        Effect.tapError(() => known === undefined ? say(spelling(from)) : Effect.void)
      )
      if (from === family && known !== undefined && Source.parse(given.place)._tag === "Files") {
        yield* say(`${given.place} is a schema of ${names[family]} already, by lockplane.toml: nothing is translated.`)
      }
      const result = from === family
        ? yield* schemaText(catalog, form)
        : yield* Effect.provide(translated(catalog, family, form, strict), stagesOf[family])
      yield* write(result, output)
    })
    return yield* withFamily(from, work)
  }))
}).pipe(
  Command.withDescription(
    "Convert a schema between SQL and JSON without loss, or translate it between PostgreSQL and SQLite with a list of what has no counterpart"
  ),
  Command.withExamples([
    { command: "lockplane convert --input schema --output schema.json" },
    { command: "lockplane convert --input schema.json --to sql > schema.lp.sql" },
    {
      command: "pg_dump --schema-only shop | lockplane convert --input - --to sql",
      description: "From a dump"
    },
    {
      command: "lockplane convert --input shop.db --dialect postgres --output schema.lp.sql",
      description: "From a SQLite database to a schema for PostgreSQL"
    },
    { command: "lockplane convert --input schema --dialect sqlite", description: "From PostgreSQL's SQL to SQLite's" }
  ])
)
