/**
 * What SQLite's own check finds in tables (SQLite, "PRAGMA quick_check"): rows that break rules, which can be there because
 * checks were off when they were written, or because a rule came without looking at them; and pages that cannot be read.
 */
import * as Effect from "effect/Effect"
import type { Session } from "../engine/Database.ts"
import { DatabaseError } from "../engine/DatabaseError.ts"
import { column, isForeign } from "./Answers.ts"
import { foldName, quoteIdentifier } from "./sql/Identifier.ts"

/** What was found in tables: for each, in lower case, the findings and how often each was made. */
export interface Soundness {
  /** Findings about rows, by the rule that they break. */
  readonly rows: ReadonlyMap<string, ReadonlyMap<string, number>>
  /** Everything else: what the file itself is broken by. */
  readonly corrupt: ReadonlyArray<string>
}

/** The rule that a finding about a row names: `NULL value`, `CHECK constraint failed`, and those of STRICT tables. */
const broken = /^(CHECK constraint failed|(?:NULL|NUMERIC|TEXT|non-\S+) value) in /

const isCorrupt = ({ code }: DatabaseError): boolean => /^SQLITE_(CORRUPT|NOTADB)/.test(code)

/** The rows of tables, of those that SQLite stores itself. SQLite counts no further than to a hundred findings a table. */
export const soundness = (
  session: Session,
  isAsked: (table: string) => boolean
): Effect.Effect<Soundness, DatabaseError> =>
  Effect.gen(function*() {
    const tables = yield* column(
      session,
      "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND rootpage > 0 ORDER BY name"
    )
    // with that, checks are left out of the check too; not every server knows it
    yield* Effect.ignore(session.execute("PRAGMA ignore_check_constraints = OFF"))
    const rows = new Map<string, Map<string, number>>()
    const corrupt: Array<string> = []
    for (const name of tables.filter(isAsked)) {
      const verdict = yield* column(session, `PRAGMA main.quick_check(${quoteIdentifier(name)})`).pipe(
        Effect.catchIf(({ message }) => isForeign(message), () => Effect.succeed(["ok"])),
        Effect.catchIf(isCorrupt, () => Effect.succeed(["its pages cannot be read"]))
      )
      const found = new Map<string, number>()
      for (const finding of verdict.filter((text) => text !== "ok")) {
        const rule = broken.exec(finding)?.[1]
        if (rule === undefined) corrupt.push(`${name}: ${finding.replaceAll(/\*\*\*[^*]*\*\*\*|\s+/g, " ").trim()}`)
        else found.set(rule, (found.get(rule) ?? 0) + 1)
      }
      if (found.size > 0) rows.set(foldName(name), found)
    }
    return { rows, corrupt }
  })

const sentence = (table: string, rule: string, now: number, before: number): string =>
  `${table}: ${rule} in ${now} row${now === 1 ? "" : "s"}${before === 0 ? "" : `, and in ${before} before the plan`}`

/** What is wrong and was not before, in sentences. `former` tells what a table was called then. */
export const newlyUnsound = (
  before: Soundness,
  after: Soundness,
  former: (table: string) => string
): ReadonlyArray<string> => [
  ...[...after.rows].flatMap(([table, found]) =>
    [...found].flatMap(([rule, now]) => {
      const was = before.rows.get(former(table))?.get(rule) ?? 0
      return now > was ? [sentence(table, rule, now, was)] : []
    })
  ),
  ...after.corrupt.slice(0, 5)
]

/** Fails with `LP_CORRUPT` where tables cannot be read whole: a plan would make it worse. */
export const refuseCorrupt = ({ corrupt }: Soundness): Effect.Effect<void, DatabaseError> =>
  corrupt.length === 0 ? Effect.void : Effect.fail(
    new DatabaseError({
      code: "LP_CORRUPT",
      message: `The database was damaged before the plan: ${corrupt.slice(0, 5).join("; ")}`,
      hint:
        "Nothing was changed. Restore the file from a backup, or recover what can be read with sqlite3 FILE .recover, and make the plan for that."
    })
  )
