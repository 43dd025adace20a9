/**
 * SQLite files that are lent as shadows. Who holds one until when stands in a file beside it, so that it holds for everybody
 * who uses it; that it is a shadow at all, the database itself says.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import type { PlatformError } from "effect/PlatformError"
import { DatabaseError } from "../engine/DatabaseError.ts"
import * as ProcessLock from "../engine/ProcessLock.ts"
import {
  describeHolder,
  type Holder,
  lasting,
  type Mark,
  markText,
  NotAShadow,
  readMark,
  type Reservation,
  reservation,
  ShadowHeld,
  type ShadowIsTarget,
  tokenDigest
} from "./Reservation.ts"
import * as ShadowFile from "./ShadowFile.ts"
import type { Target } from "./Targets.ts"

/** A file that is held. */
export interface FileLoan {
  readonly file: string
  readonly token: string
}

/** What borrowing a file can fail with. */
export type Failure = ShadowHeld | ShadowIsTarget | NotAShadow | DatabaseError

type Platform = FileSystem.FileSystem | Path.Path

const besideOf = (file: string): string => `${file}-lockplane`

/** Seconds that another command is waited for which takes the same file or gives it back. */
const lockSeconds = 20

const notWritable = (file: string) => (error: PlatformError): DatabaseError =>
  new DatabaseError({
    code: "LP_SHADOW_FILE",
    message: `The shadow ${file} cannot be reserved: ${besideOf(file)} cannot be written (${error.reason._tag}).`,
    hint: "Check that its folder is there, and that you may write to it."
  })

/** Runs what takes a file or gives it back, while nobody else does. */
const exclusively = <A, E, R>(file: string, effect: Effect.Effect<A, E, R>) =>
  Effect.scoped(Effect.gen(function*() {
    const lock = `${besideOf(file)}.lock`
    const taken = Effect.mapError(ProcessLock.take(lock), notWritable(file))
    for (let fifths = 0; !(yield* taken); fifths++) {
      if (fifths > lockSeconds * 5) {
        return yield* new DatabaseError({
          code: "LP_SHADOW_FILE",
          message: `Another command takes the shadow ${file} or gives it back, since ${lockSeconds} seconds.`,
          hint: `Run the command again; if there is no other, remove ${lock}.`
        })
      }
      yield* Effect.sleep("200 millis")
    }
    return yield* effect
  }))

const markOf = Effect.fn("FileLoans.markOf")(function*(file: string) {
  const fs = yield* FileSystem.FileSystem
  return readMark(yield* Effect.orElseSucceed(fs.readFileString(besideOf(file)), () => ""))
})

const setMark = Effect.fn("FileLoans.setMark")(function*(file: string, mark: Mark) {
  const fs = yield* FileSystem.FileSystem
  const beside = besideOf(file)
  yield* Effect.mapError(
    Effect.andThen(
      fs.writeFileString(`${beside}.new`, markText(mark), { mode: 0o600 }),
      fs.rename(`${beside}.new`, beside)
    ),
    notWritable(file)
  )
})

/** Who holds a file now; undefined where nobody does. */
export const holding = Effect.fn("FileLoans.holding")(function*(
  file: string
): Effect.fn.Return<Reservation | undefined, never, FileSystem.FileSystem> {
  return lasting(yield* markOf(file), yield* Clock.currentTimeMillis)
})

/** The reservation of a loan while it lasts. */
export const held = Effect.fn("FileLoans.held")(function*(
  { file, token }: FileLoan
): Effect.fn.Return<Reservation | undefined, never, FileSystem.FileSystem> {
  const fs = yield* FileSystem.FileSystem
  const found = yield* holding(file)
  const isThere = yield* Effect.orElseSucceed(fs.exists(file), () => true)
  return isThere && found?.token === tokenDigest(token) ? found : undefined
})

/** Why a loan is over, where it is. */
export const whyOver = Effect.fn("FileLoans.whyOver")(function*(
  { file }: FileLoan,
  expiresAt: string
): Effect.fn.Return<string, never, FileSystem.FileSystem> {
  const other = yield* holding(file)
  if (Date.parse(expiresAt) <= (yield* Clock.currentTimeMillis)) return `its time ended at ${expiresAt}`
  return other === undefined
    ? "it was given back, or is not there any more"
    : `${describeHolder(other.holder)} took it at ${other.created_at}, and holds it until ${other.expires_at}`
})

/** What is asked for. */
export interface Request {
  readonly file: string
  readonly token: string
  readonly holder: Holder
  readonly minutes: number
  readonly targets: ReadonlyArray<Target>
  /** Takes it from whoever holds it. */
  readonly force: boolean
  /** True where the file was named to be emptied although it is not marked. */
  readonly named?: boolean
}

/** A file that was taken. */
export interface Taken {
  readonly reservation: Reservation
  /** True where it was not there. */
  readonly made: boolean
  readonly takenFrom?: Reservation | undefined
}

/** Takes a file and empties it; one that is held with the same token is emptied, and held anew. */
export const take = Effect.fn("FileLoans.take")(function*(
  { file, force, holder, minutes, named = false, targets, token }: Request
): Effect.fn.Return<Taken, Failure, Platform> {
  return yield* exclusively(
    file,
    Effect.gen(function*() {
      yield* ShadowFile.refuseTargets(file, targets)
      const before = yield* markOf(file)
      const now = yield* Clock.currentTimeMillis
      const holding = lasting(before, now)
      const isOwn = holding?.token === tokenDigest(token)
      if (holding !== undefined && !isOwn && !force) {
        return yield* new ShadowHeld({ place: `file ${file}`, reservation: holding })
      }
      const found = yield* ShadowFile.look(file)
      // what another tool has put in place of a file that Lockplane made for itself is in its place
      if (found._tag === "Other" && !(named && force) && !(isOwn && before?.made === true)) {
        return yield* notAShadow(file, found.holds)
      }
      // the mark goes along with a copy of the file, and so may what is beside it
      if (found._tag === "Marked" && found.holds.length > 0 && !(named && force) && !isOwn) {
        const isTaken = force && holding !== undefined
        const own = yield* ShadowFile.identityOf(file)
        const isBound = before?.reservation !== undefined &&
          before.identity !== undefined && before.identity.every((form) => own.includes(form))
        if (!isTaken && !isBound) return yield* notAShadow(file, found.holds, true)
      }
      yield* ShadowFile.empty(file)
      const made = found._tag === "Missing" || before?.made === true
      const next = reservation(holder, token, now, minutes)
      yield* Effect.onError(
        Effect.flatMap(
          ShadowFile.identityOf(file),
          (identity) => setMark(file, { version: 1, made, reservation: next, identity })
        ),
        () => made ? Effect.ignore(ShadowFile.remove(file)) : Effect.void
      )
      return { reservation: next, made, takenFrom: isOwn ? undefined : holding }
    })
  )
})

/** Prolongs a loan by so many minutes from now; undefined where it is over. */
export const renew = Effect.fn("FileLoans.renew")(function*(
  loan: FileLoan,
  minutes: number
): Effect.fn.Return<Reservation | undefined, DatabaseError, Platform> {
  const { file } = loan
  return yield* exclusively(
    file,
    Effect.gen(function*() {
      const now = yield* held(loan)
      const mark = yield* markOf(file)
      if (now === undefined || mark === undefined) return undefined
      const until = Math.max(Date.parse(now.expires_at), (yield* Clock.currentTimeMillis) + minutes * 60_000)
      const next = { ...now, expires_at: new Date(until).toISOString() }
      yield* setMark(file, { ...mark, reservation: next })
      return next
    })
  )
})

const notAShadow = (file: string, holds: ReadonlyArray<string>, isMarked: boolean = false): NotAShadow =>
  new NotAShadow({
    place: `file ${file}`,
    name: file,
    holds: holds.slice(0, 10),
    count: holds.length,
    ...(isMarked ? { marked: true } : {})
  })

/**
 * Gives a file back: one that was made for it is removed, another one emptied. False where it was not held, or its time was
 * over: then it is left for the next who takes it, unless it is one of a project's own. Fails with {@link NotAShadow} where there is another database now, which is left alone.
 */
export const release = Effect.fn("FileLoans.release")(function*(
  { file, token }: FileLoan
): Effect.fn.Return<boolean, NotAShadow | DatabaseError, Platform> {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  return yield* exclusively(
    file,
    Effect.gen(function*() {
      const mark = yield* markOf(file)
      if (mark?.reservation?.token !== tokenDigest(token)) return false
      const wasHeld = (yield* held({ file, token })) !== undefined
      // a file that was named may be worked on by now: whoever takes it next asks the targets
      const isOver = !wasHeld && !(mark.made && ShadowFile.ownName.test(path.basename(file)))
      if (isOver) return false
      const found = mark.made ? undefined : yield* ShadowFile.look(file)
      if (mark.made) yield* ShadowFile.remove(file)
      else if (found?._tag === "Marked") yield* ShadowFile.empty(file)
      yield* Effect.ignore(fs.remove(besideOf(file), { force: true }))
      return found?._tag === "Other" ? yield* notAShadow(file, found.holds) : wasHeld
    })
  )
})
