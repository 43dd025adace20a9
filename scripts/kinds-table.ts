/**
 * Writes the table of kinds into README.md, from the registry of kinds: what each can do is what its code says, and how it
 * gets from one state to another is what it does with the examples of the tests; `--check` only compares.
 */
import { fileURLToPath } from "node:url"
import { ownedCatalogs } from "../src/postgres/AccessRows.ts"
import { grantTarget } from "../src/postgres/kinds/grant.ts"
import type { Kind } from "../src/postgres/kinds/Kind.ts"
import { kinds } from "../src/postgres/kinds/registry.ts"
import { waysOf } from "../test/postgres/kinds/changes.ts"

const families: ReadonlyArray<readonly [family: string, kinds: ReadonlyArray<string>]> = [
  ["Schemas", ["schema", "extension"]],
  ["Tables", [
    "table",
    "column",
    "default",
    "constraint",
    "index",
    "statistics",
    "sequence",
    "sequence owner",
    "partition",
    "index partition",
    "inheritance",
    "typed table"
  ]],
  ["Views", ["view", "materialized view", "rule"]],
  ["Types", ["enum", "domain", "domain constraint", "composite type", "range type", "base type", "shell type"]],
  ["Routines", ["function", "procedure", "aggregate", "trigger", "partition trigger", "event trigger", "language"]],
  ["Access", ["policy", "owner", "grant", "default privileges"]],
  ["Operators", [
    "operator",
    "operator class",
    "operator family",
    "operator family operator",
    "operator family function",
    "cast",
    "transform",
    "access method"
  ]],
  ["Text", [
    "collation",
    "conversion",
    "text search configuration",
    "text search dictionary",
    "text search parser",
    "text search template"
  ]],
  ["Foreign data", ["foreign-data wrapper", "foreign server", "user mapping", "foreign table"]],
  ["Replication", ["publication", "publication table", "publication schema", "subscription"]],
  ["All of these", ["comment", "security label"]]
]

/** Of `pg_class`, and with no owner of their own. */
const ownedWithTable: ReadonlySet<string> = new Set(["column", "index"])

const mark = (holds: boolean): string => holds ? "✓" : ""

const row = (family: string, kind: Kind): string => {
  const ways = waysOf(kind)
  const object = { kind: kind.kind, id: kind.kind, name: ["a", "b", "c"], state: {} }
  const cells = [
    family,
    kind.kind,
    mark(true),
    mark(ways.has("InPlace")),
    mark(ways.has("Replace")),
    mark(kind.renaming !== undefined),
    mark(kind.commentTarget !== undefined),
    mark(ownedCatalogs.has(kind.catalog) && !ownedWithTable.has(kind.kind)),
    // columns have privileges by those of their tables
    mark(grantTarget(object) !== undefined || kind.kind === "column")
  ]
  return `| ${cells.join(" | ")} |`
}

const table = (): string => {
  const left = new Map(kinds.map((kind) => [kind.kind, kind]))
  const rows = families.flatMap(([family, names]) =>
    names.map((name, i) => {
      const kind = left.get(name)
      if (kind === undefined) throw new Error(`no kind ${name}, or twice: correct scripts/kinds-table.ts`)
      left.delete(name)
      return row(i === 0 ? `**${family}**` : "", kind)
    })
  )
  if (left.size > 0) throw new Error(`of no family in scripts/kinds-table.ts: ${[...left.keys()].join(", ")}`)
  return [
    "| | kind | created | altered in place | replaced | renamed | commented | owned | granted |",
    "|---|---|:-:|:-:|:-:|:-:|:-:|:-:|:-:|",
    ...rows
  ].join("\n")
}

const [begin, end] = ["<!-- kinds: written by npm run kinds-table -->", "<!-- end of kinds -->"]
const path = fileURLToPath(new URL("../README.md", import.meta.url))
const file = Bun.file(path)
const readme = await file.text()
const [before, rest] = readme.split(begin)
const after = rest?.split(end)[1]
if (before === undefined || after === undefined) throw new Error(`README.md has no ${begin} … ${end}`)
const wanted = `${before}${begin}\n${table()}\n${end}${after}`
if (!process.argv.includes("--check")) await Bun.write(path, wanted)
else if (wanted !== readme) {
  console.error("the table of kinds in README.md is not what src/ says: npm run kinds-table")
  process.exitCode = 1
}
