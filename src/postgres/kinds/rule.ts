/**
 * Rewrite rules of tables and views (PostgreSQL manual 39). The rule that makes a view a view (`_RETURN`) is the view's
 * own.
 */
import * as Schema from "effect/Schema"
import type { CatalogObject } from "../../Catalog.ts"
import { quoteIdentifier } from "../Identifier.ts"
import { userObject, userSchema } from "./catalogSql.ts"
import { inPlace, type Kind, type Statement } from "./Kind.ts"
import { displayName, sqlName } from "./names.ts"
import { ofTable } from "./renaming.ts"
import { rowsIn } from "./trace.ts"

/** The rule as `pg_get_ruledef` prints it, without the semicolon, and when it is applied if not by default (`origin`). */
export const RuleState = Schema.Struct({
  definition: Schema.String,
  enabled: Schema.optionalKey(Schema.Literals(["disabled", "replica", "always"]))
})
/** The rule as `pg_get_ruledef` prints it, without the semicolon, and when it is applied if not by default (`origin`). */
export type RuleState = typeof RuleState.Type

const ruleName = (object: CatalogObject): string => quoteIdentifier(object.name[2] ?? "")
const tableName = (object: CatalogObject): string => sqlName(object.name.slice(0, 2))

const onTable = (object: CatalogObject): string => {
  const [schema = "", table = ""] = object.name
  return `${object.parent?.startsWith("view ") ? "view" : "table"} ${displayName(schema, table)}`
}

const enabling = {
  disabled: { sql: "DISABLE", words: "Disable" },
  replica: { sql: "ENABLE REPLICA", words: "Enable on replicas" },
  always: { sql: "ENABLE ALWAYS", words: "Always enable" },
  origin: { sql: "ENABLE", words: "Enable" }
}

const enabledChanges = (from: RuleState["enabled"], to: CatalogObject<RuleState>): ReadonlyArray<Statement> => {
  const { sql, words } = enabling[to.state.enabled ?? "origin"]
  return from === to.state.enabled ? [] : [{
    sql: `ALTER TABLE ${tableName(to)} ${sql} RULE ${ruleName(to)}`,
    description: `${words} rule ${ruleName(to)} on ${onTable(to)}`
  }]
}

/** The kind `rule`. */
export const rule: Kind<RuleState> = {
  kind: "rule",
  section: "rules",
  catalog: "pg_rewrite",
  trace: rowsIn("pg_rewrite"),
  printed: ["definition"],
  dropLoses: "Statements on the table or view are no longer rewritten by it.",
  isDefinition: true,
  state: RuleState,
  query: () => `
    select r.oid, array[n.nspname, c.relname, r.rulename] as name,
      array[case c.relkind when 'v' then 'view' else 'table' end, n.nspname, c.relname] as parent,
      jsonb_strip_nulls(jsonb_build_object(
        'definition', rtrim(pg_get_ruledef(r.oid), ';'),
        'enabled', case r.ev_enabled when 'D' then 'disabled' when 'R' then 'replica' when 'A' then 'always' end)) as state
    from pg_rewrite r join pg_class c on c.oid = r.ev_class join pg_namespace n on n.oid = c.relnamespace
    where r.rulename <> '_RETURN' and c.relkind in ('r', 'p', 'v')
      and ${userSchema("n")} and ${userObject("pg_class", "c.oid")} and ${userObject("pg_rewrite", "r.oid")}`,
  create: (object) => [
    { sql: object.state.definition, description: `Create rule ${ruleName(object)} on ${onTable(object)}` },
    ...enabledChanges(undefined, object)
  ],
  drop: (object) => [{
    sql: `DROP RULE ${ruleName(object)} ON ${tableName(object)}`,
    description: `Drop rule ${ruleName(object)} from ${onTable(object)}`
  }],
  // OR REPLACE keeps when the rule is applied
  alter: (from, to) =>
    inPlace([
      ...(from.state.definition === to.state.definition ? [] : [{
        sql: to.state.definition.replace(/^CREATE RULE/, "CREATE OR REPLACE RULE"),
        description: `Change definition of rule ${ruleName(to)} on ${onTable(to)}`
      }]),
      ...enabledChanges(from.state.enabled, to)
    ]),
  commentTarget: (object) => `RULE ${ruleName(object)} ON ${tableName(object)}`,
  renaming: ofTable("RULE"),
  describe: (object) => `rule ${ruleName(object)} on ${onTable(object)}`
}
