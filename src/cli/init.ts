/** `lockplane init` */
import * as Command from "effect/cli/Command"
import type * as Prompt from "effect/cli/Prompt"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type * as Stdio from "effect/Stdio"
import type * as Terminal from "effect/Terminal"
import type { Selection } from "../Catalog.ts"
import { environmentNameRule, selectionIn } from "../config/Configuration.ts"
import { fileNameOf } from "../config/EnvironmentFile.ts"
import * as Settings from "../config/Settings.ts"
import { Dialect } from "../Dialect.ts"
import { parse } from "../engine/ConnectionUrl.ts"
import * as SqliteLocation from "../engine/SqliteLocation.ts"
import {
  type Answers,
  type Database,
  describeDatabase,
  dialectOf,
  EnvironmentName,
  filePath,
  schemaPathProblem,
  type Shadow as ShadowChoice,
  shadowUrl,
  sourceOf,
  withToken
} from "../init/Answers.ts"
import { connectionTest, fileTest, libsqlTest } from "../init/ConnectionTest.ts"
import * as Project from "../init/Project.ts"
import { changes, exampleSchema, type FileChange, type SchemaText } from "../init/ProjectFiles.ts"
import { schemaFiles } from "../init/SchemaFiles.ts"
import { refuseTarget, schemaProblem } from "../init/ShadowTest.ts"
import { write } from "../init/Writing.ts"
import * as Lockplane from "../Lockplane.ts"
import { aspects, narrow } from "../ManagedScope.ts"
import * as ShadowServer from "../postgres/ShadowServer.ts"
import { Shadow } from "../Shadow.ts"
import { refuseTargets } from "../shadow/ShadowFile.ts"
import * as Source from "../Source.ts"
import * as LibsqlShadowServer from "../sqlite/ShadowServer.ts"
import { describe, Ended, exitCodes, Refused, reporting, Usage } from "./Failure.ts"
import { initDockerCompose } from "./initDockerCompose.ts"
import { databaseOf, type Given, given, initFlags } from "./InitFlags.ts"
import * as Wizard from "./InitWizard.ts"
import { say, style } from "./Output.ts"
import { present } from "./Schemas.ts"

const nothingWritten = "Nothing was written."

/** What is decided before the files are made: the answers, and what the schema's folder begins with. */
interface Decision {
  readonly answers: Answers
  readonly start: Start
}

/** What the schema's folder begins with. */
type Start = "example" | "database" | "nothing"

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

const selectionFor = (project: Project.Project, schemas: ReadonlyArray<string> | undefined): Selection =>
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

/** The name of a server's database, as the server says it, or as its URL does. */
const databaseName = (url: Redacted.Redacted<string>): Effect.Effect<string> =>
  parse(Redacted.value(url)).pipe(
    Effect.map(({ database, user }) => database ?? user ?? "postgres"),
    Effect.orElseSucceed(() => "postgres")
  )

/** The shadow that flags name, for the database that was decided on. */
const shadowFor = (
  { shadow }: Given,
  database: Database
): Effect.Effect<ShadowChoice | undefined, Usage> =>
  Effect.gen(function*() {
    if (shadow === undefined) return undefined
    const isSqlite = dialectOf(database) === "sqlite"
    if (shadow._tag === "Url") {
      if ((Source.dialectOf(Source.parse(Redacted.value(shadow.url))) === "sqlite") === isSqlite) {
        return { _tag: "Database", url: shadow.url } as const
      }
      return yield* new Usage({
        detail: `--shadow-db: the shadow is to be of the same family as ${describeDatabase(database)}`,
        next: isSqlite
          ? "Name a file such as shadow.db or a database such as libsql://host, or leave it out: plans are proven in memory then."
          : "Write it as postgres://user:password@host:5432/database, or leave it out: the shadow is the embedded PostgreSQL then."
      })
    }
    if (database._tag !== "Server") {
      return yield* new Usage({
        detail: `${describeDatabase(database)} has no server for a shadow`,
        next: isSqlite
          ? "Leave the shadow out: plans are proven in memory then. Or name a file with --shadow-db FILE."
          : "Leave the shadow out: it is the embedded PostgreSQL then. Or name one with --shadow-db URL."
      })
    }
    return shadow._tag === "Schema"
      ? shadow
      : { _tag: "Database", url: shadowUrl(database.url, yield* databaseName(database.url), shadow.port) } as const
  })

/** Fails where the shadow is what the environment, or another one of the project, works on. */
const checkedShadow = Effect.fnUntraced(function*(
  project: Project.Project,
  { database, environment, managed, set, shadow }: {
    readonly environment: string
    readonly database: Database
    readonly shadow: ShadowChoice
    /** The shadow database that is set already. */
    readonly set: string | undefined
    readonly managed: ReadonlyArray<string> | undefined
  }
) {
  const problem = shadow._tag === "Schema" ? schemaProblem(shadow.schema, managed) : undefined
  if (problem !== undefined) return yield* new Refused({ detail: problem, next: nothingWritten })
  const url = shadow._tag === "Database"
    ? shadow.url
    : shadow._tag === "AsItIs" && set !== undefined
    ? Redacted.make(set)
    : undefined
  if (url === undefined) return
  const others = yield* Effect.orElseSucceed(Settings.targets(), () => [])
  const { _tag: sort } = Source.parse(Redacted.value(url))
  const targets = [
    { name: environment, url: sourceOf(database) },
    ...others.filter(({ name }) => name !== environment && project.environments.includes(name))
  ].filter(({ url }) => Source.parse(Redacted.value(url))._tag === sort)
    .map(({ name, url }) => ({ name: `the environment ${name}`, url }))
  const location = sort === "Sqlite" ? yield* SqliteLocation.parse(Redacted.value(url)) : undefined
  if (location?._tag === "File") yield* refuseTargets(location.path, targets)
  if (location !== undefined) return
  yield* Effect.provide(
    refuseTarget(url, targets),
    sort === "Libsql" ? LibsqlShadowServer.layer : ShadowServer.layer
  )
})

/** Whether an embedded database is there already. */
const isThere = Effect.fnUntraced(function*(project: Project.Project, database: Database) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  return database._tag === "Embedded" &&
    (yield* Effect.orElseSucceed(
      fs.exists(path.join(path.resolve(project.folder, database.directory), "PG_VERSION")),
      () => false
    ))
})

/** The path of the SQLite file that a database is, and whether there is one. */
const fileOf = Effect.fnUntraced(function*(project: Project.Project, database: Database) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const written = filePath(database)
  if (written === undefined) return undefined
  const place = path.resolve(project.folder, written)
  return { place, written, isThere: yield* Effect.orElseSucceed(fs.exists(place), () => true) }
})

/** Looks into a database that can be asked before anything is set up; undefined for one that cannot, or is not there. */
const look = Effect.fnUntraced(function*(
  project: Project.Project,
  database: Database,
  schemas: ReadonlyArray<string> | undefined
) {
  switch (database._tag) {
    case "Server":
      return yield* connectionTest(database.url, schemas)
    case "Libsql":
      return yield* libsqlTest(withToken(database.url, database.token))
    case "Sqlite": {
      const file = yield* fileOf(project, database)
      return file?.isThere === true ? yield* fileTest(file.place) : undefined
    }
    case "Embedded":
      return undefined
  }
})

/** A libSQL server with the token that the environment has already. */
const withOwnToken = (database: Database, variables: ReadonlyMap<string, string>): Database => {
  const token = variables.get("LIBSQL_AUTH_TOKEN")
  return database._tag === "Libsql" && database.token === undefined && token !== undefined
    ? { ...database, token: Redacted.make(token) }
    : database
}

/** The SQLite file that is to be made: one that is missing, in the project. */
const missingFile = Effect.fnUntraced(function*(project: Project.Project, database: Database) {
  const path = yield* Path.Path
  const file = yield* fileOf(project, database)
  if (file === undefined || file.isThere) return undefined
  const within = path.relative(project.folder, file.place)
  return within.startsWith("..") || path.isAbsolute(within) ? undefined : within.replaceAll("\\", "/")
})

/** Whether the schema's folder is empty, and one of the project's. */
const canBegin = (project: Project.Project, schemaPath: string) =>
  schemaPathProblem(schemaPath) === undefined ? Project.isEmptyFolder(project, schemaPath) : Effect.succeed(false)

/** By flags and defaults alone. */
const decideUnasked = Effect.fnUntraced(function*(project: Project.Project, said: Given) {
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
const decideAsking = Effect.fnUntraced(function*(project: Project.Project, said: Given) {
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
