/** Schemas (PostgreSQL manual 5.10). The schema `public` is one like any other, although the system made it. */
import * as Schema from "effect/Schema"
import { quoteIdentifier } from "../Identifier.ts"
import { userObject, userSchema } from "./catalogSql.ts"
import { inPlace, type Kind, type Statement } from "./Kind.ts"
import { inDatabase } from "./renaming.ts"

/** A schema has nothing but its name. */
export const SchemaState = Schema.Struct({})
/** A schema has nothing but its name. */
export type SchemaState = typeof SchemaState.Type

const display = (name: ReadonlyArray<string>): string => quoteIdentifier(name[0] ?? "")

/** The schema `public` of a new database has an owner and privileges of its own (release notes 15); one that is made again gets them too. */
const asInNewDatabase = (major: number): ReadonlyArray<Statement> =>
  (major >= 15
    ? ["ALTER SCHEMA public OWNER TO pg_database_owner", "GRANT USAGE ON SCHEMA public TO PUBLIC"]
    : ["GRANT CREATE, USAGE ON SCHEMA public TO PUBLIC"])
    .map((sql) => ({ sql, description: "Make schema public what it is in a new database" }))

/** The kind `schema`. */
export const schema: Kind<SchemaState> = {
  kind: "schema",
  section: "schemas",
  catalog: "pg_namespace",
  dropLoses: "Statements that name it fail.",
  state: SchemaState,
  query: () => `
    select n.oid, array[n.nspname] as name, '{}'::jsonb as state
    from pg_namespace n
    where ${userSchema("n")} and (n.nspname = 'public' or ${userObject("pg_namespace", "n.oid")})`,
  create: (object, { serverMajor }) => [
    { sql: `CREATE SCHEMA ${display(object.name)}`, description: `Create schema ${display(object.name)}` },
    ...(object.name[0] === "public" ? asInNewDatabase(serverMajor) : [])
  ],
  drop: (
    object
  ) => [{ sql: `DROP SCHEMA ${display(object.name)}`, description: `Drop schema ${display(object.name)}` }],
  alter: () => inPlace([]),
  commentTarget: (object) => `SCHEMA ${display(object.name)}`,
  renaming: inDatabase("SCHEMA", { users: "statements" }),
  describe: (object) => `schema ${display(object.name)}`
}
