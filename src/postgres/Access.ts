/** Owners and privileges of two schemas on one footing: whose objects are whose, where roles are not named. */
import type { Catalog, CatalogObject, ObjectId } from "../Catalog.ts"
import { isDefaultPrivileges, makeDefaultPrivileges } from "./kinds/default-privileges.ts"
import { isGrant, makeGrant } from "./kinds/grant.ts"
import { isOwner, makeOwner, ownerIn } from "./kinds/owner.ts"
import { isPolicy } from "./kinds/policy.ts"
import { everybody, together } from "./kinds/privileges.ts"
import { everyone } from "./kinds/user-mapping.ts"

/** The owners of a schema as the database of `base` would have them. */
const owners = (catalog: Catalog, base: Catalog): ReadonlyMap<ObjectId, CatalogObject> => {
  const objects = new Map(catalog.objects)
  const stated = new Set<ObjectId>()
  for (const object of catalog.objects.values()) {
    if (!isOwner(object)) continue
    stated.add(object.id)
    // whoever reads the one database owns it there without a mention
    if (object.state.role !== undefined && object.state.role === base.reader && object.parent !== "schema public") {
      objects.delete(object.id)
    }
  }
  for (const object of base.objects.values()) {
    if (!isOwner(object) || stated.has(object.id) || !objects.has(object.parent ?? "")) continue
    // a text says nothing of the owner: it stays; a database says that its reader is the owner, whatever that is called
    if (catalog.states !== undefined || object.state.role === catalog.reader) {
      objects.set(object.id, makeOwner(object.parent ?? "", object.state.on, object.state.role))
    }
  }
  return objects
}

/**
 * A schema with owners and roles as the database of `base`, where the plan will run or where it was compared with, has them:
 * a text that does not say who owns an object leaves it as it is, and the role that reads the database is not named. What
 * is granted to an owner is the owner's.
 */
export const onFooting = (catalog: Catalog, base: Catalog): Catalog => {
  const objects = new Map(owners(catalog, base))
  const owned: Catalog = { ...catalog, objects: new Map(objects) }
  for (const object of owned.objects.values()) {
    if (isGrant(object) && object.state.grantee !== undefined && object.state.column === undefined) {
      const owner = ownerIn(owned, object.parent, base.major) ?? base.reader
      if (owner === undefined || owner !== object.state.grantee) continue
      objects.delete(object.id)
      const { grantee: _, grantor: __, ...state } = object.state
      const own = objects.get(makeGrant(object.parent, state).id)
      if (!isGrant(own)) continue
      objects.set(own.id, { ...own, state: { ...own.state, ...together(own.state, state) } })
    }
    if (isDefaultPrivileges(object) && object.state.role !== undefined && object.state.role === base.reader) {
      const { role: _, ...state } = object.state
      const own = makeDefaultPrivileges(state)
      objects.delete(object.id)
      if (!objects.has(own.id)) objects.set(own.id, own)
    }
  }
  return { ...catalog, objects }
}

/** Roles that no server lacks. */
const alwaysThere = (role: string): boolean => role === everybody || role.startsWith("pg_")

/** The roles that objects name, sorted: owners, who has privileges, and whom policies and user mappings are for. */
export const rolesOf = (objects: Iterable<CatalogObject>): ReadonlyArray<string> => {
  const named = new Set<string>()
  for (const object of objects) {
    const { kind, name, state } = object
    if (isPolicy(object)) object.state.roles?.forEach((role) => named.add(role))
    if (kind === "user mapping") name.slice(1).filter((role) => role !== everyone).forEach((role) => named.add(role))
    for (const key of kind === "owner" || kind === "default privileges" || kind === "grant" ? roleKeys : []) {
      const role = state[key]
      if (typeof role === "string") named.add(role)
    }
  }
  return [...named].filter((role) => !alwaysThere(role)).sort()
}

const roleKeys = ["role", "grantee", "grantor"] as const
