/**
 * Sequences (PostgreSQL manual, CREATE SEQUENCE), those behind `serial` columns included. The sequence of an identity
 * column is a part of the column. The current value is data, not schema.
 */
import * as Schema from "effect/Schema"
import type { CatalogObject } from "../../Catalog.ts"
import { userObject, userSchema } from "./catalogSql.ts"
import { inPlace, type Kind, type Statement } from "./Kind.ts"
import { displayName, objectId, schemaAndName, sqlName } from "./names.ts"
import { isSequenceOwner } from "./sequence-owner.ts"

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

/** All options, those left out filled in, as clauses of `CREATE SEQUENCE` and `ALTER SEQUENCE`. */
const clauses = (state: SequenceState): ReadonlyArray<string> => {
  const type = state.type ?? "bigint"
  const increment = state.increment ?? "1"
  const descending = increment.startsWith("-")
  const min = state.min ?? (descending ? smallest[type] : "1")
  const max = state.max ?? (descending ? "-1" : largest[type])
  return [
    `AS ${type}`,
    `INCREMENT BY ${increment}`,
    `MINVALUE ${min}`,
    `MAXVALUE ${max}`,
    `START WITH ${state.start ?? (descending ? max : min)}`,
    `CACHE ${state.cache ?? "1"}`,
    state.cycle === true ? "CYCLE" : "NO CYCLE"
  ]
}

/** The clauses that differ; the bounds go with the type, which would otherwise move them. */
const changedClauses = (from: SequenceState, to: SequenceState): ReadonlyArray<string> => {
  const before = clauses(from)
  const retyped = from.type !== to.type
  return clauses(to).filter((clause) => !before.includes(clause) || retyped && /^M(IN|AX)VALUE/.test(clause))
}

/** The kind `sequence`. */
export const sequence: Kind<SequenceState> = {
  kind: "sequence",
  section: "sequences",
  catalog: "pg_class",
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
  claims: (object) => [`relation ${sqlName(object.name)}`],
  dropsWith: (object, catalog) => {
    const owner = catalog.objects.get(objectId("sequence owner", object.name))
    return owner !== undefined && isSequenceOwner(owner) ? [objectId("column", [...owner.state.table, owner.state.column])] : []
  },
  create: (object) => {
    const given = changedClauses({}, object.state)
    return [{
      sql: [
        `CREATE ${object.state.persistence === "unlogged" ? "UNLOGGED " : ""}SEQUENCE ${sqlName(object.name)}`,
        ...given
      ].join(" "),
      description: `Create sequence ${display(object)}`
    }]
  },
  drop: (object) => [{
    sql: `DROP SEQUENCE ${sqlName(object.name)}`,
    description: `Drop sequence ${display(object)}`,
    hazards: [{ code: "data_loss", message: `The current value of sequence ${display(object)} is lost.` }]
  }],
  alter: (from, to) => {
    const changes = changedClauses(from.state, to.state)
    const statements: Array<Statement> = []
    if (changes.length > 0) {
      statements.push({
        sql: `ALTER SEQUENCE ${sqlName(to.name)} ${changes.join(" ")}`,
        description: `Change options of sequence ${display(to)}`,
        ...(changes.some((clause) => /^(AS|M(IN|AX)VALUE)/.test(clause))
          ? { hazards: [{ code: "may_fail", message: `It fails where the current value of ${display(to)} is out of the new bounds.` }] }
          : {})
      })
    }
    if (from.state.persistence !== to.state.persistence) {
      statements.push({
        sql: `ALTER SEQUENCE ${sqlName(to.name)} SET ${to.state.persistence === "unlogged" ? "UNLOGGED" : "LOGGED"}`,
        description: `Make sequence ${display(to)} ${to.state.persistence ?? "logged"}`
      })
    }
    return inPlace(statements)
  },
  commentTarget: (object) => `SEQUENCE ${sqlName(object.name)}`,
  describe: (object) => `sequence ${display(object)}`
}
