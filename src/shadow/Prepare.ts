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
import { DatabaseError } from "../engine/DatabaseError.ts"
import { ShadowHost } from "../ShadowHost.ts"
import * as Checkout from "./Checkout.ts"
import * as FileLoans from "./FileLoans.ts"
import * as FilePrepare from "./FilePrepare.ts"
import { presence, stateOf } from "./LeaseState.ts"
import { type Holder, type NotAShadow, type NotClean, type Reservation, tokenDigest } from "./Reservation.ts"
import * as Reservations from "./Reservations.ts"

/** An engine that a process in the background serves. */
export interface Served {
  readonly url: Redacted.Redacted<string>
  readonly process: Background.Process
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
  /** Where what the checkout remembered was put, as it could not be read. */
  readonly setAside?: string | undefined
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

/** Ends the embedded engine of a lease; false where it had ended already. */
const endEngine = Effect.fn("Prepare.endEngine")(function*(
  lease: Checkout.Lease
): Effect.fn.Return<boolean, DatabaseError> {
  const process = Checkout.processOf(lease)
  const found = process === undefined ? "gone" : yield* Background.end(process)
  if (found !== "unknown") return found === "ended"
  return yield* new DatabaseError({
    code: "LP_EMBEDDED_BUSY",
    message: `The embedded PostgreSQL, process ${lease.process}, does not let go of a client.`,
    hint: "Close what is connected to it and run the command again, or end that process by hand."
  })
})

/** What is filled for one environment is not lost to another without a word. */
const refuseOther = Effect.fn("Prepare.refuseOther")(function*(
  lease: Checkout.Lease,
  environment: string | undefined
): Effect.fn.Return<void, Checkout.CheckoutRefused, ShadowHost> {
  if (environment === undefined || lease.environment === undefined || lease.environment === environment) return
  if ((yield* stateOf(lease, releaseSeconds)).state === "over") return
  return yield* new Checkout.CheckoutRefused({
    detail: `this project holds a shadow database that was prepared for the environment ${lease.environment}.`,
    next:
      `Nothing was changed. Give it back with lockplane shadow release, or empty it for ${environment} with --force.`
  })
})

/** Takes a shadow that the project does not hold yet. An engine that was started for it ends where that comes to nothing. */
const takeNew = <E, R>(request: Request<E, R>, former: string | undefined) =>
  Effect.uninterruptibleMask((restore) =>
    Effect.gen(function*() {
      const { forTools } = yield* ShadowHost
      const { environment, pool, project, schema } = request
      const { process, url } = Option.isSome(pool)
        ? { url: pool.value, process: undefined }
        : yield* restore(request.startEmbedded)
      const token = randomHex(16)
      return yield* Effect.gen(function*() {
        const lent = yield* restore(
          Reservations.take({ ...request, pool: url, token, former, again: true, given: Option.isNone(pool) })
        )
        const { authToken, url: shadow_url } = forTools(lent.url)
        const lease: Checkout.Lease = {
          ...(environment === undefined ? {} : { environment }),
          shadow_url,
          ...(authToken === undefined ? {} : { auth_token: authToken }),
          ...(schema === undefined ? {} : { shadow_schema: schema }),
          token,
          created_at: lent.reservation.created_at,
          expires_at: lent.reservation.expires_at,
          pool_url: Redacted.value(url),
          made: lent.made,
          ...(process === undefined ? {} : { process: process.pid, process_argument: process.argument })
        }
        yield* Effect.onError(
          Checkout.remember(project, lease),
          () => Effect.ignore(Reservations.release(Checkout.loanOf(lease, releaseSeconds), url))
        )
        return { lease, takenFrom: lent.takenFrom }
      }).pipe(Effect.onError(() => process === undefined ? Effect.void : Background.end(process)))
    })
  )

/**
 * Takes a shadow for a project and empties it. One that the project holds already is emptied and kept, unless it was for another
 * environment. What the project held by other settings is given back. Fails as {@link Reservations.take} does.
 */
export const prepare = Effect.fn("Prepare.prepare")(function*<E, R>(
  request: Request<E, R>
): Effect.fn.Return<
  Prepared,
  Reservations.Failure | Checkout.NoLease | Checkout.CheckoutRefused | PlatformError | E,
  Dialect | ShadowHost | FileSystem.FileSystem | Path.Path | R
> {
  return yield* Checkout.exclusively(request.project, prepareAlone(request))
})

const prepareAlone = Effect.fnUntraced(function*<E, R>(request: Request<E, R>) {
  const { environment, force, minutes, project } = request
  const { lease: before, setAside } = yield* Checkout.findOrSetAside(project)
  if (Option.isSome(before)) {
    const { family } = yield* ShadowHost
    const sort = Checkout.sortOf(before.value)
    if (sort !== "SQLite file" && sort !== family) yield* Checkout.refuseFamily(before.value)
    if (!force) yield* refuseOther(before.value, environment)
    if (isOf(before.value, request)) {
      const kept = yield* again(before.value, minutes).pipe(
        Effect.catchTag("DatabaseError", (error) =>
          Effect.gen(function*() {
            const found = yield* presence(before.value, error)
            if (found === "busy" && force) yield* endEngine(before.value)
            return found === "gone" || (found === "busy" && force) ? Option.none() : yield* error
          }))
      )
      if (Option.isSome(kept)) {
        const { environment: _, ...rest } = kept.value
        const lease = { ...rest, ...(environment === undefined ? {} : { environment }) }
        yield* Checkout.remember(project, lease)
        return { lease }
      }
    } else yield* Effect.ignore(giveBack(project, before.value))
  }
  const former = Option.filter(before, (lease) => isOf(lease, request))
  return { ...(yield* takeNew(request, Option.getOrUndefined(former)?.token)), setAside }
})

/** Gives what a project holds back; false where it was not held any more. */
const giveBack = Effect.fn("Prepare.giveBack")(function*(project: string, lease: Checkout.Lease) {
  const file = FilePrepare.loanOf(lease)
  if (file !== undefined) {
    return yield* Effect.ensuring(FileLoans.release(file), Effect.ignore(Checkout.forget(project)))
  }
  const given = Reservations.release(Checkout.loanOf(lease, releaseSeconds), Redacted.make(lease.pool_url))
  const released = yield* lease.process === undefined ? given : given.pipe(
    Effect.timeoutOption(`${2 * releaseSeconds} seconds`),
    // a client that does not let go of the one session must not keep it for ever
    Effect.flatMap(Option.match({ onNone: () => endEngine(lease), onSome: Effect.succeed })),
    Effect.catchTag(
      "DatabaseError",
      (error) =>
        Effect.flatMap(
          presence(lease, error),
          (found) => found === "gone" ? Effect.succeed(false) : found === "busy" ? endEngine(lease) : Effect.fail(error)
        )
    )
  )
  yield* Checkout.forget(project)
  return released
})

/** What giving a shadow back can fail with. */
export type ReleaseFailure =
  | Checkout.NoLease
  | Checkout.CheckoutRefused
  | NotClean
  | NotAShadow
  | DatabaseError
  | PlatformError

/** Gives the shadow of a project back; false where it was not held any more. Fails where the project holds none. */
export const release = Effect.fn("Prepare.release")(function*(
  project: string
): Effect.fn.Return<boolean, ReleaseFailure, Dialect | ShadowHost | FileSystem.FileSystem | Path.Path> {
  yield* Checkout.current(project)
  return yield* Checkout.exclusively(
    project,
    Effect.flatMap(Checkout.current(project), (lease) => giveBack(project, lease))
  )
})

/**
 * Gives back what is held with a token, be it of this checkout or of another one: that is looked for on the server of the
 * settings.
 */
export const releaseToken = Effect.fn("Prepare.releaseToken")(function*(
  { pool, project, schema, token }: Pick<Request, "project" | "pool" | "schema"> & { readonly token: string }
): Effect.fn.Return<boolean, ReleaseFailure, Dialect | ShadowHost | FileSystem.FileSystem | Path.Path> {
  const lease = yield* Effect.orElseSucceed(Checkout.find(project), () => Option.none<Checkout.Lease>())
  if (Option.exists(lease, (own) => own.token === token)) return yield* release(project)
  const host = yield* ShadowHost
  const held = Option.isNone(pool) ? [] : yield* Reservations.holdings(pool.value, schema)
  const found = held.find(({ reservation }) => reservation?.token === tokenDigest(token))
  if (Option.isNone(pool) || found === undefined) {
    return yield* new Checkout.CheckoutRefused({
      detail: "no shadow database is held with this token.",
      next: Option.isNone(pool)
        ? "No shadow server is set, where it could be looked for: set SHADOW_DATABASE_URL. The embedded PostgreSQL is given back in the folder where it was prepared."
        : "Nothing was changed. It was given back already, or its time is over, or it is of another SHADOW_DATABASE_URL."
    })
  }
  const url = host.urlOf(pool.value, found.place)
  return yield* Reservations.release({ url, schema: found.place.schema, token }, pool.value)
})
