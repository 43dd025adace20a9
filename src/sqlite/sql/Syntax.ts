/**
 * Syntax errors with their places. SQLite's own parser decides what one is; since its message has no place, the place is the
 * first token at which a beginning of the statement is refused already. SQLite stops at the first error of a statement, so
 * the elements of a table and the statements of a trigger are also tried one by one.
 */
import type { Span } from "./Definition.ts"
import { splitElements, type Token } from "./Lexer.ts"

/** Compiles a statement without running it: SQLite's message, or `undefined` where it takes the statement. */
export type Probe = (sql: string) => string | undefined

/** A syntax error and where it is. */
export interface SyntaxProblem extends Span {
  readonly message: string
}

/** Tokens to be tried, with what makes a statement of them. */
interface Piece {
  readonly before: string
  readonly tokens: ReadonlyArray<Token>
  readonly after: string
  /** What stands behind them in the script: where the error is if they are not complete. */
  readonly follow: Token | undefined
}

const nearPattern = /^(?:near "([^]*)": syntax error|unrecognized token: "([^]*)")$/

const nearOf = (message: string | undefined): string | undefined => {
  const found = nearPattern.exec(message ?? "")
  return found?.[1] ?? found?.[2]
}

const near = (token: Token): SyntaxProblem => ({
  message: `near "${token.text}": syntax error`,
  start: token.start,
  end: token.end
})

/** The syntax error of a piece of a script, if it has one. */
const tryPiece = (
  script: string,
  { after, before, follow, tokens }: Piece,
  probe: Probe
): SyntaxProblem | undefined => {
  const [first] = tokens
  const last = tokens.at(-1)
  if (first === undefined || last === undefined) return follow === undefined ? undefined : near(follow)
  const upTo = (token: Token): string => before + script.slice(first.start, token.end)
  const message = probe(upTo(last) + after)
  const text = nearOf(message)
  const atEnd = (): SyntaxProblem =>
    follow === undefined ? { message: "incomplete input", start: last.end, end: last.end } : near(follow)
  if (message === "incomplete input") return atEnd()
  if (message === undefined || text === undefined) return undefined
  const candidates = tokens.filter((token) => token.text === text)
  let low = 0
  let high = candidates.length
  while (low < high) {
    const middle = (low + high) >> 1
    const candidate = candidates[middle]
    if (candidate !== undefined && nearOf(probe(upTo(candidate))) === text) high = middle
    else low = middle + 1
  }
  const found = candidates[low]
  return found === undefined ? atEnd() : { message, start: found.start, end: found.end }
}

/** What a statement is to be tried as. */
export type Shape = "table" | "trigger" | "added column" | "other"

/** What trying a statement showed. */
export interface Trial {
  readonly problems: ReadonlyArray<SyntaxProblem>
  /** The statement's text without what is broken of it, in its place blanks; `undefined` where nothing can be read. */
  readonly readable: string | undefined
  /** What SQLite says against it besides syntax; that other objects are missing is part of it. */
  readonly refusal?: string
}

/** Where the list of a statement begins and ends: behind its first parenthesis, and before the one that closes it. */
const listed = (tokens: ReadonlyArray<Token>): readonly [from: number, to: number] | undefined => {
  const open = tokens.findIndex(({ word }) => word === "(")
  let depth = 0
  for (let i = open; i >= 0 && i < tokens.length; i++) {
    if (tokens[i]?.word === "(") depth++
    if (tokens[i]?.word === ")" && --depth === 0) return [open + 1, i]
  }
  return undefined
}

const constraintWords = new Set(["CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"])

/** The elements of a table, each as a piece; columns that stand behind a constraint are wrong as well, which the whole shows. */
const tableElements = (tokens: ReadonlyArray<Token>): ReadonlyArray<Piece> => {
  const list = listed(tokens)
  if (list === undefined) return []
  let [at] = list
  return splitElements(tokens.slice(...list)).map((element): Piece => {
    const follow = tokens[at + element.length]
    at += element.length + 1
    const isConstraint = constraintWords.has(element[0]?.word ?? "")
    return { before: isConstraint ? "CREATE TABLE x(x," : "CREATE TABLE x(", tokens: element, after: ")", follow }
  })
}

const blank = (text: string): string => text.replaceAll(/[^\r\n]/g, " ")

/** Leaves an element of a list out of a script, with one of the commas beside it. */
const without = (script: string, tokens: ReadonlyArray<Token>, { follow, tokens: element }: Piece): string => {
  const begin = element[0] ?? follow
  const at = begin === undefined ? -1 : tokens.indexOf(begin)
  const behind = follow?.word === "," ? follow : undefined
  const before = tokens[at - 1]?.word === "," ? tokens[at - 1] : undefined
  const start = behind === undefined ? before?.start : element[0]?.start ?? behind.start
  const end = behind?.end ?? element.at(-1)?.end ?? before?.end
  return start === undefined || end === undefined
    ? script
    : script.slice(0, start) + blank(script.slice(start, end)) + script.slice(end)
}

const bodyWords = new Set(["DELETE", "INSERT", "REPLACE", "SELECT", "UPDATE", "VALUES", "WITH"])

const tryAction = (script: string, piece: Piece, probe: Probe): SyntaxProblem | undefined => {
  const [first] = piece.tokens
  return first !== undefined && !bodyWords.has(first.word) ? near(first) : tryPiece(script, piece, probe)
}

/** Tries the statements of a trigger, and whether END follows them. */
const tryBody = (script: string, tokens: ReadonlyArray<Token>, probe: Probe): ReadonlyArray<SyntaxProblem> => {
  const problems: Array<SyntaxProblem | undefined> = []
  let own: Array<Token> = []
  for (const token of tokens.slice(tokens.findIndex(({ word }) => word === "BEGIN") + 1)) {
    if (token.word !== ";") own.push(token)
    else {
      problems.push(tryAction(script, { before: "", tokens: own, after: "", follow: token }, probe))
      own = []
    }
  }
  const end = tokens.at(-1)?.end ?? 0
  if (own.length !== 1 || own[0]?.word !== "END") {
    const last = own.length === 0
      ? undefined
      : tryAction(script, { before: "", tokens: own, after: "", follow: undefined }, probe)
    problems.push(last ?? { message: "incomplete input: END is missing, with a semicolon before it", start: end, end })
  }
  return problems.filter((problem) => problem !== undefined)
}

const illegal = (tokens: ReadonlyArray<Token>): ReadonlyArray<SyntaxProblem> =>
  tokens.flatMap(({ end, problem, start }) => problem === undefined ? [] : [{ message: problem, start, end }])

/** The last word of `ALTER TABLE t ADD [COLUMN]`: what follows is a column. */
const addedFrom = (tokens: ReadonlyArray<Token>): number => {
  const add = tokens.findIndex(({ word }) => word === "ADD")
  return tokens[add + 1]?.word === "COLUMN" ? add + 2 : add + 1
}

/** Tries one statement of a script. `tokens` are its tokens, with places in the script. */
export const trySyntax = (
  script: string,
  tokens: ReadonlyArray<Token>,
  shape: Shape,
  probe: Probe
): Trial => {
  const [first] = tokens
  const last = tokens.at(-1)
  const broken = illegal(tokens)
  if (first === undefined || last === undefined || broken.length > 0) return { problems: broken, readable: undefined }
  const cut = (text: string): string => text.slice(first.start, last.end)
  if (shape === "added column") {
    const column = tokens.slice(addedFrom(tokens))
    const problem = tryPiece(
      script,
      { before: "CREATE TABLE x(", tokens: column, after: ")", follow: undefined },
      probe
    )
    return problem === undefined
      ? { problems: [], readable: cut(script) }
      : { problems: [problem], readable: undefined }
  }
  const whole = (text: string) => tryPiece(text, { before: "", tokens, after: "", follow: undefined }, probe)
  const refusal = probe(cut(script))
  if (refusal === undefined) return { problems: [], readable: cut(script) }
  if (shape === "table") {
    const elements = tableElements(tokens).flatMap((piece) => {
      const problem = tryPiece(script, piece, probe)
      return problem === undefined ? [] : [{ piece, problem }]
    })
    if (elements.length > 0) {
      const rest = elements.reduce((text, { piece }) => without(text, tokens, piece), script)
      const message = probe(cut(rest))
      const isReadable = nearOf(message) === undefined && message !== "incomplete input"
      return { problems: elements.map(({ problem }) => problem), readable: isReadable ? cut(rest) : undefined }
    }
  }
  const problem = whole(script)
  if (problem !== undefined) return { problems: [problem], readable: undefined }
  const problems = shape === "trigger" ? tryBody(script, tokens, probe) : []
  return problems.length === 0 ? { problems, readable: cut(script), refusal } : { problems, readable: undefined }
}
