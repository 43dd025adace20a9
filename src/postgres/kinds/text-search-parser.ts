/** Text search parsers (PostgreSQL manual 12.5, CREATE TEXT SEARCH PARSER). PostgreSQL cannot alter one. */
import * as Schema from "effect/Schema"
import { userObject, userSchema } from "./catalogSql.ts"
import { byKeyword, displayObject, optionLines, sqlObject } from "./keyword.ts"
import { type Kind, replace } from "./Kind.ts"
import { inSchema } from "./renaming.ts"
import { rowsIn } from "./trace.ts"

/** The functions of a parser; their names are SQL. */
export const TextSearchParserState = Schema.Struct({
  start: Schema.String,
  gettoken: Schema.String,
  end: Schema.String,
  lextypes: Schema.String,
  headline: Schema.optionalKey(Schema.String)
})
/** The functions of a parser; their names are SQL. */
export type TextSearchParserState = typeof TextSearchParserState.Type

/** The kind `text search parser`. */
export const textSearchParser: Kind<TextSearchParserState> = {
  kind: "text search parser",
  section: "text_search_parsers",
  catalog: "pg_ts_parser",
  trace: rowsIn("pg_ts_parser"),
  isDefinition: true,
  state: TextSearchParserState,
  query: () => `
    select p.oid, array[n.nspname, p.prsname] as name,
      jsonb_strip_nulls(jsonb_build_object(
        'start', p.prsstart::text,
        'gettoken', p.prstoken::text,
        'end', p.prsend::text,
        'lextypes', p.prslextype::text,
        'headline', case when p.prsheadline <> 0 then p.prsheadline::text end)) as state
    from pg_ts_parser p join pg_namespace n on n.oid = p.prsnamespace
    where ${userSchema("n")} and ${userObject("pg_ts_parser", "p.oid")}`,
  ...byKeyword,
  renaming: inSchema("TEXT SEARCH PARSER"),
  create: (object) => {
    const { end, gettoken, headline, lextypes, start } = object.state
    const options = optionLines([
      ["START", start],
      ["GETTOKEN", gettoken],
      ["END", end],
      ["HEADLINE", headline],
      ["LEXTYPES", lextypes]
    ])
    return [{ sql: `CREATE ${sqlObject(object)} ${options}`, description: `Create ${displayObject(object)}` }]
  },
  alter: () => replace
}
