/** Validation of SQL files of SQLite: its own parser, the declarative rules, the structural rules. */
import { type IssueCode, type Problem, warnings } from "../../text/Problem.ts"
import type { SourceText } from "../../text/SourceText.ts"
import { makeReport, type ValidationReport } from "../../text/ValidationReport.ts"
import { checkDeclarative } from "./Declarative.ts"
import { outline } from "./Outline.ts"
import { checkRefusals } from "./Refusals.ts"
import { parseFile, type SchemaFile } from "./SchemaFile.ts"
import { checkStructure } from "./Structure.ts"
import type { Probe } from "./Syntax.ts"

/** Every problem of files that are parsed already, taken together as one schema. */
export const checkFiles = (files: ReadonlyArray<SchemaFile>): ReadonlyArray<Problem> => {
  const found = [
    ...files.flatMap(checkDeclarative),
    ...checkStructure(outline(files), files.length > 0 && files.every(({ form }) => form === "dump"))
  ]
  return [
    ...files.flatMap(({ path, problems }) =>
      problems.map((problem): Problem => ({ ...problem, file: path, code: "syntax_error" }))
    ),
    ...found,
    ...files.flatMap((file) => checkRefusals(file, found.filter(({ code }) => !warnings.has(code))))
  ]
}

const ofForeignKeys: ReadonlySet<IssueCode> = new Set<IssueCode>(["invalid_fk_table", "invalid_fk_column"])

/**
 * Whether SQLite takes a definition all the same, and only refuses to write to its table: a database can have it already, so
 * that a plan has to be possible.
 */
export const isTaken = (files: ReadonlyArray<SchemaFile>, { code, end, file, start }: Problem): boolean =>
  ofForeignKeys.has(code) &&
  files.some(({ path, statements }) =>
    path === file &&
    statements.some((statement) =>
      statement.start <= start && end <= statement.end && statement.refusal === undefined && !statement.partial
    )
  )

/**
 * Validates files together as one schema: every error of every file, whatever it is. `probe` compiles a statement in an empty
 * database without running it.
 */
export const validateFiles = (sources: ReadonlyArray<SourceText>, probe: Probe): ValidationReport => {
  const files = sources.map((source) => parseFile(source, probe))
  return makeReport(files, checkFiles(files))
}
