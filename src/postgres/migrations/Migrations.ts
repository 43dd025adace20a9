/** Folders of migrations of other tools as schemas: their files, run in the tool's order on a shadow. */
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type * as Path from "effect/Path"
import type { LoadableSchema, Migrations } from "../../Dialect.ts"
import { supportedExtensions } from "../../engine/EmbeddedDatabase.ts"
import { type FoundFiles, read } from "../../migrations/Reading.ts"
import { invalid, SourceError } from "../../SourceError.ts"
import type { ParsedStatement } from "../sql/Parser.ts"
import { extensionsCreated, statedIn } from "../StatementOrder.ts"
import { beside } from "./Ground.ts"
import { run } from "./Run.ts"
import { readScript, type Script } from "./Script.ts"

/** Extensions that code of DO may create; whether it does is not known, so that only those that are there are made ready. */
const createdByCode = (statements: ReadonlyArray<ParsedStatement>): ReadonlyArray<string> =>
  statements.filter(({ tag }) => tag === "DoStmt").flatMap(({ text }) =>
    [...text.matchAll(/\bcreate\s+extension\s+(?:if\s+not\s+exists\s+)?(?:"([^"]+)"|(\w+))/gi)]
      .map(([, quoted, word = ""]) => quoted ?? word.toLowerCase())
  ).filter((name) => supportedExtensions.has(name))

const schemaOf = Effect.fnUntraced(function*(
  { files, source, tool }: FoundFiles
): Effect.fn.Return<LoadableSchema, SourceError> {
  const parsed = yield* Effect.mapError(
    Effect.forEach(files, (file) => readScript(tool, file)),
    (error) => new SourceError({ source, reason: "unreadable", detail: error.message, next: "Nothing was changed" })
  )
  const problems = parsed.flatMap((one) => one.problems)
  if (problems.length > 0) return yield* invalid(source, problems)
  const scripts = parsed.flatMap(({ script }): ReadonlyArray<Script> => script === undefined ? [] : [script])
  const statements = scripts.flatMap(({ file }) => file.statements)
  return {
    extensions: [...new Set([...extensionsCreated(statements), ...createdByCode(statements)])],
    states: statedIn(statements),
    commits: true,
    beside: (ground) => beside(ground, statements),
    load: (session) =>
      Effect.flatMap(
        run(scripts, tool, session),
        (problem) => problem === undefined ? Effect.succeed([]) : Effect.fail(invalid(source, [problem]))
      )
  }
})

/** Finds the migration files that `[TOOL:]DIR` names. Fails as {@link read} does. */
export const readMigrations = (
  text: string
): Effect.Effect<Migrations, SourceError, FileSystem.FileSystem | Path.Path> => read(text, "postgres", schemaOf)
