/**
 * Operators (PostgreSQL manual, CREATE OPERATOR and ALTER OPERATOR). The first of two that name each other as commutator or
 * negator makes a shell of the second, which its own definition completes; dropping one makes the other forget it.
 */
import * as Schema from "effect/Schema"
import { canonicalJson, type CatalogObject, type ObjectId } from "../../Catalog.ts"
import { userObject, userSchema } from "./catalogSql.ts"
import { byKeyword, displayObject, optionLines, sqlObject } from "./keyword.ts"
import { inPlace, type Kind, type PlanContext, replace } from "./Kind.ts"
import { objectId, operatorName } from "./names.ts"
import { rowsIn } from "./trace.ts"

const Link = Schema.Array(Schema.String)

/** The options of `CREATE OPERATOR`; names of functions are SQL. */
export const OperatorState = Schema.Struct({
  function: Schema.String,
  /** Schema and symbol; its operand types are these the other way round. */
  commutator: Schema.optionalKey(Link),
  /** Schema and symbol; its operand types are the same. */
  negator: Schema.optionalKey(Link),
  restrict: Schema.optionalKey(Schema.String),
  join: Schema.optionalKey(Schema.String),
  hashes: Schema.optionalKey(Schema.Literal(true)),
  merges: Schema.optionalKey(Schema.Literal(true)),
  /** Which of commutator and negator is not defined: no more than a name that waits for its operator. */
  undefined_links: Schema.optionalKey(Schema.Array(Schema.Literals(["commutator", "negator"])))
})
/** The options of `CREATE OPERATOR`; names of functions are SQL. */
export type OperatorState = typeof OperatorState.Type

type Operator = CatalogObject<OperatorState>
type LinkName = "commutator" | "negator"

const links = ["commutator", "negator"] as const

/** The name parts of the operator that a link names; undefined where there is none. */
const linked = ({ name, state }: Operator, link: LinkName): ReadonlyArray<string> | undefined => {
  const [, , left = "", right = ""] = name
  const other = state[link]
  return other === undefined ? undefined : [...other, ...(link === "commutator" ? [right, left] : [left, right])]
}

const linkSql = (link: ReadonlyArray<string> | undefined): string | undefined =>
  link === undefined ? undefined : `OPERATOR(${operatorName(link).replace(/ \(.*$/s, "")})`

/** Operators that only the name of this one's commutator or negator made. */
const shells = (object: Operator): ReadonlyArray<ReadonlyArray<string>> =>
  (object.state.undefined_links ?? []).flatMap((link) => {
    const name = linked(object, link)
    return name === undefined ? [] : [name]
  })

/** An operator has one commutator and one negator: whose link this one holds, and its own where the other is not defined. */
const heldLinks = (object: Operator, link: LinkName): ReadonlyArray<string> => {
  const name = linked(object, link)
  return name === undefined ? [] : [
    `${link} of ${idOf(name)}`,
    ...(object.state.undefined_links?.includes(link) === true ? [`${link} of ${object.id}`] : [])
  ]
}

const idOf = (name: ReadonlyArray<string>): ObjectId => objectId("operator", name)

/**
 * The clause that sets a link, none where the other operator's creation or drop sees to it; "Replace" where only making
 * the operator anew helps.
 */
const linkChange = (
  from: Operator,
  to: Operator,
  link: LinkName,
  context: PlanContext
): string | undefined | "Replace" => {
  const [before, after] = [linked(from, link), linked(to, link)]
  if (canonicalJson(before) === canonicalJson(after)) return undefined
  if (before !== undefined && !context.drops(idOf(before))) return "Replace"
  if (after === undefined || context.creates(idOf(after))) return undefined
  return context.serverMajor >= 17 ? `${link.toUpperCase()} = ${linkSql(to.state[link])}` : "Replace"
}

/** The clause that sets a property that can be had but not lost. */
const gain = (
  from: Operator,
  to: Operator,
  property: "hashes" | "merges",
  context: PlanContext
): string | undefined | "Replace" =>
  from.state[property] === to.state[property]
    ? undefined
    : to.state[property] === true && context.serverMajor >= 17
    ? property.toUpperCase()
    : "Replace"

const estimator = (from: Operator, to: Operator, property: "restrict" | "join"): string | undefined =>
  from.state[property] === to.state[property]
    ? undefined
    : `${property.toUpperCase()} = ${to.state[property] ?? "NONE"}`

const operands = `
        case when o.oprleft = 0 then 'NONE' else format_type(o.oprleft, null) end, format_type(o.oprright, null)`

/** Schema and symbol of a linked operator. */
const linkQuery = (column: string): string =>
  `(select jsonb_build_array(ln.nspname, l.oprname)
           from pg_operator l join pg_namespace ln on ln.oid = l.oprnamespace where l.oid = o.${column})`

const isShell = (column: string): string =>
  `exists (select from pg_operator l where l.oid = o.${column} and l.oprcode = 0)`

/** The kind `operator`. */
export const operator: Kind<OperatorState> = {
  kind: "operator",
  section: "operators",
  catalog: "pg_operator",
  trace: rowsIn("pg_operator"),
  dropLoses: "Statements that use it fail.",
  state: OperatorState,
  query: () => `
    select o.oid, array[n.nspname::text, o.oprname::text, ${operands}] as name,
      (select json_agg(json_build_array('schema', ln.nspname))
       from pg_operator l join pg_namespace ln on ln.oid = l.oprnamespace where l.oid in (o.oprcom, o.oprnegate)) as depends,
      (select json_agg(json_build_array('pg_operator', l.oid, 0))
       from pg_operator l where l.oid in (o.oprcom, o.oprnegate) and l.oprcode = 0) as addresses,
      jsonb_strip_nulls(jsonb_build_object(
        'function', o.oprcode::text,
        'commutator', ${linkQuery("oprcom")},
        'negator', ${linkQuery("oprnegate")},
        'restrict', case when o.oprrest <> 0 then o.oprrest::text end,
        'join', case when o.oprjoin <> 0 then o.oprjoin::text end,
        'hashes', nullif(o.oprcanhash, false),
        'merges', nullif(o.oprcanmerge, false),
        'undefined_links', nullif(
          case when ${isShell("oprcom")} then '["commutator"]'::jsonb else '[]' end ||
          case when ${isShell("oprnegate")} then '["negator"]'::jsonb else '[]' end, '[]'))) as state
    from pg_operator o join pg_namespace n on n.oid = o.oprnamespace
    where o.oprcode <> 0 and ${userSchema("n")} and ${userObject("pg_operator", "o.oid")}`,
  ...byKeyword,
  claims: (object) => [object.id, ...shells(object).map(idOf), ...links.flatMap((link) => heldLinks(object, link))],
  create: (object) => {
    const [schema = "", symbol = "", left, right] = object.name
    const { commutator, function: name, hashes, join, merges, negator, restrict } = object.state
    const options = optionLines([
      ["FUNCTION", name],
      ["LEFTARG", left === "NONE" ? undefined : left],
      ["RIGHTARG", right],
      ["COMMUTATOR", linkSql(commutator)],
      ["NEGATOR", linkSql(negator)],
      ["RESTRICT", restrict],
      ["JOIN", join],
      ["HASHES", hashes],
      ["MERGES", merges]
    ])
    return [{
      sql: `CREATE OPERATOR ${operatorName([schema, symbol]).replace(/ \(.*$/s, "")} ${options}`,
      description: `Create ${displayObject(object)}`
    }]
  },
  drop: (object, context) => [
    ...byKeyword.drop(object, context),
    ...shells(object).map((name) => ({
      sql: `DROP OPERATOR IF EXISTS ${operatorName(name)}`,
      description: `Drop what ${displayObject(object)} named and nobody defined`
    }))
  ],
  alter: (from, to, context) => {
    const lost = (to.state.undefined_links ?? []).some((link) => from.state.undefined_links?.includes(link) !== true)
    if (from.state.function !== to.state.function || lost) return replace
    const changes = [
      estimator(from, to, "restrict"),
      estimator(from, to, "join"),
      ...links.map((link) => linkChange(from, to, link, context)),
      gain(from, to, "hashes", context),
      gain(from, to, "merges", context)
    ].filter((change) => change !== undefined)
    if (changes.includes("Replace")) return replace
    return inPlace(
      changes.length === 0 ? [] : [{
        sql: `ALTER ${sqlObject(to)} SET (${changes.join(", ")})`,
        description: `Change ${displayObject(to)}`
      }]
    )
  }
}
