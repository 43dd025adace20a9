/** What `lockplane init` is to write, decided by flags, by defaults, and by questions. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type { Selection } from "../Catalog.ts"
import { environmentNameRule, selectionIn } from "../config/Configuration.ts"
import { fileNameOf } from "../config/EnvironmentFile.ts"
import { type Answers, type Database, EnvironmentName, schemaPathProblem, sourceOf } from "../init/Answers.ts"
import * as Project from "../init/Project.ts"
import { describe, Refused, Usage } from "./Failure.ts"
import { databaseName, isThere, look, withOwnToken } from "./InitDatabase.ts"
import { databaseOf, type Given, nothingWritten } from "./InitFlags.ts"
import { checkedShadow, shadowFor } from "./InitShadow.ts"
import * as Wizard from "./InitWizard.ts"
import { say, style } from "./Output.ts"

/** What is decided before the files are made: the answers, and what the schema's folder begins with. */
export interface Decision {
  readonly answers: Answers
  readonly start: Start
}

/** What the schema's folder begins with. */
export type Start = "example" | "database" | "nothing"

const schemaPathOf = (
  project: Project.Project,
  { schemaPath }: Given
): Effect.Effect<string | undefined, Refused | Usage> => {
  const set = Option.getOrUndefined(
    Option.flatMap(project.configuration, ({ configuration }) => Option.fromUndefinedOr(configuration.schema_path))
  )
  const problem = schemaPath === undefined || schemaPath === set ? undefined : schemaPathProblem(schemaPath)
  if (problem !== undefined) {
    return Effect.fail(
      new Usage({ detail: `--schema-path ${schemaPath} leads out of the project`, next: `${problem}.` })
    )
  }
  return schemaPath !== undefined && set !== undefined && set !== schemaPath
    ? Effect.fail(
      new Refused({
        detail: `lockplane.toml says schema_path = ${JSON.stringify(set)}, and the folder is to be ${schemaPath}`,
        next: `Change schema_path there, or leave --schema-path out. ${nothingWritten}`
      })
    )
    : Effect.succeed(schemaPath ?? set)
}

export const selectionFor = (project: Project.Project, schemas: ReadonlyArray<string> | undefined): Selection =>
  Option.match(project.configuration, {
    onSome: ({ configuration }) => selectionIn(configuration),
    onNone: () => schemas === undefined ? {} : { schemas }
  })

const checkedName = (name: string): Effect.Effect<string, Usage> =>
  isName(name) ? Effect.succeed(name) : Effect.fail(
    new Usage({
      detail: `${JSON.stringify(name)} cannot be the name of an environment`,
      next: `Use ${environmentNameRule}: --env-name staging`
    })
  )

const isName: (name: string) => boolean = Schema.is(EnvironmentName)

/** Whether the schema's folder is empty, and one of the project's. */
const canBegin = (project: Project.Project, schemaPath: string) =>
  schemaPathProblem(schemaPath) === undefined ? Project.isEmptyFolder(project, schemaPath) : Effect.succeed(false)

/** By flags and defaults alone. */
export const decideUnasked = Effect.fnUntraced(function*(project: Project.Project, said: Given) {
  const environment = yield* checkedName(said.environment ?? "local")
  const texts = yield* Project.present(project, environment)
  const isKnown = project.environments.includes(environment)
  const { hasShadow, shadowUrl: shadowSet, url: set } = yield* Project.current(project, environment, texts)
  const database: Database = withOwnToken(
    said.database ?? (set === undefined
      ? { _tag: "Embedded", directory: Wizard.embeddedFolder(environment) }
      : yield* databaseOf(set)),
    texts.variables
  )
  if (set !== undefined && !isKnown && set !== Redacted.value(sourceOf(database))) {
    return yield* new Refused({
      detail: `${
        fileNameOf(environment)
      } has another DATABASE_URL already, of an environment that lockplane.toml does not know`,
      next: `Leave the database out to use that one, or name another environment with --env-name. ${nothingWritten}`
    })
  }
  const shadow = (yield* shadowFor(said, database)) ?? { _tag: hasShadow ? "AsItIs" as const : "Embedded" as const }
  const schemaPath = (yield* schemaPathOf(project, said)) ?? "schema"
  const selection = selectionFor(project, said.schemas)
  yield* checkedShadow(project, { environment, database, shadow, set: shadowSet, managed: selection.schemas })
  const isFree = yield* canBegin(project, schemaPath)
  let start: Start = isFree ? "example" : "nothing"
  const reached = yield* Effect.result(look(project, database, selection.schemas))
  if (reached._tag === "Failure") {
    yield* say(`warning: ${describe(reached.failure)}\nThe settings are written all the same.`)
    start = "nothing"
  } else if (isFree && ((reached.success?.relations ?? 0) > 0 || (yield* isThere(project, database)))) {
    start = "database"
  }
  const description = said.description ?? (isKnown ? undefined : descriptionOf(environment))
  return decision(environment, description, { database, shadow, schemaPath, schemas: said.schemas }, start)
})

/** What an environment is where its name says it. */
const descriptionOf = (environment: string): string | undefined =>
  environment === "local" ? "Local development" : undefined

const decision = (
  environment: string,
  description: string | undefined,
  rest: Pick<Answers, "database" | "shadow" | "schemaPath"> & { readonly schemas: ReadonlyArray<string> | undefined },
  start: Start
): Decision => ({
  answers: {
    environment,
    ...(description === undefined ? {} : { description }),
    database: rest.database,
    shadow: rest.shadow,
    schemaPath: rest.schemaPath,
    ...(rest.schemas === undefined ? {} : { schemas: rest.schemas })
  },
  start
})

/** {@link look}, where a failure is told and nothing else. */
const lookOrTell = (project: Project.Project, database: Database) =>
  Effect.catch(
    look(project, database, undefined),
    (error) => Effect.as(say(`warning: ${describe(error)}\nIt can be set up all the same.`), undefined)
  )

/** By questions, as far as flags do not answer them. */
export const decideAsking = Effect.fnUntraced(function*(project: Project.Project, said: Given) {
  const { bold } = yield* style
  yield* say(
    project.environments.length === 0
      ? `${bold("Setting up Lockplane here.")} Nothing is written before you have seen what. Ctrl-C leaves at any time.`
      : `${bold("lockplane.toml is here")}, with ${
        project.environments.join(", ")
      }. An environment is added or changed; the rest stays.`
  )
  const folder = yield* schemaPathOf(project, said)
  const environment = said.environment === undefined
    ? yield* Wizard.askText("Name of the environment", {
      value: project.environments.includes("local") ? "" : "local",
      validate: (text) => isName(text) ? undefined : `Use ${environmentNameRule}`
    })
    : yield* checkedName(said.environment)
  const isKnown = project.environments.includes(environment)
  if (isKnown) yield* say(`${environment} is there already: it is changed.`)
  const known = descriptionOf(environment)
  const description = yield* Wizard.orAsk(
    said.description,
    isKnown || known === undefined
      ? Wizard.askText(`Description (may be empty${isKnown ? ": stays as it is" : ""})`, { canBeEmpty: true })
      : Wizard.askText("Description", { value: known })
  )
  const texts = yield* Project.present(project, environment)
  const { hasShadow, shadowUrl: shadowSet, url: set } = yield* Project.current(project, environment, texts)
  const current = set === undefined ? undefined : yield* Effect.orElseSucceed(databaseOf(set), () => undefined)
  const asked = yield* Wizard.askDatabase(said, environment, current)
  const database = withOwnToken(asked.database, texts.variables)
  const reached = asked.reached ?? (database._tag === "Server" ? undefined : yield* lookOrTell(project, database))
  const name = reached?.database ?? (database._tag === "Server" ? yield* databaseName(database.url) : "")
  const { schemas: managed } = selectionFor(project, said.schemas)
  const shadow = (yield* shadowFor(said, database)) ?? (yield* Wizard.askShadow(database, name, hasShadow, managed))
  yield* checkedShadow(project, { environment, database, shadow, set: shadowSet, managed })
  const schemaPath = folder ?? (yield* Wizard.askText("Folder of the wanted schema's files", {
    value: "schema",
    validate: schemaPathProblem
  }))
  let start: Start = "nothing"
  if (yield* canBegin(project, schemaPath)) {
    const isFull = reached === undefined ? yield* isThere(project, database) : reached.relations > 0
    // an example beside a database with tables would be a plan to drop them
    const isUnknown = (database._tag === "Server" || database._tag === "Libsql") && reached === undefined
    if (isFull) {
      const all = reached === undefined ? "" : ` (${Wizard.contents(reached.relations)})`
      const takes = yield* Wizard.confirm(`Begin with the schema that the database has${all}, a file for each table?`)
      start = takes ? "database" : "nothing"
    } else if (!isUnknown) start = "example"
  }
  return decision(environment, description, { database, shadow, schemaPath, schemas: said.schemas }, start)
})
