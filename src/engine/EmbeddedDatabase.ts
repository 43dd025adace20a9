/**
 * PostgreSQL in this process, by PGlite: nothing to install, nothing to start. It has one backend, so that one session is
 * open at a time and the next waits for it; between two sessions the backend is as new (ROLLBACK, DISCARD ALL).
 */
import type { PGlite } from "@electric-sql/pglite"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Path from "effect/Path"
import type * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import { Database, type Notice, type Row, type Session } from "./Database.ts"
import { DatabaseError } from "./DatabaseError.ts"
import { loadExtensions } from "./EmbeddedExtensions.ts"
import { template } from "./EmbeddedTemplate.ts"
import * as ProcessLock from "./ProcessLock.ts"
import { notice, statementError } from "./ServerMessage.ts"
import { encodeParameter, parsers } from "./Values.ts"

export { supportedExtensions } from "./EmbeddedExtensions.ts"
export { buildTemplate, templateName } from "./EmbeddedTemplate.ts"

/** What the engine starts with. */
export interface Options {
  /** Extensions that CREATE EXTENSION shall find, by its names. Each costs time to load, so ask for what is used. */
  readonly extensions?: ReadonlyArray<string> | undefined
  /** The folder that keeps the database; in memory without one. A folder that is not there yet becomes a new database. */
  readonly dataDir?: string | undefined
}

/** The folder that `pglite:DIR` names, undefined for `pglite::memory:`. */
export const dataDirOf = (source: string): string | undefined => {
  const folder = source.replace(/^pglite:/, "")
  return folder === ":memory:" || folder === "" ? undefined : folder
}

/**
 * Starts PGlite, which ends when the scope closes: for what speaks its own interface, such as a dump program. Fails with
 * `LP_EXTENSION_NOT_EMBEDDED`, `LP_EMBEDDED_MISSING`, `LP_EMBEDDED_INIT`, or with `LP_EMBEDDED_START` where the folder
 * cannot be used.
 */
export const start = Effect.fn("EmbeddedDatabase.start")(function*(
  options: Options = {}
): Effect.fn.Return<PGlite, DatabaseError, FileSystem.FileSystem | Path.Path | Scope.Scope> {
  const extensions = yield* loadExtensions(options.extensions ?? [])
  const isNew = options.dataDir === undefined || (yield* reserveFolder(options.dataDir))
  const loadDataDir = isNew ? yield* template : undefined
  const { PGlite } = yield* Effect.promise(() => import("@electric-sql/pglite"))
  return yield* Effect.acquireRelease(
    Effect.tryPromise({
      try: () =>
        PGlite.create({
          ...(options.dataDir === undefined ? {} : { dataDir: options.dataDir }),
          ...(loadDataDir === undefined ? {} : { loadDataDir }),
          extensions,
          startParams: [...likeServer(PGlite.defaultStartParams), ...forWholeSchemas],
          parsers: Object.fromEntries(parsers),
          serializers: Object.fromEntries([...parsers.keys()].map((oid) => [oid, (value: string) => value]))
        }),
      catch: (cause) => cannotStart(options.dataDir, cause instanceof Error ? cause.message : String(cause))
    }),
    (engine) => Effect.ignore(Effect.tryPromise(() => engine.close()))
  )
})

/**
 * The database of a started engine. `turn` waits until the engine is free and keeps it until the scope closes; without one,
 * this database's own sessions take turns, and nothing else may use the engine.
 */
export const over = Effect.fn("EmbeddedDatabase.over")(function*(
  engine: PGlite,
  turn?: Effect.Effect<void, DatabaseError, Scope.Scope>
): Effect.fn.Return<Database["Service"], DatabaseError> {
  const [version] = yield* statement(
    "SELECT current_setting('server_version') AS text, current_setting('server_version_num')::int AS number",
    (sql) => engine.query<Row>(sql).then(({ rows }) => rows)
  )
  const lease = yield* Semaphore.make(1)
  const ownTurn = Effect.acquireRelease(lease.take(1), () => lease.release(1), { interruptible: true })
  return Database.of({
    description: `embedded PostgreSQL ${String(version?.["text"])}`,
    concurrent: false,
    session: Effect.andThen(turn ?? Effect.asVoid(ownTurn), open(engine, Number(version?.["number"])))
  })
})

/**
 * Starts an embedded PostgreSQL, which ends when the scope closes. Fails as {@link start} does.
 *
 * A statement cannot be cancelled: interruption waits for its end.
 */
export const make = (
  options: Options = {}
): Effect.Effect<Database["Service"], DatabaseError, FileSystem.FileSystem | Path.Path | Scope.Scope> =>
  Effect.flatMap(start(options), over)

/** {@link make} as a layer. */
export const layer = (
  options: Options = {}
): Layer.Layer<Database, DatabaseError, FileSystem.FileSystem | Path.Path> => Layer.effect(Database, make(options))

const open = Effect.fnUntraced(function*(
  engine: PGlite,
  versionNumber: number
): Effect.fn.Return<Session, never, Scope.Scope> {
  const notices: Array<Notice> = []
  const onNotice = (message: unknown) => void notices.push(notice(message))
  const query: Session["query"] = (sql, parameters = []) =>
    statement(sql, () => engine.query<Row>(sql, parameters.map(encodeParameter), { onNotice }).then(({ rows }) => rows))
  const execute: Session["execute"] = (script) =>
    Effect.asVoid(statement(script, () => engine.exec(script, { onNotice })))

  yield* Effect.addFinalizer(() =>
    Effect.suspend(() => engine.isInTransaction() ? execute("ROLLBACK") : Effect.void).pipe(
      Effect.andThen(execute("DISCARD ALL")),
      Effect.ignore
    )
  )
  return { versionNumber, query, execute, notices: Effect.sync(() => notices.splice(0)) }
})

const statement = <A>(sql: string, run: (sql: string) => Promise<A>): Effect.Effect<A, DatabaseError> =>
  Effect.uninterruptible(Effect.tryPromise({ try: () => run(sql), catch: (cause) => statementError(cause, sql) }))

/** A plan can lock every relation of a schema in one transaction (PostgreSQL manual, `max_locks_per_transaction`). */
const forWholeSchemas: ReadonlyArray<string> = ["-c", "max_locks_per_transaction=1024"]

/** PGlite lets everybody change system catalogs (`-O`) and sets a search path of its own. A server does neither. */
const likeServer = (parameters: ReadonlyArray<string>): Array<string> =>
  parameters.filter((parameter, index) =>
    parameter !== "-O" && !parameter.startsWith("search_path=") && !parameters[index + 1]?.startsWith("search_path=")
  )

/** Keeps a folder for this process until the scope closes, and tells whether a database has yet to be put into it. */
const reserveFolder = Effect.fnUntraced(function*(folder: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const held = yield* Effect.andThen(
    fs.makeDirectory(folder, { recursive: true }),
    ProcessLock.take(`${path.resolve(folder)}.lock`)
  ).pipe(Effect.mapError((error) => cannotStart(folder, error.message)))
  if (!held) return yield* cannotStart(folder, "another process uses it.")
  const entries = yield* fs.readDirectory(folder).pipe(Effect.mapError((error) => cannotStart(folder, error.message)))
  if (entries.length > 0 && !entries.includes("PG_VERSION")) {
    return yield* cannotStart(folder, "the folder is not empty, and holds no database.")
  }
  return entries.length === 0
})

const cannotStart = (folder: string | undefined, why: string): DatabaseError =>
  new DatabaseError({
    code: "LP_EMBEDDED_START",
    message: `The embedded PostgreSQL ${folder === undefined ? "" : `in ${folder} `}does not start: ${why}`,
    hint: folder === undefined
      ? "It needs some 500 MB of free memory. A shadow server (SHADOW_DATABASE_URL, or --shadow-db URL) does without it."
      : "Name an empty folder, or one that holds an undamaged database of this version that nothing else uses."
  })
