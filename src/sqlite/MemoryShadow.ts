/** The default shadow of SQLite: a database in memory for whoever asks, and gone with its scope. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import type * as Path from "effect/Path"
import * as Scope from "effect/Scope"
import type { Session } from "../engine/Database.ts"
import * as SqliteDatabase from "../engine/SqliteDatabase.ts"
import { Shadow } from "../Shadow.ts"
import { major } from "./Objects.ts"

/** The version of an engine as SQLite writes it, such as `3.45.1`. */
export const versionText = ({ versionNumber }: Session): string =>
  `${Math.floor(versionNumber / 1_000_000)}.${Math.floor(versionNumber / 1000) % 1000}.${versionNumber % 1000}`

const describe = (session: Session): string => `SQLite ${versionText(session)} (in memory)`

/** The {@link Shadow} of SQLite. Fails to reserve as {@link SqliteDatabase.make} does. */
export const layer: Layer.Layer<Shadow, never, FileSystem.FileSystem | Path.Path> = Layer.effect(
  Shadow,
  Effect.gen(function*() {
    // not the scope of this layer: what is opened closes with that of whoever asks
    const services = Context.omit(Scope.Scope)(yield* Effect.context<FileSystem.FileSystem | Path.Path>())
    const session = Effect.flatMap(SqliteDatabase.make({ location: ":memory:" }), (database) => database.session).pipe(
      Effect.provide(services)
    )
    return Shadow.of({
      describe,
      major: Effect.succeed(major),
      identity: yield* Effect.cached(Effect.scoped(Effect.map(session, describe))),
      reserve: () => session
    })
  })
)
