/** Names in the forms that kinds need: for SQL, for people, and as identities. */
import type { ObjectId } from "../../Catalog.ts"
import { quoteIdentifier } from "../Identifier.ts"

/** A schema-qualified name for people: `users` for `public.users`, `audit.log` for others. */
export const displayName = (schema: string, name: string): string =>
  schema === "public" ? quoteIdentifier(name) : `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`

/** The identity of an object: its kind and its quoted name parts; a part in parentheses (argument types) is kept as it is. */
export const objectId = (kind: string, name: ReadonlyArray<string>): ObjectId => {
  let text = kind
  let separator = " "
  for (const part of name) {
    text += part.startsWith("(") ? part : separator + quoteIdentifier(part)
    separator = "."
  }
  return text
}

/** The name parts of an object as SQL: `public.users`; a part in parentheses is kept as it is. */
export const sqlName = (name: ReadonlyArray<string>): string => objectId("", name).slice(1)

/** The parts `[schema, name]` of an object that lives directly in a schema. */
export const schemaAndName = (name: ReadonlyArray<string>): readonly [schema: string, name: string] => [name[0] ?? "", name[1] ?? ""]
