/** Folders of migrations of other tools as schemas: their files, run in the tool's order on a shadow. */
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import type { LoadableSchema, Migrations } from "../../Dialect.ts"
import { supportedExtensions } from "../../engine/EmbeddedDatabase.ts"
import { invalid, SourceError } from "../../SourceError.ts"
import type { ParsedStatement } from "../sql/Parser.ts"
import { extensionsCreated, statedIn } from "../StatementOrder.ts"
import { find, toolNamed } from "./Detection.ts"
import { readFolder } from "./Folder.ts"
import { beside } from "./Ground.ts"
import type { Trouble } from "./Order.ts"
import { run } from "./Run.ts"
import { readScript, type Script } from "./Script.ts"

/** Extensions that code of DO may create; whether it does is not known, so that only those that are there are made ready. */
const createdByCode = (statements: ReadonlyArray<ParsedStatement>): ReadonlyArray<string> =>
  statements.filter(({ tag }) => tag === "DoStmt").flatMap(({ text }) =>
    [...text.matchAll(/\bcreate\s+extension\s+(?:if\s+not\s+exists\s+)?(?:"([^"]+)"|(\w+))/gi)]
      .map(([, quoted, word = ""]) => quoted ?? word.toLowerCase())
  ).filter((name) => supportedExtensions.has(name))

const troubled = (source: string, missing: boolean) => ({ detail, next }: Trouble): SourceError =>
  new SourceError({ source, reason: missing ? "empty" : "unsupported", detail, next })

/**
 * Finds the migration files that `[TOOL:]DIR` names: the tool is named, or the one whose folders have this shape. Fails
 * where the folder cannot be read, where its shape fits no tool or more than one, and where its files have no order.
 */
export const readMigrations = Effect.fn("migrations.read")(
  function*(text: string): Effect.fn.Return<Migrations, SourceError, FileSystem.FileSystem | Path.Path> {
    const { join, resolve } = yield* Path.Path
    const { folder, tool: named } = toolNamed(text)
    const files = yield* readFolder(folder)
    const { migrations, others, tool } = yield* Effect.mapError(
      Effect.fromResult(find(resolve(folder), files, named)),
      troubled(folder, files.size === 0)
    )
    const texts = migrations.map(({ path }) => ({ path: join(folder, path), text: files.get(path) ?? "" }))
    const settings = migrations.map(({ path }) =>
      tool.settings === undefined ? "" : files.get(`${path}${tool.settings.suffix}`) ?? ""
    )
    const [first, last] = [migrations[0]?.path, migrations.at(-1)?.path]
    return {
      source: folder,
      form: [tool.name, ...settings],
      texts,
      description: `${folder}: ${tool.title}, ${
        migrations.length === 1 ? `one file, ${first}` : `${migrations.length} files, from ${first} to ${last}`
      }`,
      left: others.length === 0
        ? undefined
        : `${folder}: not run, because ${tool.title} would not: ${others.join(", ")}`,
      schema: Effect.gen(function*(): Effect.fn.Return<LoadableSchema, SourceError> {
        const read = yield* Effect.mapError(
          Effect.forEach(texts, ({ path, text }, i) => readScript(tool, path, text, settings[i] ?? "")),
          (error) =>
            new SourceError({
              source: folder,
              reason: "unreadable",
              detail: error.message,
              next: "Nothing was changed"
            })
        )
        const problems = read.flatMap((one) => one.problems)
        if (problems.length > 0) return yield* invalid(folder, problems)
        const scripts = read.flatMap(({ script }): ReadonlyArray<Script> => script === undefined ? [] : [script])
        const statements = scripts.flatMap(({ file }) => file.statements)
        return {
          extensions: [...new Set([...extensionsCreated(statements), ...createdByCode(statements)])],
          states: statedIn(statements),
          commits: true,
          beside: (ground) => beside(ground, statements),
          load: (session) =>
            Effect.flatMap(
              run(scripts, tool, session),
              (problem) => problem === undefined ? Effect.succeed([]) : Effect.fail(invalid(folder, [problem]))
            )
        }
      })
    }
  }
)
