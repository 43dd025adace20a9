/**
 * The ledger of a database: what Lockplane did to it and was doing when it was stopped. That a plan begins is committed before
 * it, that it is done together with it; so what a crash leaves behind is told apart from what came to its end.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { Dialect, type LedgerStore } from "./Dialect.ts"
import type { Database, Session } from "./engine/Database.ts"
import type { DatabaseError } from "./engine/DatabaseError.ts"
import { transaction } from "./engine/Transaction.ts"
import { whoami } from "./engine/Whoami.ts"
import { brokenAt, type Entry, type Event, type Run, runsOf, seal } from "./LedgerEntry.ts"
import type { InvalidPlan, Plan } from "./Plan.ts"
import { decode, encode } from "./PlanJson.ts"
import { version } from "./version.ts"

/** An entry of a ledger was changed after it was written, or is gone. */
export class BrokenLedger extends Schema.TaggedError<BrokenLedger>()("BrokenLedger", {
  target: Schema.String,
  number: Schema.Int
}) {
  override get message(): string {
    return [
      `entry ${this.number} of the ledger of ${this.target} is not what was written, or an entry before it is gone`,
      "What the ledger says is not to be relied on. Look at the table lockplane_ledger, and make a new plan from the database as it is now. DROP TABLE lockplane_ledger begins a new one."
    ].join("\n")
  }
}

/** The entries of a database's ledger, from the first; none where the family of the database keeps no ledger. */
export const entries = Effect.fn("Ledger.entries")(function*(
  database: Database["Service"]
): Effect.fn.Return<Option.Option<ReadonlyArray<Entry>>, BrokenLedger | DatabaseError, Dialect> {
  const { ledger } = yield* Dialect
  if (ledger === undefined) return Option.none()
  const found = yield* Effect.scoped(Effect.flatMap(database.session, ledger.entries))
  const number = brokenAt(found)
  return number === undefined
    ? Option.some(found)
    : yield* new BrokenLedger({ target: database.description, number })
})

/** The run that began last, where it is not done. A run before it is history: another plan took its place. */
export const unfinished = (entries: ReadonlyArray<Entry>): Run | undefined => {
  const run = runsOf(entries).at(-1)
  return run?.state === "done" ? undefined : run
}

/**
 * What is left to do of a run: its plan without the transactions that were committed, from the schema that they left.
 * Fails with {@link InvalidPlan} where the ledger holds no plan that can be read.
 */
export const remainder = (run: Run): Effect.Effect<Plan, InvalidPlan> =>
  Effect.map(decode(run.began.plan ?? ""), (plan): Plan => {
    const { committed } = run
    if (committed === undefined) return plan
    const { proof: _, source_hash: __, ...rest } = plan
    return {
      ...rest,
      ...(committed.schemaHash === null ? {} : { source_hash: committed.schemaHash }),
      steps: plan.steps.filter(({ transaction: part = 1 }) => part > committed.part)
    }
  })

/** Writes down how a run goes. */
export interface Recorder {
  /** To be run at the end of a transaction of the plan, in it. */
  readonly committed: (
    part: number,
    last: boolean,
    schemaHash: Effect.Effect<string, DatabaseError>
  ) => Effect.Effect<void, DatabaseError>
  /** To be run when the plan has failed, outside of a transaction. That it cannot be written down is no failure of its own. */
  readonly stopped: <E>(cause: Cause.Cause<E>) => Effect.Effect<void>
  /** As {@link Recorder.stopped}, where the database turned out to have the schema already. */
  readonly found: Effect.Effect<void>
}

const silent: Recorder = { committed: () => Effect.void, stopped: () => Effect.void, found: Effect.void }

const reasonOf = <E>(cause: Cause.Cause<E>): string => {
  if (Cause.hasInterruptsOnly(cause)) return "interrupted"
  const error = Cause.squash(cause)
  return (error instanceof Error ? error.message : String(error)).split("\n")[0] ?? ""
}

const done = { event: "done", reason: "the database had the schema already" } as const

/** Adds an entry behind the last one, in the transaction that is open. Gives its number. */
const add = Effect.fn("Ledger.add")(function*(
  session: Session,
  ledger: LedgerStore,
  details: Pick<Event, "event"> & Partial<Event>
): Effect.fn.Return<number, DatabaseError> {
  const { host, user } = yield* whoami
  const last = yield* ledger.last(session)
  const now = yield* Effect.clockWith((clock) => clock.currentTimeMillis)
  const number = (last?.number ?? 0) + 1
  yield* ledger.append(
    session,
    seal({
      number,
      at: new Date(now).toISOString(),
      who: `${user}@${host}`,
      version,
      run: number,
      part: null,
      plan: null,
      schema_hash: null,
      reason: null,
      previous: last?.hash ?? "",
      ...details
    })
  )
  return number
})

/**
 * Writes down that a plan begins, or goes on with the run of number `resumes`, in a transaction of its own in which `ready`
 * is held to first: where it fails nothing is written. For a plan without steps, and where the family keeps no ledger, nothing is.
 */
export const begin = Effect.fn("Ledger.begin")(function*<E, R>(
  session: Session,
  plan: Plan,
  resumes: number | undefined,
  ready: Effect.Effect<unknown, E, R>
): Effect.fn.Return<Recorder, E | DatabaseError, R | Dialect> {
  const { ledger } = yield* Dialect
  if (ledger === undefined || plan.steps.length === 0) return silent
  const number = yield* transaction(
    session,
    Effect.andThen(
      ready,
      add(
        session,
        ledger,
        resumes === undefined ? { event: "began", plan: encode(plan) } : { event: "resumed", run: resumes }
      )
    )
  )
  const run = resumes ?? number
  const apart = (details: Pick<Event, "event"> & Partial<Event>) =>
    Effect.ignore(transaction(session, add(session, ledger, { ...details, run })))
  return {
    committed: (part, last, schemaHash) =>
      Effect.flatMap(
        schemaHash,
        (schema_hash) =>
          Effect.asVoid(add(session, ledger, { event: last ? "done" : "committed", run, part, schema_hash }))
      ),
    stopped: (cause) => apart({ event: "stopped", reason: reasonOf(cause) }),
    found: apart(done)
  }
})

/** Writes down that nothing is left to do of a run, because the database has the schema that it leads to. */
export const close = Effect.fn("Ledger.close")(function*(
  database: Database["Service"],
  run: Run
): Effect.fn.Return<void, DatabaseError, Dialect> {
  const { ledger } = yield* Dialect
  if (ledger === undefined) return
  yield* Effect.scoped(
    Effect.flatMap(
      database.session,
      (session) => transaction(session, add(session, ledger, { ...done, run: run.number }))
    )
  )
})
