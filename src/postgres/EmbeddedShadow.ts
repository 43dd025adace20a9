/**
 * The default shadow: one embedded PostgreSQL for the process, started when it is first needed and kept warm. Whoever
 * holds it works in a transaction that is rolled back; what was committed all the same costs the engine its life.
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import type * as Path from "effect/Path"
import * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import type { Database, Session } from "../engine/Database.ts"
import type { DatabaseError } from "../engine/DatabaseError.ts"
import * as EmbeddedDatabase from "../engine/EmbeddedDatabase.ts"
import { Shadow } from "../Shadow.ts"
import { withStoodInSubscriptions } from "./EmbeddedSubscription.ts"
import { withLabels } from "./LabelProvider.ts"

/** Major version of the PostgreSQL that PGlite is. */
export const embeddedMajor = 18

/** An engine that runs, with the extensions that it can create. */
interface Engine {
  readonly database: Database["Service"]
  readonly scope: Scope.Closeable
  readonly extensions: ReadonlySet<string>
  /** What {@link footprint} said when nobody had used it. */
  readonly untouched: string
  /** Where its write-ahead log stood then, in bytes. */
  readonly logStart: number
}

/** Catalogs in which everything that a user can create or set leaves a row. */
const watched = [
  "pg_am",
  "pg_auth_members",
  "pg_authid",
  "pg_cast",
  "pg_class",
  "pg_collation",
  "pg_constraint",
  "pg_database",
  "pg_db_role_setting",
  "pg_default_acl",
  "pg_depend",
  "pg_description",
  "pg_event_trigger",
  "pg_extension",
  "pg_foreign_data_wrapper",
  "pg_foreign_server",
  "pg_language",
  "pg_largeobject_metadata",
  "pg_namespace",
  "pg_opclass",
  "pg_operator",
  "pg_parameter_acl",
  "pg_proc",
  "pg_publication",
  "pg_seclabel",
  "pg_shdepend",
  "pg_shdescription",
  "pg_shseclabel",
  "pg_subscription",
  "pg_ts_config",
  "pg_ts_dict",
  "pg_type"
]

/**
 * Says how many rows each catalog has and which transaction was the last to write one. What was rolled back does not
 * show; everything that was committed does, because catalog rows are never changed in place.
 */
const footprint = `SELECT ${
  watched.map((catalog) =>
    `(SELECT pg_catalog.count(*) || '/' || coalesce(pg_catalog.max(xmin::text::bigint), 0) FROM pg_catalog.${catalog})`
  ).join(" || ' ' || ")
} AS footprint`

/** An engine whose write-ahead log has grown by so many bytes is worn: its memory holds all of that, and dead rows. */
const worn = 256 * 1024 * 1024

const logPosition = "SELECT pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_insert_lsn(), '0/0')::float8 AS bytes"

const logPositionOf = (session: Session): Effect.Effect<number, DatabaseError> =>
  Effect.map(session.query(logPosition), ([row]) => Number(row?.["bytes"]))

const footprintOf = (session: Session): Effect.Effect<string, DatabaseError> =>
  Effect.map(session.query(footprint), ([row]) => String(row?.["footprint"]))

/**
 * The embedded {@link Shadow}. It is one database, so that a second reservation waits for the end of the first: whoever
 * holds it must not ask for another. Fails to reserve with `LP_EXTENSION_NOT_EMBEDDED` where it does not have an
 * extension, and as {@link EmbeddedDatabase.make} does where it cannot start.
 */
export const layer: Layer.Layer<Shadow, never, FileSystem.FileSystem | Path.Path> = Layer.effect(
  Shadow,
  Effect.gen(function*() {
    const services = yield* Effect.context<FileSystem.FileSystem | Path.Path>()
    const parent = yield* Effect.scope
    const lease = yield* Semaphore.make(1)
    let running: Engine | undefined

    const start = (extensions: ReadonlySet<string>) =>
      Effect.uninterruptibleMask((restore) =>
        Effect.gen(function*() {
          const scope = yield* Scope.fork(parent)
          const database = yield* restore(EmbeddedDatabase.make({ extensions: [...extensions] })).pipe(
            Scope.provide(scope),
            Effect.provide(services),
            Effect.onError((cause) => Scope.close(scope, Exit.failCause(cause)))
          )
          const [untouched, logStart] = yield* Effect.scoped(
            Effect.flatMap(database.session, (session) => Effect.all([footprintOf(session), logPositionOf(session)]))
          )
          return running = { database, scope, extensions, untouched, logStart }
        })
      )

    const stop = Effect.suspend(() => {
      const engine = running
      running = undefined
      return engine === undefined ? Effect.void : Scope.close(engine.scope, Exit.void)
    })

    /** The running engine if it has the extensions, else a new one that has them as well. */
    const engineWith = (extensions: ReadonlyArray<string>) =>
      Effect.gen(function*() {
        if (running !== undefined && extensions.every((name) => running?.extensions.has(name))) return running
        const before = running?.extensions ?? []
        yield* stop
        return yield* start(new Set([...before, ...extensions]))
      })

    /** Takes back everything that was done on the session; an engine that cannot be made as new is stopped. */
    const clean = (engine: Engine, session: Session) =>
      Effect.gen(function*() {
        yield* session.execute("ROLLBACK")
        yield* session.execute("DISCARD ALL")
        const left = yield* footprintOf(session)
        const log = yield* logPositionOf(session)
        return left === engine.untouched && log - engine.logStart < worn
      }).pipe(Effect.catch(() => Effect.succeed(false)))

    return Shadow.of({
      major: Effect.succeed(embeddedMajor),
      lacks: (extension) => !EmbeddedDatabase.supportedExtensions.has(extension),
      identity: Effect.provide(EmbeddedDatabase.templateName, services),
      describe: ({ versionNumber }) =>
        `PostgreSQL ${Math.floor(versionNumber / 10000)}.${versionNumber % 10000} (embedded)`,
      reserve: Effect.fn("EmbeddedShadow.reserve")(function*({ extensions }) {
        yield* Effect.acquireRelease(lease.take(1), () => lease.release(1), { interruptible: true })
        const engine = yield* engineWith(extensions)
        const opened = yield* Scope.make()
        const session = yield* Effect.acquireRelease(
          Scope.provide(engine.database.session, opened),
          (session) =>
            Effect.gen(function*() {
              const asNew = yield* clean(engine, session)
              yield* Scope.close(opened, Exit.void)
              if (!asNew) yield* stop
            })
        )
        return withLabels({
          ...session,
          query: (sql, parameters) => session.query(withStoodInSubscriptions(sql), parameters),
          execute: (script) => session.execute(withStoodInSubscriptions(script))
        })
      })
    })
  })
)
