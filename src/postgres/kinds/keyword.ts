/** What follows from a kind's name being PostgreSQL's keyword for it: how its objects are dropped, commented and called. */
import type { CatalogObject } from "../../Catalog.ts"
import type { Kind } from "./Kind.ts"
import { objectName } from "./names.ts"

/** The object as statements name it: `OPERATOR public.=== (integer, integer)`, `COLLATION public.german`. */
export const sqlObject = ({ kind, name }: CatalogObject): string => `${kind.toUpperCase()} ${objectName(kind, name)}`

/** The object for people: its identity, but without the schema `public`. */
export const displayObject = ({ kind, name }: CatalogObject): string =>
  `${kind} ${objectName(kind, name).replace(/^public\./, "")}`

/** `DROP …`, `COMMENT ON …` and the description of kinds whose name is the keyword. */
export const byKeyword: Required<Pick<Kind, "drop" | "commentTarget" | "describe">> = {
  drop: (object) => [{ sql: `DROP ${sqlObject(object)}`, description: `Drop ${displayObject(object)}` }],
  commentTarget: sqlObject,
  describe: displayObject
}

/** A list of options as in `CREATE OPERATOR … ( … )`, one a line; those without a value are left out. */
export const optionLines = (
  options: ReadonlyArray<readonly [name: string, value: string | number | true | undefined]>
): string => {
  const given = options.flatMap(([name, value]) =>
    value === undefined ? [] : [value === true ? name : `${name} = ${value}`]
  )
  return `(\n  ${given.join(",\n  ")}\n)`
}
