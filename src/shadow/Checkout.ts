/**
 * The shadow that a checkout of a project holds: what `.lockplane/shadow.json` remembers of it, so that the next command
 * finds it again.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import type { PlatformError } from "effect/PlatformError"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type * as Background from "../engine/Background.ts"
import * as ProcessLock from "../engine/ProcessLock.ts"
import { withToken } from "../LibsqlUrl.ts"
import type { Loan } from "./Reservations.ts"

/** What a checkout remembers of the shadow that it holds. It has the password of the shadow's user and the token. */
export const Lease = Schema.Struct({
  /** The environment that it was prepared for. */
  environment: Schema.optionalKey(Schema.String),
  /** The URL for other tools. */
  shadow_url: Schema.String,
  /** The schema that is lent, where it is not the whole database. */
  shadow_schema: Schema.optionalKey(Schema.String),
  token: Schema.String,
  created_at: Schema.String,
  expires_at: Schema.String,
  /** The shadow database of the settings. */
  pool_url: Schema.String,
  /** True where the database was made for this reservation. */
  made: Schema.Boolean,
  /** The SQLite file that is the shadow; absent for a database of a server. */
  shadow_file: Schema.optionalKey(Schema.String),
  /** The token of the libSQL server, which the URL does not hold; empty where it has none, absent for every other shadow. */
  auth_token: Schema.optionalKey(Schema.String),
  /** The process in the background that serves the embedded engine; absent for a database of a server. */
  process: Schema.optionalKey(Schema.Int),
  /** What tells that process from others: one of its arguments. */
  process_argument: Schema.optionalKey(Schema.String)
})
/** What a checkout remembers of the shadow that it holds. */
export type Lease = typeof Lease.Type

/** What is lent, as people read it. */
export const sortOf = ({ auth_token, shadow_file }: Lease): "PostgreSQL" | "libSQL" | "SQLite file" =>
  shadow_file !== undefined ? "SQLite file" : auth_token !== undefined ? "libSQL" : "PostgreSQL"

const LeaseText = Schema.fromJsonString(Lease)

/** The file that remembers the shadow is damaged, or the checkout holds none. */
export class NoLease extends Schema.TaggedError<NoLease>()("NoLease", {
  detail: Schema.String,
  next: Schema.String
}) {
  override get message(): string {
    return `${this.detail}\n${this.next}`
  }
}

/** What was asked for is not done with the shadow of this checkout. */
export class CheckoutRefused extends Schema.TaggedError<CheckoutRefused>()("CheckoutRefused", {
  detail: Schema.String,
  next: Schema.String
}) {
  override get message(): string {
    return `${this.detail}\n${this.next}`
  }
}

/** The folder of a project for files of Lockplane's own. */
export const folderName = ".lockplane"

const place = (project: string): Effect.Effect<string, never, Path.Path> =>
  Effect.map(Path.Path, (path) => path.join(project, folderName, "shadow.json"))

/** Longer than the embedded engine lets a client wait for its turn, in seconds: what it then says is to be heard. */
const patience = 40

/**
 * The reservation of a lease. The embedded engine keeps connections waiting while a client has a transaction open: they
 * are given up after so many seconds.
 */
export const loanOf = (
  { auth_token, process, shadow_schema, shadow_url, token }: Lease,
  connectSeconds: number = patience
): Loan => ({
  url: Redacted.make(
    auth_token !== undefined
      ? withToken(shadow_url, auth_token)
      : process === undefined
      ? shadow_url
      : `${shadow_url}?connect_timeout=${connectSeconds}`
  ),
  schema: shadow_schema,
  token
})

/** The process that serves the embedded engine of a lease; undefined for a database of a server. */
export const processOf = ({ process, process_argument }: Lease): Background.Process | undefined =>
  process === undefined || process_argument === undefined ? undefined : { pid: process, argument: process_argument }

/** The folder for Lockplane's own files, made for nobody but the user. Fails where it cannot be written to. */
export const makeFolder = Effect.fn("Checkout.makeFolder")(function*(
  project: string
): Effect.fn.Return<string, CheckoutRefused, FileSystem.FileSystem | Path.Path> {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const folder = path.join(project, folderName)
  // what is in there is nobody's business but this checkout's
  const made = Effect.andThen(
    fs.makeDirectory(folder, { recursive: true, mode: 0o700 }),
    fs.writeFileString(path.join(folder, ".gitignore"), "*\n")
  )
  yield* Effect.mapError(made, notWritable(folder))
  return folder
})

const notWritable = (folder: string) => (error: PlatformError): CheckoutRefused =>
  new CheckoutRefused({
    detail: `${folder}: cannot be written to (${error.reason._tag})`,
    next: "Nothing was changed. Check that you may write to the folder, and run the command again."
  })

/** How long a command waits for another one of the same checkout. */
const lockSeconds = 120

/** Runs what takes the shadow of a checkout or gives it back, while no other command does so. */
export const exclusively = <A, E, R>(
  project: string,
  effect: Effect.Effect<A, E, R>
): Effect.Effect<A, E | CheckoutRefused, R | FileSystem.FileSystem | Path.Path> =>
  Effect.scoped(Effect.gen(function*() {
    const path = yield* Path.Path
    const folder = yield* makeFolder(project)
    const file = path.join(folder, "shadow.lock")
    const taken = Effect.mapError(ProcessLock.take(file), notWritable(folder))
    for (let fifths = 0; !(yield* taken); fifths++) {
      if (fifths > lockSeconds * 5) {
        return yield* new CheckoutRefused({
          detail: `another command takes the shadow of this project or gives it back, since ${lockSeconds} seconds`,
          next: `Nothing was changed. Run the command again; if there is no other, remove ${file}.`
        })
      }
      yield* Effect.sleep("200 millis")
    }
    return yield* effect
  }))

/** What the project in a folder remembers; none where it holds no shadow. Fails where the file cannot be used. */
export const find = Effect.fn("Checkout.find")(function*(
  project: string
): Effect.fn.Return<Option.Option<Lease>, NoLease, FileSystem.FileSystem | Path.Path> {
  const fs = yield* FileSystem.FileSystem
  const file = yield* place(project)
  const unusable = (why: string) =>
    new NoLease({
      detail: `${file} cannot be used: ${why}.`,
      next: "Remove it, and run lockplane shadow prepare again. A shadow that it was about ends by itself."
    })
  const text = yield* fs.readFileString(file).pipe(
    Effect.asSome,
    Effect.catch((error) =>
      error.reason._tag === "NotFound" ? Effect.succeedNone : Effect.fail(unusable(error.reason._tag))
    )
  )
  if (Option.isNone(text)) return Option.none()
  const lease = Schema.decodeUnknownResult(LeaseText)(text.value)
  return Result.isSuccess(lease) ? Option.some(lease.success) : yield* unusable("it is not what Lockplane wrote")
})

/** What the project remembers. Fails where it holds no shadow. */
export const current = (project: string): Effect.Effect<Lease, NoLease, FileSystem.FileSystem | Path.Path> =>
  Effect.flatMap(
    find(project),
    Option.match({
      onSome: Effect.succeed,
      onNone: () =>
        Effect.fail(
          new NoLease({
            detail: "this project holds no shadow database.",
            next: "Take one with lockplane shadow prepare."
          })
        )
    })
  )

/** {@link find}, where a file that cannot be used is put beside: then its new name is given as well. */
export const findOrSetAside = Effect.fn("Checkout.findOrSetAside")(function*(
  project: string
): Effect.fn.Return<
  { readonly lease: Option.Option<Lease>; readonly setAside?: string },
  NoLease,
  FileSystem.FileSystem | Path.Path
> {
  const fs = yield* FileSystem.FileSystem
  const file = yield* place(project)
  return yield* Effect.map(find(project), (lease) => ({ lease })).pipe(
    Effect.catch((error) =>
      Effect.matchEffect(fs.rename(file, `${file}.damaged`), {
        onFailure: () => Effect.fail(error),
        onSuccess: () => Effect.succeed({ lease: Option.none<Lease>(), setAside: `${file}.damaged` })
      })
    )
  )
})

/** Fails for a lease of another family of servers than the one that works now: that alone can give it back. */
export const refuseFamily = Effect.fn("Checkout.refuseFamily")(function*(
  lease: Lease
): Effect.fn.Return<void, CheckoutRefused> {
  if (Date.parse(lease.expires_at) <= (yield* Clock.currentTimeMillis)) return
  return yield* new CheckoutRefused({
    detail: `this project holds a shadow database of ${sortOf(lease)}.`,
    next: "Nothing was changed. Give it back with lockplane shadow release."
  })
})

/** Remembers a lease, for nobody but the user. */
export const remember = Effect.fn("Checkout.remember")(function*(
  project: string,
  lease: Lease
): Effect.fn.Return<void, CheckoutRefused, FileSystem.FileSystem | Path.Path> {
  const fs = yield* FileSystem.FileSystem
  const file = yield* place(project)
  const folder = yield* makeFolder(project)
  const text = JSON.stringify(Schema.encodeSync(Lease)(lease), undefined, 2)
  const written = `${file}.${lease.token.slice(0, 8)}`
  yield* Effect.mapError(
    Effect.andThen(fs.writeFileString(written, `${text}\n`, { mode: 0o600 }), fs.rename(written, file)),
    notWritable(folder)
  )
})

/** Forgets the lease. */
export const forget = Effect.fn("Checkout.forget")(function*(
  project: string
): Effect.fn.Return<void, PlatformError, FileSystem.FileSystem | Path.Path> {
  const fs = yield* FileSystem.FileSystem
  yield* fs.remove(yield* place(project), { force: true })
})
