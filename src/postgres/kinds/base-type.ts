/**
 * Base types, and types that are declared but not defined (PostgreSQL manual 36.13, CREATE TYPE). A base type needs its
 * input and output functions, and they need the type: those functions are parts of it (see withFunctions.ts).
 */
import * as Schema from "effect/Schema"
import type { CatalogObject } from "../../Catalog.ts"
import { quoteIdentifier, quoteLiteral } from "../Identifier.ts"
import { userObject, userSchema } from "./catalogSql.ts"
import { optionLines } from "./keyword.ts"
import { inPlace, type Kind, type PlanContext, replace, type Statement } from "./Kind.ts"
import { displayName, schemaAndName, sqlName } from "./names.ts"
import { inSchema } from "./renaming.ts"
import { rowsIn } from "./trace.ts"
import { declaredWith, dropTogether, functionName, ownFunctions } from "./withFunctions.ts"

/** The options of `CREATE TYPE` by their SQL names; those at their default are left out. Names of functions and types are SQL. */
export const BaseTypeState = Schema.Struct({
  input: Schema.String,
  output: Schema.String,
  receive: Schema.optionalKey(Schema.String),
  send: Schema.optionalKey(Schema.String),
  typmod_in: Schema.optionalKey(Schema.String),
  typmod_out: Schema.optionalKey(Schema.String),
  analyze: Schema.optionalKey(Schema.String),
  subscript: Schema.optionalKey(Schema.String),
  /** In bytes; absent: variable. */
  internallength: Schema.optionalKey(Schema.Int),
  passedbyvalue: Schema.optionalKey(Schema.Literal(true)),
  alignment: Schema.optionalKey(Schema.Literals(["char", "int2", "double"])),
  storage: Schema.optionalKey(Schema.Literals(["external", "extended", "main"])),
  category: Schema.optionalKey(Schema.String),
  preferred: Schema.optionalKey(Schema.Literal(true)),
  default: Schema.optionalKey(Schema.String),
  element: Schema.optionalKey(Schema.String),
  delimiter: Schema.optionalKey(Schema.String),
  collatable: Schema.optionalKey(Schema.Literal(true))
})
/** The options of `CREATE TYPE` by their SQL names; those at their default are left out. */
export type BaseTypeState = typeof BaseTypeState.Type

/** A type that is declared is its name. */
export const ShellTypeState = Schema.Struct({})
/** A type that is declared is its name. */
export type ShellTypeState = typeof ShellTypeState.Type

/** What `ALTER TYPE … SET` can change and that is no function of the type itself, with what stands for none of it. */
const changeable: ReadonlyMap<keyof BaseTypeState, string> = new Map([
  ["typmod_in", "NONE"],
  ["typmod_out", "NONE"],
  ["analyze", "NONE"],
  ["subscript", "NONE"],
  ["storage", "plain"]
])

const optionNames = Object.keys(BaseTypeState.fields) as ReadonlyArray<keyof BaseTypeState>
const literals: ReadonlySet<string> = new Set(["category", "default", "delimiter"])

const display = (object: CatalogObject): string => displayName(...schemaAndName(object.name))

const func = (column: string): string => `case when t.${column} <> 0 then t.${column}::text end`

/** A column keeps the storage that its type had by default when it was made. */
const columnsStored = (
  to: CatalogObject<BaseTypeState>,
  context: PlanContext
): ReadonlyArray<Statement> =>
  [...context.dependents(to.id)].filter((id) => !context.drops(id)).flatMap((id) => {
    const column = context.target.objects.get(id)
    const [schema = "", table = "", name = ""] = column?.name ?? []
    return column?.kind !== "column" || column.state["type"] !== sqlName(to.name) ||
        column.state["storage"] !== undefined
      ? []
      : [{
        sql: `ALTER TABLE ${sqlName([schema, table])} ALTER COLUMN ${
          quoteIdentifier(name)
        } SET STORAGE ${to.state.storage}`,
        description: `Store ${displayName(schema, table)}.${quoteIdentifier(name)} as its type says`
      }]
  })

/** The kind `base type`. */
export const baseType: Kind<BaseTypeState> = {
  kind: "base type",
  section: "base_types",
  catalog: "pg_type",
  trace: rowsIn("pg_proc"),
  dropLoses: "Statements that name the type fail.",
  state: BaseTypeState,
  query: () => `
    select t.oid, array[n.nspname, t.typname] as name,
      json_build_array(json_build_array('pg_type', t.typarray, 0)) as addresses,
      jsonb_strip_nulls(jsonb_build_object(
        'input', t.typinput::text,
        'output', t.typoutput::text,
        'receive', ${func("typreceive")},
        'send', ${func("typsend")},
        'typmod_in', ${func("typmodin")},
        'typmod_out', ${func("typmodout")},
        'analyze', ${func("typanalyze")},
        'subscript', ${func("typsubscript")},
        'internallength', case when t.typlen > 0 then t.typlen end,
        'passedbyvalue', nullif(t.typbyval, false),
        'alignment', case t.typalign when 'c' then 'char' when 's' then 'int2' when 'd' then 'double' end,
        'storage', case t.typstorage when 'e' then 'external' when 'x' then 'extended' when 'm' then 'main' end,
        'category', nullif(t.typcategory, 'U'),
        'preferred', nullif(t.typispreferred, false),
        'default', t.typdefault,
        'element', case when t.typelem <> 0 then format_type(t.typelem, null) end,
        'delimiter', nullif(t.typdelim, ','),
        'collatable', case when t.typcollation <> 0 then true end)) as state
    from pg_type t join pg_namespace n on n.oid = t.typnamespace
    where t.typtype = 'b' and t.typisdefined and ${userSchema("n")} and ${userObject("pg_type", "t.oid")}
      and not exists (select from pg_type e where e.typarray = t.oid)`,
  claims: (object) => [`type ${sqlName(object.name)}`],
  create: (object, context, folded) => {
    const options = optionLines(
      optionNames.map((name) => {
        const value = object.state[name]
        return [name.toUpperCase(), literals.has(name) && typeof value === "string" ? quoteLiteral(value) : value]
      })
    )
    return [
      ...declaredWith(object, folded, context),
      {
        sql: `CREATE TYPE ${sqlName(object.name)} ${options}`,
        description: `Create base type ${display(object)}`
      }
    ]
  },
  drop: (object, context) =>
    dropTogether(
      sqlName(object.name),
      ownFunctions(object, context).map(functionName),
      `Drop base type ${display(object)}`
    ),
  alter: (from, to, context) => {
    const changed = optionNames.filter((name) => from.state[name] !== to.state[name])
    // what PostgreSQL may have stored apart it cannot have stored plain
    const becomesPlain = changed.includes("storage") && to.state.storage === undefined
    if (becomesPlain || changed.some((name) => !changeable.has(name))) return replace
    const settings = changed.map((name) => `${name.toUpperCase()} = ${to.state[name] ?? changeable.get(name)}`)
    return inPlace(
      settings.length === 0 ? [] : [
        {
          sql: `ALTER TYPE ${sqlName(to.name)} SET (${settings.join(", ")})`,
          description: `Change base type ${display(to)}`
        },
        ...(changed.includes("storage") ? columnsStored(to, context) : [])
      ]
    )
  },
  commentTarget: (object) => `TYPE ${sqlName(object.name)}`,
  renaming: inSchema("TYPE", { users: "statements" }),
  describe: (object) => `base type ${display(object)}`
}

/** The kind `shell type`: declared, and defined by nobody. */
export const shellType: Kind<ShellTypeState> = {
  kind: "shell type",
  section: "shell_types",
  catalog: "pg_type",
  trace: rowsIn("pg_type", "typtype", "p"),
  state: ShellTypeState,
  query: () => `
    select t.oid, array[n.nspname, t.typname] as name, '{}'::jsonb as state
    from pg_type t join pg_namespace n on n.oid = t.typnamespace
    where t.typtype = 'p' and not t.typisdefined and ${userSchema("n")} and ${userObject("pg_type", "t.oid")}`,
  claims: (object) => [`type ${sqlName(object.name)}`],
  create: (object) => [{
    sql: `CREATE TYPE ${sqlName(object.name)}`,
    description: `Declare type ${display(object)}`
  }],
  drop: (object) => [{ sql: `DROP TYPE ${sqlName(object.name)}`, description: `Drop shell type ${display(object)}` }],
  alter: () => inPlace([]),
  commentTarget: (object) => `TYPE ${sqlName(object.name)}`,
  describe: (object) => `shell type ${display(object)}`
}
