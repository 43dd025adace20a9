/**
 * A server as {@link Shadow}: whoever asks works in a database that is lent for that time, made anew where the server lets
 * its user make databases, else the one that the settings name.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
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
}

/** How long a database is held without a sign of life. */
const minutes = 15

/** What borrowing failed with, as those who ask for a shadow know it. */
const asDatabaseError = (error: Reservations.Failure): DatabaseError =>
  error._tag === "DatabaseError" ? error : new DatabaseError({ code: "LP_SHADOW", message: error.message })

/** The databases of a server as {@link Shadow}. Nothing is connected to before a shadow is asked for. */
export const layer = ({ holder, pool, targets }: Options): Layer.Layer<Shadow, never, Dialect | ShadowHost> =>
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
        describe: ({ versionNumber }) =>
          `PostgreSQL ${Math.floor(versionNumber / 10000)}.${versionNumber % 10000} (shadow server)`,
        major: Effect.map(engine, ({ major }) => major),
        identity: Effect.map(engine, ({ identity }) => identity),
        reserve: Effect.fn("ServerShadow.reserve")(function*() {
          yield* Effect.acquireRelease(lease.take(1), () => lease.release(1), { interruptible: true })
          const { url } = yield* Reservations.reserve({ pool, holder, minutes, targets, force: false }).pipe(
            Effect.mapError(asDatabaseError),
            Effect.provide(services)
          )
          const session = yield* Effect.flatMap(host.connect(url), (database) => database.session)
          return { ...session, sharesRoles: true as const }
        })
      })
    })
  )
