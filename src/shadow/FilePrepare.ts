/** The life of the SQLite file that a project lends to other tools: taken and emptied, prolonged, given back, removed when its time is over. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import type { PlatformError } from "effect/PlatformError"
import { randomHex } from "../Digest.ts"
import type { DatabaseError } from "../engine/DatabaseError.ts"
import * as Checkout from "./Checkout.ts"
import * as FileLoans from "./FileLoans.ts"
import type { LeaseState } from "./LeaseState.ts"
import { type Holder, type NotAShadow, type Reservation, tokenDigest } from "./Reservation.ts"
import { ownName } from "./ShadowFile.ts"
import * as ShadowFile from "./ShadowFile.ts"
import type { Target } from "./Targets.ts"

type Platform = FileSystem.FileSystem | Path.Path

/** The loan of a lease; undefined for a database of a server. */
export const loanOf = ({ shadow_file, token }: Checkout.Lease): FileLoans.FileLoan | undefined =>
  shadow_file === undefined ? undefined : { file: shadow_file, token }

/** What is asked for. */
export interface Request {
  /** The folder of the project. */
  readonly project: string
  readonly environment?: string | undefined
  /** The shadow of the settings, by its absolute path; a file of the project's own without. */
  readonly file: Option.Option<string>
  readonly holder: Holder
  readonly minutes: number
  readonly targets: ReadonlyArray<Target>
  readonly force: boolean
  /** True where the file was named to be emptied although it is not marked. */
  readonly named: boolean
}

/** The shadow that the project holds now, empty. */
export interface Prepared {
  readonly lease: Checkout.Lease
  readonly takenFrom?: Reservation | undefined
  /** Where what the checkout remembered was put, as it could not be read. */
  readonly setAside?: string | undefined
}

/** What taking a file for a project, or giving it back, can fail with. */
export type Failure = FileLoans.Failure | Checkout.NoLease | Checkout.CheckoutRefused | PlatformError

/** Takes the project's file: the one that it holds already, else another. Gives back what it held by other settings. */
export const prepare = Effect.fn("FilePrepare.prepare")(function*(
  request: Request
): Effect.fn.Return<Prepared, Failure, Platform> {
  return yield* Checkout.exclusively(request.project, prepareAlone(request))
})

const prepareAlone = Effect.fnUntraced(function*(request: Request) {
  const path = yield* Path.Path
  const { environment, file, force, project } = request
  const folder = path.resolve(yield* Checkout.makeFolder(project))
  const { lease: before, setAside } = yield* Checkout.findOrSetAside(project)
  const own = Option.getOrUndefined(before)
  if (own !== undefined) yield* refuseOther(own, environment, force)
  const loan = own === undefined ? undefined : loanOf(own)
  const isSame = loan !== undefined && (Option.isSome(file)
    ? loan.file === file.value
    : path.dirname(loan.file) === folder && ownName.test(path.basename(loan.file)))
  const kept = isSame && (yield* FileLoans.held(loan)) !== undefined ? loan : undefined
  if (loan !== undefined && kept === undefined) yield* Effect.ignore(giveBack(project, loan))
  yield* removeLeftOver(folder, kept?.file)
  const taking = {
    ...request,
    ...(kept ??
      { file: Option.getOrElse(file, () => path.join(folder, `shadow-${randomHex(8)}.db`)), token: randomHex(16) })
  }
  const taken = yield* FileLoans.take(taking)
  const lease: Checkout.Lease = {
    ...(environment === undefined ? {} : { environment }),
    // what is behind the three slashes is the path, an absolute one too: SQLAlchemy and others read it so
    shadow_url: `sqlite:///${taking.file}`,
    shadow_file: taking.file,
    token: taking.token,
    created_at: kept === undefined ? taken.reservation.created_at : own?.created_at ?? taken.reservation.created_at,
    expires_at: taken.reservation.expires_at,
    pool_url: taking.file,
    made: taken.made
  }
  yield* Effect.onError(Checkout.remember(project, lease), () => Effect.ignore(FileLoans.release(taking)))
  return { lease, takenFrom: taken.takenFrom, setAside }
})

/** What is filled for one environment, or is a database of a server, is not lost without a word. */
const refuseOther = Effect.fnUntraced(function*(
  lease: Checkout.Lease,
  environment: string | undefined,
  force: boolean
) {
  const loan = loanOf(lease)
  if (loan === undefined) return yield* Checkout.refuseFamily(lease)
  if (force || environment === undefined || lease.environment === undefined || lease.environment === environment) return
  if ((yield* FileLoans.held(loan)) === undefined) return
  return yield* new Checkout.CheckoutRefused({
    detail: `this project holds a shadow that was prepared for the environment ${lease.environment}.`,
    next:
      `Nothing was changed. Give it back with lockplane shadow release, or empty it for ${environment} with --force.`
  })
})

/** Files of the project's own that nobody remembers. */
const removeLeftOver = Effect.fnUntraced(function*(folder: string, kept: string | undefined) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const names = yield* Effect.orElseSucceed(fs.readDirectory(folder), () => [])
  for (const file of names.filter((name) => ownName.test(name)).map((name) => path.join(folder, name))) {
    if (file === kept) continue
    yield* Effect.ignore(ShadowFile.remove(file))
    yield* Effect.ignore(fs.remove(`${file}-lockplane`, { force: true }))
  }
})

const giveBack = Effect.fnUntraced(function*(project: string, loan: FileLoans.FileLoan) {
  return yield* Effect.ensuring(FileLoans.release(loan), Effect.ignore(Checkout.forget(project)))
})

/** Gives the file of a project back; false where it was not held any more. Fails where the project holds none. */
export const release = Effect.fn("FilePrepare.release")(function*(
  project: string
): Effect.fn.Return<
  boolean,
  NotAShadow | DatabaseError | Checkout.NoLease | Checkout.CheckoutRefused,
  Platform
> {
  yield* Checkout.current(project)
  return yield* Checkout.exclusively(
    project,
    Effect.gen(function*() {
      const loan = loanOf(yield* Checkout.current(project))
      return loan === undefined ? false : yield* giveBack(project, loan)
    })
  )
})

/** Gives back what is held with a token, be it of this project or of the file of the settings. */
export const releaseToken = Effect.fn("FilePrepare.releaseToken")(function*(
  { file, project, token }: Pick<Request, "file" | "project"> & { readonly token: string }
): Effect.fn.Return<
  boolean,
  NotAShadow | DatabaseError | Checkout.NoLease | Checkout.CheckoutRefused,
  Platform
> {
  const lease = yield* Effect.orElseSucceed(Checkout.find(project), () => Option.none<Checkout.Lease>())
  if (Option.exists(lease, (own) => own.token === token)) return yield* release(project)
  const holding = Option.isNone(file) ? undefined : yield* FileLoans.holding(file.value)
  if (Option.isSome(file) && holding?.token === tokenDigest(token)) {
    return yield* FileLoans.release({ file: file.value, token })
  }
  return yield* new Checkout.CheckoutRefused({
    detail: "no shadow is held with this token.",
    next:
      "Nothing was changed. It was given back already, or its time is over; a file of a project's own is given back in its folder."
  })
})

/** Removes the file of a project whose time is over; tells when that was. */
export const expire = Effect.fn("FilePrepare.expire")(function*(
  project: string
): Effect.fn.Return<string | undefined, never, Platform> {
  const isOver = Effect.gen(function*() {
    const lease = Option.getOrUndefined(yield* Checkout.find(project))
    const loan = lease === undefined ? undefined : loanOf(lease)
    if (lease === undefined || loan === undefined) return undefined
    const found = yield* FileLoans.held(loan)
    const end = found?.expires_at ?? lease.expires_at
    return Date.parse(end) <= (yield* Clock.currentTimeMillis) ? { loan, end } : undefined
  })
  const over = yield* Effect.orElseSucceed(isOver, () => undefined)
  if (over === undefined) return undefined
  yield* Effect.ignore(
    Checkout.exclusively(
      project,
      Effect.flatMap(isOver, (still) => still === undefined ? Effect.succeed(false) : giveBack(project, still.loan))
    )
  )
  return over.end
})

/** What has become of the file of a lease. */
export const stateOf = Effect.fn("FilePrepare.stateOf")(function*(
  lease: Checkout.Lease
): Effect.fn.Return<LeaseState, never, FileSystem.FileSystem> {
  const loan = loanOf(lease)
  const reservation = loan === undefined ? undefined : yield* FileLoans.held(loan)
  if (reservation !== undefined) return { state: "held", reservation }
  const why = loan === undefined ? "it is no file" : yield* FileLoans.whyOver(loan, lease.expires_at)
  return { state: "over", why }
})
