/** What has become of the shadow that a checkout remembers. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Background from "../engine/Background.ts"
import { type DatabaseError, isSqlState } from "../engine/DatabaseError.ts"
import { ShadowHost } from "../ShadowHost.ts"
import * as Checkout from "./Checkout.ts"
import { describeHolder, lasting, readMark, type Reservation } from "./Reservation.ts"
import * as Reservations from "./Reservations.ts"

/** What has become of it. */
export type LeaseState =
  | { readonly state: "held"; readonly reservation: Reservation }
  /** The embedded engine keeps everybody waiting for one client. */
  | { readonly state: "busy"; readonly why: string }
  /** It is not this project's any more. */
  | { readonly state: "over"; readonly why: string }
  | { readonly state: "unreachable"; readonly why: string }

/** SQLSTATEs of an engine that has ended, or of another program that has got its port since. */
const goneStates = new Set(["08006", "28000", "28P01", "3D000"])

/**
 * What an error says of the embedded engine of a lease: its process has ended, or a client keeps it. Undefined for any other
 * error, and for a database of a server.
 */
export const presence = (
  lease: Checkout.Lease,
  { code }: DatabaseError
): Effect.Effect<"gone" | "busy" | undefined> => {
  if (lease.process === undefined) return Effect.succeed(undefined)
  if (code === "55P03") return Effect.succeed("busy")
  if (code === "CONNECT_TIMEOUT") {
    const process = Checkout.processOf(lease)
    return process === undefined
      ? Effect.succeed("gone")
      : Effect.map(Background.look(process), (found) => found === "gone" ? "gone" : "busy")
  }
  return Effect.succeed(!isSqlState(code) || goneStates.has(code) ? "gone" : undefined)
}

/** Why a lease is over, where it is. */
const whyOver = Effect.fn("LeaseState.whyOver")(function*(
  lease: Checkout.Lease,
  connectSeconds?: number
): Effect.fn.Return<string, DatabaseError, ShadowHost> {
  const host = yield* ShadowHost
  const { schema, url } = Checkout.loanOf(lease, connectSeconds)
  const ended = (now: number, otherwise: string) =>
    Date.parse(lease.expires_at) <= now ? `its time ended at ${lease.expires_at}` : otherwise
  return yield* Effect.scoped(Effect.gen(function*() {
    const session = yield* Effect.flatMap(host.connect(url), (database) => database.session)
    const now = yield* host.now(session)
    const mark = yield* host.mark(session, { database: yield* host.databaseOf(session, url), schema })
    const other = lasting(readMark(mark), now)
    return other === undefined
      ? ended(now, "it was given back")
      : `${describeHolder(other.holder)} took it at ${other.created_at}, and holds it until ${other.expires_at}`
  })).pipe(
    Effect.catchIf(
      (error) => host.meaning(error) === "missing",
      () => Effect.map(Clock.currentTimeMillis, (now) => ended(now, "its database is not there any more"))
    )
  )
})

/** Why a lease is over whose embedded engine has ended. */
export const whyGone = (lease: Checkout.Lease): Effect.Effect<string> =>
  Effect.map(Clock.currentTimeMillis, (now) =>
    Date.parse(lease.expires_at) <= now
      ? `its time ended at ${lease.expires_at}`
      : "the process in the background that served it has ended")

/** What has become of the shadow of a lease; its server is waited for so many seconds where it is the embedded engine. */
export const stateOf = Effect.fn("LeaseState.stateOf")(function*(
  lease: Checkout.Lease,
  connectSeconds?: number
): Effect.fn.Return<LeaseState, never, ShadowHost> {
  return yield* Effect.gen(function*(): Effect.fn.Return<LeaseState, DatabaseError, ShadowHost> {
    const reservation = yield* Reservations.held(Checkout.loanOf(lease, connectSeconds))
    return reservation === undefined
      ? { state: "over", why: yield* whyOver(lease, connectSeconds) }
      : { state: "held", reservation }
  }).pipe(
    Effect.catch((error) =>
      Effect.gen(function*(): Effect.fn.Return<LeaseState> {
        const found = yield* presence(lease, error)
        return found === "gone"
          ? { state: "over", why: yield* whyGone(lease) }
          : found === "busy"
          ? { state: "busy", why: "a client has a transaction open, or a statement is running" }
          : { state: "unreachable", why: error.message }
      })
    )
  )
})
