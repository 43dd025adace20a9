/** Domains (PostgreSQL manual 8.18). Their CHECK constraints are objects of their own. */
import * as Schema from "effect/Schema"
import type { CatalogObject } from "../../Catalog.ts"
import { quoteIdentifier } from "../Identifier.ts"
import { ownCollation, userObject, userSchema } from "./catalogSql.ts"
import { chosenDomainNotNull, isConstraintNameTaken } from "./constraintNames.ts"
import { domainConstraintClause, isDomainConstraint } from "./domain-constraint.ts"
import { asideName, inPlace, type Kind, type PlanContext, replace, type Statement } from "./Kind.ts"
import { displayName, schemaAndName, sqlName } from "./names.ts"
import { inSchema } from "./renaming.ts"
import { storesInside } from "./storedTypes.ts"
import { rowsIn } from "./trace.ts"

/** What a domain is over, and what it adds. */
export const DomainState = Schema.Struct({
  type: Schema.String,
  /** Where it is not the collation of the type below. */
  collation: Schema.optionalKey(Schema.String),
  default: Schema.optionalKey(Schema.String),
  not_null: Schema.optionalKey(Schema.Literal(true)),
  /** The name of the NOT NULL constraint, where it is not the one that PostgreSQL (17 and later) chooses. */
  not_null_name: Schema.optionalKey(Schema.String)
})
/** What a domain is over, and what it adds. */
export type DomainState = typeof DomainState.Type

const display = (object: CatalogObject): string => displayName(...schemaAndName(object.name))

const notNullName = (object: CatalogObject<DomainState>): string =>
  object.state.not_null_name ?? chosenDomainNotNull(object.name[1] ?? "")

/** The NOT NULL constraint as it is declared, with its name where PostgreSQL would choose another. */
const notNullClause = (object: CatalogObject<DomainState>, context: PlanContext): string =>
  context.serverMajor >= 17 && (object.state.not_null_name !== undefined ||
      context.target.major >= 17 && isConstraintNameTaken(object, notNullName(object), context))
    ? `CONSTRAINT ${quoteIdentifier(notNullName(object))} NOT NULL`
    : "NOT NULL"

const alterDomain = (object: CatalogObject, action: string, description: string): Statement => ({
  sql: `ALTER DOMAIN ${sqlName(object.name)} ${action}`,
  description
})

const notNullChanges = (
  from: CatalogObject<DomainState>,
  to: CatalogObject<DomainState>,
  context: PlanContext
): ReadonlyArray<Statement> => {
  const description = `Change nullability of domain ${display(to)}`
  if (to.state.not_null === undefined) {
    return from.state.not_null === undefined ? [] : [alterDomain(to, "DROP NOT NULL", description)]
  }
  if (from.state.not_null === undefined) {
    const clause = notNullClause(to, context)
    return [{
      ...alterDomain(to, clause === "NOT NULL" ? `SET ${clause}` : `ADD ${clause}`, description),
      hazards: [{ code: "may_fail", message: `It fails where a column of domain ${display(to)} holds NULL.` }]
    }]
  }
  const [before, after] = [quoteIdentifier(notNullName(from)), quoteIdentifier(notNullName(to))]
  return before === after || context.serverMajor < 17 ? [] : [
    alterDomain(
      to,
      `RENAME CONSTRAINT ${before} TO ${after}`,
      `Rename constraint ${before} of domain ${display(to)} to ${after}`
    )
  ]
}

/** The kind `domain`. */
export const domain: Kind<DomainState> = {
  kind: "domain",
  section: "domains",
  catalog: "pg_type",
  trace: rowsIn("pg_type", "typtype", "d"),
  printed: ["default"],
  dropLoses: "Statements that name the type fail.",
  state: DomainState,
  query: (major) => `
    select t.oid, array[n.nspname, t.typname] as name,
      (select json_agg(a) from (
        select json_build_array('pg_type', t.typarray, 0) as a
        union all
        select json_build_array('pg_constraint', k.oid, 0) from pg_constraint k where k.contypid = t.oid and k.contype = 'n'
      ) a(a)) as addresses,
      jsonb_strip_nulls(jsonb_build_object(
        'type', format_type(t.typbasetype, t.typtypmod),
        'collation', ${ownCollation("t.typcollation", "b.typcollation")},
        'default', coalesce(pg_get_expr(t.typdefaultbin, 0), t.typdefault),
        'not_null', nullif(t.typnotnull, false)${
    major < 17 ? "" : `,
        'not_null_name', (
          select k.conname from pg_constraint k
          where k.contypid = t.oid and k.contype = 'n' and k.conname <> left(t.typname, 54) || '_not_null')`
  })) as state
    from pg_type t join pg_namespace n on n.oid = t.typnamespace join pg_type b on b.oid = t.typbasetype
    where t.typtype = 'd' and ${userSchema("n")} and ${userObject("pg_type", "t.oid")}`,
  claims: (object) => [`type ${sqlName(object.name)}`],
  create: (object, context, folded) => {
    const { collation, default: expression, not_null, type } = object.state
    const clauses = [
      ...(collation === undefined ? [] : [`COLLATE ${collation}`]),
      ...(expression === undefined ? [] : [`DEFAULT ${expression}`]),
      ...(not_null === undefined ? [] : [notNullClause(object, context)]),
      ...folded.filter(isDomainConstraint).map(domainConstraintClause)
    ]
    return [{
      sql: [`CREATE DOMAIN ${sqlName(object.name)} AS ${type}`, ...clauses].join("\n  "),
      description: `Create domain ${display(object)}`
    }]
  },
  drop: (object) => [{ sql: `DROP DOMAIN ${sqlName(object.name)}`, description: `Drop domain ${display(object)}` }],
  alter: (from, to, context) => {
    if (from.state.type !== to.state.type || from.state.collation !== to.state.collation) return replace
    if (!from.state.not_null && to.state.not_null && storesInside(context.source, from.id).length > 0) return replace
    const expression = to.state.default
    return inPlace([
      ...(from.state.default === expression ? [] : [
        alterDomain(
          to,
          expression === undefined ? "DROP DEFAULT" : `SET DEFAULT ${expression}`,
          `Change default of domain ${display(to)}`
        )
      ]),
      ...notNullChanges(from, to, context)
    ])
  },
  aside: (object) => {
    const [schema, name] = schemaAndName(object.name)
    const old = asideName(name)
    return {
      rename: [alterDomain(object, `RENAME TO ${quoteIdentifier(old)}`, `Set domain ${display(object)} aside`)],
      drop: [{ sql: `DROP DOMAIN ${sqlName([schema, old])}`, description: `Drop the old domain ${display(object)}` }]
    }
  },
  commentTarget: (object) => `DOMAIN ${sqlName(object.name)}`,
  renaming: inSchema("DOMAIN", { users: "statements" }),
  describe: (object) => `domain ${display(object)}`
}
