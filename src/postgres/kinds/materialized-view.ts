/**
 * Materialized views (PostgreSQL manual 39.3). Whether one holds data is not schema: it is created filled, but where it reads
 * one that is not. Its indexes are objects of their own.
 */
import * as Schema from "effect/Schema"
import { type Catalog, type CatalogObject, dependenciesOf, dependentsIndex, type ObjectId } from "../../Catalog.ts"
import { quoteIdentifier } from "../Identifier.ts"
import { extensionsDependedOn, ownCollation, tableRelkinds, userObject, userSchema } from "./catalogSql.ts"
import { setStorage } from "./column/definition.ts"
import { extensionDependenceChanges } from "./extensionDependence.ts"
import { inPlace, type Kind, type PlanContext, replace, type Statement } from "./Kind.ts"
import { displayName, schemaAndName, sqlName } from "./names.ts"
import { optionChanges, optionList } from "./options.ts"
import { inSchema } from "./renaming.ts"
import { inItsTablespace } from "./tablespace.ts"
import { rowsIn } from "./trace.ts"

const storages = ["plain", "external", "main", "extended"] as const

const MaterializedViewColumn = Schema.Struct({
  name: Schema.String,
  type: Schema.String,
  collation: Schema.optionalKey(Schema.String),
  /** Where it is not the storage of the type. */
  storage: Schema.optionalKey(Schema.Literals(storages)),
  compression: Schema.optionalKey(Schema.Literals(["pglz", "lz4"])),
  statistics: Schema.optionalKey(Schema.Int),
  /** `name=value`, sorted: `n_distinct`, `n_distinct_inherited`. */
  options: Schema.optionalKey(Schema.Array(Schema.String))
})
type MaterializedViewColumn = typeof MaterializedViewColumn.Type

/** The query of a materialized view, its columns in order, and its storage. */
export const MaterializedViewState = Schema.Struct({
  /** As `pg_get_viewdef` prints it, without the semicolon. */
  definition: Schema.String,
  columns: Schema.Array(MaterializedViewColumn),
  /** Storage parameters, sorted, `toast.` ones included. */
  options: Schema.optionalKey(Schema.Array(Schema.String)),
  access_method: Schema.optionalKey(Schema.String),
  depends_on_extensions: Schema.optionalKey(Schema.Array(Schema.String)),
  /** It was created `WITH NO DATA`, or emptied, and cannot be read until it is refreshed. */
  own: Schema.optionalKey(Schema.Struct({ populated: Schema.Literal(false) }))
})
/** The query of a materialized view, its columns in order, and its storage. */
export type MaterializedViewState = typeof MaterializedViewState.Type

const display = (object: CatalogObject): string => displayName(...schemaAndName(object.name))
const target = (object: CatalogObject): string => `MATERIALIZED VIEW ${sqlName(object.name)}`

/** What `ALTER COLUMN` can say of a column, clause by clause. */
const columnSettings = (
  from: Partial<MaterializedViewColumn>,
  to: MaterializedViewColumn,
  context: PlanContext
): ReadonlyArray<string> => [
  ...(from.storage === to.storage ? [] : [setStorage(to, context)]),
  ...(from.compression === to.compression ? [] : [`SET COMPRESSION ${to.compression ?? "default"}`]),
  ...(from.statistics === to.statistics ? [] : [`SET STATISTICS ${to.statistics ?? -1}`]),
  ...optionChanges(from.options, to.options)
]

const columnChanges = (
  from: ReadonlyArray<MaterializedViewColumn>,
  to: CatalogObject<MaterializedViewState>,
  context: PlanContext
): ReadonlyArray<Statement> => {
  const before = new Map(from.map((column) => [column.name, column]))
  return to.state.columns.flatMap((column) =>
    columnSettings(before.get(column.name) ?? {}, column, context).map((setting) => ({
      sql: `ALTER ${target(to)} ALTER COLUMN ${quoteIdentifier(column.name)} ${setting}`,
      description: `Change storage of ${display(to)}.${quoteIdentifier(column.name)}`
    }))
  )
}

const dependenceChanges = (from: ReadonlyArray<string> | undefined, to: CatalogObject<MaterializedViewState>) =>
  extensionDependenceChanges(target(to), `materialized view ${display(to)}`, from, to.state.depends_on_extensions)

const sameColumns = (
  from: ReadonlyArray<MaterializedViewColumn>,
  to: ReadonlyArray<MaterializedViewColumn>
): boolean =>
  from.length === to.length && from.every((column, i) => {
    const other = to[i]
    return column.name === other?.name && column.type === other.type && column.collation === other.collation
  })

/** The materialized view with data. */
export const filled = (object: CatalogObject<MaterializedViewState>): CatalogObject<MaterializedViewState> => {
  const { own: _, ...state } = object.state
  return { ...object, state }
}

/** True for objects of the kind `materialized view`. */
export const isMaterializedView = (object: CatalogObject): object is CatalogObject<MaterializedViewState> =>
  object.kind === "materialized view"

const isUnpopulated = (object: CatalogObject | undefined): boolean =>
  object !== undefined && isMaterializedView(object) && object.state.own !== undefined

/** True where a materialized view that has data was filled from it, by itself or by way of others. */
const isReadByFilled = (id: ObjectId, catalog: Catalog): boolean => {
  const reached = new Set([id])
  for (const one of reached) {
    for (const dependent of dependentsIndex(catalog).get(one) ?? []) {
      const user = catalog.objects.get(dependent)
      if (user !== undefined && isMaterializedView(user) && !isUnpopulated(user)) return true
      reached.add(dependent)
    }
  }
  return false
}

/** True where something that the plan leaves as it is, and that the object reads, cannot be read. */
const readsUnpopulated = (id: ObjectId, context: PlanContext): boolean =>
  [...dependenciesOf(context.target, id)].some((need) =>
    !context.creates(need) && isUnpopulated(context.source.objects.get(need)) ||
    ["view", "materialized view"].includes(context.target.objects.get(need)?.kind ?? "") &&
      readsUnpopulated(need, context)
  )

/** The columns of tables of whose rows it has columns: PostgreSQL neither adds one with values nor alters one meanwhile. */
const rowTypeColumns = `(
        select json_agg(json_build_array('column', rn.nspname, r.relname, ra.attname))
        from pg_attribute a join pg_type b on b.oid = a.atttypid left join pg_type e on e.oid = b.typelem
          join pg_class r on r.oid = coalesce(nullif(b.typrelid, 0), e.typrelid) and r.relkind in ${tableRelkinds}
          join pg_namespace rn on rn.oid = r.relnamespace
          join pg_attribute ra on ra.attrelid = r.oid and ra.attnum > 0 and not ra.attisdropped
        where a.attrelid = c.oid and a.attnum > 0)`

/** The kind `materialized view`. */
export const materializedView: Kind<MaterializedViewState> = {
  kind: "materialized view",
  section: "materialized_views",
  catalog: "pg_class",
  trace: rowsIn("pg_class", "relkind", "m"),
  printed: ["definition"],
  state: MaterializedViewState,
  query: () => `
    select c.oid, array[n.nspname, c.relname] as name,
      json_build_array(json_build_array('pg_type', c.reltype, 0), json_build_array('pg_type', t.typarray, 0)) as addresses,
      ${rowTypeColumns} as depends,
      jsonb_strip_nulls(jsonb_build_object(
        'definition', rtrim(pg_get_viewdef(c.oid), ';'),
        'columns', coalesce((
          select jsonb_agg(jsonb_build_object(
            'name', a.attname,
            'type', format_type(a.atttypid, a.atttypmod),
            'collation', ${ownCollation("a.attcollation", "b.typcollation")},
            'storage', case when a.attstorage <> b.typstorage then
              case a.attstorage when 'p' then 'plain' when 'e' then 'external' when 'm' then 'main' else 'extended' end end,
            'compression', case a.attcompression when 'p' then 'pglz' when 'l' then 'lz4' end,
            'statistics', nullif(a.attstattarget, -1),
            'options', (select jsonb_agg(o order by o collate "C") from unnest(a.attoptions) o)) order by a.attnum)
          from pg_attribute a join pg_type b on b.oid = a.atttypid
          where a.attrelid = c.oid and a.attnum > 0), '[]'),
        'options', (select jsonb_agg(o order by o collate "C") from (
          select unnest(c.reloptions) as o union all select 'toast.' || unnest(tc.reloptions)) options),
        'access_method', nullif(am.amname, 'heap'),
        'depends_on_extensions', ${extensionsDependedOn("pg_class", "c.oid")},
        'own', case when not c.relispopulated then jsonb_build_object('populated', false) end)) as state
    from pg_class c
      join pg_namespace n on n.oid = c.relnamespace
      join pg_type t on t.oid = c.reltype
      left join pg_am am on am.oid = c.relam
      left join pg_class tc on tc.oid = c.reltoastrelid
    where c.relkind = 'm' and ${userSchema("n")} and ${userObject("pg_class", "c.oid")}`,
  claims: (object) => [`relation ${sqlName(object.name)}`, `type ${sqlName(object.name)}`],
  create: (object, context) => {
    const { access_method, definition, options } = object.state
    const clauses = [
      ...(access_method === undefined ? [] : [` USING ${quoteIdentifier(access_method)}`]),
      ...(options === undefined ? [] : [` WITH (${optionList(options)})`])
    ]
    const isHidden = readsUnpopulated(object.id, context)
    // one that is made anew keeps the data that it has, whatever the text says of its creation
    const isWithout = isUnpopulated(object) && isUnpopulated(context.source.objects.get(object.id) ?? object) &&
      !isReadByFilled(object.id, context.target)
    const empty = isHidden || isWithout
    return inItsTablespace(object, context, [
      {
        sql: `CREATE ${target(object)}${clauses.join("")} AS\n${definition}${empty ? "\nWITH NO DATA" : ""}`,
        description: `Create materialized view ${display(object)}${
          isHidden ? ", which has to be refreshed after one that it reads" : empty ? ", without data" : ""
        }`
      },
      ...columnChanges([], object, context),
      ...dependenceChanges([], object)
    ])
  },
  drop: (object) => [{ sql: `DROP ${target(object)}`, description: `Drop materialized view ${display(object)}` }],
  alter: (from, to, context) => {
    if (
      from.state.definition !== to.state.definition || from.state.access_method !== to.state.access_method ||
      !sameColumns(from.state.columns, to.state.columns)
    ) return replace
    return inPlace([
      ...optionChanges(from.state.options, to.state.options).map((change) => ({
        sql: `ALTER ${target(to)} ${change}`,
        description: `Change storage parameters of materialized view ${display(to)}`
      })),
      ...columnChanges(from.state.columns, to, context),
      ...dependenceChanges(from.state.depends_on_extensions, to)
    ])
  },
  commentTarget: target,
  renaming: inSchema("MATERIALIZED VIEW", { users: "statements" }),
  describe: (object) => `materialized view ${display(object)}`
}
