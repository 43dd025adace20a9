/** What a database or a connection to it refused, with all that was told about it. */
import * as Schema from "effect/Schema"

/**
 * A failed statement or connection. `code` is the SQLSTATE, SQLite's name of the extended result code
 * (`SQLITE_CONSTRAINT_CHECK`), or the operating system's name for a connection failure (`ECONNREFUSED`); `position` counts characters of `sql` from 1. Neither the message nor the fields hold a password.
 */
export class DatabaseError extends Schema.TaggedError<DatabaseError>()("DatabaseError", {
  code: Schema.String,
  message: Schema.String,
  detail: Schema.optionalKey(Schema.String),
  hint: Schema.optionalKey(Schema.String),
  position: Schema.optionalKey(Schema.Int),
  where: Schema.optionalKey(Schema.String),
  /** The statement or script that failed; absent for connection failures. */
  sql: Schema.optionalKey(Schema.String)
}) {}

/** A code as people know it: `SQLSTATE 42P01`, or the name that SQLite or the operating system gives it. */
export const codeText = (code: string): string => isSqlState(code) ? `SQLSTATE ${code}` : code

/** Whether a code is an SQLSTATE (PostgreSQL manual, "Error Codes"), and no name that the operating system has, such as `EPIPE`. */
export const isSqlState = (code: string): boolean => /^(?!E[A-Z]{4}$)[0-9A-Z]{5}$/.test(code)
