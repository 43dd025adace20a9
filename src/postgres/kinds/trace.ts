/**
 * Traces that objects leave in the system catalogs. Most databases have objects of few kinds: one query finds the traces of
 * all, and kinds without any are not asked for.
 */
import { quoteLiteral } from "../Identifier.ts"

/** Rows that users made, of which every object of a kind has one. */
export interface Trace {
  readonly catalog: string
  /** A column, and its values in such rows, as JSON has them; absent: any row. */
  readonly column?: string
  readonly values: ReadonlyArray<string | boolean>
}

/** What tells rows of users from the system's (PostgreSQL manual 67.2.2) where that is not `oid`. */
const ofUsers: Readonly<Record<string, string>> = {
  pg_inherits: "inhrelid >= 16384",
  // the schema public can be labelled too
  pg_seclabel: "true",
  pg_shseclabel: "classoid = 'pg_subscription'::regclass"
}

/** Rows of a system catalog that users made, where a column has one of these values. */
export const rowsIn = (catalog: string, column?: string, ...values: Trace["values"]): Trace => ({
  catalog,
  ...(column === undefined ? {} : { column }),
  values
})

/** What a database has of each place that {@link tracesQuery} looks at: whether there are rows, or the values of the column. */
export type Traces = Readonly<Record<string, boolean | Trace["values"]>>

const placeOf = ({ catalog, column }: Trace): string => column === undefined ? catalog : `${catalog}.${column}`

/** One row with what is found of these traces, as {@link Traces} by their places. */
export const tracesQuery = (traces: ReadonlyArray<Trace>): string => {
  const places = new Map(traces.map((trace) => [placeOf(trace), trace]))
  const fields = [...places].map(([place, { catalog, column }]) => {
    const users = `from ${catalog} where ${ofUsers[catalog] ?? "oid >= 16384"}`
    return `${quoteLiteral(place)}, ${
      column === undefined ? `exists (select ${users})` : `array(select distinct ${column} ${users})`
    }`
  })
  return `select json_build_object(${fields.join(", ")})::text as traces`
}

/** True unless nothing of the trace was found. */
export const isFound = (trace: Trace, found: Traces): boolean => {
  const there = found[placeOf(trace)] ?? true
  return typeof there === "boolean" ? there : trace.values.some((value) => there.includes(value))
}
