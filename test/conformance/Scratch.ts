/**
 * Scratch databases: loaded from a file, copied, dumped, and dropped when their scope closes. On one server, or each an
 * embedded engine of its own.
 */
import { pgDump as dumpEmbedded } from "@electric-sql/pglite-tools/pg_dump"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import type * as Path from "effect/Path"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import type { Session } from "../../src/engine/Database.ts"
import type { DatabaseError } from "../../src/engine/DatabaseError.ts"
import * as EmbeddedDatabase from "../../src/engine/EmbeddedDatabase.ts"
import * as PostgresDatabase from "../../src/engine/PostgresDatabase.ts"
import { quoteIdentifier } from "../../src/postgres/Identifier.ts"
import { blankPsqlLines } from "../../src/postgres/sql/PsqlLines.ts"
import { pgDump, psql, ServerError } from "../servers.ts"
import { dumpOptions } from "./Judge.ts"
import { seed } from "./Rows.ts"

/** One scratch database. */
export interface ScratchDatabase {
  readonly session: Effect.Effect<Session, DatabaseError, Scope.Scope>
  /** A database of its own that holds the same. */
  readonly copy: Effect.Effect<ScratchDatabase, DatabaseError | ServerError, Scope.Scope>
  /** What pg_dump prints of it; undefined where there is none that is new enough. */
  readonly dump: Effect.Effect<string | undefined, ServerError>
}

/** Where scratch databases are made. */
export interface Scratch {
  /** What people call it. */
  readonly engine: string
  /**
   * A database with a script's schema in it, and rows as far as its tables take any. Roles that the script needs and that are not there are created, and those that
   * it creates may be there already.
   */
  readonly load: (sql: string) => Effect.Effect<ScratchDatabase, DatabaseError | ServerError, Scope.Scope>
  /** Creates those of the roles that are not there. */
  readonly createRoles: (roles: ReadonlyArray<string>) => Effect.Effect<void, DatabaseError>
}

const missingRole = /role "(.+)" does not exist/

const createRole = (session: Session, role: string): Effect.Effect<boolean, DatabaseError> =>
  Effect.gen(function*() {
    const [there] = yield* session.query("select 1 as one from pg_roles where rolname = $1", [role])
    if (there !== undefined) return false
    yield* session.execute(`CREATE ROLE ${quoteIdentifier(role)}`)
    return true
  })

/**
 * Gives a copied database the subscriptions of the one that it was copied from: the catalog of subscriptions is one for the
 * whole server, and no part of the copy.
 */
const copySubscriptions = (template: string): string => `
  DO $$ DECLARE others text; original oid; copied oid; BEGIN
    SELECT string_agg(attname, ', ') INTO others FROM pg_attribute
    WHERE attrelid = 'pg_subscription'::regclass AND attnum > 0 AND attname NOT IN ('oid', 'subdbid');
    FOR original IN SELECT s.oid FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid WHERE d.datname = '${template}' LOOP
      copied := pg_nextoid('pg_subscription', 'oid', 'pg_subscription_oid_index');
      EXECUTE format('INSERT INTO pg_subscription (oid, subdbid, %1$s) SELECT %2$s, d.oid, %1$s
        FROM pg_subscription s, pg_database d WHERE s.oid = %3$s AND d.datname = current_database()', others, copied, original);
      UPDATE pg_description SET objoid = copied WHERE classoid = 'pg_subscription'::regclass AND objoid = original;
    END LOOP;
  END $$`

/** A database with subscriptions cannot be dropped; those of scratch databases have no slots that would have to go too. */
const forgetSubscriptions = (database: string): string =>
  `DELETE FROM pg_subscription WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = '${database}')`

let counter = 0

/** Scratch databases on the server behind a URL of a superuser. */
export const onServer = Effect.fn("Scratch.onServer")(function*(
  url: string
): Effect.fn.Return<Scratch, DatabaseError> {
  const urlOf = (database: string): string => {
    const other = new URL(url)
    other.pathname = `/${database}`
    return other.href
  }
  const connect = (address: string): Effect.Effect<Session, DatabaseError, Scope.Scope> =>
    Effect.flatMap(PostgresDatabase.make({ url: Redacted.make(address) }), (database) => database.session)
  const administer = <A>(use: (session: Session) => Effect.Effect<A, DatabaseError>): Effect.Effect<A, DatabaseError> =>
    Effect.scoped(Effect.flatMap(connect(url), use))
  const major = yield* administer((session) => Effect.succeed(Math.floor(session.versionNumber / 10000)))
  const createRoles = (roles: ReadonlyArray<string>): Effect.Effect<boolean, DatabaseError> =>
    administer((session) =>
      Effect.map(Effect.forEach(roles, (role) => createRole(session, role)), (made) => made.includes(true))
    )

  const from = (
    template: string
  ): Effect.Effect<ScratchDatabase & { readonly url: string }, DatabaseError, Scope.Scope> =>
    Effect.acquireRelease(
      Effect.suspend(() => {
        const name = `lockplane_conformance_${process.pid}_${++counter}`
        const copy = major >= 15 ? " STRATEGY file_copy" : ""
        return administer((session) =>
          Effect.andThen(
            session.execute(`CREATE DATABASE ${name} TEMPLATE ${template}${copy}`),
            session.query(
              "SELECT s.oid FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid WHERE d.datname = $1",
              [template]
            )
          )
        ).pipe(
          Effect.andThen((subscriptions) =>
            subscriptions.length === 0
              ? Effect.void
              : Effect.scoped(
                Effect.flatMap(connect(urlOf(name)), (session) => session.execute(copySubscriptions(template)))
              )
          ),
          Effect.as(name)
        )
      }),
      (name) =>
        Effect.ignore(administer((session) =>
          Effect.andThen(
            session.execute(forgetSubscriptions(name)),
            session.execute(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
          )
        ))
    ).pipe(Effect.map((name) => ({
      url: urlOf(name),
      session: connect(urlOf(name)),
      copy: Effect.suspend(() => from(name)),
      dump: Effect.map(pgDump(urlOf(name), dumpOptions), Option.getOrUndefined)
    })))

  /** With psql, statement by statement, or, where that fails, as a whole in one transaction. */
  const load = (sql: string): Effect.Effect<ScratchDatabase, DatabaseError | ServerError, Scope.Scope> =>
    Effect.gen(function*() {
      const made = yield* from("template0")
      const loaded = yield* Effect.result(psql(made.url, sql))
      if (loaded._tag === "Success") return made
      const [, role] = missingRole.exec(loaded.failure.message) ?? []
      if (role !== undefined && (yield* createRoles([role]))) return yield* load(sql)
      const again = yield* from("template0")
      yield* Effect.scoped(Effect.flatMap(again.session, (session) => session.execute(sql))).pipe(
        Effect.mapError(() => loaded.failure)
      )
      return again
    })
  return {
    engine: `PostgreSQL ${major}`,
    load: (sql) =>
      Effect.tap(
        load(creatingRolesAnyhow(sql)),
        (database) => Effect.scoped(Effect.flatMap(database.session, seed))
      ),
    createRoles: (roles) => Effect.asVoid(createRoles(roles))
  }
})

const creation = /^[ \t]*CREATE[ \t]+(?:ROLE|USER|GROUP)[ \t]+(?!MAPPING\b)[^;]*;/gim

/** A script that creates roles, which belong to the whole cluster, as one that takes those that are there already. */
const creatingRolesAnyhow = (sql: string): string =>
  sql.replaceAll(
    creation,
    (statement) => `do $role$ begin ${statement.trim()} exception when duplicate_object then null; end $role$;`
  )

/** Scratch databases that are an embedded engine each, with the extensions that a script asks for. */
export const embedded: Effect.Effect<Scratch, never, FileSystem.FileSystem | Path.Path> = Effect.gen(function*() {
  const services = yield* Effect.context<FileSystem.FileSystem | Path.Path>()
  const roles = new Set<string>()
  const attempt = <A>(run: () => Promise<A>): Effect.Effect<A, ServerError> =>
    Effect.tryPromise({ try: run, catch: (cause) => new ServerError({ message: String(cause) }) })
  const load = (sql: string): Effect.Effect<ScratchDatabase, DatabaseError | ServerError, Scope.Scope> =>
    Effect.gen(function*() {
      const extensions = new Set([...sql.matchAll(extensionCreation)].map(([, name = ""]) => name))
      extensions.delete("plpgsql")
      const engine = yield* EmbeddedDatabase.start({ extensions: [...extensions] })
      const { session } = yield* EmbeddedDatabase.over(engine)
      const use = <A, E>(run: (open: Session) => Effect.Effect<A, E>): Effect.Effect<A, E | DatabaseError> =>
        Effect.scoped(Effect.flatMap(session, run))
      yield* use((open) => Effect.forEach(roles, (role) => createRole(open, role)))
      const loaded = yield* Effect.result(use((open) => open.execute(sql)))
      if (loaded._tag === "Success") {
        yield* use(seed)
        return {
          session,
          // faster than a copy of the data directory
          copy: load(sql),
          dump: attempt(async () => {
            const dump = await dumpEmbedded({ pg: engine, args: [...dumpOptions] })
            // the one backend is left in pg_dump's transaction
            await engine.exec("ROLLBACK")
            await engine.exec("DISCARD ALL")
            return dump.text()
          })
        }
      }
      const [, role] = missingRole.exec(loaded.failure.message) ?? []
      if (role === undefined || roles.has(role)) return yield* loaded.failure
      roles.add(role)
      return yield* load(sql)
    }).pipe(Effect.provideContext(services))
  return {
    engine: "embedded PostgreSQL",
    load: (sql) => load(creatingRolesAnyhow(blankPsqlLines(sql))),
    createRoles: (names) => Effect.sync(() => names.forEach((name) => roles.add(name)))
  }
})

const extensionCreation = /^\s*CREATE EXTENSION (?:IF NOT EXISTS )?"?([\w-]+)/gim
