/** Whether a PostgreSQL database can be reached, and what is in it. */
import * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import type { DatabaseError } from "../engine/DatabaseError.ts"
import * as PostgresDatabase from "../engine/PostgresDatabase.ts"

/** What was found. */
export interface Reached {
  /** Such as `PostgreSQL 17.5`. */
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

/** Connects and looks around; changes nothing. `schemas` are those to count in, all of them if left out. */
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
