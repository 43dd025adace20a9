/** Locks between processes of one machine: a file that holds the number of the process that made it. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import type { PlatformError } from "effect/PlatformError"
import type * as Scope from "effect/Scope"

/**
 * Takes the lock until the scope closes; false where another process holds it. Fails where the file cannot be written.
 *
 * A lock whose process is gone is taken over, and so is one older than `staleAfter` milliseconds. Two processes that take
 * over the same lock in the same instant can both succeed.
 */
export const take = Effect.fn("ProcessLock.take")(function*(
  file: string,
  staleAfter: number = Number.POSITIVE_INFINITY
): Effect.fn.Return<boolean, PlatformError, FileSystem.FileSystem | Scope.Scope> {
  const fs = yield* FileSystem.FileSystem
  const attempt = fs.writeFileString(file, String(process.pid), { flag: "wx" }).pipe(
    Effect.as(true),
    Effect.catchReason("PlatformError", "AlreadyExists", () => Effect.succeed(false))
  )
  return yield* Effect.acquireRelease(
    Effect.flatMap(
      attempt,
      (taken) =>
        taken ?
          Effect.succeed(true) :
          Effect.flatMap(
            isLeftBehind(file, staleAfter),
            (leftBehind) =>
              leftBehind ? Effect.andThen(fs.remove(file, { force: true }), attempt) : Effect.succeed(false)
          )
    ),
    (taken) => taken ? Effect.ignore(fs.remove(file, { force: true })) : Effect.void
  )
})

const isLeftBehind = Effect.fnUntraced(function*(file: string, staleAfter: number) {
  const fs = yield* FileSystem.FileSystem
  const holder = yield* Effect.option(fs.readFileString(file))
  const info = yield* Effect.option(fs.stat(file))
  if (Option.isNone(holder) || Option.isNone(info)) return false
  const now = yield* Clock.currentTimeMillis
  const age = Option.match(info.value.mtime, { onNone: () => 0, onSome: (time) => now - time.getTime() })
  return age > staleAfter || (/^\d+$/.test(holder.value) && !isRunning(Number(holder.value)))
})

/** Whether a process is there. Signal 0 is sent to nobody. */
export const isRunning = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM"
  }
}
