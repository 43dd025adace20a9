/** Views (PostgreSQL manual, CREATE VIEW). A view that keeps its columns, and may gain some at the end, is altered in place. */
import * as Schema from "effect/Schema"
import type { CatalogObject } from "../../Catalog.ts"
import { quoteIdentifier } from "../Identifier.ts"
import { ownCollation, userObject, userSchema } from "./catalogSql.ts"
import { inPlace, type Kind, replace, type Statement } from "./Kind.ts"
import { displayName, schemaAndName, sqlName } from "./names.ts"
import { optionChanges, optionList } from "./options.ts"
import { inSchema } from "./renaming.ts"
import { rowsIn } from "./trace.ts"

const ViewColumn = Schema.Struct({
  name: Schema.String,
  type: Schema.String,
  collation: Schema.optionalKey(Schema.String),
  /** The default for INSERT into the view, as `pg_get_expr` prints it. */
  default: Schema.optionalKey(Schema.String)
})

/** The query of a view, its columns in order, and its options. */
export const ViewState = Schema.Struct({
  /** As `pg_get_viewdef` prints it, without the semicolon. */
  definition: Schema.String,
  columns: Schema.Array(ViewColumn),
  /** `name=value`, sorted: `check_option`, `security_barrier`, `security_invoker`. */
  options: Schema.optionalKey(Schema.Array(Schema.String))
})
/** The query of a view, its columns in order, and its options. */
export type ViewState = typeof ViewState.Type

const display = (object: CatalogObject): string => displayName(...schemaAndName(object.name))

const define = (object: CatalogObject<ViewState>, create: string): string => {
  const { definition, options } = object.state
  return `${create} ${sqlName(object.name)}${
    options === undefined ? "" : ` WITH (${optionList(options)})`
  } AS\n${definition}`
}

const defaultChanges = (from: ViewState["columns"], to: CatalogObject<ViewState>): ReadonlyArray<Statement> => {
  const before = new Map(from.map((column) => [column.name, column.default]))
  return to.state.columns.filter((column) => before.get(column.name) !== column.default).map((column) => ({
    sql: `ALTER VIEW ${sqlName(to.name)} ALTER COLUMN ${quoteIdentifier(column.name)} ${
      column.default === undefined ? "DROP DEFAULT" : `SET DEFAULT ${column.default}`
    }`,
    description: `Change default of ${display(to)}.${quoteIdentifier(column.name)}`
  }))
}

/** True where CREATE OR REPLACE VIEW can get from one list of columns to the other. */
const keepsColumns = (from: ViewState["columns"], to: ViewState["columns"]): boolean =>
  from.every((column, i) => {
    const kept = to[i]
    return kept !== undefined && kept.name === column.name && kept.type === column.type &&
      kept.collation === column.collation
  })

const sameColumns = (from: ViewState["columns"], to: ViewState["columns"]): boolean =>
  from.length === to.length && keepsColumns(from, to)

/** The kind `view`. */
export const view: Kind<ViewState> = {
  kind: "view",
  section: "views",
  catalog: "pg_class",
  trace: rowsIn("pg_class", "relkind", "v"),
  printed: ["definition"],
  dropLoses: "Queries that read it fail.",
  isDefinition: true,
  state: ViewState,
  query: () => `
    select c.oid, array[n.nspname, c.relname] as name,
      (select json_agg(address) from (
        select json_build_array('pg_type', t.oid, 0) as address from pg_type t
        where t.oid = c.reltype or t.oid = (select r.typarray from pg_type r where r.oid = c.reltype)
        union all
        select json_build_array('pg_attrdef', d.oid, 0) from pg_attrdef d where d.adrelid = c.oid) addresses) as addresses,
      jsonb_strip_nulls(jsonb_build_object(
        'definition', rtrim(pg_get_viewdef(c.oid), ';'),
        'columns', coalesce((
          select jsonb_agg(jsonb_build_object(
            'name', a.attname,
            'type', format_type(a.atttypid, a.atttypmod),
            'collation', ${ownCollation("a.attcollation", "b.typcollation")},
            'default', pg_get_expr(d.adbin, d.adrelid)) order by a.attnum)
          from pg_attribute a
            join pg_type b on b.oid = a.atttypid
            left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
          where a.attrelid = c.oid and a.attnum > 0), '[]'),
        'options', (select jsonb_agg(o order by o collate "C") from unnest(c.reloptions) o))) as state
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind = 'v' and ${userSchema("n")} and ${userObject("pg_class", "c.oid")}`,
  claims: (object) => [`relation ${sqlName(object.name)}`, `type ${sqlName(object.name)}`],
  create: (object) => [
    { sql: define(object, "CREATE VIEW"), description: `Create view ${display(object)}` },
    ...defaultChanges([], object)
  ],
  drop: (object) => [{ sql: `DROP VIEW ${sqlName(object.name)}`, description: `Drop view ${display(object)}` }],
  alter: (from, to) => {
    if (!keepsColumns(from.state.columns, to.state.columns)) return replace
    const redefined = from.state.definition !== to.state.definition ||
      !sameColumns(from.state.columns, to.state.columns)
    const redefinition: ReadonlyArray<Statement> = redefined
      ? [{ sql: define(to, "CREATE OR REPLACE VIEW"), description: `Change definition of view ${display(to)}` }]
      : optionChanges(from.state.options, to.state.options).map((change) => ({
        sql: `ALTER VIEW ${sqlName(to.name)} ${change}`,
        description: `Change options of view ${display(to)}`
      }))
    return inPlace([...redefinition, ...defaultChanges(from.state.columns, to)])
  },
  requires: (object) =>
    (object.state.options ?? []).some((option) => option.startsWith("security_invoker="))
      ? [{ feature: "security_invoker", since: 15 }]
      : [],
  commentTarget: (object) => `VIEW ${sqlName(object.name)}`,
  renaming: inSchema("VIEW", { users: "statements" }),
  describe: (object) => `view ${display(object)}`
}
