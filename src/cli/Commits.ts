/** Whether a transaction of an apply was committed, so that what is said of an interruption is true. */
import * as Effect from "effect/Effect"
import type { Database } from "../engine/Database.ts"

/** A database like the one given, and how many transactions were committed through it. */
export const watchCommits = (
  database: Database["Service"]
): { readonly database: Database["Service"]; readonly commits: Effect.Effect<number> } => {
  let commits = 0
  return {
    commits: Effect.sync(() => commits),
    database: {
      ...database,
      session: Effect.map(database.session, (session) => ({
        ...session,
        execute: (script) =>
          Effect.tap(session.execute(script), () => Effect.sync(() => void (/\bCOMMIT$/.test(script) && commits++)))
      }))
    }
  }
}
