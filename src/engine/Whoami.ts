/** Who runs this program, and where: what others read of somebody who holds something that they wait for. */
import * as Effect from "effect/Effect"
import { hostname, userInfo } from "node:os"

/** A user of a machine, and the process. */
export interface Whoami {
  readonly user: string
  readonly host: string
  readonly process: number
}

/** The user who runs this process. A user without an entry in the machine's list is known by number. */
export const whoami: Effect.Effect<Whoami> = Effect.sync(() => {
  const numbered = (): string => `user ${process.getuid?.() ?? "unknown"}`
  const user = (): string => {
    try {
      const { username } = userInfo()
      return username === "" || username === "unknown" ? numbered() : username
    } catch {
      return numbered()
    }
  }
  return { user: user(), host: hostname(), process: process.pid }
})
