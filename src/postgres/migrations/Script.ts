/** A migration file as statements to run: its way there, read by PostgreSQL's own parser. */
import * as Effect from "effect/Effect"
import type { SourceProblem } from "../../SourceError.ts"
import { positions, type Range } from "../../text/Position.ts"
import { lex } from "../sql/Lexer.ts"
import { parse, type ParsedFile, type ParserError } from "../sql/Parser.ts"
import type { Sections, Tool } from "./tools.ts"

/** A migration file that was read. */
export interface Script {
  readonly file: ParsedFile
  /** The tool runs the file in a transaction. */
  readonly transaction: boolean
}

/** What is wrong at a stretch of a file. */
const problemAt = (path: string, text: string, { end, start }: Range, message: string, code: string): SourceProblem => {
  const [from, to] = [start, end].map(positions(text))
  return {
    file: path,
    line: from?.line ?? 1,
    column: from?.column ?? 1,
    end_line: to?.line ?? 1,
    end_column: to?.column ?? 1,
    severity: "error",
    message,
    code
  }
}

const blank = (text: string): string => text.replaceAll(/[^\r\n]/g, " ")

const rangeOf = (match: RegExpExecArray): Range => ({
  start: match.index,
  end: match.index + match[0].trimEnd().length
})

type Section =
  | { readonly text: string; readonly transaction: boolean }
  | { readonly problem: SourceProblem }

/** The way there alone; everything else becomes blanks, so that places stay those of the file. */
const wayThere = (
  path: string,
  text: string,
  { down, noTransaction, unknown, up }: Sections,
  title: string
): Section => {
  const first = up.exec(text)
  if (first === null) {
    const message = `${title} does not run a file without a section for the way there`
    return { problem: problemAt(path, text, { start: 0, end: 0 }, message, "no_section") }
  }
  const start = first.index + first[0].length
  const before = lex(text, 0, first.index).find(({ kind }) => kind !== "comment")
  if (before !== undefined) {
    return {
      problem: problemAt(path, text, before, `${title} does not run what stands before its section`, "no_section")
    }
  }
  const last = down.exec(text.slice(start))
  const end = last === null ? text.length : start + last.index
  const asked = unknown?.line.exec(text.slice(0, end))
  if (unknown !== undefined && asked !== null && asked !== undefined) {
    return { problem: problemAt(path, text, rangeOf(asked), unknown.message, "placeholder") }
  }
  return {
    text: blank(text.slice(0, start)) + text.slice(start, end) + blank(text.slice(end)),
    transaction: !noTransaction.test(text)
  }
}

const psqlProblems = (path: string, text: string): ReadonlyArray<SourceProblem> =>
  text.includes("\\")
    ? lex(text).filter(({ kind }) => kind === "meta").map((token) => ({
      ...problemAt(path, text, token, `${token.word.split(/\s/)[0]} is a command of psql, and no SQL`, "psql_command"),
      hint: "Write what it does as SQL; rows of COPY … FROM stdin are data, which the schema does not need"
    }))
    : []

const placeholderProblems = (
  path: string,
  text: string,
  { placeholder, title }: Tool
): ReadonlyArray<SourceProblem> => {
  const match = placeholder?.exec(text) ?? null
  return match === null ? [] : [{
    ...problemAt(
      path,
      text,
      rangeOf(match),
      `${title} puts other text for ${match[0]}, which Lockplane cannot know`,
      "placeholder"
    ),
    hint: "Write the text itself, or placeholderReplacement=false into the settings beside the file"
  }]
}

/**
 * Reads a migration file; `settings` is the text of the settings that the tool has beside it. Gives everything that is
 * wrong in it. Fails only where the parser does not work.
 */
export const readScript = Effect.fn("migrations.readScript")(
  function*(
    tool: Tool,
    path: string,
    raw: string,
    settings: string
  ): Effect.fn.Return<{ readonly script?: Script; readonly problems: ReadonlyArray<SourceProblem> }, ParserError> {
    const whole = tool.lineFeeds === true ? raw.replaceAll("\r\n", "\n") : raw
    const section: Section = tool.sections === undefined
      ? { text: whole, transaction: tool.settings?.noTransaction.test(settings) !== true }
      : wayThere(path, whole, tool.sections, tool.title)
    if ("problem" in section) return { problems: [section.problem] }
    const { text, transaction } = section
    const replaces = tool.settings?.noPlaceholders.test(settings) !== true
    const problems = [...psqlProblems(path, text), ...replaces ? placeholderProblems(path, text, tool) : []]
    if (problems.length > 0) return { problems }
    const file = yield* parse({ path, text, form: "declarative" })
    return {
      script: { file, transaction },
      problems: file.problems.map((problem) => problemAt(path, text, problem, problem.message, problem.code))
    }
  }
)
