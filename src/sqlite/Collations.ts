/** Collations that only the application has: SQLite renames nothing while an index is sorted by one that it does not know. */
import * as Effect from "effect/Effect"
import type { Obstacle } from "../Dialect.ts"
import type { Session } from "../engine/Database.ts"
import { type Plan, statementsOf } from "../Plan.ts"
import { quoteIdentifier } from "./sql/Identifier.ts"
import { looksAround, nameAt, says, wordsOf } from "./sql/Words.ts"

const unknown = `
  SELECT DISTINCT i.name AS name, x.coll AS collation FROM main.sqlite_schema AS i, pragma_index_xinfo(i.name) AS x
  WHERE i.type = 'index' AND i.sql IS NOT NULL AND x.coll COLLATE NOCASE NOT IN (SELECT name FROM pragma_collation_list)
  ORDER BY 1`

/** Why a plan would fail at a rename: the indexes that are still there by then. */
export const collationObstacles = Effect.fn("Collations.collationObstacles")(function*(
  session: Session,
  plan: Plan
): Effect.fn.Return<ReadonlyArray<Obstacle>> {
  const statements = plan.steps.flatMap(statementsOf).map(wordsOf)
  const first = statements.findIndex(looksAround)
  if (first < 0) return []
  const dropped = new Set(
    statements.slice(0, first).flatMap((tokens) => says(tokens, 0, "DROP", "INDEX") ? [nameAt(tokens, 2)] : [])
  )
  // a server that lists no collations says so when the plan runs
  const found = yield* Effect.orElseSucceed(session.query(unknown), () => [])
  return found.filter(({ name }) => !dropped.has(String(name))).map(({ collation, name }) => ({
    problem: `index ${quoteIdentifier(String(name))} is sorted by ${
      quoteIdentifier(String(collation))
    }, a collation that only the application has, and SQLite renames nothing here so long`,
    next:
      "Drop such indexes before the plan, with the sqlite3 of your system or in the application, and let the application make them again behind it."
  }))
})
