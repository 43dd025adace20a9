/** Fragments that the catalog queries of all kinds share. Every query runs with an empty `search_path`. */

/**
 * A condition that holds for objects that users made: not the system's (oid below 16384, PostgreSQL manual 67.2.2) and
 * not members of an extension. The members are looked up once, by what they are members of, and not for each object.
 */
export const userObject = (catalog: string, oid: string): string =>
  `${oid}::bigint >= 16384 and ${oid} not in (select e.objid from pg_depend e
      where e.refclassid = 'pg_extension'::regclass and e.deptype = 'e' and e.classid = '${catalog}'::regclass)`

/** A condition on `pg_namespace` that holds for schemas of users: not the system's, not temporary, not TOAST. */
export const userSchema = (alias: string): string =>
  `${alias}.nspname !~ '^pg_' and ${alias}.nspname <> 'information_schema'`

/** What tables are in `pg_class.relkind`: ordinary, partitioned and foreign ones, which have columns, constraints and triggers alike. */
export const tableRelkinds = "('r', 'p', 'f')"

/** The kind of the table that a row of `pg_class` is. */
export const tableKind = (relation: string): string =>
  `case ${relation}.relkind when 'f' then 'foreign table' else 'table' end`

/**
 * An object as JSON text, with the fields that are not null: half the time of
 * `jsonb_strip_nulls(jsonb_build_object(…))`. The cast is written out because a database may have casts of its own from json.
 */
export const jsonText = (fields: Readonly<Record<string, string>>): string =>
  `('{' || concat_ws(',',
        ${
    Object.entries(fields).map(([field, value]) => `'"${field}":' || to_json(${value})::text`).join(",\n        ")
  }) || '}')`

/** The qualified name of a collation where it is not the one that its type has anyway; both are OIDs of `pg_collation`. */
export const ownCollation = (collation: string, typeCollation: string): string =>
  `case when ${collation} <> 0 and ${collation} <> ${typeCollation} then
          (select format('%I.%I', cn.nspname, co.collname)
           from pg_collation co join pg_namespace cn on cn.oid = co.collnamespace where co.oid = ${collation}) end`

/** The names of a relation's columns by their numbers, in that order, as an array; null for none. An expression's 0 has no name. */
export const columnNames = (relation: string, numbers: string): string =>
  `nullif(array(
          select (select ca.attname from pg_attribute ca where ca.attrelid = ${relation} and ca.attnum = cn)
          from unnest(${numbers}) cn where cn <> 0), '{}')`

/** The names of the extensions that an object goes with (`DEPENDS ON EXTENSION`) as a JSON array, or null. */
export const extensionsDependedOn = (catalog: string, oid: string): string =>
  `(select jsonb_agg(xe.extname order by xe.extname collate "C")
         from pg_depend xd join pg_extension xe on xe.oid = xd.refobjid
         where xd.classid = '${catalog}'::regclass and xd.objid = ${oid} and xd.deptype = 'x'
           and xd.refclassid = 'pg_extension'::regclass)`
