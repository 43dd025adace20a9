/** The tools that plans are exported for. Pure. */
import * as Result from "effect/Result"
import type { Plan } from "../Plan.ts"
import { alembic } from "./Alembic.ts"
import { drizzle } from "./Drizzle.ts"
import type { ExportedFile, Files, Format, Request } from "./Format.ts"
import { commentOf, groupsOf, originOf, piecesOf, pieceText, refusalSql, sqlOf } from "./Script.ts"
import { type Manner, nextVersion } from "./Version.ts"

const moments: Manner = { first: "moment" }

/** The versions in the names of the files that are there. */
const versionsOf = ({ existing }: Request, pattern: RegExp): ReadonlyArray<string> =>
  [...existing.keys()].flatMap((path) => pattern.exec(path)?.[1] ?? [])

/** The files of a format that needs a version, made with the one that follows those of these names. */
const versioned = (
  pattern: RegExp,
  manner: Manner,
  make: (version: string, request: Request) => ReadonlyArray<ExportedFile>
) =>
(request: Request): Files =>
  Result.map(nextVersion(versionsOf(request, pattern), request.now, manner), (version) => make(version, request))

const script = (plan: Plan, transactions?: "always"): string =>
  `${commentOf(originOf(plan))}\n\n${sqlOf(plan, transactions)}\n`

/** A file with a section for each way. */
const sections = (
  { plan, rollback }: Request,
  text: (plan: Plan) => string,
  heading: (direction: "up" | "down", plan: Plan | undefined) => string
): string =>
  [
    commentOf(originOf(plan)),
    heading("up", plan),
    text(plan),
    "",
    heading("down", rollback),
    rollback === undefined ? text({ steps: [{ description: "No way back", sql: refusalSql }] }) : text(rollback),
    ""
  ].join("\n")

const isSeveral = (plan: Plan | undefined): boolean => plan !== undefined && groupsOf(plan).length > 1

const supabase: Format = {
  name: "supabase",
  title: "Supabase",
  goesBack: false,
  files: versioned(/^(\d+)_[^/]*\.sql$/, { ...moments, asText: true }, (version, { name, plan }) => [
    { path: `${version}_${name}.sql`, text: script(plan) }
  ])
}

/** What Flyway has to be told about one file, in settings beside it. */
const flywaySettings = (path: string, plan: Plan, text: string): ReadonlyArray<ExportedFile> => {
  const lines = [
    ...isSeveral(plan) ? ["executeInTransaction=false"] : [],
    ...text.includes("${") ? ["placeholderReplacement=false"] : []
  ]
  return lines.length === 0 ? [] : [{ path: `${path}.conf`, text: `${lines.join("\n")}\n` }]
}

const flyway: Format = {
  name: "flyway",
  title: "Flyway",
  goesBack: true,
  files: versioned(/(?:^|\/)[VB](\d[\d._]*?)__[^/]*$/, { first: 1 }, (version, { name, plan, rollback }) => {
    const written = (prefix: string, plan: Plan): ReadonlyArray<ExportedFile> => {
      const [path, text] = [`${prefix}${version}__${name}.sql`, script(plan)]
      return [{ path, text }, ...flywaySettings(path, plan, text)]
    }
    return [...written("V", plan), ...rollback === undefined ? [] : written("U", rollback)]
  })
}

const dbmate: Format = {
  name: "dbmate",
  title: "dbmate",
  goesBack: true,
  reserved: /^--\s*migrate:(?:up|down)/m,
  files: versioned(/^(\d+)[^/]*\.sql$/, { ...moments, asText: true }, (version, request) => [{
    path: `${version}_${request.name}.sql`,
    text: sections(
      request,
      (plan) => sqlOf(plan),
      (direction, plan) => `-- migrate:${direction}${isSeveral(plan) ? " transaction:false" : ""}`
    )
  }])
}

const golangMigrate: Format = {
  name: "golang-migrate",
  title: "golang-migrate",
  goesBack: true,
  files: versioned(/^(\d+)_[^/]*\.sql$/, moments, (version, { name, plan, rollback }) => [
    { path: `${version}_${name}.up.sql`, text: script(plan, "always") },
    {
      path: `${version}_${name}.down.sql`,
      text: rollback === undefined ? `${refusalSql}\n` : script(rollback, "always")
    }
  ])
}

const block = (text: string): string => `-- +goose StatementBegin\n${text}\n-- +goose StatementEnd`

/**
 * goose ends a statement at a semicolon at the end of a line, unless it is told where it ends. Where it opens no transaction,
 * each of the plan's is one text for it: only so do its statements certainly run on one connection.
 */
const gooseText = (isAlone: boolean) => (plan: Plan): string => {
  const groups = groupsOf(plan).map(piecesOf)
  return isAlone
    ? groups.map((pieces) => block(["BEGIN;", ...pieces.map(pieceText), "COMMIT;"].join("\n"))).join("\n\n")
    : groups.flat().map((piece) => piece.sql.slice(0, -1).includes(";") ? block(pieceText(piece)) : pieceText(piece))
      .join("\n\n")
}

const goose: Format = {
  name: "goose",
  title: "goose",
  goesBack: true,
  reserved: /^\s*--\s*\+goose|\r\n/m,
  files: versioned(/^(\d+)_[^/]*\.(?:sql|go)$/, moments, (version, request) => {
    const isAlone = isSeveral(request.plan) || isSeveral(request.rollback)
    const heading = (direction: "up" | "down"): string => direction === "up" ? "-- +goose Up" : "-- +goose Down"
    return [{
      path: `${version}_${request.name}.sql`,
      text: `${isAlone ? "-- +goose NO TRANSACTION\n" : ""}${sections(request, gooseText(isAlone), heading)}`
    }]
  })
}

const prismaLock = "migration_lock.toml"

const prisma: Format = {
  name: "prisma",
  title: "Prisma",
  goesBack: false,
  reads: /^migration_lock\.toml$/,
  files: (request) => {
    const lock = request.existing.get(prismaLock)
    if (lock !== undefined && !/^\s*provider\s*=\s*"postgres(?:ql)?"/m.test(lock)) {
      return Result.fail({
        detail: `${prismaLock} names another kind of database than PostgreSQL`,
        next: "Name the migrations of a PostgreSQL database"
      })
    }
    const make = versioned(/^(\d+)[^/]*\/migration\.sql$/, { ...moments, asText: true }, (version, { name, plan }) => [
      { path: `${version}_${name}/migration.sql`, text: script(plan) }
    ])
    return make(request)
  }
}

const sql: Format = {
  name: "sql",
  title: "numbered SQL files",
  goesBack: false,
  files: versioned(/^(\d+)[^/]*\.sql$/, { first: 4 }, (version, { name, plan }) => [
    { path: `${version}_${name}.sql`, text: script(plan, "always") }
  ])
}

/** All of them. */
export const formats: ReadonlyArray<Format> = [
  alembic,
  supabase,
  flyway,
  dbmate,
  golangMigrate,
  goose,
  prisma,
  drizzle,
  sql
]
