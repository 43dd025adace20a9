/** What commands manage: as their flags say, else as `lockplane.toml` does. */
import type * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import type * as Path from "effect/Path"
import type { DialectName, Selection } from "../Catalog.ts"
import { type Configuration, type ConfigurationError, selectionIn } from "../config/Configuration.ts"
import * as ConfigurationFile from "../config/ConfigurationFile.ts"
import * as Settings from "../config/Settings.ts"
import { Dialect } from "../Dialect.ts"
import { aspects, selectionOf, selectionProblems } from "../ManagedScope.ts"
import type { Plan } from "../Plan.ts"
import { Usage } from "./Failure.ts"
import { text } from "./flags.ts"

const patterns = (name: string, description: string): Flag.Flag<ReadonlyArray<string>> =>
  Flag.String(name).pipe(Flag.withMetavar("PATTERN"), Flag.withDescription(description), Flag.atLeast(0))

/** The flags that say what is managed. */
export const scopeFlags = {
  schemas: text(
    "schemas",
    "public,app",
    "The schemas to manage; everything else is left alone (default: schemas of lockplane.toml, else everything)"
  ),
  includeObjects: patterns(
    "include-objects",
    "Objects to manage too, such as \"extension pg_trgm\" or \"audit.log*\"; may be given again"
  ),
  excludeObjects: patterns(
    "exclude-objects",
    "Objects to leave alone, such as \"table public.legacy_*\" or \"extension *\"; of SQLite \"table legacy_*\"; may be given again"
  )
} satisfies Record<string, Flag.Flag<unknown>>

/** What {@link scopeFlags} give. */
export type ScopeFlags = Command.Command.Config.Infer<typeof scopeFlags>

/** True where a flag says what is managed. */
export const saysScope = ({ excludeObjects, includeObjects, schemas }: ScopeFlags): boolean =>
  Option.isSome(schemas) || includeObjects.length > 0 || excludeObjects.length > 0

/** The selection without the schemas that are lent as shadows. */
const withoutShadows = (selection: Selection, schemas: ReadonlyArray<string>): Selection =>
  schemas.length === 0 ? selection : {
    ...selection,
    exclude: [...selection.exclude ?? [], ...schemas.map((name) => `schema "${name.replaceAll("\"", "\"\"")}"`)]
  }

/** What is set. The schemas of a project of PostgreSQL say nothing of a SQLite database that it also has. */
const configured = (configuration: Configuration, dialect: DialectName): Selection => {
  const { schemas, ...selection } = selectionIn(configuration)
  return schemas === undefined || (dialect === "sqlite" && configuration.dialect !== "sqlite")
    ? selection
    : { ...selection, schemas }
}

/** The one schema of SQLite is everything. */
const inOneSchema = ({ schemas, ...selection }: Selection): Selection =>
  schemas === undefined || schemas.every((schema) => schema === "main") ? selection : { ...selection, schemas }

/** What is managed: each flag goes before the setting of its name. Fails where a pattern is none. */
export const selection = Effect.fn("Scope.selection")(function*(
  { excludeObjects, includeObjects, schemas }: ScopeFlags
): Effect.fn.Return<
  Selection,
  Usage | ConfigurationError | Settings.SettingsError,
  Dialect | FileSystem.FileSystem | Path.Path
> {
  const { kinds, name } = yield* Dialect
  const found = yield* ConfigurationFile.find()
  const said: Selection = selectionOf({
    ...Option.match(found, { onNone: () => ({}), onSome: ({ configuration }) => configured(configuration, name) }),
    ...(Option.isNone(schemas)
      ? {}
      : { schemas: schemas.value.split(",").map((name) => name.trim()).filter((name) => name !== "") }),
    ...(includeObjects.length === 0 ? {} : { include: includeObjects }),
    ...(excludeObjects.length === 0 ? {} : { exclude: excludeObjects })
  })
  const chosen = name === "sqlite"
    ? inOneSchema(said)
    : said.schemas === undefined
    ? withoutShadows(said, yield* Settings.shadowSchemas())
    : said
  const problems = name === "sqlite" && chosen.schemas !== undefined
    ? [`SQLite has no schemas to choose from but main: ${chosen.schemas.join(", ")} (schemas)`]
    : selectionProblems(chosen, kinds, name)
  if (problems.length > 0) {
    return yield* new Usage({
      detail: problems.join("\n"),
      next: `Correct it in the flags${
        Option.match(found, { onNone: () => "", onSome: ({ file }) => ` or in ${file}` })
      }.`
    })
  }
  return chosen
})

/** A plan that a person wrote, which does not say what it is about: it is about what is managed. */
export const within = (plan: Plan, chosen: Selection): Plan =>
  plan.scope !== undefined || plan.source_hash !== undefined || plan.target_hash !== undefined
    ? plan
    : { ...plan, scope: { aspects, ...chosen } }
