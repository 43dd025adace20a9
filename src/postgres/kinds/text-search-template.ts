/** Text search templates (PostgreSQL manual 12.6, CREATE TEXT SEARCH TEMPLATE). PostgreSQL cannot alter one. */
import * as Schema from "effect/Schema"
import { userObject, userSchema } from "./catalogSql.ts"
import { byKeyword, displayObject, optionLines, sqlObject } from "./keyword.ts"
import { type Kind, replace } from "./Kind.ts"
import { inSchema } from "./renaming.ts"
import { rowsIn } from "./trace.ts"

/** The functions of a template; their names are SQL. */
export const TextSearchTemplateState = Schema.Struct({
  lexize: Schema.String,
  init: Schema.optionalKey(Schema.String)
})
/** The functions of a template; their names are SQL. */
export type TextSearchTemplateState = typeof TextSearchTemplateState.Type

/** The kind `text search template`. */
export const textSearchTemplate: Kind<TextSearchTemplateState> = {
  kind: "text search template",
  section: "text_search_templates",
  catalog: "pg_ts_template",
  trace: rowsIn("pg_ts_template"),
  isDefinition: true,
  state: TextSearchTemplateState,
  query: () => `
    select t.oid, array[n.nspname, t.tmplname] as name,
      jsonb_strip_nulls(jsonb_build_object(
        'lexize', t.tmpllexize::text,
        'init', case when t.tmplinit <> 0 then t.tmplinit::text end)) as state
    from pg_ts_template t join pg_namespace n on n.oid = t.tmplnamespace
    where ${userSchema("n")} and ${userObject("pg_ts_template", "t.oid")}`,
  ...byKeyword,
  renaming: inSchema("TEXT SEARCH TEMPLATE"),
  create: (object) => [{
    sql: `CREATE ${sqlObject(object)} ${optionLines([["INIT", object.state.init], ["LEXIZE", object.state.lexize]])}`,
    description: `Create ${displayObject(object)}`
  }],
  alter: () => replace
}
