/** What relations of PostgreSQL's schemas are called in SQLite, which has no schemas. */
import type { CatalogObject } from "../../Catalog.ts"
import { quoteIdentifier } from "../../postgres/Identifier.ts"
import { foldName } from "../../sqlite/sql/Identifier.ts"
import { changed, leftOut, type Note } from "../Note.ts"

/** Names of relations. */
export interface RelationNames {
  /** The name in SQLite; undefined for a relation that is left out. */
  readonly of: (schema: string | undefined, name: string) => string | undefined
  readonly notes: ReadonlyArray<Note>
}

const key = (schema: string, name: string): string => `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`

/**
 * Names for tables and views: their own where all are of one schema, or theirs is public; else with the schema before it, so
 * that no two become one. Names that differ in upper and lower case alone are one to SQLite: the second is left out.
 */
export const relationNames = (relations: ReadonlyArray<CatalogObject>): RelationNames => {
  const schemas = new Set(relations.map(({ name }) => name[0] ?? ""))
  const names = new Map<string, string>()
  const taken = new Map<string, string>()
  const notes: Array<Note> = []
  const nameOf = ({ name: [schema = "", name = ""] }: CatalogObject): string =>
    schemas.size === 1 || schema === "public" ? name : `${schema}_${name}`
  // those that keep their names have the first choice
  const ordered = relations.toSorted((a, b) => Number(nameOf(a) !== a.name[1]) - Number(nameOf(b) !== b.name[1]))
  for (const object of ordered) {
    const [schema = "", name = ""] = object.name
    const chosen = nameOf(object)
    const other = taken.get(foldName(chosen))
    if (other !== undefined) {
      notes.push(
        leftOut(
          `${object.kind} ${key(schema, name)}`,
          `SQLite calls it as it calls ${other}.`,
          "Rename one of the two."
        )
      )
      continue
    }
    taken.set(foldName(chosen), key(schema, name))
    names.set(key(schema, name), chosen)
    if (chosen !== name) {
      notes.push(
        changed(
          `${object.kind} ${key(schema, name)}`,
          "SQLite has no schemas: its name begins with that of its schema."
        )
      )
    }
  }
  return {
    of: (schema, name) => names.get(key(schema ?? "public", name)),
    notes
  }
}
