/** What the definitions of tables of all sorts have in common: the list of columns and constraints, and what comes after it. */
import type { CatalogObject } from "../../Catalog.ts"
import { columnClause, columnExtras } from "./column/definition.ts"
import { isExplicitColumn } from "./column/inheritance.ts"
import { notNullLine } from "./column/notNull.ts"
import { isColumn } from "./column/state.ts"
import { constraintClause, constraintExtras, isConstraint } from "./constraint.ts"
import { type DefaultState, isDefault } from "./default.ts"
import { type InheritanceState, isInheritance } from "./inheritance.ts"
import type { PlanContext, Statement } from "./Kind.ts"
import { sqlName } from "./names.ts"
import { arrives } from "./parents.ts"

/** The parts that the statement which creates a table brings along. */
export interface TableDefinition {
  /** Columns and constraints in parentheses. */
  readonly body: string
  /** The INHERITS clause, where there are parents. */
  readonly inherits: ReadonlyArray<string>
  /** Statements for what the definition cannot say of its parts. */
  readonly extras: ReadonlyArray<Statement>
}

/** The context for the parts of a table that is tied to parents only after it is there: what it has from those is its own until then. */
const untilTied = (
  table: CatalogObject,
  folded: ReadonlyArray<CatalogObject>,
  context: PlanContext
): PlanContext => {
  const brought = new Set([table, ...folded.filter(isInheritance)].map(({ id }) => id))
  const isTiedLater = context.parts(table.id).some((part) => isInheritance(part) && !brought.has(part.id))
  return isTiedLater ? { ...context, creates: (id) => !brought.has(id) && context.creates(id) } : context
}

/** Puts the parts that are folded into a table's creation into its definition. */
export const tableDefinition = (
  table: CatalogObject,
  folded: ReadonlyArray<CatalogObject>,
  planContext: PlanContext
): TableDefinition => {
  const context = untilTied(table, folded, planContext)
  const defaults = new Map(
    folded.filter(isDefault).map((part): [string | undefined, CatalogObject<DefaultState>] => [part.parent, part])
  )
  const columns = folded.filter(isColumn)
  const constraints = folded.filter(isConstraint).filter((constraint) => !arrives(constraint, context))
  const parents: ReadonlyArray<CatalogObject<InheritanceState>> = folded.filter(isInheritance)
  const lines = [
    ...columns.filter((column) => isExplicitColumn(column, context))
      .map((column) => columnClause(column, defaults.get(column.id), context)),
    ...columns.map((column) => notNullLine(column, context)).filter((line) => line !== undefined),
    ...constraints.map(constraintClause)
  ]
  return {
    body: lines.length === 0 ? "()" : `(\n  ${lines.join(",\n  ")}\n)`,
    inherits: parents.length === 0
      ? []
      : [`INHERITS (${parents.map((parent) => sqlName(parent.name.slice(2))).join(", ")})`],
    extras: [
      ...columns.flatMap((column) => columnExtras(column, context)),
      ...constraints.flatMap((constraint) => constraintExtras(constraint, {}, context))
    ]
  }
}
