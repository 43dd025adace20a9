/** How columns are read from the catalog. */
import { userObject, userSchema } from "../catalogSql.ts"

/** A condition that holds for columns whose state is type and nullability alone, as that of most is: the short way for them. */
const isPlain = (major: number): string =>
  `a.attidentity = '' and a.attgenerated = '' and a.attcollation in (0, t.typcollation) and a.attstorage = t.typstorage
        and a.attcompression = '' and a.attstattarget ${major >= 17 ? "is null" : "= -1"} and a.attoptions is null
        and a.attinhcount = 0${major >= 18 ? " and (k.oid is null or k.convalidated and not k.connoinherit)" : ""}`

/** The query of the kind `column` (see `Kind.query`) for a server of this major version. */
export const columnQuery = (major: number): string => `
    select a.attrelid as oid, a.attnum as subid, array[n.nspname, c.relname, a.attname] as name,
      array['table', n.nspname, c.relname] as parent, a.attnum as position,
      case when d.oid is not null or s.seqrelid is not null then
        (select json_agg(x) from (values
          (json_build_array('pg_attrdef', d.oid, 0)), (json_build_array('pg_class', s.seqrelid, 0))
          ${major >= 18 ? ", (json_build_array('pg_constraint', k.oid, 0))" : ""}) v(x) where x->>1 is not null)
      ${
  major >= 18 ? "when k.oid is not null then json_build_array(json_build_array('pg_constraint', k.oid, 0))" : ""
} end as addresses,
      case when a.attinhcount > 0 then
        (select json_agg(json_build_array('column', pn.nspname, p.relname, a.attname))
         from pg_inherits i join pg_class p on p.oid = i.inhparent join pg_namespace pn on pn.oid = p.relnamespace
           join pg_attribute pa on pa.attrelid = p.oid and pa.attname = a.attname and not pa.attisdropped
         where i.inhrelid = c.oid) end as depends,
      case when ${isPlain(major)} then
        jsonb_build_object('type', format_type(a.atttypid, a.atttypmod), 'nullable', not a.attnotnull${
  major >= 18
    ? ") || case when k.oid is null then '{}' else jsonb_build_object('not_null', jsonb_build_object('name', k.conname)) end"
    : ")"
}
      else jsonb_strip_nulls(jsonb_build_object(
        'type', format_type(a.atttypid, a.atttypmod),
        'nullable', not a.attnotnull,
        ${
  major >= 18
    ? `'not_null', case when k.oid is not null then jsonb_strip_nulls(jsonb_build_object('name', case when k.coninhcount = 0 then k.conname end,
          'no_inherit', nullif(k.connoinherit, false), 'not_valid', nullif(not k.convalidated, false),
          'inherited', nullif(k.coninhcount > 0, false))) end,`
    : ""
}
        'collation', case when a.attcollation <> 0 and a.attcollation <> t.typcollation then
          (select quote_ident(cn.nspname) || '.' || quote_ident(co.collname) from pg_collation co
             join pg_namespace cn on cn.oid = co.collnamespace where co.oid = a.attcollation) end,
        'identity', case when a.attidentity <> '' and not c.relispartition then jsonb_build_object(
          'generation', case a.attidentity when 'a' then 'always' else 'by default' end,
          'sequence_schema', nullif(sn.nspname, n.nspname),
          'sequence_name', nullif(sc.relname, c.relname || '_' || a.attname || '_seq'),
          'start', nullif(s.seqstart, case when s.seqincrement > 0 then s.seqmin else s.seqmax end)::text,
          'increment', nullif(s.seqincrement, 1)::text,
          'min', nullif(s.seqmin, case when s.seqincrement > 0 then 1 else
            case s.seqtypid when 20 then -9223372036854775808 when 23 then -2147483648 else -32768 end end)::text,
          'max', nullif(s.seqmax, case when s.seqincrement < 0 then -1 else
            case s.seqtypid when 20 then 9223372036854775807 when 23 then 2147483647 else 32767 end end)::text,
          'cache', nullif(s.seqcache, 1)::text,
          'cycle', nullif(s.seqcycle, false)) end,
        'generated', case when a.attgenerated <> '' then jsonb_build_object(
          'expression', pg_get_expr(d.adbin, d.adrelid),
          'kind', case a.attgenerated when 's' then 'stored' else 'virtual' end) end,
        'storage', case when a.attstorage <> t.typstorage then
          case a.attstorage when 'p' then 'plain' when 'e' then 'external' when 'x' then 'extended' else 'main' end end,
        'compression', case a.attcompression when 'p' then 'pglz' when 'l' then 'lz4' end,
        'statistics', ${major >= 17 ? "a.attstattarget" : "nullif(a.attstattarget, -1)"},
        'options', (select jsonb_agg(o order by o) from unnest(a.attoptions) o),
        'inherited', nullif(a.attinhcount > 0, false),
        'own', case when a.attinhcount > 0 ${
  major >= 18 ? "or k.coninhcount > 0" : "and a.attislocal"
} then nullif(jsonb_strip_nulls(jsonb_build_object(
          'declared', nullif(a.attislocal and a.attinhcount > 0, false)${
  major >= 18
    ? `,
          'not_null', case when k.coninhcount > 0 then jsonb_strip_nulls(jsonb_build_object('name', k.conname,
            'arrives', nullif(not k.conislocal, false))) end`
    : ""
})), '{}') end)) end as state
    from pg_attribute a
      join pg_class c on c.oid = a.attrelid
      join pg_namespace n on n.oid = c.relnamespace
      join pg_type t on t.oid = a.atttypid
      left join pg_attrdef d on d.adrelid = case when a.attgenerated <> '' then a.attrelid end and d.adnum = a.attnum
      left join pg_depend sd on sd.refclassid = 'pg_class'::regclass
        and sd.refobjid = case when a.attidentity <> '' and not c.relispartition then a.attrelid end
        and sd.refobjsubid = a.attnum and sd.classid = 'pg_class'::regclass and sd.deptype = 'i'
      left join pg_sequence s on s.seqrelid = sd.objid
      left join pg_class sc on sc.oid = s.seqrelid
      left join pg_namespace sn on sn.oid = sc.relnamespace
      ${
  major >= 18
    ? `left join pg_constraint k on k.conrelid = a.attrelid and k.contype = 'n' and k.conkey = array[a.attnum]`
    : ""
}
    where a.attnum > 0 and not a.attisdropped and c.relkind in ('r', 'p')
      and ${userSchema("n")} and ${userObject("pg_class", "c.oid")}`
