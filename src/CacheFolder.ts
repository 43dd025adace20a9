/** Where a user's files go that can be made again at any time. */
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Path from "effect/Path"

/**
 * The folder for cached files: `LOCKPLANE_CACHE_DIR`, else `$XDG_CACHE_HOME/lockplane`, else `~/.cache/lockplane`, else
 * `%LOCALAPPDATA%\lockplane\cache`. None where none of these is set.
 */
export const cacheFolder: Effect.Effect<Option.Option<string>, never, Path.Path> = Effect.gen(function*() {
  const path = yield* Path.Path
  const within = (name: string, ...folders: ReadonlyArray<string>) =>
    Effect.option(Config.String(name)).pipe(
      Effect.map(Option.filter((folder) => folder !== "")),
      Effect.map(Option.map((folder) => path.join(folder, ...folders)))
    )
  return Option.firstSomeOf(
    yield* Effect.all([
      within("LOCKPLANE_CACHE_DIR"),
      within("XDG_CACHE_HOME", "lockplane"),
      within("HOME", ".cache", "lockplane"),
      within("LOCALAPPDATA", "lockplane", "cache")
    ])
  )
})
