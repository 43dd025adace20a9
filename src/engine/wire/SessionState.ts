/**
 * What a client's session consists of besides the rows of the database, so that one backend can serve several clients in
 * turn: it is read when another client takes over, and made again when the first comes back.
 */
import type { PGlite } from "@electric-sql/pglite"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { DatabaseError } from "../DatabaseError.ts"
import { statementError } from "../ServerMessage.ts"
import * as Message from "./Message.ts"

const Captured = Schema.fromJsonString(Schema.Struct({
  settings: Schema.Array(Schema.Tuple([Schema.String, Schema.String])),
  statements: Schema.Array(Schema.Struct({
    name: Schema.String,
    sql: Schema.String,
    types: Schema.Array(Schema.Int),
    from_sql: Schema.Boolean
  })),
  kept: Schema.Array(Schema.String)
}))

/**
 * Settings with their values, prepared statements, and under `kept` what cannot be made again, and so keeps the backend
 * with its client: temporary tables, cursors WITH HOLD, advisory locks.
 */
export type SessionState = typeof Captured.Type

/** A session in which nothing was set. */
export const empty: SessionState = { settings: [], statements: [], kept: [] }

/** Runs SQL between clients. */
export const run = <A>(sql: string, statement: (sql: string) => Promise<A>): Effect.Effect<A, DatabaseError> =>
  Effect.tryPromise({ try: () => statement(sql), catch: (cause) => statementError(cause, sql) })

/** A custom setting, such as `app.user`, is in no view: those of the names in $1 are looked at. The user and role come last. */
const reading = `
  SELECT pg_catalog.json_build_object(
    'settings', (
      SELECT COALESCE(pg_catalog.json_agg(pg_catalog.json_build_array(name, setting) ORDER BY rank), '[]') FROM (
        SELECT 0 AS rank, name, setting FROM pg_catalog.pg_settings WHERE source = 'session'
        UNION ALL
        SELECT 1, name, pg_catalog.current_setting(name, true) FROM pg_catalog.unnest($1::text[]) AS name
        WHERE pg_catalog.current_setting(name, true) <> ''
        UNION ALL
        SELECT 2, 'session_authorization', session_user
        UNION ALL
        SELECT 3, 'role', pg_catalog.current_setting('role')
      ) AS settings
    ),
    'statements', (
      SELECT COALESCE(pg_catalog.json_agg(pg_catalog.json_build_object(
        'name', name, 'sql', statement, 'types', parameter_types::pg_catalog.oid[]::pg_catalog.int8[], 'from_sql', from_sql
      )), '[]') FROM pg_catalog.pg_prepared_statements
    ),
    'kept', pg_catalog.array_remove(ARRAY[
      (SELECT 'the temporary table ' || pg_catalog.min(relname) FROM pg_catalog.pg_class
        WHERE relnamespace = pg_catalog.pg_my_temp_schema()),
      (SELECT 'the cursor ' || pg_catalog.min(name) FROM pg_catalog.pg_cursors WHERE is_holdable),
      (SELECT 'an advisory lock' FROM pg_catalog.pg_locks WHERE locktype = 'advisory' LIMIT 1)
    ], NULL)
  )::text AS state`

/** Reads the state of the session that the engine is in. `customSettings` are names that it may have set, with a dot each. */
export const capture = Effect.fnUntraced(function*(
  engine: PGlite,
  customSettings: ReadonlySet<string>
): Effect.fn.Return<SessionState, DatabaseError> {
  yield* run("SET client_encoding TO 'UTF8'", (sql) => engine.exec(sql))
  const names = `{${[...customSettings].join(",")}}`
  const { rows } = yield* run(reading, (sql) => engine.query<{ readonly state: string }>(sql, [names]))
  return yield* Schema.decodeEffect(Captured)(rows[0]?.state ?? "").pipe(
    Effect.mapError((error) => statementError(error, reading))
  )
})

/** Makes a session as new. Of one that comes back, sequences keep their last values; of one that is gone, nothing stays. */
export const reset = (engine: PGlite, isGone: boolean): Effect.Effect<void, DatabaseError> =>
  Effect.asVoid(run(
    isGone
      ? "DISCARD ALL"
      : "SET SESSION AUTHORIZATION DEFAULT; RESET ALL; DEALLOCATE ALL; UNLISTEN *; CLOSE ALL",
    (sql) => engine.exec(sql)
  ))

const setting = `
  SELECT pg_catalog.set_config(pair->>0, pair->>1, false)
  FROM pg_catalog.json_array_elements($1::pg_catalog.json) AS given(pair)`

/** Gives settings their values, in this order. */
export const set = (
  engine: PGlite,
  settings: ReadonlyArray<readonly [name: string, value: string]>
): Effect.Effect<void, DatabaseError> =>
  settings.length === 0
    ? Effect.void
    : Effect.asVoid(run(setting, (sql) => engine.query(sql, [JSON.stringify(settings)])))

/** Gives those settings their values back that a RESET or DISCARD took to the defaults of the server. */
export const setAgain = (
  engine: PGlite,
  settings: ReadonlyArray<readonly [name: string, value: string]>
): Effect.Effect<void, DatabaseError> =>
  settings.length === 0 ? Effect.void : Effect.asVoid(run(
    `${setting} JOIN pg_catalog.pg_settings ON pg_catalog.lower(name) = pg_catalog.lower(pair->>0) AND source <> 'session'`,
    (sql) => engine.query(sql, [JSON.stringify(settings)])
  ))

/**
 * Makes a session what it was; the engine is in one that is as new. A prepared statement that the database does not admit
 * any more, its table being dropped, is left out: whoever uses it learns that it does not exist.
 */
export const restore = Effect.fnUntraced(function*(
  engine: PGlite,
  state: SessionState
): Effect.fn.Return<void, DatabaseError> {
  // with the rights and the names of the time when they were prepared, as near as can be known
  yield* set(engine, state.settings)
  for (const { from_sql, name, sql, types } of state.statements) {
    if (from_sql) yield* Effect.ignore(run(sql, (text) => engine.exec(text)))
    else {
      const messages = Message.concat([Message.parse(name, sql, types), Message.sync])
      yield* run(sql, () => engine.execProtocolRawStream(messages, { syncToFs: false, onRawData: () => {} }))
    }
  }
})
