/**
 * Owners (PostgreSQL manual 5.8), apart from what they own. Who reads a schema is nobody to mention: an object has an owner
 * of its own in a catalog only where that is another role. `CURRENT_USER` stands for whoever runs a plan.
 */
import * as Schema from "effect/Schema"
import type { Catalog, CatalogObject, ObjectId } from "../../Catalog.ts"
import { quoteIdentifier } from "../Identifier.ts"
import { lowerFirstWords } from "./comment.ts"
import { inPlace, type Kind, type PlanContext, type Statement } from "./Kind.ts"
import { objectId } from "./names.ts"

/** What is owned, as `ALTER … OWNER TO` names it (`TABLE public.users`), and by whom. */
export const OwnerState = Schema.Struct({
  on: Schema.String,
  /** Absent: whoever reads the schema, where somebody else would own it by default. */
  role: Schema.optionalKey(Schema.String)
})
/** What is owned, as `ALTER … OWNER TO` names it (`TABLE public.users`), and by whom. */
export type OwnerState = typeof OwnerState.Type

/** The owner of an object. */
export const makeOwner = (parent: ObjectId, on: string, role: string | undefined): CatalogObject<OwnerState> => ({
  kind: "owner",
  id: ownerId(on),
  name: [on],
  parent,
  state: { on, ...(role === undefined ? {} : { role }) }
})

/** The identity of the owner of what `ALTER … OWNER TO` names so. */
export const ownerId = (on: string): ObjectId => `owner of ${on}`

/** True for objects of the kind `owner`. */
export const isOwner = (object: CatalogObject | undefined): object is CatalogObject<OwnerState> =>
  object?.kind === "owner"

/** The owner that is given to the schema `public` of every new database (release notes 15). */
const publicOwner = "pg_database_owner"

/** A role for SQL; none is whoever runs the statement. */
export const roleName = (role: string | undefined): string =>
  role === undefined ? "CURRENT_USER" : quoteIdentifier(role)

/** What a role is to an object: its owner, or somebody with privileges, but never both at the same time. */
export const standing = (role: string | undefined, object: ObjectId | undefined): string =>
  `standing of ${roleName(role)} on ${object ?? "the system's object"}`

/** The role that owns what is not said to have an owner. */
const unstated = (object: ObjectId | undefined, major: number): string | undefined =>
  object === objectId("schema", ["public"]) && major >= 15 ? publicOwner : undefined

const known = new WeakMap<Catalog, ReadonlyMap<ObjectId, CatalogObject<OwnerState>>>()

const ownersOf = (catalog: Catalog): ReadonlyMap<ObjectId, CatalogObject<OwnerState>> => {
  const owners = known.get(catalog) ??
    new Map([...catalog.objects.values()].filter(isOwner).map((owner) => [owner.parent ?? "", owner] as const))
  known.set(catalog, owners)
  return owners
}

/** The role that owns an object of a catalog, or what it is a part of; undefined for whoever reads the catalog. */
export const ownerIn = (catalog: Catalog, object: ObjectId | undefined, major: number): string | undefined => {
  for (let id = object; id !== undefined; id = catalog.objects.get(id)?.parent) {
    const owner = ownersOf(catalog).get(id)
    if (owner !== undefined) return owner.state.role
  }
  return unstated(object, major)
}

const give = (on: string, role: string | undefined): Statement => ({
  sql: `ALTER ${on} OWNER TO ${roleName(role)}`,
  description: `Give ${lowerFirstWords(on)} to ${role === undefined ? "the current user" : roleName(role)}`
})

/** Sequences that a column owns change their owner with its table. */
const followsTable = ({ parent = "", state: { on } }: CatalogObject<OwnerState>, { target }: PlanContext): boolean =>
  on.startsWith("SEQUENCE ") && target.objects.has(objectId("sequence owner", target.objects.get(parent)?.name ?? []))

/** The kind `owner`. Its objects are read with a query of the introspection itself. */
export const owner: Kind<OwnerState> = {
  kind: "owner",
  section: "owner",
  catalog: "pg_shdepend",
  state: OwnerState,
  query: () => "",
  changesLate: "handover",
  // while a role owns an object, nothing can be granted to it or revoked from it as from others
  claims: (object) => [standing(object.state.role, object.parent)],
  create: (object, context) => followsTable(object, context) ? [] : [give(object.state.on, object.state.role)],
  drop: (object, context) =>
    followsTable(object, context) ? [] : [give(object.state.on, unstated(object.parent, context.serverMajor))],
  alter: (_, to, context) => inPlace(followsTable(to, context) ? [] : [give(to.state.on, to.state.role)]),
  describe: (object) => `owner of ${lowerFirstWords(object.state.on)}`
}
