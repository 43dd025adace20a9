/**
 * Types that need functions of their own, which need the type (PostgreSQL manual, CREATE TYPE): the functions of a base type
 * that read and write its values, the canonical function of a range type. Those functions are parts of the type.
 */
import type { CatalogObject } from "../../Catalog.ts"
import type { PlanContext, Statement } from "./Kind.ts"
import { displayName, routineName, schemaAndName, sqlName } from "./names.ts"
import { isRoutine, routineFunction } from "./routine.ts"

/** What comes before the definition of the type: its declaration and the functions, where it has some of its own. */
export const declaredWith = (
  type: CatalogObject,
  folded: ReadonlyArray<CatalogObject>,
  context: PlanContext
): ReadonlyArray<Statement> => {
  const functions = folded.filter(isRoutine)
  return functions.length === 0 ? [] : [
    {
      sql: `CREATE TYPE ${sqlName(type.name)}`,
      description: `Declare type ${displayName(...schemaAndName(type.name))}`
    },
    ...functions.flatMap((routine) => routineFunction.create(routine, context, []))
  ]
}

/** The functions of the source that are parts of the type. */
export const ownFunctions = (type: CatalogObject, { source }: PlanContext): ReadonlyArray<CatalogObject> =>
  [...source.objects.values()].filter((part) => part.parent === type.id && isRoutine(part))

/** A function as ALTER FUNCTION names it. */
export const functionName = ({ name }: CatalogObject): string => routineName(name)

/** Owns the type and its functions for the moment of their drop, and is gone before anybody sees it. */
const leaving = "lockplane_leaving"

/**
 * Drops a type together with its functions, none of which goes alone: DROP OWNED drops everything of a role at once, and fails
 * where something else needs it. `type` and `functions` are SQL.
 */
export const dropTogether = (
  type: string,
  functions: ReadonlyArray<string>,
  description: string
): ReadonlyArray<Statement> =>
  [
    `CREATE ROLE ${leaving}`,
    `ALTER TYPE ${type} OWNER TO ${leaving}`,
    ...functions.map((name) => `ALTER FUNCTION ${name} OWNER TO ${leaving}`),
    `DROP OWNED BY ${leaving}`,
    `DROP ROLE ${leaving}`
  ].map((sql) => ({ sql, description }))
