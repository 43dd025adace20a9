/** Defaults of SQLite as PostgreSQL writes them, for a column of a type. */
import * as Result from "effect/Result"
import { lexSignificant, type Token } from "../../sqlite/sql/Lexer.ts"
import { type Names, translateText } from "./Expression.ts"
import { nowCall, typedNow } from "./Times.ts"

/** The tokens without parentheses around all of them. */
const bare = (tokens: ReadonlyArray<Token>): ReadonlyArray<Token> => {
  let depth = 0
  const closes = tokens.findIndex(({ word }) => {
    if (word === "(") depth++
    if (word === ")") depth--
    return depth === 0
  })
  return tokens[0]?.word === "(" && closes === tokens.length - 1 ? bare(tokens.slice(1, -1)) : tokens
}

const randomHex = /^(LOWER\()?HEX\(RANDOMBLOB\(16\)\)(?:\))?$/

const truth: ReadonlyMap<string, string> = new Map([["0", "FALSE"], ["1", "TRUE"]])

const noColumns: Names = { declared: new Map(), booleans: new Set() }

/** The default; undefined for NULL, which says nothing. Fails with the reason, a sentence, where PostgreSQL has none that does the same. */
export const translateDefault = (text: string, type: string): Result.Result<string | undefined, string> => {
  const tokens = bare(lexSignificant(text))
  const plain = tokens.map((token) => token.word === "" ? token.text : token.word).join("")
  if (plain === "NULL") return Result.succeed(undefined)
  const value = truth.get(plain)
  if (type === "boolean" && value !== undefined) return Result.succeed(value)
  const now = nowCall(tokens, 0)
  const typed = now?.length === tokens.length ? typedNow(now, type) : undefined
  if (typed !== undefined) return Result.succeed(typed)
  const hex = randomHex.exec(plain)
  if (hex !== null) {
    const digits = "replace(gen_random_uuid()::text, '-', '')"
    return Result.succeed(hex[1] === undefined ? `upper(${digits})` : digits)
  }
  return Result.map(translateText(tokens.map((token) => token.text).join(" "), noColumns), (made) => `(${made})`)
}
