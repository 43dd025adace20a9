/** What a database answers, in the forms that checks need. */
import * as Effect from "effect/Effect"
import type { Session } from "../engine/Database.ts"
import type { DatabaseError } from "../engine/DatabaseError.ts"

/** The first column of a query, as text. */
export const column = (session: Session, sql: string): Effect.Effect<ReadonlyArray<string>, DatabaseError> =>
  Effect.map(session.query(sql), (rows) => rows.map((row) => String(Object.values(row)[0])))

/**
 * What SQLite finds wrong with a statement that has no rows to work on; undefined where that is nothing. (An EXPLAIN would
 * do, but it counts as running until its memory is collected, and no table can be dropped so long.)
 */
export const fault = (session: Session, sql: string): Effect.Effect<string | undefined> =>
  session.query(sql).pipe(Effect.as(undefined), Effect.catch(({ message }) => Effect.succeed(message)))

/** A function or module that only the application brings is no fault of the schema. */
export const isForeign = (message: string): boolean => /no such (function|module|collation sequence)/i.test(message)
