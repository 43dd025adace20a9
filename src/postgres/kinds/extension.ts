/**
 * Extensions (PostgreSQL manual 36.17). What belongs to an extension is the extension's; its version is what the server
 * has installed, and is not compared. `plpgsql` comes with every database and is left out.
 */
import * as Schema from "effect/Schema"
import { quoteIdentifier } from "../Identifier.ts"
import { withoutDefaultPrivileges } from "./default-privileges.ts"
import { inPlace, type Kind } from "./Kind.ts"

/** The schema that holds the extension's objects. */
export const ExtensionState = Schema.Struct({ schema: Schema.String })
/** The schema that holds the extension's objects. */
export type ExtensionState = typeof ExtensionState.Type

const display = (name: ReadonlyArray<string>): string => quoteIdentifier(name[0] ?? "")

/** The kind `extension`. */
export const extension: Kind<ExtensionState> = {
  kind: "extension",
  section: "extensions",
  catalog: "pg_extension",
  dropLoses: "Everything that it brought is gone.",
  state: ExtensionState,
  query: () => `
    select x.oid, array[x.extname] as name, jsonb_build_object('schema', n.nspname) as state
    from pg_extension x join pg_namespace n on n.oid = x.extnamespace
    where x.extname <> 'plpgsql'`,
  create: (object, context) => {
    const create = `CREATE EXTENSION ${display(object.name)} WITH SCHEMA ${quoteIdentifier(object.state.schema)}`
    // what it brings has the privileges that the schema states of that, and no others
    const sql = context.target.scope?.aspects.includes("grants") === false
      ? [create]
      : withoutDefaultPrivileges(object.state.schema, context, [create])
    return [{ sql: sql.length === 1 ? create : sql, description: `Create extension ${display(object.name)}` }]
  },
  drop: (object) => [{
    sql: `DROP EXTENSION ${display(object.name)}`,
    description: `Drop extension ${display(object.name)}`
  }],
  // PostgreSQL refuses this for an extension that is not relocatable; nothing better is possible without losing data.
  alter: (from, to) =>
    inPlace(
      from.state.schema === to.state.schema ? [] : [{
        sql: `ALTER EXTENSION ${display(to.name)} SET SCHEMA ${quoteIdentifier(to.state.schema)}`,
        description: `Move extension ${display(to.name)} to schema ${quoteIdentifier(to.state.schema)}`
      }]
    ),
  commentTarget: (object) => `EXTENSION ${display(object.name)}`,
  describe: (object) => `extension ${display(object.name)}`
}
