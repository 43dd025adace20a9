/** The forms of `ALTER … RENAME` and `ALTER … SET SCHEMA` (PostgreSQL manual, SQL Commands), which many kinds share. */
import type { CatalogObject, State } from "../../Catalog.ts"
import type { Renaming } from "../../Dialect.ts"
import { quoteIdentifier } from "../Identifier.ts"
import { objectName, routineName, sqlName } from "./names.ts"

/** What a kind adds to a form. */
type Rest<S extends State> = Omit<Renaming<S>, "rename" | "move">

/** `ALTER word name RENAME TO …`, for what lives in a schema. */
export const inSchema = <S extends State>(word: string, rest: Rest<S> = {}): Renaming<S> => ({
  rename: ({ name }, to) => `ALTER ${word} ${sqlName(name)} RENAME TO ${quoteIdentifier(to)}`,
  move: ({ name }, schema) => `ALTER ${word} ${sqlName(name)} SET SCHEMA ${quoteIdentifier(schema)}`,
  ...rest
})

/** `ALTER word name RENAME TO …`, for what lives in no schema. */
export const inDatabase = <S extends State>(word: string, rest: Rest<S> = {}): Renaming<S> => ({
  rename: ({ name }, to) => `ALTER ${word} ${sqlName(name)} RENAME TO ${quoteIdentifier(to)}`,
  ...rest
})

/** `ALTER word name(types) RENAME TO …`. */
export const ofRoutine = <S extends State>(word: string): Renaming<S> => ({
  rename: ({ name }, to) => `ALTER ${word} ${routineName(name)} RENAME TO ${quoteIdentifier(to)}`,
  move: ({ name }, schema) => `ALTER ${word} ${routineName(name)} SET SCHEMA ${quoteIdentifier(schema)}`,
  signature: true,
  users: "calls"
})

/** `ALTER word name USING method RENAME TO …`, for operator classes and families. */
export const usingMethod = <S extends State>(word: string): Renaming<S> => ({
  rename: ({ kind, name }, to) => `ALTER ${word} ${objectName(kind, name)} RENAME TO ${quoteIdentifier(to)}`,
  move: ({ kind, name }, schema) => `ALTER ${word} ${objectName(kind, name)} SET SCHEMA ${quoteIdentifier(schema)}`,
  signature: true
})

/** `ALTER owner RENAME word name TO …`, for a part whose name follows that of its owner. */
export const withinOwner = <S extends State>(
  owner: string | ((object: CatalogObject<S>) => string),
  word: string,
  rest: Rest<S> = {}
): Renaming<S> => ({
  rename: (object, to) =>
    `ALTER ${typeof owner === "string" ? owner : owner(object)} ${sqlName(object.name.slice(0, 2))} RENAME ${word} ${
      quoteIdentifier(object.name[2] ?? "")
    } TO ${quoteIdentifier(to)}`,
  ...rest
})

/** `ALTER word name ON table RENAME TO …`. */
export const ofTable = <S extends State>(word: string, rest: Rest<S> = {}): Renaming<S> => ({
  rename: ({ name }, to) =>
    `ALTER ${word} ${quoteIdentifier(name[2] ?? "")} ON ${sqlName(name.slice(0, 2))} RENAME TO ${quoteIdentifier(to)}`,
  ...rest
})
