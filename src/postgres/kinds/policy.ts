/** Row-level security policies (PostgreSQL manual 5.9). Whether a table applies them is the table's state. */
import * as Schema from "effect/Schema"
import type { CatalogObject } from "../../Catalog.ts"
import { quoteIdentifier } from "../Identifier.ts"
import { userObject, userSchema } from "./catalogSql.ts"
import { inPlace, type Kind, replace } from "./Kind.ts"
import { displayName, sqlName } from "./names.ts"
import { ofTable } from "./renaming.ts"
import { rowsIn } from "./trace.ts"

/** What a policy permits or restricts, for which command and roles, by expressions as `pg_get_expr` prints them. */
export const PolicyState = Schema.Struct({
  /** Absent: all commands. */
  command: Schema.optionalKey(Schema.Literals(["select", "insert", "update", "delete"])),
  restrictive: Schema.optionalKey(Schema.Literal(true)),
  /** Names, sorted. Absent: PUBLIC. */
  roles: Schema.optionalKey(Schema.Array(Schema.String)),
  using: Schema.optionalKey(Schema.String),
  check: Schema.optionalKey(Schema.String)
})
/** What a policy permits or restricts, for which command and roles, by expressions as `pg_get_expr` prints them. */
export type PolicyState = typeof PolicyState.Type

const policyName = (object: CatalogObject): string => quoteIdentifier(object.name[2] ?? "")
const tableName = (object: CatalogObject): string => sqlName(object.name.slice(0, 2))
const displayTable = ([schema = "", table = ""]: ReadonlyArray<string>): string => displayName(schema, table)

const roleList = (roles: PolicyState["roles"]): string =>
  roles === undefined ? "PUBLIC" : roles.map(quoteIdentifier).join(", ")

/** The clauses that `CREATE POLICY` and `ALTER POLICY` share. */
const clauses = (state: PolicyState): { readonly to: string; readonly using: string; readonly check: string } => ({
  to: ` TO ${roleList(state.roles)}`,
  using: state.using === undefined ? "" : ` USING (${state.using})`,
  check: state.check === undefined ? "" : ` WITH CHECK (${state.check})`
})

/** True for objects of the kind `policy`. */
export const isPolicy = (object: CatalogObject): object is CatalogObject<PolicyState> => object.kind === "policy"

/** The kind `policy`. */
export const policy: Kind<PolicyState> = {
  kind: "policy",
  section: "policies",
  catalog: "pg_policy",
  trace: rowsIn("pg_policy"),
  printed: ["using", "check"],
  dropLoses: "Which rows a user may see or change is decided by the remaining policies alone.",
  isDefinition: true,
  state: PolicyState,
  query: () => `
    select o.oid, array[n.nspname, c.relname, o.polname] as name, array['table', n.nspname, c.relname] as parent,
      jsonb_strip_nulls(jsonb_build_object(
        'command', case o.polcmd when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' when 'd' then 'delete' end,
        'restrictive', case when not o.polpermissive then true end,
        'roles', case when not 0 = any (o.polroles) then
          (select jsonb_agg(r.rolname order by r.rolname collate "C") from pg_roles r where r.oid = any (o.polroles)) end,
        'using', pg_get_expr(o.polqual, o.polrelid),
        'check', pg_get_expr(o.polwithcheck, o.polrelid))) as state
    from pg_policy o join pg_class c on c.oid = o.polrelid join pg_namespace n on n.oid = c.relnamespace
    where ${userSchema("n")} and ${userObject("pg_class", "c.oid")}`,
  create: (object) => {
    const { command, restrictive, roles } = object.state
    const { check, to, using } = clauses(object.state)
    const kind = `${restrictive === true ? " AS RESTRICTIVE" : ""}${
      command === undefined ? "" : ` FOR ${command.toUpperCase()}`
    }`
    return [{
      sql: `CREATE POLICY ${policyName(object)} ON ${tableName(object)}${kind}${
        roles === undefined ? "" : to
      }${using}${check}`,
      description: `Create policy ${policyName(object)} on table ${displayTable(object.name)}`
    }]
  },
  drop: (object) => [{
    sql: `DROP POLICY ${policyName(object)} ON ${tableName(object)}`,
    description: `Drop policy ${policyName(object)} from table ${displayTable(object.name)}`
  }],
  alter: (from, to) => {
    const [before, after] = [from.state, to.state]
    const removes = before.using !== undefined && after.using === undefined ||
      before.check !== undefined && after.check === undefined
    if (removes || before.command !== after.command || before.restrictive !== after.restrictive) return replace
    const [old, wanted] = [clauses(before), clauses(after)]
    const changed = [
      old.to === wanted.to ? "" : wanted.to,
      old.using === wanted.using ? "" : wanted.using,
      old.check === wanted.check ? "" : wanted.check
    ].join("")
    return inPlace([{
      sql: `ALTER POLICY ${policyName(to)} ON ${tableName(to)}${changed}`,
      description: `Change policy ${policyName(to)} on table ${displayTable(to.name)}`
    }])
  },
  commentTarget: (object) => `POLICY ${policyName(object)} ON ${tableName(object)}`,
  renaming: ofTable("POLICY"),
  describe: (object) => `policy ${policyName(object)} on table ${displayTable(object.name)}`
}
