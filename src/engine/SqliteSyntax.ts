/** SQLite's own parser, as a function: whether a statement compiles in an empty database. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { DatabaseError } from "./DatabaseError.ts"

/** Compiles one statement and runs nothing: SQLite's message, or `undefined` where it takes the statement. */
export type Compile = (sql: string) => string | undefined

/**
 * A database in memory that only compiles, until the scope closes. Compiling is synchronous, takes microseconds, and a file
 * with errors needs thousands of it. Fails with `LP_SQLITE_ENGINE` where the package has no native part for this machine.
 */
export const compiler: Effect.Effect<Compile, DatabaseError, Scope.Scope> = Effect.gen(function*() {
  const { default: Connection } = yield* Effect.tryPromise({
    try: () => import("libsql"),
    catch: (cause) =>
      new DatabaseError({
        code: "LP_SQLITE_ENGINE",
        message: `SQLite does not start here: ${cause instanceof Error ? cause.message : String(cause)}`,
        hint: "The package libsql has its native part in a package for each platform, which npm install brings."
      })
  })
  const connection = yield* Effect.acquireRelease(
    Effect.sync(() => new Connection(":memory:")),
    (connection) => Effect.sync(() => connection.close())
  )
  return (sql) => {
    try {
      connection.prepare(sql)
      return undefined
    } catch (cause) {
      return cause instanceof Error ? cause.message : String(cause)
    }
  }
})
