/**
 * Borrowing the database of a server as a shadow. Who holds it is written in the mark of the database itself, so that it
 * holds between machines: each who asks gets a database of their own where the server lets its user make them, else the one
 * that is there, alone. What nobody holds any more is dropped or emptied by whoever asks next.
 */
import * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import type { Dialect } from "../Dialect.ts"
import { randomHex } from "../Digest.ts"
import type { Session } from "../engine/Database.ts"
import type { DatabaseError } from "../engine/DatabaseError.ts"
import { type Place, ShadowHost } from "../ShadowHost.ts"
import { clean, contents } from "./Cleaning.ts"
import { confirming, type Loan, putBack, release, renew } from "./Loans.ts"
import {
  describePlace,
  type Holder,
  lasting,
  type Mark,
  markText,
  NotAShadow,
  type NotClean,
  NotMarkable,
  readMark,
  type Reservation,
  reservation,
  ShadowHeld,
  ShadowIsTarget,
  tokenDigest
} from "./Reservation.ts"
import { type Recognised, refuseTargets, type Target } from "./Targets.ts"

export { cleanAgain, confirm, confirming, held, type Loan, release, renew } from "./Loans.ts"
export type { Target } from "./Targets.ts"

/** What is asked for. */
export interface Request {
  /** The shadow database of the settings, of which databases are lent. */
  readonly pool: Redacted.Redacted<string>
  /** A schema of that database to be lent, and nothing beside it. */
  readonly schema?: string | undefined
  readonly holder: Holder
  /** The secret that the holder shows to go on with it. */
  readonly token: string
  readonly minutes: number
  /** Databases that are never shadows. */
  readonly targets: ReadonlyArray<Target>
  /** The database itself is lent, although its user could make others on the server. */
  readonly given?: boolean | undefined
  /** Takes it from an earlier process of the same checkout as well. */
  readonly again?: boolean | undefined
  /** The token with which the asker held it before, be the time of that over. */
  readonly former?: string | undefined
  /** Takes it from whoever holds it. */
  readonly force: boolean
  /** What may be emptied although it is not known to be a shadow, by the name of the database or of the schema. */
  readonly named?: string | undefined
}

/** What is lent, empty. */
export interface Lent {
  readonly token: string
  readonly url: Redacted.Redacted<string>
  readonly place: Place
  /** True where it was made for this and is dropped afterwards. */
  readonly made: boolean
  readonly reservation: Reservation
  /** Whom it was taken from. */
  readonly takenFrom?: Reservation
}

/** What borrowing can fail with. */
export type Failure = ShadowHeld | NotAShadow | ShadowIsTarget | NotClean | NotMarkable | DatabaseError

/** How long a database may be there without a mark before it was left by someone who was killed while making it. */
const makingMinutes = 10

/** So many names tell what a database holds. */
const shown = 10

/** Drops the databases that were made and that nobody holds any more. */
const sweep = Effect.fn("Reservations.sweep")(function*(
  session: Session,
  pool: string
): Effect.fn.Return<void, DatabaseError, ShadowHost> {
  const host = yield* ShadowHost
  const now = yield* host.now(session)
  for (const { database, mark } of yield* host.marked(session, pool)) {
    if (database === pool) continue
    const read = readMark(mark)
    const over = mark === undefined
      ? host.ageOf(database, now) > makingMinutes * 60_000
      : read?.made === true && lasting(read, now) === undefined
    // another who sweeps at the same time, or a user who may not drop it: it is there for the next
    if (over) yield* Effect.ignore(host.drop(session, database))
  }
})

const notMarkableFor = ({ advice }: ShadowHost["Service"], place: Place, reason: string): NotMarkable =>
  new NotMarkable({ place: describePlace(place), reason, next: advice.marking })

/** Says of a place that cannot be marked, or made, why that is. */
const notMarkable =
  (host: ShadowHost["Service"], place: Place) => (error: DatabaseError): NotMarkable | DatabaseError =>
    host.meaning(error) === "denied" ? notMarkableFor(host, place, error.message) : error

/** Makes a database for the holder. */
const makeOwn = Effect.fn("Reservations.makeOwn")(function*(
  session: Session,
  pool: string,
  { holder, minutes, token }: Request
) {
  const host = yield* ShadowHost
  yield* sweep(session, pool)
  const database = yield* host.nameFor(session, pool)
  const held = reservation(holder, token, yield* host.now(session), minutes)
  yield* Effect.uninterruptible(
    Effect.andThen(
      host.make(session, database, pool),
      Effect.onError(
        host.setMark(session, { database }, markText({ version: 1, made: true, reservation: held })),
        () => Effect.ignore(host.drop(session, database))
      )
    )
  )
  return { place: { database }, reservation: held }
})

/** What a mark says to the one who asks. */
interface Look {
  readonly text: string | undefined
  readonly read: Mark | undefined
  readonly now: number
  /** Who holds it now. */
  readonly other: Reservation | undefined
  readonly isOwn: boolean
}

/** Whether what is in a place came there after it had been lent empty: a copy of its mark is no mark. */
const isKnown = (
  { identityIsCopied }: ShadowHost["Service"],
  { read }: Look,
  own: ReadonlyArray<string>,
  request: Request
) => {
  const held = read?.reservation
  if (held === undefined) return false
  const tokens = [request.token, ...(request.former === undefined ? [] : [request.former])]
  return tokens.some((token) => held.token === tokenDigest(token)) ||
    (!identityIsCopied && read?.identity?.some((form) => own.includes(form)) === true)
}

const notAShadow = (
  place: Place,
  holds: ReadonlyArray<string>,
  isMarked: boolean,
  unreachable?: ReadonlyArray<string>
): NotAShadow =>
  new NotAShadow({
    place: describePlace(place),
    name: place.schema ?? place.database,
    holds: holds.slice(0, shown),
    count: holds.length,
    ...(isMarked ? { marked: true } : {}),
    ...(unreachable === undefined ? {} : { unreachable })
  })

/** Fails where what a place holds is not known to be a shadow's, unless it was named to be emptied or is taken from its holder. */
const refuseContents = Effect.fn("Reservations.refuseContents")(function*(
  place: Place,
  holds: ReadonlyArray<string>,
  { isOwn, other, read }: Look,
  { force, named }: Request,
  { beside, unreachable }: Recognised
) {
  // nobody names a schema of a database that is worked on by its right name and means that it may go
  if (beside !== undefined && read === undefined) {
    const { advice: { elsewhere } } = yield* ShadowHost
    return yield* new ShadowIsTarget({ place: describePlace(place), target: beside.name, elsewhere })
  }
  const isMeant = force && (named === (place.schema ?? place.database) || (other !== undefined && !isOwn))
  if (isMeant && unreachable.length === 0) return
  return yield* notAShadow(place, holds, read !== undefined, isMeant ? unreachable : undefined)
})

/**
 * Takes the place that is there. It is emptied where it was empty before it was marked, and where it is meant to be although
 * it was not and every target has answered since that it is another database. What goes wrong once it is marked as held
 * gives it the mark back that it had.
 */
const takeGiven = Effect.fn("Reservations.takeGiven")(function*(session: Session, request: Request) {
  const host = yield* ShadowHost
  const { holder, minutes, schema, token } = request
  const place: Place = { database: yield* host.databaseOf(session, request.pool), schema }
  const before = yield* host.identity(session)
  const recognised = yield* refuseTargets(before, request.pool, place, request.targets)
  if (schema !== undefined) yield* Effect.mapError(host.makeSchema(session, schema), notMarkable(host, place))
  const look = Effect.gen(function*() {
    const text = yield* host.mark(session, place)
    const read = readMark(text)
    if (text !== undefined && read === undefined) {
      return yield* notMarkableFor(host, place, "its mark is of another version of Lockplane")
    }
    const now = yield* host.now(session)
    const other = lasting(read, now)
    const isOwn = other?.token === tokenDigest(token) || (request.again === true &&
      other?.holder.host === holder.host && other.holder.checkout === holder.checkout)
    if (other !== undefined && !isOwn && !request.force) {
      return yield* new ShadowHeld({ place: describePlace(place), reservation: other })
    }
    return { text, read, now, other, isOwn }
  })
  const hold = Effect.gen(function*() {
    const found = yield* look
    const { isOwn, now, other, read, text } = found
    const holds = yield* contents(session, place)
    const isDoubtful = holds.length > 0 && !isKnown(host, found, yield* host.identity(session), request)
    if (isDoubtful) yield* refuseContents(place, holds, found, request, recognised)
    const held = reservation(holder, token, now, minutes)
    const bound = host.identityIsCopied ? {} : { identity: yield* host.identity(session) }
    yield* Effect.mapError(
      host.setMark(session, place, markText({ version: 1, made: false, reservation: held, ...bound })),
      notMarkable(host, place)
    )
    // where nothing but the mark tells it, this is what it says now: outside of this transaction a replica may not know it yet
    const own = yield* host.identity(session)
    if (own.length === 0) return yield* notMarkableFor(host, place, "its mark is not there once it is written")
    const taken = { place, reservation: held, ...(other === undefined || isOwn ? {} : { takenFrom: other }) }
    return { taken, text, read, own, holds, isDoubtful }
  })
  // nobody is disturbed by one who will not get it
  yield* look
  return yield* Effect.uninterruptibleMask((restore) =>
    Effect.gen(function*() {
      const { holds, isDoubtful, own, read, taken, text } = yield* host.exclusively(session, restore(hold))
      const asBefore = () => Effect.ignore(putBack(session, place, token, text))
      if (isDoubtful || before.length === 0) {
        // its mark tells it now
        const again = Effect.flatMap(
          refuseTargets(own, request.pool, place, request.targets, isDoubtful),
          ({ unreachable }) =>
            isDoubtful && unreachable.length > 0
              ? Effect.fail(notAShadow(place, holds, read !== undefined, unreachable))
              : Effect.void
        )
        yield* Effect.onError(restore(again), asBefore)
      }
      const confirmed = yield* confirming(session, { url: request.pool, schema, token })
      // who has lost it is not to go on with it
      const emptied = schema === undefined && taken.takenFrom !== undefined
        ? Effect.andThen(host.endOthers(session), clean(confirmed, place))
        : clean(confirmed, place)
      yield* Effect.onError(restore(emptied), asBefore)
      return taken
    })
  )
})

/** Makes a database for the holder; none where the user may not. */
const takeOwn = Effect.fn("Reservations.takeOwn")(function*(request: Request) {
  const host = yield* ShadowHost
  const { mayMake, pool, session } = yield* host.gate(request.pool)
  return mayMake ? yield* makeOwn(session, pool, request) : undefined
}, Effect.scoped)

/**
 * Reserves a shadow database, or a schema, and empties it. Fails with {@link ShadowHeld} where somebody else holds the only one there is,
 * with {@link NotAShadow} where it is not known to be one, with {@link ShadowIsTarget} where it is the database of a target.
 */
export const take = Effect.fn("Reservations.take")(function*(
  request: Request
): Effect.fn.Return<Lent, Failure, Dialect | ShadowHost> {
  return yield* Effect.scoped(Effect.gen(function*() {
    const host = yield* ShadowHost
    const isGiven = request.schema !== undefined || request.given === true
    const taken = isGiven ? undefined : yield* takeOwn(request)
    const { token } = request
    if (taken !== undefined) return { ...taken, token, url: host.urlOf(request.pool, taken.place), made: true }
    const given = yield* Effect.flatMap(host.connect(request.pool), (database) => database.session)
    const { place, ...rest } = yield* takeGiven(given, request)
    const url = place.schema === undefined ? request.pool : host.urlOf(request.pool, place)
    return { ...rest, place, token, url, made: false }
  }))
})

/**
 * A shadow for as long as the scope is open: given back on success, failure and interruption alike. Fails as
 * {@link take} does.
 */
export const reserve = Effect.fn("Reservations.reserve")(function*(
  request: Omit<Request, "token">
): Effect.fn.Return<Lent, Failure, Dialect | ShadowHost | Scope.Scope> {
  const services = yield* Effect.context<Dialect | ShadowHost>()
  const token = randomHex(16)
  const loan = (lent: Lent): Loan => ({ url: lent.url, schema: request.schema, token })
  const lent = yield* Effect.acquireRelease(
    take({ ...request, token }),
    (lent) => Effect.ignore(Effect.provide(release(loan(lent), request.pool), services))
  )
  const { marksBeside } = yield* ShadowHost
  if (!marksBeside) return lent
  yield* Effect.forkScoped(
    Effect.forever(
      Effect.delay(
        Effect.ignore(renew(loan(lent), request.minutes)),
        `${Math.max(1, request.minutes / 3)} minutes`
      )
    )
  )
  return lent
})

/** A place of the pool and who holds it. */
export interface Holding {
  readonly place: Place
  readonly made: boolean
  readonly reservation: Reservation | undefined
}

/** Who holds what of a pool. Databases that nobody holds any more are dropped. */
export const holdings = Effect.fn("Reservations.holdings")(function*(
  url: Redacted.Redacted<string>,
  schema?: string
): Effect.fn.Return<ReadonlyArray<Holding>, DatabaseError, ShadowHost> {
  const host = yield* ShadowHost
  return yield* Effect.scoped(Effect.gen(function*() {
    const { mayMake, pool, session } = yield* host.gate(url)
    if (mayMake) yield* sweep(session, pool)
    const now = yield* host.now(session)
    const marked = schema === undefined
      ? (yield* host.marked(session, pool)).map(({ database, mark }) => ({ place: { database }, mark }))
      : [{ place: { database: pool, schema }, mark: yield* host.mark(session, { database: pool, schema }) }]
    return marked.flatMap(({ mark, place }) => {
      const read = readMark(mark)
      return read === undefined ? [] : [{ place, made: read.made, reservation: lasting(read, now) }]
    })
  }))
})
