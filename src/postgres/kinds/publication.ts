/**
 * Publications (PostgreSQL manual 29.1, CREATE PUBLICATION). The tables and schemas that one publishes are objects of
 * their own: they come and go one by one, and with their tables.
 */
import * as Schema from "effect/Schema"
import type { CatalogObject } from "../../Catalog.ts"
import { quoteIdentifier, quoteLiteral } from "../Identifier.ts"
import { userObject, userSchema } from "./catalogSql.ts"
import { inPlace, type Kind, replace, type Requirement } from "./Kind.ts"
import { displayName, objectId, sqlName } from "./names.ts"
import { inDatabase } from "./renaming.ts"
import { rowsIn } from "./trace.ts"

const operations = ["insert", "update", "delete", "truncate"] as const

/** What is published of the tables, and how. */
export const PublicationState = Schema.Struct({
  /** All tables of the database, those to come included. */
  all_tables: Schema.optionalKey(Schema.Literal(true)),
  /** Absent: all four. */
  publish: Schema.optionalKey(Schema.Array(Schema.Literals(operations))),
  /** Changes of partitions are published as changes of the partitioned table. */
  via_partition_root: Schema.optionalKey(Schema.Literal(true)),
  generated_columns: Schema.optionalKey(Schema.Literal("stored"))
})
/** What is published of the tables, and how. */
export type PublicationState = typeof PublicationState.Type

/** What is published of one table. */
export const PublicationTableState = Schema.Struct({
  /** In the order of their names. Absent: all. */
  columns: Schema.optionalKey(Schema.Array(Schema.String)),
  /** The condition that published rows fulfil, as `pg_get_expr` prints it. */
  where: Schema.optionalKey(Schema.String)
})
/** What is published of one table. */
export type PublicationTableState = typeof PublicationTableState.Type

/** Nothing but its name: the publication, then the schema. */
export const PublicationSchemaState = Schema.Struct({})
/** Nothing but its name: the publication, then the schema. */
export type PublicationSchemaState = typeof PublicationSchemaState.Type

const publicationName = (object: CatalogObject): string => quoteIdentifier(object.name[0] ?? "")

type PublicationTable = CatalogObject<PublicationTableState>
const isPublicationTable = (object: CatalogObject): object is PublicationTable => object.kind === "publication table"

const tableOf = (object: CatalogObject): ReadonlyArray<string> => object.name.slice(1)
const displayTable = (object: CatalogObject): string => displayName(object.name[1] ?? "", object.name[2] ?? "")

const tableClause = (object: PublicationTable): string => {
  const { columns, where } = object.state
  return `TABLE ONLY ${sqlName(tableOf(object))}${
    columns === undefined ? "" : ` (${columns.map(quoteIdentifier).join(", ")})`
  }${where === undefined ? "" : ` WHERE (${where})`}`
}

const schemaClause = (object: CatalogObject): string => `TABLES IN SCHEMA ${quoteIdentifier(object.name[1] ?? "")}`

const clause = (object: CatalogObject): string =>
  isPublicationTable(object) ? tableClause(object) : schemaClause(object)

/** The parameters that differ, as `WITH` and `SET` take them. */
const parameters = (from: PublicationState, to: PublicationState): ReadonlyArray<string> => {
  const operationsOf = ({ publish = operations }: PublicationState): string => publish.join(", ")
  return [
    ...(operationsOf(from) === operationsOf(to) ? [] : [`publish = ${quoteLiteral(operationsOf(to))}`]),
    ...(from.via_partition_root === to.via_partition_root
      ? []
      : [`publish_via_partition_root = ${to.via_partition_root ?? false}`]),
    ...(from.generated_columns === to.generated_columns
      ? []
      : [`publish_generated_columns = ${to.generated_columns ?? "none"}`])
  ]
}

/** The kind `publication`. */
export const publication: Kind<PublicationState> = {
  kind: "publication",
  section: "publications",
  catalog: "pg_publication",
  trace: rowsIn("pg_publication"),
  dropLoses: "Subscribers no longer receive changes by it.",
  state: PublicationState,
  query: (major) => `
    select p.oid, array[p.pubname] as name,
      jsonb_strip_nulls(jsonb_build_object(
        'all_tables', nullif(p.puballtables, false),
        'publish', case when not (p.pubinsert and p.pubupdate and p.pubdelete and p.pubtruncate) then to_jsonb(array_remove(array[
          case when p.pubinsert then 'insert' end, case when p.pubupdate then 'update' end,
          case when p.pubdelete then 'delete' end, case when p.pubtruncate then 'truncate' end], null)) end,
        'via_partition_root', nullif(p.pubviaroot, false)${
    major >= 18 ? ",\n        'generated_columns', case p.pubgencols when 's' then 'stored' end" : ""
  })) as state
    from pg_publication p
    where ${userObject("pg_publication", "p.oid")}`,
  create: (object, _, folded) => {
    const members = folded.filter(({ kind }) => kind !== "comment").map(clause)
    const given = parameters({}, object.state)
    return [{
      sql: [
        `CREATE PUBLICATION ${publicationName(object)}`,
        ...(object.state.all_tables === true ? [" FOR ALL TABLES"] : []),
        ...(members.length === 0 ? [] : [` FOR\n  ${members.join(",\n  ")}`]),
        ...(given.length === 0 ? [] : [`${members.length === 0 ? " " : "\n"}WITH (${given.join(", ")})`])
      ].join(""),
      description: `Create publication ${publicationName(object)}`
    }]
  },
  drop: (object) => [{
    sql: `DROP PUBLICATION ${publicationName(object)}`,
    description: `Drop publication ${publicationName(object)}`
  }],
  // what it means for all tables cannot be changed (PostgreSQL manual, ALTER PUBLICATION)
  alter: (from, to) =>
    from.state.all_tables !== to.state.all_tables ? replace : inPlace([{
      sql: `ALTER PUBLICATION ${publicationName(to)} SET (${parameters(from.state, to.state).join(", ")})`,
      description: `Change what publication ${publicationName(to)} publishes`
    }]),
  requires: (object) =>
    object.state.generated_columns === undefined ? [] : [{ feature: "publish_generated_columns", since: 18 }],
  commentTarget: (object) => `PUBLICATION ${publicationName(object)}`,
  renaming: inDatabase("PUBLICATION", { users: "subscriptions" }),
  describe: (object) => `publication ${publicationName(object)}`
}

/** A publication with a column list takes no schemas, so that one has to go before the other comes. */
const columnLists = (object: CatalogObject): string =>
  `column lists or schemas of publication ${publicationName(object)}`

/** The kind `publication table`. */
export const publicationTable: Kind<PublicationTableState> = {
  kind: "publication table",
  section: "tables",
  catalog: "pg_publication_rel",
  trace: rowsIn("pg_publication_rel"),
  printed: ["where"],
  dropLoses: "Subscribers no longer receive changes of the table by the publication.",
  isDefinition: true,
  state: PublicationTableState,
  query: (major) => `
    select r.oid, array[p.pubname, n.nspname, c.relname] as name, array['publication', p.pubname] as parent,
      ${
    major < 15 ? "'{}'::jsonb" : `jsonb_strip_nulls(jsonb_build_object(
        'columns', (select jsonb_agg(a.attname order by a.attname collate "C") from pg_attribute a
          where a.attrelid = c.oid and a.attnum = any (r.prattrs)),
        'where', pg_get_expr(r.prqual, r.prrelid)))`
  } as state
    from pg_publication_rel r
      join pg_publication p on p.oid = r.prpubid
      join pg_class c on c.oid = r.prrelid
      join pg_namespace n on n.oid = c.relnamespace
    where ${userSchema("n")} and ${userObject("pg_publication", "p.oid")}`,
  claims: (object) => object.state.columns === undefined ? [] : [columnLists(object)],
  dropsWith: (object) => [objectId("table", tableOf(object))],
  folds: () => true,
  create: (object) => [{
    sql: `ALTER PUBLICATION ${publicationName(object)} ADD ${tableClause(object)}`,
    description: `Publish table ${displayTable(object)} in ${publicationName(object)}`
  }],
  drop: (object) => [{
    sql: `ALTER PUBLICATION ${publicationName(object)} DROP TABLE ONLY ${sqlName(tableOf(object))}`,
    description: `Stop publishing table ${displayTable(object)} in ${publicationName(object)}`
  }],
  alter: () => replace,
  requires: ({ state: { columns, where } }): ReadonlyArray<Requirement> => [
    ...(columns === undefined ? [] : [{ feature: "a column list", since: 15 }]),
    ...(where === undefined ? [] : [{ feature: "a row filter", since: 15 }])
  ],
  describe: (object) => `table ${displayTable(object)} in publication ${publicationName(object)}`
}

/** The kind `publication schema`. */
export const publicationSchema: Kind<PublicationSchemaState> = {
  kind: "publication schema",
  section: "schemas",
  catalog: "pg_publication_namespace",
  trace: rowsIn("pg_publication_namespace"),
  dropLoses: "Subscribers no longer receive changes of its tables by the publication.",
  isDefinition: true,
  state: PublicationSchemaState,
  query: (major) =>
    major < 15 ? "" : `
    select r.oid, array[p.pubname, n.nspname] as name, array['publication', p.pubname] as parent, '{}'::jsonb as state
    from pg_publication_namespace r
      join pg_publication p on p.oid = r.pnpubid
      join pg_namespace n on n.oid = r.pnnspid
    where ${userSchema("n")} and ${userObject("pg_publication", "p.oid")}`,
  claims: (object) => [columnLists(object)],
  dropsWith: (object) => [objectId("schema", object.name.slice(1))],
  folds: () => true,
  create: (object) => [{
    sql: `ALTER PUBLICATION ${publicationName(object)} ADD ${schemaClause(object)}`,
    description: `Publish schema ${quoteIdentifier(object.name[1] ?? "")} in ${publicationName(object)}`
  }],
  drop: (object) => [{
    sql: `ALTER PUBLICATION ${publicationName(object)} DROP ${schemaClause(object)}`,
    description: `Stop publishing schema ${quoteIdentifier(object.name[1] ?? "")} in ${publicationName(object)}`
  }],
  alter: () => inPlace([]),
  requires: () => [{ feature: "publishing a schema", since: 15 }],
  describe: (object) => `schema ${quoteIdentifier(object.name[1] ?? "")} in publication ${publicationName(object)}`
}
