/** Keeping shadows apart from the databases that are worked on, by whatever name either is reached. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import type { DatabaseError } from "../engine/DatabaseError.ts"
import { type Place, ShadowHost } from "../ShadowHost.ts"
import { describePlace, ShadowIsTarget } from "./Reservation.ts"

/** A database that plans are applied to, by the name that people know it by. */
export interface Target {
  readonly name: string
  readonly url: Redacted.Redacted<string>
  /** The schemas that are managed there, where it is not all of them. */
  readonly schemas?: ReadonlyArray<string> | undefined
}

/** What is known of the targets. */
export interface Recognised {
  /** The target that is in the database of the shadow, beside the schema that is lent. */
  readonly beside: Target | undefined
  /** Targets that could not be asked. */
  readonly unreachable: ReadonlyArray<string>
}

/** How long a target may take to answer. */
const patience = "5 seconds"

/**
 * Fails where what is to be lent is what a target works on: its whole database, or a schema of it that is managed by name.
 * `own` is the identity of the shadow's database, and `url` where it was reached. Where it is to be certain, a target that
 * is a replica is not asked for what it knows, but for what its primary does.
 */
export const refuseTargets = Effect.fn("Targets.refuseTargets")(function*(
  own: ReadonlyArray<string>,
  url: Redacted.Redacted<string>,
  place: Place,
  targets: ReadonlyArray<Target>,
  isCertain: boolean = false
): Effect.fn.Return<Recognised, ShadowIsTarget | DatabaseError, ShadowHost> {
  const host = yield* ShadowHost
  const identity = isCertain ? host.identityAtOrigin : host.identity
  const asked = yield* Effect.forEach(
    targets,
    (target) =>
      Effect.flatMap(host.connect(target.url), (database) => Effect.flatMap(database.session, identity)).pipe(
        Effect.scoped,
        Effect.timeout(patience),
        Effect.option,
        Effect.flatMap((found) => {
          const identity = Option.getOrElse(found, () => [])
          const isReached = Option.isSome(found)
          // one that cannot be asked, or does not tell, is the same where its URL is
          return own.length > 0 && identity.length > 0
            ? Effect.succeed({ target, isReached, isSame: identity.some((form) => own.includes(form)) })
            : Effect.map(host.mayBeSame(url, target.url), (isSame) => ({ target, isReached, isSame }))
        })
      ),
    { concurrency: 4 }
  )
  const same = asked.filter(({ isSame }) => isSame).map(({ target }) => target)
  const { schema } = place
  const refused = schema === undefined || schema === host.standardSchema
    ? same[0]
    : same.find(({ schemas }) => schemas?.includes(schema) === true)
  if (refused !== undefined) {
    return yield* new ShadowIsTarget({
      place: describePlace(place),
      target: refused.name,
      elsewhere: host.advice.elsewhere
    })
  }
  return {
    beside: same[0],
    unreachable: asked.filter(({ isReached }) => !isReached).map(({ target }) => target.name)
  }
})
