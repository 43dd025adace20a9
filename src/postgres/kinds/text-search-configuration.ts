/** Text search configurations with their mappings (PostgreSQL manual 12.7, ALTER TEXT SEARCH CONFIGURATION). */
import * as Schema from "effect/Schema"
import { canonicalJson, type CatalogObject } from "../../Catalog.ts"
import { quoteIdentifier } from "../Identifier.ts"
import { userObject, userSchema } from "./catalogSql.ts"
import { byKeyword, displayObject, sqlObject } from "./keyword.ts"
import { inPlace, type Kind, replace, type Statement } from "./Kind.ts"
import { inSchema } from "./renaming.ts"
import { rowsIn } from "./trace.ts"

const Mapping = Schema.Struct({
  token: Schema.String,
  /** Names as SQL, in the order in which they are asked. */
  dictionaries: Schema.Array(Schema.String)
})

/** The parser (SQL) of a configuration, and the dictionaries for each type of token, in the parser's order. */
export const TextSearchConfigurationState = Schema.Struct({
  parser: Schema.String,
  mappings: Schema.optionalKey(Schema.Array(Mapping))
})
/** The parser (SQL) of a configuration, and the dictionaries for each type of token, in the parser's order. */
export type TextSearchConfigurationState = typeof TextSearchConfigurationState.Type

type Mappings = ReadonlyArray<typeof Mapping.Type>

/** One statement for all types of tokens that get the same dictionaries. */
const mappingStatements = (
  object: CatalogObject,
  verb: "ADD" | "ALTER",
  mappings: Mappings
): ReadonlyArray<Statement> =>
  [...Map.groupBy(mappings, ({ dictionaries }) => dictionaries.join(", "))].map(([dictionaries, group]) => ({
    sql: `ALTER ${sqlObject(object)} ${verb} MAPPING FOR ${
      group.map(({ token }) => quoteIdentifier(token)).join(", ")
    } WITH ${dictionaries}`,
    description: `Map tokens of ${displayObject(object)}`
  }))

/** The kind `text search configuration`. */
export const textSearchConfiguration: Kind<TextSearchConfigurationState> = {
  kind: "text search configuration",
  section: "text_search_configurations",
  catalog: "pg_ts_config",
  trace: rowsIn("pg_ts_config"),
  dropLoses: "Statements that name it fail.",
  isDefinition: true,
  state: TextSearchConfigurationState,
  query: () => `
    select c.oid, array[n.nspname, c.cfgname] as name,
      jsonb_strip_nulls(jsonb_build_object(
        'parser', format('%I.%I', pn.nspname, p.prsname),
        'mappings', (
          select jsonb_agg(jsonb_build_object('token', m.alias, 'dictionaries', m.dictionaries) order by m.tokid)
          from (
            select t.tokid, t.alias, jsonb_agg(m.mapdict::regdictionary::text order by m.mapseqno) as dictionaries
            from pg_ts_config_map m join ts_token_type(c.cfgparser) t on t.tokid = m.maptokentype
            where m.mapcfg = c.oid group by t.tokid, t.alias) m))) as state
    from pg_ts_config c join pg_namespace n on n.oid = c.cfgnamespace
      join pg_ts_parser p on p.oid = c.cfgparser join pg_namespace pn on pn.oid = p.prsnamespace
    where ${userSchema("n")} and ${userObject("pg_ts_config", "c.oid")}`,
  ...byKeyword,
  renaming: inSchema("TEXT SEARCH CONFIGURATION"),
  create: (object) => [
    {
      sql: `CREATE ${sqlObject(object)} (PARSER = ${object.state.parser})`,
      description: `Create ${displayObject(object)}`
    },
    ...mappingStatements(object, "ADD", object.state.mappings ?? [])
  ],
  alter: (from, to) => {
    if (from.state.parser !== to.state.parser) return replace
    const [before, after] = [from.state.mappings ?? [], to.state.mappings ?? []]
    const old = new Map(before.map((mapping) => [mapping.token, canonicalJson(mapping.dictionaries)]))
    const kept = new Set(after.map(({ token }) => token))
    const removed = before.flatMap(({ token }) => kept.has(token) ? [] : [quoteIdentifier(token)])
    return inPlace([
      ...(removed.length === 0 ? [] : [{
        sql: `ALTER ${sqlObject(to)} DROP MAPPING FOR ${removed.join(", ")}`,
        description: `Stop mapping tokens of ${displayObject(to)}`
      }]),
      ...mappingStatements(
        to,
        "ALTER",
        after.filter(({ dictionaries, token }) => old.has(token) && old.get(token) !== canonicalJson(dictionaries))
      ),
      ...mappingStatements(to, "ADD", after.filter(({ token }) => !old.has(token)))
    ])
  }
}
