/** Writing several files of a project as one: all of them, or none. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import type { PlatformError } from "effect/PlatformError"
import { InitError } from "./InitError.ts"
import type { FileChange } from "./ProjectFiles.ts"

const cannot = (path: string, what: string) => (error: PlatformError): InitError =>
  new InitError({
    detail: `${path}: cannot be ${what} (${error.reason._tag})`,
    next: "Nothing was changed. Check that you may write to the folder, and run the command again."
  })

/** The text of a file; undefined where there is none. Fails where it cannot be read. */
export const readIfThere = Effect.fn("Writing.readIfThere")(function*(
  path: string
): Effect.fn.Return<string | undefined, InitError, FileSystem.FileSystem> {
  const fs = yield* FileSystem.FileSystem
  return yield* fs.readFileString(path).pipe(
    Effect.map((text): string | undefined => text),
    Effect.catch((error) =>
      error.reason._tag === "NotFound" ? Effect.succeed(undefined) : Effect.fail(cannot(path, "read")(error))
    )
  )
})

/**
 * Writes the files below a folder. Everything is written beside them first and then moved into place; where that fails
 * half-way, or a file is not any more what the change was made for, the folder is as it was.
 */
export const write = Effect.fn("Writing.write")(function*(
  root: string,
  changes: ReadonlyArray<FileChange>
): Effect.fn.Return<void, InitError, FileSystem.FileSystem | Path.Path> {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const placed: Array<Effect.Effect<void, PlatformError>> = []
  const place = Effect.fnUntraced(function*(
    change: FileChange,
    staged: string
  ): Effect.fn.Return<void, InitError | PlatformError, FileSystem.FileSystem> {
    const wanted = path.join(root, change.path)
    // a link stays one: what it leads to is changed
    const target = yield* Effect.orElseSucceed(fs.realPath(wanted), () => wanted)
    if ((yield* readIfThere(target)) !== change.before) {
      return yield* new InitError({
        detail: `${change.path} was changed by someone else in the meantime`,
        next: "Nothing was changed. Run the command again."
      })
    }
    const mode = change.mode ?? (change.before === undefined ? undefined : (yield* fs.stat(target)).mode & 0o777)
    if (mode !== undefined) yield* fs.chmod(staged, mode)
    const old = change.before === undefined ? undefined : `${staged}.old`
    if (old !== undefined) yield* fs.copyFile(target, old)
    yield* makeFolders(path.dirname(target))
    yield* fs.rename(staged, target)
    placed.unshift(old === undefined ? fs.remove(target) : fs.rename(old, target))
  })
  const makeFolders = (folder: string): Effect.Effect<void, PlatformError> =>
    Effect.gen(function*() {
      if (yield* fs.exists(folder)) return
      yield* makeFolders(path.dirname(folder))
      yield* fs.makeDirectory(folder)
      // by then nothing is in it, unless somebody else has put it there
      placed.unshift(Effect.flatMap(fs.readDirectory(folder), (entries) =>
        entries.length === 0 ? fs.remove(folder, { recursive: true }) : Effect.void))
    })
  yield* Effect.scoped(Effect.gen(function*() {
    const stage = yield* fs.makeTempDirectoryScoped({ directory: root, prefix: ".lockplane-init-" }).pipe(
      Effect.mapError(cannot(root, "written to"))
    )
    for (const [i, change] of changes.entries()) {
      yield* Effect.mapError(
        fs.writeFileString(path.join(stage, String(i)), change.text, { mode: change.mode ?? 0o666 }),
        cannot(change.path, "written")
      )
    }
    const all = Effect.forEach(changes.entries(), ([i, change]) =>
      Effect.mapError(
        place(change, path.join(stage, String(i))),
        (error) => error._tag === "InitError" ? error : cannot(change.path, "written")(error)
      ), { discard: true })
    const undo = Effect.suspend(() => Effect.forEach(placed, (each) => Effect.ignore(each), { discard: true }))
    yield* Effect.uninterruptible(Effect.tapError(all, () => undo))
  }))
})
