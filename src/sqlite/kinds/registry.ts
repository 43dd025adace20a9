/** All kinds of SQLite objects, in the order in which documents and messages list them. */
import type { ObjectKind } from "../../Dialect.ts"
import { column } from "./column.ts"
import { check, foreignKey, primaryKey, unique } from "./constraints.ts"
import { index } from "./index.ts"
import type { Kind } from "./Kind.ts"
import { table } from "./table.ts"
import { trigger } from "./trigger.ts"
import { view } from "./view.ts"
import { virtualTable } from "./virtual-table.ts"

/** The kinds of SQLite. */
export const kinds: ReadonlyArray<Kind> = [
  table,
  column,
  primaryKey,
  unique,
  check,
  foreignKey,
  virtualTable,
  view,
  index,
  trigger
]

const byName = new Map(kinds.map((kind) => [kind.kind, kind]))

/** The kind of that name. */
export const kindOf = (name: string): Kind | undefined => byName.get(name)

/** {@link kindOf} for what planning knows to be there. */
export const knownKind = (name: string): ObjectKind => {
  const kind = kindOf(name)
  // every object of a catalog was read by one of the kinds
  if (kind === undefined) throw new Error(`No kind is called ${name}`)
  return kind
}
