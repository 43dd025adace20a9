/**
 * Composite types (PostgreSQL manual 8.16). Attributes are added, dropped and retyped in place; another order, or another
 * type where a table stores values of the composite type, makes a new type.
 */
import * as Schema from "effect/Schema"
import type { CatalogObject } from "../../Catalog.ts"
import type { Renaming } from "../../Dialect.ts"
import { quoteIdentifier } from "../Identifier.ts"
import { ownCollation, userObject, userSchema } from "./catalogSql.ts"
import { conversion, conversionEnd } from "./compositeConversion.ts"
import { asideName, inPlace, type Kind, replace, type Statement } from "./Kind.ts"
import { displayName, objectId, schemaAndName, sqlName } from "./names.ts"
import { inSchema, withinOwner } from "./renaming.ts"
import { isStored } from "./storedTypes.ts"
import { rowsIn } from "./trace.ts"

const Attribute = Schema.Struct({
  name: Schema.String,
  type: Schema.String,
  collation: Schema.optionalKey(Schema.String)
})
type Attribute = typeof Attribute.Type

/** The attributes of a composite type, in order; a collation only where it is not that of the attribute's type. */
export const CompositeState = Schema.Struct({ attributes: Schema.Array(Attribute) })
/** The attributes of a composite type, in order; a collation only where it is not that of the attribute's type. */
export type CompositeState = typeof CompositeState.Type

const display = (object: CatalogObject): string => displayName(...schemaAndName(object.name))

const typeOf = (attribute: Attribute): string =>
  attribute.collation === undefined ? attribute.type : `${attribute.type} COLLATE ${attribute.collation}`

const clause = (attribute: Attribute): string => `${quoteIdentifier(attribute.name)} ${typeOf(attribute)}`

/** What may name an attribute of the type in an expression, so that PostgreSQL would not let the attribute change. */
const mayNameAttribute = (dependent: CatalogObject): boolean =>
  ["view", "materialized view", "policy", "trigger", "constraint", "default", "index", "rule"].includes(
    dependent.kind
  ) ||
  dependent.state["sql_body"] !== undefined

/** How an attribute gets another name (PostgreSQL manual, ALTER TYPE). */
export const attributeRenaming: Renaming = withinOwner("TYPE", "ATTRIBUTE", { users: "statements" })

/** The kind `composite type`. */
export const composite: Kind<CompositeState> = {
  kind: "composite type",
  section: "composite_types",
  catalog: "pg_type",
  trace: rowsIn("pg_class", "relkind", "c"),
  dropLoses: "Statements that name the type fail.",
  state: CompositeState,
  query: () => `
    select t.oid, array[n.nspname, t.typname] as name,
      json_build_array(json_build_array('pg_type', t.typarray, 0), json_build_array('pg_class', c.oid, 0)) as addresses,
      jsonb_build_object('attributes', coalesce((
        select jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
          'name', a.attname,
          'type', format_type(a.atttypid, a.atttypmod),
          'collation', ${ownCollation("a.attcollation", "b.typcollation")})) order by a.attnum)
        from pg_attribute a join pg_type b on b.oid = a.atttypid
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped), '[]')) as state,
      (select json_agg(a.attnum::text order by a.attnum) from pg_attribute a
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as members
    from pg_type t join pg_class c on c.oid = t.typrelid join pg_namespace n on n.oid = t.typnamespace
    where c.relkind = 'c' and ${userSchema("n")} and ${userObject("pg_type", "t.oid")}`,
  claims: (object) => [`type ${sqlName(object.name)}`, `relation ${sqlName(object.name)}`],
  create: (object, context) => [
    {
      sql: `CREATE TYPE ${sqlName(object.name)} AS (${
        object.state.attributes.map((a) => `\n  ${clause(a)}`).join(",")
      }\n)`,
      description: `Create composite type ${display(object)}`
    },
    ...conversion(object, context)
  ],
  drop: (object) => [{
    sql: `DROP TYPE ${sqlName(object.name)}`,
    description: `Drop composite type ${display(object)}`
  }],
  alter: (from, to, context) => {
    const before = new Map(from.state.attributes.map((attribute) => [attribute.name, attribute]))
    const after = new Set(to.state.attributes.map((attribute) => attribute.name))
    const kept = from.state.attributes.filter(({ name }) => after.has(name))
    if (kept.some(({ name }, i) => to.state.attributes[i]?.name !== name)) return replace
    const dropped = from.state.attributes.filter(({ name }) => !after.has(name))
    const retyped = to.state.attributes.filter((attribute) => {
      const old = before.get(attribute.name)
      return old !== undefined && typeOf(old) !== typeOf(attribute)
    })
    const added = to.state.attributes.filter(({ name }) => !before.has(name))
    if (retyped.length > 0 && isStored(context.source, from.id)) return replace
    const alterType = (action: string, description: string): Statement => ({
      sql: `ALTER TYPE ${sqlName(to.name)} ${action}`,
      description
    })
    return inPlace(
      [
        ...dropped.map(({ name }): Statement => ({
          ...alterType(
            `DROP ATTRIBUTE ${quoteIdentifier(name)}`,
            `Drop attribute ${quoteIdentifier(name)} from composite type ${display(to)}`
          ),
          hazards: [{
            code: "data_loss",
            message: `Values of attribute ${quoteIdentifier(name)} are lost wherever composite type ${
              display(to)
            } is stored.`
          }]
        })),
        ...retyped.map((attribute) =>
          alterType(
            `ALTER ATTRIBUTE ${quoteIdentifier(attribute.name)} TYPE ${typeOf(attribute)}`,
            `Change type of attribute ${quoteIdentifier(attribute.name)} of composite type ${display(to)}`
          )
        ),
        ...added.map((attribute) =>
          alterType(
            `ADD ATTRIBUTE ${clause(attribute)}`,
            `Add attribute ${quoteIdentifier(attribute.name)} to composite type ${display(to)}`
          )
        )
      ],
      (dependent) =>
        dependent.kind === "typed table" || dropped.length + retyped.length > 0 && mayNameAttribute(dependent)
    )
  },
  aside: (object, context) => {
    const [schema, name] = schemaAndName(object.name)
    const old = asideName(name)
    return {
      rename: [{
        sql: `ALTER TYPE ${sqlName(object.name)} RENAME TO ${quoteIdentifier(old)}`,
        description: `Set composite type ${display(object)} aside`
      }],
      drop: [...conversionEnd(object, context), {
        sql: `DROP TYPE ${sqlName([schema, old])}`,
        description: `Drop the old composite type ${display(object)}`
      }]
    }
  },
  commentTarget: (object) => `TYPE ${sqlName(object.name)}`,
  members: ({ id, name, state }) =>
    state.attributes.map((attribute) => ({
      kind: "attribute",
      id: objectId("attribute", [...name, attribute.name]),
      name: [...name, attribute.name],
      parent: id,
      state: {}
    })),
  renaming: inSchema("TYPE", { users: "statements" }),
  describe: (object) => `composite type ${display(object)}`
}
