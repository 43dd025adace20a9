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
import { displayName, main, objectId, text } from "./kinds/names.ts"
import { isColumn } from "./kinds/table/state.ts"
import { foldName, quoteIdentifier, quoteLiteral } from "./sql/Identifier.ts"
import { quotedStrings } from "./sql/Parser.ts"
import { droppedTable, looksAround, nameAt, placeOfName, says, type Words, wordsOf } from "./sql/Words.ts"

/** The tables and indexes of a database with such strings, each with the strings. */
const holders = (session: Session) =>
  Effect.map(introspect(session), (catalog) => {
    const parts = partsIndex(catalog)
    return [...catalog.objects.values()].flatMap((object) => {
      if (object.kind !== "table" && object.kind !== "index") return []
      const columns = (parts.get(object.parent ?? "") ?? []).filter(isColumn)
      const strings = quotedStrings(text(object) ?? "", new Set(columns.map(({ name }) => foldName(name.at(-1) ?? ""))))
      return strings.length === 0 ? [] : [{ object, strings }]
    })
  })

/** The table that gets a column, and its name; undefined for all other statements. */
const addedColumn = (tokens: Words): readonly [table: string, column: string] | undefined => {
  const at = placeOfName(tokens, 2) + 1
  return says(tokens, 0, "ALTER", "TABLE") && says(tokens, at, "ADD")
    ? [nameAt(tokens, 2), nameAt(tokens, at + (says(tokens, at + 1, "COLUMN") ? 2 : 1))]
    : undefined
}

const wayOut =
  "Let the sqlite3 of your system write such strings in single quotes: give any column another name there, and its own again (ALTER TABLE … RENAME COLUMN)."

/** Why a plan would fail at a rename, or a new column would be taken for a string; nothing where all such strings go before it. */
export const quoteObstacles = Effect.fn("DoubleQuotes.quoteObstacles")(function*(
  session: Session,
  plan: Plan
): Effect.fn.Return<ReadonlyArray<Obstacle>, DatabaseError> {
  const statements = plan.steps.flatMap(statementsOf).map(wordsOf)
  if (!statements.some((tokens) => looksAround(tokens) || addedColumn(tokens) !== undefined)) return []
  let left = yield* holders(session)
  const found: Array<Obstacle> = []
  for (const tokens of statements) {
    const table = droppedTable(tokens)
    const gone = table !== undefined
      ? objectId("table", [main, table])
      : says(tokens, 0, "DROP", "INDEX")
      ? objectId("index", [main, nameAt(tokens, 2)])
      : undefined
    left = left.filter(({ object: { id, parent } }) => id !== gone && (gone === undefined || parent !== gone))
    const [owner, column] = addedColumn(tokens) ?? []
    if (owner !== undefined && column !== undefined) {
      const of = objectId("table", [main, owner])
      found.push(
        ...left.filter(({ object: { id, parent }, strings }) =>
          (id === of || parent === of) && strings.some((string) => foldName(string) === foldName(column))
        ).map(({ object }) => ({
          problem: `${object.kind} ${displayName(object)} has the string ${
            quoteLiteral(column)
          } in double quotes in its definition, which would mean the column ${quoteIdentifier(column)} as soon as ${
            quoteIdentifier(owner)
          } has it`,
          next: wayOut
        }))
      )
    }
    if (!looksAround(tokens)) continue
    found.push(...left.map(({ object }) => ({
      problem: `${object.kind} ${
        displayName(object)
      } has a string in double quotes in its definition, and SQLite as Lockplane has it renames nothing so long`,
      next: wayOut
    })))
    return found
  }
  return found
})
