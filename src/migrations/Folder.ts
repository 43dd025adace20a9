/** The files of a folder of migrations, as far as they say something. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import type { PlatformError } from "effect/PlatformError"
import { compareText } from "../Catalog.ts"
import { SourceError } from "../SourceError.ts"
import type { Files } from "./Order.ts"

const readable = /\.(?:sql|conf|toml)$|\/_journal\.json$/
const ignored = new Set(["node_modules"])

/** Reads a file of text. */
const readText = Effect.fnUntraced(function*(path: string) {
  const fs = yield* FileSystem.FileSystem
  const bytes = yield* Effect.mapError(fs.readFile(path), cannotRead(path))
  return yield* Effect.try({
    try: () => new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes),
    catch: () =>
      new SourceError({
        source: path,
        reason: "unreadable",
        detail: "is not UTF-8 text",
        next: "Save it as UTF-8 and run the command again"
      })
  })
})

const cannotRead = (path: string) => ({ reason }: PlatformError): SourceError =>
  reason._tag === "NotFound"
    ? new SourceError({ source: path, reason: "missing", detail: "no such folder", next: "Check the path" })
    : new SourceError({
      source: path,
      reason: "unreadable",
      detail: `cannot be read (${reason._tag})`,
      next: "Name a folder of migrations that you may read"
    })

/**
 * Reads a folder and those below it, except for hidden ones. Of files that are neither SQL nor settings only the name
 * counts. Symbolic links are followed to files, not to folders.
 */
export const readFolder = Effect.fn("migrations.readFolder")(
  function*(folder: string): Effect.fn.Return<Files, SourceError, FileSystem.FileSystem | Path.Path> {
    const fs = yield* FileSystem.FileSystem
    const { join } = yield* Path.Path
    const files = new Map<string, string>()
    const visit = (below: string): Effect.Effect<void, SourceError, FileSystem.FileSystem> =>
      Effect.gen(function*() {
        const entries = yield* Effect.mapError(fs.readDirectoryEntries(join(folder, below)), cannotRead(folder))
        for (const { name, type } of entries.toSorted((a, b) => compareText(a.name, b.name))) {
          if (name.startsWith(".") || ignored.has(name)) continue
          const path = below === "" ? name : `${below}/${name}`
          if (type === "Directory") yield* visit(path)
          else files.set(path, readable.test(`/${path}`) ? yield* readText(join(folder, path)) : "")
        }
      })
    yield* visit("")
    return files
  }
)
