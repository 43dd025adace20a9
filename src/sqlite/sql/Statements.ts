/** Splitting a script into statements, as SQLite's shell does (SQLite, "sqlite3_complete"). */
import type { Span } from "./Definition.ts"
import { lexSignificant, type Token } from "./Lexer.ts"

/** One statement of a script: from its first token to behind its last one; semicolon and comments around it are outside. */
export interface Statement extends Span {
  readonly text: string
  /** Without comments and without the semicolon, with places in the script. */
  readonly tokens: ReadonlyArray<Token>
  /** Whether its semicolon is there. */
  readonly ended: boolean
}

const isTrigger = (tokens: ReadonlyArray<Token>): boolean => {
  const words = tokens.slice(0, 6).map(({ word }) => word)
  const skipped = words[0] !== "EXPLAIN" ? 0 : words[1] === "QUERY" && words[2] === "PLAN" ? 3 : 1
  const temporary = words[skipped + 1] === "TEMP" || words[skipped + 1] === "TEMPORARY" ? 1 : 0
  return words[skipped] === "CREATE" && words[skipped + 1 + temporary] === "TRIGGER"
}

/**
 * The statements of a script. A CREATE TRIGGER ends with `; END;`. Where that is missing, it ends before the next CREATE,
 * which can stand in no trigger, so that one mistake does not swallow what follows.
 */
export const splitStatements = (script: string): ReadonlyArray<Statement> => {
  const statements: Array<Statement> = []
  let tokens: Array<Token> = []
  const finish = (ended: boolean): void => {
    const [first] = tokens
    const last = tokens.at(-1)
    if (first !== undefined && last !== undefined) {
      statements.push({
        start: first.start,
        end: last.end,
        text: script.slice(first.start, last.end),
        tokens,
        ended
      })
    }
    tokens = []
  }
  const all = lexSignificant(script)
  for (const [i, token] of all.entries()) {
    if (token.word !== ";") tokens.push(token)
    else if (!isTrigger(tokens)) finish(true)
    else {
      const isEnd = tokens.at(-1)?.word === "END" && tokens.at(-2)?.word === ";"
      if (isEnd || all[i + 1]?.word === "CREATE") finish(isEnd)
      else tokens.push(token)
    }
  }
  finish(false)
  return statements
}
