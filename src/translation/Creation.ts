/**
 * Makes what was translated on an engine of the other family, object by object: what the engine does not take is left out
 * with its reason, and everything else stays.
 */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { Session } from "../engine/Database.ts"
import { DatabaseError } from "../engine/DatabaseError.ts"
import { savepoint } from "../engine/Transaction.ts"
import { leftOut, type Note } from "./Note.ts"

/** A part of an object that the object can be without: a default, a check. */
export interface Part {
  /** In plain words: `default of users.role`. */
  readonly object: string
  /** What to do where it cannot be had. */
  readonly next?: string | undefined
}

/** An object that is to be made. */
export interface Creation extends Part {
  readonly parts: ReadonlyArray<Part>
  /** The script that makes it without some of its parts, and tries what the engine would look at only when it is used. */
  readonly sql: (without: ReadonlySet<Part>) => string
}

/** A translation before an engine has seen it. */
export interface Draft {
  /** What is needed comes first, as far as that is known. */
  readonly creations: ReadonlyArray<Creation>
  readonly notes: ReadonlyArray<Note>
}

/** An object that is one statement, or a script. */
export const creation = (object: string, sql: string, next?: string): Creation => ({
  object,
  next,
  parts: [],
  sql: () => sql
})

class Tried extends Data.TaggedError("Tried")<{}> {}

/** Runs a script; unless it is to `keep`, what it did is undone. Gives the error where it fails. */
const attempt = (session: Session, sql: string, keep: boolean) =>
  savepoint(session, Effect.andThen(session.execute(sql), keep ? Effect.void : Effect.fail(new Tried()))).pipe(
    Effect.result,
    Effect.map((result) =>
      Result.isFailure(result) && result.failure instanceof DatabaseError ? result.failure : undefined
    )
  )

/** The notes of a creation that succeeded, with the parts that had to be left out; its error where it cannot be made at all. */
const makeOne = Effect.fn("Creation.makeOne")(function*(session: Session, { parts, sql }: Creation) {
  const whole = yield* attempt(session, sql(new Set()), true)
  if (whole === undefined) return { _tag: "Made" as const, notes: [] }
  const without = new Set(parts)
  const bare = parts.length === 0 ? whole : yield* attempt(session, sql(without), false)
  if (bare !== undefined) return { _tag: "Failed" as const, error: bare }
  const notes: Array<Note> = []
  for (const part of parts) {
    without.delete(part)
    const error = yield* attempt(session, sql(without), false)
    if (error === undefined) continue
    without.add(part)
    notes.push(leftOut(part.object, reasonOf(error), part.next))
  }
  const error = yield* attempt(session, sql(without), true)
  return error === undefined ? { _tag: "Made" as const, notes } : { _tag: "Failed" as const, error }
})

const sentence = (text: string): string => /[.!?]$/.test(text) ? text : `${text}.`

const reasonOf = ({ message }: DatabaseError): string => sentence(message)

/**
 * Makes everything inside the caller's transaction; what fails is tried again as long as something else succeeds, since it
 * may need that. Gives a note for each object, or part of one, that the engine does not take.
 */
export const make = Effect.fn("Creation.make")(function*(
  session: Session,
  creations: ReadonlyArray<Creation>
): Effect.fn.Return<ReadonlyArray<Note>, DatabaseError> {
  const notes: Array<Note> = []
  for (let left = creations; left.length > 0;) {
    const failures: Array<{ readonly creation: Creation; readonly error: DatabaseError }> = []
    for (const creation of left) {
      const result = yield* makeOne(session, creation)
      if (result._tag === "Made") notes.push(...result.notes)
      else failures.push({ creation, error: result.error })
    }
    if (failures.length === left.length) {
      notes.push(
        ...failures.map(({ creation: { next, object }, error }) => leftOut(object, reasonOf(error), next))
      )
      break
    }
    left = failures.map(({ creation }) => creation)
  }
  return notes
})
