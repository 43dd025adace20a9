/** Transactions around effects: whatever happens inside, success, failure or interruption, none is left open. */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { Session, Transactions } from "./Database.ts"
import type { DatabaseError } from "./DatabaseError.ts"

const postgres: Transactions = {
  begin: "BEGIN",
  // an aborted transaction refuses the SELECT, so that its COMMIT cannot pass in silence
  commit: "SELECT 1; COMMIT",
  rollback: "ROLLBACK",
  snapshot: { begin: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", end: "ROLLBACK" }
}

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
 * Runs `effect` in a transaction: committed when it succeeds, rolled back when it fails or is interrupted. Where `effect`
 * succeeded although a failed statement of it ended the transaction, it fails too: with `25P02` on PostgreSQL, which
 * answers such a COMMIT with a ROLLBACK and no error, and with `LP_TRANSACTION_ROLLED_BACK` on SQLite. Transactions do not
 * nest; inside one, use {@link savepoint}.
 */
export const transaction = <A, E, R>(
  session: Session,
  effect: Effect.Effect<A, E, R>
): Effect.Effect<A, E | DatabaseError, R> => within(session, effect, session.transactions ?? postgres)

/** Runs `effect` in a transaction that is always rolled back: the database is left as it was. */
export const rehearse = <A, E, R>(
  session: Session,
  effect: Effect.Effect<A, E, R>
): Effect.Effect<A, E | DatabaseError, R> => {
  const { begin, rollback } = session.transactions ?? postgres
  return within(session, effect, { begin, commit: rollback, rollback })
}

/**
 * Runs `effect` in a read-only transaction whose statements all see the same state of the database (PostgreSQL manual,
 * "Repeatable Read Isolation Level"; SQLite documentation, "Isolation In SQLite").
 */
export const snapshot = <A, E, R>(
  session: Session,
  effect: Effect.Effect<A, E, R>
): Effect.Effect<A, E | DatabaseError, R> => {
  const { begin, end, hold } = (session.transactions ?? postgres).snapshot
  const held = hold === undefined ? effect : Effect.andThen(session.execute(hold), effect)
  return within<A, E | DatabaseError, R>(session, held, { begin, commit: end, rollback: end })
}

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
