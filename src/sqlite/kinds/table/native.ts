/**
 * What ALTER TABLE can do to a table that stays (SQLite, "ALTER TABLE", 2 to 5), where it is sure to succeed whatever rows
 * there are, as far as the constraint itself allows. For all else the table is made anew.
 */
import { type Catalog, type CatalogObject, type ObjectId, partsIndex } from "../../../Catalog.ts"
import type { PlanContext } from "../../../Dialect.ts"
import type { ConstraintDefinition, KeyPart } from "../../sql/Definition.ts"
import { foldName } from "../../sql/Identifier.ts"
import { quotedStrings } from "../../sql/Parser.ts"
import { namesIn } from "../../sql/Spelling.ts"
import { text } from "../names.ts"
import { trigger } from "../trigger.ts"
import { view } from "../view.ts"
import { columnDefinition, constraintDefinition, isColumn } from "./state.ts"

/** The kinds whose objects name others in their text, so that SQLite itself looks at them for some statements. */
const definitions: ReadonlySet<string> = new Set([view.kind, trigger.kind])

const partsOf = (catalog: Catalog, table: ObjectId | undefined): ReadonlyArray<CatalogObject> =>
  partsIndex(catalog).get(table ?? "") ?? []

const columnName = ({ name }: CatalogObject): string => foldName(name.at(-1) ?? "")

const keyNames = (columns: ReadonlyArray<KeyPart>): ReadonlyArray<string> =>
  columns.flatMap(({ column, expression }) =>
    column !== undefined ? [foldName(column)] : expression !== undefined ? namesIn(expression) : []
  )

/** The columns that a constraint is about, and whatever else it names, in lower case. */
const namesOf = (constraint: ConstraintDefinition): ReadonlyArray<string> => {
  switch (constraint.kind) {
    case "check":
      return namesIn(constraint.expression)
    case "foreign key":
      return constraint.columns.map(foldName)
    case "primary key":
    case "unique":
      return keyNames(constraint.columns)
  }
}

/** The columns of the table of a catalog that a constraint is about. */
const columnsOf = (
  constraint: ConstraintDefinition,
  parts: ReadonlyArray<CatalogObject>
): ReadonlyArray<CatalogObject> => {
  const names = new Set(namesOf(constraint))
  return parts.filter((part) => isColumn(part) && names.has(columnName(part)))
}

/** A default that ALTER TABLE ADD COLUMN accepts in a table with rows: a literal, not an expression. */
const isConstant = (value: string): boolean => !value.startsWith("(") && !/^CURRENT_/i.test(value)

/** The constraints that are new, and can be written at a new column: checks of it alone, and foreign keys of it alone. */
export const addedWith = (column: CatalogObject, context: PlanContext): ReadonlyArray<ConstraintDefinition> => {
  const parts = context.parts(column.parent ?? "")
  return parts.filter(({ id }) => context.creates(id)).flatMap((part) => {
    const constraint = constraintDefinition(part)
    if (constraint === undefined || constraint.kind === "primary key" || constraint.kind === "unique") return []
    const about = columnsOf(constraint, parts)
    return about.length === 1 && about[0]?.id === column.id ? [constraint] : []
  })
}

/** True where a statement can add the column to its table, which stays. */
export const canAdd = (column: CatalogObject, context: PlanContext): boolean => {
  if (!isColumn(column) || context.drops(column.id)) return false
  const { default: value, generated, notNull } = columnDefinition(column)
  if (generated?.stored === true || value !== undefined && !isConstant(value)) return false
  if (notNull === true && (generated !== undefined || value === undefined || /^NULL$/i.test(value))) return false
  if (stringsAt(context.source, column.parent).has(columnName(column))) return false
  const parts = context.parts(column.parent ?? "")
  // who names the table may go by the order of its columns
  if (!isLast(column, parts, context) && isNamedByDefinitions(column.name[1] ?? "", context)) return false
  return parts.every((part) => {
    const constraint = constraintDefinition(part)
    if (constraint === undefined || constraint.kind !== "primary key" && constraint.kind !== "unique") return true
    return !columnsOf(constraint, parts).some(({ id }) => id === column.id)
  })
}

/** The strings in double quotes in the texts of a table and its indexes, in lower case: a column of that name would be meant by them. */
const stringsAt = (catalog: Catalog, table: ObjectId | undefined): ReadonlySet<string> => {
  const parts = partsOf(catalog, table)
  const columns = new Set(parts.filter(isColumn).map(columnName))
  return new Set(
    [catalog.objects.get(table ?? ""), ...parts.filter(({ kind }) => kind === "index")]
      .flatMap((object) => object === undefined ? [] : quotedStrings(text(object) ?? "", columns)).map(foldName)
  )
}

/** True where all columns that are wanted behind a new one are new too: it comes where it is wanted. */
const isLast = (column: CatalogObject, parts: ReadonlyArray<CatalogObject>, { creates }: PlanContext): boolean =>
  parts.every((part) => !isColumn(part) || (part.position ?? 0) <= (column.position ?? 0) || creates(part.id))

/** True where a view or a trigger of either schema has the name in its text. */
const isNamedByDefinitions = (name: string, { source, target }: PlanContext): boolean =>
  [source, target].some((catalog) =>
    [...catalog.objects.values()].some((object) =>
      definitions.has(object.kind) && namesIn(text(object) ?? "").includes(foldName(name))
    )
  )

/** True for a constraint that comes with a column that a statement adds. */
export const isAdded = (constraint: CatalogObject, context: PlanContext): boolean =>
  !context.drops(constraint.id) &&
  context.parts(constraint.parent ?? "").some((part) =>
    isColumn(part) && context.creates(part.id) && canAdd(part, context) &&
    addedWith(part, context).some((definition) => {
      const own = constraintDefinition(constraint)
      return own !== undefined && sameConstraint(definition, own)
    })
  )

const sameConstraint = (a: ConstraintDefinition, b: ConstraintDefinition): boolean =>
  a.kind === b.kind && JSON.stringify(a) === JSON.stringify(b)

/**
 * True where a statement can take the column away from its table, which stays: nothing else of either schema names it, and
 * it is the only one that goes. (The statement writes all rows, as making the table anew does once for all columns.)
 */
export const canDrop = (column: CatalogObject, context: PlanContext): boolean => {
  if (!isColumn(column) || context.creates(column.id)) return false
  // SQLite drops no column so long, and a table that is made anew has none
  if (stringsAt(context.source, column.parent).size > 0) return false
  const before = partsOf(context.source, column.parent)
  const isNamed = before.some((part) => {
    const constraint = constraintDefinition(part)
    if (constraint !== undefined) return columnsOf(constraint, before).some(({ id }) => id === column.id)
    return isColumn(part) && part.id !== column.id &&
      namesIn(columnDefinition(part).generated?.expression ?? "").includes(columnName(column))
  })
  const others = before.filter((part) => isColumn(part) && part.id !== column.id)
  return !isNamed && others.length > 0 && others.every(({ id }) => !context.drops(id)) &&
    !isNamedByDefinitions(columnName(column), context)
}
