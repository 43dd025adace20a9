/** Migrations of Drizzle: a file, and its entry in the journal by which Drizzle finds it. Pure. */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { sha256Hex } from "../Digest.ts"
import type { ExportedFile, Files, Format, Request } from "./Format.ts"
import { commentOf, groupsOf, originOf, piecesOf, pieceText } from "./Script.ts"

const journalPath = "meta/_journal.json"

const Entry = Schema.StructWithRest(
  Schema.Struct({
    idx: Schema.Int,
    version: Schema.String,
    when: Schema.Finite,
    tag: Schema.String,
    breakpoints: Schema.Boolean
  }),
  [Schema.Record(Schema.String, Schema.Json)]
)

const Journal = Schema.fromJsonString(
  Schema.StructWithRest(
    Schema.Struct({ version: Schema.String, dialect: Schema.String, entries: Schema.Array(Entry) }),
    [Schema.Record(Schema.String, Schema.Json)]
  )
)

const Snapshot = Schema.fromJsonString(
  Schema.StructWithRest(Schema.Struct({ id: Schema.String, prevId: Schema.String }), [
    Schema.Record(Schema.String, Schema.Json)
  ])
)

/** What Drizzle calls a family of databases, and the journal that it begins with. */
const families = {
  postgres: {
    name: "PostgreSQL",
    dialects: ["pg", "postgresql"],
    journal: { version: "7", dialect: "postgresql", entries: [] }
  },
  sqlite: {
    name: "SQLite",
    dialects: ["sqlite", "turso"],
    journal: { version: "7", dialect: "sqlite", entries: [] }
  }
}

const json = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`

const refuse = (detail: string, next: string): Files => Result.fail({ detail, next })

/** An identity that follows from a text, in the form of a UUID. */
const uuidOf = (text: string): string =>
  sha256Hex(text).slice(0, 32).replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-")

const four = (index: number): string => String(index).padStart(4, "0")

/** The last snapshot under a new name, as of a migration that Drizzle did not make itself. */
const snapshotOf = ({ existing }: Request, index: number, text: string): ReadonlyArray<ExportedFile> => {
  const last = [...existing.keys()].filter((path) => /^meta\/\d+_snapshot\.json$/.test(path)).toSorted().at(-1)
  const decoded = Schema.decodeUnknownResult(Snapshot)(existing.get(last ?? ""))
  if (Result.isFailure(decoded)) return []
  const { id, prevId: _, ...rest } = decoded.success
  const snapshot = { id: uuidOf(`${id}${text}`), prevId: id, ...rest }
  return [{ path: `meta/${four(index)}_snapshot.json`, text: json(snapshot) }]
}

const files = (request: Request): Files => {
  const { existing, name, now, plan } = request
  const family = families[plan.dialect ?? "postgres"]
  const [group = [], ...others] = groupsOf(plan)
  if (others.length > 0) {
    return refuse(
      `the plan needs ${others.length + 1} transactions, and Drizzle runs its migrations in one`,
      "Run it with lockplane apply, or make a plan for each part of it"
    )
  }
  if (
    !existing.has(journalPath) &&
    [...existing.keys()].some((path) => /^[^/]+\/(?:snapshot\.json|migration\.sql)$/.test(path))
  ) {
    return refuse(
      "the folder is of the newer form, with a snapshot in each migration's own folder, which only drizzle-kit can write",
      "Make an empty migration with drizzle-kit generate --custom, and put the SQL of lockplane explain PLAN --format sql into it, without BEGIN and COMMIT"
    )
  }
  const journal = Schema.decodeUnknownResult(Journal)(existing.get(journalPath) ?? JSON.stringify(family.journal))
  if (Result.isFailure(journal) || !family.dialects.includes(journal.success.dialect)) {
    return refuse(`${journalPath} is not the journal of a ${family.name} database`, "Make it anew with drizzle-kit")
  }
  const { entries, version } = journal.success
  const index = Math.max(-1, ...entries.map(({ idx }) => idx)) + 1
  const tag = `${four(index)}_${name}`
  // Drizzle runs what is later than the last that it ran
  const when = Math.max(now, ...entries.map((entry) => entry.when + 1))
  const text = `${commentOf(originOf(plan))}\n${
    piecesOf(plan, group).map(pieceText).join("\n--> statement-breakpoint\n")
  }\n`
  const entry = { idx: index, version, when, tag, breakpoints: true }
  return Result.succeed([
    { path: `${tag}.sql`, text },
    ...snapshotOf(request, index, text),
    {
      path: journalPath,
      text: json({ ...journal.success, entries: [...entries, entry] }),
      ...existing.has(journalPath) ? { replaces: true as const } : {}
    }
  ])
}

/** Drizzle. */
export const drizzle: Format = {
  name: "drizzle",
  title: "Drizzle",
  goesBack: false,
  reads: /^meta\/[^/]+\.json$/,
  needsFolder: "the journal of the folder lists its migrations",
  sqlite: {
    oneTransaction: true,
    foreignKeys:
      "They are with @libsql/client. better-sqlite3 has them on: run PRAGMA foreign_keys = OFF on the connection before migrate(), and ON after it."
  },
  reserved: /--> statement-breakpoint|\r\n/,
  files
}
