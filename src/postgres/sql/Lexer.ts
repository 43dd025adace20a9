/**
 * A tolerant lexer of PostgreSQL's SQL (manual, section 4.1). It never fails: a string, quoted name or comment that does not
 * end goes on to the end of the text. The judge of what is valid is PostgreSQL's own parser; these tokens serve what its tree
 * does not hold: places of names, comments, psql's lines, and where the next statement begins in a text that does not parse.
 */
import type { Range } from "../../text/Position.ts"

/** What a token is. `meta` is a line of psql that begins with a backslash. */
export type TokenKind = "word" | "quoted" | "string" | "number" | "symbol" | "comment" | "meta"

/** One token; `word` is its text in lower case if it is a plain word, its text otherwise. */
export interface Token extends Range {
  readonly kind: TokenKind
  readonly word: string
  /** Whether only blanks stand before it on its line. */
  readonly first: boolean
  /** Whether its closing quote, tag or comment end is there. */
  readonly closed: boolean
}

const space = /[ \t\n\r\f\v\ufeff]+/y
const wordPattern = /[A-Za-z_\u0080-\uffff][A-Za-z0-9_$\u0080-\uffff]*/y
const numberPattern = /(?:\d[\da-zA-Z_]*(?:\.[\da-zA-Z_]+)?|\.\d[\da-zA-Z_]*)/y
const linePattern = /[^\r\n]*/y
const dollarTag = /\$(?:[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*)?\$/y
const parameter = /\$\d+/y

const match = (pattern: RegExp, text: string, at: number): number => {
  pattern.lastIndex = at
  return pattern.test(text) ? pattern.lastIndex : at
}

const quoteEnd = (text: string, open: number, quote: string, escapes: boolean): number => {
  for (let i = open + 1; i < text.length; i++) {
    const char = text[i]
    if (escapes && char === "\\") i++
    else if (char === quote) {
      if (text[i + 1] !== quote) return i + 1
      i++
    }
  }
  return -1
}

const commentEnd = (text: string, open: number): number => {
  let depth = 1
  for (let i = open + 2; i < text.length; i++) {
    if (text[i] === "*" && text[i + 1] === "/") {
      i++
      if (--depth === 0) return i + 1
    } else if (text[i] === "/" && text[i + 1] === "*") {
      i++
      depth++
    }
  }
  return -1
}

/** The token that begins at an offset, or the first after it; `undefined` at the end of the text. */
export const nextToken = (text: string, from: number, end: number = text.length): Token | undefined => {
  const start = match(space, text, from)
  if (start >= end) return undefined
  let lineStart = start
  while (lineStart > 0 && (text[lineStart - 1] === " " || text[lineStart - 1] === "\t")) lineStart--
  const before = text[lineStart - 1]
  const first = lineStart === 0 || before === "\n" || before === "\r" || before === "\ufeff"
  const token = (kind: TokenKind, close: number): Token => {
    const stop = close < 0 || close > end ? end : close
    const raw = text.slice(start, stop)
    return {
      kind,
      start,
      end: stop,
      word: kind === "word" ? raw.toLowerCase() : raw,
      first,
      closed: close >= 0 && close <= end
    }
  }
  const char = text[start]
  const next = text[start + 1]
  if (char === "-" && next === "-") return token("comment", match(linePattern, text, start))
  if (char === "/" && next === "*") return token("comment", commentEnd(text, start))
  if (char === "'") return token("string", quoteEnd(text, start, "'", false))
  if (char === "\"") return token("quoted", quoteEnd(text, start, "\"", false))
  if ((char === "E" || char === "e") && next === "'") return token("string", quoteEnd(text, start + 1, "'", true))
  if ((char === "U" || char === "u") && next === "&" && (text[start + 2] === "'" || text[start + 2] === "\"")) {
    const quote = text[start + 2] ?? "'"
    return token(quote === "'" ? "string" : "quoted", quoteEnd(text, start + 2, quote, false))
  }
  if (next === "'" && char !== undefined && "bBxXnN".includes(char)) {
    return token("string", quoteEnd(text, start + 1, "'", false))
  }
  if (char === "$") {
    const tagEnd = match(dollarTag, text, start)
    if (tagEnd > start) {
      const tag = text.slice(start, tagEnd)
      const close = text.indexOf(tag, tagEnd)
      return token("string", close < 0 ? -1 : close + tag.length)
    }
    const parameterEnd = match(parameter, text, start)
    if (parameterEnd > start) return token("number", parameterEnd)
  }
  if (char === "\\" && first) return token("meta", match(linePattern, text, start))
  const wordEnd = match(wordPattern, text, start)
  if (wordEnd > start) return token("word", wordEnd)
  const numberEnd = match(numberPattern, text, start)
  if (numberEnd > start) return token("number", numberEnd)
  return token("symbol", start + 1)
}

/** All tokens of a stretch of a text, comments included, with offsets into the whole text. */
export const lex = (text: string, from: number = 0, end: number = text.length): ReadonlyArray<Token> => {
  const tokens: Array<Token> = []
  for (let token = nextToken(text, from, end); token !== undefined; token = nextToken(text, token.end, end)) {
    tokens.push(token)
  }
  return tokens
}

/** The tokens of a stretch of a text that mean something to PostgreSQL: all but comments. */
export const lexSignificant = (text: string, from: number = 0, end: number = text.length): ReadonlyArray<Token> =>
  lex(text, from, end).filter((token) => token.kind !== "comment")

/** The stretch of the possibly qualified name that begins at an offset: `name`, `"schema" . name`. */
export const nameRange = (text: string, at: number): Range => {
  const first = nextToken(text, at)
  if (first === undefined) return { start: at, end: at }
  let end = first.end
  for (;;) {
    const dot = nextToken(text, end)
    const part = dot?.word === "." ? nextToken(text, dot.end) : undefined
    if (part === undefined || (part.kind !== "word" && part.kind !== "quoted")) return { start: first.start, end }
    end = part.end
  }
}

/** One element of a list in a statement: its tokens, without the separating comma. */
export type Element = ReadonlyArray<Token>

/** Splits tokens at the commas that stand outside of all parentheses and brackets. */
export const splitElements = (tokens: ReadonlyArray<Token>): ReadonlyArray<Element> => {
  const elements: Array<Array<Token>> = [[]]
  let depth = 0
  for (const token of tokens) {
    if (token.word === "(" || token.word === "[") depth++
    if (token.word === ")" || token.word === "]") depth--
    if (token.word === "," && depth === 0) elements.push([])
    else elements[elements.length - 1]?.push(token)
  }
  return elements
}

/** The elements of the first parenthesised list that opens at or after an offset. */
export const listAfter = (tokens: ReadonlyArray<Token>, offset: number): ReadonlyArray<Element> => {
  const open = tokens.findIndex((token) => token.start >= offset && token.word === "(")
  if (open < 0) return []
  let depth = 0
  for (let i = open; i < tokens.length; i++) {
    if (tokens[i]?.word === "(") depth++
    if (tokens[i]?.word === ")" && --depth === 0) return splitElements(tokens.slice(open + 1, i))
  }
  return []
}

/** The stretch of the first run of the given words (lower case) at or after an offset. */
export const findWords = (
  tokens: ReadonlyArray<Token>,
  words: ReadonlyArray<string>,
  offset: number = 0
): Range | undefined => {
  for (const [i, token] of tokens.entries()) {
    if (token.start < offset) continue
    const last = tokens[i + words.length - 1]
    if (
      last !== undefined && words.every((word, n) => tokens[i + n]?.kind === "word" && tokens[i + n]?.word === word)
    ) {
      return { start: token.start, end: last.end }
    }
  }
  return undefined
}
