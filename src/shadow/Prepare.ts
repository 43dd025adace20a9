/** The life of the shadow that a project lends to other tools: taken and emptied, prolonged, given back. */
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import type * as Path from "effect/Path"
import type { PlatformError } from "effect/PlatformError"
import * as Redacted from "effect/Redacted"
import type { Dialect } from "../Dialect.ts"
import { randomHex } from "../Digest.ts"
import type { DatabaseError } from "../engine/DatabaseError.ts"
import type { PlanRefused } from "../Planner.ts"
import type { ShadowHost } from "../ShadowHost.ts"
import * as Checkout from "./Checkout.ts"
import type { Holder, NotClean, Reservation } from "./Reservation.ts"
import * as Reservations from "./Reservations.ts"

/** What is asked for. */
export interface Request<E = never, R = never> {
  /** The folder of the project. */
  readonly project: string
  readonly environment?: string | undefined
  /** The shadow database of the settings. */
  readonly pool: Option.Option<Redacted.Redacted<string>>
  readonly schema?: string | undefined
  /** Starts an engine in the background and gives its URL, where no shadow database is set. */
  readonly startEmbedded: Effect.Effect<Redacted.Redacted<string>, E, R>
  readonly holder: Holder
  readonly minutes: number
  readonly targets: ReadonlyArray<Reservations.Target>
  readonly force: boolean
  readonly named?: string | undefined
}

/** The shadow that the project holds now, empty. */
export interface Prepared {
  readonly lease: Checkout.Lease
  /** Whom it was taken from. */
  readonly takenFrom?: Reservation | undefined
}

/** True where the lease is of what the settings name. */
const isOf = (lease: Checkout.Lease, { pool, schema }: Pick<Request, "pool" | "schema">): boolean =>
  lease.shadow_schema === schema &&
  (Option.isSome(pool) ? !lease.embedded && lease.pool_url === Redacted.value(pool.value) : lease.embedded)

/** The project's own shadow once more, emptied; none where it holds none any more. */
const again = Effect.fn("Prepare.again")(function*(lease: Checkout.Lease, minutes: number) {
  const loan = Checkout.loanOf(lease)
  const held = yield* Reservations.renew(loan, minutes)
  if (held === undefined || !(yield* Reservations.cleanAgain(loan))) return Option.none<Checkout.Lease>()
  return Option.some({ ...lease, expires_at: held.expires_at })
})

/** Not reachable any more, such as an engine in the background that has ended. */
const isUnreachable = ({ code }: DatabaseError): boolean => !/^[0-9A-Z]{5}$/.test(code)

/**
 * Takes a shadow for a project and empties it. One that the project holds already is emptied and kept. What the project held
 * by other settings is given back. Fails as {@link Reservations.take} does.
 */
export const prepare = Effect.fn("Prepare.prepare")(function*<E, R>(
  request: Request<E, R>
): Effect.fn.Return<
  Prepared,
  Reservations.Failure | Checkout.NoLease | PlatformError | E,
  Dialect | ShadowHost | FileSystem.FileSystem | Path.Path | R
> {
  const { environment, minutes, pool, project, schema } = request
  const before = yield* Checkout.find(project)
  if (Option.isSome(before)) {
    if (isOf(before.value, request)) {
      const kept = yield* again(before.value, minutes).pipe(
        Effect.catchIf(
          (error) => error._tag === "DatabaseError" && isUnreachable(error),
          () => Effect.succeedNone
        )
      )
      if (Option.isSome(kept)) {
        const { environment: _, ...rest } = kept.value
        const lease = { ...rest, ...(environment === undefined ? {} : { environment }) }
        yield* Checkout.remember(project, lease)
        return { lease }
      }
    } else yield* Effect.ignore(release(project))
  }
  const url = yield* Option.match(pool, { onNone: () => request.startEmbedded, onSome: Effect.succeed })
  const token = randomHex(16)
  const lent = yield* Reservations.take({ ...request, pool: url, token, given: Option.isNone(pool) })
  const lease: Checkout.Lease = {
    ...(environment === undefined ? {} : { environment }),
    shadow_url: Redacted.value(lent.url),
    ...(schema === undefined ? {} : { shadow_schema: schema }),
    token,
    created_at: lent.reservation.created_at,
    expires_at: lent.reservation.expires_at,
    pool_url: Redacted.value(url),
    made: lent.made,
    embedded: Option.isNone(pool)
  }
  yield* Effect.onError(
    Checkout.remember(project, lease),
    () => Effect.ignore(Reservations.release(Checkout.loanOf(lease), url))
  )
  return { lease, takenFrom: lent.takenFrom }
})

/** Gives the shadow of a project back; false where it was not held any more. Fails where the project holds none. */
export const release = Effect.fn("Prepare.release")(function*(
  project: string
): Effect.fn.Return<
  boolean,
  Checkout.NoLease | NotClean | PlanRefused | DatabaseError | PlatformError,
  Dialect | ShadowHost | FileSystem.FileSystem | Path.Path
> {
  const lease = yield* Checkout.current(project)
  const released = yield* Reservations.release(Checkout.loanOf(lease), Redacted.make(lease.pool_url)).pipe(
    Effect.catchIf(
      (error) => error._tag === "DatabaseError" && lease.embedded && isUnreachable(error),
      () => Effect.succeed(false)
    )
  )
  yield* Checkout.forget(project)
  return released
})
