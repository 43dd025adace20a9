/** `lockplane init` */
import * as Command from "effect/cli/Command"
import type * as Prompt from "effect/cli/Prompt"
import * as Effect from "effect/Effect"
import * as Path from "effect/Path"
import * as Redacted from "effect/Redacted"
import type * as Stdio from "effect/Stdio"
import type * as Terminal from "effect/Terminal"
import type { Selection } from "../Catalog.ts"
import { Dialect } from "../Dialect.ts"
import { type Answers, type Database, dialectOf, sourceOf, withToken } from "../init/Answers.ts"
import * as Project from "../init/Project.ts"
import { changes, exampleSchema, type FileChange, type SchemaText } from "../init/ProjectFiles.ts"
import { schemaFiles } from "../init/SchemaFiles.ts"
import { write } from "../init/Writing.ts"
import * as Lockplane from "../Lockplane.ts"
import { aspects, narrow } from "../ManagedScope.ts"
import { Shadow } from "../Shadow.ts"
import { Ended, exitCodes, Refused, reporting } from "./Failure.ts"
import { fileOf, missingFile } from "./InitDatabase.ts"
import { decideAsking, decideUnasked, type Decision, selectionFor, type Start } from "./InitDecision.ts"
import { initDockerCompose } from "./initDockerCompose.ts"
import { given, initFlags, nothingWritten } from "./InitFlags.ts"
import * as Wizard from "./InitWizard.ts"
import { say, style } from "./Output.ts"
import { present } from "./Schemas.ts"

/** The schema of the database as files, and a word on what is left out of them. */
const filesOfDatabase = (project: Project.Project, database: Database, selection: Selection) =>
  Effect.gen(function*() {
    const path = yield* Path.Path
    const source = database._tag === "Embedded"
      ? `pglite:${path.resolve(project.folder, database.directory)}`
      : database._tag === "Libsql"
      ? Redacted.value(withToken(database.url, database.token))
      : (yield* fileOf(project, database))?.place ?? Redacted.value(sourceOf(database))
    const catalog = narrow(yield* present(source, selection), { aspects, ...selection })
    const { kindOf } = yield* Dialect
    const { major } = yield* Shadow
    return yield* Effect.fromResult(schemaFiles(catalog, { kindOf, serverMajor: yield* major }))
  }).pipe(Effect.provide(dialectOf(database) === "sqlite" ? Lockplane.sqlite : Lockplane.layer))

const schemaTexts = (
  project: Project.Project,
  { answers, start }: Decision
) =>
  Effect.gen(function*() {
    if (start === "nothing") return []
    if (start === "example") return [exampleSchema(answers)]
    const files = yield* filesOfDatabase(project, answers.database, selectionFor(project, answers.schemas))
    return files.length === 0 ? [exampleSchema(answers)] : files
  })

const table = (files: ReadonlyArray<FileChange>): string => {
  const width = Math.max(...files.map(({ path }) => path.length))
  return files.map(({ about, path }) => `  ${path.padEnd(width)}  ${about}`).join("\n")
}

/** What to type next. */
const next = (answers: Answers, schema: string, start: Start, written: ReadonlyArray<SchemaText>): string => {
  const { environment } = answers
  const commands = [
    `lockplane plan --from env:${environment} --to ${schema} > plan.json`,
    `lockplane plan-rollback --plan plan.json --from env:${environment} > rollback.json`,
    `lockplane apply plan.json --target-environment ${environment}`,
    `lockplane apply rollback.json --target-environment ${environment}`
  ]
  const first = start === "database"
    ? `The files in ${schema}/ say what the database is. Change one of them; then`
    : written.length > 0
    ? `Change ${schema}/${written[0]?.name ?? ""} to what you want, or leave it; then`
    : `Let the .lp.sql files in ${schema}/ say what you want; then`
  return [`Next: ${first[0]?.toLowerCase()}${first.slice(1)}`, ...commands.map((command) => `  ${command}`)].join("\n")
}

/** How files are told before or after they are written. */
const overview = ({ answers }: Decision, files: ReadonlyArray<FileChange>): string =>
  [
    "",
    Wizard.summary(answers.environment, answers.description, answers.database, answers.shadow, answers.schemaPath),
    "",
    table(files)
  ].join("\n")

const finish = Effect.fnUntraced(function*(
  project: Project.Project,
  decided: Decision,
  approve: Effect.Effect<boolean, Terminal.QuitError, Prompt.Environment | Stdio.Stdio>
) {
  const { answers, start } = decided
  const path = yield* Path.Path
  const { green } = yield* style
  const schema = yield* schemaTexts(project, decided)
  const texts = yield* Project.present(project, answers.environment)
  const file = yield* missingFile(project, answers.database)
  const files = yield* Effect.fromResult(changes(answers, { ...texts, missingFile: file }, schema))
  yield* say(overview(decided, files))
  if (!(yield* approve)) return yield* say(nothingWritten)
  yield* write(project.folder, files)
  const written = files.filter(({ before, text }) => before !== text)
  yield* say(
    written.length === 0
      ? "Everything was there as it should be."
      : `${green("✓")} Wrote ${written.length === 1 ? "1 file" : `${written.length} files`}`
  )
  const folder = path.relative(path.resolve("."), path.join(project.folder, answers.schemaPath)) || "."
  yield* say(`\n${next(answers, folder, start, schema)}`)
})

const setUp = (flags: Parameters<typeof given>[0]) =>
  Effect.gen(function*() {
    const said = yield* given(flags)
    const project = yield* Project.find
    if (flags.yes) return yield* finish(project, yield* decideUnasked(project, said), Effect.succeed(true))
    if (!(yield* Wizard.canAsk)) {
      return yield* new Refused({
        detail: "there is no terminal to ask on",
        next: `To take the flags and defaults without being asked, add --yes. ${nothingWritten}`
      })
    }
    yield* Wizard.onStandardError(
      Effect.gen(function*() {
        const decided = yield* decideAsking(project, said)
        yield* finish(project, decided, Wizard.confirm("Write these files?"))
      })
    ).pipe(
      Effect.catchTag("QuitError", () =>
        Effect.andThen(say(`\n${nothingWritten}`), Effect.fail(new Ended({ code: exitCodes.interrupted }))))
    )
  })

/** Sets up a project: its settings, an environment, a shadow, and the folder of its schema. */
export const init = Command.make(
  "init",
  initFlags,
  (flags) => reporting(setUp(flags), Effect.succeed(`Interrupted. ${nothingWritten}`))
).pipe(
  Command.withDescription(
    "Set up a project: lockplane.toml with an environment, .env.NAME with its database, a shadow, and a folder for the schema. Asks, and writes nothing before you have seen what. Where lockplane.toml is there, an environment is added or changed and the rest stays"
  ),
  Command.withExamples([
    { command: "lockplane init", description: "Questions, one after the other" },
    { command: "lockplane init --yes", description: "An embedded PostgreSQL and an example schema, without questions" },
    {
      command: "lockplane init --yes --env-name production --connection-string $DATABASE_URL",
      description: "Another environment"
    },
    { command: "lockplane init docker-compose", description: "A shadow database beside the one of a Compose file" }
  ]),
  Command.withSubcommands([initDockerCompose])
)
