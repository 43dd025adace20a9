/** The SQL of a plan, read by SQLite's own parser before any of it runs. */
import * as Effect from "effect/Effect"
import type { DatabaseError } from "../engine/DatabaseError.ts"
import { compiler } from "../engine/SqliteSyntax.ts"
import { lexSignificant } from "./sql/Lexer.ts"
import { splitStatements } from "./sql/Statements.ts"

/** Statements that would end the transaction that makes a plan all or nothing, or cannot run in it. */
const transactional: ReadonlySet<string> = new Set([
  "ATTACH",
  "BEGIN",
  "COMMIT",
  "DETACH",
  "END",
  "RELEASE",
  "ROLLBACK",
  "SAVEPOINT",
  "VACUUM"
])

/** What SQLite says of text that is no SQL, and not of names that an empty database does not have. */
const isSyntax = (message: string): boolean => /syntax error|incomplete input|unrecognized token/.test(message)

/** What is wrong with each of the statements; undefined where nothing is. */
export const problemsIn = (
  statements: ReadonlyArray<string>
): Effect.Effect<ReadonlyArray<string | undefined>, DatabaseError> =>
  Effect.scoped(Effect.map(compiler, (compile) =>
    statements.map((sql) => {
      const tokens = lexSignificant(sql)
      const word = tokens[0]?.word ?? ""
      // what stands behind a semicolon would run unread
      if (splitStatements(sql).length > 1 || word === ";") {
        return "there is more than one statement in it; write each as a text of its own: \"sql\": [\"…\", \"…\"]"
      }
      if (transactional.has(word)) {
        return `${sql.trim()} is not for a plan; steps with the same "transaction" run in one`
      }
      const message = word === "PRAGMA" ? undefined : compile(sql)
      return message !== undefined && isSyntax(message) ? message : undefined
    })))
