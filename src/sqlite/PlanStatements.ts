/** The SQL of a plan, read by SQLite's own parser before any of it runs. */
import * as Effect from "effect/Effect"
import type { DatabaseError } from "../engine/DatabaseError.ts"
import { compiler } from "../engine/SqliteSyntax.ts"
import { foldName, upperAscii } from "./sql/Identifier.ts"
import { lexSignificant, nameOf } from "./sql/Lexer.ts"
import { splitStatements } from "./sql/Statements.ts"
import { nameAt, says, type Words } from "./sql/Words.ts"

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

/** The pragmas that fit a plan: what they set is undone with it, or they set nothing that lasts. */
const fitting: ReadonlySet<string> = new Set([
  "ANALYSIS_LIMIT",
  "DEFER_FOREIGN_KEYS",
  "FOREIGN_KEYS",
  "FOREIGN_KEY_CHECK",
  "INTEGRITY_CHECK",
  "OPTIMIZE",
  "QUICK_CHECK",
  "USER_VERSION"
])

/** Whether a statement creates something in another schema than `main`: by the word TEMP, or by the name of the schema. */
const isElsewhere = (tokens: Words): boolean => {
  if (tokens[0]?.word !== "CREATE") return false
  if (says(tokens, 1, "TEMP") || says(tokens, 1, "TEMPORARY")) return true
  const kind = tokens.findIndex(({ word }) => ["TABLE", "INDEX", "VIEW", "TRIGGER"].includes(word))
  const at = says(tokens, kind + 1, "IF", "NOT", "EXISTS") ? kind + 4 : kind + 1
  const first = tokens[at]
  return first !== undefined && tokens[at + 1]?.text === "." && foldName(nameOf(first)) !== "main"
}

/** Why a statement is not for a plan; undefined where it may be. */
const misfit = (tokens: Words): string | undefined => {
  const word = tokens[0]?.word ?? ""
  if (transactional.has(word)) return "steps with the same \"transaction\" run in one"
  if (word === "EXPLAIN") return "it changes nothing"
  if (word === "PRAGMA" && !fitting.has(upperAscii(nameAt(tokens, 1)))) {
    return "it changes how the database is kept or how the session works, and not the schema; run it by itself"
  }
  return isElsewhere(tokens)
    ? "a plan is about the schema main alone, and what is temporary hides tables of it; use a table, and drop it in the plan"
    : undefined
}

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
      const reason = misfit(tokens)
      if (reason !== undefined) return `${sql.trim()} is not for a plan; ${reason}`
      const message = word === "PRAGMA" ? undefined : compile(sql)
      return message !== undefined && isSyntax(message) ? message : undefined
    })))
