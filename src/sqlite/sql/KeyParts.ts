/** The columns and expressions of a key: of an index, a primary key, a unique constraint. */
import type { KeyPart } from "./Definition.ts"
import { isName, nameOf, splitElements, type Token } from "./Lexer.ts"
import { isLoneName, spell, type TableScope } from "./Spelling.ts"

/** The tokens without parentheses around all of them. */
const bare = (tokens: ReadonlyArray<Token>): ReadonlyArray<Token> => {
  if (tokens[0]?.word !== "(") return tokens
  let depth = 0
  for (const [i, { word }] of tokens.entries()) {
    if (word === "(") depth++
    if (word === ")" && --depth === 0) return i === tokens.length - 1 ? bare(tokens.slice(1, -1)) : tokens
  }
  return tokens
}

/** Whether COLLATE behind these tokens is about all of them: a name, a call, something in parentheses. */
const isOperand = (tokens: ReadonlyArray<Token>): boolean => {
  const [first, second] = tokens
  if (first === undefined || tokens.length === 1) return first !== undefined
  if (second?.word === ".") return isOperand(tokens.slice(2))
  const list = isName(first) ? tokens.slice(1) : tokens
  return list[0]?.word === "(" && bare(list) !== list
}

const isCollated = (tokens: ReadonlyArray<Token>): boolean => {
  const collation = tokens.at(-1)
  return tokens.at(-2)?.word === "COLLATE" && collation !== undefined && isName(collation) &&
    isOperand(tokens.slice(0, -2))
}

const isQualified = (tokens: ReadonlyArray<Token>): boolean =>
  tokens.length === 3 && tokens[1]?.word === "." && tokens.every((token, i) => i === 1 || isName(token))

const readPart = (tokens: ReadonlyArray<Token>, scope: TableScope): KeyPart => {
  const direction = tokens.length > 1 ? tokens.at(-1)?.word : undefined
  const directed = direction === "ASC" || direction === "DESC"
  const descending = direction === "DESC" ? { descending: true as const } : {}
  const collated = bare(directed ? tokens.slice(0, -1) : tokens)
  const last = collated.at(-1)
  const collate = isCollated(collated) && last !== undefined ? { collate: nameOf(last) } : {}
  const inside = bare("collate" in collate ? collated.slice(0, -2) : collated)
  const own = isQualified(inside) ? inside.slice(2) : inside
  const [column] = own
  return isLoneName(own) && column !== undefined
    ? { column: nameOf(column), ...collate, ...descending }
    : { expression: spell(inside, scope), ...collate, ...descending }
}

/**
 * The parts of a key from the tokens between its parentheses. Parentheses around a part mean nothing; a collation is told
 * apart where it is about the whole part.
 */
export const keyParts = (tokens: ReadonlyArray<Token>, scope: TableScope): ReadonlyArray<KeyPart> =>
  splitElements(tokens).map((element) => readPart(element, scope))
