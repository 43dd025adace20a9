/**
 * The one seam between Lockplane's logic and a live database: a {@link Database} hands out {@link Session}s, and a
 * session runs statements. Drivers for PostgreSQL servers (`postgres`), for the embedded engine (PGlite), for SQLite
 * (`libsql`) and for libSQL servers (`@libsql/hrana-client`) implement it.
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { DatabaseError } from "./DatabaseError.ts"

/** One row of a result: column name to value. The values are the same with every driver (`Values.ts` says which they are). */
export type Row = Readonly<Record<string, unknown>>

/** A message that the server sent beside the result, such as a NOTICE or a DEBUG1 line. */
export interface Notice {
  readonly severity: string
  readonly code: string
  readonly message: string
}

/** How a family of databases begins and ends transactions. Savepoints are the same words in all of them. */
export interface Transactions {
  /** One statement. */
  readonly begin: string
  /** Fails where nothing was committed. */
  readonly commit: string
  /** Succeeds after any failure of the transaction's statements. */
  readonly rollback: string
  /** Read-only transactions whose statements all see the same state: `begin` is one statement, `hold` fixes the state. */
  readonly snapshot: { readonly begin: string; readonly hold?: string; readonly end: string }
}

/**
 * One backend of the database, exclusively held until its scope closes. Statements sent concurrently are pipelined in
 * the order in which they were sent. Interruption cancels the running statement on the server.
 */
export interface Session {
  /** The server's `server_version_num`, such as 150018; SQLite's own number of its version, such as 3045001. */
  readonly versionNumber: number
  /** How transactions are begun and ended; PostgreSQL's way where absent. */
  readonly transactions?: Transactions
  /**
   * True where SQLite's `foreign_keys` cannot be switched off: dropping a table that others refer to deletes or refuses
   * there, so that it cannot be rebuilt.
   */
  readonly foreignKeysForced?: true
  /** True where the roles of the server are not ours alone: none is made then. */
  readonly sharesRoles?: true
  /**
   * Runs one statement by the extended protocol, with optional `$1` parameters: text, numbers, booleans, null, lists for
   * PostgreSQL arrays, objects for json. Types are what the server infers. SQLite takes `?` and `?1`, and its values are
   * those of `SqliteValues.ts`.
   */
  readonly query: (sql: string, parameters?: ReadonlyArray<unknown>) => Effect.Effect<ReadonlyArray<Row>, DatabaseError>
  /**
   * Runs a script of any number of statements by the simple protocol; outside a transaction it is one implicit transaction.
   * SQLite commits each statement on its own there.
   */
  readonly execute: (script: string) => Effect.Effect<void, DatabaseError>
  /** The notices that arrived since the last call. */
  readonly notices: Effect.Effect<ReadonlyArray<Notice>>
}

/** A database that sessions can be opened on. */
export class Database extends Context.Service<Database, {
  /** How people call it, without a password: `postgres://app@db.example.org/app` or `embedded PostgreSQL 18.6`. */
  readonly description: string
  /** True where several sessions can be open at once. */
  readonly concurrent: boolean
  /**
   * Opens a session; closing its scope cancels what runs, rolls back what is open and gives the backend back. An embedded
   * database has one backend: a second session waits until the first is closed, so never open one inside another.
   */
  readonly session: Effect.Effect<Session, DatabaseError, Scope.Scope>
}>()("lockplane/engine/Database") {}
