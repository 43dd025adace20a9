/** The report of `validate sql`: its JSON document and its text. */
import * as Schema from "effect/Schema"
import type { Position } from "./Position.ts"
import { IssueCode, type Problem, warnings } from "./Problem.ts"

/**
 * One issue. Lines and columns are 1-based and count characters; `end_column` is the column after the last character, so that
 * an issue of one line is `end_column - column` characters long.
 */
export const Issue: Schema.Struct<{
  readonly file: typeof Schema.String
  readonly line: typeof Schema.Int
  readonly column: typeof Schema.Int
  readonly end_line: typeof Schema.Int
  readonly end_column: typeof Schema.Int
  readonly severity: Schema.Literals<readonly ["error", "warning"]>
  readonly message: typeof Schema.String
  readonly code: typeof IssueCode
}> = Schema.Struct({
  file: Schema.String,
  line: Schema.Int,
  column: Schema.Int,
  end_line: Schema.Int,
  end_column: Schema.Int,
  severity: Schema.Literals(["error", "warning"]),
  message: Schema.String,
  code: IssueCode
})
/** One issue of a report. */
export type Issue = typeof Issue.Type

/** The document that `validate sql --format json` prints, keys in this order. `valid` is false if any issue is an error. */
export const ValidationReport: Schema.Struct<{
  readonly valid: typeof Schema.Boolean
  readonly issues: Schema.$Array<typeof Issue>
}> = Schema.Struct({ valid: Schema.Boolean, issues: Schema.Array(Issue) })
/** The result of a validation. */
export type ValidationReport = typeof ValidationReport.Type

/** A file that a report is about: how it is called, and where its offsets are. */
export interface ReportedFile {
  readonly path: string
  readonly position: (offset: number) => Position
}

/** Makes a report of what the checks found: by file in the order given, then by place. */
export const makeReport = (files: ReadonlyArray<ReportedFile>, problems: ReadonlyArray<Problem>): ValidationReport => {
  const issues = files.flatMap((file) =>
    problems
      .filter((problem) => problem.file === file.path)
      .toSorted((a, b) => a.start - b.start || a.end - b.end || (a.code < b.code ? -1 : 1))
      .map(({ code, message, start, end }): Issue => {
        const from = file.position(start)
        const to = file.position(end)
        return {
          file: file.path,
          line: from.line,
          column: from.column,
          end_line: to.line,
          end_column: to.column,
          severity: warnings.has(code) ? "warning" : "error",
          message,
          code
        }
      })
  )
  return { valid: issues.every(({ severity }) => severity !== "error"), issues }
}

const syntaxErrors = (file: string, issues: ReadonlyArray<Issue>): ReadonlyArray<string> => [
  `✗ SQL syntax errors in ${file}:`,
  ...issues.flatMap(({ column, line, message }) => [`  Line ${line}: ${message}`, `    ${file}:${line}:${column}`]),
  `Found ${issues.length} syntax error(s). Fix them, then validate again.`
]

const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? "" : "s"}`

/**
 * A report as people read it: the syntax errors of each file, then every other issue on a line of its own, then the verdict.
 * `number` counts the validations of a run.
 */
export const renderText = (report: ValidationReport, number: number = 1): string => {
  const syntax = Map.groupBy(report.issues.filter(({ code }) => code === "syntax_error"), ({ file }) => file)
  const others = report.issues.filter(({ code }) => code !== "syntax_error")
  const errors = report.issues.filter(({ severity }) => severity === "error").length
  const lines = [
    ...[...syntax].flatMap(([file, issues]) => syntaxErrors(file, issues)),
    ...others.map(({ file, line, column, severity, message, code }) =>
      `${file}:${line}:${column}: ${severity}: ${message} [${code}]`
    ),
    report.valid
      ? `✓ Validation ${number}: PASS`
      : `✗ Validation ${number}: FAIL (${count(errors, "error")}, ${count(report.issues.length - errors, "warning")})`
  ]
  return lines.join("\n") + "\n"
}
