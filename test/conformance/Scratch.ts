/** Scratch databases on one server: loaded from a file, cloned, dumped, and dropped when their scope closes. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import type { Session } from "../../src/engine/Database.ts"
import type { DatabaseError } from "../../src/engine/DatabaseError.ts"
import * as PostgresDatabase from "../../src/engine/PostgresDatabase.ts"
import { quoteIdentifier } from "../../src/postgres/Identifier.ts"
import { pgDump, psql, type ServerError } from "../servers.ts"
import type { Version } from "./Case.ts"
import { dumpOptions } from "./Judge.ts"

/** A server to make scratch databases on, by the URL of a database of it whose user is a superuser. */
export interface Scratch {
  readonly url: string
  /** Major version of the server. */
  readonly major: number
}

const urlOf = (scratch: Scratch, database: string): string => {
  const url = new URL(scratch.url)
  url.pathname = `/${database}`
  return url.href
}

const administer = <A>(
  scratch: Scratch,
  use: (session: Session) => Effect.Effect<A, DatabaseError>
): Effect.Effect<A, DatabaseError> =>
  Effect.scoped(Effect.gen(function*() {
    const database = yield* PostgresDatabase.make({ url: Redacted.make(scratch.url) })
    return yield* use(yield* database.session)
  }))

/** The server behind a URL. */
export const make = (url: string): Effect.Effect<Scratch, DatabaseError> =>
  administer({ url, major: 0 }, (session) => Effect.succeed({ url, major: Math.floor(session.versionNumber / 10000) }))

let counter = 0

/** A database made from a template, `template0` if left out. Gives its name. */
export const database = (
  scratch: Scratch,
  template = "template0"
): Effect.Effect<string, DatabaseError, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.suspend(() => {
      const name = `lockplane_conformance_${process.pid}_${++counter}`
      const copy = scratch.major >= 15 ? " STRATEGY file_copy" : ""
      return Effect.as(
        administer(scratch, (session) => session.execute(`CREATE DATABASE ${name} TEMPLATE ${template}${copy}`)),
        name
      )
    }),
    (name) =>
      Effect.ignore(administer(scratch, (session) => session.execute(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)))
  )

/** A session on a scratch database. */
export const session = (scratch: Scratch, name: string): Effect.Effect<Session, DatabaseError, Scope.Scope> =>
  Effect.flatMap(PostgresDatabase.make({ url: Redacted.make(urlOf(scratch, name)) }), (database) => database.session)

const missingRole = /role "([^"]+)" does not exist/

/** Loads a script with psql, or, where psql's way (statement by statement) fails, as a whole in one transaction. */
const loadScript = (
  scratch: Scratch,
  sql: string
): Effect.Effect<string, ServerError | DatabaseError, Scope.Scope> =>
  Effect.gen(function*() {
    const name = yield* database(scratch)
    const loaded = yield* Effect.result(psql(urlOf(scratch, name), sql))
    if (loaded._tag === "Success") return name
    const [, role] = missingRole.exec(loaded.failure.message) ?? []
    if (role !== undefined && (yield* createRoles(scratch, [role])).length > 0) return yield* loadScript(scratch, sql)
    const again = yield* database(scratch)
    yield* Effect.scoped(Effect.flatMap(session(scratch, again), (s) => s.execute(sql))).pipe(
      Effect.mapError(() => loaded.failure)
    )
    return again
  })

/** A database with a schema in it. Roles that the schema names and that are not there are created. */
export const load = Effect.fn("Scratch.load")(function*(scratch: Scratch, version: Version) {
  if (version.file === undefined) return yield* database(scratch)
  const fs = yield* FileSystem.FileSystem
  return yield* loadScript(scratch, yield* fs.readFileString(version.file))
})

/** What pg_dump prints of a database; undefined where pg_dump is older than the server. */
export const dump = (scratch: Scratch, name: string) =>
  Effect.map(pgDump(urlOf(scratch, name), dumpOptions), Option.getOrUndefined)

/** Creates those of the roles that are not there. Gives those that it created. */
export const createRoles = (
  scratch: Scratch,
  roles: ReadonlyArray<string>
): Effect.Effect<ReadonlyArray<string>, DatabaseError> =>
  administer(scratch, (session) =>
    Effect.filter(roles, (role) =>
      Effect.gen(function*() {
        const [there] = yield* session.query("select 1 as one from pg_roles where rolname = $1", [role])
        if (there !== undefined) return false
        yield* session.execute(`CREATE ROLE ${quoteIdentifier(role)}`)
        return true
      })))
