/** Runs of the properties: how many held, how many plans were refused and why, and the smallest input for each cause of failure. */
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import type { CatalogCache } from "../../src/CatalogCache.ts"
import type { Dialect } from "../../src/Dialect.ts"
import type { DatabaseError } from "../../src/engine/DatabaseError.ts"
import { Shadow } from "../../src/Shadow.ts"
import { type Change, changes } from "./Model.ts"
import { type Broken, check, type Schemas } from "./Properties.ts"
import type { Shadows } from "./ServerShadow.ts"

/** What to run. Run number `n` has the seed `seed + n` and nothing else that decides its input but `size`. */
export interface Options {
  readonly runs: number
  readonly seed: number
  /** The greatest number of entries of a change. */
  readonly size: number
  readonly concurrency: number
  /** How many smaller inputs are tried for each cause of failure. */
  readonly shrinks: number
}

/** A cause of failure, with the smallest input that was found for it. */
export interface Failure {
  readonly cause: string
  readonly seed: number
  readonly message: string
  readonly schemas: Schemas
  /** How many runs failed for this cause. */
  count: number
}

/** What runs showed, so far if they were interrupted. */
export interface Summary {
  readonly done: number
  readonly held: number
  readonly unchanged: number
  readonly steps: number
  /** Plans, and schemas as text, that Lockplane says it does not make: how many for each reason. */
  readonly refused: ReadonlyMap<string, number>
  readonly failures: ReadonlyArray<Failure>
}

const list = (statements: ReadonlyArray<string>): string => statements.map((sql) => `${sql};`).join("\n")

/** A failure with its input as SQL: the schema before, and after it what differs in the schema after. */
export const format = ({ cause, count, message, schemas, seed }: Failure): string =>
  `## ${cause} (${count} runs)\nreplay: --seed ${seed} --runs 1\n${message}\n-- before\n${
    list(schemas.before)
  }\n-- after\n${list(schemas.after)}\n`

/** What works only after a commit does not work on the fast shadow (unsafe_new_enum_value_usage). */
const needsCommit = ({ message }: Broken | DatabaseError): boolean => message.includes("55P04")

/** Runs the properties on the shadows of a server; `onFailure` hears of each new cause of failure, `onRun` of the sums after each run. */
export const runs = Effect.fn("Runs.runs")(
  function*(
    shadows: Shadows,
    options: Options,
    onFailure: (failure: Failure) => void = () => {},
    onRun: (summary: Summary) => void = () => {}
  ): Effect.fn.Return<Summary, never, Dialect | CatalogCache> {
    const arbitrary = changes(options.size)
    const refused = new Map<string, number>()
    const failures = new Map<string, Failure>()
    let [held, unchanged, steps, done] = [0, 0, 0, 0]
    const summary = (): Summary => ({ done, held, unchanged, steps, refused, failures: [...failures.values()] })
    const one = Effect.fnUntraced(function*(seed: number) {
      let cause: string | undefined
      let smallest: { readonly message: string; readonly schemas: Schemas } | undefined
      const property = (change: Change) =>
        Effect.suspend(() => {
          let schemas: Schemas = { before: [], after: [] }
          const on = (shadow: Shadow["Service"]) =>
            Effect.provideService(
              check(change, (found) => {
                schemas = found
              }),
              Shadow,
              shadow
            )
          return on(shadows.fast).pipe(
            Effect.catchIf(needsCommit, () => on(shadows.committing)),
            Effect.matchEffect({
              onSuccess: (outcome) =>
                Effect.sync(() => {
                  if (cause !== undefined) return true
                  if (outcome._tag === "Refused") {
                    const reason = (outcome.reasons[0] ?? "").replaceAll(/(?:[^ ]*\.)?"[^"]*"|\w+\.\w+/g, "_").slice(
                      0,
                      120
                    )
                    refused.set(reason, (refused.get(reason) ?? 0) + 1)
                  } else {
                    held++
                    steps += outcome.steps
                    if (outcome.steps === 0) unchanged++
                  }
                  return true
                }),
              onFailure: (error) =>
                Effect.sync(() => {
                  const found = error._tag === "Broken" ? error.cause : `database: ${error.code} ${error.message}`
                  if (cause !== undefined && cause !== found) return true
                  const known = failures.get(found)
                  if (cause === undefined && known !== undefined) {
                    known.count++
                    return true
                  }
                  cause = found
                  smallest = { message: error.message, schemas }
                  if (known === undefined) failures.set(found, { cause: found, seed, count: 1, ...smallest })
                  return false
                })
            })
          )
        })
      yield* Arbitrary.checkEffect(arbitrary, property, {
        runs: 1,
        seed,
        size: options.size,
        maxShrinks: options.shrinks
      })
      if (cause !== undefined && smallest !== undefined) {
        const failure = { cause, seed, count: failures.get(cause)?.count ?? 1, ...smallest }
        failures.set(cause, failure)
        onFailure(failure)
      }
      done++
      onRun(summary())
    })
    yield* Effect.forEach(Array.from({ length: options.runs }, (_, n) => options.seed + n), one, {
      concurrency: options.concurrency,
      discard: true
    })
    return summary()
  }
)

/** A summary in words. */
export const describe = (summary: Summary): string => {
  const refusals = [...summary.refused.values()].reduce((sum, count) => sum + count, 0)
  const failed = summary.failures.reduce((sum, { count }) => sum + count, 0)
  const share = (count: number): string => `${(100 * count / Math.max(1, summary.done)).toFixed(1)} %`
  return [
    `${summary.done} runs: ${summary.held} held (${summary.unchanged} of them without a change, ${summary.steps} steps), ` +
    `${refusals} refused (${share(refusals)}), ${failed} failed (${share(failed)}, ${summary.failures.length} causes)`,
    ...[...summary.refused].sort(([, a], [, b]) => b - a).map(([reason, count]) => `  refused ${count}: ${reason}`),
    ...summary.failures.toSorted((a, b) => b.count - a.count).map(({ cause, count, seed }) =>
      `  failed ${count}: ${cause} (--seed ${seed})`
    )
  ].join("\n")
}
