/**
 * SQLite in this process, by the native package `libsql`: local files, one connection a session, and databases in memory.
 *
 * Statements run outside the main thread, so that timers and other sessions go on and a running one can be interrupted;
 * only the rows after the first are fetched on it. Each goes through the engine as one prepared statement: its own way
 * of running scripts cannot be interrupted.
 *
 * TEXT that holds a NUL is handed out up to it, and TEXT that is not UTF-8 (which SQLite lets in) ends the process: both
 * happen in the package. Schemas are checked for the latter when a session opens; data is to be fetched by
 * `CAST(… AS BLOB)` where it can be anything.
 *
 * A connection that ran a query keeps its file open, without a lock, until its statements are collected as garbage: the
 * WAL is written back when a session ends, but its file stays, and the journal mode of a WAL cannot be changed meanwhile.
 */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Path from "effect/Path"
import type * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import { Database, type Row, type Session, type Transactions } from "./Database.ts"
import { DatabaseError } from "./DatabaseError.ts"
import { codeOf, primary, statementError } from "./SqliteFailure.ts"
import * as SqliteLocation from "./SqliteLocation.ts"
import * as SqliteSession from "./SqliteSession.ts"
import { type Encoded, row } from "./SqliteValues.ts"

/** Which database, and how it is opened. */
export interface Options {
  /** A path, `sqlite://path`, `sqlite:path`, `file:path?mode=ro`, or `:memory:`. */
  readonly location: string
  /** Makes the file where it is missing; `?mode=rwc` says the same. Its folder has to be there. */
  readonly create?: boolean | undefined
  /** How long a statement waits for another connection's lock, in milliseconds; 5000 without. */
  readonly busyTimeoutMs?: number | undefined
  /** Refuses every write; `?mode=ro` says the same. */
  readonly readOnly?: boolean | undefined
}

/**
 * The database at a location. A file is looked at when a session opens, and every session has a connection of its own
 * (`concurrent: true`). A database in memory is made at once and lives until the scope closes: its sessions all see it and
 * take turns; temporary objects and attached databases of one are gone in the next.
 *
 * In every session `foreign_keys` is off; all else is as SQLite and the file have it, so that a schema means here what it
 * means to its application (`trusted_schema` on, recursive triggers as built).
 *
 * Fails with `LP_BAD_URL` where the location cannot be read and with `LP_SQLITE_ENGINE` where the package has no native
 * part for this machine. Opening a session fails with `LP_NO_DATABASE` where there is no file, and with SQLite's own codes
 * (`SQLITE_CANTOPEN`, `SQLITE_NOTADB`, `SQLITE_BUSY` …).
 */
export const make = Effect.fn("SqliteDatabase.make")(function*(
  options: Options
): Effect.fn.Return<Database["Service"], DatabaseError, FileSystem.FileSystem | Path.Path | Scope.Scope> {
  const location = yield* SqliteLocation.parse(options.location)
  const busyTimeout = Math.max(0, Math.trunc(options.busyTimeoutMs ?? 5000))
  const connect = yield* loadNative
  if (location._tag === "Memory") {
    const native = yield* Effect.acquireRelease(
      Effect.try({
        try: () => connect(":memory:", busyTimeout),
        catch: (cause) => statementError(cause, "", "The SQLite database in memory")
      }),
      (native) => Effect.sync(() => native.close())
    )
    const lease = yield* Semaphore.make(1)
    const turn = Effect.acquireRelease(lease.take(1), () => lease.release(1), { interruptible: true })
    return Database.of({
      description: "SQLite database in memory",
      concurrent: false,
      session: Effect.andThen(turn, open(native, "The SQLite database in memory")).pipe(
        Effect.tap(forgetTemporary)
      )
    })
  }

  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const mode = options.readOnly === true || location.mode === "ro"
    ? "ro"
    : options.create === true || location.mode === "rwc"
    ? "rwc"
    : "rw"
  const place = { path: location.path, where: `The SQLite database ${location.path}`, create: mode === "rwc" }
  const connection = Effect.acquireRelease(
    Effect.try({
      try: () => connect(SqliteLocation.uri(location.path, mode, location.immutable), busyTimeout),
      catch: () => undefined
    }),
    (native) => Effect.sync(() => native.close())
  ).pipe(Effect.catch(() => Effect.flatMap(cannotOpen(place, fs, path), Effect.fail)))
  return Database.of({
    description: `SQLite database ${location.path}`,
    concurrent: true,
    session: Effect.flatMap(connection, (native) => open(native, place.where))
  })
})

/** {@link make} as a layer. */
export const layer = (options: Options): Layer.Layer<Database, DatabaseError, FileSystem.FileSystem | Path.Path> =>
  Layer.effect(Database, make(options))

/** What is used of a connection of the package. */
interface Native {
  readonly isInTransaction: () => boolean
  readonly prepare: (sql: string) => Promise<Prepared>
  /** Blocks the main thread while a statement is being prepared. */
  readonly interrupt: () => void
  readonly close: () => void
}

interface Prepared {
  /** Takes the first step outside the main thread; the others are taken, on it, as the rows are asked for. */
  readonly iterate: (parameters: ReadonlyArray<Encoded>) => Promise<Iterable<object>>
}

const loadNative: Effect.Effect<(path: string, busyTimeout: number) => Native, DatabaseError> = Effect.tryPromise({
  try: async () => {
    const { default: Connection } = await import("libsql/promise")
    return (path: string, busyTimeout: number): Native => {
      const connection = new Connection(path, { timeout: busyTimeout })
      connection.defaultSafeIntegers(true)
      // asking a closed connection for anything but to prepare ends the process
      let isOpen = true
      return {
        isInTransaction: () => isOpen && Reflect.get(connection, "inTransaction") === true,
        prepare: (sql) => connection.prepare(sql),
        interrupt: () => {
          if (isOpen) connection.interrupt()
        },
        close: () => {
          isOpen = false
          connection.close()
        }
      }
    }
  },
  catch: (cause) =>
    new DatabaseError({
      code: "LP_SQLITE_ENGINE",
      message: `SQLite cannot be loaded: ${cause instanceof Error ? cause.message : String(cause)}`,
      hint:
        "It comes with the package libsql, which has native parts for Linux, macOS and Windows. Install the dependencies again, optional ones too; Deno needs --allow-ffi."
    })
})

/**
 * A transaction takes SQLite's one write lock at its beginning, and not in the midst of what it does (SQLite documentation,
 * "Transaction"). A snapshot is the state at its first read.
 */
const transactions: Transactions = {
  begin: "BEGIN IMMEDIATE",
  commit: "COMMIT",
  rollback: "ROLLBACK",
  snapshot: {
    begin: "BEGIN",
    hold: "PRAGMA query_only = ON; SELECT count(*) FROM sqlite_schema",
    end: "ROLLBACK; PRAGMA query_only = OFF"
  }
}

const open = Effect.fnUntraced(function*(
  native: Native,
  where: string
): Effect.fn.Return<Session, DatabaseError, Scope.Scope> {
  let hasWritten = false
  let stopRunning = (): Promise<void> => Promise.resolve()
  const run: SqliteSession.Connection["run"] = (sql, parameters) =>
    Effect.callback<ReadonlyArray<Row>, DatabaseError>((resume) => {
      hasWritten ||= !/^(?:select|pragma|begin|commit|rollback|explain)\b/i.test(sql)
      const statement = { isRunning: true, isStepping: false, isStopped: false }
      const settled = rows(native, sql, parameters, statement).then(
        (result) => resume(Effect.succeed(result)),
        (cause: unknown) => resume(Effect.fail(statementError(cause, sql, where)))
      ).finally(() => statement.isRunning = false)
      stopRunning = async () => {
        statement.isStopped = true
        while (statement.isRunning) {
          // again and again: an interruption that comes before the first step is not noticed
          if (statement.isStepping) native.interrupt()
          await Promise.race([settled, macrotask(20)])
        }
      }
      return Effect.promise(stopRunning)
    })

  // the last connection to close would do this, but the package closes one only when its statements are collected as garbage
  yield* Effect.addFinalizer(() =>
    Effect.suspend(() => hasWritten ? Effect.ignore(run("PRAGMA wal_checkpoint(PASSIVE)", [])) : Effect.void)
  )
  const session = yield* SqliteSession.over({
    run,
    isInTransaction: Effect.sync(native.isInTransaction),
    stop: Effect.promise(() => stopRunning())
  }, transactions)
  if (session.foreignKeysForced === true) {
    return yield* new DatabaseError({
      code: "LP_FOREIGN_KEYS",
      message: `${where} does not let foreign_keys be switched off.`,
      hint: "Without that, rebuilding a table could delete rows of those that refer to it. Nothing was changed."
    })
  }
  yield* refuseOtherEncodings(session, where)
  return session
})

/** A statement under way, and whether it is to end. */
interface Running {
  isStepping: boolean
  isStopped: boolean
}

const rows = async (native: Native, sql: string, parameters: ReadonlyArray<Encoded>, statement: Running) => {
  const prepared = await native.prepare(sql)
  if (statement.isStopped) throw new Error("interrupted")
  statement.isStepping = true
  const result: Array<Row> = []
  const iterator = (await prepared.iterate(parameters))[Symbol.iterator]()
  for (let step = next(native, iterator); step.done !== true; step = next(native, iterator)) {
    result.push(row(step.value))
    // an interruption, a timer or another session gets its turn
    if (result.length % 5000 === 0) await macrotask(0)
  }
  return result
}

/**
 * The next row. A statement that found the database locked stays ready to try again and, as nothing resets it before it is
 * collected as garbage, would keep every later COMMIT from succeeding: a step that is interrupted ends it.
 */
const next = (native: Native, iterator: Iterator<object, unknown>): IteratorResult<object, unknown> => {
  try {
    return iterator.next()
  } catch (busy) {
    if (primary(codeOf(busy)) !== "SQLITE_BUSY") throw busy
    native.interrupt()
    try {
      return iterator.next()
    } catch {
      throw busy
    }
  }
}

const macrotask = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds))

/** Text that is not UTF-8 cannot be handed out: a schema that has any is refused before anything reads it. */
const refuseOtherEncodings = Effect.fnUntraced(function*(session: Session, where: string) {
  const [encoding] = yield* session.query("PRAGMA encoding")
  if (encoding?.["encoding"] !== "UTF-8") return
  const utf8 = new TextDecoder("utf-8", { fatal: true })
  for (
    const { sql } of yield* session.query("SELECT CAST(sql AS BLOB) AS sql FROM sqlite_schema WHERE sql IS NOT NULL")
  ) {
    if (!(sql instanceof Uint8Array)) continue
    yield* Effect.try({
      try: () => utf8.decode(sql),
      catch: () =>
        new DatabaseError({
          code: "LP_NOT_UTF8",
          message: `${where} holds a definition that is not valid UTF-8: ${
            new TextDecoder().decode(sql).slice(0, 200)
          }`,
          hint: "Recreate this object with its text in UTF-8."
        })
    })
  }
})

/** What a session of a database in memory left behind that is not the database's own. */
const forgetTemporary = Effect.fnUntraced(function*(session: Session) {
  const quote = (name: unknown) => `"${String(name).replaceAll("\"", "\"\"")}"`
  for (
    const { name, type } of yield* session.query("SELECT type, name FROM sqlite_temp_schema WHERE type <> 'index'")
  ) {
    yield* session.execute(`DROP ${String(type)} IF EXISTS temp.${quote(name)}`)
  }
  for (const { name } of yield* session.query("SELECT name FROM pragma_database_list WHERE seq > 1")) {
    yield* session.execute(`DETACH ${quote(name)}`)
  }
})

interface FilePlace {
  readonly path: string
  readonly where: string
  readonly create: boolean
}

/** The error of a file that cannot be opened. The package tells a number, so the file system is asked for the reason. */
const cannotOpen = Effect.fnUntraced(function*(place: FilePlace, fs: FileSystem.FileSystem, path: Path.Path) {
  const error = (code: string, what: string, hint: string) =>
    new DatabaseError({ code, message: `${place.where} cannot be opened: ${what}.`, hint })
  const folder = path.dirname(path.resolve(place.path))
  const type = (file: string) =>
    Effect.match(fs.stat(file), {
      onSuccess: (info) => info.type === "Directory" ? "folder" : "file",
      onFailure: (problem) => problem.reason._tag === "PermissionDenied" ? "hidden" : "missing"
    })
  const [ofFile, ofFolder] = [yield* type(place.path), yield* type(folder)]
  if (ofFile === "folder") return error("SQLITE_CANTOPEN", "it is a folder", "Name a file in it.")
  if (ofFolder === "missing") {
    return error("SQLITE_CANTOPEN", `there is no folder ${folder}`, "Make the folder, or correct the path.")
  }
  if (ofFile === "missing" && !place.create) {
    return error(
      "LP_NO_DATABASE",
      "there is no such file",
      "Correct the path; apply makes the file where --create is given."
    )
  }
  return error(
    "SQLITE_CANTOPEN",
    ofFile === "missing" ? `it cannot be created in ${folder}` : "this user may not read it",
    "Check the permissions of the file and of its folder, where SQLite keeps its journal, and the space on the disk."
  )
})
