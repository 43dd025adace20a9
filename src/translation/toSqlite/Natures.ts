/** What the values of PostgreSQL's expressions are, as far as SQLite treats them otherwise. */
import { as, type Node, textsOf } from "../../postgres/sql/ParseTree.ts"
import type { Nature } from "./Types.ts"

/** What a text is read in. */
export interface Scope {
  /** What a relation is called in SQLite; undefined for one that is not there. */
  readonly relation: (schema: string | undefined, name: string) => string | undefined
  /** What the values of a column are, by its name alone. */
  readonly nature: (column: string) => Nature | undefined
  /** The column that `VALUE` of a domain stands for. */
  readonly value?: string
}

/** Functions that give the current time. */
export const now: ReadonlySet<string> = new Set([
  "now",
  "transaction_timestamp",
  "statement_timestamp",
  "clock_timestamp"
])

/** What the values of a type are, by its name in the system catalogs. */
export const natures: ReadonlyMap<string, Nature> = new Map<string, Nature>([
  ...["text", "varchar", "bpchar", "name", "char", "citext", "uuid"].map((name) => [name, "text"] as const),
  ...["int2", "int4", "int8"].map((name) => [name, "integer"] as const),
  ...["numeric", "float4", "float8"].map((name) => [name, "number"] as const),
  ["bool", "boolean"],
  ...["date", "time", "timestamp", "timestamptz"].map((name) => [name, "time"] as const)
])

/** Functions that give whole numbers. */
const counting = new Set([
  "count",
  "length",
  "char_length",
  "octet_length",
  "row_number",
  "rank",
  "dense_rank",
  "strpos"
])

/** What comes of an operation on two numbers. */
export const commonNature = (a: Nature | undefined, b: Nature | undefined): Nature | undefined =>
  a === "integer" && b === "integer" ? "integer" : isNumeric(a) && isNumeric(b) ? "number" : undefined

const isNumeric = (nature: Nature | undefined): boolean => nature === "integer" || nature === "number"

/** What the values of an expression are; undefined where that is not known. */
export const natureOf = (node: Node | undefined, scope: Scope): Nature | undefined => {
  const column = as(node, "ColumnRef")
  if (column !== undefined) {
    const name = textsOf(column.fields).at(-1) ?? ""
    return scope.nature(name === "value" && scope.value !== undefined ? scope.value : name)
  }
  const constant = as(node, "A_Const")
  if (constant !== undefined) {
    return constant.ival !== undefined ? "integer" : constant.fval !== undefined ? "number" : undefined
  }
  const cast = as(node, "TypeCast")
  if (cast !== undefined) return natures.get(textsOf(cast.typeName?.names).at(-1) ?? "")
  const operation = as(node, "A_Expr")
  if (operation !== undefined && ["+", "-", "*", "/", "%"].includes(textsOf(operation.name)[0] ?? "")) {
    return commonNature(natureOf(operation.lexpr ?? operation.rexpr, scope), natureOf(operation.rexpr, scope))
  }
  if (as(node, "SQLValueFunction") !== undefined) return "time"
  const call = as(node, "FuncCall")
  if (call === undefined) return undefined
  const name = textsOf(call.funcname).at(-1) ?? ""
  if (now.has(name)) return "time"
  if (name === "avg") return "number"
  if (counting.has(name)) return "integer"
  return ["abs", "max", "min"].includes(name) ? natureOf(call.args?.[0], scope) : undefined
}
