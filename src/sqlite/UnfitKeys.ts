/**
 * Foreign keys that refer to what is no key. SQLite takes them, and refuses every write to their table once somebody has foreign
 * keys on (SQLite, "SQLite Foreign Key Support", 3). Pure.
 */
import * as Schema from "effect/Schema"
import { type Catalog, type CatalogObject, type ObjectId, partsIndex } from "../Catalog.ts"
import { index, IndexState } from "./kinds/index.ts"
import type { KeyPart } from "./kinds/key.ts"
import { displayName, main, objectId } from "./kinds/names.ts"
import { constraintDefinition } from "./kinds/table/state.ts"
import { foldName } from "./sql/Identifier.ts"

const partsOfKey = (part: CatalogObject): ReadonlyArray<KeyPart> => {
  const constraint = constraintDefinition(part)
  if (constraint?.kind === "primary key" || constraint?.kind === "unique") return constraint.columns
  return part.kind === index.kind && Schema.is(IndexState)(part.state) && part.state.unique === true &&
      part.state.where === undefined
    ? part.state.columns
    : []
}

/** The columns of a key, in lower case and in order; undefined where it is over expressions, or not over all rows. */
const columnsOf = (part: CatalogObject): ReadonlyArray<string> | undefined => {
  const columns = partsOfKey(part)
  const names = columns.flatMap(({ column }) => column === undefined ? [] : [foldName(column)])
  return names.length === 0 || names.length < columns.length ? undefined : names
}

/** What is wrong with each foreign key that fits no key, in a sentence. */
export const unfitKeys = (catalog: Catalog): ReadonlyMap<ObjectId, string> => {
  const parts = partsIndex(catalog)
  const unfit = new Map<ObjectId, string>()
  for (const object of catalog.objects.values()) {
    const key = object.kind === "foreign key" ? constraintDefinition(object) : undefined
    if (key?.kind !== "foreign key") continue
    const say = (what: string): void => {
      const child = displayName({ ...object, name: object.name.slice(0, 2) })
      unfit.set(
        object.id,
        `the foreign key (${
          key.columns.join(", ")
        }) of ${child} refers to ${what}: whoever has foreign keys on cannot write to ${child}`
      )
    }
    const parent = objectId("table", [main, key.table])
    if (!catalog.objects.has(parent)) {
      // what is not managed, or nobody could read, may be it
      if (!isElsewhere(catalog, key.table)) say(`${key.table}, which is no table`)
      continue
    }
    const of = parts.get(parent) ?? []
    const primary = of.find(({ kind }) => kind === "primary key")
    const referred = key.referenced ?? (primary === undefined ? undefined : columnsOf(primary)) ?? []
    const wanted = new Set(referred.map(foldName))
    const shown = `${key.table} (${referred.join(", ")})`
    if (referred.length === 0) say(`${key.table}, which has no primary key`)
    else if (referred.length !== key.columns.length) say(`${shown}, which is not as many columns`)
    else if (
      !of.some((part) => {
        const columns = columnsOf(part)
        return columns?.length === wanted.size && columns.every((column) => wanted.has(column))
      })
    ) say(`${shown}, which is neither its primary key nor UNIQUE`)
  }
  return unfit
}

const isElsewhere = ({ outside, unmanaged }: Catalog, table: string): boolean =>
  outside?.has(objectId("table", [main, table])) === true ||
  unmanaged.some(({ name }) => foldName(name) === foldName(table))
