/**
 * PostgreSQL's parse trees as SQL of SQLite. What SQLite has no words for, or reads otherwise, is refused; what it has no
 * function for, its engine says.
 */
import * as Result from "effect/Result"
import { all, as, type Fields, type Node, tagOf, textOf, textsOf } from "../../postgres/sql/ParseTree.ts"
import { quoteIdentifier, quoteLiteral } from "../../sqlite/sql/Identifier.ts"
import { commonNature, natureOf, natures, now, type Scope } from "./Natures.ts"
import type { Nature } from "./Types.ts"

const operators = new Set(["=", "<>", "<", ">", "<=", ">=", "+", "-", "*", "/", "%", "||", "&", "|", "<<", ">>"])

/** Operators that compute with numbers in SQLite, whatever their operands are. */
const arithmetic = new Set(["+", "-", "*", "/", "%"])

/** Functions under another name that do the same. */
const functions: ReadonlyMap<string, string> = new Map([
  ["btrim", "trim"],
  ["char_length", "length"],
  ["character_length", "length"],
  ["strpos", "instr"],
  ["string_agg", "group_concat"],
  ["ceiling", "ceil"],
  ["power", "pow"],
  ["bool_and", "min"],
  ["bool_or", "max"],
  ["every", "min"]
])

/** Formats of `to_char` that are those of SQLite's own words for the current time. */
const nowFormats: ReadonlyMap<string, string> = new Map([
  ["YYYY-MM-DD HH24:MI:SS", "CURRENT_TIMESTAMP"],
  ["YYYY-MM-DD", "CURRENT_DATE"],
  ["HH24:MI:SS", "CURRENT_TIME"]
])

/** Functions that both have, and that do not do the same. */
const different: ReadonlyMap<string, string> = new Map([
  ["random", "random() gives fractions from 0 to 1 in PostgreSQL, and whole numbers of 64 bits in SQLite."],
  ["format", "format() has other placeholders in SQLite."],
  ["date", "date() only converts in PostgreSQL, and reads and shifts times in SQLite."],
  ["time", "time() only converts in PostgreSQL, and reads and shifts times in SQLite."]
])

const isNumber = (text: string): boolean => /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text)

/** LIKE of SQLite does not tell upper from lower case, GLOB does; undefined for a pattern with escapes. */
const globPattern = (like: string): string | undefined =>
  like.includes("\\") ? undefined : like.replaceAll(/[*?[]/g, "[$&]").replaceAll("%", "*").replaceAll("_", "?")

/** Writes one text; the first thing that cannot be said is kept in `problem`. */
export class Writer {
  problem: string | undefined
  readonly scope: Scope

  constructor(scope: Scope) {
    this.scope = scope
  }

  /** Keeps the reason, a sentence. */
  refuse(why: string): string {
    this.problem ??= why
    return ""
  }

  list(nodes: ReadonlyArray<Node> | undefined): string {
    return (nodes ?? []).map((node) => this.expression(node)).join(", ")
  }

  /** An expression; what is an operand of something else stands in parentheses where it must. */
  expression(node: Node | undefined): string {
    const one = <T>(fields: T | undefined, write: (fields: T) => string): string | undefined =>
      fields === undefined ? undefined : write(fields)
    return one(as(node, "A_Const"), (fields) => this.constant(fields)) ??
      one(as(node, "ColumnRef"), (fields) => this.column(fields)) ??
      one(as(node, "A_Expr"), (fields) => this.operation(fields)) ??
      one(as(node, "BoolExpr"), (fields) => this.logic(fields)) ??
      one(
        as(node, "NullTest"),
        ({ arg, nulltesttype }) => `${this.operand(arg)} IS ${nulltesttype === "IS_NOT_NULL" ? "NOT " : ""}NULL`
      ) ??
      one(
        as(node, "BooleanTest"),
        ({ arg, booltesttype = "" }) =>
          `${this.operand(arg)} ${booltesttype.replace("UNKNOWN", "NULL").replaceAll("_", " ")}`
      ) ??
      one(as(node, "TypeCast"), (fields) => this.cast(fields)) ??
      one(as(node, "FuncCall"), (fields) => this.call(fields)) ??
      one(as(node, "CoalesceExpr"), ({ args }) => `coalesce(${this.list(args)})`) ??
      one(as(node, "CaseExpr"), (fields) => this.choice(fields)) ??
      one(as(node, "SQLValueFunction"), (fields) => this.currentValue(fields)) ??
      one(as(node, "SubLink"), (fields) => this.subquery(fields)) ??
      one(as(node, "RowExpr"), ({ args }) => `(${this.list(args)})`) ??
      one(
        as(node, "MinMaxExpr"),
        () => this.refuse("GREATEST and LEAST leave out NULL, and max() and min() of SQLite do not.")
      ) ??
      one(as(node, "CollateClause"), () => this.refuse("SQLite does not have the collations of PostgreSQL.")) ??
      this.refuse(`SQLite has nothing for what PostgreSQL's parser calls ${tagOf(node)}.`)
  }

  private operand(node: Node | undefined): string {
    const text = this.expression(node)
    const isOperation = ["A_Expr", "BoolExpr", "NullTest", "BooleanTest"].includes(tagOf(node)) ||
      as(node, "SubLink")?.subLinkType === "ANY_SUBLINK"
    return isOperation ? `(${text})` : text
  }

  private constant(fields: Fields<"A_Const">): string {
    if (fields.isnull === true) return "NULL"
    if (fields.ival !== undefined) return String(fields.ival.ival ?? 0)
    if (fields.fval !== undefined) return fields.fval.fval ?? "0.0"
    if (fields.boolval !== undefined) return fields.boolval.boolval === true ? "TRUE" : "FALSE"
    return fields.sval === undefined
      ? this.refuse("SQLite has no bit strings.")
      : quoteLiteral(fields.sval.sval ?? "")
  }

  private column({ fields = [] }: Fields<"ColumnRef">): string {
    const names = fields.map((field) => as(field, "A_Star") === undefined ? quoteIdentifier(textOf(field) ?? "") : "*")
    if (names.length === 1 && this.scope.value !== undefined && /^value$/i.test(names[0] ?? "")) {
      return quoteIdentifier(this.scope.value)
    }
    // a schema before the table's name: the table is called by that alone
    return names.slice(-2).join(".")
  }

  private operation({ kind, lexpr, name, rexpr }: Fields<"A_Expr">): string {
    const operator = textsOf(name).at(-1) ?? ""
    const [left, right] = [() => this.operand(lexpr), () => this.operand(rexpr)]
    switch (kind) {
      case "AEXPR_OP":
        if (lexpr === undefined) {
          // two signs in a row begin a comment
          return ["-", "+"].includes(operator) ? `${operator} ${right()}` : this.refuse(noOperator(operator))
        }
        // an extension's own, such as % of pg_trgm; that of citext compares as its collation here does
        if ((name ?? []).length > 1 && !["=", "<>"].includes(operator)) return this.refuse(noOperator(operator))
        if (operator.includes("~~")) return this.like(lexpr, rexpr, operator)
        if (arithmetic.has(operator)) return this.computation(operator, lexpr, rexpr)
        if (operator.startsWith("->")) {
          return this.refuse(
            `${operator} of SQLite gives numbers and truth values where PostgreSQL gives text or JSON.`
          )
        }
        return operators.has(operator) ? `${left()} ${operator} ${right()}` : this.refuse(noOperator(operator))
      case "AEXPR_LIKE":
      case "AEXPR_ILIKE":
        return this.like(lexpr, rexpr, operator)
      case "AEXPR_OP_ANY":
      case "AEXPR_OP_ALL":
        return this.anyOf(lexpr, operator, rexpr, kind === "AEXPR_OP_ALL")
      case "AEXPR_IN": {
        const items = as(rexpr, "List")?.items
        return `${left()} ${operator === "<>" ? "NOT " : ""}IN (${this.list(items)})`
      }
      case "AEXPR_DISTINCT":
        return `${left()} IS NOT ${right()}`
      case "AEXPR_NOT_DISTINCT":
        return `${left()} IS ${right()}`
      case "AEXPR_NULLIF":
        return `nullif(${this.expression(lexpr)}, ${this.expression(rexpr)})`
      case "AEXPR_BETWEEN":
      case "AEXPR_NOT_BETWEEN": {
        const [low, high] = as(rexpr, "List")?.items ?? []
        const not = kind === "AEXPR_BETWEEN" ? "" : "NOT "
        return `${left()} ${not}BETWEEN ${this.operand(low)} AND ${this.operand(high)}`
      }
      default:
        return this.refuse(noOperator(operator))
    }
  }

  /** `= ANY (ARRAY[…])`, as PostgreSQL prints IN. */
  private anyOf(lexpr: Node | undefined, operator: string, rexpr: Node | undefined, isAll: boolean): string {
    const uncast = as(rexpr, "TypeCast")
    const elements = as(uncast?.arg ?? rexpr, "A_ArrayExpr")?.elements
    if (elements === undefined || operator !== (isAll ? "<>" : "=")) {
      return this.refuse(`SQLite has no ${isAll ? "ALL" : "ANY"} of an array.`)
    }
    return `${this.operand(lexpr)} ${isAll ? "NOT " : ""}IN (${this.list(elements)})`
  }

  private like(lexpr: Node | undefined, rexpr: Node | undefined, operator: string): string {
    const not = operator.startsWith("!") ? "NOT " : ""
    const uncast = as(rexpr, "TypeCast")?.arg ?? rexpr
    const pattern = as(uncast, "A_Const")?.sval?.sval
    if (operator.endsWith("*") && pattern?.includes("\\") === false) {
      return `${this.operand(lexpr)} ${not}LIKE ${quoteLiteral(pattern)}`
    }
    const glob = operator.endsWith("*") || pattern === undefined ? undefined : globPattern(pattern)
    return glob === undefined
      ? this.refuse("LIKE of SQLite does not tell upper from lower case, and GLOB cannot say this pattern.")
      : `${this.operand(lexpr)} ${not}GLOB ${quoteLiteral(glob)}`
  }

  private logic({ args = [], boolop }: Fields<"BoolExpr">): string {
    if (boolop === "NOT_EXPR") return `NOT ${this.operand(args[0])}`
    return args.map((arg) => {
      const inner = as(arg, "BoolExpr")
      const text = this.expression(arg)
      return inner !== undefined && inner.boolop !== "NOT_EXPR" ? `(${text})` : text
    }).join(boolop === "OR_EXPR" ? " OR " : " AND ")
  }

  /**
   * SQLite computes with what values are, PostgreSQL with their types: a numeric of 5 is a whole number to SQLite, and text
   * is a number, which for a date is its year.
   */
  private computation(operator: string, lexpr: Node | undefined, rexpr: Node | undefined): string {
    const natures = [natureOf(lexpr, this.scope), natureOf(rexpr, this.scope)] as const
    const nature = commonNature(...natures)
    const [left, right] = [this.operand(lexpr), this.operand(rexpr)]
    if (natures.some((one) => one === "time" || one === "other")) {
      return this.refuse("SQLite computes with numbers alone; date() and datetime() shift times.")
    }
    if (operator === "/" && nature === "number") return `CAST(${left} AS REAL) / ${right}`
    return ["/", "%"].includes(operator) && nature !== "integer"
      ? this.refuse("Whether SQLite would divide whole numbers there is not known.")
      : `${left} ${operator} ${right}`
  }

  /** A cast: away where the value is what it is cast to, or a constant that can be written so. */
  private cast({ arg, typeName }: Fields<"TypeCast">): string {
    const name = textsOf(typeName?.names).at(-1) ?? ""
    const nature = natures.get(name) ?? "other"
    const isSized = (typeName?.typmods ?? []).length > 0
    if ((typeName?.arrayBounds ?? []).length > 0) return this.refuse("SQLite has no arrays.")
    const constant = as(arg, "A_Const")
    if (constant !== undefined) return this.constantOf(constant, name, nature)
    const inner = natureOf(arg, this.scope)
    if (inner !== undefined && inner === nature && !isSized && nature !== "other" && nature !== "time") {
      return this.operand(arg)
    }
    if (isSized) return this.refuse("SQLite does not cut or round values to a declared length.")
    const text = this.expression(arg)
    // what comes out of an operator or a function of texts is text already
    switch (nature) {
      case "text":
        if (inner === "boolean" || inner === "number") return this.refuse(`SQLite writes a ${inner} otherwise.`)
        return as(arg, "TypeCast") === undefined ? `CAST(${text} AS TEXT)` : text
      case "integer":
        return inner === "boolean" ? text : `CAST(round(${text}) AS INTEGER)`
      case "number":
        return `CAST(${text} AS REAL)`
      case "boolean":
        return `(${text} <> 0)`
      case "time":
        if (text === "CURRENT_TIMESTAMP") return name.startsWith("timestamp") ? text : `CURRENT_${name.toUpperCase()}`
        return name === "date" ? `date(${text})` : this.refuse(`SQLite has no cast to ${name}.`)
      default:
        return this.refuse(`SQLite has no type ${name} to cast to.`)
    }
  }

  private constantOf(constant: Fields<"A_Const">, type: string, nature: Nature): string {
    const text = constant.sval?.sval ?? (constant.sval === undefined ? undefined : "")
    if (text === undefined) {
      return this.constant(constant)
    }
    if ((nature === "integer" || nature === "number") && isNumber(text)) return text
    if (nature === "boolean") return /^(t|true|y|yes|on|1)$/i.test(text.trim()) ? "TRUE" : "FALSE"
    if (type === "bytea") {
      return text.startsWith("\\x")
        ? `x'${text.slice(2)}'`
        : this.refuse("Only bytea in hexadecimal digits is translated.")
    }
    return type === "interval" || type === "regclass"
      ? this.refuse(`SQLite has no ${type}.`)
      : quoteLiteral(text)
  }

  private call(fields: Fields<"FuncCall">): string {
    const {
      agg_distinct,
      agg_filter,
      agg_order,
      agg_star,
      agg_within_group,
      args = [],
      func_variadic,
      funcname,
      over
    } = fields
    const [name = "", schema] = textsOf(funcname).toReversed()
    if (now.has(name) && args.length === 0) return "CURRENT_TIMESTAMP"
    if (name === "timezone" && args.length === 2) {
      const zone = as(as(args[0], "TypeCast")?.arg ?? args[0], "A_Const")?.sval?.sval
      const time = this.expression(args[1])
      return zone?.toUpperCase() === "UTC" && time === "CURRENT_TIMESTAMP"
        ? time
        : this.refuse("SQLite has no time zones.")
    }
    if (name === "to_char" && args.length === 2 && this.expression(args[0]) === "CURRENT_TIMESTAMP") {
      const format = as(as(args[1], "TypeCast")?.arg ?? args[1], "A_Const")?.sval?.sval ?? ""
      return nowFormats.get(format) ?? this.refuse(`CURRENT_TIMESTAMP has no format ${quoteLiteral(format)}.`)
    }
    if (schema !== undefined && schema !== "pg_catalog") return this.refuse(`SQLite has no function ${schema}.${name}.`)
    const why = different.get(name)
    if (why !== undefined) return this.refuse(why)
    if (name.startsWith("substr") && (as(args[1], "A_Const")?.ival?.ival ?? 0) < 1) {
      return this.refuse(
        "substr() of SQLite takes no patterns, and counts from the end where the place is not positive."
      )
    }
    if (agg_order !== undefined && agg_order.length > 0 || agg_within_group === true || func_variadic === true) {
      return this.refuse(`SQLite has no ${name}() with ORDER BY, WITHIN GROUP or VARIADIC.`)
    }
    const given = agg_star === true ? "*" : `${agg_distinct === true ? "DISTINCT " : ""}${this.list(args)}`
    const filter = agg_filter === undefined ? "" : ` FILTER (WHERE ${this.expression(agg_filter)})`
    return `${quoteIdentifier(functions.get(name) ?? name)}(${given})${filter}${
      over === undefined ? "" : this.over(over)
    }`
  }

  private over({ frameOptions, name, orderClause = [], partitionClause = [] }: Fields<"WindowDef">): string {
    // 1058 is what the parser says where no frame is written
    if (name !== undefined || frameOptions !== 1058) {
      return this.refuse("Windows with a name or a frame are not translated.")
    }
    const clauses = [
      partitionClause.length === 0 ? "" : `PARTITION BY ${this.list(partitionClause)}`,
      this.order(orderClause)
    ].filter((clause) => clause !== "")
    return ` OVER (${clauses.join(" ")})`
  }

  /** ORDER BY, with the place of NULL that PostgreSQL gives it: last where it ascends. Empty for none. */
  order(clause: ReadonlyArray<Node> | undefined): string {
    const keys = all(clause, "SortBy").map(([{ node, sortby_dir, sortby_nulls }]) => {
      const isDescending = sortby_dir === "SORTBY_DESC"
      const first = sortby_nulls === "SORTBY_NULLS_FIRST" || sortby_nulls !== "SORTBY_NULLS_LAST" && isDescending
      return `${this.expression(node)}${isDescending ? " DESC" : ""} NULLS ${first ? "FIRST" : "LAST"}`
    })
    return keys.length === 0 ? "" : `ORDER BY ${keys.join(", ")}`
  }

  private choice({ arg, args, defresult }: Fields<"CaseExpr">): string {
    const whens = all(args, "CaseWhen").map(([{ expr, result }]) =>
      `WHEN ${this.expression(expr)} THEN ${this.expression(result)}`
    )
    return [
      "CASE",
      ...(arg === undefined ? [] : [this.operand(arg)]),
      ...whens,
      ...(defresult === undefined ? [] : [`ELSE ${this.expression(defresult)}`]),
      "END"
    ].join(" ")
  }

  private currentValue({ op: said }: Fields<"SQLValueFunction">): string {
    const op: string = said ?? ""
    if (op.startsWith("SVFOP_CURRENT_TIMESTAMP") || op.startsWith("SVFOP_LOCALTIMESTAMP")) return "CURRENT_TIMESTAMP"
    if (op === "SVFOP_CURRENT_DATE") return "CURRENT_DATE"
    if (op.startsWith("SVFOP_CURRENT_TIME") || op.startsWith("SVFOP_LOCALTIME")) return "CURRENT_TIME"
    return this.refuse("SQLite has no users, roles and schemas.")
  }

  private subquery({ operName, subLinkType, subselect, testexpr }: Fields<"SubLink">): string {
    const query = () => `(${this.query(as(subselect, "SelectStmt"))})`
    switch (subLinkType) {
      case "EXISTS_SUBLINK":
        return `EXISTS ${query()}`
      case "EXPR_SUBLINK":
        return query()
      case "ANY_SUBLINK":
        return operName === undefined || textsOf(operName)[0] === "="
          ? `${this.operand(testexpr)} IN ${query()}`
          : this.refuse("SQLite has no ANY of a query.")
      default:
        return this.refuse("SQLite has no ALL or ARRAY of a query.")
    }
  }

  /** A query; see {@link writeQuery}, which replaces this where queries are expected. */
  query(_: Fields<"SelectStmt"> | undefined): string {
    return this.refuse("SQLite has no queries in such expressions.")
  }
}

const noOperator = (operator: string): string => `SQLite has no operator ${operator}.`

/** What a writer wrote, or the reason, a sentence, why it cannot. */
export const written = (writer: Writer, write: (writer: Writer) => string): Result.Result<string, string> => {
  const text = write(writer)
  return writer.problem === undefined ? Result.succeed(text) : Result.fail(writer.problem)
}

/** An expression as SQLite writes it. Fails with the reason, a sentence, where it cannot. */
export const translateExpression = (node: Node | undefined, scope: Scope): Result.Result<string, string> =>
  node === undefined
    ? Result.fail("PostgreSQL's parser does not read it.")
    : written(new Writer(scope), (writer) => writer.expression(node))
