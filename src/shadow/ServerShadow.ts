/**
 * A server as {@link Shadow}: whoever asks works in a database that is lent for that time, made anew where the server lets
 * its user make databases, else the one that the settings name.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import type { Dialect } from "../Dialect.ts"
import { DatabaseError } from "../engine/DatabaseError.ts"
import { Shadow } from "../Shadow.ts"
import { ShadowHost } from "../ShadowHost.ts"
import type { Holder } from "./Reservation.ts"
import * as Reservations from "./Reservations.ts"

/** Which server, and for whom. */
export interface Options {
  /** The shadow database of the settings. */
  readonly pool: Redacted.Redacted<string>
  readonly holder: Holder
  /** Databases that are never shadows. */
  readonly targets: ReadonlyArray<Reservations.Target>
  /** So many seconds another proof is waited for; none without. */
  readonly patience?: number | undefined
}

/** How long a database is held without a sign of life. */
const minutes = 15

/** What borrowing failed with, as those who ask for a shadow know it. */
const asDatabaseError = (error: Reservations.Failure): DatabaseError =>
  error._tag === "DatabaseError" ? error : new DatabaseError({ code: "LP_SHADOW", message: error.message })

/** True for what says that another proof holds it, and not somebody who may take hours. */
const isProof = (error: Reservations.Failure): boolean =>
  error._tag === "ShadowHeld" &&
  Date.parse(error.reservation.expires_at) - Date.parse(error.reservation.created_at) <= minutes * 60_000

/** The databases of a server as {@link Shadow}. Nothing is connected to before a shadow is asked for. */
export const layer = (
  { holder, patience = 0, pool, targets }: Options
): Layer.Layer<Shadow, never, Dialect | ShadowHost> =>
  Layer.effect(
    Shadow,
    Effect.gen(function*() {
      // not the scope of this layer: what is opened closes with that of whoever asks
      const services = Context.omit(Scope.Scope)(yield* Effect.context<Dialect | ShadowHost>())
      const host = yield* ShadowHost
      // where only one database is lent, whoever asks within this process waits for it as well
      const lease = yield* Semaphore.make(1)
      const engine = yield* Effect.cached(
        Effect.scoped(Effect.flatMap(host.gate(pool), ({ session }) => host.engine(session)))
      )
      return Shadow.of({
        describe: host.describe,
        major: Effect.map(engine, ({ major }) => major),
        identity: Effect.map(engine, ({ identity }) => identity),
        reserve: Effect.fn("ServerShadow.reserve")(function*() {
          yield* Effect.acquireRelease(lease.take(1), () => lease.release(1), { interruptible: true })
          const { token, url } = yield* Reservations.reserve({ pool, holder, minutes, targets, force: false }).pipe(
            Effect.retry({
              while: isProof,
              schedule: Schedule.spaced("200 millis"),
              times: patience * 5
            }),
            Effect.mapError(asDatabaseError),
            Effect.provide(services)
          )
          const session = yield* Effect.flatMap(host.connect(url), (database) => database.session)
          return {
            ...(yield* Effect.provide(Reservations.confirming(session, { url, token }, minutes), services)),
            sharesRoles: true as const
          }
        })
      })
    })
  )
