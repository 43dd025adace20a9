/** Properties of an index that its definition does not hold: shared by indexes and by constraints that stand on one. */
import * as Schema from "effect/Schema"
import { canonicalJson } from "../../Catalog.ts"
import type { PlanContext, Statement } from "./Kind.ts"
import { optionChanges } from "./options.ts"

/** Fields of the state, absent at their default. */
export const IndexProperties = {
  /** Storage parameters, for constraints only: an index's definition holds its own. */
  options: Schema.optionalKey(Schema.Array(Schema.String)),
  /** The table was last clustered on it. */
  clustered: Schema.optionalKey(Schema.Literal(true)),
  /** It is the table's replica identity. */
  replica_identity: Schema.optionalKey(Schema.Literal(true))
} as const

/** The fields of {@link IndexProperties} as SQL, from aliases of `pg_class` and `pg_index`. */
export const indexPropertiesSql = (relation: string, index: string): Readonly<Record<string, string>> => ({
  options: `case when ${relation}.reloptions is not null then
          (select json_agg(o order by o collate "C") from unnest(${relation}.reloptions) o) end`,
  clustered: `nullif(${index}.indisclustered, false)`,
  replica_identity: `nullif(${index}.indisreplident, false)`
})

interface Properties {
  readonly options?: ReadonlyArray<string>
  readonly clustered?: true
  readonly replica_identity?: true
}

/** True where the table, or another index of it, has in the target what only one of them can have. */
export const takenIn = (context: PlanContext, table = "") => (property: "clustered" | "replica_identity"): boolean =>
  [context.target.objects.get(table), ...context.parts(table)].some((object) => object?.state[property] !== undefined)

/**
 * Statements that bring the properties of an index (all names quoted) of a table from one state to another. A property
 * that only one index can have is taken away by giving it to another, where `isTaken` says that there is one.
 */
export const indexProperties = (
  names: { readonly index: string; readonly indexName: string; readonly table: string; readonly display: string },
  from: Properties,
  to: Properties,
  isTaken: (property: "clustered" | "replica_identity") => boolean
): ReadonlyArray<Statement> => [
  ...(canonicalJson(from.options) === canonicalJson(to.options) ?
    [] :
    optionChanges(from.options, to.options).map((change) => ({
      sql: `ALTER INDEX ${names.index} ${change}`,
      description: `Change storage parameters of ${names.display}`
    }))),
  ...(from.clustered === to.clustered || !to.clustered && isTaken("clustered") ? [] : [{
    sql: `ALTER TABLE ${names.table} ${to.clustered ? `CLUSTER ON ${names.indexName}` : "SET WITHOUT CLUSTER"}`,
    description: to.clustered ? `Cluster table on ${names.display}` : `Do not cluster table on ${names.display}`
  }]),
  ...(from.replica_identity === to.replica_identity || !to.replica_identity && isTaken("replica_identity") ? [] : [{
    sql: `ALTER TABLE ONLY ${names.table} REPLICA IDENTITY ${
      to.replica_identity ? `USING INDEX ${names.indexName}` : "DEFAULT"
    }`,
    description: to.replica_identity
      ? `Identify replicated rows by ${names.display}`
      : `Stop identifying replicated rows by ${names.display}`
  }])
]
