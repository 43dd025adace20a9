/** Access methods of tables and indexes (PostgreSQL manual 61, CREATE ACCESS METHOD). PostgreSQL cannot alter one. */
import * as Schema from "effect/Schema"
import { userObject } from "./catalogSql.ts"
import { byKeyword, displayObject, sqlObject } from "./keyword.ts"
import { type Kind, replace } from "./Kind.ts"
import { rowsIn } from "./trace.ts"

/** What an access method is for, and its handler function (SQL). */
export const AccessMethodState = Schema.Struct({
  type: Schema.Literals(["index", "table"]),
  handler: Schema.String
})
/** What an access method is for, and its handler function (SQL). */
export type AccessMethodState = typeof AccessMethodState.Type

/** The kind `access method`. */
export const accessMethod: Kind<AccessMethodState> = {
  kind: "access method",
  section: "access_methods",
  catalog: "pg_am",
  trace: rowsIn("pg_am"),
  state: AccessMethodState,
  query: () => `
    select a.oid, array[a.amname] as name,
      jsonb_build_object('type', case a.amtype when 'i' then 'index' else 'table' end, 'handler', a.amhandler::text) as state
    from pg_am a
    where ${userObject("pg_am", "a.oid")}`,
  ...byKeyword,
  create: (object) => [{
    sql: `CREATE ${sqlObject(object)} TYPE ${object.state.type.toUpperCase()} HANDLER ${object.state.handler}`,
    description: `Create ${displayObject(object)}`
  }],
  alter: () => replace
}
