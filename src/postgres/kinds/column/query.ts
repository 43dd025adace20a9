/** How columns are read from the catalog. */
import { jsonText, ownCollation, tableRelkinds, userObject, userSchema } from "../catalogSql.ts"
import { openOptionsSql } from "../foreignOptions.ts"

/** The identity of a column: the options of its sequence where they are not what PostgreSQL chooses. */
const identity = (major: number): string =>
  `(select ${
    jsonText({
      generation: "case a.attidentity when 'a' then 'always' else 'by default' end",
      sequence_schema: `case when sc.relnamespace <> c.relnamespace then
          (select sn.nspname from pg_namespace sn where sn.oid = sc.relnamespace) end`,
      sequence_name: "nullif(sc.relname, c.relname || '_' || a.attname || '_seq')",
      start: "nullif(s.seqstart, case when s.seqincrement > 0 then s.seqmin else s.seqmax end)::text",
      increment: "nullif(s.seqincrement, 1)::text",
      min: `nullif(s.seqmin, case when s.seqincrement > 0 then 1 else
          case s.seqtypid when 20 then -9223372036854775808 when 23 then -2147483648 else -32768 end end)::text`,
      max: `nullif(s.seqmax, case when s.seqincrement < 0 then -1 else
          case s.seqtypid when 20 then 9223372036854775807 when 23 then 2147483647 else 32767 end end)::text`,
      cache: "nullif(s.seqcache, 1)::text",
      cycle: "nullif(s.seqcycle, false)",
      ...(major >= 15 && {
        persistence: `case when sc.relpersistence <> c.relpersistence then
          case sc.relpersistence when 'u' then 'unlogged' else 'logged' end end`
      })
    })
  }
       from pg_depend sd
         join pg_sequence s on s.seqrelid = sd.objid
         join pg_class sc on sc.oid = s.seqrelid
       where sd.refclassid = 'pg_class'::regclass and sd.refobjid = a.attrelid and sd.refobjsubid = a.attnum
         and sd.classid = 'pg_class'::regclass and sd.deptype = 'i')`

/** What is to be said of a not-null constraint: nothing where it has the name that PostgreSQL chooses, as most have. */
const notNull =
  `case when k.coninhcount > 0 or k.connoinherit or not k.convalidated or k.conname <> c.relname || '_' || a.attname || '_not_null' then ${
    jsonText({
      name: "case when k.coninhcount = 0 then k.conname end",
      no_inherit: "nullif(k.connoinherit, false)",
      not_valid: "nullif(not k.convalidated, false)",
      inherited: "nullif(k.coninhcount > 0, false)"
    })
  }::json end`

/** What an inherited column declares itself. */
const own = (major: number): string =>
  `case when a.attinhcount > 0 ${major >= 18 ? "or k.coninhcount > 0" : "and a.attislocal"} then nullif(${
    jsonText({
      declared: "nullif(a.attislocal and a.attinhcount > 0, false)",
      ...(major >= 18 && {
        not_null: `case when k.coninhcount > 0 then ${
          jsonText({ name: "k.conname", arrives: "nullif(not k.conislocal, false)" })
        }::json end`
      })
    })
  }, '{}')::json end`

/** The query of the kind `column` (see `Kind.query`) for a server of this major version. */
export const columnQuery = (major: number): string => `
    ${
  // looked up at once: no index leads to the constraint of a column
  major >= 18 ? "with k as materialized (select * from pg_constraint where contype = 'n' and conrelid <> 0)" : ""}
    select a.attrelid::bigint as oid, a.attnum as subid, a.attrelid::bigint as of, a.attname as part, a.attnum as position,
      case when a.attgenerated <> '' then
        (select json_build_array(json_build_array('pg_attrdef', d.oid, 0))
         from pg_attrdef d where d.adrelid = a.attrelid and d.adnum = a.attnum) end as addresses,
      case when a.attinhcount > 0 then
        (select json_agg(json_build_array('column', pn.nspname, p.relname, a.attname))
         from pg_inherits i join pg_class p on p.oid = i.inhparent join pg_namespace pn on pn.oid = p.relnamespace
           join pg_attribute pa on pa.attrelid = p.oid and pa.attname = a.attname and not pa.attisdropped
         where i.inhrelid = c.oid) end as depends,
      ${
  jsonText({
    type: "format_type(a.atttypid, a.atttypmod)",
    nullable: "not a.attnotnull",
    ...(major >= 18 && { not_null: notNull }),
    collation: ownCollation("a.attcollation", "t.typcollation"),
    identity: `case when a.attidentity <> '' and not c.relispartition then ${identity(major)}::json end`,
    generated: `case when a.attgenerated <> '' then json_build_object(
          'expression', (select pg_get_expr(d.adbin, d.adrelid)
            from pg_attrdef d where d.adrelid = a.attrelid and d.adnum = a.attnum),
          'kind', case a.attgenerated when 's' then 'stored' else 'virtual' end) end`,
    storage: `case when a.attstorage <> t.typstorage then
          case a.attstorage when 'p' then 'plain' when 'e' then 'external' when 'x' then 'extended' else 'main' end end`,
    compression: "case a.attcompression when 'p' then 'pglz' when 'l' then 'lz4' end",
    statistics: major >= 17 ? "a.attstattarget" : "nullif(a.attstattarget, -1)",
    options: `case when a.attoptions is not null then
          (select json_agg(o order by o collate "C") from unnest(a.attoptions) o) end`,
    foreign_options: `case when a.attfdwoptions is not null then ${openOptionsSql("a.attfdwoptions")} end`,
    inherited: "nullif(a.attinhcount > 0, false)",
    own: own(major)
  })
} as state
    from pg_attribute a
      join pg_class c on c.oid = a.attrelid
      join pg_namespace n on n.oid = c.relnamespace
      join pg_type t on t.oid = a.atttypid
      ${major >= 18 ? "left join k on k.conrelid = a.attrelid and k.conkey[1] = a.attnum" : ""}
    where a.attnum > 0 and not a.attisdropped and c.relkind in ${tableRelkinds}
      and ${userSchema("n")} and ${userObject("pg_class", "c.oid")}`
