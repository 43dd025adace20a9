/**
 * A server as {@link Shadow}: whoever asks works in a database that is lent for that time, made anew where the server lets
 * its user make databases, else the one that the settings name.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import type { Dialect } from "../Dialect.ts"
import { randomHex } from "../Digest.ts"
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
      const services = yield* Effect.context<Dialect | ShadowHost>()
      const host = yield* ShadowHost
      const engine = yield* Effect.cached(
        Effect.scoped(Effect.flatMap(host.gate(pool), ({ session }) => host.engine(session)))
      )
      return Shadow.of({
        describe: ({ versionNumber }) =>
          `PostgreSQL ${Math.floor(versionNumber / 10000)}.${versionNumber % 10000} (shadow server)`,
        major: Effect.map(engine, ({ major }) => major),
        identity: Effect.map(engine, ({ identity }) => identity),
        reserve: Effect.fn("ServerShadow.reserve")(function*() {
          const loan = yield* Effect.acquireRelease(
            Effect.gen(function*() {
              const token = randomHex(16)
              const { url } = yield* Reservations.take({ pool, holder, token, minutes, targets, force: false })
              return { url, token }
            }).pipe(Effect.mapError(asDatabaseError), Effect.provide(services)),
            // what cannot be given back now ends by itself
            (loan) => Effect.ignore(Effect.provide(Reservations.release(loan, pool), services))
          )
          yield* Effect.forkScoped(
            Effect.forever(
              Effect.delay(
                Effect.ignore(Effect.provide(Reservations.renew(loan, minutes), services)),
                `${minutes / 3} minutes`
              )
            )
          )
          const session = yield* Effect.flatMap(host.connect(loan.url), (database) => database.session)
          return { ...session, sharesRoles: true as const }
        })
      })
    })
  )
