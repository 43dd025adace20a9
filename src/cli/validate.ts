/** `lockplane validate sql | schema | plan`: checks of files that need no database. */
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { DialectName } from "../Catalog.ts"
import type { Plan } from "../Plan.ts"
import { decode as decodePlan } from "../PlanJson.ts"
import { readFiles } from "../text/SourceFiles.ts"
import { hintAtSqlite } from "../text/SqliteSigns.ts"
import { renderText } from "../text/ValidationReport.ts"
import { Ended, exitCodes, reporting } from "./Failure.ts"
import { Document, familyOf } from "./Family.ts"
import { textOrJson } from "./flags.ts"
import { data, json, say } from "./Output.ts"
import { nameOf, readText } from "./Plans.ts"
import { checkStatements } from "./PlanStatements.ts"

const failed = new Ended({ code: exitCodes.failed })

/** The dialect of SQL: as the flag says, else the settings; PostgreSQL's where they cannot be read, which is not looked at here. */
const dialectOf = (flag: Option.Option<DialectName>) =>
  Option.isSome(flag) ? Effect.succeed(flag.value) : Effect.orElseSucceed(familyOf([], {}), () => "postgres" as const)

/** What checks SQL, of the one family that it is for. */
const validatorOf = (dialect: DialectName) =>
  dialect === "sqlite"
    ? Effect.promise(() => import("../sqlite/SchemaText.ts"))
    : Effect.promise(() => import("../postgres/sql/Validation.ts"))

const sql = Command.make("sql", {
  path: Argument.String("PATH").pipe(Argument.withDescription("A .lp.sql or .sql file, or a folder of .lp.sql files")),
  dialect: Flag.Literals("dialect", ["postgres", "sqlite"]).pipe(
    Flag.withDescription("The dialect of the files (default: that of lockplane.toml, else postgres)"),
    Flag.optional
  ),
  format: textOrJson
}, ({ dialect, format, path }) =>
  reporting(Effect.gen(function*() {
    const files = yield* readFiles(path)
    const family = yield* dialectOf(dialect)
    const { validateFiles } = yield* validatorOf(family)
    const report = yield* validateFiles(files)
    yield* format === "json" ? json(report) : data(renderText(report))
    if (report.valid) return
    const hint = family === "sqlite" || Option.isSome(dialect)
      ? undefined
      : hintAtSqlite(files, "add --dialect sqlite, or write dialect = \"sqlite\" in lockplane.toml.")
    if (hint !== undefined) yield* say(hint)
    return yield* failed
  }))).pipe(
    Command.withDescription(
      "Check SQL files: every syntax error, everything that is not declarative or would lose data, and broken structure. Exit code 1 if a file is invalid"
    ),
    Command.withShortDescription("Check SQL files"),
    Command.withExamples([
      { command: "lockplane validate sql schema/users.lp.sql", description: "One file" },
      { command: "lockplane validate sql schema --format json", description: "A folder, for a program" },
      { command: "lockplane validate sql schema --dialect sqlite", description: "SQL of SQLite" }
    ])
  )

/** The report of a file that is one document. */
const report = (path: string, format: "text" | "json", problems: ReadonlyArray<string>) =>
  Effect.gen(function*() {
    const file = nameOf(path)
    if (format === "json") {
      yield* json({
        valid: problems.length === 0,
        issues: problems.map((message) => ({ file, severity: "error", message }))
      })
    } else if (problems.length === 0) yield* data("✓ Validation 1: PASS")
    else yield* data([...problems.map((message) => `${file}: error: ${message}`), "✗ Validation 1: FAIL"].join("\n"))
    if (problems.length > 0) return yield* failed
  })

/** Reads schema JSON for its problems alone. */
const decoded = (text: string, dialect: DialectName) =>
  dialect === "sqlite"
    ? Effect.flatMap(Effect.promise(() => import("../sqlite/SchemaJson.ts")), ({ decode }) =>
      Effect.asVoid(Effect.fromResult(decode(text))))
    : Effect.flatMap(
      Effect.promise(() =>
        import("../postgres/SchemaJson.ts")
      ),
      ({ decode }) => Effect.asVoid(decode(text))
    )

const schema = Command.make("schema", {
  path: Argument.String("FILE").pipe(Argument.withDescription("A file of schema JSON, or - for standard input")),
  format: textOrJson
}, ({ format, path }) =>
  reporting(Effect.gen(function*() {
    const text = yield* readText(path)
    const isSqlite = Option.exists(Schema.decodeOption(Document)(text), ({ dialect }) => dialect === "sqlite")
    const problems = yield* decoded(text, isSqlite ? "sqlite" : "postgres").pipe(
      Effect.map((): ReadonlyArray<string> => []),
      Effect.catch(({ issues }) =>
        Effect.succeed(issues.map(({ message, path }) => path === "" ? message : `${path}: ${message}`))
      )
    )
    yield* report(path, format, problems)
  }))).pipe(
    Command.withDescription("Check schema JSON: everything that does not fit, with its place"),
    Command.withExamples([{ command: "lockplane validate schema schema.json" }])
  )

const planProblems = (text: string) =>
  Effect.flatMap(decodePlan(text), (plan: Plan) => checkStatements(plan)).pipe(
    Effect.map((): ReadonlyArray<string> => []),
    Effect.catchTag("InvalidPlan", ({ problems }) => Effect.succeed(problems))
  )

const plan = Command.make("plan", {
  path: Argument.String("FILE").pipe(Argument.withDescription("A plan file, or - for standard input")),
  format: textOrJson
}, ({ format, path }) =>
  reporting(
    Effect.flatMap(readText(path), (text) =>
      Effect.flatMap(planProblems(text), (problems) => report(path, format, problems)))
  )).pipe(
    Command.withDescription("Check a plan file: its form, and that its SQL can be parsed"),
    Command.withExamples([{ command: "lockplane validate plan plan.json" }])
  )

/** The checks of files. */
export const validate = Command.make("validate").pipe(
  Command.withDescription("Check files without a database"),
  Command.withExamples([{ command: "lockplane validate sql schema" }]),
  Command.withSubcommands([sql, schema, plan])
)
