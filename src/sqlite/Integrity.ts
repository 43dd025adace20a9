/**
 * What SQLite lets statements leave behind: rows that refer to nothing (foreign keys are off while a plan runs), views and
 * triggers that name what is gone, statistics of a table that was made anew. Looked at before and after the steps of a plan,
 * so that only what the plan did is held against it.
 */
import * as Effect from "effect/Effect"
import { compareText } from "../Catalog.ts"
import type { Session } from "../engine/Database.ts"
import { DatabaseError } from "../engine/DatabaseError.ts"
import { statementsOf, type Step } from "../Plan.ts"
import { foldName, quoteIdentifier, quoteLiteral } from "./sql/Identifier.ts"
import { isName, lexSignificant, nameOf } from "./sql/Lexer.ts"

type Texts = ReadonlyMap<string, string>

const column = (session: Session, sql: string): Effect.Effect<ReadonlyArray<string>, DatabaseError> =>
  Effect.map(session.query(sql), (rows) => rows.map((row) => String(Object.values(row)[0])))

/**
 * What SQLite finds wrong with a statement that has no rows to work on; undefined where that is nothing. (An EXPLAIN would
 * do, but it counts as running until its memory is collected, and no table can be dropped so long.)
 */
const fault = (session: Session, sql: string): Effect.Effect<string | undefined> =>
  session.query(sql).pipe(Effect.as(undefined), Effect.catch(({ message }) => Effect.succeed(message)))

/** A function or module that only the application brings is no fault of the schema. */
const isForeign = (message: string): boolean => /no such (function|module|collation sequence)/i.test(message)

/** The views and triggers that cannot be used, by what they are, with the reason. */
const broken = (session: Session): Effect.Effect<Texts, DatabaseError> =>
  Effect.gen(function*() {
    const found = new Map<string, string>()
    const views = yield* column(session, "SELECT name FROM main.sqlite_schema WHERE type = 'view' ORDER BY name")
    for (const name of views) {
      const message = yield* fault(session, `SELECT 1 FROM main.${quoteIdentifier(name)} LIMIT 0`)
      if (message !== undefined && !isForeign(message)) found.set(`view ${quoteIdentifier(name)}`, message)
    }
    const owners = yield* column(
      session,
      "SELECT DISTINCT tbl_name FROM main.sqlite_schema WHERE type = 'trigger' ORDER BY tbl_name"
    )
    for (const name of owners) {
      const owner = quoteIdentifier(name)
      const [first] = yield* column(
        session,
        `SELECT name FROM pragma_table_xinfo(${quoteLiteral(name)}) WHERE hidden = 0`
      )
      if (first === undefined) continue
      const statements = [
        ["DELETE", `DELETE FROM main.${owner} WHERE 0`],
        ["INSERT", `INSERT INTO main.${owner} (${quoteIdentifier(first)}) SELECT NULL WHERE 0`],
        ["UPDATE", `UPDATE main.${owner} SET ${quoteIdentifier(first)} = NULL WHERE 0`]
      ] as const
      for (const [event, sql] of statements) {
        const message = yield* fault(session, sql)
        if (message !== undefined && !isForeign(message) && !/cannot modify/.test(message)) {
          found.set(`the ${event} triggers of ${owner}`, message)
        }
      }
    }
    return found
  })

/** The full-text indexes over tables of others that steps may have touched, by the text that created them. */
const fullTextIndexes = (
  session: Session,
  touched: ReadonlySet<string>
): Effect.Effect<ReadonlyArray<string>, DatabaseError> =>
  Effect.map(
    session.query(
      "SELECT name, sql FROM main.sqlite_schema WHERE type = 'table' AND sql LIKE 'CREATE VIRTUAL%' ORDER BY name"
    ),
    (rows) =>
      rows.flatMap(({ name, sql }) => {
        const content = /\busing\s+fts5\b[^]*\bcontent\s*=\s*["'`[]?([^"'`\],)\s]+)/i.exec(String(sql))?.[1]
        return content !== undefined && touched.has(foldName(content)) ? [String(name)] : []
      })
  )

/** Full-text indexes that do not fit the rows of their table (SQLite, "FTS5 Extension", 6.4), each with the reason. */
const unfitting = (
  session: Session,
  touched: ReadonlySet<string>
): Effect.Effect<Texts, DatabaseError> =>
  Effect.gen(function*() {
    const found = new Map<string, string>()
    for (const name of yield* fullTextIndexes(session, touched)) {
      const table = quoteIdentifier(name)
      const message = yield* fault(
        session,
        `INSERT INTO main.${table}(${table}, rank) VALUES ('integrity-check', 1)`
      )
      if (message !== undefined && !isForeign(message)) found.set(table, message)
    }
    return found
  })

/** The tables with foreign keys, and those that they refer to. */
const references = (session: Session): Effect.Effect<ReadonlyMap<string, ReadonlyArray<string>>, DatabaseError> =>
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
interface Orphans {
  readonly child: string
  readonly parent: string
  readonly rows: number
}

/** A foreign key that refers to columns that are no key: SQLite lets it be until somebody writes to the table, and checks none of it. */
const isMismatch = ({ message }: DatabaseError): boolean => message.includes("foreign key mismatch")

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

interface ForeignKey {
  readonly parent: string
  readonly columns: ReadonlyArray<readonly [child: string, parent: string]>
}

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

/** How many rows of each table refer to nothing, by the table and the one that they refer to. */
const orphans = (
  session: Session,
  touched: ReadonlySet<string>
): Effect.Effect<ReadonlyMap<string, Orphans>, DatabaseError> =>
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
    return found
  })

/** The names that steps name: tables among them are those that they may have touched. */
const namesIn = (steps: ReadonlyArray<Step>): ReadonlySet<string> =>
  new Set(steps.flatMap(statementsOf).flatMap((sql) => lexSignificant(sql).filter(isName).map(nameOf)).map(foldName))

const statistics = (session: Session): Effect.Effect<ReadonlyArray<string>, DatabaseError> =>
  Effect.gen(function*() {
    const there = yield* session.query("SELECT 1 FROM main.sqlite_schema WHERE name = 'sqlite_stat1'")
    return there.length === 0 ? [] : yield* column(session, "SELECT DISTINCT tbl FROM main.sqlite_stat1 ORDER BY tbl")
  })

const orphanText = ({ child, parent, rows }: Orphans): string =>
  `${rows} row${rows === 1 ? "" : "s"} of ${child} refer${
    rows === 1 ? "s" : ""
  } to rows of ${parent} that are not there`

/** The tables that steps drop although others refer to them, where that would delete rows of those. */
const forbidden = (
  session: Session,
  steps: ReadonlyArray<Step>
): Effect.Effect<ReadonlyArray<string>, DatabaseError> =>
  session.foreignKeysForced !== true ? Effect.succeed([]) : Effect.map(references(session), (found) => {
    const referenced = new Set([...found.values()].flat())
    return steps.flatMap(statementsOf).flatMap((sql) => {
      const [drop, table, name] = lexSignificant(sql)
      return drop?.word === "DROP" && table?.word === "TABLE" && name !== undefined &&
          referenced.has(foldName(nameOf(name)))
        ? [nameOf(name)]
        : []
    })
  })

/** Looks at the database before steps; what it gives looks at it after them, and says what they broke. */
export const guard = Effect.fn("Integrity.guard")(function*(
  session: Session,
  steps: ReadonlyArray<Step>
): Effect.fn.Return<Effect.Effect<ReadonlyArray<string>, DatabaseError>, DatabaseError> {
  const [refused] = yield* forbidden(session, steps)
  if (refused !== undefined) {
    return yield* new DatabaseError({
      code: "LP_FOREIGN_KEYS",
      message:
        `The table ${refused} cannot be dropped or made anew here: other tables refer to it, and this database does not let foreign keys be switched off, so that their rows would go with it.`,
      hint:
        "Nothing was changed. Drop the foreign keys that refer to it first, or change the table where they can be switched off."
    })
  }
  const touched = namesIn(steps)
  const [brokenBefore, orphansBefore] = [yield* broken(session), yield* orphans(session, touched)]
  const unfitBefore = yield* unfitting(session, touched)
  const analyzed = yield* statistics(session)
  return Effect.gen(function*() {
    const problems: Array<string> = []
    for (const [what, message] of yield* broken(session)) {
      if (!brokenBefore.has(what)) problems.push(`${what} cannot be used any more: ${message}`)
    }
    for (const [table, message] of yield* unfitting(session, touched)) {
      if (unfitBefore.has(table)) continue
      problems.push(
        `the full-text index ${table} does not fit its table any more: ${message}. Drop it in this plan, and make and fill it anew in the next`
      )
    }
    for (const [key, found] of yield* orphans(session, touched)) {
      if ((orphansBefore.get(key)?.rows ?? 0) < found.rows) problems.push(orphanText(found))
    }
    const tables = yield* column(
      session,
      "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND rootpage > 0 ORDER BY name"
    )
    for (const name of tables.filter((name) => touched.has(foldName(name)))) {
      const [verdict, ...more] = yield* column(session, `PRAGMA main.quick_check(${quoteIdentifier(name)})`)
      if (verdict !== "ok") problems.push(...[verdict ?? "", ...more].slice(0, 5).map((text) => `${name}: ${text}`))
    }
    // a table that is made anew has no statistics, and the planner of queries goes by guesses
    const left = new Set(yield* statistics(session))
    for (const name of analyzed.filter((name) => !left.has(name) && tables.includes(name)).toSorted(compareText)) {
      yield* session.execute(`ANALYZE main.${quoteIdentifier(name)}`)
    }
    return problems
  })
})
