/** Schemas (PostgreSQL manual 5.10). The schema `public` is one like any other, although the system made it. */
import * as Schema from "effect/Schema"
import { quoteIdentifier } from "../Identifier.ts"
import { userObject, userSchema } from "./catalogSql.ts"
import { inPlace, type Kind } from "./Kind.ts"

/** A schema has nothing but its name. */
export const SchemaState = Schema.Struct({})
/** A schema has nothing but its name. */
export type SchemaState = typeof SchemaState.Type

const display = (name: ReadonlyArray<string>): string => quoteIdentifier(name[0] ?? "")

/** The kind `schema`. */
export const schema: Kind<SchemaState> = {
  kind: "schema",
  section: "schemas",
  catalog: "pg_namespace",
  state: SchemaState,
  query: () => `
    select n.oid, array[n.nspname] as name, '{}'::jsonb as state
    from pg_namespace n
    where ${userSchema("n")} and (n.nspname = 'public' or ${userObject("pg_namespace", "n.oid")})`,
  create: (object) => [{
    sql: `CREATE SCHEMA ${display(object.name)}`,
    description: `Create schema ${display(object.name)}`
  }],
  drop: (
    object
  ) => [{ sql: `DROP SCHEMA ${display(object.name)}`, description: `Drop schema ${display(object.name)}` }],
  alter: () => inPlace([]),
  commentTarget: (object) => `SCHEMA ${display(object.name)}`,
  describe: (object) => `schema ${display(object.name)}`
}
