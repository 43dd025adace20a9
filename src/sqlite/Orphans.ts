/**
 * Rows that refer to nothing: SQLite finds them where all of a table's foreign keys fit the keys that they refer to; elsewhere,
 * joins do.
 */
import * as Effect from "effect/Effect"
import type { Session } from "../engine/Database.ts"
import type { DatabaseError } from "../engine/DatabaseError.ts"
import { column } from "./Answers.ts"
import { foldName, quoteIdentifier, quoteLiteral } from "./sql/Identifier.ts"

/** The tables with foreign keys, and those that they refer to. */
export const references = (
  session: Session
): Effect.Effect<ReadonlyMap<string, ReadonlyArray<string>>, DatabaseError> =>
  Effect.map(
    session.query(
      `SELECT DISTINCT s.name AS child, f."table" AS parent FROM main.sqlite_schema AS s, pragma_foreign_key_list(s.name) AS f
       WHERE s.type = 'table' ORDER BY 1, 2`
    ),
    (rows) => {
      const found = new Map<string, Array<string>>()
      for (const { child, parent } of rows) {
        found.set(String(child), [...found.get(String(child)) ?? [], foldName(String(parent))])
      }
      return found
    }
  )

/** Rows of a table that refer to rows of another which are not there. */
export interface Orphans {
  readonly child: string
  readonly parent: string
  readonly rows: number
}

/** A foreign key that refers to columns that are no key: SQLite lets it be until somebody writes to the table, and checks none of it. */
const isMismatch = ({ message }: DatabaseError): boolean => message.includes("foreign key mismatch")

interface ForeignKey {
  readonly parent: string
  readonly columns: ReadonlyArray<readonly [child: string, parent: string]>
}

/**
 * The foreign keys of a table, with the columns that they refer to: those of the primary key where they name none. Left out are
 * those that refer to no key, of which SQLite asks nothing but an error.
 */
const foreignKeysOf = (session: Session, child: string): Effect.Effect<ReadonlyArray<ForeignKey>, DatabaseError> =>
  Effect.gen(function*() {
    const rows = yield* session.query(
      `SELECT id, "table" AS parent, "from" AS child_column, "to" AS parent_column
       FROM pragma_foreign_key_list(${quoteLiteral(child)}) ORDER BY id, seq`
    )
    const keys: Array<ForeignKey> = []
    for (const columns of Map.groupBy(rows, ({ id }) => String(id)).values()) {
      const parent = String(columns[0]?.["parent"])
      const candidates = yield* keysOf(session, parent)
      const implied = candidates.find(({ isPrimary }) => isPrimary)?.columns ?? []
      const named = columns.flatMap((row) => row["parent_column"] === null ? [] : [String(row["parent_column"])])
      const referred = named.length === 0 ? implied : named
      const isKey = candidates.some((key) =>
        key.columns.length === referred.length &&
        referred.every((column) => key.columns.some((one) => foldName(one) === foldName(column)))
      )
      if (isKey && referred.length === columns.length) {
        keys.push({ parent, columns: columns.map((row, i) => [String(row["child_column"]), referred[i] ?? ""]) })
      }
    }
    return keys
  })

/** The columns of a table that identify a row: its primary key, and each unique index over all rows. */
const keysOf = (
  session: Session,
  table: string
): Effect.Effect<
  ReadonlyArray<{ readonly isPrimary: boolean; readonly columns: ReadonlyArray<string> }>,
  DatabaseError
> =>
  Effect.gen(function*() {
    const name = quoteLiteral(table)
    const primary = yield* column(session, `SELECT name FROM pragma_table_info(${name}) WHERE pk > 0 ORDER BY pk`)
    const indexes = yield* column(
      session,
      `SELECT name FROM pragma_index_list(${name}) WHERE "unique" AND NOT partial AND origin <> 'pk' ORDER BY seq`
    )
    const unique = yield* Effect.forEach(indexes, (index) =>
      column(session, `SELECT name FROM pragma_index_info(${quoteLiteral(index)}) ORDER BY seqno`))
    return [
      ...(primary.length === 0 ? [] : [{ isPrimary: true, columns: primary }]),
      ...unique.map((columns) => ({ isPrimary: false, columns }))
    ]
  })

/** The rows that a foreign key finds nothing for, by a join: for tables that SQLite does not check. */
const unmatched = (child: string, { columns, parent }: ForeignKey): string =>
  `SELECT count(*) AS n FROM main.${quoteIdentifier(child)} AS child LEFT JOIN main.${
    quoteIdentifier(parent)
  } AS parent ON ${
    columns.map(([column, to]) => `parent.${quoteIdentifier(to)} = child.${quoteIdentifier(column)}`).join(" AND ")
  } WHERE ${columns.map(([column]) => `child.${quoteIdentifier(column)} IS NOT NULL`).join(" AND ")} AND parent.${
    quoteIdentifier(columns[0]?.[1] ?? "")
  } IS NULL`

const countedByJoin = (
  session: Session,
  child: string
): Effect.Effect<ReadonlyArray<{ readonly parent: string; readonly n: number }>, DatabaseError> =>
  Effect.flatMap(
    foreignKeysOf(session, child),
    (keys) =>
      Effect.forEach(keys, (key) =>
        Effect.map(session.query(unmatched(child, key)), ([row]) => ({ parent: key.parent, n: Number(row?.["n"]) })))
  )

/** How many rows of tables refer to nothing, by the table and the one that they refer to; of those of which one is `touched`. */
export const orphans = (
  session: Session,
  touched: ReadonlySet<string>
): Effect.Effect<ReadonlyArray<Orphans>, DatabaseError> =>
  Effect.gen(function*() {
    const found = new Map<string, Orphans>()
    for (const [child, parents] of yield* references(session)) {
      if (!touched.has(foldName(child)) && !parents.some((parent) => touched.has(parent))) continue
      const rows = yield* session.query(
        `SELECT parent, count(*) AS n FROM pragma_foreign_key_check(${
          quoteLiteral(child)
        }) GROUP BY parent ORDER BY parent`
      ).pipe(Effect.catchIf(isMismatch, () => countedByJoin(session, child)))
      for (const { n, parent } of rows) {
        const key = JSON.stringify([child, parent])
        if (Number(n) > 0) {
          found.set(key, { child, parent: String(parent), rows: Number(n) + (found.get(key)?.rows ?? 0) })
        }
      }
    }
    return [...found.values()]
  })

/** The rows that refer to nothing and did not before, in sentences. `former` tells what a table was called then. */
export const newOrphans = (
  before: ReadonlyArray<Orphans>,
  after: ReadonlyArray<Orphans>,
  former: (table: string) => string
): ReadonlyArray<string> =>
  after.filter(({ child, parent, rows }) => {
    const was = before.filter((one) => foldName(one.child) === former(child) && foldName(one.parent) === former(parent))
    return was.reduce((sum, one) => sum + one.rows, 0) < rows
  }).map(orphanText)

const orphanText = ({ child, parent, rows }: Orphans): string =>
  `${rows} row${rows === 1 ? "" : "s"} of ${child} refer${
    rows === 1 ? "s" : ""
  } to rows of ${parent} that are not there`
