/** Text search dictionaries (PostgreSQL manual 12.6, CREATE and ALTER TEXT SEARCH DICTIONARY). Options change in place. */
import * as Schema from "effect/Schema"
import { userObject, userSchema } from "./catalogSql.ts"
import { byKeyword, displayObject, sqlObject } from "./keyword.ts"
import { inPlace, type Kind, replace } from "./Kind.ts"
import { inSchema } from "./renaming.ts"
import { rowsIn } from "./trace.ts"

/** The template (SQL) of a dictionary, and what it is told. */
export const TextSearchDictionaryState = Schema.Struct({
  template: Schema.String,
  /** A list of `name = value` as PostgreSQL keeps it. */
  options: Schema.optionalKey(Schema.String)
})
/** The template (SQL) of a dictionary, and what it is told. */
export type TextSearchDictionaryState = typeof TextSearchDictionaryState.Type

/** The names in a list of options, as PostgreSQL writes it: a name that needs no quotes or is quoted, ` = `, a literal. */
const optionNames = (options = ""): ReadonlyArray<string> =>
  [...options.matchAll(/("(?:[^"]|"")*"|[^\s",=]+) = (?:E?'(?:[^']|'')*'|[^,']*)/g)].map(([, name = ""]) => name)

/** The kind `text search dictionary`. */
export const textSearchDictionary: Kind<TextSearchDictionaryState> = {
  kind: "text search dictionary",
  section: "text_search_dictionaries",
  catalog: "pg_ts_dict",
  trace: rowsIn("pg_ts_dict"),
  dropLoses: "Statements that name it fail.",
  isDefinition: true,
  state: TextSearchDictionaryState,
  query: () => `
    select d.oid, array[n.nspname, d.dictname] as name,
      jsonb_strip_nulls(jsonb_build_object(
        'template', format('%I.%I', tn.nspname, t.tmplname),
        'options', d.dictinitoption)) as state
    from pg_ts_dict d join pg_namespace n on n.oid = d.dictnamespace
      join pg_ts_template t on t.oid = d.dicttemplate join pg_namespace tn on tn.oid = t.tmplnamespace
    where ${userSchema("n")} and ${userObject("pg_ts_dict", "d.oid")}`,
  ...byKeyword,
  renaming: inSchema("TEXT SEARCH DICTIONARY"),
  create: (object) => {
    const { options, template } = object.state
    return [{
      sql: `CREATE ${sqlObject(object)} (TEMPLATE = ${template}${options === undefined ? "" : `, ${options}`})`,
      description: `Create ${displayObject(object)}`
    }]
  },
  // Options that are set stand behind the others afterwards: all are set, so that they come in their order.
  alter: (from, to) => {
    if (from.state.template !== to.state.template) return replace
    const kept = new Set(optionNames(to.state.options))
    const removed = optionNames(from.state.options).filter((name) => !kept.has(name))
    const list = [...removed, ...(to.state.options === undefined ? [] : [to.state.options])].join(", ")
    return inPlace([{ sql: `ALTER ${sqlObject(to)} (${list})`, description: `Change options of ${displayObject(to)}` }])
  }
}
