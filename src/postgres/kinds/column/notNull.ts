/** Not-null constraints of columns: their names, which PostgreSQL 18 keeps, and how a column gets and loses one. */
import type { Hazard } from "../../../Dialect.ts"
import { quoteIdentifier } from "../../Identifier.ts"
import { chosenColumnNotNull, isConstraintNameTaken, saidColumnNotNull } from "../constraintNames.ts"
import type { PlanContext, Statement } from "../Kind.ts"
import {
  arrivingFrom,
  gainsNotNull,
  isExplicitColumn,
  isPartition,
  linkedChildren,
  losesNotNull
} from "./inheritance.ts"
import { alterColumn, type Column, columnName, display, isForeign, tableOf } from "./state.ts"

/** The name of the column's not-null constraint. */
export const notNullName = (object: Column): string =>
  saidColumnNotNull(object.state) ?? chosenColumnNotNull(object.name[1] ?? "", object.name[2] ?? "")

/** The column without the name of its not-null constraint where PostgreSQL chooses the same. */
export const withoutChosenName = (object: Column): Column => {
  const name = saidColumnNotNull(object.state)
  if (name === undefined || name !== chosenColumnNotNull(object.name[1] ?? "", object.name[2] ?? "")) return object
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

/** True where PostgreSQL would not choose its usual name. Where the target was read from a server without such names, any will do. */
const isNameTaken = (object: Column, context: PlanContext): boolean =>
  context.target.major >= 18 && isConstraintNameTaken(object, notNullName(object), context)

const notNullConstraint = (object: Column, context: PlanContext): string => {
  const name = saidColumnNotNull(object.state)
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
    // ATTACH PARTITION makes a partition's own constraint one that goes along, as it is on a shadow
    if (!goesAlong(before, context) && !(isPartition(before, context.source) && !before.state.nullable)) return []
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
