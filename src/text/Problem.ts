/** What a check found at a place of a file. */
import * as Schema from "effect/Schema"
import type { Range } from "./Position.ts"

const codes = [
  "syntax_error",
  "dangerous_drop_table",
  "dangerous_drop_column",
  "dangerous_truncate",
  "dangerous_delete_all",
  "non_declarative_if_not_exists",
  "non_declarative_transaction",
  "non_declarative_or_replace",
  "non_declarative_statement",
  "duplicate_table",
  "duplicate_column",
  "duplicate_index",
  "duplicate_primary_key",
  "missing_type",
  "invalid_fk_table",
  "invalid_fk_column",
  "invalid_index_column",
  "unmanaged_statement",
  "invalid_definition",
  "misspelt_constraint",
  "misleading_type",
  "invalid_directive",
  "not_compared",
  "secret_left_out",
  "no_primary_key",
  "empty_table"
] as const

/** Every code that `validate sql` reports. */
export const IssueCode: Schema.Literals<typeof codes> = Schema.Literals(codes)
/** Every code that `validate sql` reports. */
export type IssueCode = typeof IssueCode.Type

/** One finding; `start` and `end` are UTF-16 indices into the text of `file`. */
export interface Problem extends Range {
  readonly file: string
  readonly code: IssueCode
  readonly message: string
}

/** The codes that do not make a file invalid. */
export const warnings: ReadonlySet<IssueCode> = new Set<IssueCode>([
  "no_primary_key",
  "empty_table",
  "misspelt_constraint",
  "misleading_type",
  "not_compared",
  "secret_left_out"
])

/** A finding about a statement, at a stretch of it or at all of it. */
export const problem = (
  statement: Range & { readonly file: string },
  code: IssueCode,
  message: string,
  range: Range = statement
): Problem => ({ file: statement.file, code, message, start: range.start, end: range.end })
