/** Extended statistics (PostgreSQL manual 14.2.2, 68.2): parts of the table or materialized view that they are of. */
import * as Schema from "effect/Schema"
import type { CatalogObject } from "../../Catalog.ts"
import { userObject, userSchema } from "./catalogSql.ts"
import { inPlace, type Kind, replace, type Statement } from "./Kind.ts"
import { displayName, schemaAndName, sqlName } from "./names.ts"
import { inSchema } from "./renaming.ts"
import { rowsIn } from "./trace.ts"

/** The statistics as a statement with the columns in the order of their names, and their target where it is not the server's default. */
export const StatisticsState = Schema.Struct({
  definition: Schema.String,
  target: Schema.optionalKey(Schema.Int)
})
/** The statistics as a statement with the columns in the order of their names, and their target where it is not the server's default. */
export type StatisticsState = typeof StatisticsState.Type

const display = (object: CatalogObject): string => displayName(...schemaAndName(object.name))

const targetChanges = (from: StatisticsState["target"], to: CatalogObject<StatisticsState>): ReadonlyArray<Statement> =>
  from === to.state.target ? [] : [{
    sql: `ALTER STATISTICS ${sqlName(to.name)} SET STATISTICS ${to.state.target ?? -1}`,
    description: `Change target of statistics ${display(to)}`
  }]

/**
 * The statement that makes the statistics. `pg_get_statisticsobjdef` prints the same, but names columns in the order that
 * they have in the table; the order says nothing.
 */
const definition = `format('CREATE STATISTICS %I.%I%s ON %s FROM %I.%I', n.nspname, x.stxname,
          case when x.stxkind @> '{d,f,m}' or cardinality(x.stxkeys) + cardinality(e.expressions) < 2 then '' else ' (' ||
            (select string_agg(case k.kind when 'd' then 'ndistinct' when 'f' then 'dependencies' else 'mcv' end, ', ' order by k.kind <> 'd', k.kind)
             from unnest(x.stxkind) k(kind) where k.kind in ('d', 'f', 'm')) || ')' end,
          (select string_agg(item, ', ' order by place, item collate "C") from (
            select 0 as place, quote_ident(a.attname) as item from pg_attribute a
            where a.attrelid = x.stxrelid and a.attnum = any (x.stxkeys)
            union all
            select x.place, '(' || x.expression || ')' from unnest(e.expressions) with ordinality x(expression, place)) items),
          cn.nspname, c.relname)`

/** The kind `statistics`. */
export const statistics: Kind<StatisticsState> = {
  kind: "statistics",
  section: "statistics",
  catalog: "pg_statistic_ext",
  trace: rowsIn("pg_statistic_ext"),
  printed: ["definition"],
  state: StatisticsState,
  query: () => `
    select x.oid, array[n.nspname, x.stxname] as name,
      array[case c.relkind when 'm' then 'materialized view' when 'f' then 'foreign table' else 'table' end, cn.nspname, c.relname] as parent,
      jsonb_strip_nulls(jsonb_build_object(
        'definition', ${definition},
        'target', nullif(x.stxstattarget, -1))) as state
    from pg_statistic_ext x
      join pg_namespace n on n.oid = x.stxnamespace
      join pg_class c on c.oid = x.stxrelid
      join pg_namespace cn on cn.oid = c.relnamespace
      cross join lateral (select coalesce(pg_get_statisticsobjdef_expressions(x.oid), '{}') as expressions) e
    where c.relkind in ('r', 'p', 'm', 'f') and ${userSchema("n")} and ${userObject("pg_statistic_ext", "x.oid")}`,
  claims: (object) => [`statistics ${sqlName(object.name)}`],
  create: (object) => [
    { sql: object.state.definition, description: `Create statistics ${display(object)}` },
    ...targetChanges(undefined, object)
  ],
  drop: (object) => [{
    sql: `DROP STATISTICS ${sqlName(object.name)}`,
    description: `Drop statistics ${display(object)}`
  }],
  alter: (from, to) =>
    from.state.definition === to.state.definition ? inPlace(targetChanges(from.state.target, to)) : replace,
  commentTarget: (object) => `STATISTICS ${sqlName(object.name)}`,
  renaming: inSchema("STATISTICS"),
  describe: (object) => `statistics ${display(object)}`
}
