/**
 * One spelling for a run of tokens: keywords in upper case, identifiers without quotes they do not need, no comments, blanks
 * by rule. The tokens themselves stay what they are, so a spelling means what was written: a word that may be a keyword or a
 * name is only ever written in another case, and a quoted name loses its quotes only if it is a name in every place.
 */
import { foldName, quoteIdentifier, quoteLiteral } from "./Identifier.ts"
import { contextualKeywords, joinKeywords, reservedKeywords } from "./keywords.ts"
import { isName, lexSignificant, nameOf, type Token } from "./Lexer.ts"

/** The table that an expression belongs to, so that it can be written without the table's name. */
export interface TableScope {
  readonly table: string
  /**
   * The columns, folded, if they are known: a name in double quotes that is none of them is then a string, as SQLite reads
   * it in a schema that is there already (SQLite, "Double-quoted String Literals Are Accepted").
   */
  readonly columns?: ReadonlySet<string>
  /** Where the names in double quotes are collected that are strings. */
  readonly strings?: Array<Token>
}

type Role = "keyword" | "name" | "other"

/** A token with what it is in its place. */
interface Placed {
  readonly token: Token
  readonly role: Role
}

const operands = new Set([
  ")",
  "NULL",
  "END",
  "TRUE",
  "FALSE",
  "CURRENT_DATE",
  "CURRENT_TIME",
  "CURRENT_TIMESTAMP",
  "ISNULL",
  "NOTNULL"
])

const endsOperand = (placed: Placed | undefined): boolean =>
  placed !== undefined && (placed.role === "name" || operands.has(placed.token.word) ||
    ["string", "number", "blob", "variable", "illegal"].includes(placed.token.kind))

/** What is open around a token: the clause of the query there, how many CASE, whether it defines a window. */
interface Level {
  clause: string
  cases: number
  readonly window: boolean
  frame: boolean
}

const clauses = new Set([
  "SELECT",
  "FROM",
  "WHERE",
  "GROUP",
  "HAVING",
  "ORDER",
  "LIMIT",
  "VALUES",
  "SET",
  "RETURNING"
])

/** Where a contextual keyword is one: by the words around it. What is not listed is never one. */
interface Around {
  readonly before: Placed | undefined
  readonly beforeThat: Placed | undefined
  readonly next: (ahead: number) => Token | undefined
  readonly level: Level
}

const said = (placed: Placed | undefined, ...words: ReadonlyArray<string>): boolean =>
  placed !== undefined && placed.role !== "name" && words.includes(placed.token.word)

const follows = (token: Token | undefined, ...words: ReadonlyArray<string>): boolean =>
  token !== undefined && words.includes(token.word)

const isNameToken = (token: Token | undefined): boolean => token !== undefined && isName(token)

type Test = (around: Around) => boolean

const comparison: Test = ({ before, beforeThat }) =>
  endsOperand(before) || (said(before, "NOT") && endsOperand(beforeThat))
const direction: Test = ({ before, level, next }) =>
  level.clause === "ORDER" && endsOperand(before) &&
  (next(1) === undefined || follows(next(1), ",", ")", "NULLS", "LIMIT", ";", "ROWS", "RANGE", "GROUPS"))
const inFrame: Test = ({ level }) => level.frame
const frame: Test = ({ before, level, next }) =>
  level.window && !said(before, ".", "BY", ",") &&
  (["number", "string", "variable"].includes(next(1)?.kind ?? "") ||
    follows(next(1), "BETWEEN", "UNBOUNDED", "CURRENT"))
const conflictAction: Test = ({ before, beforeThat, next }) =>
  (said(before, "OR") && said(beforeThat, "INSERT", "UPDATE")) ||
  (said(before, "(") && said(beforeThat, "RAISE") && follows(next(1), ",", ")"))
const call: Test = ({ next }) => follows(next(1), "(")
const join: Test = ({ next }) => {
  let ahead = 1
  while (joinKeywords.has(next(ahead)?.word ?? "")) ahead++
  return follows(next(ahead), "JOIN")
}
const constant: Test = ({ before, next }) => !said(before, "AS", ".") && !follows(next(1), ".", "(")

const tests: ReadonlyMap<string, Test> = new Map<string, Test>([
  ...["LIKE", "GLOB", "REGEXP", "MATCH"].map((word): [string, Test] => [word, comparison]),
  ...["ASC", "DESC"].map((word): [string, Test] => [word, direction]),
  ...["ROWS", "RANGE", "GROUPS"].map((word): [string, Test] => [word, frame]),
  ...["CURRENT", "ROW", "PRECEDING", "FOLLOWING", "UNBOUNDED", "EXCLUDE", "NO", "OTHERS", "TIES"].map((
    word
  ): [string, Test] => [word, inFrame]),
  ...["ABORT", "FAIL", "IGNORE", "ROLLBACK"].map((word): [string, Test] => [word, conflictAction]),
  ...["CROSS", "FULL", "INNER", "LEFT", "NATURAL", "OUTER", "RIGHT"].map((word): [string, Test] => [word, join]),
  ...["CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP", "TRUE", "FALSE"].map((word): [string, Test] => [
    word,
    constant
  ]),
  ["CAST", call],
  ["RAISE", call],
  ["BY", ({ before }) => said(before, "ORDER", "GROUP", "PARTITION", "INDEXED")],
  ["END", ({ level }) => level.cases > 0],
  ["OFFSET", ({ before, level }) => level.clause === "LIMIT" && endsOperand(before)],
  ["NULLS", ({ level, next }) => level.clause === "ORDER" && follows(next(1), "FIRST", "LAST")],
  ["FIRST", ({ before }) => said(before, "NULLS")],
  ["LAST", ({ before }) => said(before, "NULLS")],
  ["PARTITION", ({ next }) => follows(next(1), "BY")],
  ["WITHIN", ({ next }) => follows(next(1), "GROUP")],
  [
    "WITH",
    ({ next }) => isNameToken(next(1)) && (follows(next(1), "RECURSIVE") || follows(next(2), "AS", "("))
  ],
  ["RECURSIVE", ({ before, next }) => said(before, "WITH") && isNameToken(next(1))],
  ["MATERIALIZED", ({ before, next }) => said(before, "AS", "NOT") && follows(next(1), "(")],
  ["DO", ({ next }) => follows(next(1), "NOTHING", "UPDATE")],
  ["CONFLICT", ({ before }) => said(before, "ON")],
  ["REPLACE", (around) => follows(around.next(1), "INTO") || conflictAction(around)],
  ["OVER", ({ before, next }) => said(before, ")") && (follows(next(1), "(") || isNameToken(next(1)))],
  ["FILTER", ({ before, next }) => said(before, ")") && follows(next(1), "(")],
  ["WINDOW", ({ next }) => isNameToken(next(1)) && follows(next(2), "AS") && follows(next(3), "(")],
  [
    "INDEXED",
    ({ before, beforeThat, next }) => follows(next(1), "BY") || (said(before, "NOT") && endsOperand(beforeThat))
  ]
])

const place = (tokens: ReadonlyArray<Token>): ReadonlyArray<Placed> => {
  const placed: Array<Placed> = []
  const levels: Array<Level> = []
  let level: Level = { clause: "", cases: 0, window: false, frame: false }
  for (const [i, token] of tokens.entries()) {
    const before = placed[i - 1]
    const beforeThat = placed[i - 2]
    const isKeyword = token.kind === "word" && (reservedKeywords.has(token.word) ||
      tests.get(token.word)?.({ before, beforeThat, next: (ahead) => tokens[i + ahead], level }) === true)
    const role = isKeyword ? "keyword" : token.kind === "word" || token.kind === "quoted" ? "name" : "other"
    placed.push({ token, role })
    if (token.word === "(") {
      levels.push(level)
      const window = said(before, "OVER") || (said(before, "AS") && level.clause === "WINDOW")
      level = { clause: "", cases: 0, window, frame: false }
    } else if (token.word === ")") level = levels.pop() ?? level
    if (!isKeyword) continue
    if (clauses.has(token.word) || token.word === "WINDOW") level.clause = token.word
    if (token.word === "CASE") level.cases++
    if (token.word === "END") level.cases--
    if (["ROWS", "RANGE", "GROUPS"].includes(token.word)) level.frame = true
  }
  return placed
}

const namePlaces = new Set(["AS", "FROM", "JOIN", "INTO", "UPDATE", "COLLATE", "."])

/** Whether a string stands where SQLite takes it for a name (grammar: `nm`, `ids`). */
const isStringName = (placed: ReadonlyArray<Placed>, i: number): boolean => {
  const before = placed[i - 1]
  if (before === undefined || placed[i]?.token.kind !== "string") return false
  if (placed[i + 1]?.token.word === ".") return true
  // `a 'alias'`; after a word that may be a keyword it stays what it is
  if (endsOperand(before)) return before.role !== "name" || !contextualKeywords.has(before.token.word)
  return before.role !== "name" && namePlaces.has(before.token.word) && !said(placed[i - 2], "DISTINCT")
}

/** The tokens without the qualifiers that name the table itself. */
const unqualified = (tokens: ReadonlyArray<Token>, table: string): ReadonlyArray<Token> => {
  const own = foldName(table)
  const kept: Array<Token> = []
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i]
    if (token === undefined) continue
    const isOwn = isName(token) && foldName(nameOf(token)) === own && tokens[i + 1]?.word === "." &&
      tokens[i + 2]?.word !== "*"
    if (!isOwn) {
      kept.push(token)
      continue
    }
    // `main.t.a`: the schema before it goes too
    if (kept.at(-1)?.word === ".") kept.splice(-2)
    i++
  }
  return kept
}

const rowidNames = new Set(["rowid", "_rowid_", "oid"])

/** Whether a name in double quotes is no column, and so a string. */
const isQuotedString = (placed: ReadonlyArray<Placed>, i: number, columns: ReadonlySet<string>): boolean => {
  const token = placed[i]?.token
  if (token?.kind !== "quoted" || !token.text.startsWith("\"")) return false
  const name = foldName(nameOf(token))
  return !columns.has(name) && !rowidNames.has(name) && !follows(placed[i + 1]?.token, ".", "(") &&
    !said(placed[i - 1], ".", "COLLATE", "AS")
}

const spelledToken = (placed: ReadonlyArray<Placed>, i: number, scope: TableScope | undefined): string => {
  const { role, token } = placed[i] ?? { role: "other", token: undefined }
  if (token === undefined) return ""
  if (role === "keyword") return token.word
  if (token.kind === "word") {
    // not told apart from its keyword with certainty: left as it is
    return contextualKeywords.has(token.word) ? token.text : quoteIdentifier(token.text)
  }
  if (scope?.columns !== undefined && isQuotedString(placed, i, scope.columns)) {
    scope.strings?.push(token)
    return quoteLiteral(nameOf(token))
  }
  return token.kind === "quoted" || isStringName(placed, i) ? quoteIdentifier(nameOf(token)) : token.text
}

const unary = new Set(["-", "+", "~"])

/** Whether a sign stands before its operand and not between two. */
const isUnary = (placed: ReadonlyArray<Placed>, i: number): boolean =>
  unary.has(placed[i]?.token.word ?? "") && !endsOperand(placed[i - 1])

const isBesideDot = ({ role, token }: Placed): boolean =>
  role === "name" || token.kind === "string" || token.word === "*"

/** Whether a blank stands before a token. */
const isSpaced = (placed: ReadonlyArray<Placed>, i: number): boolean => {
  const left = placed[i - 1]
  const right = placed[i]
  if (left === undefined || right === undefined) return false
  const { word } = right.token
  if (left.token.word === "(" || word === ")" || word === "," || word === ";") return false
  if (word === ".") return !isBesideDot(left)
  if (left.token.word === ".") return !isBesideDot(right) && right.token.kind !== "word"
  if (word === "(") return !(left.role === "name" || said(left, "CAST", "RAISE")) && !isUnary(placed, i - 1)
  return !isUnary(placed, i - 1) || right.token.kind === "symbol"
}

/**
 * Spells a run of tokens, comments left out before. With a scope, as part of the definition of that table or of an index on
 * it: qualifiers that name the table are left out.
 */
export const spell = (tokens: ReadonlyArray<Token>, scope?: TableScope): string => {
  const placed = place(scope === undefined ? tokens : unqualified(tokens, scope.table))
  return placed.map((_, i) => (isSpaced(placed, i) ? " " : "") + spelledToken(placed, i, scope)).join("")
}

/** Every name in a text or a run of tokens, folded, each once: what it may refer to. */
export const namesIn = (source: string | ReadonlyArray<Token>): ReadonlyArray<string> => {
  const placed = place(typeof source === "string" ? lexSignificant(source) : source)
  const names = placed.flatMap(({ role, token }, i) =>
    role === "name" || isStringName(placed, i) ? [foldName(nameOf(token))] : []
  )
  return [...new Set(names)]
}

const times = new Set(["CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP"])

/** Whether tokens are one name and nothing else. */
export const isLoneName = (tokens: ReadonlyArray<Token>): boolean => {
  const [only] = tokens
  return tokens.length === 1 && only !== undefined && isName(only) && !times.has(only.word)
}
