/**
 * Finding the other syntax errors of a text after the first. PostgreSQL's parser stops at one error; here the text is cut into
 * statements, each is parsed by itself, and where a statement fails, reading goes on at the next beginning of a statement
 * and, inside of a table's definition, at its next element. Only errors of PostgreSQL's own parser are reported.
 */
import { fromBytes, type Range } from "../../text/Position.ts"
import { lexSignificant, type Token } from "./Lexer.ts"
import type { ParsePiece, PieceError, PlacedTree, SyntaxProblem } from "./Parser.ts"

/** What can be read of a text that does not parse as a whole. */
export interface Recovered {
  readonly trees: ReadonlyArray<PlacedTree>
  readonly problems: ReadonlyArray<SyntaxProblem>
  readonly broken: ReadonlyArray<string>
}

/** What follows ALTER or DROP when they begin a statement; inside of one they are followed by other words. */
const objectWords = new Set([
  "table",
  "index",
  "view",
  "materialized",
  "type",
  "domain",
  "function",
  "procedure",
  "routine",
  "aggregate",
  "trigger",
  "event",
  "policy",
  "schema",
  "sequence",
  "extension",
  "statistics",
  "foreign",
  "server",
  "role",
  "user",
  "group",
  "rule",
  "publication",
  "subscription",
  "collation",
  "conversion",
  "operator",
  "text",
  "database",
  "language",
  "default",
  "cast"
])

/** Two words that begin a statement, where they stand first on a line. `undefined` stands for any word. */
const beginnings: ReadonlyMap<string, ReadonlySet<string> | undefined> = new Map([
  ["create", undefined],
  ["alter", objectWords],
  ["drop", objectWords],
  ["comment", new Set(["on"])],
  ["security", new Set(["label"])],
  ["insert", new Set(["into"])],
  ["delete", new Set(["from"])],
  ["truncate", undefined],
  ["grant", undefined],
  ["revoke", undefined]
])

const beginsStatement = (tokens: ReadonlyArray<Token>, i: number): boolean => {
  const token = tokens[i]
  const next = tokens[i + 1]
  if (token === undefined || !token.first || token.kind !== "word" || !beginnings.has(token.word)) return false
  if (next === undefined || next.kind === "symbol" || next.kind === "string") return false
  const second = beginnings.get(token.word)
  // `DROP DEFAULT` is what ALTER TABLE says, `ALTER DEFAULT PRIVILEGES` a statement
  return second === undefined || (second.has(next.word) && !(token.word === "drop" && next.word === "default"))
}

/** Where the statement that begins at a token ends, after its semicolon. Bodies with semicolons of their own stay whole. */
const statementEnd = (tokens: ReadonlyArray<Token>, from: number): number => {
  const isRule = tokens[from]?.word === "create" &&
    tokens.slice(from + 1, from + 4).some((token) => token.word === "rule")
  let parentheses = 0
  let body = 0
  for (let i = from; i < tokens.length; i++) {
    const token = tokens[i]
    if (token === undefined) break
    if (i > from && token.word === "create" && (body > 0 || parentheses > 0) && beginsStatement(tokens, i)) return i
    if (isRule && token.word === "(") parentheses++
    if (isRule && token.word === ")") parentheses--
    if (token.word === "atomic" && tokens[i - 1]?.word === "begin") body++
    else if (body > 0 && token.word === "case") body++
    else if (body > 0 && token.word === "end") body--
    if (token.word === ";" && body <= 0 && parentheses <= 0) return i + 1
  }
  return tokens.length
}

/** An unterminated quote is reported with all that follows it, which helps nobody. */
const firstLine = (message: string): string => {
  const end = message.search(/[\r\n]/)
  return end < 0 ? message : `${message.slice(0, end)}…"`
}

const nearPattern = /at or near "([\s\S]*)"$/

/** The place of an error: the text that the parser quotes, or one token, and never more than the rest of its line. */
const errorRange = (text: string, error: PieceError, end: number): Range => {
  const at = Math.min(error.at, end)
  const near = nearPattern.exec(error.message)?.[1]
  const stop = near !== undefined && text.startsWith(near, at)
    ? at + near.length
    : lexSignificant(text, at, end)[0]?.end ?? at
  const line = /[\r\n]/.exec(text.slice(at, stop))
  return { start: at, end: line === null ? stop : at + line.index }
}

const elementBeginnings = new Set(["constraint", "primary", "unique", "check", "foreign", "exclude", "like"])
const columnConstraints = new Set([
  "not",
  "null",
  "default",
  "primary",
  "unique",
  "references",
  "check",
  "constraint",
  "collate",
  "generated"
])

/** Whether a token can be the name of a column at the beginning of its definition. */
const isColumnName = (token: Token | undefined): boolean =>
  token !== undefined && (token.kind === "quoted" || (token.kind === "word" && !elementBeginnings.has(token.word)))

/**
 * The column without a type right before an error, if that is what the error means; an index of `tokens`.
 */
const untypedColumn = (tokens: ReadonlyArray<Token>, at: number): number | undefined => {
  const isAlter = tokens[0]?.word === "alter" && tokens[1]?.word === "table"
  if (!isAlter && !isCreateTable(tokens)) return undefined
  const here = tokens[at]?.word ?? ";"
  // GENERATED is no reserved word, so that the parser takes it for the type
  const name = tokens[at - 1]?.word === "generated" && (here === "always" || here === "by") ? at - 2 : at - 1
  if (name === at - 1 && !",);".includes(here) && !columnConstraints.has(here)) return undefined
  const before = tokens[name - 1]?.word
  const opensColumn = isAlter
    ? before === "column" || (before === "add" && tokens[name]?.word !== "column") || before === "exists"
    : before === "(" || before === ","
  return opensColumn && isColumnName(tokens[name]) ? name : undefined
}

/**
 * The columns without a type at the beginning of a table's definition. `(a, b` may go on as CREATE TABLE … AS, so that the
 * parser complains only about the first element that is more than a name, or about what follows the list.
 */
const untypedColumns = (tokens: ReadonlyArray<Token>, at: number): ReadonlyArray<number> => {
  const open = tokens.findIndex((token) => token.word === "(")
  const names: Array<number> = []
  if (open < 0 || !isCreateTable(tokens)) return []
  for (let i = open + 1; isColumnName(tokens[i]); i += 2) {
    const separator = tokens[i + 1]?.word
    if (separator !== "," && separator !== ")") return at === i + 1 ? names : []
    names.push(i)
    if (separator === ")") return at === i + 2 && !tokens.some(({ word }) => word === "as") ? names : []
  }
  return []
}

const isCreateTable = (tokens: ReadonlyArray<Token>): boolean =>
  tokens[0]?.word === "create" && tokens.slice(1, 4).some((token) => token.word === "table")

/** The stretch of the element of a table's definition that an error at token `at` lies in, with one comma beside it. */
const brokenElement = (tokens: ReadonlyArray<Token>, at: number): Range | undefined => {
  if (!isCreateTable(tokens)) return undefined
  let depth = 0
  let from = -1
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i]
    if (token === undefined) return undefined
    if (token.word === "(" && ++depth === 1 && from < 0) from = i + 1
    const closes = token.word === ")" && --depth === 0
    if (from < 0 || !(closes || (token.word === "," && depth === 1))) continue
    // an error at the separator itself is of the element in front of it
    if (at <= i) {
      const isEmpty = from === i
      const precedingComma = tokens[from - 1]?.word === "," ? tokens[from - 1] : undefined
      const start = (closes || isEmpty ? precedingComma ?? tokens[from] : tokens[from])?.start
      const end = closes ? tokens[i - 1]?.end : isEmpty && precedingComma !== undefined ? precedingComma.end : token.end
      return at >= from && start !== undefined && end !== undefined && start < end ? { start, end } : undefined
    }
    if (closes) return undefined
    from = i + 1
  }
  return undefined
}

const blankRange = (text: string, { start, end }: Range): string =>
  text.slice(0, start) + text.slice(start, end).replaceAll(/[^\r\n]/g, " ") + text.slice(end)

/** Where a statement is broken: the token that the parser stopped at, and a token of each element that is wrong. */
interface Broken {
  readonly at: number
  readonly elements: ReadonlyArray<number>
}

/**
 * Reads all statements of a text that does not parse as a whole, and all of its syntax errors.
 */
export const recover = (text: string, parsePiece: ParsePiece): Recovered => {
  const trees: Array<PlacedTree> = []
  const problems: Array<SyntaxProblem> = []
  const broken: Array<string> = []

  const keep = (piece: string, base: number, end: number, partial: boolean): PieceError | undefined => {
    const result = parsePiece(piece)
    if ("error" in result) return result.error
    const bytes = fromBytes(piece)
    const offset = (location: number): number => base + bytes(location)
    for (const { stmt, stmt_location = 0 } of result.trees) {
      if (stmt !== undefined) trees.push({ node: stmt, partial, offset, start: offset(stmt_location), end })
    }
    return undefined
  }

  /** Reports an error of a statement, and tells which elements are to be left out to read on. */
  const report = (piece: string, base: number, tokens: ReadonlyArray<Token>, error: PieceError): Broken => {
    const found = tokens.findIndex((token) => token.end > base + error.at)
    const at = found < 0 ? tokens.length : found
    const column = untypedColumn(tokens, at)
    const untyped = [...untypedColumns(tokens, at), ...(column === undefined ? [] : [column])]
    for (const name of untyped) {
      const { start, end } = tokens[name] ?? { start: base, end: base }
      const message = `column ${text.slice(start, end)} has no type; write one after its name`
      problems.push({ code: "missing_type", message, start, end })
    }
    if (untyped.length === 0) {
      const { start, end } = errorRange(piece, error, piece.length)
      problems.push({ code: "syntax_error", message: firstLine(error.message), start: base + start, end: base + end })
    }
    return { at, elements: untyped.length === 0 ? [at] : untyped }
  }

  /** Reads the elements of a table's definition after broken ones, until the rest parses or cannot be read on. */
  const readElements = (base: number, end: number, tokens: ReadonlyArray<Token>, first: Broken): void => {
    let piece = text.slice(base, end)
    let broken = first
    for (;;) {
      for (const at of broken.elements) {
        const left = lexSignificant(piece)
        const element = brokenElement(left, left.findIndex((token) => base + token.start === tokens[at]?.start))
        if (element === undefined) return
        piece = blankRange(piece, element)
      }
      const error = keep(piece, base, tokens.at(-1)?.word === ";" ? end - 1 : end, true)
      if (error === undefined || error.at >= piece.length || base + error.at < (tokens[broken.at]?.start ?? 0)) return
      broken = report(piece, base, tokens, error)
    }
  }

  let tokens = lexSignificant(text)
  for (let from = 0; from < tokens.length;) {
    const to = statementEnd(tokens, from)
    const statement = tokens.slice(from, to)
    from = to
    const isClosed = statement.at(-1)?.word === ";"
    const base = statement[0]?.start ?? text.length
    const end = statement.at(-1)?.end ?? base
    const last = statement.at(isClosed ? -2 : -1)
    if (last === undefined) continue
    const piece = text.slice(base, end)
    const error = keep(piece, base, last.end, false)
    if (error === undefined) continue

    const found = report(piece, base, statement, error)
    const { at } = found
    const next = statement.findIndex((_, i) => i > 0 && i >= at && beginsStatement(statement, i))
    const own = next < 0 ? statement : statement.slice(0, next)
    const ownEnd = own.at(-1)?.end ?? end
    // where only the semicolon is missing, what stands before it is a statement like any other
    const isWhole = next === at && keep(text.slice(base, ownEnd), base, ownEnd, false) === undefined
    if (!isWhole) {
      broken.push(text.slice(base, ownEnd))
      readElements(base, ownEnd, own, found)
    }
    if (next >= 0) from = to - statement.length + next
    else if (!last.closed) {
      // a quote that is never closed hides what follows: go on at the next line that begins a statement
      const lineEnd = text.slice(last.start).search(/[\r\n]/)
      tokens = lineEnd < 0 ? [] : lexSignificant(text, last.start + lineEnd)
      const again = tokens.findIndex((_, i) => beginsStatement(tokens, i))
      from = again < 0 ? tokens.length : again
    }
  }
  return { trees, problems: problems.toSorted((a, b) => a.start - b.start), broken }
}
