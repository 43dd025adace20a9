/**
 * Strings in double quotes: SQLite as most systems have it takes them in definitions, and the one that comes with Lockplane
 * renames nothing while a table or an index has one (SQLite, "Double-quoted String Literals Are Accepted").
 */
import * as Effect from "effect/Effect"
import { partsIndex } from "../Catalog.ts"
import type { Obstacle } from "../Dialect.ts"
import type { Session } from "../engine/Database.ts"
import type { DatabaseError } from "../engine/DatabaseError.ts"
import { type Plan, statementsOf } from "../Plan.ts"
import { introspect } from "./Introspection.ts"
import { displayName, objectId, text } from "./kinds/names.ts"
import { isColumn } from "./kinds/table/state.ts"
import { foldName } from "./sql/Identifier.ts"
import { withPlainStrings } from "./sql/Parser.ts"
import { droppedTable, nameAt, says, type Words, wordsOf } from "./sql/Words.ts"

/** The tables and indexes of a database with such strings, each with the table that it goes with. */
const holders = (session: Session) =>
  Effect.map(introspect(session), (catalog) => {
    const parts = partsIndex(catalog)
    return [...catalog.objects.values()].filter((object) => {
      if (object.kind !== "table" && object.kind !== "index") return false
      const columns = (parts.get(object.parent ?? "") ?? []).filter(isColumn)
      const sql = text(object) ?? ""
      return withPlainStrings(sql, new Set(columns.map(({ name }) => foldName(name.at(-1) ?? "")))) !== sql
    })
  })

/** Whether SQLite looks at the whole schema for a statement (SQLite, "ALTER TABLE", 2, 3 and 5). */
const looksAround = (tokens: Words): boolean =>
  says(tokens, 0, "ALTER", "TABLE") && tokens.some(({ word }) => word === "RENAME" || word === "DROP")

/** Why a plan would fail at a rename; nothing where all such strings go before it. */
export const quoteObstacles = Effect.fn("DoubleQuotes.quoteObstacles")(function*(
  session: Session,
  plan: Plan
): Effect.fn.Return<ReadonlyArray<Obstacle>, DatabaseError> {
  const statements = plan.steps.flatMap(statementsOf).map(wordsOf)
  if (!statements.some(looksAround)) return []
  let left = yield* holders(session)
  for (const tokens of statements) {
    const table = droppedTable(tokens)
    const gone = table !== undefined
      ? objectId("table", ["main", table])
      : says(tokens, 0, "DROP", "INDEX")
      ? objectId("index", ["main", nameAt(tokens, 2)])
      : undefined
    left = left.filter(({ id, parent }) => id !== gone && (gone === undefined || parent !== gone))
    if (!looksAround(tokens)) continue
    return left.map((object) => ({
      problem: `${object.kind} ${
        displayName(object)
      } has a string in double quotes in its definition, and SQLite as Lockplane has it renames nothing so long`,
      next:
        "Let the sqlite3 of your system write such strings in single quotes: give any column another name there, and its own again (ALTER TABLE … RENAME COLUMN). Nothing was changed."
    }))
  }
  return []
})
