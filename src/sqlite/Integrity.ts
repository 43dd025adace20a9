/**
 * What SQLite lets statements leave behind: rows that refer to nothing (foreign keys are off while a plan runs), views and
 * triggers that name what is gone, statistics of a table that was made anew. Looked at before and after the steps of a plan,
 * so that only what the plan did is held against it.
 */
import * as Effect from "effect/Effect"
import { type Catalog, compareText, type ObjectId } from "../Catalog.ts"
import type { Circumstances, Remedy } from "../Dialect.ts"
import type { Session } from "../engine/Database.ts"
import { DatabaseError } from "../engine/DatabaseError.ts"
import { statementsOf, type Step } from "../Plan.ts"
import { column, fault, isForeign } from "./Answers.ts"
import { formerNames } from "./FormerNames.ts"
import { main, objectId } from "./kinds/names.ts"
import { newOrphans, orphans, references } from "./Orphans.ts"
import { countRows } from "./RowCounts.ts"
import { newlyUnsound, refuseCorrupt, soundness } from "./Soundness.ts"
import { foldName, quoteIdentifier, quoteLiteral } from "./sql/Identifier.ts"
import { isName, lexSignificant, nameOf } from "./sql/Lexer.ts"
import { droppedTable, wordsOf } from "./sql/Words.ts"

type Texts = ReadonlyMap<string, string>

const viewsOf = (session: Session): Effect.Effect<ReadonlyArray<string>, DatabaseError> =>
  column(session, "SELECT name FROM main.sqlite_schema WHERE type = 'view' ORDER BY name")

/** A view that cannot be used, or a table whose triggers on an event cannot. */
interface Unusable {
  readonly relation: string
  readonly event: "SELECT" | "DELETE" | "INSERT" | "UPDATE"
  readonly message: string
}

const unusableText = ({ event, message, relation }: Unusable): string =>
  `${
    event === "SELECT" ? `view ${quoteIdentifier(relation)}` : `the ${event} triggers of ${quoteIdentifier(relation)}`
  } cannot be used any more: ${message}`

/** The views and triggers that cannot be used, with the reason, as far as that counts. */
const unusable = (
  session: Session,
  counts: (message: string) => boolean = (message) => !isForeign(message)
): Effect.Effect<ReadonlyArray<Unusable>, DatabaseError> =>
  Effect.gen(function*() {
    const found: Array<Unusable> = []
    const views = yield* viewsOf(session)
    for (const relation of views) {
      const message = yield* fault(session, `SELECT 1 FROM main.${quoteIdentifier(relation)} LIMIT 0`)
      if (message !== undefined && counts(message)) found.push({ relation, event: "SELECT", message })
    }
    const owners = yield* column(
      session,
      "SELECT DISTINCT tbl_name FROM main.sqlite_schema WHERE type = 'trigger' ORDER BY tbl_name"
    )
    for (const relation of owners) {
      const owner = quoteIdentifier(relation)
      // of a view that cannot be used, there are no columns
      const [first] = yield* Effect.orElseSucceed(
        column(session, `SELECT name FROM pragma_table_xinfo(${quoteLiteral(relation)}) WHERE hidden = 0`),
        (): ReadonlyArray<string> => []
      )
      if (first === undefined) continue
      const statements = [
        ["DELETE", `DELETE FROM main.${owner} WHERE 0`],
        ["INSERT", `INSERT INTO main.${owner} (${quoteIdentifier(first)}) SELECT NULL WHERE 0`],
        ["UPDATE", `UPDATE main.${owner} SET ${quoteIdentifier(first)} = NULL WHERE 0`]
      ] as const
      for (const [event, sql] of statements) {
        const message = yield* fault(session, sql)
        if (message !== undefined && counts(message) && !/cannot modify/.test(message)) {
          found.push({ relation, event, message })
        }
      }
    }
    return found
  })

/** What the columns of the views are called that can be used: where the query does not say, by how it is spelled. */
export const viewColumns = (
  session: Session
): Effect.Effect<ReadonlyMap<ObjectId, ReadonlyArray<string>>, DatabaseError> =>
  Effect.gen(function*() {
    const found = new Map<ObjectId, ReadonlyArray<string>>()
    for (
      const view of yield* viewsOf(session)
    ) {
      const names = column(session, `SELECT name FROM pragma_table_info(${quoteLiteral(view)}) ORDER BY cid`)
      found.set(objectId("view", [main, view]), yield* Effect.orElseSucceed(names, (): ReadonlyArray<string> => []))
    }
    return found
  })

/**
 * The views that cannot be used, also for lack of what the application brings, and the triggers of tables and views that have
 * such ones: all of them, since SQLite fires them in the order in which they were made.
 */
export const inTheWay = (
  session: Session,
  catalog: Catalog
): Effect.Effect<ReadonlySet<ObjectId>, DatabaseError> =>
  Effect.map(unusable(session, () => true), (found) => {
    const of = (kind: "view" | "trigger"): ReadonlySet<string> =>
      new Set(
        found.filter(({ event }) => (event === "SELECT") === (kind === "view")).map(({ relation }) =>
          foldName(relation)
        )
      )
    const [views, owners] = [of("view"), of("trigger")]
    return new Set(
      [...catalog.objects.values()].filter(({ kind, name, state }) =>
        kind === "view" && views.has(foldName(name.at(-1) ?? "")) ||
        kind === "trigger" && owners.has(foldName(String(state["table"])))
      ).map(({ id }) => id)
    )
  })

/** The full-text indexes over tables of others that steps may have touched, each with the statement that holds it against its table. */
const fullTextIndexes = (
  session: Session,
  touched: ReadonlySet<string>
): Effect.Effect<ReadonlyArray<readonly [table: string, check: string]>, DatabaseError> =>
  Effect.map(
    session.query(
      "SELECT name, sql FROM main.sqlite_schema WHERE type = 'table' AND sql LIKE 'CREATE VIRTUAL%' ORDER BY name"
    ),
    (rows) =>
      rows.flatMap(({ name, sql }) => {
        const [, version, content] =
          /\busing\s+fts([345])\b[^]*\bcontent\s*=\s*["'`[]?([^"'`\],)\s]+)/i.exec(String(sql)) ?? []
        if (content === undefined || !touched.has(foldName(content))) return []
        const table = quoteIdentifier(String(name))
        return [[
          table,
          version === "5"
            ? `INSERT INTO main.${table}(${table}, rank) VALUES ('integrity-check', 1)`
            : `INSERT INTO main.${table}(${table}) VALUES ('integrity-check')`
        ]]
      })
  )

/** Full-text indexes that do not fit the rows of their table (SQLite, "FTS5 Extension", 6.4, and "FTS3 and FTS4", 8.3), each with the reason. */
const unfitting = (
  session: Session,
  touched: ReadonlySet<string>
): Effect.Effect<Texts, DatabaseError> =>
  Effect.gen(function*() {
    const found = new Map<string, string>()
    for (const [table, check] of yield* fullTextIndexes(session, touched)) {
      const message = yield* fault(session, check)
      if (message === undefined || isForeign(message)) continue
      // the code for it is that of a damaged file
      found.set(table, message.includes("the file is damaged") ? "its entries are not those of the rows" : message)
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

/** The tables that steps drop although others refer to them, where that would delete rows of those. */
const forbidden = (
  session: Session,
  steps: ReadonlyArray<Step>
): Effect.Effect<ReadonlyArray<string>, DatabaseError> =>
  session.foreignKeysForced !== true ? Effect.succeed([]) : Effect.map(references(session), (found) => {
    const referenced = new Set([...found.values()].flat())
    return steps.flatMap(statementsOf).flatMap((sql) => {
      const name = droppedTable(wordsOf(sql))
      return name !== undefined && referenced.has(foldName(name)) ? [name] : []
    })
  })

/**
 * Looks at the database before steps; what it gives looks at it after them, and says what they broke. Steps that undo others
 * may break again what these had mended: views and triggers as they were. On a shadow, rows are there alone that the steps
 * themselves have made, so that those to which they refer are for the target to say.
 */
export const guard = Effect.fn("Integrity.guard")(function*(
  session: Session,
  steps: ReadonlyArray<Step>,
  { onShadow = false, restores = false }: Circumstances = {}
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
  const former = formerNames(steps)
  const isTouched = (table: string): boolean => touched.has(foldName(table))
  const soundBefore = yield* soundness(session, isTouched)
  yield* refuseCorrupt(soundBefore)
  const [unusableBefore, orphansBefore] = [yield* unusable(session), yield* orphans(session, touched)]
  const unfitBefore = yield* unfitting(session, touched)
  const fewer = yield* countRows(session, steps, former)
  const analyzed = yield* statistics(session)
  return Effect.gen(function*() {
    const problems: Array<string> = []
    for (const found of restores ? [] : yield* unusable(session)) {
      const was = unusableBefore.some(({ event, relation }) =>
        event === found.event && foldName(relation) === former(found.relation)
      )
      if (!was) problems.push(unusableText(found))
    }
    for (const [table, message] of yield* unfitting(session, touched)) {
      if (unfitBefore.has(table)) continue
      problems.push(
        `the full-text index ${table} does not fit its table any more: ${message}. Drop it in this plan, and make and fill it anew in the next`
      )
    }
    if (!onShadow) problems.push(...newOrphans(orphansBefore, yield* orphans(session, touched), former))
    problems.push(...yield* fewer)
    problems.push(...newlyUnsound(soundBefore, yield* soundness(session, isTouched), former))
    // a table that is made anew has no statistics, and the planner of queries goes by guesses
    const left = new Set(yield* statistics(session))
    const tables = yield* column(session, "SELECT name FROM main.sqlite_schema WHERE type = 'table' ORDER BY name")
    for (const name of analyzed.filter((name) => !left.has(name) && tables.includes(name)).toSorted(compareText)) {
      yield* session.execute(`ANALYZE main.${quoteIdentifier(name)}`)
    }
    return problems
  })
})

/** What to do where SQLite renames nothing because of a view or a trigger (SQLite, "ALTER TABLE", 2 and 3). */
export const remedy = ({ message }: DatabaseError): Remedy | undefined => {
  const [, kind, name, after] = /^error in (view|trigger) (.+?)( after rename)?: /.exec(message) ?? []
  if (kind === undefined || name === undefined) return undefined
  return after === undefined ? { _tag: "SetAside" } : { _tag: "DropFirst", object: objectId(kind, [main, name]) }
}
