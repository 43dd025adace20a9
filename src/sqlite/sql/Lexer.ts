/**
 * SQLite's tokens, with their places. It never fails: what SQLite would call an unrecognized token is a token of the kind
 * `illegal`, which says what is wrong with it.
 */
import type { Span } from "./Definition.ts"
import { upperAscii } from "./Identifier.ts"
import { joinKeywords, reservedKeywords } from "./keywords.ts"

/** What a token is. `quoted` is an identifier in double quotes, backticks or brackets. */
export type TokenKind =
  | "word"
  | "quoted"
  | "string"
  | "blob"
  | "number"
  | "variable"
  | "symbol"
  | "comment"
  | "illegal"

/** One token; `start` and `end` are UTF-16 indices into the text. */
export interface Token extends Span {
  readonly kind: TokenKind
  /** As it is written. */
  readonly text: string
  /** Of a word: in upper case. Of a symbol: itself. Empty for everything else, so that it can be compared with keywords. */
  readonly word: string
  /** Of an illegal token: what is wrong. */
  readonly problem?: string
}

const spaces = /[ \t\n\f\r\ufeff][ \t\n\v\f\r\ufeff]*/y
const lineComment = /--[^\n]*/y
const blockComment = /\/\*[^]*?(?:\*\/|$)/y
const word = /[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/y
const blob = /[xX]'(?:[0-9a-fA-F]{2})*'/y
const blobStart = /[xX]'[^']*'?/y
const number =
  /0[xX][0-9a-fA-F](?:_?[0-9a-fA-F])*|(?:\d(?:_?\d)*(?:\.(?:\d(?:_?\d)*)?)?|\.\d(?:_?\d)*)(?:[eE][+-]?\d(?:_?\d)*)?/y
const wordRest = /[\w$\u0080-\uffff]+/y
const variable = /\?\d*|[$@:#](?:[\w$\u0080-\uffff]|::)+(?:\([^)\s]*\))?/y
const symbol = /->>|->|\|\||<<|>>|<=|>=|<>|==|!=|[-+*/%&|~<>=(),.;]/y

const match = (pattern: RegExp, text: string, at: number): number => {
  pattern.lastIndex = at
  return pattern.test(text) ? pattern.lastIndex : -1
}

/** The end of a quoted run, in which the doubled quote stands for itself; -1 where it does not end. */
const quoteEnd = (text: string, open: number, quote: string): number => {
  for (let at = open + 1;;) {
    const close = text.indexOf(quote, at)
    if (close < 0) return -1
    if (quote === "]" || text[close + 1] !== quote) return close + 1
    at = close + 2
  }
}

const quotes: ReadonlyMap<string, readonly [kind: TokenKind, close: string, what: string]> = new Map([
  ["'", ["string", "'", "string"]],
  ["\"", ["quoted", "\"", "quoted name"]],
  ["`", ["quoted", "`", "quoted name"]],
  ["[", ["quoted", "]", "quoted name"]]
])

/** The token that begins at an offset, or the first after it; `undefined` at the end of the text. */
export const nextToken = (text: string, from: number): Token | undefined => {
  const blank = match(spaces, text, from)
  const start = blank < 0 ? from : blank
  if (start >= text.length) return undefined
  const token = (kind: TokenKind, end: number, problem?: string): Token => {
    const raw = text.slice(start, end)
    const word = kind === "word" ? upperAscii(raw) : kind === "symbol" ? raw : ""
    return { kind, start, end, text: raw, word, ...(problem === undefined ? {} : { problem }) }
  }
  const char = text[start] ?? ""
  const quoted = quotes.get(char)
  if (quoted !== undefined) {
    const [kind, close, what] = quoted
    const end = quoteEnd(text, start, close)
    return end < 0 ? token("illegal", text.length, `this ${what} does not end`) : token(kind, end)
  }
  const comment = match(lineComment, text, start)
  if (comment >= 0) return token("comment", comment)
  const block = match(blockComment, text, start)
  if (block >= 0) return token("comment", block)
  const blobEnd = match(blob, text, start)
  if (blobEnd >= 0) return token("blob", blobEnd)
  const badBlob = match(blobStart, text, start)
  if (badBlob >= 0) return token("illegal", badBlob, "a blob is an even number of hexadecimal digits between x' and '")
  const wordEnd = match(word, text, start)
  if (wordEnd >= 0) return token("word", wordEnd)
  const numberEnd = match(number, text, start)
  if (numberEnd >= 0) {
    const rest = match(wordRest, text, numberEnd)
    return rest < 0 ? token("number", numberEnd) : token("illegal", rest, "a number ends where a letter follows it")
  }
  const variableEnd = match(variable, text, start)
  if (variableEnd >= 0) return token("variable", variableEnd)
  const symbolEnd = match(symbol, text, start)
  return symbolEnd >= 0
    ? token("symbol", symbolEnd)
    : token("illegal", start + 1, `the character ${JSON.stringify(char)} means nothing here`)
}

/** All tokens of a text, comments included. */
export const lex = (text: string): ReadonlyArray<Token> => {
  const tokens: Array<Token> = []
  for (let token = nextToken(text, 0); token !== undefined; token = nextToken(text, token.end)) tokens.push(token)
  return tokens
}

/** The tokens of a text that mean something: all but comments. */
export const lexSignificant = (text: string): ReadonlyArray<Token> => lex(text).filter(({ kind }) => kind !== "comment")

/** The name that an identifier, or a string in the place of one, stands for. */
export const nameOf = ({ kind, text }: Token): string => {
  if (kind !== "quoted" && kind !== "string") return text
  const inside = text.slice(1, -1)
  const quote = text[0] ?? ""
  return quote === "[" ? inside : inside.replaceAll(quote + quote, quote)
}

/** Whether a token can be a name where SQLite's grammar says `nm`: an identifier, a keyword that falls back to one, a string. */
export const isName = ({ kind, word }: Token): boolean =>
  kind === "quoted" || kind === "string" || (kind === "word" && !reservedKeywords.has(word))

/** Whether a token can be a word of a type. */
export const isTypeWord = (token: Token): boolean => isName(token) && !joinKeywords.has(token.word)

/** Splits tokens at the commas outside of all parentheses. */
export const splitElements = (tokens: ReadonlyArray<Token>): ReadonlyArray<ReadonlyArray<Token>> => {
  const elements: Array<Array<Token>> = [[]]
  let depth = 0
  for (const token of tokens) {
    if (token.word === "(") depth++
    if (token.word === ")") depth--
    if (token.word === "," && depth === 0) elements.push([])
    else elements[elements.length - 1]?.push(token)
  }
  return elements
}
