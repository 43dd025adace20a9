/** Names in the forms that kinds need: for SQL, for people, and as identities. */
import type { ObjectId } from "../../Catalog.ts"
import { quoteIdentifier } from "../Identifier.ts"

/** A schema-qualified name for people: `users` for `public.users`, `audit.log` for others. */
export const displayName = (schema: string, name: string): string =>
  schema === "public" ? quoteIdentifier(name) : `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`

/** True for the identity of the table of that name, foreign or not. */
export const isTableNamed = (id: ObjectId | undefined, name: ReadonlyArray<string>): boolean =>
  id === objectId("table", name) || id === objectId("foreign table", name)

/** The name parts of an object as SQL: `public.users`. */
export const sqlName = (name: ReadonlyArray<string>): string => {
  let sql = ""
  for (const part of name) sql += sql === "" ? quoteIdentifier(part) : `.${quoteIdentifier(part)}`
  return sql
}

/** Schema, name and argument types of a routine as SQL: `public.add(integer, integer)`. */
export const routineName = ([schema = "", name = "", types = "()"]: ReadonlyArray<string>): string =>
  `${sqlName([schema, name])}${types}`

/** Schema, symbol and operand types of an operator as SQL: `public.=== (integer, integer)`; a prefix operator's left one is NONE. */
export const operatorName = ([schema = "", symbol = "", left = "", right = ""]: ReadonlyArray<string>): string =>
  `${quoteIdentifier(schema)}.${symbol} (${left}, ${right})`

/** Schema, name and access method of an operator class or family as SQL: `public.ops USING btree`. */
const nameUsing = ([schema = "", name = "", method = ""]: ReadonlyArray<string>): string =>
  `${sqlName([schema, name])} USING ${quoteIdentifier(method)}`

/** An entry of an operator family: the family, a number, and the types that it is for. */
const memberName = (name: ReadonlyArray<string>): string => `${nameUsing(name)} ${name[3]} (${name[4]}, ${name[5]})`

/** How names are spelled that are more than identifiers with dots between; types in them are SQL already. */
const spellings: ReadonlyMap<string, (name: ReadonlyArray<string>) => string> = new Map([
  ["function", routineName],
  ["procedure", routineName],
  ["aggregate", routineName],
  ["operator", operatorName],
  ["operator family", nameUsing],
  ["operator class", nameUsing],
  ["operator family operator", memberName],
  ["operator family function", memberName],
  ["cast", ([source = "", target = ""]) => `(${source} AS ${target})`],
  ["default privileges", ([role = "", schema = "", objects = "", grantee = ""]) =>
    [
      ...(role === "" ? [] : [`for role ${quoteIdentifier(role)}`]),
      ...(schema === "" ? [] : [`in schema ${quoteIdentifier(schema)}`]),
      `on ${objects} to ${grantee === "" ? "the creator" : quoteIdentifier(grantee)}`
    ].join(" ")],
  ["transform", ([type = "", language = ""]) => `FOR ${type} LANGUAGE ${quoteIdentifier(language)}`]
])

/** The name of an object as SQL, as far as the kind's identity goes: `public.users`, `public.add(integer, integer)`. */
export const objectName = (kind: string, name: ReadonlyArray<string>): string => (spellings.get(kind) ?? sqlName)(name)

/** The identity of an object: its kind and its name as SQL. */
export const objectId = (kind: string, name: ReadonlyArray<string>): ObjectId => `${kind} ${objectName(kind, name)}`

/** The parts `[schema, name]` of an object that lives directly in a schema. */
export const schemaAndName = (
  name: ReadonlyArray<string>
): readonly [schema: string, name: string] => [name[0] ?? "", name[1] ?? ""]
