/** Whether a database can be reached, and what is in it. */
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type * as Path from "effect/Path"
import type * as Redacted from "effect/Redacted"
import type { Database } from "../engine/Database.ts"
import type { DatabaseError } from "../engine/DatabaseError.ts"
import * as LibsqlDatabase from "../engine/LibsqlDatabase.ts"
import * as PostgresDatabase from "../engine/PostgresDatabase.ts"
import * as SqliteDatabase from "../engine/SqliteDatabase.ts"

/** What was found. */
export interface Reached {
  /** Such as `PostgreSQL 17.5` and `SQLite 3.45.1`. */
  readonly server: string
  readonly database: string
  /** How many tables, views and the like are in it. */
  readonly relations: number
}

/** Relations that belong neither to the system nor to an extension (PostgreSQL manual, "pg_class" and "pg_depend"). */
const query = `
  select current_setting('server_version') as version, current_database() as database, (
    select count(*) from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname not in ('pg_catalog', 'information_schema')
      and n.nspname not like 'pg\\_%' and ($1::text[] is null or n.nspname = any ($1::text[]))
      and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
  )::int as relations`

/** Tables and views that are SQLite's own, libSQL's, or those of a virtual table, are none of the application's. */
const sqliteQuery = `
  SELECT sqlite_version() AS version, (
    SELECT count(*) FROM sqlite_schema AS s LEFT JOIN pragma_table_list AS l ON l.schema = 'main' AND l.name = s.name
    WHERE s.type IN ('table', 'view') AND s.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND s.name NOT LIKE 'libsql\\_%' ESCAPE '\\'
      AND l.type IS NOT 'shadow'
  ) AS relations`

const sqliteTest = (database: Database["Service"]): Effect.Effect<Reached, DatabaseError> =>
  Effect.scoped(Effect.gen(function*() {
    const { query: run } = yield* database.session
    const [row] = yield* run(sqliteQuery)
    return {
      server: `SQLite ${String(row?.["version"] ?? "")}`,
      database: database.description,
      relations: Number(row?.["relations"] ?? 0)
    }
  }))

/** Opens a SQLite file and looks around; changes nothing. */
export const fileTest = (
  path: string
): Effect.Effect<Reached, DatabaseError, FileSystem.FileSystem | Path.Path> =>
  Effect.scoped(Effect.flatMap(SqliteDatabase.make({ location: path, readOnly: true }), sqliteTest))

/** Connects to a libSQL server and looks around; changes nothing. */
export const libsqlTest = (url: Redacted.Redacted<string>): Effect.Effect<Reached, DatabaseError> =>
  Effect.scoped(Effect.flatMap(LibsqlDatabase.make({ url }), sqliteTest))

/** Connects to a PostgreSQL server and looks around; changes nothing. `schemas` are those to count in, all of them if left out. */
export const connectionTest = (
  url: Redacted.Redacted<string>,
  schemas?: ReadonlyArray<string>
): Effect.Effect<Reached, DatabaseError> =>
  Effect.gen(function*() {
    const { session } = yield* PostgresDatabase.make({ url })
    const { query: run } = yield* session
    const [row] = yield* run(query, [schemas ?? null])
    return {
      server: `PostgreSQL ${String(row?.["version"] ?? "")}`,
      database: String(row?.["database"] ?? ""),
      relations: Number(row?.["relations"] ?? 0)
    }
  }).pipe(Effect.scoped, Effect.withSpan("ConnectionTest"))
