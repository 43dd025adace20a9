/**
 * Expressions and queries of SQLite as PostgreSQL writes them, token by token. What stands for something else there, or for
 * nothing, is refused; whether the rest is right, PostgreSQL says.
 */
import * as Result from "effect/Result"
import { quoteIdentifier, quoteLiteral } from "../../postgres/Identifier.ts"
import { foldName } from "../../sqlite/sql/Identifier.ts"
import { contextualKeywords, reservedKeywords } from "../../sqlite/sql/keywords.ts"
import { lexSignificant, nameOf, type Token } from "../../sqlite/sql/Lexer.ts"
import { formattedNow, nowCall } from "./Times.ts"
import { postgresType } from "./Types.ts"

/** What the names in a text may stand for. */
export interface Names {
  /** Names as they are declared, by their folded form: SQLite does not tell upper from lower case. */
  readonly declared: ReadonlyMap<string, string>
  /** Names that are declared in more than one spelling: each is taken as it is written. */
  readonly ambiguous?: ReadonlySet<string>
  /** The columns, folded, that PostgreSQL has as boolean. */
  readonly booleans: ReadonlySet<string>
}

/** Functions under another name that do the same. */
const functions: ReadonlyMap<string, string> = new Map([
  ["IFNULL", "coalesce"],
  ["INSTR", "strpos"],
  ["UNICODE", "ascii"],
  ["GROUP_CONCAT", "string_agg"],
  ["JSON_ARRAY_LENGTH", "jsonb_array_length"]
])

/** Functions that both have, and that do not do the same. */
const different: ReadonlyMap<string, string> = new Map([
  ["RANDOM", "random() gives whole numbers of 64 bits in SQLite, and fractions from 0 to 1 in PostgreSQL."],
  ["DATE", "date() reads and shifts times in SQLite, and only converts in PostgreSQL."],
  ["TIME", "time() reads and shifts times in SQLite, and only converts in PostgreSQL."],
  ["FORMAT", "format() has other placeholders in PostgreSQL."],
  ["CHAR", "char() makes text of code points in SQLite, and is a type in PostgreSQL."]
])

/** Words that can be names, and that are none without quotes in texts as SQLite's are spelled. */
const alwaysKeywords = new Set(["ASC", "BY", "CAST", "DESC", "FALSE", "LEFT", "NATURAL", "REGEXP", "TRUE", "WITH"])

const comparisons = new Set(["=", "==", "<>", "!="])
const truth: ReadonlyMap<string, string> = new Map([["0", "FALSE"], ["1", "TRUE"]])

/** A pattern of GLOB as one of LIKE; undefined where LIKE cannot say it. */
const likePattern = (glob: string): string | undefined =>
  glob.includes("[") ? undefined : glob.replaceAll(/[\\%_]/g, "\\$&").replaceAll("*", "%").replaceAll("?", "_")

class Translator {
  readonly out: Array<string> = []
  problem: string | undefined
  /** For each open parenthesis: whether it is that of CAST, or a list of values for a boolean. */
  private readonly open: Array<"cast" | "whole" | "booleans" | "other"> = []
  /** How many CASE are open: END is a name elsewhere. */
  private cases = 0
  private readonly tokens: ReadonlyArray<Token>
  private readonly names: Names
  private readonly seen = new Map<string, string>()

  constructor(text: string, names: Names) {
    this.tokens = lexSignificant(text)
    this.names = names
  }

  private refuse(why: string): string {
    this.problem ??= why
    return ""
  }

  private word(at: number): string {
    return this.tokens[at]?.word ?? ""
  }

  private isBoolean(at: number): boolean {
    const token = this.tokens[at]
    return token !== undefined && (token.kind === "word" || token.kind === "quoted") &&
      this.names.booleans.has(foldName(nameOf(token))) && this.word(at + 1) !== "("
  }

  private name(name: string): string {
    const folded = foldName(name)
    if (this.names.ambiguous?.has(name) === true) return quoteIdentifier(name)
    const declared = this.names.declared.get(folded) ?? this.seen.get(folded)
    if (declared === undefined) this.seen.set(folded, name)
    return quoteIdentifier(declared ?? name)
  }

  /** A number, as a truth value where it is compared with a boolean. */
  private number(at: number, text: string): string {
    const value = truth.get(text)
    const equals = (i: number): boolean => comparisons.has(this.word(i)) || this.word(i) === "IS"
    const isTruth = this.open.at(-1) === "booleans" ||
      equals(at - 1) && this.isBoolean(at - 2) ||
      this.word(at - 1) === "NOT" && equals(at - 2) && this.isBoolean(at - 3) ||
      comparisons.has(this.word(at + 1)) && this.isBoolean(at + 2)
    return isTruth && value !== undefined ? value : text
  }

  /** Whether the CAST that opens here is one to whole numbers: SQLite cuts fractions off, and PostgreSQL rounds them. */
  private isWhole(at: number): boolean {
    let depth = 0
    for (let i = at + 1; i < this.tokens.length; i++) {
      if (this.word(i) === "(") depth++
      if (this.word(i) === ")") depth--
      if (depth === 0 && this.word(i) === "AS") return /int/.test(this.castType(i + 1).text)
    }
    return false
  }

  /** A call of substr() whose place is not positive. */
  private countsFromEnd(at: number): boolean {
    const rest = this.tokens.slice(at)
    const comma = rest.findIndex(({ word }) => word === ",")
    const place = rest[comma + 1]
    return comma < 0 || place?.word === "-" || place?.text === "0"
  }

  private like(at: number): { readonly text: string; readonly next: number } {
    const operand = this.tokens[at + 1]
    // a backslash is nothing special to SQLite
    return operand?.kind === "string" && operand.text.includes("\\") && this.word(at + 2) !== "ESCAPE"
      ? { text: `ILIKE ${operand.text.replaceAll("\\", "\\\\")}`, next: at + 2 }
      : { text: "ILIKE", next: at + 1 }
  }

  /** The type of a CAST, up to its closing parenthesis. */
  private castType(at: number): { readonly text: string; readonly next: number } {
    let depth = 0
    let end = at
    for (; end < this.tokens.length; end++) {
      if (this.word(end) === "(") depth++
      if (this.word(end) === ")" && depth-- === 0) break
    }
    const declared = this.tokens.slice(at, end).map(({ text }) => text).join(" ").replaceAll(/ ?([(),]) ?/g, "$1")
    return { text: postgresType(declared, false).type, next: end }
  }

  private is(at: number): { readonly text: string; readonly next: number } {
    const not = this.word(at + 1) === "NOT"
    const next = at + (not ? 2 : 1)
    const operand = this.tokens[next]
    if (["NULL", "TRUE", "FALSE", "DISTINCT"].includes(operand?.word ?? "")) {
      return { text: not ? "IS NOT" : "IS", next }
    }
    return { text: not ? "IS DISTINCT FROM" : "IS NOT DISTINCT FROM", next }
  }

  private glob(at: number): { readonly text: string; readonly next: number } {
    const operand = this.tokens[at + 1]
    const pattern = operand?.kind === "string" ? likePattern(nameOf(operand)) : undefined
    return {
      text: pattern === undefined
        ? this.refuse("PostgreSQL has no GLOB, and LIKE cannot say this pattern.")
        : `LIKE ${quoteLiteral(pattern)}`,
      next: at + 2
    }
  }

  private json(at: number, operator: string): { readonly text: string; readonly next: number } {
    const operand = this.tokens[at + 1]
    if (operand?.kind !== "string") return { text: operator, next: at + 1 }
    const path = nameOf(operand)
    const key = path.startsWith("$") ? /^\$\.(\w+)$/.exec(path)?.[1] : path
    return {
      text: key === undefined
        ? this.refuse(`PostgreSQL does not take the path ${quoteLiteral(path)} after ${operator}.`)
        : `${operator} ${quoteLiteral(key)}`,
      next: at + 2
    }
  }

  private called(at: number, token: Token): string {
    const name = token.word === "" ? nameOf(token).toUpperCase() : token.word
    const why = different.get(name)
    if (why !== undefined) return this.refuse(why)
    if (name.startsWith("SUBSTR") && this.countsFromEnd(at)) {
      return this.refuse(
        "substr() of SQLite counts from the end where the place is not positive, and PostgreSQL's does not."
      )
    }
    // nullif and the like are no functions where they are quoted
    return functions.get(name) ?? (/^\w+$/.test(name) ? name.toLowerCase() : quoteIdentifier(name.toLowerCase()))
  }

  private translate(at: number, token: Token): { readonly text: string; readonly next: number } {
    const one = (text: string) => ({ text, next: at + 1 })
    const now = nowCall(this.tokens, at)
    if (now !== undefined && !this.names.declared.has(foldName(token.text))) {
      const text = formattedNow(now)
      return {
        text: text ?? this.refuse(`PostgreSQL has no format for ${quoteLiteral(now.format)}.`),
        next: at + now.length
      }
    }
    switch (token.kind) {
      case "quoted":
        return one(this.word(at + 1) === "(" ? this.called(at, token) : this.name(nameOf(token)))
      case "blob":
        return one(`'\\x${token.text.slice(2, -1)}'::bytea`)
      case "number":
        return one(this.number(at, token.text))
      case "variable":
      case "illegal":
        return one(this.refuse(`${token.text} means nothing in a schema.`))
      case "word":
      case "symbol":
        break
      default:
        return one(token.text)
    }
    switch (token.word) {
      case "(":
        this.open.push(
          this.word(at - 1) === "CAST"
            ? this.isWhole(at) ? "whole" : "cast"
            : this.word(at - 1) === "IN" && this.isBoolean(at - (this.word(at - 2) === "NOT" ? 3 : 2))
            ? "booleans"
            : "other"
        )
        return one(this.open.at(-1) === "whole" ? "( trunc((" : "(")
      case ")":
        this.open.pop()
        return one(")")
      case "AS":
        const inside = this.open.at(-1)
        if (inside !== "cast" && inside !== "whole") return one("AS")
        const type = this.castType(at + 1)
        return { text: `${inside === "whole" ? ")::numeric) " : ""}AS ${type.text}`, next: type.next }
      case "==":
        return one("=")
      case "CASE":
        this.cases++
        return one("CASE")
      case "IS":
        return this.is(at)
      case "LIKE":
        return this.like(at)
      case "GLOB":
        return this.glob(at)
      case "->":
      case "->>":
        return this.json(at, token.word)
      case "COLLATE":
        return foldName(this.tokens[at + 1]?.text ?? "") === "binary"
          ? { text: "", next: at + 2 }
          : one(this.refuse(`PostgreSQL has no collation ${this.tokens[at + 1]?.text}.`))
      default:
        break
    }
    if (token.kind === "symbol" || reservedKeywords.has(token.word)) return one(token.text)
    if (token.word === "END" && this.cases > 0) {
      this.cases--
      return one("END")
    }
    if (
      this.names.declared.has(foldName(token.text)) && this.word(at + 1) !== "(" && !alwaysKeywords.has(token.word)
    ) return one(this.name(token.text))
    if (contextualKeywords.has(token.word)) return one(token.text)
    return one(this.word(at + 1) === "(" ? this.called(at, token) : this.name(token.text))
  }

  run(): Result.Result<string, string> {
    for (let at = 0; at < this.tokens.length;) {
      const token = this.tokens[at]
      if (token === undefined) break
      const { next, text } = this.translate(at, token)
      if (text !== "") this.out.push(text)
      at = next
    }
    return this.problem === undefined ? Result.succeed(this.out.join(" ")) : Result.fail(this.problem)
  }
}

/** The text as PostgreSQL writes it. Fails with the reason, a sentence, where it would mean something else there. */
export const translateText = (text: string, names: Names): Result.Result<string, string> =>
  new Translator(text, names).run()
