/** Names in the forms that kinds need: for SQL, for people, and as identities. */
import type { ObjectId } from "../../Catalog.ts"
import { quoteIdentifier } from "../Identifier.ts"

/** A schema-qualified name for people: `users` for `public.users`, `audit.log` for others. */
export const displayName = (schema: string, name: string): string =>
  schema === "public" ? quoteIdentifier(name) : `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`

/** Kinds whose name ends in argument types, in parentheses and quoted already. */
const routines: ReadonlySet<string> = new Set(["function", "procedure", "aggregate"])

/** The identity of an object: its kind and its quoted name parts, a routine's argument types as they are. */
export const objectId = (kind: string, name: ReadonlyArray<string>): ObjectId =>
  `${kind} ${routines.has(kind) ? routineName(name) : sqlName(name)}`

/** The name parts of an object as SQL: `public.users`. */
export const sqlName = (name: ReadonlyArray<string>): string => name.map(quoteIdentifier).join(".")

/** Schema, name and argument types of a routine as SQL: `public.add(integer, integer)`. */
export const routineName = ([schema = "", name = "", types = "()"]: ReadonlyArray<string>): string =>
  `${sqlName([schema, name])}${types}`

/** The parts `[schema, name]` of an object that lives directly in a schema. */
export const schemaAndName = (
  name: ReadonlyArray<string>
): readonly [schema: string, name: string] => [name[0] ?? "", name[1] ?? ""]
