/**
 * Who has the one backend of the embedded engine. A client has it from the first message of an exchange until it is idle
 * outside a transaction; the next in line then gets it, in a session of its own.
 */
import type { PGlite } from "@electric-sql/pglite"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Semaphore from "effect/Semaphore"
import { DatabaseError } from "../DatabaseError.ts"
import * as SessionState from "./SessionState.ts"

/** A client, or the serving program itself. */
export interface Tenant {
  /** How others are told of it, such as `connection 3 (psql)`. */
  readonly name: string
  /** Names of custom settings that it may have made. */
  readonly customSettings: Set<string>
  /** The session that it left behind when another took over. */
  state: SessionState.SessionState
  /** Whether the unnamed prepared statement of it is no longer in the backend. */
  unnamedIsLost: boolean
}

/** A tenant that nothing is known of yet. */
export const tenant = (name: string): Tenant => ({
  name,
  customSettings: new Set(),
  state: SessionState.empty,
  unnamedIsLost: true
})

/** The turns at one engine. */
export interface Turns {
  /** Waits for the engine, and puts it into the tenant's session. Fails with 55P03 after `limit`. */
  readonly enter: (tenant: Tenant, limit: Duration.Duration) => Effect.Effect<void, DatabaseError>
  /** Gives the engine to the next; the tenant must be outside a transaction. */
  readonly leave: Effect.Effect<void>
  /** Ends a tenant that has the engine or not: what it has open is rolled back, and its session is as if it had never been. */
  readonly end: (tenant: Tenant) => Effect.Effect<void>
  /** Runs something between two exchanges, in whatever session the engine is; it must change nothing of that. */
  readonly between: <A, E>(work: Effect.Effect<A, E>) => Effect.Effect<A, E>
}

/** Turns at an engine that nothing else uses. */
export const make = Effect.fnUntraced(function*(engine: PGlite): Effect.fn.Return<Turns> {
  const lease = yield* Semaphore.make(1)
  let holder: Tenant | undefined
  let resident: Tenant | undefined
  let residentIsGone = false
  let freed = yield* Deferred.make<void>()

  const release = Effect.gen(function*() {
    const waiting = freed
    freed = yield* Deferred.make<void>()
    holder = undefined
    yield* lease.release(1)
    yield* Deferred.succeed(waiting, undefined)
  })

  /** Puts the engine into the session of a tenant; tells what keeps it with another one. */
  const moveIn = Effect.fnUntraced(function*(next: Tenant) {
    if (resident === next) return undefined
    if (resident !== undefined && !residentIsGone) {
      const state = yield* SessionState.capture(engine, resident.customSettings)
      if (state.kept[0] !== undefined) {
        // the capture itself changed the encoding
        yield* SessionState.set(engine, state.settings.filter(([name]) => name === "client_encoding"))
        resident.unnamedIsLost = true
        return `${resident.name} keeps ${state.kept[0]}`
      }
      resident.state = state
      resident.unnamedIsLost = true
    }
    const isGone = resident === undefined || residentIsGone
    // until it is whole again, the session is nobody's
    resident = undefined
    residentIsGone = false
    yield* SessionState.reset(engine, isGone)
    yield* SessionState.restore(engine, next.state)
    resident = next
    return undefined
  })

  const enter: Turns["enter"] = (next, limit) =>
    Effect.uninterruptibleMask((interruptible) =>
      Effect.gen(function*() {
        const until = (yield* Clock.currentTimeMillis) + Duration.toMillis(limit)
        let obstacle: string | undefined
        while (true) {
          const left = Math.max(0, until - (yield* Clock.currentTimeMillis))
          const waited = yield* interruptible(withLimit(lease.take(1), left))
          if (!waited) {
            return yield* tooLong(obstacle ?? `${holder?.name ?? "another one"} has a transaction open`, limit)
          }
          const whenFreed = freed
          obstacle = yield* Effect.onError(moveIn(next), () => release)
          if (obstacle === undefined) {
            holder = next
            return
          }
          yield* lease.release(1)
          const rest = Math.max(0, until - (yield* Clock.currentTimeMillis))
          if (!(yield* interruptible(withLimit(Deferred.await(whenFreed), rest)))) {
            return yield* tooLong(obstacle, limit)
          }
        }
      })
    )

  return {
    enter,
    leave: release,
    end: (gone) =>
      Effect.gen(function*() {
        const wasIn = holder === gone
        if (wasIn && engine.isInTransaction()) {
          yield* Effect.ignore(SessionState.run("ROLLBACK", (sql) => engine.exec(sql)))
        }
        if (resident === gone) residentIsGone = true
        if (wasIn) return yield* release
        const waiting = freed
        freed = yield* Deferred.make<void>()
        yield* Deferred.succeed(waiting, undefined)
      }),
    between: (work) =>
      lease.withPermits(1)(Effect.ensuring(
        work,
        Effect.sync(() => {
          if (resident !== undefined) resident.unnamedIsLost = true
        })
      ))
  }
})

/** Whether the work came to its end within so many milliseconds. */
const withLimit = <A>(work: Effect.Effect<A>, milliseconds: number): Effect.Effect<boolean> =>
  Number.isFinite(milliseconds)
    ? Effect.map(Effect.timeoutOption(work, milliseconds), (result) => result._tag === "Some")
    : Effect.as(work, true)

const tooLong = (obstacle: string, limit: Duration.Duration): DatabaseError =>
  new DatabaseError({
    code: "55P03",
    message: `waited ${Duration.format(limit)} for the session of the embedded PostgreSQL: ${obstacle}`,
    hint:
      "The embedded PostgreSQL has one session, which connections use in turn: end the transaction or close the connection, use one connection, or set a server as the shadow database (SHADOW_DATABASE_URL)."
  })
