/** Generated columns (PostgreSQL manual 5.4): how the expression changes. */
import { canonicalJson, type Catalog, dependenciesOf, type ObjectId, partsIndex } from "../../../Catalog.ts"
import { type Alteration, type PlanContext, replace, type Statement } from "../Kind.ts"
import { onlyInherits } from "../parents.ts"
import { arrivingFrom, linkedChildren } from "./inheritance.ts"
import { alterColumn, type Column, display, displayTable, isColumn } from "./state.ts"

/** True where the column's table, or one below it, has a check. */
const hasChecks = (object: Column, context: PlanContext): boolean =>
  [context.source, context.target].some((catalog) => (checkedTables(catalog)).has(object.parent ?? "")) ||
  [...context.dependents(object.id)].some((id) => {
    const child = context.source.objects.get(id)
    return child !== undefined && isColumn(child) && child.state.inherited === true &&
      child.name[2] === object.name[2] && hasChecks(child, context)
  })

const tablesWithChecks = new WeakMap<Catalog, ReadonlySet<ObjectId>>()

const checkedTables = (catalog: Catalog): ReadonlySet<ObjectId> => {
  const known = tablesWithChecks.get(catalog)
  if (known !== undefined) return known
  const tables = new Set(
    [...catalog.objects.values()].flatMap(({ kind, parent, state }) =>
      kind === "constraint" && state["type"] === "check" && parent !== undefined ? [parent] : []
    )
  )
  tablesWithChecks.set(catalog, tables)
  return tables
}

/** True where a stored column takes another expression in place. */
const takesExpression = (from: Column, to: Column, context: PlanContext): boolean => {
  const [before, after] = [from.state.generated, to.state.generated]
  return before?.kind === "stored" && after?.kind === "stored" && before.expression !== after.expression &&
    context.serverMajor >= 17 && from.state.type === to.state.type
}

/** True where all that have the column from this one will have the same expression, so that one statement gives it to all. */
const isAlikeBelow = (to: Column, context: PlanContext): boolean =>
  linkedChildren(to, context).every(([before, after]) =>
    before.state.generated?.kind === to.state.generated?.kind && before.state.type === after.state.type &&
    canonicalJson(after.state.generated) === canonicalJson(to.state.generated) && isAlikeBelow(after, context)
  )

/** The columns of parents whose new expression comes to this one too. */
export const expressionFrom = (from: Column, to: Column, context: PlanContext): ReadonlyArray<ObjectId> =>
  takesExpression(from, to, context)
    ? arrivingFrom(
      from,
      to,
      context,
      (before, after) => takesExpression(before, after, context) && isAlikeBelow(after, context)
    )
    : []

/**
 * Why a column cannot take another expression than the parents have: a check that its table has from them only is gone after
 * that (seen on PostgreSQL 17 and 18), and nothing gives it back.
 */
export const refusesExpression = (from: Column, to: Column, context: PlanContext): string | undefined => {
  if (!takesExpression(from, to, context) || expressionFrom(from, to, context).length > 0) return undefined
  const lost = (partsIndex(context.source).get(from.parent ?? "") ?? []).find((part) =>
    part.state["type"] === "check" && onlyInherits(part) && !context.drops(part.id) &&
    dependenciesOf(context.source, part.id).has(from.id)
  )
  return lost === undefined
    ? undefined
    : `${
      display(to)
    } cannot take another expression than the column that it is inherited from: PostgreSQL would drop check ${
      lost.name[2]
    } of table ${displayTable(to)} without a word. Give both the same expression, or drop that check first.`
}

/** From one expression to another, or to none. Making a column generated, and changing the kind, replaces it. */
export const alterGenerated = (
  from: Column,
  to: Column,
  context: PlanContext
): Alteration | ReadonlyArray<Statement> => {
  const [before, after] = [from.state.generated, to.state.generated]
  if (before === undefined && after === undefined) return []
  if (before !== undefined && after === undefined && before.kind === "stored") {
    return [{ sql: alterColumn(to, "DROP EXPRESSION"), description: `Make ${display(to)} a plain column` }]
  }
  if (before === undefined || after === undefined || before.kind !== after.kind) return replace
  if (before.expression === after.expression) return []
  if (context.serverMajor < 17 || from.state.type !== to.state.type) return replace
  // PostgreSQL 18 does not look at the checks of a table again
  if (after.kind === "virtual" && hasChecks(to, context)) return replace
  if (expressionFrom(from, to, context).length > 0) return []
  const children = linkedChildren(to, context).length > 0
  // children with expressions of their own change by themselves
  const alone = children && !(takesExpression(from, to, context) && isAlikeBelow(to, context))
  const tables = `Table ${displayTable(to)}${children && !alone ? " and the tables below it are" : " is"}`
  return [{
    sql: alterColumn(to, `SET EXPRESSION AS (${after.expression})`, alone),
    description: `Change the expression of generated column ${display(to)}`,
    hazards: after.kind === "stored"
      ? [{
        code: "rewrite",
        message: `${tables} rewritten while nobody can read or write ${children && !alone ? "them" : "it"}.`
      }]
      : []
  }]
}
