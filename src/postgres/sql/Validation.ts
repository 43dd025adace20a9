/** Validation of SQL files without a database: PostgreSQL's parser, the declarative rules, the structural rules. */
import * as Effect from "effect/Effect"
import type { Problem } from "../../text/Problem.ts"
import type { SourceText } from "../../text/SourceText.ts"
import { makeReport, type ValidationReport } from "../../text/ValidationReport.ts"
import { checkDeclarative } from "./Declarative.ts"
import { renamesIn } from "./Directives.ts"
import { outline } from "./Outline.ts"
import { parse, type ParsedFile, type ParserError } from "./Parser.ts"
import { checkStructure } from "./Structure.ts"

/** Every problem of files that are parsed already, taken together as one schema. */
export const checkFiles = (files: ReadonlyArray<ParsedFile>): ReadonlyArray<Problem> => [
  ...files.flatMap((file) => file.problems.map((problem): Problem => ({ ...problem, file: file.path }))),
  ...files.flatMap((file) => file.statements.flatMap((statement) => checkDeclarative(statement, file.form))),
  ...files.flatMap((file) => renamesIn(file).problems),
  ...checkStructure(outline(files))
]

/**
 * Validates files together as one schema: every error of every file, whatever it is. Fails only if the parser itself does not
 * work.
 */
export const validateFiles: (
  files: ReadonlyArray<SourceText>
) => Effect.Effect<ValidationReport, ParserError> = Effect.fn("Validation.validateFiles")(
  function*(files: ReadonlyArray<SourceText>) {
    const parsed = yield* Effect.forEach(files, parse)
    return makeReport(parsed, checkFiles(parsed))
  }
)
