/** Folders of migrations of other tools as schemas: their files, run in the tool's order on a shadow. */
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type * as Path from "effect/Path"
import type { Catalog } from "../../Catalog.ts"
import type { LoadableSchema, Migrations } from "../../Dialect.ts"
import { compiler } from "../../engine/SqliteSyntax.ts"
import { without } from "../../migrations/Ground.ts"
import { type FoundFiles, read } from "../../migrations/Reading.ts"
import { invalid, SourceError } from "../../SourceError.ts"
import { foldName } from "../sql/Identifier.ts"
import type { SchemaStatement } from "../sql/SchemaFile.ts"
import { renamedTable } from "../sql/Words.ts"
import { run } from "./Run.ts"
import { readScript } from "./Script.ts"

/** Kinds of objects that have a statement of their own. */
const created: ReadonlySet<string> = new Set(["index", "table", "trigger", "view", "virtual table"])

/** The ground without what the statements make, and without what needs that. */
const beside = (ground: Catalog, statements: ReadonlyArray<SchemaStatement>): Catalog => {
  const made = new Set(
    statements.flatMap(({ header, tokens }) => [
      ...(header === undefined || header.temporary !== undefined ? [] : [foldName(header.name)]),
      ...(renamedTable(tokens)?.slice(1).map(foldName) ?? [])
    ])
  )
  return without(ground, ({ kind, name }) => created.has(kind) && made.has(foldName(name.at(-1) ?? "")))
}

const schemaOf = Effect.fnUntraced(function*(
  { files, source, tool }: FoundFiles
): Effect.fn.Return<LoadableSchema, SourceError> {
  const parsed = yield* Effect.scoped(
    Effect.map(compiler, (probe) => files.map((file) => readScript(tool, file, probe)))
  ).pipe(
    Effect.mapError(({ hint, message }) =>
      new SourceError({ source, reason: "unreadable", detail: message, next: hint ?? "Nothing was changed" })
    )
  )
  const problems = parsed.flatMap((one) => one.problems)
  if (problems.length > 0) return yield* invalid(source, problems)
  const scripts = parsed.map(({ script }) => script)
  return {
    extensions: [],
    states: [],
    commits: true,
    beside: (ground) => beside(ground, scripts.flatMap(({ statements }) => statements)),
    load: (session) =>
      Effect.flatMap(
        run(scripts, session),
        (problem) => problem === undefined ? Effect.succeed([]) : Effect.fail(invalid(source, [problem]))
      )
  }
})

/** Finds the migration files that `[TOOL:]DIR` names. Fails as {@link read} does. */
export const readMigrations = (
  text: string
): Effect.Effect<Migrations, SourceError, FileSystem.FileSystem | Path.Path> => read(text, "sqlite", schemaOf)
