/** The life of the shadow that a project lends to other tools: taken and emptied, prolonged, given back. */
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import type * as Path from "effect/Path"
import type { PlatformError } from "effect/PlatformError"
import * as Redacted from "effect/Redacted"
import type { Dialect } from "../Dialect.ts"
import { randomHex } from "../Digest.ts"
import * as Background from "../engine/Background.ts"
import { withPostgresqlScheme } from "../engine/ConnectionUrl.ts"
import type { DatabaseError } from "../engine/DatabaseError.ts"
import type { PlanRefused } from "../Planner.ts"
import type { ShadowHost } from "../ShadowHost.ts"
import * as Checkout from "./Checkout.ts"
import type { Holder, NotClean, Reservation } from "./Reservation.ts"
import * as Reservations from "./Reservations.ts"

/** An engine that a process in the background serves. */
export interface Served {
  readonly url: Redacted.Redacted<string>
  readonly process: number
}

/** What is asked for. */
export interface Request<E = never, R = never> {
  /** The folder of the project. */
  readonly project: string
  readonly environment?: string | undefined
  /** The shadow database of the settings. */
  readonly pool: Option.Option<Redacted.Redacted<string>>
  readonly schema?: string | undefined
  /** Starts an engine in the background, where no shadow database is set: gives its URL and its process. */
  readonly startEmbedded: Effect.Effect<Served, E, R>
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
  (Option.isSome(pool)
    ? lease.process === undefined && lease.pool_url === Redacted.value(pool.value)
    : lease.process !== undefined)

/** The project's own shadow once more, emptied; none where it holds none any more. */
const again = Effect.fn("Prepare.again")(function*(lease: Checkout.Lease, minutes: number) {
  const loan = Checkout.loanOf(lease)
  const held = yield* Reservations.renew(loan, minutes)
  if (held === undefined || !(yield* Reservations.cleanAgain(loan))) return Option.none<Checkout.Lease>()
  return Option.some({ ...lease, expires_at: held.expires_at })
})

/** An engine in the background that is not given back within so many seconds is ended. */
const releaseSeconds = 5

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
  const { process, url } = Option.isSome(pool) ? { url: pool.value, process: undefined } : yield* request.startEmbedded
  const token = randomHex(16)
  const lent = yield* Reservations.take({ ...request, pool: url, token, given: Option.isNone(pool) })
  const lease: Checkout.Lease = {
    ...(environment === undefined ? {} : { environment }),
    shadow_url: Redacted.value(withPostgresqlScheme(lent.url)),
    ...(schema === undefined ? {} : { shadow_schema: schema }),
    token,
    created_at: lent.reservation.created_at,
    expires_at: lent.reservation.expires_at,
    pool_url: Redacted.value(url),
    made: lent.made,
    ...(process === undefined ? {} : { process })
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
  const given = Reservations.release(Checkout.loanOf(lease), Redacted.make(lease.pool_url))
  const { process } = lease
  const released = yield* process === undefined ? given : given.pipe(
    Effect.catchIf(
      (error) => error._tag === "DatabaseError" && isUnreachable(error),
      () => Effect.succeed(false)
    ),
    // a client that does not let go of the one session must not keep it for ever
    Effect.timeout(`${releaseSeconds} seconds`),
    Effect.catch(() => Effect.as(Background.end(process), true))
  )
  yield* Checkout.forget(project)
  return released
})
