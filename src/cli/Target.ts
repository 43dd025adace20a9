/** The database that a plan is for: opened, and told from a shadow, where nothing stays. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { Dialect } from "../Dialect.ts"
import type { Database } from "../engine/Database.ts"
import { isMarked } from "../shadow/ShadowFile.ts"
import { ShadowHost } from "../ShadowHost.ts"
import * as Source from "../Source.ts"
import type { ApplyFlags } from "./Applying.ts"
import { Refused, Usage } from "./Failure.ts"
import { addressOf, type Opening } from "./Schemas.ts"

/** The database to work on; it closes with the scope. */
export const openTarget = Effect.fn("Target.openTarget")(function*(url: string, opening: Opening = {}) {
  const { connect } = yield* Dialect
  return yield* connect(yield* addressOf(url, opening))
})

/** {@link openTarget} for a plan to run on, as the flags say. */
export const openFor = Effect.fn("Target.openFor")(function*(
  url: string,
  { create, lockTimeout, statementTimeout }: Pick<ApplyFlags, "create" | "lockTimeout" | "statementTimeout">
) {
  const { name } = yield* Dialect
  if (name === "sqlite" && Option.isSome(statementTimeout)) {
    return yield* new Usage({
      detail: "SQLite has no limit on how long a statement runs, so that --statement-timeout means nothing here",
      next:
        "Leave it out. Ctrl-C ends a statement, and undoes what the plan has done; --lock-timeout limits the wait for a lock."
    })
  }
  return yield* openTarget(url, { create, lockTimeout: Option.getOrUndefined(lockTimeout) })
})

/** How a database that is marked as a shadow loses the mark; undefined for every other one. */
const unmarking = Effect.fn("Target.unmarking")(function*(database: Database["Service"]) {
  const { name: family } = yield* Dialect
  const session = yield* database.session
  if (family === "sqlite" && (yield* isMarked(session))) return "PRAGMA application_id = 0"
  const found = yield* Effect.serviceOption(ShadowHost)
  if (Option.isNone(found)) return undefined
  const host = found.value
  const name = yield* host.databaseOf(session, Redacted.make(database.description))
  return (yield* host.mark(session, { database: name })) === undefined ? undefined : host.unmarking(name)
}, Effect.scoped)

/** Fails for a database that is emptied whenever somebody borrows it. */
export const refuseShadow = Effect.fn("Target.refuseShadow")(function*(database: Database["Service"]) {
  const statement = yield* unmarking(database)
  if (statement === undefined) return
  return yield* new Refused({
    detail:
      `${database.description} is marked as a shadow database: whatever is applied there goes when it is cleaned.`,
    next:
      `Nothing was changed. Name another target; if it is to be a shadow no longer, take the mark away: ${statement}.`
  })
})

/**
 * Fails for a plan from a shadow to the shadow: it would say that there is nothing to do. The shell in which another tool was
 * given the shadow as its DATABASE_URL makes such plans.
 */
export const refuseShadowToShadow = Effect.fn("Target.refuseShadowToShadow")(
  function*(sources: { readonly from: string; readonly to: string }) {
    if (Source.parse(sources.to)._tag !== "ReservedShadow") return
    if (!["Server", "Sqlite", "Libsql"].includes(Source.parse(sources.from)._tag)) return
    const database = yield* openTarget(sources.from)
    if ((yield* unmarking(database)) === undefined) return
    return yield* new Refused({
      detail: `the plan would lead from a shadow database to the shadow: ${database.description} is marked as one.`,
      next:
        "If DATABASE_URL of this shell is that of the shadow, unset it, or name the environment: --target-environment NAME."
    })
  },
  Effect.scoped
)
