/**
 * Functions (window functions included) and procedures (PostgreSQL manual 36.3, 36.4). They are identified by the types of
 * their input arguments; bodies are kept as they were written.
 */
import * as Schema from "effect/Schema"
import { type CatalogObject, dependenciesOf, partsIndex } from "../../Catalog.ts"
import { dollarQuote, quoteIdentifier, quoteLiteral } from "../Identifier.ts"
import { extensionsDependedOn, userObject, userSchema } from "./catalogSql.ts"
import { setClause } from "./configuration.ts"
import { extensionDependenceChanges } from "./extensionDependence.ts"
import { inPlace, type Kind, type PlanContext, replace, type Statement } from "./Kind.ts"
import { displayName, routineName, sqlName } from "./names.ts"
import { ofRoutine } from "./renaming.ts"
import { rowsIn, type Trace } from "./trace.ts"

/** The clauses of `CREATE FUNCTION` and `CREATE PROCEDURE`; those at their default are left out. */
export const RoutineState = Schema.Struct({
  /** As `pg_get_function_arguments` prints them, defaults included. */
  arguments: Schema.optionalKey(Schema.String),
  /** The same without defaults, where there are any. */
  signature: Schema.optionalKey(Schema.String),
  /** How many arguments have a default. */
  defaults: Schema.optionalKey(Schema.Int),
  /** As `pg_get_function_result` prints it; absent for procedures. */
  returns: Schema.optionalKey(Schema.String),
  language: Schema.String,
  /** Types that are transformed for the procedural language. */
  transforms: Schema.optionalKey(Schema.Array(Schema.String)),
  window: Schema.optionalKey(Schema.Literal(true)),
  volatility: Schema.optionalKey(Schema.Literals(["immutable", "stable"])),
  strict: Schema.optionalKey(Schema.Literal(true)),
  security_definer: Schema.optionalKey(Schema.Literal(true)),
  leakproof: Schema.optionalKey(Schema.Literal(true)),
  /** Where it is not 100, or 1 for languages `c` and `internal`. */
  cost: Schema.optionalKey(Schema.Finite),
  /** Where it is not 1000. */
  rows: Schema.optionalKey(Schema.Finite),
  support: Schema.optionalKey(Schema.String),
  parallel: Schema.optionalKey(Schema.Literals(["safe", "restricted"])),
  /** Settings, `name=value`, in the order of their `SET` clauses. */
  config: Schema.optionalKey(Schema.Array(Schema.String)),
  /** The body as a string, or the name of the internal function. */
  body: Schema.optionalKey(Schema.String),
  /** The object file and the symbol in it, for language `c`. */
  library: Schema.optionalKey(Schema.String),
  symbol: Schema.optionalKey(Schema.String),
  /** The SQL-standard body (`RETURN …` or `BEGIN ATOMIC … END`), as PostgreSQL prints it. */
  sql_body: Schema.optionalKey(Schema.String),
  depends_on_extensions: Schema.optionalKey(Schema.Array(Schema.String))
})
/** The clauses of `CREATE FUNCTION` and `CREATE PROCEDURE`; those at their default are left out. */
export type RoutineState = typeof RoutineState.Type

/** A routine's name for people, with its argument types: `add(integer, integer)`. */
export const displayRoutine = ([schema = "", name = "", types = "()"]: ReadonlyArray<string>): string =>
  `${displayName(schema, name)}${types}`

/** Expression for the identity of a routine: schema, name, and the types of its input arguments in parentheses. */
export const routineIdentity = (none: "()" | "(*)"): string =>
  `array[n.nspname::text, p.proname::text, case when p.pronargs = 0 then '${none}' else
        '(' || (select string_agg(format_type(a.type, null), ', ' order by a.i)
                from unnest(p.proargtypes) with ordinality a (type, i)) || ')' end]`

const upper = (word: string | undefined): ReadonlyArray<string> => word === undefined ? [] : [word.toUpperCase()]

const attributes = (state: RoutineState): ReadonlyArray<string> => [
  ...(state.transforms === undefined
    ? []
    : [`TRANSFORM ${state.transforms.map((type) => `FOR TYPE ${type}`).join(", ")}`]),
  ...(state.window === true ? ["WINDOW"] : []),
  ...upper(state.volatility),
  ...(state.strict === true ? ["STRICT"] : []),
  ...(state.security_definer === true ? ["SECURITY DEFINER"] : []),
  ...(state.leakproof === true ? ["LEAKPROOF"] : []),
  ...(state.cost === undefined ? [] : [`COST ${state.cost}`]),
  ...(state.rows === undefined ? [] : [`ROWS ${state.rows}`]),
  ...(state.support === undefined ? [] : [`SUPPORT ${state.support}`]),
  ...upper(state.parallel === undefined ? undefined : `parallel ${state.parallel}`)
]

const body = (state: RoutineState): string =>
  state.sql_body !== undefined
    ? state.sql_body
    : state.library !== undefined
    ? `AS ${quoteLiteral(state.library)}, ${quoteLiteral(state.symbol ?? "")}`
    : `AS ${dollarQuote(state.body ?? "")}`

const define = (object: CatalogObject<RoutineState>, create: string): string => {
  const { arguments: list = "", config = [], language, returns } = object.state
  return [
    `${create} ${sqlName(object.name.slice(0, 2))}(${list})${returns === undefined ? "" : ` RETURNS ${returns}`}`,
    [`LANGUAGE ${quoteIdentifier(language)}`, ...attributes(object.state)].join(" "),
    ...config.map(setClause),
    body(object.state)
  ].join("\n  ")
}

/** The most arguments that a function can have. */
const mostArguments = 100

/** How many types are in the last part of a routine's name; none in `(*)`. */
const countTypes = (types: string): number => {
  const bare = types.slice(1, -1).replaceAll(/"(?:[^"]|"")*"/g, "type")
  return bare === "" || bare === "*" ? 0 : bare.split(", ").length
}

/**
 * The calls that can mean a routine (PostgreSQL manual 10.3), by the number of arguments: fewer than it has where some have
 * defaults, more where the last one is variadic.
 */
export const routineCalls = (
  { name }: CatalogObject,
  { arguments: list = "", defaults = 0 }: Pick<RoutineState, "arguments" | "defaults"> = {}
): ReadonlyArray<string> => {
  const count = countTypes(name[2] ?? "()")
  const most = /(^|, )VARIADIC /.test(list) ? mostArguments : count
  return Array.from(
    { length: most - count + defaults + 1 },
    (_, i) => `call ${sqlName(name.slice(0, 2))} ${count - defaults + i}`
  )
}

/** True where CREATE OR REPLACE can get from one to the other (PostgreSQL manual, CREATE FUNCTION, Notes). */
const isReplaceable = (from: RoutineState, to: RoutineState): boolean =>
  (from.signature ?? from.arguments) === (to.signature ?? to.arguments) &&
  (from.defaults ?? 0) <= (to.defaults ?? 0) &&
  from.returns === to.returns &&
  from.window === to.window

/**
 * True where a body that was parsed when it was written returns rows of a table that gains or loses columns: the old body
 * holds the old columns, and the new one needs all of the new.
 */
const returnsChangedTable = (
  from: CatalogObject<RoutineState>,
  to: CatalogObject<RoutineState>,
  { source, target }: PlanContext
): boolean =>
  from.state.sql_body !== undefined && from.state.sql_body !== to.state.sql_body &&
  [...dependenciesOf(source, from.id)].some((id) => {
    const need = source.objects.get(id)
    return need?.kind === "column" && !target.objects.has(id) &&
      from.state.returns?.endsWith(sqlName(need.name.slice(0, 2))) === true
  })

/**
 * The base types whose values a function reads or writes, and the range types that it is the canonical function of, each of
 * which needs the other: the function is a part of the type.
 */
const servedTypes = `
      left join (
        select distinct on (f) f as function,
          array[case t.typtype when 'b' then 'base type' else 'range type' end, tn.nspname, t.typname] as name
        from pg_type t join pg_namespace tn on tn.oid = t.typnamespace left join pg_range r on r.rngtypid = t.oid
          cross join unnest(case t.typtype when 'b' then
            array[t.typinput, t.typoutput, t.typreceive, t.typsend] else array[r.rngcanonical] end::oid[]) f
          join pg_proc s on s.oid = f and (s.prorettype = t.oid or t.oid = any (s.proargtypes))
        where t.typtype in ('b', 'r') and t.typisdefined and t.oid::bigint >= 16384 and f::bigint >= 16384
        order by f, t.oid) served on served.function = p.oid`

/** The columns of a table of the target in the order that they have there, and in the order that the plan gives them. */
export const columnOrders = (
  table: CatalogObject,
  context: PlanContext
): { readonly wanted: ReadonlyArray<string>; readonly made: ReadonlyArray<string> } => {
  const columns = context.parts(table.id).filter(({ kind }) => kind === "column")
  const wanted = columns.map(({ id }) => id)
  const kept = (partsIndex(context.source).get(table.id) ?? []).map(({ id }) => id)
    .filter((id) => wanted.includes(id) && !context.drops(id))
  return { wanted, made: context.creates(table.id) ? wanted : [...kept, ...wanted.filter((id) => !kept.includes(id))] }
}

/**
 * Why a body that was parsed when it was written cannot return rows of a table: it gives the columns one by one, in the order
 * of the table, and the table has them in another order here, since PostgreSQL adds columns at the end.
 */
const returnsOtherOrder = (object: CatalogObject<RoutineState>, context: PlanContext): string | undefined => {
  if (object.state.sql_body === undefined) return undefined
  for (const id of dependenciesOf(context.target, object.id)) {
    const table = context.target.objects.get(id)
    const row = table === undefined || !context.source.objects.has(id) ? undefined : sqlName(table.name)
    if (table === undefined || row === undefined) continue
    if (object.state.returns !== row && object.state.returns !== `SETOF ${row}`) continue
    const { made, wanted } = columnOrders(table, context)
    if (wanted.every((column, i) => column === made[i])) continue
    return `function ${displayRoutine(object.name)} returns rows of table ${
      displayName(table.name[0] ?? "", table.name[1] ?? "")
    }, and the columns of that would be in another order than the function's body gives them, because PostgreSQL adds ` +
      "columns at the end. Let the new columns be the table's last ones, or write the body as a string (AS $$ … $$)."
  }
  return undefined
}

const query = (prokind: string, window: string): string => `
    select p.oid, ${routineIdentity("()")} as name, served.name as parent,
      jsonb_strip_nulls(jsonb_build_object(
        'arguments', nullif(pg_get_function_arguments(p.oid), ''),
        'signature', case when p.pronargdefaults > 0 then pg_get_function_identity_arguments(p.oid) end,
        'defaults', nullif(p.pronargdefaults, 0),
        'returns', pg_get_function_result(p.oid),
        'language', l.lanname,
        'transforms', (select jsonb_agg(format_type(x.type, null) order by x.i)
                       from unnest(p.protrftypes) with ordinality x (type, i)),
        'window', ${window},
        'volatility', case p.provolatile when 'i' then 'immutable' when 's' then 'stable' end,
        'strict', nullif(p.proisstrict, false),
        'security_definer', nullif(p.prosecdef, false),
        'leakproof', nullif(p.proleakproof, false),
        'cost', nullif(p.procost, case when l.lanname in ('c', 'internal') then 1 else 100 end),
        'rows', case when p.proretset then nullif(p.prorows, 1000) end,
        'support', case when p.prosupport <> 0 then p.prosupport::text end,
        'parallel', case p.proparallel when 's' then 'safe' when 'r' then 'restricted' end,
        'config', to_jsonb(p.proconfig),
        'body', case when p.prosqlbody is null and p.probin is null then p.prosrc end,
        'library', p.probin,
        'symbol', case when p.probin is not null then p.prosrc end,
        'sql_body', pg_get_function_sqlbody(p.oid),
        'depends_on_extensions', ${extensionsDependedOn("pg_proc", "p.oid")})) as state
    from pg_proc p
      join pg_namespace n on n.oid = p.pronamespace
      join pg_language l on l.oid = p.prolang${servedTypes}
    where p.prokind in (${prokind}) and ${userSchema("n")} and ${userObject("pg_proc", "p.oid")} and not exists (
      select from pg_depend i where i.classid = 'pg_proc'::regclass and i.objid = p.oid and i.deptype = 'i')`

const routine = (
  kind: "function" | "procedure",
  section: string,
  trace: Trace,
  catalogQuery: string
): Kind<RoutineState> => {
  const keyword = kind.toUpperCase()
  const dependence = (from: ReadonlyArray<string>, to: CatalogObject<RoutineState>): ReadonlyArray<Statement> =>
    extensionDependenceChanges(
      `${keyword} ${routineName(to.name)}`,
      `${kind} ${displayRoutine(to.name)}`,
      from,
      to.state.depends_on_extensions
    )
  return {
    kind,
    section,
    catalog: "pg_proc",
    trace,
    printed: ["arguments", "sql_body"],
    dropLoses: "Statements that call it fail.",
    isDefinition: true,
    state: RoutineState,
    query: () => catalogQuery,
    claims: (object) => [`routine ${routineName(object.name)}`],
    calls: (object) => routineCalls(object, object.state),
    folds: (object, { creates }) => creates(object.parent ?? ""),
    create: (object) => [
      { sql: define(object, `CREATE ${keyword}`), description: `Create ${kind} ${displayRoutine(object.name)}` },
      ...dependence([], object)
    ],
    drop: (object) => [{
      sql: `DROP ${keyword} ${routineName(object.name)}`,
      description: `Drop ${kind} ${displayRoutine(object.name)}`
    }],
    // CREATE OR REPLACE forgets the extensions that the routine depends on.
    alter: (from, to, context) =>
      isReplaceable(from.state, to.state) && !returnsChangedTable(from, to, context)
        ? inPlace([
          { sql: define(to, `CREATE OR REPLACE ${keyword}`), description: `Change ${kind} ${displayRoutine(to.name)}` },
          ...dependence([], to)
        ])
        : replace,
    refusesCreation: returnsOtherOrder,
    refuses: (from, to, context) =>
      from.state.sql_body === to.state.sql_body ? undefined : returnsOtherOrder(to, context),
    commentTarget: (object) => `${keyword} ${routineName(object.name)}`,
    renaming: ofRoutine(keyword),
    describe: (object) => `${kind} ${displayRoutine(object.name)}`
  }
}

/** True for functions. */
export const isRoutine = (object: CatalogObject): object is CatalogObject<RoutineState> =>
  Schema.is(RoutineState)(object.state) && object.kind === "function"

/** The kind `function`. */
export const routineFunction: Kind<RoutineState> = routine(
  "function",
  "functions",
  rowsIn("pg_proc", "prokind", "f", "w"),
  query("'f', 'w'", "case when p.prokind = 'w' then true end")
)

/** The kind `procedure`. */
export const procedure: Kind<RoutineState> = routine(
  "procedure",
  "procedures",
  rowsIn("pg_proc", "prokind", "p"),
  query("'p'", "null::boolean")
)
