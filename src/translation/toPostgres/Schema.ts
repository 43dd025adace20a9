/** A schema of SQLite as one of PostgreSQL, before PostgreSQL has seen it. Pure. */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { type Catalog, type CatalogObject, compareText, partsIndex } from "../../Catalog.ts"
import { quoteIdentifier } from "../../postgres/Identifier.ts"
import { IndexState } from "../../sqlite/kinds/index.ts"
import { ViewState } from "../../sqlite/kinds/view.ts"
import type { KeyPart } from "../../sqlite/sql/Definition.ts"
import { foldName } from "../../sqlite/sql/Identifier.ts"
import { type Creation, creation, type Draft } from "../Creation.ts"
import { changed, leftOut, type Note } from "../Note.ts"
import { type Names, translateText } from "./Expression.ts"
import { booleansOf, nameNotes, type SourceTable, sourceTable, translateTable } from "./Tables.ts"

const nameOf = ({ name }: CatalogObject): string => name.at(-1) ?? ""

/** What to use instead of a virtual table. */
const modules: ReadonlyMap<string, string> = new Map([
  ...["fts3", "fts4", "fts5"].map((module) =>
    [module, "PostgreSQL's full text search is a tsvector column with a GIN index."] as const
  ),
  ...["rtree", "rtree_i32", "geopoly"].map((module) =>
    [module, "Ranges and boxes with a GiST index, or the extension PostGIS, do that in PostgreSQL."] as const
  )
])

const virtualTableNote = (object: CatalogObject): Note => {
  const module = String(object.state["module"])
  return leftOut(
    `virtual table ${nameOf(object)}`,
    `PostgreSQL has no module ${module}.`,
    modules.get(module) ?? "Look for an extension that does what it is for."
  )
}

const triggerNote = (object: CatalogObject): Note =>
  leftOut(
    `trigger ${nameOf(object)} on ${String(object.state["table"])}`,
    "A trigger of PostgreSQL runs a function, and SQLite's statements are none.",
    "Write the function in PL/pgSQL, and the trigger on it."
  )

/** Names that are declared, by their folded form, and apart those that are declared in more than one spelling. */
const declaredNames = (names: ReadonlyArray<string>): Pick<Required<Names>, "declared" | "ambiguous"> => {
  const spellings = [...Map.groupBy(new Set(names), foldName)]
  return {
    declared: new Map(
      spellings.flatMap(([folded, [first = "", ...others]]) => others.length > 0 ? [] : [[folded, first]])
    ),
    ambiguous: new Set(spellings.flatMap(([, all]) => all.length > 1 ? all : []))
  }
}

/** The draft of a schema. */
export const draft = (catalog: Catalog): Draft => {
  const parts = partsIndex(catalog)
  const objects = [...catalog.objects.values()].toSorted((a, b) => compareText(a.id, b.id))
  const of = (kind: string): ReadonlyArray<CatalogObject> => objects.filter((object) => object.kind === kind)
  const tables = of("table").map((object) => sourceTable(object, parts.get(object.id) ?? []))
  const byName = new Map(tables.map((table) => [foldName(table.name), table]))
  const relations = [...tables.map(({ name }) => name), ...of("view").map(nameOf), ...of("index").map(nameOf)]
  const taken = new Set(relations.map(foldName))
  const notes: Array<Note> = []

  const made = tables.map((table) =>
    translateTable(table, { declared: declaredNames(relations).declared, tables: byName, taken })
  )
  const random = tables.filter(({ object }) => object.state["randomRowid"] === true)
  notes.push(
    ...made.flatMap((table) => table.notes),
    ...random.map(({ name }) =>
      changed(`table ${name}`, "PostgreSQL counts, and does not choose numbers of rows at random.")
    )
  )

  const keyPart = ({ collate, column, descending, expression }: KeyPart, names: Names, object: string) => {
    if (collate !== undefined && foldName(collate) !== "binary") {
      notes.push(
        changed(
          object,
          `PostgreSQL has no collation ${collate.toUpperCase()}: texts are compared as they are.`,
          foldName(collate) === "nocase" ? "An index on lower(…) finds them whatever their case." : undefined
        )
      )
    }
    const text = column === undefined ? expression ?? "" : names.declared.get(foldName(column)) ?? column
    const written = column === undefined
      ? Result.map(translateText(text, names), (made) => `(${made})`)
      : Result.succeed(quoteIdentifier(text))
    return Result.map(written, (made) => descending === true ? `${made} DESC` : made)
  }

  const namesOf = (table: SourceTable | undefined): Names => ({
    declared: new Map((table?.columns ?? []).map(({ name }) => [foldName(name), name])),
    booleans: new Set(table === undefined ? [] : booleansOf(table))
  })

  const indexes = of("index").flatMap((object): ReadonlyArray<Creation> => {
    if (!Schema.is(IndexState)(object.state)) return []
    const { columns, table: tableName, unique, where } = object.state
    const table = byName.get(foldName(tableName))
    const names = namesOf(table)
    const shown = `index ${nameOf(object)} on ${tableName}`
    notes.push(...nameNotes(shown, nameOf(object)))
    const keys = Result.all(columns.map((part) => keyPart(part, names, shown)))
    const condition = where === undefined ? Result.succeed(undefined) : translateText(where, names)
    const sql = Result.flatMap(
      keys,
      (list) =>
        Result.map(
          condition,
          (made) =>
            `CREATE ${unique === true ? "UNIQUE " : ""}INDEX ${quoteIdentifier(nameOf(object))} ON public.${
              quoteIdentifier(table?.name ?? tableName)
            } (${list.join(", ")})${made === undefined ? "" : ` WHERE ${made}`}`
        )
    )
    if (Result.isSuccess(sql)) return [creation(shown, sql.success)]
    notes.push(leftOut(shown, sql.failure))
    return []
  })

  const everything: Names = {
    ...declaredNames([...relations, ...tables.flatMap(({ columns }) => columns.map(({ name }) => name))]),
    booleans: new Set(tables.flatMap(booleansOf))
  }
  const views = of("view").flatMap((object): ReadonlyArray<Creation> => {
    if (!Schema.is(ViewState)(object.state)) return []
    const { columns, query } = object.state
    const shown = `view ${nameOf(object)}`
    const sql = translateText(query, everything)
    if (Result.isFailure(sql)) {
      notes.push(leftOut(shown, sql.failure, "Write it anew for PostgreSQL."))
      return []
    }
    if (/\bORDER BY\b/.test(query) && !/\bNULLS\b/.test(query)) {
      notes.push(
        changed(shown, "PostgreSQL sorts NULL last where SQLite has it first.", "Say NULLS FIRST behind ORDER BY.")
      )
    }
    const list = columns === undefined ? "" : ` (${columns.map(quoteIdentifier).join(", ")})`
    return [
      creation(
        shown,
        `CREATE VIEW public.${quoteIdentifier(nameOf(object))}${list} AS ${sql.success}`,
        "Write it anew for PostgreSQL."
      )
    ]
  })

  return {
    creations: [
      ...made.map((table) => table.creation),
      ...made.flatMap((table) => table.foreignKeys),
      ...indexes,
      ...views
    ],
    notes: [
      ...of("virtual table").map(virtualTableNote),
      ...of("trigger").map(triggerNote),
      ...catalog.unmanaged.map(({ kind, name }) => leftOut(`${kind} ${name}`, "Lockplane cannot read it.")),
      ...notes
    ]
  }
}
