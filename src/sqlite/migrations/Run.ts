/** Runs migration files one after the other, each committed before the next, as their tool does. */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { Session } from "../../engine/Database.ts"
import type { DatabaseError } from "../../engine/DatabaseError.ts"
import { transaction } from "../../engine/Transaction.ts"
import { notMadeBefore } from "../../migrations/Reading.ts"
import { problemAt } from "../../migrations/Section.ts"
import type { SourceProblem } from "../../SourceError.ts"
import type { Range } from "../../text/Position.ts"
import { foldName, quoteLiteral } from "../sql/Identifier.ts"
import { lexSignificant, nameOf } from "../sql/Lexer.ts"
import { withPlainStrings } from "../sql/Parser.ts"
import type { SchemaStatement } from "../sql/SchemaFile.ts"
import { pragmaOf } from "./Pragmas.ts"
import type { Script } from "./Script.ts"

/** A statement that failed. */
interface Failed {
  readonly statement: SchemaStatement
  readonly error: DatabaseError
}

/** The text with single quotes around what stands in double ones and is meant. */
const withStrings = (sql: string, isString: (name: string, before: string | undefined) => boolean): string => {
  let [text, from] = ["", 0]
  let before: string | undefined
  for (const token of lexSignificant(sql)) {
    if (token.kind === "quoted" && token.text.startsWith("\"") && isString(nameOf(token), before)) {
      text += sql.slice(from, token.start) + quoteLiteral(nameOf(token))
      from = token.end
    }
    before = token.word
  }
  return text + sql.slice(from)
}

/**
 * A definition that stays must hold no string in double quotes: SQLite as it comes with Lockplane takes none, and SQLite as
 * most tools have it does (SQLite, "Double-quoted String Literals Are Accepted").
 */
const definitionOf = ({ header, text, tokens }: SchemaStatement): string =>
  header?.kind === "table"
    ? withPlainStrings(text)
    : tokens[0]?.word === "ALTER"
    ? withStrings(text, (_, before) => before === "DEFAULT")
    : text

/** What SQLite said, without what a server of libSQL says around it. */
const said = ({ message }: DatabaseError): string =>
  message.replace(/^SQL input error: /, "").replace(/ \(at offset \d+\)$/, "")

/** Runs a statement; what is no column, and in double quotes, is a string. */
const runStatement = (session: Session, statement: SchemaStatement): Effect.Effect<void, DatabaseError> => {
  const attempt = (sql: string): Effect.Effect<void, DatabaseError> =>
    Effect.catch(session.execute(sql), (error) => {
      const [, name] = /^no such column: (.+)$/.exec(said(error)) ?? []
      const other = name === undefined ? sql : withStrings(sql, (one) => one === name)
      return other === sql ? Effect.fail(error) : attempt(other)
    })
  return attempt(definitionOf(statement))
}

/** Runs statements in order, in one transaction or in those that they begin themselves. Gives the one that failed. */
const runFile = Effect.fnUntraced(function*(session: Session, script: Script) {
  let [current] = script.statements
  const all = Effect.forEach(script.statements, (statement) => {
    current = statement
    return runStatement(session, statement)
  }, { discard: true })
  const result = yield* Effect.result(script.transaction ? transaction(session, all) : all)
  return Result.isFailure(result) && current !== undefined
    ? { statement: current, error: result.failure } satisfies Failed
    : undefined
})

const named = /^(?:near "([^]*)": syntax error|no such \w+: (?:main\.)?(.+)|(?:\w+) (.+) already exists)$/

/** The word that an error is about, where the statement has it once. */
const placeOf = ({ statement, error }: Failed): Range => {
  const words = (named.exec(said(error)) ?? []).slice(1).flatMap((word: string | undefined) => word ?? [])
  const found = statement.tokens.filter((token) => words.some((word) => foldName(nameOf(token)) === foldName(word)))
  return found.length === 1 && found[0] !== undefined ? found[0] : statement
}

const problemOf = ({ path, text }: Script, failed: Failed): SourceProblem => {
  const { error: { code, message, hint } } = failed
  const advice = /^no such (?:table|column|index|view|trigger)\b/.test(said(failed.error)) ? notMadeBefore : hint
  return {
    ...problemAt(path, text, placeOf(failed), message, code),
    ...(advice === undefined ? {} : { hint: advice })
  }
}

/**
 * Runs the files on a session in this order, with foreign keys off unless a file switches them on; each begins with the
 * settings of a new connection. Gives the problem of the first statement that failed; fails where the session does not work.
 */
export const run = Effect.fn("migrations.run")(function*(
  scripts: ReadonlyArray<Script>,
  session: Session
): Effect.fn.Return<SourceProblem | undefined, DatabaseError> {
  for (const script of scripts) {
    const failed = yield* runFile(session, script)
    if (failed !== undefined) return problemOf(script, failed)
    const switched = new Set(script.statements.flatMap(({ tokens }) => {
      const pragma = pragmaOf(tokens)
      return pragma?._tag === "Switch" ? [pragma.name] : []
    }))
    for (const name of switched) yield* session.execute(`PRAGMA ${name} = OFF`)
  }
  return undefined
})
