/** Whether something listens on a port of this machine. */
import * as Effect from "effect/Effect"

/** True where a connection to the port is taken, by IPv4 or IPv6. Nothing is sent. */
export const isListening = (port: number): Effect.Effect<boolean> =>
  Effect.map(
    Effect.forEach(["127.0.0.1", "::1"], (host) => answers(host, port), { concurrency: 2 }),
    (found) => found.includes(true)
  )

const answers = (host: string, port: number): Effect.Effect<boolean> =>
  Effect.flatMap(Effect.promise(() => import("node:net")), ({ connect }) =>
    Effect.callback<boolean>((resume) => {
      const socket = connect({ host, port })
      const end = (answer: boolean) => () => {
        socket.destroy()
        resume(Effect.succeed(answer))
      }
      socket.once("connect", end(true)).once("error", end(false)).setTimeout(1000, end(false))
      return Effect.sync(() => socket.destroy())
    }))
