/** The tools that plans are exported for. Pure. */
import * as Result from "effect/Result"
import type { Plan } from "../Plan.ts"
import { alembic } from "./Alembic.ts"
import { drizzle } from "./Drizzle.ts"
import type { ExportedFile, Files, Format, Request } from "./Format.ts"
import { needsGuard } from "./Guard.ts"
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

const script = (plan: Plan, transactions?: "always" | "nested"): string =>
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
    rollback === undefined ? text({ steps: [{ description: "No way back", sql: refusalSql(plan) }] }) : text(rollback),
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
  sqlite: { oneTransaction: true, foreignKeys: "They are, unless foreign_keys=on stands in its JDBC URL." },
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
  sqlite: { oneTransaction: true, foreignKeys: "They are, unless its URL says _foreign_keys or _fk." },
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
  sqlite: { oneTransaction: true, foreignKeys: "They are, unless its URL says _foreign_keys, _fk or _pragma." },
  files: versioned(/^(\d+)_[^/]*\.sql$/, moments, (version, { name, plan, rollback }) => [
    { path: `${version}_${name}.up.sql`, text: script(plan, "nested") },
    {
      path: `${version}_${name}.down.sql`,
      text: rollback === undefined ? `${refusalSql(plan)}\n` : script(rollback, "nested")
    }
  ])
}

const block = (text: string): string => `-- +goose StatementBegin\n${text}\n-- +goose StatementEnd`

/**
 * goose ends a statement at a semicolon at the end of a line, unless it is told where it ends. Where it opens no transaction,
 * each of the plan's is one text for it: only so do its statements certainly run on one connection.
 */
const gooseText = (isAlone: boolean) => (plan: Plan): string => {
  const groups = groupsOf(plan).map((group) => piecesOf(plan, group))
  return isAlone
    ? groups.map((pieces) => block(["BEGIN;", ...pieces.map(pieceText), "COMMIT;"].join("\n"))).join("\n\n")
    : groups.flat().map((piece) => piece.sql.slice(0, -1).includes(";") ? block(pieceText(piece)) : pieceText(piece))
      .join("\n\n")
}

const goose: Format = {
  name: "goose",
  title: "goose",
  goesBack: true,
  sqlite: {
    oneTransaction: true,
    foreignKeys: "They are, unless its connection string says _foreign_keys, _fk or _pragma."
  },
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

/** Prisma runs SQLite's files in no transaction, on a connection that has foreign keys on. */
const prismaScript = (plan: Plan): string =>
  plan.dialect !== "sqlite"
    ? script(plan)
    : needsGuard(plan)
    ? `${commentOf(originOf(plan))}\n\nPRAGMA foreign_keys = OFF;\n\n${
      sqlOf(plan, "always")
    }\n\nPRAGMA foreign_keys = ON;\n`
    : script(plan, "always")

const prisma: Format = {
  name: "prisma",
  title: "Prisma",
  goesBack: false,
  reads: /^migration_lock\.toml$/,
  sqlite: {},
  files: (request) => {
    const lock = request.existing.get(prismaLock)
    const [database, provider] = request.plan.dialect === "sqlite"
      ? ["SQLite", /^\s*provider\s*=\s*"sqlite"/m] as const
      : ["PostgreSQL", /^\s*provider\s*=\s*"postgres(?:ql)?"/m] as const
    if (lock !== undefined && !provider.test(lock)) {
      return Result.fail({
        detail: `${prismaLock} names another kind of database than ${database}`,
        next: `Name the migrations of a ${database} database`
      })
    }
    const make = versioned(/^(\d+)[^/]*\/migration\.sql$/, { ...moments, asText: true }, (version, { name, plan }) => [
      { path: `${version}_${name}/migration.sql`, text: prismaScript(plan) }
    ])
    return make(request)
  }
}

/** The shell of SQLite goes on after an error unless it is told not to: a check that fails would check nothing. */
const shellScript = (plan: Plan): string =>
  plan.dialect === "sqlite"
    ? `-- For the sqlite3 shell. Another client has to stop at the first error; the line with .bail is not for it.\n.bail on\n\n${
      script(plan, "always")
    }`
    : script(plan, "always")

const sql: Format = {
  name: "sql",
  title: "numbered SQL files",
  goesBack: false,
  sqlite: { foreignKeys: "They are in the sqlite3 shell, unless .sqliterc switches them on." },
  files: versioned(/^(\d+)[^/]*\.sql$/, { first: 4 }, (version, { name, plan }) => [
    { path: `${version}_${name}.sql`, text: shellScript(plan) }
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
