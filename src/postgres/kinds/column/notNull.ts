/** Not-null constraints of columns: their names, which PostgreSQL 18 keeps, and how a column gets and loses one. */
import type { Catalog, ObjectId } from "../../../Catalog.ts"
import type { Hazard } from "../../../Dialect.ts"
import { qualified, quoteIdentifier } from "../../Identifier.ts"
import type { PlanContext, Statement } from "../Kind.ts"
import {
  arrivingFrom,
  gainsNotNull,
  isExplicitColumn,
  isPartition,
  linkedChildren,
  losesNotNull
} from "./inheritance.ts"
import { alterColumn, type Column, columnName, display, isColumn, isForeign, tableOf } from "./state.ts"

/**
 * The name that PostgreSQL 18 gives a not-null constraint that was declared without one: `makeObjectName` with the
 * longer of both parts cut first, in bytes, to 63.
 */
const chosenNotNullName = (table: string, column: string): string => {
  const bytes = (text: string): number => new TextEncoder().encode(text).length
  let [first, second] = [[...table], [...column]]
  const room = 63 - "__not_null".length
  while (bytes(first.join("")) + bytes(second.join("")) > room) {
    if (bytes(first.join("")) > bytes(second.join(""))) first = first.slice(0, -1)
    else second = second.slice(0, -1)
  }
  return `${first.join("")}_${second.join("")}_not_null`
}

/** The name of the column's not-null constraint. */
export const notNullName = (object: Column): string =>
  object.state.not_null?.name ?? object.state.own?.not_null?.name ??
    chosenNotNullName(object.name[1] ?? "", object.name[2] ?? "")

/** The column without the name of its not-null constraint where PostgreSQL chooses the same. */
export const withoutChosenName = (object: Column): Column => {
  const name = object.state.not_null?.name ?? object.state.own?.not_null?.name
  if (name === undefined || name !== chosenNotNullName(object.name[1] ?? "", object.name[2] ?? "")) return object
  const { not_null: notNull, own, ...state } = object.state
  const { name: _, ...rest } = notNull ?? {}
  const { name: __, ...inherited } = own?.not_null ?? {}
  return {
    ...object,
    state: {
      ...state,
      ...(Object.keys(rest).length > 0 && { not_null: rest }),
      ...(own !== undefined && { own: own.not_null === undefined ? own : { ...own, not_null: inherited } })
    }
  }
}

const constraintHolders = new WeakMap<Catalog, ReadonlyMap<string, ReadonlySet<ObjectId>>>()

/** Who holds each name of a constraint in a schema. */
const holdersOf = (catalog: Catalog): ReadonlyMap<string, ReadonlySet<ObjectId>> => {
  const known = constraintHolders.get(catalog)
  if (known !== undefined) return known
  const holders = new Map<string, Set<ObjectId>>()
  for (const object of catalog.objects.values()) {
    const name = isColumn(object)
      ? object.state.nullable ? undefined : notNullName(object)
      : object.kind === "constraint" || object.kind === "domain constraint"
      ? object.name[2]
      : undefined
    if (name === undefined) continue
    const key = qualified(object.name[0] ?? "", name)
    holders.set(key, (holders.get(key) ?? new Set()).add(object.id))
  }
  constraintHolders.set(catalog, holders)
  return holders
}

/**
 * True where PostgreSQL would choose another name than its usual one, because a constraint in the schema holds that. Where the
 * target was read from a server without such names, any will do.
 */
const isNameTaken = (object: Column, { source, target }: PlanContext): boolean => {
  if (target.major < 18) return false
  const key = qualified(object.name[0] ?? "", notNullName(object))
  return [source, target].some((catalog) => [...holdersOf(catalog).get(key) ?? []].some((id) => id !== object.id))
}

const notNullConstraint = (object: Column, context: PlanContext): string => {
  const name = object.state.not_null?.name ?? object.state.own?.not_null?.name
  const said = name ?? (context.serverMajor >= 18 && isNameTaken(object, context) ? notNullName(object) : undefined)
  return said === undefined ? "" : ` CONSTRAINT ${quoteIdentifier(said)}`
}

/** True where the not-null constraint of a child comes from its parent alone, by `INHERITS`. */
export const notNullArrives = (object: Column, { target }: PlanContext): boolean =>
  object.state.own?.not_null?.arrives === true && !isPartition(object, target)

/** The NOT NULL clause of a column's definition, with a blank before it; empty where the column is nullable or the constraint arrives from a parent. */
export const notNullClause = (object: Column, context: PlanContext): string =>
  object.state.nullable || notNullArrives(object, context) && context.creates(object.parent ?? "")
    ? ""
    : `${notNullConstraint(object, context)} NOT NULL${object.state.not_null?.no_inherit ? " NO INHERIT" : ""}`

/** The not-null constraint that `CREATE TABLE` lists for a column which it does not, because a parent brings that. */
export const notNullLine = (object: Column, context: PlanContext): string | undefined =>
  object.state.own?.not_null === undefined || isExplicitColumn(object, context) || notNullArrives(object, context)
    ? undefined
    : `${notNullConstraint(object, context)} NOT NULL ${columnName(object)}`.trim()

/** Adds the not-null constraint without a look at the rows that are there. */
export const notValidNotNull = (object: Column, context: PlanContext): Statement => ({
  sql: `ALTER TABLE ${tableOf(object)} ADD${notNullConstraint(object, context)} NOT NULL ${columnName(object)}${
    object.state.not_null?.no_inherit ? " NO INHERIT" : ""
  } NOT VALID`,
  description: `Add not-null constraint to ${display(object)} without checking existing rows`
})

/** True where the column's table is attached, or made to inherit, by the plan, and its not-null constraint is its own until then. */
const joinsParent = (object: Column, context: PlanContext): boolean =>
  !notNullArrives(object, context) &&
  context.parts(object.parent ?? "").some(({ id, kind }) =>
    (kind === "partition" || kind === "inheritance") && context.creates(id)
  )

/** From one nullability, or not-null constraint, to another. */
export const setNotNull = (from: Column, to: Column, context: PlanContext): ReadonlyArray<Statement> => {
  const description = `Change nullability of ${display(to)}`
  const hazards: ReadonlyArray<Hazard> = isForeign(to)
    ? []
    : [{ code: "may_fail", message: `Rows where ${display(to)} is null make this step fail.` }]
  if (to.state.nullable) return from.state.nullable ? [] : [{ sql: alterColumn(to, "DROP NOT NULL"), description }]
  if (from.state.nullable) {
    if (to.state.not_null?.not_valid) return [notValidNotNull(to, context)]
    return [{
      sql: context.serverMajor < 18 || to.state.not_null === undefined && !isNameTaken(to, context)
        ? alterColumn(to, "SET NOT NULL")
        : `ALTER TABLE ${tableOf(to)} ADD${notNullConstraint(to, context)} NOT NULL ${columnName(to)}${
          to.state.not_null?.no_inherit ? " NO INHERIT" : ""
        }`,
      description,
      hazards
    }]
  }
  if (to.state.not_null?.not_valid && !from.state.not_null?.not_valid) {
    return [{ sql: alterColumn(to, "DROP NOT NULL"), description }, notValidNotNull(to, context)]
  }
  const [before, after] = [notNullName(from), notNullName(to)]
  return [
    ...(before === after || to.state.not_null?.inherited && !joinsParent(to, context) ? [] : [{
      sql: `ALTER TABLE ${tableOf(to)} RENAME CONSTRAINT ${quoteIdentifier(before)} TO ${quoteIdentifier(after)}`,
      description: `Rename not-null constraint of ${display(to)}`
    }]),
    ...(from.state.not_null?.not_valid && !to.state.not_null?.not_valid
      ? [{
        sql: `ALTER TABLE ${tableOf(to)} VALIDATE CONSTRAINT ${quoteIdentifier(after)}`,
        description: `Validate not-null constraint of ${display(to)}`,
        hazards
      }]
      : []),
    ...(from.state.not_null?.no_inherit === to.state.not_null?.no_inherit ? [] : [{
      sql: `ALTER TABLE ${tableOf(to)} ALTER CONSTRAINT ${quoteIdentifier(after)} ${
        to.state.not_null?.no_inherit ? "NO INHERIT" : "INHERIT"
      }`,
      description: `Change inheritance of the not-null constraint of ${display(to)}`
    }])
  ]
}

/**
 * What keeps a child NOT NULL when its parent's constraint goes, which takes that of the child along where the child has
 * none of its own: from PostgreSQL 18 on it can be made its own before, without looking at the rows.
 */
const keepNotNull = (from: Column, to: Column, context: PlanContext): ReadonlyArray<Statement> =>
  !losesNotNull(from, to) ? [] : linkedChildren(from, context).flatMap(([before, after]) => {
    if (!goesAlong(before, context)) return []
    if (after.state.nullable) return keepNotNull(before, after, context)
    return context.serverMajor >= 18 && after.state.not_null?.inherited ? [] : [{
      sql: alterColumn(after, "SET NOT NULL"),
      description: `Keep ${display(after)} not null`
    }]
  })

/** True where a parent's not-null constraint takes this one along when it goes. */
const goesAlong = (object: Column, context: PlanContext): boolean =>
  !object.state.nullable && (context.serverMajor < 18 || object.state.own?.not_null?.arrives === true)

/** The change of a column's nullability, as far as it does not come from a parent. */
export const nullability = (from: Column, to: Column, context: PlanContext): ReadonlyArray<Statement> => {
  if (!from.state.nullable && to.state.nullable) {
    if (goesAlong(from, context) && arrivingFrom(from, to, context, losesNotNull).length > 0) return []
    const kept = keepNotNull(from, to, context)
    return context.serverMajor < 18
      ? [...setNotNull(from, to, context), ...kept]
      : [...kept, ...setNotNull(from, to, context)]
  }
  return from.state.nullable && !to.state.nullable && arrivingFrom(from, to, context, gainsNotNull).length > 0
    ? []
    : setNotNull(from, to, context)
}
