/** What sessions of SQLite and of libSQL servers have in common, over a connection that runs one statement at a time. */
import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import type { Row, Session, Transactions } from "./Database.ts"
import { DatabaseError } from "./DatabaseError.ts"
import { misuse, rolledBack } from "./SqliteFailure.ts"
import { type Statement, statements } from "./SqliteStatements.ts"
import { encode, type Encoded, versionNumber } from "./SqliteValues.ts"

/** A connection as a session needs it. */
export interface Connection {
  /** Runs one statement. Interruption stops it, and waits until it has ended. */
  readonly run: (sql: string, parameters: ReadonlyArray<Encoded>) => Effect.Effect<ReadonlyArray<Row>, DatabaseError>
  /** Whether a transaction is open. Asked only while nothing runs. */
  readonly isInTransaction: Effect.Effect<boolean, DatabaseError>
  /** Stops what runs, and waits until it has ended. */
  readonly stop: Effect.Effect<void>
}

/**
 * A session over a connection, exclusively held. When the scope closes, what runs is stopped and what is open is rolled
 * back; the session refuses statements from then on. `foreign_keys` is switched off and read back: where it stays on, the
 * session says `foreignKeysForced`.
 *
 * A failure that makes SQLite roll back the whole transaction (a full disk, an interruption, ON CONFLICT ROLLBACK) would
 * leave the statements after it to commit one by one: they are refused with `LP_TRANSACTION_ROLLED_BACK` until a ROLLBACK.
 */
export const over = Effect.fnUntraced(function*(
  connection: Connection,
  transactions: Transactions
): Effect.fn.Return<Session, DatabaseError, Scope.Scope> {
  const turns = yield* Semaphore.make(1)
  let isClosed = false
  let inTransaction = false
  /** The failure with which SQLite gave up a transaction that nobody has ended yet. */
  let gaveUp: DatabaseError | undefined

  const run = ({ sql }: Statement, parameters: ReadonlyArray<Encoded>) =>
    Effect.suspend((): Effect.Effect<ReadonlyArray<Row>, DatabaseError> => {
      if (isClosed) return Effect.fail(misuse("The session is closed.", "Open a new one.", sql))
      const control = controlOf(sql)
      if (gaveUp !== undefined) {
        const first = gaveUp
        if (control === "rollback") gaveUp = undefined
        return control === "rollback" ? Effect.succeed([]) : Effect.fail(rolledBack(first, sql))
      }
      return Effect.onExit(connection.run(sql, parameters), (exit) => settle(sql, control, exit))
    })

  const settle = (sql: string, control: Control | undefined, exit: Exit.Exit<unknown, DatabaseError>) => {
    if (Exit.isSuccess(exit)) {
      if (control === "savepoint") {
        return Effect.ignore(Effect.map(connection.isInTransaction, (is) => inTransaction = is))
      }
      if (control !== undefined) inTransaction = control === "begin"
      return Effect.void
    }
    if (!inTransaction || control === "rollback") return Effect.void
    // a connection that does not answer has no transaction either
    return Effect.map(Effect.orElseSucceed(connection.isInTransaction, () => false), (is) => {
      inTransaction = is
      if (!is) gaveUp = Option.getOrElse(Cause.findErrorOption(exit.cause), () => interrupted(sql))
    })
  }

  const query: Session["query"] = (sql, parameters = []) =>
    Effect.suspend(() => {
      const [statement, ...others] = statements(sql)
      const encoded: Array<Encoded> = []
      for (const parameter of parameters) {
        const value = encode(parameter)
        if (value !== undefined) encoded.push(value)
      }
      const problem = sql.includes("\0")
        ? "A statement holds no NUL character."
        : others.length > 0
        ? "A query is one statement, and this is several."
        : encoded.length < parameters.length
        ? "A parameter is not a number, or a whole number of more than 64 bits: SQLite has no such value."
        : parameters.length > 0 && statement?.parameters === undefined
        ? "Parameters go by ? or ?1, not by names."
        : (statement?.parameters ?? 0) !== parameters.length
        ? `The statement takes ${statement?.parameters ?? 0} parameters and got ${parameters.length}.`
        : undefined
      if (problem !== undefined) {
        return Effect.fail(misuse(problem, "This is a mistake in the program that runs it.", sql))
      }
      return statement === undefined ? Effect.succeed([]) : turns.withPermit(run(statement, encoded))
    })

  const execute: Session["execute"] = (script) =>
    Effect.suspend(() => {
      if (script.includes("\0")) {
        return Effect.fail(misuse("A script holds no NUL character.", "Take it out of the script.", script))
      }
      const list = statements(script)
      const steps = Effect.forEach(list, (statement) =>
        Effect.mapError(run(statement, []), (error) =>
          list.length === 1 ? error : within(error, script, statement)), {
        discard: true
      })
      return turns.withPermit(steps)
    })

  yield* Effect.addFinalizer(() =>
    connection.stop.pipe(
      Effect.andThen(turns.withPermit(Effect.suspend(() => {
        isClosed = true
        return Effect.flatMap(connection.isInTransaction, (is) =>
          is ? connection.run("ROLLBACK", []) : Effect.succeed([]))
      }))),
      Effect.timeout(Duration.seconds(20)),
      Effect.ignore
    )
  )

  const [version] = yield* query("SELECT sqlite_version() AS version")
  const [foreignKeys] = yield* Effect.andThen(execute("PRAGMA foreign_keys = OFF"), query("PRAGMA foreign_keys")).pipe(
    // a server that knows better than its clients
    Effect.catchIf((error) => error.code === "SQL_PARSE_ERROR", () => Effect.succeed<ReadonlyArray<Row>>([]))
  )
  return {
    versionNumber: versionNumber(String(version?.["version"])),
    transactions,
    ...(foreignKeys?.["foreign_keys"] === 0 ? {} : { foreignKeysForced: true as const }),
    query,
    execute,
    notices: Effect.succeed([])
  }
})

type Control = "begin" | "commit" | "rollback" | "savepoint"

/** What a statement does to transactions. Going back to a savepoint leaves the transaction as open as it was. */
const controlOf = (sql: string): Control | undefined => {
  const [word, rest = ""] = sql.split(/(?<=^\w+)\b/)
  switch (word?.toLowerCase()) {
    case "begin":
      return "begin"
    case "commit":
    case "end":
      return "commit"
    case "rollback":
      return /\bto\b/i.test(rest) ? undefined : "rollback"
    case "savepoint":
    case "release":
      return "savepoint"
    default:
      return undefined
  }
}

const interrupted = (sql: string): DatabaseError =>
  new DatabaseError({ code: "SQLITE_INTERRUPT", message: "The statement was interrupted.", sql })

/** The error of a statement as that of its script; where the statement begins is its position. */
const within = (error: DatabaseError, script: string, statement: Statement): DatabaseError =>
  new DatabaseError({
    code: error.code,
    message: error.message,
    ...(error.detail === undefined ? {} : { detail: error.detail }),
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    position: statement.start + 1,
    sql: script
  })
