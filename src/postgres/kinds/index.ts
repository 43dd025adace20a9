/** Indexes that no constraint stands on (PostgreSQL manual, CREATE INDEX). */
import * as Schema from "effect/Schema"
import { canonicalJson, type CatalogObject, dependenciesOf } from "../../Catalog.ts"
import { quoteIdentifier } from "../Identifier.ts"
import { jsonText, userObject, userSchema } from "./catalogSql.ts"
import { IndexProperties, indexProperties, takenIn } from "./indexProperties.ts"
import { inPlace, type Kind, type PlanContext, replace, type Statement } from "./Kind.ts"
import { displayName, objectId, sqlName } from "./names.ts"
import { optionList } from "./options.ts"
import { hasAttachedTwin, partitionsWithout, placeAmongTwins } from "./partition.ts"
import { definitionRequires } from "./requirements.ts"
import { inItsTablespace } from "./tablespace.ts"

/** An index as `pg_get_indexdef` prints it, with what that text does not hold. */
export const IndexState = Schema.Struct({
  /** The table or materialized view: schema and name. */
  on: Schema.Array(Schema.String),
  definition: Schema.String,
  /** Key columns and expressions, in key order. */
  columns: Schema.Array(Schema.String),
  unique: Schema.Boolean,
  clustered: IndexProperties.clustered,
  replica_identity: IndexProperties.replica_identity,
  /** Statistics targets of expression columns: position from 1, target. */
  statistics: Schema.optionalKey(Schema.Array(Schema.Tuple([Schema.Int, Schema.Int]))),
  /** It was left behind by a build that failed, and is not used. */
  invalid: Schema.optionalKey(Schema.Literal(true))
})
/** An index as `pg_get_indexdef` prints it, with what that text does not hold. */
export type IndexState = typeof IndexState.Type

type Index = CatalogObject<IndexState>

const display = (object: Index): string => quoteIdentifier(object.name[1] ?? "")
const displayTable = (object: Index): string => displayName(object.state.on[0] ?? "", object.state.on[1] ?? "")

const statisticsTargets = (from: IndexState["statistics"] = [], object: Index): ReadonlyArray<Statement> => {
  const [before, after] = [new Map(from), new Map(object.state.statistics)]
  return [...new Set([...before.keys(), ...after.keys()])].sort((a, b) => a - b)
    .filter((position) => before.get(position) !== after.get(position))
    .map((position) => ({
      sql: `ALTER INDEX ${sqlName(object.name)} ALTER COLUMN ${position} SET STATISTICS ${after.get(position) ?? -1}`,
      description: `Change statistics target of column ${position} of index ${display(object)}`
    }))
}

/** Storage parameters that an index obeys from when they are set on; others count when it is built. */
const setInPlace: ReadonlySet<string> = new Set([
  "autosummarize",
  "buffering",
  "deduplicate_items",
  "fastupdate",
  "fillfactor",
  "gin_pending_list_limit"
])

const quotedOrBracket = /'(?:[^']|'')*'|"(?:[^"]|"")*"|[()]/g

/** A definition without its `WITH ( … )`, and the storage parameters in that, as `pg_class.reloptions` holds them. */
const storageApart = (definition: string): { readonly rest: string; readonly options: ReadonlyArray<string> } => {
  let depth = 0
  for (const { 0: text, index: at } of definition.matchAll(quotedOrBracket)) {
    if (text === "(" && depth++ === 0 && definition.slice(0, at).endsWith(" WITH ")) {
      const [list = ""] = /^(?:'(?:[^']|'')*'|[^')])*/.exec(definition.slice(at + 1)) ?? []
      const options = list.match(/\w+=(?:'(?:[^']|'')*'|[^,']*)/g) ?? []
      return {
        rest: `${definition.slice(0, at - " WITH ".length)}${definition.slice(at + list.length + 2)}`,
        options: options.map((option) =>
          option.replace(/='([^]*)'$/, (_, value: string) => `=${value.replaceAll("''", "'")}`)
        )
      }
    }
    if (text === ")") depth--
  }
  return { rest: definition, options: [] }
}

const optionName = (option: string): string => option.slice(0, option.indexOf("="))

/**
 * The statements where two definitions differ in nothing but storage parameters that an index obeys without being built anew.
 * All of them are set, so that they are in the order of the definition.
 */
const storageChanges = (from: Index, to: Index): ReadonlyArray<Statement> | undefined => {
  const [before, after] = [storageApart(from.state.definition), storageApart(to.state.definition)]
  const changed = [
    ...before.options.filter((option) => !after.options.includes(option)),
    ...after.options.filter((option) => !before.options.includes(option))
  ].map(optionName)
  if (
    before.rest !== after.rest || / ON ONLY /.test(to.state.definition) ||
    !changed.every((name) => setInPlace.has(name))
  ) return undefined
  const gone = before.options.map(optionName).filter((name) => !after.options.map(optionName).includes(name))
  return [
    ...(gone.length === 0 ? [] : [`RESET (${gone.map(quoteIdentifier).join(", ")})`]),
    ...(after.options.length === 0 ? [] : [`SET (${optionList(after.options)})`])
  ].map((change) => ({
    sql: `ALTER INDEX ${sqlName(to.name)} ${change}`,
    description: `Change storage parameters of index ${display(to)}`
  }))
}

type Marks = Pick<IndexState, "clustered" | "replica_identity">

const marks = ({ clustered, replica_identity }: Marks): Marks => ({
  ...(clustered && { clustered }),
  ...(replica_identity && { replica_identity })
})

const properties = (object: Index, from: Marks, context: PlanContext): ReadonlyArray<Statement> =>
  indexProperties(
    {
      index: sqlName(object.name),
      indexName: display(object),
      table: sqlName(object.state.on),
      display: `index ${display(object)}`
    },
    marks(from),
    marks(object.state),
    takenIn(context, object.parent)
  )

/** The kind `index`. */
export const index: Kind<IndexState> = {
  kind: "index",
  section: "indexes",
  catalog: "pg_class",
  printed: ["definition"],
  dropLoses: "Queries that used it read the whole table.",
  state: IndexState,
  query: (major) => `
    select c.oid::bigint, array[n.nspname, c.relname] as name,
      array[case t.relkind when 'm' then 'materialized view' else 'table' end, n.nspname, t.relname] as parent,
      case when t.relispartition and ${hasAttachedTwin("x")} then
        json_build_array(json_build_array('partition', n.nspname, t.relname))
      when t.relkind = 'p' then ${partitionsWithout("x")} end as depends,
      case when t.relkind = 'p' or t.relispartition then ${placeAmongTwins("x")} end as position,
      ${
    jsonText({
      on: "array[n.nspname, t.relname]",
      definition: "pg_get_indexdef(c.oid)",
      columns: `array(
          select case x.indkey[i] when 0 then pg_get_indexdef(c.oid, i + 1, false) else
            (select a.attname from pg_attribute a where a.attrelid = x.indrelid and a.attnum = x.indkey[i]) end
          from generate_series(0, x.indnkeyatts - 1) i)`,
      unique: "x.indisunique",
      clustered: "nullif(x.indisclustered, false)",
      replica_identity: "nullif(x.indisreplident, false)",
      statistics: `case when x.indexprs is not null then
          (select json_agg(json_build_array(a.attnum, a.attstattarget) order by a.attnum) from pg_attribute a
           where a.attrelid = c.oid and ${major >= 17 ? "a.attstattarget is not null" : "a.attstattarget >= 0"}) end`,
      invalid: "case when c.relkind = 'i' then nullif(not (x.indisvalid and x.indisready), false) end"
    })
  } as state
    from pg_index x
      join pg_class c on c.oid = x.indexrelid
      join pg_namespace n on n.oid = c.relnamespace
      join pg_class t on t.oid = x.indrelid
    where t.relkind in ('r', 'p', 'm') and ${userSchema("n")} and ${userObject("pg_class", "t.oid")}
      and not exists (select from pg_constraint k where k.conindid = c.oid and k.contype in ('p', 'u', 'x'))`,
  columns: ["oid", "name", "parent", "depends", "position"],
  apart: true,
  claims: (object) => [`relation ${sqlName(object.name)}`],
  dropsWith: (object, { drops, source }) =>
    [...dependenciesOf(source, object.id)].filter((id) =>
      source.objects.get(id)?.kind === "index" && !drops(objectId("partition", object.state.on))
    ),
  create: (object, context) =>
    inItsTablespace(object, context, [
      {
        sql: object.state.definition,
        description: `Create index ${display(object)} on table ${displayTable(object)}`,
        hazards: object.state.unique && !context.creates(object.parent ?? "")
          ? [{
            code: "may_fail",
            message: `Rows of table ${displayTable(object)} that are equal in the key make this step fail.`
          }]
          : []
      },
      ...statisticsTargets([], object),
      ...properties(object, {}, context)
    ]),
  drop: (object) => [{
    sql: `DROP INDEX ${sqlName(object.name)}`,
    description: `Drop index ${display(object)} from table ${displayTable(object)}`
  }],
  alter: (from, to, context) => {
    const storage = from.state.definition === to.state.definition ? [] : storageChanges(from, to)
    if (storage === undefined || from.state.invalid !== to.state.invalid) return replace
    return inPlace([
      ...storage,
      ...statisticsTargets(from.state.statistics, to),
      ...properties(to, from.state, context)
    ])
  },
  outlives: (object, need) =>
    need.kind === "partition" && canonicalJson(need.state["of"]) === canonicalJson(object.state.on),
  // indexes of partitions are attached to those of the whole one by one
  precedes: (object, need) => need.kind === "index" && need.parent !== object.parent,
  requires: (object) => definitionRequires(object.state.definition),
  commentTarget: (object) => `INDEX ${sqlName(object.name)}`,
  renaming: {
    rename: ({ name }, to) => `ALTER INDEX ${sqlName(name)} RENAME TO ${quoteIdentifier(to)}`,
    carrier: ({ parent }) => parent,
    twin: ({ name, state }) =>
      canonicalJson({
        ...state,
        definition: state.definition.replace(` INDEX ${quoteIdentifier(name[1] ?? "")} ON `, " INDEX ON ")
      })
  },
  describe: (object) => `index ${display(object)} on table ${displayTable(object)}`
}
