/** Queries of PostgreSQL's views as SQL of SQLite. */
import type * as Result from "effect/Result"
import { all, as, type Fields, type Node, tagOf, textsOf } from "../../postgres/sql/ParseTree.ts"
import { quoteIdentifier } from "../../sqlite/sql/Identifier.ts"
import type { Scope } from "./Natures.ts"
import { Writer, written } from "./Writer.ts"

const setWords: Readonly<Record<string, string>> = {
  SETOP_UNION: "UNION",
  SETOP_INTERSECT: "INTERSECT",
  SETOP_EXCEPT: "EXCEPT"
}

const joins: Readonly<Record<string, string>> = {
  JOIN_INNER: "JOIN",
  JOIN_LEFT: "LEFT JOIN",
  JOIN_RIGHT: "RIGHT JOIN",
  JOIN_FULL: "FULL JOIN"
}

class QueryWriter extends Writer {
  /** The names of WITH, which stand where tables do. */
  private readonly common = new Set<string>()

  override query(select: Fields<"SelectStmt"> | undefined): string {
    if (select === undefined) return this.refuse("PostgreSQL's parser does not read it.")
    const ctes = all(select.withClause?.ctes, "CommonTableExpr").map(
      ([{ aliascolnames = [], ctename = "", ctequery }]) => {
        this.common.add(ctename)
        const columns = textsOf(aliascolnames).map(quoteIdentifier).join(", ")
        return `${quoteIdentifier(ctename)}${columns === "" ? "" : `(${columns})`} AS (${
          this.query(as(ctequery, "SelectStmt"))
        })`
      }
    )
    const head = ctes.length === 0
      ? ""
      : `WITH ${select.withClause?.recursive === true ? "RECURSIVE " : ""}${ctes.join(", ")} `
    const tail = [
      this.order(select.sortClause),
      select.limitCount === undefined ? "" : `LIMIT ${this.expression(select.limitCount)}`,
      select.limitOffset === undefined
        ? ""
        : `${select.limitCount === undefined ? "LIMIT -1 " : ""}OFFSET ${this.expression(select.limitOffset)}`
    ].filter((clause) => clause !== "")
    if (select.limitOption === "LIMIT_OPTION_WITH_TIES") this.refuse("SQLite has no FETCH … WITH TIES.")
    if ((select.lockingClause ?? []).length > 0) this.refuse("SQLite has no row locks.")
    return [`${head}${this.body(select)}`, ...tail].join(" ")
  }

  private body(select: Fields<"SelectStmt">): string {
    const operator = setWords[select.op ?? ""]
    if (operator !== undefined) {
      if (select.all === true && operator !== "UNION") this.refuse(`SQLite has no ${operator} ALL.`)
      return `${this.arm(select.larg)} ${operator}${select.all === true ? " ALL" : ""} ${this.arm(select.rarg, true)}`
    }
    const { distinctClause, fromClause = [], groupClause = [], havingClause, targetList, whereClause } = select
    if ((select.valuesLists ?? []).length > 0) return this.refuse("VALUES as a query is not translated.")
    if ((distinctClause ?? []).some((node) => Object.keys(node).length > 0)) this.refuse("SQLite has no DISTINCT ON.")
    if ((select.windowClause ?? []).length > 0) this.refuse("Windows with a name or a frame are not translated.")
    return [
      `SELECT${distinctClause === undefined || distinctClause.length === 0 ? "" : " DISTINCT"}`,
      this.targets(targetList),
      fromClause.length === 0 ? "" : `FROM ${fromClause.map((node) => this.source(node)).join(", ")}`,
      whereClause === undefined ? "" : `WHERE ${this.expression(whereClause)}`,
      groupClause.length === 0 ? "" : `GROUP BY ${this.list(groupClause)}`,
      havingClause === undefined ? "" : `HAVING ${this.expression(havingClause)}`
    ].filter((clause) => clause !== "").join(" ")
  }

  /** One side of a set operation: SQLite takes no parentheses there, and joins from left to right. */
  private arm(select: Fields<"SelectStmt"> | undefined, isRight: boolean = false): string {
    const isNested = isRight && setWords[select?.op ?? ""] !== undefined
    const hasTail = (select?.sortClause ?? []).length > 0 || select?.limitCount !== undefined ||
      select?.withClause !== undefined
    return isNested || hasTail ? `SELECT * FROM (${this.query(select)})` : select === undefined ? "" : this.body(select)
  }

  private targets(list: ReadonlyArray<Node> | undefined): string {
    return all(list, "ResTarget").map(([{ name, val }]) =>
      `${this.expression(val)}${name === undefined ? "" : ` AS ${quoteIdentifier(name)}`}`
    ).join(", ")
  }

  private source(node: Node): string {
    const relation = as(node, "RangeVar")
    if (relation !== undefined) return this.relation(relation)
    const join = as(node, "JoinExpr")
    if (join !== undefined) return this.join(join)
    const subselect = as(node, "RangeSubselect")
    if (subselect !== undefined) {
      if (subselect.lateral === true) this.refuse("SQLite has no LATERAL.")
      if ((subselect.alias?.colnames ?? []).length > 0) this.refuse("SQLite has no names of columns behind an alias.")
      const alias = subselect.alias?.aliasname
      return `(${this.query(as(subselect.subquery, "SelectStmt"))})${
        alias === undefined ? "" : ` AS ${quoteIdentifier(alias)}`
      }`
    }
    return this.refuse(`SQLite has nothing for what PostgreSQL's parser calls ${tagOf(node)}.`)
  }

  private relation({ alias, relname = "", schemaname }: Fields<"RangeVar">): string {
    if ((alias?.colnames ?? []).length > 0) this.refuse("SQLite has no names of columns behind an alias.")
    const isCommon = schemaname === undefined && this.common.has(relname)
    const name = isCommon ? relname : this.scope.relation(schemaname, relname)
    if (name === undefined) return this.refuse(`${relname} is not there.`)
    const called = alias?.aliasname ?? (name === relname ? undefined : relname)
    return `${quoteIdentifier(name)}${called === undefined ? "" : ` AS ${quoteIdentifier(called)}`}`
  }

  private join({ alias, isNatural, jointype, larg, quals, rarg, usingClause = [] }: Fields<"JoinExpr">): string {
    if (alias !== undefined || larg === undefined || rarg === undefined) {
      return this.refuse("SQLite has no alias of a join.")
    }
    const word = joins[jointype ?? ""] ?? this.refuse("SQLite has no such join.")
    const condition = usingClause.length > 0
      ? ` USING (${textsOf(usingClause).map(quoteIdentifier).join(", ")})`
      : quals === undefined
      ? ""
      : ` ON ${this.expression(quals)}`
    const cross = condition === "" && isNatural !== true && word === "JOIN" ? "CROSS JOIN" : word
    const right = as(rarg, "JoinExpr") === undefined ? this.source(rarg) : `(${this.source(rarg)})`
    return `${this.source(larg)} ${isNatural === true ? "NATURAL " : ""}${cross} ${right}${condition}`
  }
}

/** A query as SQLite writes it. Fails with the reason, a sentence, where it cannot. */
export const translateQuery = (
  select: Fields<"SelectStmt"> | undefined,
  scope: Scope
): Result.Result<string, string> => written(new QueryWriter(scope), (writer) => writer.query(select))
