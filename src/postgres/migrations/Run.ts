/** Runs migration files one after the other, each committed before the next, as their tool does. */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { Session } from "../../engine/Database.ts"
import { DatabaseError } from "../../engine/DatabaseError.ts"
import { transaction } from "../../engine/Transaction.ts"
import { notMadeBefore } from "../../migrations/Reading.ts"
import type { Tool } from "../../migrations/tools.ts"
import type { SourceProblem } from "../../SourceError.ts"
import { quoteIdentifier } from "../Identifier.ts"
import { problemOf } from "../Loader.ts"
import { actAs } from "../Roles.ts"
import type { ParsedStatement } from "../sql/Parser.ts"
import { as } from "../sql/ParseTree.ts"
import { withoutConnection } from "../sql/Subscription.ts"
import { rolesNamed } from "../StatementOrder.ts"
import type { Script } from "./Script.ts"
import {
  committedThere,
  committing,
  type ServerState,
  sharedServer,
  stateOf,
  unchanged,
  unchangedAtEnd
} from "./ServerState.ts"

/** A statement that failed. */
interface Failed {
  readonly statement: ParsedStatement
  readonly error: DatabaseError
}

/** SQLSTATEs of what works in no transaction, or only after a commit. */
const needsCommit: ReadonlySet<string> = new Set([
  "25001", // active_sql_transaction
  "2D000", // invalid_transaction_termination
  "55P04" // unsafe_new_enum_value_usage
])

/** SQLSTATEs that say that something is not there. */
const notThere: ReadonlySet<string> = new Set(["3F000", "42703", "42704", "42883", "42P01"])

/** Statements about what a server has once, and not each of its databases. */
const ofServer: ReadonlySet<string> = new Set([
  "AlterDatabaseSetStmt",
  "AlterDatabaseStmt",
  "AlterRoleSetStmt",
  "AlterRoleStmt",
  "AlterSystemStmt",
  "CreateRoleStmt",
  "CreateTableSpaceStmt",
  "CreatedbStmt",
  "DropRoleStmt",
  "DropTableSpaceStmt",
  "DropdbStmt",
  "GrantRoleStmt"
])

const begins: ReadonlySet<string> = new Set(["TRANS_STMT_BEGIN", "TRANS_STMT_START"])
const ends: ReadonlySet<string> = new Set(["TRANS_STMT_COMMIT", "TRANS_STMT_ROLLBACK", "TRANS_STMT_PREPARE"])

const transactionKind = ({ node }: ParsedStatement): string => as(node, "TransactionStmt")?.kind ?? ""

/** The statement that begins a transaction which the file does not end. */
const leftOpen = (statements: ReadonlyArray<ParsedStatement>): ParsedStatement | undefined => {
  let open: ParsedStatement | undefined
  for (const statement of statements) {
    const kind = transactionKind(statement)
    if (begins.has(kind)) open ??= statement
    else if (ends.has(kind) && as(statement.node, "TransactionStmt")?.chain !== true) open = undefined
  }
  return open
}

const sqlOf = (statement: ParsedStatement, session: Session): string =>
  withoutConnection(statement.node, Math.floor(session.versionNumber / 10000)) ?? statement.text

/** Runs statements in one transaction. Gives the one that failed. */
const together = Effect.fnUntraced(function*(session: Session, statements: ReadonlyArray<ParsedStatement>) {
  let current: ParsedStatement | undefined
  const all = Effect.forEach(statements, (statement) => {
    current = statement
    return session.execute(sqlOf(statement, session))
  }, { discard: true })
  const result = yield* Effect.result(
    session.sharesRoles !== true
      ? transaction(session, all)
      // read before: a file may begin with what has to be said before any query
      : Effect.flatMap(
        stateOf(session),
        (before) => transaction(session, Effect.andThen(all, unchangedAtEnd(session, before)))
      )
  )
  const statement = current ?? statements[0]
  return Result.isFailure(result) && statement !== undefined ? { statement, error: result.failure } : undefined
})

const failing = (
  statement: ParsedStatement,
  effect: Effect.Effect<unknown, DatabaseError>
): Effect.Effect<Failed | undefined> =>
  Effect.match(effect, { onFailure: (error) => ({ statement, error }), onSuccess: () => undefined })

/** Runs each statement as psql does: it is committed at once, unless the file itself begins a transaction. */
const oneByOne = Effect.fnUntraced(function*(session: Session, statements: ReadonlyArray<ParsedStatement>) {
  for (const statement of statements) {
    const failed = yield* failing(statement, session.execute(sqlOf(statement, session)))
    if (failed !== undefined) return failed
  }
  return undefined
})

/** Statements that mean something else, or nothing, in a transaction of their own; none of them runs code. */
const alone: ReadonlySet<string> = new Set([
  "DeclareCursorStmt",
  "LockStmt",
  "TransactionStmt",
  "VariableSetStmt"
])

/**
 * {@link oneByOne}, on a server that is not ours alone: any statement can run code, by functions and triggers, so that each
 * is committed only once it is known to have left the server as it was.
 */
const oneByOneGuarded = Effect.fnUntraced(function*(session: Session, statements: ReadonlyArray<ParsedStatement>) {
  /** What the server had where the file began its transaction. */
  let begun: ServerState | undefined
  const watched = (statement: ParsedStatement): Effect.Effect<Failed | undefined> =>
    failing(
      statement,
      Effect.flatMap(stateOf(session), (before) =>
        Effect.andThen(session.execute(sqlOf(statement, session)), unchanged(session, before, committedThere)))
    )
  for (const statement of statements) {
    const kind = transactionKind(statement)
    const run = session.execute(sqlOf(statement, session))
    let failed: Failed | undefined
    if (begun !== undefined) {
      const keeps = ends.has(kind) && kind !== "TRANS_STMT_ROLLBACK" ? unchangedAtEnd(session, begun) : Effect.void
      failed = yield* failing(statement, Effect.andThen(keeps, run))
      if (ends.has(kind) && as(statement.node, "TransactionStmt")?.chain !== true) begun = undefined
    } else if (begins.has(kind)) {
      const before = yield* Effect.result(stateOf(session))
      if (Result.isFailure(before)) return { statement, error: before.failure }
      begun = before.success
      failed = yield* failing(statement, run)
    } else if (alone.has(statement.tag)) failed = yield* watched(statement)
    else {
      failed = yield* together(session, [statement])
      if (failed?.error.code === "25001") failed = yield* watched(statement)
      else if (failed?.error.code === "2D000") failed = { statement, error: committing }
    }
    if (failed === undefined) continue
    // nothing of it may be committed by what comes after
    yield* Effect.ignore(session.execute("ROLLBACK"))
    return failed
  }
  return undefined
})

const runFile = Effect.fnUntraced(function*(session: Session, { file, transaction }: Script, tool: Tool) {
  const { statements } = file
  const ofAll = session.sharesRoles === true ? statements.find(({ tag }) => ofServer.has(tag)) : undefined
  if (ofAll !== undefined) return { statement: ofAll, error: sharedServer }
  const open = leftOpen(statements)
  if (open !== undefined) {
    return {
      statement: open,
      error: new DatabaseError({
        code: "25000",
        message: "The file begins a transaction and does not end it",
        hint: "Write COMMIT at its end"
      })
    }
  }
  const own = statements.some((statement) => {
    const kind = transactionKind(statement)
    return begins.has(kind) || ends.has(kind)
  })
  const apart = session.sharesRoles === true ? oneByOneGuarded : oneByOne
  if (own || !transaction) return yield* apart(session, statements)
  const failed = yield* together(session, statements)
  const retry = failed !== undefined && needsCommit.has(failed.error.code) && tool.transactionSwitch === undefined
  return retry ? yield* apart(session, statements) : failed
})

/** What to do about a failure, where the engine does not say it. */
const hintOf = (
  { error: { code, hint } }: Failed,
  { platform, title, transactionSwitch }: Tool
): string | undefined => {
  if (needsCommit.has(code) && transactionSwitch !== undefined) {
    return `${title} runs the file in a transaction, unless it says: ${transactionSwitch}`
  }
  return hint ?? (notThere.has(code)
    ? platform ?? notMadeBefore
    : undefined)
}

/** Roles that code of DO makes. */
const madeByCode = (statements: ReadonlyArray<ParsedStatement>): ReadonlySet<string> =>
  new Set(
    statements.filter(({ tag }) => tag === "DoStmt").flatMap(({ text }) =>
      [...text.matchAll(/\bcreate\s+(?:role|user|group)\s+(?:"([^"]+)"|(\w+))/gi)].map(([, quoted, word = ""]) =>
        quoted ?? word.toLowerCase()
      )
    )
  )

/**
 * Runs the files on a session in this order. Each begins with the session's own settings. Roles that they name and do not
 * make are made before. Gives the problem of the first statement that failed; fails where the session does not work.
 */
export const run = Effect.fn("migrations.run")(function*(
  scripts: ReadonlyArray<Script>,
  tool: Tool,
  session: Session
): Effect.fn.Return<SourceProblem | undefined, DatabaseError> {
  const statements = scripts.flatMap(({ file }) => file.statements)
  const made = madeByCode(statements)
  yield* actAs(session, rolesNamed(statements).filter((role) => !made.has(role)))
  const [user] = yield* session.query("SELECT current_user AS role")
  const reset = `SET SESSION AUTHORIZATION ${quoteIdentifier(String(user?.["role"]))}; RESET ALL`
  for (const script of scripts) {
    yield* session.execute(reset)
    const failed = yield* runFile(session, script, tool)
    if (failed === undefined) continue
    const { hint: _, ...problem } = problemOf(script.file, failed.statement, failed.error, "error")
    const hint = hintOf(failed, tool)
    return hint === undefined ? problem : { ...problem, hint }
  }
  yield* session.execute(reset)
  return undefined
})
