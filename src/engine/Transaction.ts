/** Transactions around effects: whatever happens inside, success, failure or interruption, none is left open. */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { Session } from "./Database.ts"
import type { DatabaseError } from "./DatabaseError.ts"

/**
 * Runs `begin`, then `effect`, then `commit` on success and `rollback` otherwise. Only `effect` can be interrupted. A
 * rollback that cannot be sent is not an error of its own: the server rolls back what a lost connection leaves open.
 */
const within = <A, E, R>(
  session: Session,
  effect: Effect.Effect<A, E, R>,
  statements: { readonly begin: string; readonly commit: string; readonly rollback: string }
): Effect.Effect<A, E | DatabaseError, R> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.gen(function*() {
      yield* session.execute(statements.begin)
      const rollback = Effect.ignore(session.execute(statements.rollback))
      const exit = yield* Effect.exit(restore(effect))
      yield* Exit.isSuccess(exit) ? Effect.onError(session.execute(statements.commit), () => rollback) : rollback
      return yield* exit
    })
  )

/**
 * Runs `effect` in a transaction: committed when it succeeds, rolled back when it fails or is interrupted. Fails with
 * `25P02` where `effect` succeeded although one of its statements had failed: PostgreSQL answers such a COMMIT with a
 * ROLLBACK and no error. Transactions do not nest; inside one, use {@link savepoint}.
 */
export const transaction = <A, E, R>(
  session: Session,
  effect: Effect.Effect<A, E, R>
): Effect.Effect<A, E | DatabaseError, R> =>
  within(session, effect, {
    begin: "BEGIN",
    // an aborted transaction refuses the SELECT, so that its COMMIT cannot pass in silence
    commit: "SELECT 1; COMMIT",
    rollback: "ROLLBACK"
  })

/** Runs `effect` in a transaction that is always rolled back: the database is left as it was. */
export const rehearse = <A, E, R>(
  session: Session,
  effect: Effect.Effect<A, E, R>
): Effect.Effect<A, E | DatabaseError, R> =>
  within(session, effect, { begin: "BEGIN", commit: "ROLLBACK", rollback: "ROLLBACK" })

/**
 * Runs `effect` in a read-only transaction whose statements all see the same state of the database (PostgreSQL manual,
 * "Repeatable Read Isolation Level").
 */
export const snapshot = <A, E, R>(
  session: Session,
  effect: Effect.Effect<A, E, R>
): Effect.Effect<A, E | DatabaseError, R> =>
  within(session, effect, {
    begin: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
    commit: "ROLLBACK",
    rollback: "ROLLBACK"
  })

/**
 * Runs `effect` inside an open transaction so that its failure or interruption undoes only what `effect` did. Savepoints
 * nest: the innermost of the name is meant (PostgreSQL manual, SAVEPOINT).
 */
export const savepoint = <A, E, R>(
  session: Session,
  effect: Effect.Effect<A, E, R>
): Effect.Effect<A, E | DatabaseError, R> =>
  within(session, effect, {
    begin: "SAVEPOINT lockplane",
    commit: "RELEASE SAVEPOINT lockplane",
    rollback: "ROLLBACK TO SAVEPOINT lockplane; RELEASE SAVEPOINT lockplane"
  })
