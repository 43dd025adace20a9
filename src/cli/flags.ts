/** Flags that several commands have. */
import * as Argument from "effect/cli/Argument"
import * as Flag from "effect/cli/Flag"
import type * as Option from "effect/Option"
import type { Aspect } from "../Catalog.ts"
import { aspects } from "../ManagedScope.ts"

/** What can be written for a schema. */
export const sourceWords =
  "database URL, SQLite file, env:NAME for the database of an environment, folder, .lp.sql, .sql or .json file, migrations:DIR for the migrations of another tool, pglite:DIR, or - for standard input"

/** A flag that takes a schema. */
export const source = (name: string, description: string): Flag.Flag<string> =>
  Flag.String(name).pipe(Flag.withMetavar("SOURCE"), Flag.withDescription(description))

/** A switch, off unless given. */
export const toggle = (name: string, description: string): Flag.Flag<boolean> =>
  Flag.Boolean(name).pipe(Flag.withDefault(false), Flag.withoutNegation, Flag.withDescription(description))

/** A text that may be left out. */
export const text = (name: string, metavar: string, description: string): Flag.Flag<Option.Option<string>> =>
  Flag.String(name).pipe(Flag.withMetavar(metavar), Flag.withDescription(description), Flag.optional)

/** The database that a command works on. */
export const target: Flag.Flag<Option.Option<string>> = Flag.String("target").pipe(
  Flag.withAlias("db"),
  Flag.withMetavar("URL"),
  Flag.withDescription(
    "The database to work on (default: DATABASE_URL, else that of the environment in force, else lockplane on localhost:5432)"
  ),
  Flag.optional
)

/** An environment of `lockplane.toml`, named by a flag. */
export const environment = (name: string, description: string): Flag.Flag<Option.Option<string>> =>
  text(name, "NAME", description)

/** The environment that a command works on. */
export const targetEnvironment: Flag.Flag<Option.Option<string>> = environment(
  "target-environment",
  "Work on the database of this environment of lockplane.toml; variables of the process do not count then (default: LOCKPLANE_ENVIRONMENT, else default_environment)"
)

/** What is compared although no text states it. */
export const include: Flag.Flag<ReadonlyArray<Aspect>> = Flag.String("include").pipe(
  Flag.withMetavar("owners,grants,labels"),
  Flag.withDescription(
    "Also compare who owns objects, who may use them and their security labels, where a text does not say it; what it does not grant is then revoked"
  ),
  Flag.mapTryCatch(
    (text) =>
      text.split(",").map((word) => {
        const aspect = aspects.find((known) => known === word.trim())
        if (aspect === undefined) throw new Error(word)
        return aspect
      }),
    (error) => `${error instanceof Error ? error.message : String(error)} is none of owners, grants, labels`
  ),
  Flag.withDefault([])
)

/** A plan file, by flag. */
export const plan: Flag.Flag<Option.Option<string>> = text("plan", "FILE", "The plan file, or - for standard input")

/** A plan file, by position. */
export const planArgument: Argument.Argument<Option.Option<string>> = Argument.String("PLAN").pipe(
  Argument.withDescription("The plan file, or - for standard input"),
  Argument.optional
)

/** Plans without proof. */
export const skipShadow: Flag.Flag<boolean> = toggle(
  "skip-shadow",
  "Do not prove the plan on the shadow database; it may then fail or miss its target"
)

/** Renames that are asked for. */
export const renames: Flag.Flag<ReadonlyArray<string>> = Flag.String("rename").pipe(
  Flag.withMetavar("OLD=NEW"),
  Flag.withDescription(
    "What the schema calls OLD is to be called NEW, such as users=people or \"column public.users.name=full_name\"; may be given again"
  ),
  Flag.atLeast(0)
)

/** How documents for people and programs are printed. */
export const textOrJson: Flag.Flag<"text" | "json"> = Flag.Literals("format", ["text", "json"]).pipe(
  Flag.withDefault("text"),
  Flag.withDescription("Output format (default: text)")
)
