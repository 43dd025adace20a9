/** Casts (PostgreSQL manual, CREATE CAST). PostgreSQL cannot alter one. */
import * as Schema from "effect/Schema"
import { userObject } from "./catalogSql.ts"
import { byKeyword, displayObject, sqlObject } from "./keyword.ts"
import { type Kind, replace } from "./Kind.ts"
import { rowsIn } from "./trace.ts"

/** How values are converted, and where that happens unasked. */
export const CastState = Schema.Struct({
  method: Schema.Literals(["function", "inout", "binary"]),
  /** The function as `regprocedure` prints it. */
  function: Schema.optionalKey(Schema.String),
  /** Absent: only where it is written. */
  context: Schema.optionalKey(Schema.Literals(["assignment", "implicit"]))
})
/** How values are converted, and where that happens unasked. */
export type CastState = typeof CastState.Type

const methods = { inout: "WITH INOUT", binary: "WITHOUT FUNCTION" } as const

/** The kind `cast`. */
export const cast: Kind<CastState> = {
  kind: "cast",
  section: "casts",
  catalog: "pg_cast",
  trace: rowsIn("pg_cast"),
  dropLoses: "Statements that need the conversion fail, or convert otherwise.",
  isDefinition: true,
  state: CastState,
  // The cast of a range type to its multirange type is the range type's own.
  query: () => `
    select c.oid, array[format_type(c.castsource, null), format_type(c.casttarget, null)] as name,
      jsonb_strip_nulls(jsonb_build_object(
        'method', case c.castmethod when 'f' then 'function' when 'i' then 'inout' else 'binary' end,
        'function', case when c.castfunc <> 0 then c.castfunc::regprocedure::text end,
        'context', case c.castcontext when 'a' then 'assignment' when 'i' then 'implicit' end)) as state
    from pg_cast c
    where ${userObject("pg_cast", "c.oid")}
      and not exists (select from pg_range r where r.rngtypid = c.castsource and r.rngmultitypid = c.casttarget)`,
  ...byKeyword,
  create: (object) => {
    const { context, function: name, method } = object.state
    const how = method === "function" ? `WITH FUNCTION ${name}` : methods[method]
    return [{
      sql: `CREATE ${sqlObject(object)} ${how}${context === undefined ? "" : ` AS ${context.toUpperCase()}`}`,
      description: `Create ${displayObject(object)}`
    }]
  },
  alter: () => replace
}
