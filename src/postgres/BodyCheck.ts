/**
 * Looks into the bodies of routines after everything that they may name exists: what `check_function_bodies` does at
 * creation (PostgreSQL manual, 19.11.1), made independent of order.
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { Session } from "../engine/Database.ts"
import type { DatabaseError } from "../engine/DatabaseError.ts"
import { savepoint } from "../engine/Transaction.ts"
import type { ParsedStatement } from "./sql/Parser.ts"

/** What the database says to a routine's body. The error's position is `shift` characters ahead of that in the statement. */
export interface BodyProblem {
  readonly statement: ParsedStatement
  readonly error: DatabaseError
  readonly shift: number
}

/** The validators of all routines at once. They do not know a routine's own `SET`: an error here is a reason to look closer. */
const checkAll = `
SELECT CASE l.lanname
    WHEN 'sql' THEN pg_catalog.fmgr_sql_validator(p.oid)
    ELSE pg_catalog.plpgsql_validator(p.oid)
  END
FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_language l ON l.oid = p.prolang
WHERE p.oid >= 16384 AND l.lanname IN ('sql', 'plpgsql') AND NOT EXISTS (
  SELECT FROM pg_catalog.pg_depend d
  WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.objid = p.oid AND d.deptype = 'e')`

const addition = " OR REPLACE"

/** The statement that creates the routine once more; what follows its first word is moved by `shift`. */
const again = (statement: ParsedStatement): { readonly sql: string; readonly shift: number } => {
  const [create, next] = statement.tokens()
  if (create === undefined || next?.word === "or") return { sql: statement.text, shift: 0 }
  const at = create.end - statement.start
  return { sql: `${statement.text.slice(0, at)}${addition}${statement.text.slice(at)}`, shift: addition.length }
}

/**
 * Checks the bodies of the routines that these statements created, inside the caller's transaction. One statement where
 * all is well. Fails only where the session does not work.
 */
export const checkBodies = Effect.fn("BodyCheck.checkBodies")(
  function*(
    session: Session,
    statements: ReadonlyArray<ParsedStatement>
  ): Effect.fn.Return<ReadonlyArray<BodyProblem>, DatabaseError> {
    if (statements.length === 0) return []
    yield* session.execute("SET LOCAL check_function_bodies = on")
    const all = yield* Effect.result(savepoint(session, session.execute(checkAll)))
    if (Result.isSuccess(all)) return []
    const problems: Array<BodyProblem> = []
    for (const statement of statements) {
      const { shift, sql } = again(statement)
      const result = yield* Effect.result(savepoint(session, session.execute(sql)))
      if (Result.isFailure(result)) problems.push({ statement, error: result.failure, shift })
    }
    return problems
  }
)
