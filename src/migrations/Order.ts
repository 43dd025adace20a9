/** In which order the migration files of a folder run: each tool's own rule. Pure. */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { compareText, type DialectName } from "../Catalog.ts"
import { compareVersions, partsOf } from "../MigrationVersion.ts"

/** The files of a folder with their text, by their path in it, with `/`. */
export type Files = ReadonlyMap<string, string>

/** A migration file by its name: what stands for its version, and the rest of the name. */
export interface Named {
  readonly path: string
  readonly version: string
  readonly description: string
}

/** Why the files of a folder cannot be run as they are; `next` is what to do. */
export interface Trouble {
  readonly detail: string
  readonly next: string
}

/** The migrations that run, in their order, for a family of databases. */
export type Order = (
  found: ReadonlyArray<Named>,
  files: Files,
  family: DialectName
) => Result.Result<ReadonlyArray<Named>, Trouble>

/** How the families of databases are called. */
const families: Readonly<Record<DialectName, string>> = { postgres: "PostgreSQL", sqlite: "SQLite" }

/** What is said of migrations of another family. */
export const ofOtherFamily = (family: DialectName, detail: string): Trouble => ({
  detail: `${detail}, and this is about ${families[family]}`,
  next: `Name the migrations of a ${
    families[family]
  } database; the other side of a plan, and dialect in lockplane.toml, say of which family they are`
})

const byText = (a: Named, b: Named): number => compareText(a.path, b.path)

/** Two files of one version: no tool says which is first. */
const twice = (
  found: ReadonlyArray<Named>,
  versionOf: (named: Named) => string
): Result.Result<ReadonlyArray<Named>, Trouble> => {
  const seen = new Map<string, string>()
  for (const named of found) {
    const version = versionOf(named)
    const other = seen.get(version)
    if (other !== undefined) {
      return Result.fail({
        detail: `${other} and ${named.path} have the same version ${named.version}`,
        next: "Give one of them another version"
      })
    }
    seen.set(version, named.path)
  }
  return Result.succeed(found)
}

/** By name, character by character. */
export const byName: Order = (found) => Result.succeed(found.toSorted(byText))

/** By name, where no two files may have one version. */
export const byVersionText: Order = (found) => twice(found.toSorted(byText), ({ version }) => version)

/** By the number that is the version: 2 before 10. */
export const byNumber: Order = (found) =>
  twice(
    found.toSorted((a, b) => compareVersions(a.version, b.version)),
    ({ version }) => String(BigInt(version))
  )

/** Compares texts so that numbers in them count as numbers. */
export const compareNaturally = (a: string, b: string): number => {
  const [one, other] = [a, b].map((text) => text.match(/\d+|\D+/g) ?? [])
  for (const [i, part] of (one ?? []).entries()) {
    const match = other?.[i]
    if (match === undefined) return 1
    const difference = /^\d/.test(part) && /^\d/.test(match) ? compareVersions(part, match) : compareText(part, match)
    if (difference !== 0) return difference
  }
  return (one?.length ?? 0) - (other?.length ?? 0) || compareText(a, b)
}

const wayBack = /(?:^|[._-])(?:down|undo|rollback|revert)\.sql$/i

/** By name, where numbers count as numbers. What looks like the way back of another file is not run by guess. */
export const naturally: Order = (found) => {
  const back = found.find((named) =>
    wayBack.test(named.path) && found.some(({ path, version }) => path !== named.path && version === named.version)
  )
  return back === undefined
    ? Result.succeed(found.toSorted((a, b) => compareNaturally(a.path, b.path)))
    : Result.fail({
      detail: `${back.path} looks like the way back of another file of the same number`,
      next: "Put the files that take back into a folder of their own"
    })
}

const fileName = (path: string): string => path.slice(path.lastIndexOf("/") + 1)

/**
 * Flyway's order on an empty database: the newest baseline instead of everything up to its version, then versions, then
 * the repeatable ones by their description.
 */
export const ofFlyway: Order = (found) => {
  const ofPrefix = (prefix: string) => found.filter(({ path }) => fileName(path).startsWith(prefix))
  const byVersion = (a: Named, b: Named): number => compareVersions(a.version, b.version)
  const baseline = ofPrefix("B").toSorted(byVersion).at(-1)
  const versioned = ofPrefix("V").filter(({ version }) =>
    baseline === undefined || compareVersions(version, baseline.version) > 0
  )
  const unique = (files: ReadonlyArray<Named>) => twice(files, ({ version }) => partsOf(version).join("."))
  const repeatable = ofPrefix("R").toSorted((a, b) => compareText(a.description, b.description))
  const rest = Result.andThen(unique(ofPrefix("B").toSorted(byVersion)), unique(versioned.toSorted(byVersion)))
  return Result.flatMap(rest, (files) =>
    Result.map(
      twice(repeatable.map((named) => ({ ...named, version: named.description })), ({ description }) => description),
      () => [...baseline === undefined ? [] : [baseline], ...files, ...repeatable]
    ))
}

const Journal = Schema.fromJsonString(Schema.Struct({
  dialect: Schema.optionalKey(Schema.String),
  entries: Schema.Array(Schema.Struct({ tag: Schema.String }))
}))

/** What Drizzle calls the families of databases. */
export const drizzleDialects: Readonly<Record<DialectName, ReadonlyArray<string>>> = {
  postgres: ["pg", "postgresql"],
  sqlite: ["sqlite", "turso"]
}

/** Where Drizzle keeps the order of its migrations. */
export const journalPath = "meta/_journal.json"

/** Drizzle's order: that of its journal, or of their names where each migration has a folder. */
export const ofDrizzle: Order = (found, files, family) => {
  const text = files.get(journalPath)
  if (text === undefined) return byName(found.filter(({ path }) => path.includes("/")), files, family)
  const journal = Schema.decodeUnknownResult(Journal)(text)
  if (Result.isFailure(journal)) {
    return Result.fail({ detail: `${journalPath} is not a journal of Drizzle`, next: "Make it anew with drizzle-kit" })
  }
  const { dialect, entries } = journal.success
  if (dialect !== undefined && !drizzleDialects[family].includes(dialect)) {
    return Result.fail(ofOtherFamily(family, `${journalPath} is of ${dialect}`))
  }
  const byPath = new Map(found.map((named) => [named.path, named]))
  const listed: Array<Named> = []
  for (const { tag } of entries) {
    const named = byPath.get(`${tag}.sql`)
    if (named === undefined) {
      return Result.fail({
        detail: `${journalPath} lists ${tag}, and ${tag}.sql is not there`,
        next: "Bring the file back, or take it out of the journal"
      })
    }
    listed.push(named)
  }
  return Result.succeed(listed)
}
