/**
 * The entries of a ledger: what Lockplane did to a database, one event each, written down in the database itself. Each entry
 * holds the hash of the one before it, so that one that was changed or taken out later shows.
 */
import * as Schema from "effect/Schema"
import * as Struct from "effect/Struct"
import { sha256Hex } from "./Digest.ts"

/** What an entry is about; `hash` comes with {@link seal}. */
export const Event = Schema.Struct({
  /** Counts from 1. */
  number: Schema.Int,
  /** ISO 8601, UTC. */
  at: Schema.String,
  /** The user and the machine, `user@host`. */
  who: Schema.String,
  /** The version of Lockplane. */
  version: Schema.String,
  /**
   * A plan is about to run (`began`) or to go on (`resumed`); a transaction that was not its last was committed
   * (`committed`), or the last one (`done`): these two are written in the transaction that they tell of; `done` without a
   * `part` says that the database was found to have the schema already. `stopped`: the plan failed or was interrupted.
   */
  event: Schema.Literals(["began", "resumed", "committed", "done", "stopped"]),
  /** The number of the entry with which this run of a plan began. */
  run: Schema.Int,
  /** The transaction of the plan that was committed. */
  part: Schema.NullOr(Schema.Int),
  /** The plan as JSON, of `began`. */
  plan: Schema.NullOr(Schema.String),
  /** Of `committed` and `done`: the hash of the schema that was committed. */
  schema_hash: Schema.NullOr(Schema.String),
  /** Of `stopped`: what was said of it. */
  reason: Schema.NullOr(Schema.String),
  /** The hash of the entry before; empty for the first. */
  previous: Schema.String
})
/** What an entry is about. */
export type Event = typeof Event.Type

/** One entry of a ledger. */
export const Entry = Schema.Struct({ ...Event.fields, hash: Schema.String })
/** One entry of a ledger. */
export type Entry = typeof Entry.Type

const fields = Struct.keys(Event.fields)

const hashOf = (event: Event): string => sha256Hex(JSON.stringify(fields.map((field) => event[field])))

/** The event with its hash. */
export const seal = (event: Event): Entry => ({ ...event, hash: hashOf(event) })

/** The number of the first entry that is not what was written, or does not follow the one before it; undefined where all fit. */
export const brokenAt = (entries: ReadonlyArray<Entry>): number | undefined =>
  entries.find((entry, i) =>
    entry.hash !== hashOf(entry) || entry.number !== i + 1 || entry.previous !== (entries[i - 1]?.hash ?? "")
  )?.number

/** One run of a plan, by its entries. */
export interface Run {
  readonly number: number
  readonly began: Entry
  /** The entry that says last how it stands. */
  readonly last: Entry
  /** The last transaction that was committed, and the hash of the schema then; undefined where none was. */
  readonly committed: { readonly part: number; readonly schemaHash: string | null } | undefined
  /** `open`: nothing says that it ended; it goes on at this moment, or what ran it is gone. */
  readonly state: "done" | "stopped" | "open"
}

const stateOf = ({ event }: Entry): Run["state"] => event === "done" || event === "stopped" ? event : "open"

/** The runs that entries tell of, in the order in which they began. */
export const runsOf = (entries: ReadonlyArray<Entry>): ReadonlyArray<Run> =>
  [...Map.groupBy(entries, ({ run }) => run)].flatMap(([number, events]) => {
    const [began] = events
    const last = events.at(-1)
    if (began === undefined || last === undefined) return []
    const commit = events.findLast(({ part }) => part !== null)
    return [{
      number,
      began,
      last,
      committed: commit === undefined || commit.part === null
        ? undefined
        : { part: commit.part, schemaHash: commit.schema_hash },
      state: stateOf(last)
    }]
  })
