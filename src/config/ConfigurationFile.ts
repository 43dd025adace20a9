/** Where `lockplane.toml` is: in the working folder or above it, up to the folder of the repository. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import { type Configuration, ConfigurationError, decode } from "./Configuration.ts"

/** The name of the file. */
export const fileName = "lockplane.toml"

/** Settings, and the file that they come from. */
export interface Found {
  /** The file, from the folder that was asked about. */
  readonly file: string
  /** The absolute path of the folder that the file lies in. */
  readonly folder: string
  /** What is written in it. */
  readonly text: string
  readonly configuration: Configuration
}

/** The folders to look in, nearest first: up to the one that holds `.git`; outside of a repository only the first. */
const foldersFrom = Effect.fn("ConfigurationFile.foldersFrom")(function*(start: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const folders: Array<string> = []
  for (let folder = start;; folder = path.dirname(folder)) {
    folders.push(folder)
    if (yield* Effect.orElseSucceed(fs.exists(path.join(folder, ".git")), () => false)) return folders
    if (path.dirname(folder) === folder) return [start]
  }
})

/**
 * Finds and reads the settings that hold in a folder, the working folder unless another is named; none where there is no
 * file. Fails with {@link ConfigurationError}.
 */
export const find = Effect.fn("ConfigurationFile.find")(function*(
  start?: string
): Effect.fn.Return<Option.Option<Found>, ConfigurationError, FileSystem.FileSystem | Path.Path> {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const from = path.resolve(start ?? ".")
  for (const folder of yield* foldersFrom(from)) {
    const place = path.join(folder, fileName)
    const file = path.relative(from, place)
    const text = yield* fs.readFileString(place).pipe(
      Effect.map(Option.some),
      Effect.catch((error) =>
        error.reason._tag === "NotFound"
          ? Effect.succeed(Option.none<string>())
          : Effect.fail(new ConfigurationError({ problems: [`${file}: cannot be read (${error.reason._tag})`] }))
      )
    )
    if (Option.isSome(text)) {
      return Option.some({
        file,
        folder,
        text: text.value,
        configuration: yield* Effect.fromResult(decode(file, text.value))
      })
    }
  }
  return Option.none()
})
