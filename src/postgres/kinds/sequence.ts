/**
 * Sequences (PostgreSQL manual, CREATE SEQUENCE), those behind `serial` columns included. The sequence of an identity
 * column is a part of the column. The current value is data, not schema.
 */
import * as Schema from "effect/Schema"
import type { Catalog, CatalogObject } from "../../Catalog.ts"
import { quoteLiteral } from "../Identifier.ts"
import { userObject, userSchema } from "./catalogSql.ts"
import { type Hazard, inPlace, type Kind, type Statement } from "./Kind.ts"
import { displayName, objectId, schemaAndName, sqlName } from "./names.ts"
import { inSchema } from "./renaming.ts"
import { isSequenceOwner, type SequenceOwnerState } from "./sequence-owner.ts"
import { rowsIn } from "./trace.ts"

const types = ["smallint", "integer", "bigint"] as const

/** The options of a sequence where they are not those that CREATE SEQUENCE would choose; numbers as decimal text. */
export const SequenceState = Schema.Struct({
  type: Schema.optionalKey(Schema.Literals(types)),
  increment: Schema.optionalKey(Schema.String),
  min: Schema.optionalKey(Schema.String),
  max: Schema.optionalKey(Schema.String),
  start: Schema.optionalKey(Schema.String),
  cache: Schema.optionalKey(Schema.String),
  cycle: Schema.optionalKey(Schema.Literal(true)),
  persistence: Schema.optionalKey(Schema.Literal("unlogged"))
})
/** The options of a sequence where they are not those that CREATE SEQUENCE would choose; numbers as decimal text. */
export type SequenceState = typeof SequenceState.Type

const display = (object: CatalogObject): string => displayName(...schemaAndName(object.name))

const largest = { smallint: "32767", integer: "2147483647", bigint: "9223372036854775807" }
const smallest = { smallint: "-32768", integer: "-2147483648", bigint: "-9223372036854775808" }

/** All options, those left out filled in. */
const complete = (state: SequenceState) => {
  const type = state.type ?? "bigint"
  const increment = state.increment ?? "1"
  const descending = increment.startsWith("-")
  const min = state.min ?? (descending ? smallest[type] : "1")
  const max = state.max ?? (descending ? "-1" : largest[type])
  return { type, increment, descending, min, max, start: state.start ?? (descending ? max : min) }
}

/** All options as clauses of `CREATE SEQUENCE` and `ALTER SEQUENCE`. */
const clauses = (state: SequenceState): ReadonlyArray<string> => {
  const { increment, max, min, start, type } = complete(state)
  return [
    `AS ${type}`,
    `INCREMENT BY ${increment}`,
    `MINVALUE ${min}`,
    `MAXVALUE ${max}`,
    `START WITH ${start}`,
    `CACHE ${state.cache ?? "1"}`,
    state.cycle === true ? "CYCLE" : "NO CYCLE"
  ]
}

/** The clauses that differ; the bounds go with the type, and an unusual start with the bounds: these would otherwise move them. */
const changedClauses = (from: SequenceState, to: SequenceState): ReadonlyArray<string> => {
  const before = clauses(from)
  const retyped = from.type !== to.type
  return clauses(to).filter((clause) =>
    !before.includes(clause) || retyped && /^M(IN|AX)VALUE/.test(clause) ||
    from.start !== to.start && clause.startsWith("START WITH")
  )
}

/**
 * What becomes of the current value: nothing where the new bounds hold the old start. Where they begin further on in the
 * same direction, a sequence that is not there yet is moved up to them; else the sequence has to start again.
 */
const continuation = (from: SequenceState, to: SequenceState): "stays" | "moves up" | "restarts" => {
  const [before, after] = [complete(from), complete(to)]
  const [start, min, max] = [BigInt(before.start), BigInt(after.min), BigInt(after.max)]
  if (start >= min && start <= max) return "stays"
  if (before.descending !== after.descending) return "restarts"
  const reachable = after.descending
    ? start > max && max >= BigInt(before.min)
    : start < min && min <= BigInt(before.max)
  return reachable ? "moves up" : "restarts"
}

/** Statements that change the options, and the current value only as far as the new bounds ask for it. */
const alterOptions = (
  from: CatalogObject<SequenceState>,
  to: CatalogObject<SequenceState>
): ReadonlyArray<Statement> => {
  const changes = changedClauses(from.state, to.state)
  if (changes.length === 0) return []
  const continues = continuation(from.state, to.state)
  const { descending, max, min, start } = complete(to.state)
  const name = sqlName(to.name)
  const first = descending ? max : min
  const hazards: ReadonlyArray<Hazard> = continues === "restarts"
    ? [{ code: "data_loss", message: `Sequence ${display(to)} starts again at ${start}: its current value is lost.` }]
    : changes.some((clause) => /^M(IN|AX)VALUE/.test(clause))
    ? [{ code: "may_fail", message: `It fails where the current value of ${display(to)} is out of the new bounds.` }]
    : []
  return [
    ...(continues !== "moves up" ? [] : [{
      sql: `SELECT pg_catalog.setval(${quoteLiteral(name)}, ${first}, false) FROM ${name} ` +
        `WHERE last_value ${descending ? ">" : "<"} ${first}`,
      description: `Move sequence ${display(to)} to ${first} if it is not there yet`
    }]),
    {
      sql: `ALTER SEQUENCE ${name} ${
        [...changes, ...(continues === "restarts" ? [`RESTART WITH ${start}`] : [])].join(" ")
      }`,
      description: `Change options of sequence ${display(to)}`,
      ...(hazards.length === 0 ? {} : { hazards })
    }
  ]
}

/** The column that owns the sequence of that name. */
const ownerOf = (name: ReadonlyArray<string>, catalog: Catalog): SequenceOwnerState | undefined => {
  const owner = catalog.objects.get(objectId("sequence owner", name))
  return owner !== undefined && isSequenceOwner(owner) ? owner.state : undefined
}

/** The kind `sequence`. */
export const sequence: Kind<SequenceState> = {
  kind: "sequence",
  section: "sequences",
  catalog: "pg_class",
  trace: rowsIn("pg_class", "relkind", "S"),
  state: SequenceState,
  query: () => `
    select c.oid, array[n.nspname, c.relname] as name,
      jsonb_strip_nulls(jsonb_build_object(
        'type', nullif(format_type(s.seqtypid, null), 'bigint'),
        'increment', nullif(s.seqincrement, 1)::text,
        'min', nullif(s.seqmin, case when s.seqincrement > 0 then 1 else d.smallest end)::text,
        'max', nullif(s.seqmax, case when s.seqincrement > 0 then d.largest else -1 end)::text,
        'start', nullif(s.seqstart, case when s.seqincrement > 0 then s.seqmin else s.seqmax end)::text,
        'cache', nullif(s.seqcache, 1)::text,
        'cycle', nullif(s.seqcycle, false),
        'persistence', case c.relpersistence when 'u' then 'unlogged' end)) as state
    from pg_sequence s
      join pg_class c on c.oid = s.seqrelid
      join pg_namespace n on n.oid = c.relnamespace
      join (values (${
    types.map((type) => `'${type}'::regtype, (${smallest[type]})::bigint, ${largest[type]}::bigint`).join("), (")
  })) d (type, smallest, largest) on d.type = s.seqtypid
    where ${userSchema("n")} and ${userObject("pg_class", "c.oid")} and not exists (
      select from pg_depend i where i.classid = 'pg_class'::regclass and i.objid = c.oid
        and i.refclassid = 'pg_class'::regclass and i.deptype = 'i')`,
  claims: (object) => [`relation ${sqlName(object.name)}`, `type ${sqlName(object.name)}`],
  dropsWith: (object, context) => {
    const owner = context.source.objects.get(objectId("sequence owner", object.name))
    return owner !== undefined && isSequenceOwner(owner)
      ? [objectId("column", [...owner.state.table, owner.state.column])]
      : []
  },
  create: (object) => {
    const unlogged = object.state.persistence === "unlogged" ? "UNLOGGED " : ""
    return [{
      sql: [`CREATE ${unlogged}SEQUENCE ${sqlName(object.name)}`, ...changedClauses({}, object.state)].join(" "),
      description: `Create sequence ${display(object)}`
    }]
  },
  drop: (object) => [{
    sql: `DROP SEQUENCE ${sqlName(object.name)}`,
    description: `Drop sequence ${display(object)}`,
    hazards: [{ code: "data_loss", message: `The current value of sequence ${display(object)} is lost.` }]
  }],
  alter: (from, to) => {
    const statements: Array<Statement> = [...alterOptions(from, to)]
    if (from.state.persistence !== to.state.persistence) {
      statements.push({
        sql: `ALTER SEQUENCE ${sqlName(to.name)} SET ${to.state.persistence === "unlogged" ? "UNLOGGED" : "LOGGED"}`,
        description: `Make sequence ${display(to)} ${to.state.persistence ?? "logged"}`
      })
    }
    return inPlace(statements)
  },
  asOf: (object, major) => {
    if (major >= 15 || object.state.persistence === undefined) return object
    const { persistence: _, ...state } = object.state
    return { ...object, state }
  },
  commentTarget: (object) => `SEQUENCE ${sqlName(object.name)}`,
  renaming: inSchema("SEQUENCE", {
    users: "calls",
    carrier: ({ name }, catalog) => {
      const owner = ownerOf(name, catalog)
      return owner === undefined ? undefined : objectId("table", owner.table)
    },
    // what a column owns is the same sequence under any name, and its value must not be lost
    twin: ({ name }, catalog) => {
      const owner = ownerOf(name, catalog)
      return owner === undefined ? undefined : sqlName([...owner.table, owner.column])
    }
  }),
  describe: (object) => `sequence ${display(object)}`
}
