/** Transforms of types for procedural languages (PostgreSQL manual, CREATE TRANSFORM). Everything changes in place. */
import * as Schema from "effect/Schema"
import type { CatalogObject } from "../../Catalog.ts"
import { userObject } from "./catalogSql.ts"
import { byKeyword, displayObject, sqlObject } from "./keyword.ts"
import { inPlace, type Kind } from "./Kind.ts"
import { rowsIn } from "./trace.ts"

/** The functions of a transform as `regprocedure` prints them. */
export const TransformState = Schema.Struct({
  from_sql: Schema.optionalKey(Schema.String),
  to_sql: Schema.optionalKey(Schema.String)
})
/** The functions of a transform as `regprocedure` prints them. */
export type TransformState = typeof TransformState.Type

const define = (object: CatalogObject<TransformState>, create: string): string => {
  const { from_sql: from, to_sql: to } = object.state
  const functions = [
    ...(from === undefined ? [] : [`FROM SQL WITH FUNCTION ${from}`]),
    ...(to === undefined ? [] : [`TO SQL WITH FUNCTION ${to}`])
  ]
  return `${create} ${sqlObject(object)} (${functions.join(", ")})`
}

/** The kind `transform`. */
export const transform: Kind<TransformState> = {
  kind: "transform",
  section: "transforms",
  catalog: "pg_transform",
  trace: rowsIn("pg_transform"),
  isDefinition: true,
  state: TransformState,
  query: () => `
    select t.oid, array[format_type(t.trftype, null), l.lanname::text] as name,
      jsonb_strip_nulls(jsonb_build_object(
        'from_sql', case when t.trffromsql <> 0 then t.trffromsql::regprocedure::text end,
        'to_sql', case when t.trftosql <> 0 then t.trftosql::regprocedure::text end)) as state
    from pg_transform t join pg_language l on l.oid = t.trflang
    where ${userObject("pg_transform", "t.oid")}`,
  ...byKeyword,
  create: (object) => [{ sql: define(object, "CREATE"), description: `Create ${displayObject(object)}` }],
  alter: (_from, to) => inPlace([{ sql: define(to, "CREATE OR REPLACE"), description: `Change ${displayObject(to)}` }])
}
