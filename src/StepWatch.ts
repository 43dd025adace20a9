/**
 * What the steps of a plan do to what was there before them. To ask takes the longer the more locks the transaction holds, and
 * most steps of a large plan make something new; so those that name nothing of what was there are asked after together.
 */
import * as Effect from "effect/Effect"
import type { Catalog, ObjectId } from "./Catalog.ts"
import type { Observation, Observer } from "./Dialect.ts"
import type { DatabaseError } from "./engine/DatabaseError.ts"
import type { Step } from "./Plan.ts"

/** Watches steps as they run. */
export interface Watch<E> {
  /** True for a step that is not asked after by itself. To be asked about steps in their order, before they run. */
  readonly isGuess: (step: Step) => boolean
  /** To be called before a step runs. Gives what tells, when it has run, what it did; undefined where nobody looks. */
  readonly begins: (
    step: Step
  ) => Effect.Effect<Effect.Effect<Observation | undefined, DatabaseError>, DatabaseError | E>
  /** To be called when no more steps of a transaction come. */
  readonly ends: Effect.Effect<void, DatabaseError | E>
  /** To be called when a transaction has ended. */
  readonly committed: Effect.Effect<void, DatabaseError>
}

const nothing: Observation = { locks: [], rewrites: [], scans: [] }

const isNothing = ({ locks, rewrites, scans }: Observation): boolean =>
  locks.length === 0 && rewrites.length === 0 && scans.length === 0

/** Looks at no step. */
export const unwatched: Watch<never> = {
  isGuess: () => true,
  begins: () => Effect.succeed(Effect.undefined),
  ends: Effect.void,
  committed: Effect.void
}

/**
 * Watches the steps to a target. A step that names something of what was there is asked after by itself; where it is about an
 * object that the plan creates, only if no step about that kind of object that named the same was asked after yet. That the
 * others do nothing to what was there is a guess, and never relied on: they are asked after together, before the next step
 * that is by itself and at the end. Where they have done something, it fails with `unforeseen`; with `each`, every step is
 * by itself.
 */
export const watch = <E>(observer: Observer, { objects }: Catalog, each: boolean, unforeseen: E): Watch<E> => {
  const created = new Set<ObjectId>()
  /** What steps about created objects named when they were asked after, in this transaction. */
  const known = new Set<string>()
  let guessed = false

  const rootOf = (id: ObjectId): ObjectId => {
    const parent = objects.get(id)?.parent
    return parent === undefined ? id : rootOf(parent)
  }
  /** True where the plan has created what the step is about. */
  const isAnew = ({ object = "", operation }: Step): boolean => {
    const root = rootOf(object)
    if (operation === "create" && root === object) created.add(object)
    return created.has(root)
  }
  const namedIn = (step: Step): ReadonlyArray<string> =>
    observer.named(step).map((name) => `${objects.get(step.object ?? "")?.kind ?? ""} ${name}`)
  const isGuess = (step: Step): boolean => {
    const [anew, names] = [isAnew(step), namedIn(step)]
    return !each && (names.length === 0 || anew && names.every((name) => known.has(name)))
  }
  const ends = Effect.gen(function*() {
    if (!guessed) return
    guessed = false
    if (!isNothing(yield* observer.next)) return yield* Effect.fail(unforeseen)
  })
  return {
    isGuess,
    begins: (step) =>
      Effect.gen(function*() {
        if (isGuess(step)) {
          guessed = true
          return Effect.succeed(nothing)
        }
        yield* ends
        if (isAnew(step)) { for (const name of namedIn(step)) known.add(name) }
        return observer.next
      }),
    ends,
    committed: Effect.suspend(() => {
      known.clear()
      return observer.committed
    })
  }
}
