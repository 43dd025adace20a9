/** What of a migration file its tool runs: the way there, and whether in a transaction. Pure. */
import type { DialectName } from "../Catalog.ts"
import type { SourceProblem } from "../SourceError.ts"
import { positions, type Range } from "../text/Position.ts"
import type { Sections, Tool } from "./tools.ts"

/** What is wrong at a stretch of a file. */
export const problemAt = (
  path: string,
  text: string,
  { end, start }: Range,
  message: string,
  code: string
): SourceProblem => {
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

/** A migration file, and the text of the settings that its tool has beside it. */
export interface MigrationFile {
  readonly path: string
  readonly text: string
  readonly settings: string
}

/** What runs of a file. Places in the text are those of the file. */
export interface WayThere {
  readonly text: string
  /** The tool runs it in a transaction. */
  readonly transaction: boolean
  readonly problems: ReadonlyArray<SourceProblem>
}

const blank = (text: string): string => text.replaceAll(/[^\r\n]/g, " ")

const rangeOf = (match: RegExpExecArray): Range => ({
  start: match.index,
  end: match.index + match[0].trimEnd().length
})

/** The way there alone; everything else becomes blanks. */
const sectionOf = (
  path: string,
  text: string,
  { down, noTransaction, unknown, up }: Sections,
  title: string,
  firstToken: (sql: string) => Range | undefined
): WayThere => {
  const wrong = (range: Range, message: string, code: string): WayThere => ({
    text: "",
    transaction: true,
    problems: [problemAt(path, text, range, message, code)]
  })
  const first = up.exec(text)
  if (first === null) {
    const message = `${title} does not run a file without a section for the way there`
    return wrong({ start: 0, end: 0 }, message, "no_section")
  }
  const start = first.index + first[0].length
  const before = firstToken(text.slice(0, first.index))
  if (before !== undefined) return wrong(before, `${title} does not run what stands before its section`, "no_section")
  const last = down.exec(text.slice(start))
  const end = last === null ? text.length : start + last.index
  const asked = unknown?.line.exec(text.slice(0, end))
  if (unknown !== undefined && asked !== null && asked !== undefined) {
    return wrong(rangeOf(asked), unknown.message, "placeholder")
  }
  return {
    text: blank(text.slice(0, start)) + text.slice(start, end) + blank(text.slice(end)),
    transaction: !noTransaction.test(text),
    problems: []
  }
}

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
 * Finds what a tool runs of a file of a family of databases. `firstToken` gives the first token of SQL that is no comment.
 */
export const wayThere = (
  tool: Tool,
  family: DialectName,
  { path, settings, text }: MigrationFile,
  firstToken: (sql: string) => Range | undefined
): WayThere => {
  const whole = tool.lineFeeds === true ? text.replaceAll("\r\n", "\n") : text
  if (tool.sections !== undefined) return sectionOf(path, whole, tool.sections, tool.title, firstToken)
  return {
    text: whole,
    transaction: tool.withoutTransaction !== family && tool.settings?.noTransaction.test(settings) !== true,
    problems: tool.settings?.noPlaceholders.test(settings) === true ? [] : placeholderProblems(path, whole, tool)
  }
}
