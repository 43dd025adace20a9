/**
 * What routines with a body in a string probably need: PostgreSQL records nothing about such a body (PostgreSQL manual
 * 5.15), so its words are compared with the names of the catalog's objects. A guess, and used as one: such a dependency
 * never outweighs a recorded one.
 */
import { type CatalogObject, compareText, type ObjectId } from "../Catalog.ts"
import type { Addresses } from "./Addresses.ts"

/** A routine in a language that PostgreSQL's parser reads, and its body. */
export interface RoutineBody {
  readonly oid: number
  readonly body: string
}

/** A word, or a quoted identifier, and the dot behind it where there is one. */
const word = /("(?:[^"]|"")+"|[\p{L}_][\p{L}\p{N}_$]*)(\s*\.)?/gu

/** True for relations, types and routines: what is used by schema and name alone. */
const isNamed = ({ name, parent }: CatalogObject): boolean =>
  (parent === undefined || parent.startsWith("schema ")) && (name.length === 2 || name[2]?.startsWith("(") === true)

/** The objects of the catalog that the body names, by schema and name or by name alone. */
const named = (
  body: string,
  byName: ReadonlyMap<string, ReadonlyArray<CatalogObject>>,
  schemas: ReadonlySet<string>
): ReadonlyArray<CatalogObject> => {
  const found = new Set<CatalogObject>()
  let qualifier: string | undefined
  for (const [, text = "", dot] of body.matchAll(word)) {
    const name = text.startsWith("\"") ? text.slice(1, -1).replaceAll("\"\"", "\"") : text.toLowerCase()
    // a name behind a dot is looked up in its schema; behind anything else it is a column
    if (qualifier === undefined || schemas.has(qualifier)) {
      for (const object of byName.get(name) ?? []) {
        if (qualifier === undefined || object.name[0] === qualifier) found.add(object)
      }
    }
    qualifier = dot === undefined ? undefined : name
  }
  return [...found]
}

/**
 * For each routine the objects that its body names, left out where they would close a circle with `dependencies` or with
 * one another. The same catalog always gives the same answer.
 */
export const softDependencies = (
  bodies: ReadonlyArray<RoutineBody>,
  addresses: Addresses,
  objects: ReadonlyMap<ObjectId, CatalogObject>,
  dependencies: ReadonlyMap<ObjectId, ReadonlySet<ObjectId>>,
  routineCatalog: number
): ReadonlyMap<ObjectId, ReadonlySet<ObjectId>> => {
  const soft = new Map<ObjectId, Set<ObjectId>>()
  if (bodies.length === 0) return soft

  const byName = new Map<string, Array<CatalogObject>>()
  const schemas = new Set<string>()
  for (const object of objects.values()) {
    if (!isNamed(object)) continue
    const [schema = "", name = ""] = object.name
    schemas.add(schema)
    const same = byName.get(name)
    if (same === undefined) byName.set(name, [object])
    else same.push(object)
  }

  const dependents = new Map<ObjectId, Set<ObjectId>>()
  const reverse = (from: ObjectId, to: ObjectId): void => {
    const known = dependents.get(to)
    if (known === undefined) dependents.set(to, new Set([from]))
    else known.add(from)
  }
  for (const [from, needs] of dependencies) for (const to of needs) reverse(from, to)

  const routines = bodies.flatMap(({ body, oid }) => {
    const id = addresses.at([routineCatalog, oid, 0])
    return id === undefined ? [] : [{ id, body }]
  }).sort((a, b) => compareText(a.id, b.id))
  for (const { body, id } of routines) {
    const candidates = named(body, byName, schemas)
    if (candidates.length === 0) continue
    const above = new Set([id])
    for (const reached of above) for (const dependent of dependents.get(reached) ?? []) above.add(dependent)
    const needs = candidates.map((object) => object.id).filter((need) =>
      !above.has(need) && !dependencies.get(id)?.has(need)
    ).sort(
      compareText
    )
    if (needs.length === 0) continue
    soft.set(id, new Set(needs))
    for (const need of needs) reverse(id, need)
  }
  return soft
}
