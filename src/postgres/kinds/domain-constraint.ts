/** CHECK constraints of domains (PostgreSQL manual, CREATE DOMAIN). NOT NULL is a part of the domain's own state. */
import * as Schema from "effect/Schema"
import { canonicalJson, type CatalogObject } from "../../Catalog.ts"
import { quoteIdentifier } from "../Identifier.ts"
import { userObject, userSchema } from "./catalogSql.ts"
import { inPlace, type Kind, replace, type Statement } from "./Kind.ts"
import { isMaterializedView } from "./materialized-view.ts"
import { displayName, sqlName } from "./names.ts"
import { withinOwner } from "./renaming.ts"
import { storesInside } from "./storedTypes.ts"
import { rowsIn } from "./trace.ts"

/** The constraint as `pg_get_constraintdef` prints it (with ` NOT VALID` at its end where `not_valid` is true). */
export const DomainConstraintState = Schema.Struct({
  definition: Schema.String,
  not_valid: Schema.optionalKey(Schema.Literal(true))
})
/** The constraint as `pg_get_constraintdef` prints it (with ` NOT VALID` at its end where `not_valid` is true). */
export type DomainConstraintState = typeof DomainConstraintState.Type

/** True for objects of the kind `domain constraint`. */
export const isDomainConstraint = (object: CatalogObject): object is CatalogObject<DomainConstraintState> =>
  object.kind === "domain constraint"

const constraintName = (object: CatalogObject): string => quoteIdentifier(object.name[2] ?? "")
const domainName = (object: CatalogObject): string => sqlName(object.name.slice(0, 2))
const displayDomain = ([schema = "", domain = ""]: ReadonlyArray<string>): string => displayName(schema, domain)

/** The constraint as a clause of `CREATE DOMAIN` and of `ALTER DOMAIN … ADD`. */
export const domainConstraintClause = (object: CatalogObject<DomainConstraintState>): string =>
  `CONSTRAINT ${constraintName(object)} ${object.state.definition}`

const alterDomain = (object: CatalogObject, action: string, description: string): Statement => ({
  sql: `ALTER DOMAIN ${domainName(object)} ${action}`,
  description
})

const mayFail = (object: CatalogObject): Pick<Statement, "hazards"> => ({
  hazards: [{
    code: "may_fail",
    message: `It fails where a column of domain ${
      displayDomain(object.name)
    } holds a value that the constraint forbids.`
  }]
})

/** The kind `domain constraint`. */
export const domainConstraint: Kind<DomainConstraintState> = {
  kind: "domain constraint",
  section: "constraints",
  catalog: "pg_constraint",
  trace: rowsIn("pg_type", "typtype", "d"),
  printed: ["definition"],
  dropLoses: "Values are no longer checked for it.",
  state: DomainConstraintState,
  query: () => `
    select k.oid, array[n.nspname, t.typname, k.conname] as name, array['domain', n.nspname, t.typname] as parent,
      jsonb_strip_nulls(jsonb_build_object(
        'definition', pg_get_constraintdef(k.oid),
        'not_valid', case when not k.convalidated then true end)) as state
    from pg_constraint k join pg_type t on t.oid = k.contypid join pg_namespace n on n.oid = t.typnamespace
    where k.contype = 'c' and ${userSchema("n")} and ${userObject("pg_type", "t.oid")}`,
  // CREATE DOMAIN has no NOT VALID.
  folds: (object) => object.state.not_valid === undefined,
  create: (object) => [{
    ...alterDomain(
      object,
      `ADD ${domainConstraintClause(object)}`,
      `Add constraint ${constraintName(object)} to domain ${displayDomain(object.name)}`
    ),
    ...(object.state.not_valid === true ? {} : mayFail(object))
  }],
  // the domain is made anew with it, or what can be made anew without touching rows
  displaces: ({ parent, state }, { source }) => {
    const holders = parent === undefined || state.not_valid === true ? [] : storesInside(source, parent)
    return parent !== undefined && !holders.every(isMaterializedView) ? [parent] : holders.map(({ id }) => id)
  },
  drop: (object) => [
    alterDomain(
      object,
      `DROP CONSTRAINT ${constraintName(object)}`,
      `Drop constraint ${constraintName(object)} from domain ${displayDomain(object.name)}`
    )
  ],
  alter: (from, to, { source }) =>
    from.state.not_valid === true && storesInside(source, to.parent ?? "").length === 0 &&
      from.state.definition === `${to.state.definition} NOT VALID`
      ? inPlace([{
        ...alterDomain(
          to,
          `VALIDATE CONSTRAINT ${constraintName(to)}`,
          `Validate constraint ${constraintName(to)} of domain ${displayDomain(to.name)}`
        ),
        ...mayFail(to)
      }])
      : replace,
  commentTarget: (object) => `CONSTRAINT ${constraintName(object)} ON DOMAIN ${domainName(object)}`,
  renaming: withinOwner("DOMAIN", "CONSTRAINT", { twin: ({ state }) => canonicalJson(state) }),
  describe: (object) => `constraint ${constraintName(object)} of domain ${displayDomain(object.name)}`
}
