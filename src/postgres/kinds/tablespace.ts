/**
 * Tablespaces (PostgreSQL manual 23.6). Where an object lies is no part of a schema: a plan leaves it there, also when it
 * makes the object anew.
 */
import type { CatalogObject } from "../../Catalog.ts"
import { quoteLiteral } from "../Identifier.ts"
import type { PlanContext, Statement } from "./Kind.ts"

/** All that lies in a tablespace other than its database's: address in `pg_class`, and the tablespace. */
export const tablespaceQuery = `
  select 'pg_class'::regclass::oid::bigint as catalog, c.oid::bigint, s.spcname as tablespace
  from pg_class c join pg_tablespace s on s.oid = c.reltablespace
  where c.oid >= 16384 and c.relkind in ('r', 'p', 'i', 'I', 'm')`

/**
 * The statements that create an object, run where its predecessor lies if the plan drops that. The server that the plan is
 * tried on may not have the tablespace; then this says nothing there.
 */
export const inItsTablespace = (
  object: CatalogObject,
  { drops, source }: PlanContext,
  statements: ReadonlyArray<Statement>
): ReadonlyArray<Statement> => {
  const tablespace = drops(object.id) ? source.tablespaces?.get(object.id) : undefined
  return tablespace === undefined || statements.length === 0 ? statements : [
    {
      sql:
        `SELECT pg_catalog.set_config('default_tablespace', spcname, true) FROM pg_catalog.pg_tablespace WHERE spcname = ${
          quoteLiteral(tablespace)
        }`,
      description: `Create the following in tablespace ${tablespace}, where it was`
    },
    ...statements,
    {
      sql:
        "SELECT pg_catalog.set_config(name, reset_val, true) FROM pg_catalog.pg_settings WHERE name = 'default_tablespace'",
      description: "Create the rest where new objects go"
    }
  ]
}
