/** A SQLite file as {@link Shadow}: whoever asks works in it, empty, for as long as nobody else does. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import type * as Path from "effect/Path"
import * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import { randomHex } from "../Digest.ts"
import { DatabaseError } from "../engine/DatabaseError.ts"
import * as SqliteDatabase from "../engine/SqliteDatabase.ts"
import { Shadow } from "../Shadow.ts"
import * as FileLoans from "./FileLoans.ts"
import type { Holder } from "./Reservation.ts"
import type { Target } from "./Targets.ts"

/** Which file, and for whom. */
export interface Options {
  /** The absolute path. */
  readonly file: string
  readonly holder: Holder
  /** Databases that are never shadows. */
  readonly targets: ReadonlyArray<Target>
}

/** How long it is held without a sign of life. */
const minutes = 15

/** So many seconds somebody else is waited for. */
const patience = 10

/** What borrowing failed with, as those who ask for a shadow know it. */
const asDatabaseError = (error: FileLoans.Failure): DatabaseError =>
  error._tag === "DatabaseError" ? error : new DatabaseError({ code: "LP_SHADOW", message: error.message })

/** The file as {@link Shadow}, in place of databases in memory. Nothing is done to it before a shadow is asked for. */
export const layer = (
  { file, holder, targets }: Options
): Layer.Layer<Shadow, never, Shadow | FileSystem.FileSystem | Path.Path> =>
  Layer.effect(
    Shadow,
    Effect.gen(function*() {
      const memory = yield* Shadow
      // not the scope of this layer: what is opened closes with that of whoever asks
      const services = Context.omit(Scope.Scope)(yield* Effect.context<FileSystem.FileSystem | Path.Path>())
      const turn = yield* Semaphore.make(1)
      return Shadow.of({
        ...memory,
        describe: (session) => memory.describe(session).replace("(in memory)", "(shadow file)"),
        reserve: Effect.fn("FileShadow.reserve")(function*() {
          yield* Effect.acquireRelease(turn.take(1), () => turn.release(1), { interruptible: true })
          const loan = { file, token: randomHex(16) }
          yield* Effect.acquireRelease(
            FileLoans.take({ ...loan, holder, minutes, targets, force: false }).pipe(
              // another proof takes no longer
              Effect.retry({
                while: ({ _tag }) => _tag === "ShadowHeld",
                schedule: Schedule.spaced("200 millis"),
                times: patience * 5
              }),
              Effect.mapError(asDatabaseError)
            ),
            () => Effect.ignore(FileLoans.release(loan))
          ).pipe(Effect.provide(services))
          const database = yield* Effect.provide(SqliteDatabase.make({ location: file }), services)
          return yield* database.session
        })
      })
    })
  )
