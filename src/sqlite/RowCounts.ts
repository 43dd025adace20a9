/**
 * How many rows tables have before steps and after them: whatever the text of a plan does not show, rows that are gone do. Counted
 * are the tables alone that the steps can touch, and none where they write no rows.
 */
import * as Effect from "effect/Effect"
import type { Session } from "../engine/Database.ts"
import type { DatabaseError } from "../engine/DatabaseError.ts"
import { statementsOf, type Step } from "../Plan.ts"
import { column, isForeign } from "./Answers.ts"
import { tablesWithLosses } from "./Losses.ts"
import { isOutsideSchema } from "./sql/Creations.ts"
import { foldName, quoteIdentifier } from "./sql/Identifier.ts"
import { droppedTable, renamedTable, wordsOf } from "./sql/Words.ts"
import { namesOf, type Trigger, triggerOf } from "./Triggers.ts"
import { writeOf } from "./Writes.ts"

/** The rows of tables, by their names. */
type Counts = ReadonlyMap<string, number>

const written = (steps: ReadonlyArray<Step>): ReadonlySet<string> =>
  new Set(
    steps.flatMap(statementsOf).map(wordsOf)
      .flatMap((tokens) => droppedTable(tokens) ?? writeOf(tokens)?.table ?? []).map(foldName)
  )

/** What steps can touch that write to some tables: these under all their names, and what triggers on them name. */
const reached = (
  steps: ReadonlyArray<Step>,
  from: ReadonlySet<string>,
  triggers: ReadonlyArray<Trigger>
): ReadonlySet<string> => {
  const renames = steps.flatMap(statementsOf).flatMap((sql) => {
    const pair = renamedTable(wordsOf(sql))
    return pair === undefined ? [] : [pair.map(foldName)]
  })
  const found = new Set(from)
  for (let size = -1; size < found.size;) {
    size = found.size
    const next = [
      ...renames.filter((pair) => pair.some((name) => found.has(name))).flat(),
      ...triggers.filter(({ table }) => found.has(table)).flatMap(namesOf)
    ]
    for (const name of next) found.add(name)
  }
  return found
}

/** Ordinary tables: not those of modules, nor SQLite's own and Lockplane's. */
const tablesOf = (session: Session): Effect.Effect<ReadonlyArray<string>, DatabaseError> =>
  Effect.map(
    column(session, "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' ORDER BY name"),
    (names) => names.filter((name) => !isOutsideSchema(name))
  )

const count = (session: Session, tables: ReadonlyArray<string>): Effect.Effect<Counts, DatabaseError> =>
  Effect.map(
    Effect.forEach(tables, (name) =>
      column(session, `SELECT count(*) FROM main.${quoteIdentifier(name)}`).pipe(
        Effect.map((found) => found.map((rows) => [name, Number(rows)] as const)),
        // an index with a collation that the application alone has
        Effect.catchIf(({ message }) => isForeign(message), () => Effect.succeed([]))
      )),
    (counts) => new Map(counts.flat())
  )

/**
 * Counts rows before steps. What it gives counts again after them, and tells in sentences which tables have fewer, though the
 * steps neither say nor declare that they lose any. `former` tells what a table was called before.
 */
export const countRows = Effect.fn("RowCounts.countRows")(function*(
  session: Session,
  steps: ReadonlyArray<Step>,
  former: (table: string) => string
): Effect.fn.Return<Effect.Effect<ReadonlyArray<string>, DatabaseError>, DatabaseError> {
  const from = written(steps)
  if (from.size === 0) return Effect.succeed([])
  const texts = yield* column(session, "SELECT sql FROM main.sqlite_schema WHERE type = 'trigger' ORDER BY rowid")
  const there = texts.map(triggerOf)
  const known = there.filter((trigger) => trigger !== undefined)
  const made = steps.flatMap(statementsOf).flatMap((sql) => triggerOf(sql) ?? [])
  // whoever cannot be read may do anything, and so do foreign keys that cannot be switched off
  const isAll = known.length < there.length || session.foreignKeysForced === true
  const touched = reached(steps, from, [...known, ...made])
  const isTouched = (table: string): boolean => isAll || touched.has(foldName(table))
  const asked = (yield* tablesOf(session)).filter(isTouched)
  if (asked.length === 0) return Effect.succeed([])
  const definitions = (yield* session.query("SELECT name, sql FROM main.sqlite_schema WHERE type = 'table'"))
    .flatMap(({ name, sql }) => isTouched(String(name)) ? [String(sql)] : [])
  const losing = new Set([...tablesWithLosses(steps, definitions, known)].flatMap((name) => [name, former(name)]))
  const before = yield* count(session, asked.filter((name) => !losing.has(foldName(name))))
  const names = new Set([...before.keys()].map(foldName))
  return Effect.gen(function*() {
    const after = yield* count(session, (yield* tablesOf(session)).filter((name) => names.has(former(name))))
    return [...before].flatMap(([name, was]) => {
      // a new table may have taken the name of one that was renamed
      const [most] = [...after].filter(([now]) => former(now) === foldName(name)).toSorted(([, a], [, b]) => b - a)
      if (most === undefined || most[1] >= was) return []
      const [now, rows] = most
      return [`${now} has ${rows} row${rows === 1 ? "" : "s"} after the plan and had ${was} before, which no step says`]
    })
  })
})
