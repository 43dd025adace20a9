/** Runs of random changes: how many held, how many plans were refused and why, and the smallest input for each cause of failure. */
import * as Arbitrary from "effect/Arbitrary"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import type { Catalog } from "../../../src/Catalog.ts"
import { Dialect } from "../../../src/Dialect.ts"
import { resolveRenames } from "../../../src/planning/DeclaredRenames.ts"
import { quoteIdentifier } from "../../../src/sqlite/sql/Identifier.ts"
import { migrate, type Shown } from "../../conformance/sqlite/Migration.ts"
import { seed as seedRows } from "../../conformance/sqlite/Seed.ts"
import { services } from "../../sqlite/world.ts"
import { after, before, type Change, changes } from "./Model.ts"
import { write, type Written } from "./Writing.ts"

/** What to run. Run number `n` has the seed `seed + n` and nothing else that decides its input but `size`. */
export interface Options {
  readonly runs: number
  readonly seed: number
  /** The greatest number of entries of a change. */
  readonly size: number
  /** How many smaller inputs are tried for each cause of failure. */
  readonly shrinks: number
}

/** A cause of failure, with the smallest input that was found for it. */
export interface Failure {
  readonly cause: string
  readonly seed: number
  readonly message: string
  readonly before: ReadonlyArray<string>
  readonly after: ReadonlyArray<string>
  count: number
}

/** What runs showed so far. */
export interface Summary {
  readonly done: number
  readonly held: number
  readonly steps: number
  /** How many of those that held kept rows there and back, and how many rows. */
  readonly withRows: number
  readonly rows: number
  /** Rows that break the wanted schema were refused so often, and so often without a word before anything ran. */
  readonly rowsRefused: number
  readonly untold: ReadonlyMap<string, number>
  /** Plans that Lockplane says it does not make: how many for each reason. */
  readonly refused: ReadonlyMap<string, number>
  readonly failures: ReadonlyArray<Failure>
}

/** Text without what differs between inputs that fail alike. */
const anonymous = (text: string): string =>
  text.replaceAll(/"(?:[^"]|"")*"|'(?:[^']|'')*'/g, "_").replaceAll(/[\w$.]*\d[\w$.]*/g, "#").replaceAll(/\s+/g, " ")
    .slice(0, 110)

const list = (statements: ReadonlyArray<string>): string => statements.map((sql) => `${sql};`).join("\n")

/** A failure with its input as SQL. */
export const format = ({ after, before, cause, count, message, seed }: Failure): string =>
  `## ${cause} (${count} runs)\nreplay: --seed ${seed} --runs 1\n${message}\n-- before\n${list(before)}\n-- after\n${
    list(after)
  }\n`

/** Renames for every second table and column that has another name afterwards; those that Lockplane refuses are left out. */
export const wishesOf = (one: Written, other: Written) =>
  Effect.fnUntraced(function*(from: Catalog, to: Catalog) {
    const { kindOf, naming } = yield* Dialect
    const tables = [...one.tables].flatMap(([number, name]) => {
      const now = other.tables.get(number)
      return number % 2 === 1 || now === undefined || now === name
        ? []
        : [`table ${quoteIdentifier(name)}=${quoteIdentifier(now)}`]
    })
    const columns = [...one.columns].flatMap(([number, [table, name]]) => {
      const now = other.columns.get(number)
      return number % 2 === 1 || now === undefined || now[0] !== table || now[1] === name
        ? []
        : [`column ${quoteIdentifier(table)}.${quoteIdentifier(name)}=${quoteIdentifier(now[1])}`]
    })
    const kept: Array<string> = []
    for (const wish of [...tables, ...columns]) {
      if (resolveRenames(from, to, [...kept, wish], { kindOf, naming }).problems.length === 0) kept.push(wish)
    }
    return kept
  })

type Outcome =
  | {
    readonly _tag: "Held"
    readonly steps: number
    readonly rows: number | undefined
    readonly refusals: Shown["refusals"]
  }
  | { readonly _tag: "Refused"; readonly reason: string }
  | { readonly _tag: "Failed"; readonly cause: string; readonly message: string }

const attempt = Effect.fnUntraced(function*(one: Written, other: Written): Effect.fn.Return<Outcome> {
  const exit = yield* Effect.exit(Effect.provide(
    migrate({
      before: list(one.statements),
      after: list(other.statements),
      seed: seedRows,
      twice: true,
      wishes: wishesOf(one, other)
    }),
    services
  ))
  if (exit._tag === "Success") {
    const { refusals, rows, steps, unmanaged } = exit.value
    return unmanaged.length > 0
      ? { _tag: "Failed", cause: "census", message: unmanaged.join(", ") }
      : { _tag: "Held", steps, rows, refusals }
  }
  const found = exit.cause.reasons.find((reason) => reason._tag === "Fail")?.error
  if (found?._tag === "PlanRefused" && !found.reasons.some((reason) => reason.includes("fault of Lockplane"))) {
    return { _tag: "Refused", reason: anonymous(found.reasons[0] ?? "") }
  }
  const message = found?.message ?? Cause.pretty(exit.cause)
  const subject = found?._tag === "NotProven" ? `${found.subject}: ${found.differences[0] ?? found.reason}` : message
  return { _tag: "Failed", cause: `${found?._tag ?? "defect"} ${anonymous(subject)}`, message }
})

/** Runs the properties; `onFailure` hears of each new cause of failure, `onRun` of the sums after each run. */
export const runs = Effect.fn("Runs.runs")(function*(
  options: Options,
  onFailure: (failure: Failure) => void = () => {},
  onRun: (summary: Summary) => void = () => {}
): Effect.fn.Return<Summary> {
  const arbitrary = changes(options.size)
  const refused = new Map<string, number>()
  const untold = new Map<string, number>()
  const failures = new Map<string, Failure>()
  let [done, held, steps, withRows, rows, rowsRefused] = [0, 0, 0, 0, 0, 0]
  const summary = (): Summary => ({
    done,
    held,
    steps,
    withRows,
    rows,
    rowsRefused,
    untold,
    refused,
    failures: [...failures.values()]
  })
  for (let n = 0; n < options.runs; n++) {
    const seed = options.seed + n
    let smallest: Failure | undefined
    const property = (change: Change) =>
      Effect.gen(function*() {
        const [one, other] = [write(before(change)), write(after(change))]
        const outcome = yield* attempt(one, other)
        if (outcome._tag !== "Failed") {
          if (smallest !== undefined) return true
          if (outcome._tag === "Refused") refused.set(outcome.reason, (refused.get(outcome.reason) ?? 0) + 1)
          else {
            held++
            steps += outcome.steps
            rowsRefused += outcome.refusals.length
            for (const { message, told } of outcome.refusals) {
              const [reason = "something else"] =
                /\w+(?: \w+)? constraint failed|refers? to rows|cannot store \w+ value|datatype mismatch/.exec(
                  message
                ) ?? []
              if (!told) untold.set(reason, (untold.get(reason) ?? 0) + 1)
            }
            if ((outcome.rows ?? 0) > 0) withRows++
            rows += outcome.rows ?? 0
          }
          return true
        }
        const { cause, message } = outcome
        if (smallest !== undefined && smallest.cause !== cause) return true
        const known = failures.get(cause)
        if (smallest === undefined && known !== undefined) {
          known.count++
          return true
        }
        smallest = { cause, seed, message, before: one.statements, after: other.statements, count: 1 }
        failures.set(cause, smallest)
        return false
      })
    yield* Arbitrary.checkEffect(arbitrary, property, {
      runs: 1,
      seed,
      size: options.size,
      maxShrinks: options.shrinks
    })
    if (smallest !== undefined) onFailure(smallest)
    done++
    onRun(summary())
  }
  return summary()
})

/** A summary in words. */
export const describe = (summary: Summary): string => {
  const failed = summary.failures.reduce((sum, { count }) => sum + count, 0)
  const refusals = [...summary.refused.values()].reduce((sum, count) => sum + count, 0)
  return [
    `${summary.done} runs: ${summary.held} held (${summary.steps} steps; ${summary.withRows} kept ${summary.rows} rows; rows were refused ${summary.rowsRefused} times), ` +
    `${refusals} refused, ${failed} failed (${summary.failures.length} causes)`,
    ...[...summary.refused].toSorted(([, a], [, b]) => b - a).map(([reason, count]) => `  refused ${count}: ${reason}`),
    ...[...summary.untold].toSorted(([, a], [, b]) => b - a).map(([reason, count]) =>
      `  not told before ${count}: ${reason}`
    ),
    ...summary.failures.toSorted((a, b) => b.count - a.count).map(({ cause, count, seed }) =>
      `  failed ${count}: ${cause} (--seed ${seed})`
    )
  ].join("\n")
}
