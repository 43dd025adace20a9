/** A real server as a shadow. */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Queue from "effect/Queue"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import type { Session } from "../../src/engine/Database.ts"
import type { DatabaseError } from "../../src/engine/DatabaseError.ts"
import * as PostgresDatabase from "../../src/engine/PostgresDatabase.ts"
import { Shadow } from "../../src/Shadow.ts"
import type { Server } from "../servers.ts"

/** A session that all the reservations of a database share, one after the other. */
interface Worker {
  readonly session: Session
  readonly scope: Scope.Closeable
  uses: number
}

/** After so many reservations a database is given up: what was rolled back stays in its catalogs as dead rows. */
const worn = 60

/** The session with savepoints in the place of transactions, so that nothing that is done on it lasts. */
const withinTransaction = (session: Session): Session => ({
  ...session,
  execute: (script) => {
    switch (script) {
      case "BEGIN":
        return session.execute("SAVEPOINT lockplane_transaction")
      case "SELECT 1; COMMIT":
        return session.execute("SELECT 1; RELEASE SAVEPOINT lockplane_transaction")
      case "ROLLBACK":
        return session.execute("ROLLBACK TO SAVEPOINT lockplane_transaction; RELEASE SAVEPOINT lockplane_transaction")
      default:
        return session.execute(script)
    }
  }
})

/** Queries longer than this are those of an introspection: always the same, and costlier to plan than to run. */
const worthPreparing = 200

/** The session with its long queries prepared once. Plans stay when what was done is rolled back. */
const withPreparedQueries = (session: Session): Session => {
  const names = new Map<string, string>()
  let counter = 0
  return {
    ...session,
    query: (sql, parameters = []) => {
      if (parameters.length > 0 || sql.length < worthPreparing) return session.query(sql, parameters)
      const known = names.get(sql)
      if (known !== undefined) return session.query(`EXECUTE ${known}`)
      const name = `lockplane_${++counter}`
      return session.execute(`PREPARE ${name} AS ${sql}`).pipe(
        Effect.andThen(Effect.sync(() => names.set(sql, name))),
        Effect.andThen(session.query(`EXECUTE ${name}`))
      )
    }
  }
}

/** What a server gives: a shadow of which each reservation is a database of its own, and a fast one that commits nothing. */
export interface Shadows {
  readonly committing: Shadow["Service"]
  /** Reservations share warm sessions. What works only after a commit does not work here. */
  readonly fast: Shadow["Service"]
}

/** Makes both shadows of a server. */
export const make = Effect.fn("ServerShadow.make")(
  function*(server: Server, sessions: number): Effect.fn.Return<Shadows, DatabaseError, Scope.Scope> {
    const parent = yield* Effect.scope
    const administration = yield* Effect.flatMap(
      PostgresDatabase.make({ url: Redacted.make(server.url()) }),
      ({ session }) => session
    )
    const copy = server.major >= 15 ? " STRATEGY file_copy" : ""
    let counter = 0
    const fresh = Effect.gen(function*() {
      const name = `shadow_${++counter}`
      yield* Effect.acquireRelease(
        administration.execute(`CREATE DATABASE ${name} TEMPLATE template0${copy}`),
        () => Effect.ignore(administration.execute(`DROP DATABASE ${name} WITH (FORCE)`))
      )
      const database = yield* PostgresDatabase.make({ url: Redacted.make(server.url(name)) })
      return yield* database.session
    })
    const hire = Effect.gen(function*() {
      const scope = yield* Scope.fork(parent)
      const session = withPreparedQueries(yield* Scope.provide(fresh, scope))
      return { session, scope, uses: 0 } satisfies Worker
    })
    const workers = yield* Queue.unbounded<Worker>()
    for (let n = 0; n < sessions; n++) yield* Queue.offer(workers, yield* hire)
    const common = {
      describe: ({ versionNumber }: Session) =>
        `PostgreSQL ${Math.floor(versionNumber / 10000)}.${versionNumber % 10000}`,
      major: Effect.succeed(server.major),
      identity: Effect.succeed(`PostgreSQL ${server.major}`)
    }
    return {
      committing: Shadow.of({ ...common, reserve: () => fresh }),
      fast: Shadow.of({
        ...common,
        reserve: () =>
          Effect.gen(function*() {
            const worker = yield* Effect.acquireRelease(Queue.take(workers), (worker) =>
              Effect.gen(function*() {
                const clean = yield* Effect.exit(worker.session.execute("ROLLBACK"))
                const lasts = Exit.isSuccess(clean) && ++worker.uses < worn
                if (!lasts) yield* Scope.close(worker.scope, Exit.void)
                yield* Queue.offer(workers, lasts ? worker : yield* hire)
                // a release cannot fail: without its server no run goes on
              }).pipe(Effect.orDie))
            yield* worker.session.execute("BEGIN")
            return withinTransaction(worker.session)
          })
      })
    }
  }
)
