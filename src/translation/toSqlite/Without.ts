/** The kinds of PostgreSQL that SQLite has nothing for, and what to do instead. */
import { type Catalog, type CatalogObject, dependenciesOf, type ObjectId } from "../../Catalog.ts"
import { isDefault } from "../../postgres/kinds/default.ts"
import { isSequenceOwner } from "../../postgres/kinds/sequence-owner.ts"
import { leftOut, type Note } from "../Note.ts"

/** Why and what instead, by kind. */
const reasons: ReadonlyMap<string, readonly [why: string, next: string]> = new Map([
  ["materialized view", ["SQLite has no materialized views.", "Make a table, and fill it by a statement of your own."]],
  ["function", ["SQLite has no functions in SQL.", "Do it in the program, which can register functions."]],
  ["procedure", ["SQLite has no procedures.", "Do it in the program."]],
  ["aggregate", ["SQLite has no aggregates in SQL.", "Do it in the program, which can register aggregates."]],
  ["trigger", ["Its function is not there.", "Write a trigger of SQLite, whose statements stand in it."]],
  ["rule", ["SQLite has no rules.", "An INSTEAD OF trigger on a view does such things."]],
  ["policy", ["SQLite has no row level security.", "Have the program select the rows."]],
  ["extension", ["SQLite has no such extension.", "What used it is told on its own."]],
  ["sequence", [
    "SQLite has no sequences.",
    "INTEGER PRIMARY KEY AUTOINCREMENT counts; else keep a table with the number."
  ]],
  ["foreign table", ["SQLite has no foreign tables.", "ATTACH DATABASE reads other files of SQLite."]],
  ["composite type", ["SQLite has no composite types.", "Make a column of each of their fields, or keep JSON."]],
  ["range type", ["SQLite has no ranges.", "Make two columns."]],
  ["inheritance", [
    "SQLite has no inheritance.",
    "The parent does not show the rows of the child: a view with UNION ALL does."
  ]],
  ["statistics", ["SQLite has no extended statistics.", "ANALYZE is all there is."]],
  ["event trigger", ["SQLite has no event triggers.", "Nothing does that."]],
  ["comment", ["SQLite has no comments on objects.", "Write them into the file, behind --."]],
  ["security label", ["SQLite has no security labels.", "Nothing does that."]],
  ["publication", ["SQLite has no replication.", "Nothing does that."]],
  ["subscription", ["SQLite has no replication.", "Nothing does that."]],
  ["collation", ["SQLite has no collations in SQL.", "Do it in the program, which can register collations."]]
])

/** Owners and privileges are told once, not one by one. */
const access = new Set(["owner", "grant", "default privileges"])

/** What is a table, or a part of one, or told with what it is of. */
const elsewhere = new Set([
  "schema",
  "table",
  "column",
  "default",
  "constraint",
  "index",
  "view",
  "enum",
  "domain",
  "domain constraint",
  "partition",
  "index partition",
  "sequence owner",
  "publication table",
  "publication schema",
  "partition trigger",
  "typed table"
])

const shown = ({ id, kind, name, state }: CatalogObject): string => {
  const [schema = "", ...rest] = name
  if (kind === "comment") return `comment on ${String(state["on"]).toLowerCase()}`
  // argument types follow a routine's name
  return (schema === "public" && rest.length > 0 ? `${kind} ${rest.join(".")}` : id).replace(".(", "(")
}

/** Sequences that a column counts with: what becomes of these is told with the column. */
const counting = (catalog: Catalog): ReadonlySet<ObjectId> =>
  new Set(
    [...catalog.objects.values()].flatMap((object) =>
      isDefault(object) ? [...dependenciesOf(catalog, object.id)] : isSequenceOwner(object) ? [object.parent ?? ""] : []
    )
  )

/** Notes for everything in a schema that is no table, view, index or type of a column. */
export const withoutCounterpart = (catalog: Catalog): ReadonlyArray<Note> => {
  const counters = counting(catalog)
  const objects = [...catalog.objects.values()].filter(({ id, kind }) =>
    !elsewhere.has(kind) && !access.has(kind) && !(kind === "sequence" && counters.has(id))
  )
  const rights = [...catalog.objects.values()].filter(({ kind }) => access.has(kind)).length
  return [
    ...(rights === 0
      ? []
      : [
        leftOut(`owners and privileges (${rights})`, "SQLite has no roles.", "The rights on the file are all there is.")
      ]),
    ...objects.map((object) => {
      const [why, next] = reasons.get(object.kind) ?? [`SQLite has no ${object.kind}.`, undefined]
      return leftOut(shown(object), why, next)
    }),
    ...catalog.unmanaged.map(({ kind, name }) => leftOut(`${kind} ${name}`, "Lockplane cannot read it."))
  ]
}
