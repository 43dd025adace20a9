/**
 * The embedded PostgreSQL as a shadow for other tools: a process in the background serves it on a loopback port for as long
 * as somebody holds it, which is written in the database itself, as on every other server.
 */
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import * as Redacted from "effect/Redacted"
import { randomHex } from "../Digest.ts"
import * as Background from "../engine/Background.ts"
import { DatabaseError } from "../engine/DatabaseError.ts"
import * as EmbeddedDatabase from "../engine/EmbeddedDatabase.ts"
import * as EmbeddedServer from "../engine/EmbeddedServer.ts"
import * as ProcessLock from "../engine/ProcessLock.ts"
import { markIn } from "../postgres/ShadowServer.ts"
import { makeFolder } from "../shadow/Checkout.ts"
import { lasting, readMark } from "../shadow/Reservation.ts"
import { reporting } from "./Failure.ts"
import { say } from "./Output.ts"

/** The engine starts within this many seconds, or not at all; the first time ever, it sets itself up. */
const startSeconds = 60

const commentQuery = `
  SELECT pg_catalog.shobj_description(oid, 'pg_database') AS comment
  FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()`

/** Waits until nobody holds the database any more, or nobody ever did, or the folder of its project is gone. */
const untilOver = Effect.fnUntraced(function*(
  server: EmbeddedServer.EmbeddedServer,
  folder: string,
  idleSeconds: number
) {
  const fs = yield* FileSystem.FileSystem
  let wasHeld = false
  let until = (yield* Clock.currentTimeMillis) + idleSeconds * 1000
  for (;;) {
    yield* Effect.sleep("1 second")
    if (!(yield* Effect.orElseSucceed(fs.exists(folder), () => true))) return wasHeld
    const left = until - (yield* Clock.currentTimeMillis)
    // a client in a transaction keeps others waiting, and its time is over all the same
    const seen = yield* Effect.timeoutOption(server.look(commentQuery), Math.max(left, 1000))
    if (Option.isNone(seen)) return wasHeld
    const comment = seen.value[0]?.["comment"]
    const now = yield* Clock.currentTimeMillis
    const held = lasting(typeof comment === "string" ? readMark(markIn(comment)) : undefined, now)
    if (held === undefined && (wasHeld || now >= until)) return wasHeld
    if (held !== undefined) [wasHeld, until] = [true, Date.parse(held.expires_at)]
  }
})

const stamp = Effect.map(Clock.currentTimeMillis, (now) => new Date(now).toISOString())

/** Serves the engine and says its URL in a file that only the user may read; for {@link startEmbedded}. */
export const serveCommand = Command.make("serve", {
  ready: Flag.String("ready").pipe(Flag.withDescription("The file that is to say the URL")),
  idle: Flag.Int("idle").pipe(
    Flag.withDefault(60),
    Flag.withDescription("It ends where nobody has taken it after so many seconds (default: 60)")
  )
}, ({ idle, ready }) =>
  reporting(Effect.scoped(Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const engine = yield* EmbeddedDatabase.start({ extensions: [...EmbeddedDatabase.supportedExtensions] })
    const server = yield* EmbeddedServer.serve({ engine })
    // whoever started this may be gone, and the URL has a password
    yield* Effect.addFinalizer(() =>
      Effect.forEach([ready, `${ready}.new`], (file) => Effect.ignore(fs.remove(file, { force: true })))
    )
    yield* fs.writeFileString(`${ready}.new`, Redacted.value(server.url), { mode: 0o600 })
    yield* fs.rename(`${ready}.new`, ready)
    yield* say(`${yield* stamp} The embedded PostgreSQL listens on port ${server.port}.`)
    const wasHeld = yield* Effect.raceFirst(untilOver(server, path.dirname(ready), idle), server.broken)
    yield* say(`${yield* stamp} ${wasHeld ? "Nobody holds it any more" : "Nobody has taken it"}: it ends.`)
  })))).pipe(
    Command.withDescription("Serve the embedded PostgreSQL until nobody holds it; prepare runs this in the background")
  )

const failed = (log: string, why: string): DatabaseError =>
  new DatabaseError({
    code: "LP_EMBEDDED_START",
    message: `The embedded PostgreSQL in the background does not start: ${why}`,
    hint: `${log} says more. With SHADOW_DATABASE_URL, a server is used instead.`
  })

/** Starts the engine in the background, for a project, and gives its URL and process. It ends by itself when nobody holds it. */
export const startEmbedded = Effect.fn("EmbeddedShadowProcess.startEmbedded")(function*(project: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const folder = yield* makeFolder(project)
  const [log, ready] = [path.join(folder, "shadow.log"), path.join(folder, `shadow-${randomHex(8)}.url`)]
  const remove = Effect.ignore(fs.remove(ready, { force: true }))
  return yield* Effect.uninterruptibleMask((restore) =>
    Effect.gen(function*() {
      const pid = yield* Background.start({ arguments: ["shadow", "serve", "--ready", ready], log })
      const child: Background.Process = { pid, argument: ready }
      const url = yield* restore(Effect.gen(function*() {
        for (let tenths = 0; tenths < startSeconds * 10; tenths++) {
          const text = yield* Effect.option(fs.readFileString(ready))
          if (Option.isSome(text)) return text.value
          if (!ProcessLock.isRunning(pid)) return yield* failed(log, "it ended at once.")
          yield* Effect.sleep("100 millis")
        }
        return yield* failed(log, `it was not ready after ${startSeconds} seconds.`)
      })).pipe(
        Effect.onError(() => Background.end(child)),
        Effect.ensuring(remove)
      )
      return { url: Redacted.make(url), process: child }
    })
  )
})
