/** What steps do to tables that are there already: those that have another root page afterwards were written anew. */
import * as Effect from "effect/Effect"
import type { Observation, Observer } from "../Dialect.ts"
import type { Session } from "../engine/Database.ts"
import type { DatabaseError } from "../engine/DatabaseError.ts"
import { statementsOf } from "../Plan.ts"
import { mentions } from "../text/Words.ts"

const rootPages = (session: Session): Effect.Effect<ReadonlyMap<string, string>, DatabaseError> =>
  Effect.map(
    session.query("SELECT name, rootpage FROM main.sqlite_schema WHERE type = 'table' ORDER BY name"),
    (rows) => new Map(rows.map(({ name, rootpage }) => [String(name), String(rootpage)]))
  )

/** Whoever writes holds this from the first step to the commit (SQLite, "File Locking And Concurrency", 3). */
const reserved: Observation["locks"] = [{ relation: "main", mode: "RESERVED", blocks: ["write"] }]

/** Watches a session that runs the steps of a plan. */
export const observe = (session: Session): Effect.Effect<Observer, DatabaseError> =>
  Effect.map(rootPages(session), (start) => {
    let before = start
    let holds = false
    const mentioned = mentions(start.keys())
    return {
      named: (step) => holds ? mentioned(statementsOf(step), step) : ["main"],
      next: Effect.map(rootPages(session), (after): Observation => {
        const rewrites = [...after].flatMap(([name, page]) => {
          const was = before.get(name)
          return was === undefined || was === page ? [] : [name]
        })
        before = after
        const locks = holds ? [] : reserved
        holds = true
        return { locks, rewrites, scans: [] }
      }),
      committed: Effect.sync(() => {
        holds = false
      })
    }
  })
