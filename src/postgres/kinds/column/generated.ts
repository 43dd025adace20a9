/** Generated columns (PostgreSQL manual 5.4): how the expression changes. */
import type { Catalog, ObjectId } from "../../../Catalog.ts"
import { type Alteration, type PlanContext, replace, type Statement } from "../Kind.ts"
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
  // every child has an expression of its own, and changes by itself
  return [{
    sql: alterColumn(to, `SET EXPRESSION AS (${after.expression})`, true),
    description: `Change the expression of generated column ${display(to)}`,
    hazards: after.kind === "stored"
      ? [{ code: "rewrite", message: `Table ${displayTable(to)} is rewritten while nobody can read or write it.` }]
      : []
  }]
}
