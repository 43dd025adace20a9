/** What becomes of a database that is lent: it is looked at, prolonged, emptied once more, given back. */
import * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import type { Dialect } from "../Dialect.ts"
import type { Session } from "../engine/Database.ts"
import { DatabaseError } from "../engine/DatabaseError.ts"
import { type Place, ShadowHost } from "../ShadowHost.ts"
import { clean } from "./Cleaning.ts"
import {
  describeHolder,
  describePlace,
  lasting,
  type Mark,
  markText,
  type NotClean,
  readMark,
  type Reservation,
  tokenDigest
} from "./Reservation.ts"

/** What is known of a place that was lent. */
export interface Loan {
  readonly url: Redacted.Redacted<string>
  readonly schema?: string | undefined
  readonly token: string
}

/** False where a mark tells that it was made in another database, of which this one is a copy. */
const isInPlace = Effect.fn("Loans.isInPlace")(function*(session: Session, mark: Mark | undefined) {
  const host = yield* ShadowHost
  if (host.identityIsCopied || mark?.identity === undefined) return true
  const own = yield* host.identity(session)
  return mark.identity.some((form) => own.includes(form))
})

/** A session on what is lent, and its mark; the mark is undefined where the loan is over. */
const opened = Effect.fn("Loans.opened")(function*(
  { schema, token, url }: Loan
): Effect.fn.Return<
  { readonly session: Session; readonly place: Place; readonly mark: Mark | undefined },
  DatabaseError,
  ShadowHost | Scope.Scope
> {
  const host = yield* ShadowHost
  const session = yield* Effect.flatMap(host.connect(url), (database) => database.session)
  const place = { database: yield* host.databaseOf(session, url), schema }
  const mark = readMark(yield* host.mark(session, place))
  const now = yield* host.now(session)
  const isHeld = lasting(mark, now)?.token === tokenDigest(token) && (yield* isInPlace(session, mark))
  return { session, place, mark: isHeld ? mark : undefined }
})

/** What there is to say of a loan; the other answer where its database is not there any more. */
const unlessGone = <A, E, R>(
  asked: Effect.Effect<A, E | DatabaseError, R>,
  gone: A
): Effect.Effect<A, E | DatabaseError, R | ShadowHost> =>
  Effect.flatMap(
    ShadowHost,
    ({ meaning }) =>
      Effect.catch(asked, (error) =>
        error instanceof DatabaseError && meaning(error) === "missing" ? Effect.succeed(gone) : Effect.fail(error))
  )

/** The reservation of a loan while it lasts; undefined where it is over. */
export const held = Effect.fn("Loans.held")(function*(
  loan: Loan
): Effect.fn.Return<Reservation | undefined, DatabaseError, ShadowHost> {
  return yield* unlessGone(Effect.scoped(Effect.map(opened(loan), ({ mark }) => mark?.reservation)), undefined)
})

/** Prolongs a loan by so many minutes from now; the reservation as it is then, undefined where it is over. */
export const renew = Effect.fn("Loans.renew")(function*(
  loan: Loan,
  minutes: number
): Effect.fn.Return<Reservation | undefined, DatabaseError, ShadowHost> {
  const host = yield* ShadowHost
  return yield* unlessGone(
    Effect.scoped(Effect.gen(function*() {
      const { mark, place, session } = yield* opened(loan)
      const until = (yield* host.now(session)) + minutes * 60_000
      const lasts = mark?.reservation
      // it is not written where it would say the same
      if (lasts === undefined || Date.parse(lasts.expires_at) >= until) return lasts
      return yield* host.exclusively(
        session,
        Effect.gen(function*() {
          const mark = readMark(yield* host.mark(session, place))
          const now = yield* host.now(session)
          const held = lasting(mark, now)
          if (mark === undefined || held === undefined || held.token !== tokenDigest(loan.token)) return undefined
          const expires = Math.max(Date.parse(held.expires_at), now + minutes * 60_000)
          const renewed = { ...held, expires_at: new Date(expires).toISOString() }
          yield* host.setMark(session, place, markText({ ...mark, reservation: renewed }))
          return renewed
        })
      )
    })),
    undefined
  )
})

/**
 * Prolongs a loan by way of a session on it that has just begun a transaction in which nobody else can write. Fails with
 * `LP_SHADOW` where somebody else has taken it.
 */
export const confirm = Effect.fn("Loans.confirm")(function*(
  session: Session,
  { schema, token, url }: Loan,
  minutes: number
): Effect.fn.Return<void, DatabaseError, ShadowHost> {
  const host = yield* ShadowHost
  const place = { database: yield* host.databaseOf(session, url), schema }
  const mark = readMark(yield* host.mark(session, place))
  if (mark?.reservation?.token !== tokenDigest(token)) {
    return yield* new DatabaseError({
      code: "LP_SHADOW",
      message: `The shadow ${describePlace(place)} was taken away while it was in use${
        mark?.reservation === undefined
          ? "."
          : `: ${describeHolder(mark.reservation.holder)} holds it since ${mark.reservation.created_at}.`
      }`,
      hint: "Nothing but the shadow was touched. Run the command again when it is free."
    })
  }
  const now = yield* host.now(session)
  // not at each of many transactions
  if (minutes === 0 || Date.parse(mark.reservation.expires_at) - now > minutes * 30_000) return
  const expires_at = new Date(now + minutes * 60_000).toISOString()
  yield* host.setMark(session, place, markText({ ...mark, reservation: { ...mark.reservation, expires_at } }))
})

/**
 * The session, whose transactions begin only as long as the loan is its holder's, and prolong it by so many minutes: what somebody else has taken
 * is theirs. Where marks are beside what a holder does, whoever takes a database ends its sessions instead.
 */
export const confirming = Effect.fn("Loans.confirming")(function*(
  session: Session,
  loan: Loan,
  minutes: number = 0
): Effect.fn.Return<Session, never, ShadowHost> {
  const host = yield* ShadowHost
  const { begin, rollback } = session.transactions ?? {}
  if (begin === undefined || rollback === undefined || host.marksBeside) return session
  const confirmed = Effect.provideService(confirm(session, loan, minutes), ShadowHost, host)
  return {
    ...session,
    execute: (script) =>
      script === begin
        ? Effect.andThen(
          session.execute(script),
          Effect.onError(confirmed, () => Effect.ignore(session.execute(rollback)))
        )
        : session.execute(script)
  }
})

/** Gives a place that is held with a token the mark that it had, or none. One that somebody else has taken stays theirs. */
export const putBack = Effect.fn("Loans.putBack")(function*(
  session: Session,
  place: Place,
  token: string,
  before: string | undefined
): Effect.fn.Return<void, DatabaseError, ShadowHost> {
  const host = yield* ShadowHost
  yield* host.exclusively(
    session,
    Effect.flatMap(host.mark(session, place), (text) =>
      readMark(text)?.reservation?.token === tokenDigest(token)
        ? host.setMark(session, place, before)
        : Effect.void)
  )
})

/** Empties a lent database once more for its holder; false where the loan is over. */
export const cleanAgain = Effect.fn("Loans.cleanAgain")(function*(
  loan: Loan
): Effect.fn.Return<boolean, NotClean | DatabaseError, Dialect | ShadowHost> {
  return yield* unlessGone(
    Effect.scoped(Effect.gen(function*() {
      const { mark, place, session } = yield* opened(loan)
      if (mark === undefined) return false
      yield* clean(yield* confirming(session, loan), place)
      return true
    })),
    false
  )
})

/** Gives a lent database back: one that was made is dropped, another emptied. False where the loan was over already. */
export const release = Effect.fn("Loans.release")(function*(
  loan: Loan,
  pool: Redacted.Redacted<string>
): Effect.fn.Return<boolean, NotClean | DatabaseError, Dialect | ShadowHost> {
  const host = yield* ShadowHost
  const found = yield* unlessGone(
    Effect.scoped(Effect.gen(function*() {
      const { mark, place, session } = yield* opened(loan)
      if (mark === undefined) return undefined
      if (!mark.made) {
        yield* clean(yield* confirming(session, loan), place)
        yield* putBack(session, place, loan.token, markText({ version: 1, made: false }))
      }
      return { database: place.database, made: mark.made }
    })),
    undefined
  )
  if (found === undefined) return false
  if (found.made) {
    yield* Effect.scoped(Effect.flatMap(host.gate(pool), ({ session }) => host.drop(session, found.database)))
  }
  return true
})
