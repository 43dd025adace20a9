/** A new column: the clause that defines it, and the statements for what the clause cannot say. */
import { type CatalogObject, dependenciesOf } from "../../../Catalog.ts"
import { optionsClause } from "../foreignOptions.ts"
import { identityClause, identityPersistence } from "../identity.ts"
import type { PlanContext, Statement } from "../Kind.ts"
import { objectId } from "../names.ts"
import { optionList } from "../options.ts"
import { inheritedFrom } from "../parents.ts"
import { isExplicitColumn, passesNotNull } from "./inheritance.ts"
import { notNullClause, notValidNotNull, setNotNull } from "./notNull.ts"
import { alterColumn, collate, type Column, columnName, display } from "./state.ts"

/** The column as `CREATE TABLE` and `ADD COLUMN` define it. */
export const columnClause = (
  object: Column,
  columnDefault: CatalogObject | undefined,
  context: PlanContext
): string => {
  const { generated, identity } = object.state
  const value = generated !== undefined
    ? ` GENERATED ALWAYS AS (${generated.expression}) ${generated.kind.toUpperCase()}`
    : identity !== undefined
    ? ` ${identityClause(object.name, identity)}`
    : columnDefault === undefined
    ? ""
    : ` DEFAULT ${String(columnDefault.state["expression"])}`
  const notNull = object.state.not_null?.not_valid ? "" : notNullClause(object, context)
  return `${columnName(object)} ${object.state.type}${optionsClause(object.state.foreign_options)}${
    collate(object.state)
  }${value}${notNull}`
}

/** The storage that a type which can be stored out of line has by itself; servers before 16 do not know `DEFAULT` for it. */
const ownStorage = (type: string): string => /^(numeric|inet|cidr)\b/.test(type) ? "main" : "extended"

/** `SET STORAGE` as `ALTER COLUMN` takes it; without a storage, that of the type. */
export const setStorage = (
  column: { readonly type: string; readonly storage?: string },
  { serverMajor }: PlanContext
): string => `SET STORAGE ${(column.storage ?? (serverMajor < 16 ? ownStorage(column.type) : "default")).toUpperCase()}`

/** Sets the storage. */
export const storage = (object: Column, context: PlanContext): Statement => ({
  sql: alterColumn(object, setStorage(object.state, context), true),
  description: `Change storage of ${display(object)}`
})

/** Sets the compression. */
export const compression = (object: Column): Statement => ({
  sql: alterColumn(object, `SET COMPRESSION ${object.state.compression ?? "default"}`, true),
  description: `Change compression of ${display(object)}`
})

/** Sets the statistics target. */
export const statistics = (object: Column): Statement => ({
  sql: alterColumn(object, `SET STATISTICS ${object.state.statistics ?? -1}`, true),
  description: `Change statistics target of ${display(object)}`
})

const inheritedNoDefault = (object: Column, context: PlanContext): boolean => {
  const parent = [...dependenciesOf(context.target, object.id)].find((id) =>
    context.target.objects.get(id)?.kind === "column" && context.target.objects.get(id)?.name[2] === object.name[2]
  )
  const parentName = parent === undefined ? undefined : context.target.objects.get(parent)?.name
  return parentName !== undefined && context.target.objects.has(objectId("default", parentName)) &&
    !context.target.objects.has(objectId("default", object.name))
}

/** Statements for what the column's clause cannot say. */
export const columnExtras = (object: Column, context: PlanContext): ReadonlyArray<Statement> => {
  const { state } = object
  // from PostgreSQL 18 on it is known of a not-null constraint whether it is inherited
  const arrivesNullable = !isExplicitColumn(object, context) && (
    Math.min(context.serverMajor, context.target.major) >= 18
      ? state.not_null?.inherited !== true
      : inheritedFrom(object, context.target).map((id) => context.target.objects.get(id))
        .every((from) => from !== undefined && !passesNotNull(from))
  )
  return [
    ...(arrivesNullable && !state.nullable
      ? setNotNull({ ...object, state: { ...state, nullable: true } }, object, context)
      : []),
    ...(!isExplicitColumn(object, context) && inheritedNoDefault(object, context)
      ? [{ sql: alterColumn(object, "DROP DEFAULT", true), description: `Drop default of ${display(object)}` }]
      : []),
    ...(state.identity?.persistence === undefined
      ? []
      : [identityPersistence(object.name, state.identity, state.identity.persistence)]),
    ...(state.storage === undefined ? [] : [storage(object, context)]),
    ...(state.compression === undefined ? [] : [compression(object)]),
    ...(state.statistics === undefined ? [] : [statistics(object)]),
    ...(state.not_null?.not_valid && !arrivesNullable ? [notValidNotNull(object, context)] : []),
    ...(state.options === undefined ? [] : [{
      sql: alterColumn(object, `SET (${optionList(state.options)})`, true),
      description: `Change options of ${display(object)}`
    }])
  ]
}
