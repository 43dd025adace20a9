/**
 * Foreign tables (PostgreSQL manual 5.13). Their columns, constraints, triggers and parents are those of tables. They hold no rows
 * of their own: another server makes a new foreign table, and nothing is lost.
 */
import * as Schema from "effect/Schema"
import type { CatalogObject } from "../../Catalog.ts"
import { quoteIdentifier } from "../Identifier.ts"
import { userObject, userSchema } from "./catalogSql.ts"
import { ForeignOptions, openOptionsSql, optionsChange, optionsClause } from "./foreignOptions.ts"
import { inPlace, type Kind, replace } from "./Kind.ts"
import { displayName, schemaAndName, sqlName } from "./names.ts"
import { inSchema } from "./renaming.ts"
import { tableDefinition } from "./tableDefinition.ts"
import { rowsIn } from "./trace.ts"

/** The foreign server of a foreign table, and the options for its wrapper. */
export const ForeignTableState = Schema.Struct({ server: Schema.String, options: ForeignOptions })
/** The foreign server of a foreign table, and the options for its wrapper. */
export type ForeignTableState = typeof ForeignTableState.Type

const display = (object: CatalogObject): string => displayName(...schemaAndName(object.name))

/** The kind `foreign table`. */
export const foreignTable: Kind<ForeignTableState> = {
  kind: "foreign table",
  section: "foreign_tables",
  catalog: "pg_class",
  trace: rowsIn("pg_class", "relkind", "f"),
  dropLoses: "Statements that name the foreign table fail.",
  state: ForeignTableState,
  query: () => `
    select c.oid, array[n.nspname, c.relname] as name,
      json_build_array(json_build_array('pg_type', c.reltype, 0), json_build_array('pg_type', t.typarray, 0)) as addresses,
      jsonb_strip_nulls(jsonb_build_object(
        'server', s.srvname,
        'options', ${openOptionsSql("f.ftoptions")})) as state
    from pg_foreign_table f
      join pg_class c on c.oid = f.ftrelid
      join pg_namespace n on n.oid = c.relnamespace
      join pg_foreign_server s on s.oid = f.ftserver
      left join pg_type t on t.oid = c.reltype
    where ${userSchema("n")} and ${userObject("pg_class", "c.oid")}`,
  claims: (object) => [`relation ${sqlName(object.name)}`, `type ${sqlName(object.name)}`],
  create: (object, context, folded) => {
    const { body, extras, inherits } = tableDefinition(object, folded, context)
    const { options, server } = object.state
    return [{
      sql: [
        `CREATE FOREIGN TABLE ${sqlName(object.name)} ${body}`,
        ...inherits,
        `SERVER ${quoteIdentifier(server)}${optionsClause(options)}`
      ].join("\n"),
      description: `Create foreign table ${display(object)}`
    }, ...extras]
  },
  drop: (object) => [{
    sql: `DROP FOREIGN TABLE ${sqlName(object.name)}`,
    description: `Drop foreign table ${display(object)}`
  }],
  alter: (from, to) => {
    if (from.state.server !== to.state.server) return replace
    const options = optionsChange(from.state.options, to.state.options)
    return inPlace(
      options === undefined ? [] : [{
        sql: `ALTER FOREIGN TABLE ${sqlName(to.name)} ${options}`,
        description: `Change options of foreign table ${display(to)}`
      }]
    )
  },
  commentTarget: (object) => `FOREIGN TABLE ${sqlName(object.name)}`,
  renaming: inSchema("FOREIGN TABLE", { users: "statements" }),
  describe: (object) => `foreign table ${display(object)}`
}
