/**
 * What has to be sure where another tool runs a plan of SQLite: that foreign keys are off while a table is dropped that others
 * may refer to, or its rows and theirs would be deleted (SQLite, "SQLite Foreign Key Support", 5), and that no row refers to
 * nothing afterwards that did not before. A file checks both itself: it inserts what has to hold into a table whose only rule
 * is that. Pure.
 */
import { type Plan, statementsOf } from "../Plan.ts"

/** Statements that do the same with foreign keys on and off: they neither drop a table nor touch rows. */
const harmless: ReadonlyArray<RegExp> = [
  /^\s*create\s+(?:unique\s+)?(?:table|index|view|trigger|virtual\s+table)\b/i,
  /^\s*drop\s+(?:index|view|trigger)\b/i,
  /^\s*alter\s+table\b(?![^]*\breferences\b)/i
]

/** Whether a plan of SQLite must run with foreign keys off. */
export const needsGuard = ({ dialect, steps }: Plan): boolean =>
  dialect === "sqlite" &&
  steps.some((step) => statementsOf(step).some((sql) => !harmless.some((pattern) => pattern.test(sql))))

const orphans = `SELECT "table" AS child, parent, count(*) AS n FROM pragma_foreign_key_check GROUP BY 1, 2`

/** What stands before the statements of a transaction. Where checks are ignored, there is NOT NULL. */
export const before: ReadonlyArray<string> = [
  `CREATE TABLE lockplane_foreign_keys (
  off INTEGER NOT NULL CONSTRAINT "foreign_keys must be off here: dropping a table would delete rows that refer to it" CHECK (off IS 1),
  hold INTEGER CONSTRAINT "rows would refer to rows that are not there" CHECK (hold IS 1)
)`,
  "INSERT INTO lockplane_foreign_keys SELECT CASE ignore_check_constraints WHEN 0 THEN foreign_keys = 0 END, 1 FROM pragma_foreign_keys, pragma_ignore_check_constraints",
  `CREATE TABLE lockplane_orphans AS ${orphans}`
]

/** What stands behind them. */
export const after: ReadonlyArray<string> = [
  `INSERT INTO lockplane_foreign_keys SELECT 1, NOT EXISTS (
  SELECT 1 FROM (${orphans}) AS found
  LEFT JOIN lockplane_orphans AS known
    ON known.child = found.child COLLATE NOCASE AND known.parent = found.parent COLLATE NOCASE
  WHERE found.n > coalesce(known.n, 0)
)`,
  "DROP TABLE lockplane_orphans",
  "DROP TABLE lockplane_foreign_keys"
]
