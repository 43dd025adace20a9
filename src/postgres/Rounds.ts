/**
 * Runs statements whose order may be wrong: in few large scripts under savepoints, and what fails again in the next
 * round, as long as a round gets something done. Everything happens inside the caller's transaction.
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { Session } from "../engine/Database.ts"
import type { DatabaseError } from "../engine/DatabaseError.ts"
import { savepoint } from "../engine/Transaction.ts"

/** A statement to run: its text without semicolon, and the statements (`SET …`) whose effect it is to run under. */
export interface Runnable {
  readonly sql: string
  readonly settings: ReadonlyArray<string>
}

/** A statement that no round could run, with the error of its last try: `position` is inside of `sql`. */
export interface Failure<R extends Runnable> {
  readonly runnable: R
  readonly error: DatabaseError
}

/** How many statements share a savepoint where not all of them can run. */
const chunkSize = 64

/** The setting that tells how far a script came; what it says survives the rollback of the step that failed. */
const progress = "lockplane.progress"

/** The script that takes the session from one list of settings to another. */
const change = (from: ReadonlyArray<string>, to: ReadonlyArray<string>, base: string): ReadonlyArray<string> =>
  from.length <= to.length && from.every((setting, i) => setting === to[i]) ? to.slice(from.length) : [base, ...to]

const statementsOf = (runnables: ReadonlyArray<Runnable>, base: string): ReadonlyArray<string> => {
  let settings: ReadonlyArray<string> = []
  return [
    base,
    ...runnables.flatMap((runnable) => {
      const changes = runnable.settings === settings ? [] : change(settings, runnable.settings, base)
      settings = runnable.settings
      return [...changes, runnable.sql]
    })
  ]
}

// on a line of its own: a statement may end with a comment
const scriptOf = (statements: ReadonlyArray<string>): string => statements.map((sql) => `${sql}\n;\n`).join("")

/**
 * Runs statements in steps of `size`, each under a savepoint. Gives how many ran before the first step that failed: all
 * of them if none did.
 */
const runSteps = Effect.fn("Rounds.runSteps")(
  function*(session: Session, runnables: ReadonlyArray<Runnable>, size: number, base: string) {
    const steps: Array<string> = []
    for (let at = 0; at < runnables.length; at += size) {
      const step = runnables.slice(at, at + size)
      steps.push(
        ...statementsOf(step, base),
        `SET LOCAL ${progress} = '${at + step.length}'`,
        "RELEASE SAVEPOINT lockplane_step",
        "SAVEPOINT lockplane_step"
      )
    }
    yield* session.execute(`SET LOCAL ${progress} = '0'; SAVEPOINT lockplane_step`)
    const result = yield* Effect.result(session.execute(scriptOf(steps)))
    yield* session.execute(
      `${Result.isFailure(result) ? "ROLLBACK TO SAVEPOINT lockplane_step; " : ""}RELEASE SAVEPOINT lockplane_step`
    )
    if (Result.isSuccess(result)) return runnables.length
    const [row] = yield* session.query(`SELECT pg_catalog.current_setting('${progress}') AS done`)
    return Number(row?.["done"])
  }
)

/** Runs one statement under a savepoint. Gives its error, if it has one. */
const runAlone = (session: Session, { settings, sql }: Runnable, base: string) =>
  savepoint(
    session,
    // in a script of its own, so that the error's position is a position in the statement
    Effect.andThen(session.execute(scriptOf([base, ...settings])), session.execute(sql))
  ).pipe(Effect.result, Effect.map((result) => Result.isFailure(result) ? result.failure : undefined))

/** Runs all statements in this order, past those that fail, which are given back. */
const runRound = Effect.fn("Rounds.runRound")(
  function*<R extends Runnable>(session: Session, runnables: ReadonlyArray<R>, base: string) {
    const failures: Array<Failure<R>> = []
    let at = yield* runSteps(session, runnables, runnables.length, base)
    while (at < runnables.length) {
      at += yield* runSteps(session, runnables.slice(at), chunkSize, base)
      const end = Math.min(at + chunkSize, runnables.length)
      while (at < end) {
        at += yield* runSteps(session, runnables.slice(at, end), 1, base)
        const runnable = runnables[at]
        if (at === end || runnable === undefined) break
        // where a whole script did not parse, the first of it is not to blame: it runs alone
        const error = yield* runAlone(session, runnable, base)
        if (error !== undefined) failures.push({ runnable, error })
        at++
      }
    }
    return failures
  }
)

/**
 * Runs all statements, in this order as far as they can, in rounds; `base` is a script that sets what they run under
 * before their own settings, and that undoes those. Gives the statements that cannot run at all. Fails only where the
 * session itself does not work.
 */
export const run = Effect.fn("Rounds.run")(
  function*<R extends Runnable>(
    session: Session,
    runnables: ReadonlyArray<R>,
    base: string
  ): Effect.fn.Return<ReadonlyArray<Failure<R>>, DatabaseError> {
    let failures: ReadonlyArray<Failure<R>> = []
    for (let left: ReadonlyArray<R> = runnables; left.length > 0;) {
      failures = yield* runRound(session, left, base)
      if (failures.length === left.length) break
      left = failures.map(({ runnable }) => runnable)
    }
    yield* session.execute(base)
    return failures
  }
)
