/** Why a schema could not be read from where it was said to be, with the place of everything that is wrong in its files. */
import * as Schema from "effect/Schema"

/** One thing wrong in a file; `line` and `column` count from 1, columns in characters. */
export interface SourceProblem {
  readonly file: string
  readonly line: number
  readonly column: number
  readonly end_line?: number
  readonly end_column?: number
  readonly severity: "error" | "warning"
  readonly message: string
  /** A code of `validate sql`, or the SQLSTATE with which the database refused the statement. */
  readonly code: string
  readonly detail?: string
  readonly hint?: string
  /** True where it goes away by itself once another problem of the list is solved. */
  readonly consequence?: boolean
}

/** {@link SourceProblem} as a schema. */
export const SourceProblem: Schema.Codec<SourceProblem> = Schema.Struct({
  file: Schema.String,
  line: Schema.Int,
  column: Schema.Int,
  end_line: Schema.optionalKey(Schema.Int),
  end_column: Schema.optionalKey(Schema.Int),
  severity: Schema.Literals(["error", "warning"]),
  message: Schema.String,
  code: Schema.String,
  detail: Schema.optionalKey(Schema.String),
  hint: Schema.optionalKey(Schema.String),
  consequence: Schema.optionalKey(Schema.Boolean)
})

/** A problem as people read it: `file:line:column: error: message [code]`, detail and hint on lines of their own. */
export const formatProblem = (problem: SourceProblem): string => {
  const { code, column, consequence, detail, file, hint, line, message, severity } = problem
  return [
    `${file}:${line}:${column}: ${severity}: ${message} [${code}]${
      consequence === true ? " (because of another error of this list)" : ""
    }`,
    ...detail === undefined ? [] : [`  ${detail}`],
    ...hint === undefined ? [] : [`  Hint: ${hint}`]
  ].join("\n")
}

/**
 * A schema that could not be read. `source` is how it was written, without a password; `next` says what to do. With
 * reason `invalid`, `problems` holds everything that is wrong in its files, root causes first.
 */
export class SourceError extends Schema.TaggedError<SourceError>()("SourceError", {
  source: Schema.String,
  reason: Schema.Literals(["missing", "unreadable", "empty", "unsupported", "invalid"]),
  detail: Schema.String,
  next: Schema.String,
  problems: Schema.optionalKey(Schema.Array(SourceProblem))
}) {
  override get message(): string {
    return [`${this.source}: ${this.detail}`, ...(this.problems ?? []).map(formatProblem), this.next].join("\n")
  }
}

const count = (n: number, word: string): string => `${n} ${word}${n === 1 ? "" : "s"}`

/** The error for files that hold problems: errors make it, warnings are listed along. `hint` is what may be behind all of them. */
export const invalid = (source: string, problems: ReadonlyArray<SourceProblem>, hint?: string): SourceError => {
  const errors = problems.filter(({ severity }) => severity === "error").length
  const files = new Set(problems.map(({ file }) => file)).size
  return new SourceError({
    source,
    reason: "invalid",
    detail: `${count(errors, "error")} in ${count(files, "file")}; nothing was changed`,
    next: `Correct what is listed and run the command again${hint === undefined ? "" : `\n${hint}`}`,
    problems
  })
}
