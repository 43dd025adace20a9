/** Names in the forms that kinds need: for SQL, for people, and as identities. */
import * as Schema from "effect/Schema"
import { type CatalogObject, type ObjectId, sameState } from "../../Catalog.ts"
import type { PlanContext } from "../../Dialect.ts"
import { foldName, quoteIdentifier } from "../sql/Identifier.ts"

/** The schema of a database file's own objects; those of attached and temporary databases are not managed. */
export const main = "main"

/** The identity of an object: its kind and its name, upper and lower case being one (SQLite compares names so). */
export const objectId = (kind: string, name: ReadonlyArray<string>): ObjectId =>
  `${kind} ${name.map((part) => quoteIdentifier(foldName(part))).join(".")}`

/** The last part of the name as SQL. */
export const sqlName = ({ name }: CatalogObject): string => quoteIdentifier(name.at(-1) ?? "")

/** The table that a part is of, as SQL. */
export const tableName = ({ name }: CatalogObject): string => quoteIdentifier(name[1] ?? "")

/** A name for people, without the schema: `users`, `users.age`. */
export const displayName = ({ name }: CatalogObject): string => name.slice(1).map(quoteIdentifier).join(".")

/** How a name is written where that differs from its lower case: what names are compared by. */
export const spelling = { spelling: Schema.optionalKey(Schema.String) } as const

/** {@link spelling} of a name. */
export const spellingOf = (name: string): { readonly spelling?: string } =>
  name === foldName(name) ? {} : { spelling: name }

/** What is kept of an object beside its state: the text that created it. */
export const own = { own: Schema.optionalKey(Schema.Struct({ sql: Schema.String })) } as const

/** The text that created an object, where it is known: what people wrote, with its comments. */
export const text = ({ state }: CatalogObject): string | undefined => {
  const own = state["own"]
  return typeof own === "object" && own !== null && "sql" in own && typeof own.sql === "string" ? own.sql : undefined
}

/**
 * The text that makes an object again: where the plan does not change it, the one that the database has. How a query is
 * spelled is what SQLite calls the columns of a view.
 */
export const textAgain = (object: CatalogObject, { source }: PlanContext): string | undefined => {
  const was = source.objects.get(object.id)
  return text(was !== undefined && sameState(was.state, object.state) ? was : object)
}

/** Tables, views and indexes have their names in common. */
export const relationClaim = ({ name }: CatalogObject): ReadonlyArray<string> => [`relation ${foldName(name[1] ?? "")}`]
