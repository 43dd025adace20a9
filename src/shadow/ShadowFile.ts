/** SQLite files as shadows: made, marked, recognised, emptied. What is not marked as one and holds something is never emptied. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import type { PlatformError } from "effect/PlatformError"
import * as Redacted from "effect/Redacted"
import type { Session } from "../engine/Database.ts"
import { DatabaseError } from "../engine/DatabaseError.ts"
import * as SqliteDatabase from "../engine/SqliteDatabase.ts"
import * as SqliteLocation from "../engine/SqliteLocation.ts"
import { ShadowIsTarget } from "./Reservation.ts"
import type { Target } from "./Targets.ts"

/** The mark: the `application_id` of the file's header, which SQLite keeps for whoever made the file. */
export const mark = 0x4c6b706e

/** What files are called that a project makes for itself. */
export const ownName: RegExp = /^shadow-[0-9a-f]{16}\.db$/

/** What SQLite puts beside a database. */
const companions = ["-wal", "-shm", "-journal"] as const

/** So long somebody's transaction is waited for, in milliseconds. */
const patience = 2000

/** What is at a path. */
export type Found =
  | { readonly _tag: "Missing" }
  | { readonly _tag: "Empty" }
  /** One that carries the mark, and what it holds. */
  | { readonly _tag: "Marked"; readonly holds: ReadonlyArray<string> }
  /** A database that is not known to be a shadow, and what it holds. */
  | { readonly _tag: "Other"; readonly holds: ReadonlyArray<string> }

const unusable = (file: string, what: string) => (error: PlatformError): DatabaseError =>
  new DatabaseError({
    code: "LP_SHADOW_FILE",
    message: `The shadow ${file} cannot be ${what} (${error.reason._tag}).`,
    hint: "Check that its folder is there, and that you may write to it."
  })

const session = (file: string) =>
  Effect.flatMap(SqliteDatabase.make({ location: file, busyTimeoutMs: patience }), (database) => database.session)

/** True where a session's database carries the mark. Servers that do not tell have none. */
export const isMarked = (session: Session): Effect.Effect<boolean> =>
  session.query("PRAGMA application_id").pipe(
    Effect.map(([row]) => Number(row?.["application_id"]) === mark),
    Effect.orElseSucceed(() => false)
  )

/** The path that a path leads to; that of a file which is not there yet by way of its folder. */
export const realPath = Effect.fn("ShadowFile.realPath")(function*(
  file: string
): Effect.fn.Return<string, never, FileSystem.FileSystem | Path.Path> {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const full = path.resolve(file)
  return yield* fs.realPath(full).pipe(
    Effect.catch(() => Effect.map(fs.realPath(path.dirname(full)), (folder) => path.join(folder, path.basename(full)))),
    Effect.orElseSucceed(() => full)
  )
})

/** What tells a file from every other: one that is there also by what the file system calls it. */
export const identityOf = Effect.fn("ShadowFile.identityOf")(function*(
  file: string
): Effect.fn.Return<ReadonlyArray<string>, never, FileSystem.FileSystem | Path.Path> {
  const fs = yield* FileSystem.FileSystem
  const info = yield* Effect.option(fs.stat(file))
  return [
    yield* realPath(file),
    ...Option.match(info, {
      onNone: () => [],
      onSome: ({ dev, ino }) => Option.isSome(ino) && ino.value !== 0n ? [`inode ${dev} ${ino.value}`] : []
    })
  ]
})

/** Fails where a file is what a target works on, by whatever path either is reached. */
export const refuseTargets = Effect.fn("ShadowFile.refuseTargets")(function*(
  file: string,
  targets: ReadonlyArray<Target>
): Effect.fn.Return<void, ShadowIsTarget, FileSystem.FileSystem | Path.Path> {
  const own = yield* identityOf(file)
  for (const { name, url } of targets) {
    const location = yield* Effect.option(SqliteLocation.parse(Redacted.value(url)))
    if (Option.isNone(location) || location.value._tag === "Memory") continue
    const other = yield* identityOf(location.value.path)
    if (other.some((form) => own.includes(form))) {
      return yield* new ShadowIsTarget({
        place: `file ${file}`,
        target: name,
        elsewhere: "Name another file in SHADOW_DATABASE_URL, or none."
      })
    }
  }
})

/** Looks at what is at a path; changes nothing. */
export const look = Effect.fn("ShadowFile.look")(function*(
  file: string
): Effect.fn.Return<Found, DatabaseError, FileSystem.FileSystem | Path.Path> {
  const fs = yield* FileSystem.FileSystem
  const info = yield* fs.stat(file).pipe(
    Effect.asSome,
    Effect.catch((error) =>
      error.reason._tag === "NotFound" ? Effect.succeedNone : Effect.fail(unusable(file, "looked at")(error))
    )
  )
  if (Option.isNone(info)) return { _tag: "Missing" }
  if (info.value.type === "File" && info.value.size === 0n) return { _tag: "Empty" }
  return yield* Effect.scoped(Effect.gen(function*() {
    const opened = yield* session(file)
    const marked = yield* isMarked(opened)
    const rows = yield* opened.query("SELECT type || ' ' || name AS name FROM sqlite_schema ORDER BY name")
    const holds = rows.map(({ name }) => String(name))
    if (marked) return { _tag: "Marked" as const, holds }
    return holds.length === 0 ? { _tag: "Empty" as const } : { _tag: "Other" as const, holds }
  }))
})

/** Removes a file with what SQLite has put beside it. */
export const remove = Effect.fn("ShadowFile.remove")(function*(
  file: string
): Effect.fn.Return<void, DatabaseError, FileSystem.FileSystem> {
  const fs = yield* FileSystem.FileSystem
  for (const name of [...companions.map((end) => `${file}${end}`), file]) {
    yield* Effect.mapError(fs.remove(name, { force: true }), unusable(file, "removed"))
  }
})

/** Makes a file that holds nothing but the mark, in place of what is there; fails while somebody has a transaction open on that. */
export const empty = Effect.fn("ShadowFile.empty")(function*(
  file: string
): Effect.fn.Return<void, DatabaseError, FileSystem.FileSystem | Path.Path> {
  const fs = yield* FileSystem.FileSystem
  const before = yield* Effect.option(fs.stat(file))
  const mode = Option.match(before, { onNone: () => 0o600, onSome: ({ mode }) => mode & 0o777 })
  if (Option.exists(before, ({ size }) => size > 0n)) {
    yield* Effect.scoped(Effect.flatMap(session(file), (opened) => opened.execute("BEGIN EXCLUSIVE; ROLLBACK")))
  }
  yield* remove(file)
  // with its mode from the first byte on; what SQLite puts beside it gets the same
  yield* Effect.mapError(fs.writeFileString(file, "", { mode, flag: "wx" }), unusable(file, "made"))
  yield* Effect.scoped(Effect.flatMap(session(file), (opened) => opened.execute(`PRAGMA application_id = ${mark}`)))
})
