/** Aggregate functions: normal, ordered-set and hypothetical-set (PostgreSQL manual 36.12). Any change makes it anew. */
import * as Schema from "effect/Schema"
import type { CatalogObject } from "../../Catalog.ts"
import { quoteLiteral } from "../Identifier.ts"
import { userObject, userSchema } from "./catalogSql.ts"
import { inPlace, type Kind, replace } from "./Kind.ts"
import { routineName, sqlName } from "./names.ts"
import { ofRoutine } from "./renaming.ts"
import { displayRoutine, routineCalls, routineIdentity } from "./routine.ts"
import { rowsIn } from "./trace.ts"

const Modify = Schema.Literals(["read_only", "shareable", "read_write"])

/**
 * The options of `CREATE AGGREGATE` by their SQL names; those at their default are left out. Names of functions, types and
 * operators are SQL.
 */
export const AggregateState = Schema.Struct({
  /** As `pg_get_function_arguments` prints them, `ORDER BY` included, or `*`. */
  arguments: Schema.String,
  sfunc: Schema.String,
  stype: Schema.String,
  sspace: Schema.optionalKey(Schema.Int),
  finalfunc: Schema.optionalKey(Schema.String),
  finalfunc_extra: Schema.optionalKey(Schema.Literal(true)),
  finalfunc_modify: Schema.optionalKey(Modify),
  combinefunc: Schema.optionalKey(Schema.String),
  serialfunc: Schema.optionalKey(Schema.String),
  deserialfunc: Schema.optionalKey(Schema.String),
  initcond: Schema.optionalKey(Schema.String),
  msfunc: Schema.optionalKey(Schema.String),
  minvfunc: Schema.optionalKey(Schema.String),
  mstype: Schema.optionalKey(Schema.String),
  msspace: Schema.optionalKey(Schema.Int),
  mfinalfunc: Schema.optionalKey(Schema.String),
  mfinalfunc_extra: Schema.optionalKey(Schema.Literal(true)),
  mfinalfunc_modify: Schema.optionalKey(Modify),
  minitcond: Schema.optionalKey(Schema.String),
  sortop: Schema.optionalKey(Schema.String),
  parallel: Schema.optionalKey(Schema.Literals(["safe", "restricted"])),
  hypothetical: Schema.optionalKey(Schema.Literal(true))
})
/** The options of `CREATE AGGREGATE` by their SQL names; those at their default are left out. */
export type AggregateState = typeof AggregateState.Type

/** An option of `CREATE AGGREGATE` as SQL: a flag stands alone, an initial value is a literal, all else is SQL already. */
const option = ([name, value]: readonly [string, string | number | true]): string =>
  value === true ? name : `${name} = ${name.endsWith("initcond") ? quoteLiteral(String(value)) : value}`

/** Options that say what the aggregate takes and gives; with all others it can be replaced under those who use it. */
const shaping = ["arguments", "stype", "finalfunc", "finalfunc_extra", "hypothetical"] as const

const func = (column: string): string => `case when a.${column} <> 0 then a.${column}::text end`
const modify = (column: string): string => `
        case when a.${column} <> (case a.aggkind when 'n' then 'r' else 'w' end) then
          case a.${column} when 'r' then 'read_only' when 's' then 'shareable' else 'read_write' end end`

/** What CREATE and CREATE OR REPLACE say of it. */
const definition = (object: CatalogObject<AggregateState>): string => {
  const { arguments: list, ...options } = object.state
  const given = Object.keys(AggregateState.fields).flatMap((name) =>
    Object.entries(options).filter(([key]) => key === name)
  )
  return `AGGREGATE ${sqlName(object.name.slice(0, 2))}(${list}) (\n  ${given.map(option).join(",\n  ")}\n)`
}

/** The kind `aggregate`. */
export const aggregate: Kind<AggregateState> = {
  kind: "aggregate",
  section: "aggregates",
  catalog: "pg_proc",
  trace: rowsIn("pg_proc", "prokind", "a"),
  dropLoses: "Statements that call it fail.",
  state: AggregateState,
  query: () => `
    select p.oid, ${routineIdentity("(*)")} as name,
      jsonb_strip_nulls(jsonb_build_object(
        'arguments', coalesce(nullif(pg_get_function_arguments(p.oid), ''), '*'),
        'sfunc', a.aggtransfn::text,
        'stype', format_type(a.aggtranstype, null),
        'sspace', nullif(a.aggtransspace, 0),
        'finalfunc', ${func("aggfinalfn")},
        'finalfunc_extra', nullif(a.aggfinalextra, false),
        'finalfunc_modify', ${modify("aggfinalmodify")},
        'combinefunc', ${func("aggcombinefn")},
        'serialfunc', ${func("aggserialfn")},
        'deserialfunc', ${func("aggdeserialfn")},
        'initcond', a.agginitval,
        'msfunc', ${func("aggmtransfn")},
        'minvfunc', ${func("aggminvtransfn")},
        'mstype', case when a.aggmtranstype <> 0 then format_type(a.aggmtranstype, null) end,
        'msspace', nullif(a.aggmtransspace, 0),
        'mfinalfunc', ${func("aggmfinalfn")},
        'mfinalfunc_extra', nullif(a.aggmfinalextra, false),
        'mfinalfunc_modify', ${modify("aggmfinalmodify")},
        'minitcond', a.aggminitval,
        'sortop', (select format('OPERATOR(%I.%s)', opn.nspname, o.oprname)
                   from pg_operator o join pg_namespace opn on opn.oid = o.oprnamespace where o.oid = a.aggsortop),
        'parallel', case p.proparallel when 's' then 'safe' when 'r' then 'restricted' end,
        'hypothetical', case a.aggkind when 'h' then true end)) as state
    from pg_aggregate a join pg_proc p on p.oid = a.aggfnoid join pg_namespace n on n.oid = p.pronamespace
    where ${userSchema("n")} and ${userObject("pg_proc", "p.oid")}`,
  claims: (object) => [`routine ${routineName(object.name).replace(/\(\*\)$/, "()")}`],
  calls: (object) => routineCalls(object),
  create: (object) => [{
    sql: `CREATE ${definition(object)}`,
    description: `Create aggregate ${displayRoutine(object.name)}`
  }],
  drop: (object) => [{
    sql: `DROP AGGREGATE ${routineName(object.name)}`,
    description: `Drop aggregate ${displayRoutine(object.name)}`
  }],
  // PostgreSQL manual, CREATE AGGREGATE: arguments and result stay as they are
  alter: (from, to) =>
    shaping.some((name) => from.state[name] !== to.state[name]) ? replace : inPlace([{
      sql: `CREATE OR REPLACE ${definition(to)}`,
      description: `Change aggregate ${displayRoutine(to.name)}`
    }]),
  commentTarget: (object) => `AGGREGATE ${routineName(object.name)}`,
  renaming: ofRoutine("AGGREGATE"),
  describe: (object) => `aggregate ${displayRoutine(object.name)}`
}
