/** The database that a plan is for: opened, and told from a shadow, where nothing stays. */
import * as Effect from "effect/Effect"
import { Dialect } from "../Dialect.ts"
import type { Database } from "../engine/Database.ts"
import { ShadowHost } from "../ShadowHost.ts"
import * as Source from "../Source.ts"
import { Refused } from "./Failure.ts"
import { addressOf } from "./Schemas.ts"

/** Opens the database to work on; it closes with the scope. */
export const openTarget = (url: string) =>
  Effect.flatMap(addressOf(url), (address) => Effect.flatMap(Dialect, ({ connect }) => connect(address)))

/** The name of a database that is marked as a shadow; undefined for every other one. */
const shadowName = Effect.fn("Target.shadowName")(function*(database: Database["Service"]) {
  const host = yield* ShadowHost
  const session = yield* database.session
  const name = yield* host.databaseOf(session)
  return (yield* host.mark(session, { database: name })) === undefined ? undefined : name
}, Effect.scoped)

/** Fails for a database that is emptied whenever somebody borrows it. */
export const refuseShadow = Effect.fn("Target.refuseShadow")(function*(database: Database["Service"]) {
  const name = yield* shadowName(database)
  if (name === undefined) return
  return yield* new Refused({
    detail:
      `${database.description} is marked as a shadow database: whatever is applied there goes when it is cleaned.`,
    next:
      `Nothing was changed. Name another target; if it is to be a shadow no longer, take the mark away: COMMENT ON DATABASE ${name} IS NULL.`
  })
})

/**
 * Fails for a plan from a shadow to the shadow: it would say that there is nothing to do. The shell in which another tool was
 * given the shadow as its DATABASE_URL makes such plans.
 */
export const refuseShadowToShadow = Effect.fn("Target.refuseShadowToShadow")(
  function*(sources: { readonly from: string; readonly to: string }) {
    if (Source.parse(sources.to)._tag !== "ReservedShadow" || Source.parse(sources.from)._tag !== "Server") return
    const database = yield* openTarget(sources.from)
    if ((yield* shadowName(database)) === undefined) return
    return yield* new Refused({
      detail: `the plan would lead from a shadow database to the shadow: ${database.description} is marked as one.`,
      next:
        "If DATABASE_URL of this shell is that of the shadow, unset it, or name the environment: --target-environment NAME."
    })
  },
  Effect.scoped
)
