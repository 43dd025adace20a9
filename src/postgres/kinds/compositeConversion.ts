/**
 * How values of a composite type that is made anew get to the new type: attribute by attribute, by name. As text they would
 * only fit where number and order of the attributes are the same. A function does it for one value; a cast lets PostgreSQL
 * use it for the elements of arrays and for what domains are over (PostgreSQL manual, CREATE CAST). Both go at the end.
 */
import { type CatalogObject, dependenciesOf, type ObjectId, sameState } from "../../Catalog.ts"
import { dollarQuote, quoteIdentifier } from "../Identifier.ts"
import type { CompositeState } from "./composite.ts"
import { asideName, type PlanContext, type Statement } from "./Kind.ts"
import { displayName, schemaAndName, sqlName } from "./names.ts"

type Composite = CatalogObject<CompositeState>
type Attribute = CompositeState["attributes"][number]

/** True where values of a type that is set aside are converted by a cast, and not by way of text. */
const hasCast = (id: ObjectId, context: PlanContext): boolean => {
  const [from, to] = [context.source.objects.get(id), context.target.objects.get(id)]
  if (from === undefined || to === undefined || !context.setsAside(id)) return false
  const within = (): boolean => needsCast(to, context)
  return to.kind === "composite type"
    ? !sameState(from.state, to.state) || within()
    : to.kind === "domain" && from.state["type"] === to.state["type"] && within()
}

/** True where the object holds values of a type that are converted by a cast. */
const needsCast = (object: CatalogObject, context: PlanContext): boolean =>
  [...dependenciesOf(context.target, object.id)].some((id) => hasCast(id, context))

/** The expression that makes a value of the new type of an object from one that was set aside with that. */
export const moved = (expression: string, object: CatalogObject, type: string, context: PlanContext): string =>
  needsCast(object, context)
    ? `${expression}::${type}`
    : `${expression}::text${type.endsWith("[]") ? "[]" : ""}::${type}`

const oldName = (object: CatalogObject): string => {
  const [schema, name] = schemaAndName(object.name)
  return sqlName([schema, asideName(name)])
}

/** The type that the attribute is of, alone or in an array, if users made it. */
const typeOf = ({ type }: Attribute, object: CatalogObject, context: PlanContext): ObjectId | undefined =>
  [...dependenciesOf(context.target, object.id)].find((id) =>
    sqlName(context.target.objects.get(id)?.name ?? []) === type.replace(/(\([^)]*\)|\[\])+$/, "")
  )

const attribute = (from: Composite, to: Composite, made: Attribute, context: PlanContext): string => {
  const old = from.state.attributes.find(({ name }) => name === made.name)
  if (old === undefined) return `NULL::${made.type}`
  const value = `($1).${quoteIdentifier(made.name)}`
  const type = typeOf(made, to, context)
  if (type !== undefined && hasCast(type, context)) return `${value}::${made.type}`
  if (old.type === made.type && (type === undefined || !context.setsAside(type))) return value
  return `${value}::text${old.type.endsWith("[]") && made.type.endsWith("[]") ? "[]" : ""}::${made.type}`
}

/** Statements that make the conversion to a new composite type, none where the values go by way of text. */
export const conversion = (to: Composite, context: PlanContext): ReadonlyArray<Statement> => {
  const source = context.source.objects.get(to.id)
  if (source === undefined || !isComposite(source) || !hasCast(to.id, context)) return []
  const [old, name] = [oldName(to), sqlName(to.name)]
  const row = `ROW(${to.state.attributes.map((made) => attribute(source, to, made, context)).join(", ")})`
  // a value is NULL, or a row that may be all of NULLs
  const body = `SELECT CASE WHEN $1 IS DISTINCT FROM NULL THEN ${row}::${name} END`
  const display = displayName(...schemaAndName(to.name))
  const lost = source.state.attributes.filter((old) => !to.state.attributes.some(({ name }) => name === old.name))
  return [
    {
      sql: `CREATE FUNCTION ${old}(${old}) RETURNS ${name} LANGUAGE sql AS ${dollarQuote(body)}`,
      description: `Create the conversion of values to the new composite type ${display}`,
      hazards: lost.map(({ name }) => ({
        code: "data_loss" as const,
        message: `Values of attribute ${quoteIdentifier(name)} are lost wherever composite type ${display} is stored.`
      }))
    },
    {
      sql: `CREATE CAST (${old} AS ${name}) WITH FUNCTION ${old}(${old})`,
      description: `Let values be converted to the new composite type ${display}`
    }
  ]
}

/** Statements that take the conversion away again. */
export const conversionEnd = (object: Composite, context: PlanContext): ReadonlyArray<Statement> => {
  if (!hasCast(object.id, context)) return []
  const [old, name] = [oldName(object), sqlName(object.name)]
  const description = `Drop the conversion of values to the new composite type ${
    displayName(...schemaAndName(object.name))
  }`
  return [
    { sql: `DROP CAST (${old} AS ${name})`, description },
    { sql: `DROP FUNCTION ${old}(${old})`, description }
  ]
}

const isComposite = (object: CatalogObject): object is Composite => object.kind === "composite type"
