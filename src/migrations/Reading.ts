/** Folders of migrations of other tools, found and put in order for whichever family of databases runs them. */
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import type { DialectName } from "../Catalog.ts"
import type { LoadableSchema, Migrations } from "../Dialect.ts"
import { SourceError } from "../SourceError.ts"
import { find, toolNamed } from "./Detection.ts"
import { readFolder } from "./Folder.ts"
import type { Trouble } from "./Order.ts"
import type { MigrationFile } from "./Section.ts"
import type { Tool } from "./tools.ts"

/** The migrations of a folder: whose they are, and the files that run, in their order. */
export interface FoundFiles {
  /** What errors call the whole: the folder. */
  readonly source: string
  readonly tool: Tool
  readonly files: ReadonlyArray<MigrationFile>
}

/** What to look for where a statement names what is not there. */
export const notMadeBefore =
  "None of the files before it makes that. A file that is missing, or what is there before the first one, can be the cause"

const troubled = (source: string, missing: boolean) => ({ detail, next }: Trouble): SourceError =>
  new SourceError({ source, reason: missing ? "empty" : "unsupported", detail, next })

/**
 * Finds the migration files that `[TOOL:]DIR` names: the tool is named, or the one whose folders have this shape. `schema`
 * parses and checks them. Fails where the folder cannot be read, where its shape fits no tool or more than one, and where
 * its files have no order.
 */
export const read = Effect.fn("migrations.read")(function*(
  text: string,
  family: DialectName,
  schema: (found: FoundFiles) => Effect.Effect<LoadableSchema, SourceError>
): Effect.fn.Return<Migrations, SourceError, FileSystem.FileSystem | Path.Path> {
  const { join, resolve } = yield* Path.Path
  const { folder, tool: named } = toolNamed(text)
  const files = yield* readFolder(folder)
  const { migrations, others, tool } = yield* Effect.mapError(
    Effect.fromResult(find(resolve(folder), files, family, named)),
    troubled(folder, files.size === 0)
  )
  const found = migrations.map(({ path }): MigrationFile => ({
    path: join(folder, path),
    text: files.get(path) ?? "",
    settings: tool.settings === undefined ? "" : files.get(`${path}${tool.settings.suffix}`) ?? ""
  }))
  const [first, last] = [migrations[0]?.path, migrations.at(-1)?.path]
  return {
    source: folder,
    form: [tool.name, ...found.map(({ settings }) => settings)],
    texts: found.map(({ path, text }) => ({ path, text })),
    description: `${folder}: ${tool.title}, ${
      migrations.length === 1 ? `one file, ${first}` : `${migrations.length} files, from ${first} to ${last}`
    }`,
    left: others.length === 0
      ? undefined
      : `${folder}: not run, because ${tool.title} would not: ${others.join(", ")}`,
    schema: Effect.suspend(() => schema({ source: folder, tool, files: found }))
  }
})
