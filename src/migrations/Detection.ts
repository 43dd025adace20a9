/** Which tool a folder of migrations is of, and which of its files run in which order. Pure. */
import * as Result from "effect/Result"
import type { DialectName } from "../Catalog.ts"
import { type Files, type Named, ofOtherFamily, type Trouble } from "./Order.ts"
import { plain, type Tool, tools } from "./tools.ts"

/** The migrations of a folder. `others` are SQL files that the tool does not run. */
export interface Found {
  readonly tool: Tool
  readonly migrations: ReadonlyArray<Named>
  readonly others: ReadonlyArray<string>
}

const isSql = (path: string): boolean => path.endsWith(".sql")

const isOf = (folder: string, files: Files) => (tool: Tool): boolean =>
  tool.folder?.test(folder.replaceAll("\\", "/")) === true ||
  [...files].some(([path, text]) =>
    tool.file?.test(path) === true || (tool.line !== undefined && isSql(path) && tool.line.test(text))
  )

const list = (words: ReadonlyArray<string>): string => words.join(" or ")

/** How to say which tool a folder is of. */
const named = (folder: string, of: ReadonlyArray<Tool>): string =>
  `Say which it is: ${list(of.map(({ name }) => `migrations:${name}:${folder}`))}`

/** Whether a tool is for a family of databases. */
const isFor = (of: DialectName) => ({ family }: Tool): boolean => family === undefined || family === of

const knownTools = (family: DialectName): string =>
  `The tools that are known: ${tools.filter(isFor(family)).map(({ title }) => title).join(", ")}`

const program =
  "Let it fill a shadow database instead: lockplane shadow prepare, then run the tool on the URL that it prints, then --to shadow"

/** The tool that a folder is of by its own shape. */
const detect = (folder: string, files: Files, family: DialectName): Result.Result<Tool, Trouble> => {
  const found = tools.filter(isFor(family)).filter(isOf(folder, files))
  const [first] = found
  if (first !== undefined) {
    return found.length === 1
      ? Result.succeed(first)
      : Result.fail({
        detail: `looks like a folder of ${found.map(({ title }) => title).join(" and of ")}`,
        next: named(folder, found)
      })
  }
  const paths = [...files.keys()]
  const some = (pattern: RegExp): boolean => paths.some((path) => pattern.test(path))
  if (some(/^(?:versions\/)?[^/]+\.py$/)) {
    return Result.fail({ detail: "holds Python: revisions of Alembic, or of another program", next: program })
  }
  const nested = tools.filter(({ name }) => name === "prisma" || name === "drizzle")
  if (some(/^[^/]+\/migration\.sql$/)) {
    return Result.fail({
      detail: "has a folder for each migration, and neither migration_lock.toml (Prisma) nor snapshots (Drizzle)",
      next: named(folder, nested)
    })
  }
  const numbered = tools.find(({ name }) => name === plain)
  if (numbered !== undefined && paths.some((path) => numbered.migration.test(path))) return Result.succeed(numbered)
  return Result.fail({
    detail: paths.some(isSql)
      ? "is not a folder of migrations that Lockplane knows: no name of a SQL file says when it runs"
      : "holds no migrations",
    next: `${knownTools(family)}. A folder of .lp.sql files is named without migrations:`
  })
}

/** The tool that was named, else the one that the folder's shape says; and the files that run. */
export const find = (
  folder: string,
  files: Files,
  family: DialectName,
  tool?: Tool
): Result.Result<Found, Trouble> =>
  Result.flatMap(tool === undefined ? detect(folder, files, family) : Result.succeed(tool), (tool) => {
    if (!isFor(family)(tool)) {
      return Result.fail(ofOtherFamily(family, `migrations of ${tool.title} are for another family of databases`))
    }
    const paths = [...files.keys()]
    const written = paths.find((path) => tool.program?.test(path) === true)
    if (written !== undefined) {
      return Result.fail({ detail: `${written} is a program, which Lockplane cannot run`, next: program })
    }
    const { provider } = tool
    const lock = provider === undefined ? undefined : files.get(provider.file)
    if (provider !== undefined && lock !== undefined && !provider.lines[family].test(lock)) {
      return Result.fail(ofOtherFamily(family, `${provider.file} names another kind of database`))
    }
    const migrations = paths.flatMap((path): ReadonlyArray<Named> => {
      const { description = "", version = "" } = tool.migration.exec(path)?.groups ?? {}
      return tool.migration.test(path) ? [{ path, version, description }] : []
    })
    return Result.flatMap(tool.order(migrations, files, family), (ordered) =>
      ordered.length === 0
        ? Result.fail({ detail: `holds no migrations of ${tool.title}`, next: `${knownTools(family)}.` })
        : Result.succeed({
          tool,
          migrations: ordered,
          others: paths.filter((path) =>
            isSql(path) && tool.silent?.test(path) !== true && !ordered.some((one) => one.path === path)
          )
        }))
  })

/** The tool that `TOOL:DIR` names, and the folder; without a tool, the text is the folder. */
export const toolNamed = (text: string): { readonly tool?: Tool; readonly folder: string } => {
  const name = /^([a-z-]+):/.exec(text)?.[1]
  const tool = tools.find((one) => one.name === name)
  return tool === undefined || name === undefined ? { folder: text } : { tool, folder: text.slice(name.length + 1) }
}
