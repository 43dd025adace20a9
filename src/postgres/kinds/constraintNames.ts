/** Names of constraints as PostgreSQL chooses them where nobody says one, and who has them in a schema. */
import type { Catalog, CatalogObject, ObjectId } from "../../Catalog.ts"
import { qualified } from "../Identifier.ts"
import { type ColumnState, isColumn } from "./column/state.ts"
import type { PlanContext } from "./Kind.ts"

const notNull = "_not_null"
/** `NAMEDATALEN` less one: the bytes that a name keeps. */
const room = 63

const bytes = (characters: ReadonlyArray<string>): number => new TextEncoder().encode(characters.join("")).length

/**
 * The name that PostgreSQL 18 gives a not-null constraint that was declared without one: `makeObjectName` with the
 * longer of both parts cut first, in bytes, to 63.
 */
export const chosenColumnNotNull = (table: string, column: string): string => {
  let [first, second] = [[...table], [...column]]
  while (bytes(first) + 1 + bytes(second) + notNull.length > room) {
    if (bytes(first) > bytes(second)) first = first.slice(0, -1)
    else second = second.slice(0, -1)
  }
  return `${first.join("")}_${second.join("")}${notNull}`
}

/** The name that PostgreSQL 17 and later gives to the not-null constraint of a domain. */
export const chosenDomainNotNull = (domain: string): string => {
  let name = [...domain]
  while (bytes(name) + notNull.length > room) name = name.slice(0, -1)
  return `${name.join("")}${notNull}`
}

/** A name that a column says of its not-null constraint, its own or its parent's. */
export const saidColumnNotNull = (state: Pick<ColumnState, "not_null" | "own">): string | undefined =>
  state.not_null?.name ?? state.own?.not_null?.name

const constraintName = (object: CatalogObject): string | undefined => {
  const { kind, name, state } = object
  if (isColumn(object)) {
    return object.state.nullable
      ? undefined
      : saidColumnNotNull(object.state) ?? chosenColumnNotNull(name[1] ?? "", name[2] ?? "")
  }
  if (kind === "constraint" || kind === "domain constraint") return name[2]
  if (kind !== "domain" || state["not_null"] !== true) return undefined
  const said = state["not_null_name"]
  return typeof said === "string" ? said : chosenDomainNotNull(name[1] ?? "")
}

const holders = new WeakMap<Catalog, ReadonlyMap<string, ReadonlySet<ObjectId>>>()

/** Who holds each name of a constraint in a schema. */
const holdersOf = (catalog: Catalog): ReadonlyMap<string, ReadonlySet<ObjectId>> => {
  const known = holders.get(catalog)
  if (known !== undefined) return known
  const found = new Map<string, Set<ObjectId>>()
  for (const object of catalog.objects.values()) {
    const name = constraintName(object)
    if (name === undefined) continue
    const key = qualified(object.name[0] ?? "", name)
    found.set(key, (found.get(key) ?? new Set()).add(object.id))
  }
  holders.set(catalog, found)
  return found
}

/**
 * True where PostgreSQL would choose another name than this one, its usual, for a constraint of the object, because a constraint
 * in the schema holds that: one of another object, or of the object's old self that waits to be dropped.
 */
export const isConstraintNameTaken = (
  object: CatalogObject,
  name: string,
  { setsAside, source, target }: PlanContext
): boolean => {
  const key = qualified(object.name[0] ?? "", name)
  return setsAside(object.id) ||
    [source, target].some((catalog) => [...holdersOf(catalog).get(key) ?? []].some((id) => id !== object.id))
}
