/**
 * The shadow that a checkout of a project holds: what `.lockplane/shadow.json` remembers of it, so that the next command
 * finds it again.
 */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import type { PlatformError } from "effect/PlatformError"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
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
  /** The process in the background that serves the embedded engine; absent for a database of a server. */
  process: Schema.optionalKey(Schema.Int)
})
/** What a checkout remembers of the shadow that it holds. */
export type Lease = typeof Lease.Type

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

/** The folder of a project for files of Lockplane's own. */
export const folderName = ".lockplane"

const place = (project: string): Effect.Effect<string, never, Path.Path> =>
  Effect.map(Path.Path, (path) => path.join(project, folderName, "shadow.json"))

/** The reservation of a lease. */
export const loanOf = ({ shadow_schema, shadow_url, token }: Lease): Loan => ({
  url: Redacted.make(shadow_url),
  schema: shadow_schema,
  token
})

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

/** Remembers a lease, for nobody but the user. */
export const remember = Effect.fn("Checkout.remember")(function*(
  project: string,
  lease: Lease
): Effect.fn.Return<void, PlatformError, FileSystem.FileSystem | Path.Path> {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const file = yield* place(project)
  const folder = path.dirname(file)
  yield* fs.makeDirectory(folder, { recursive: true, mode: 0o700 })
  // what is in there is nobody's business but this checkout's
  yield* fs.writeFileString(path.join(folder, ".gitignore"), "*\n")
  const text = JSON.stringify(Schema.encodeSync(Lease)(lease), undefined, 2)
  const written = `${file}.${lease.token.slice(0, 8)}`
  yield* fs.writeFileString(written, `${text}\n`, { mode: 0o600 })
  yield* fs.rename(written, file)
})

/** Forgets the lease. */
export const forget = Effect.fn("Checkout.forget")(function*(
  project: string
): Effect.fn.Return<void, PlatformError, FileSystem.FileSystem | Path.Path> {
  const fs = yield* FileSystem.FileSystem
  yield* fs.remove(yield* place(project), { force: true })
})
