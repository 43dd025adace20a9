/** What `pg_dump` prints for psql alone: taken out of the text without moving anything else. */
import type { Range } from "../../text/Position.ts"
import { nextToken } from "./Lexer.ts"

/** The commands of psql that a dump of a schema holds; they say nothing about the schema. */
const printedByDump = /^\\(?:restrict|unrestrict|connect)(?:\s|$)/

const copyFromInput = /^copy\b[\s\S]*\bfrom\s+stdin\b/i
const endOfData = /^\\\.[ \t]*$/m

const blank = (text: string, ranges: ReadonlyArray<Range>): string => {
  let result = ""
  let at = 0
  for (const { start, end } of ranges) {
    result += text.slice(at, start) + text.slice(start, end).replaceAll(/[^\r\n]/g, " ")
    at = end
  }
  return result + text.slice(at)
}

/** The stretch of the rows that follow COPY … FROM stdin, with the line that ends them. */
const rowsAfter = (text: string, start: number): Range => {
  const last = endOfData.exec(text.slice(start))
  return { start, end: last === null ? text.length : start + last.index + last[0].length }
}

/**
 * Replaces what psql would eat by blanks, so that every other character keeps its offset: `\restrict`, `\unrestrict`, `\connect`,
 * and the rows after COPY … FROM stdin. A backslash inside a string or a routine's body is left alone, and so is every
 * other command of psql, which the parser then refuses by name.
 */
export const blankPsqlLines = (text: string): string => {
  if (!/^[ \t]*\\/m.test(text)) return text
  const ranges: Array<Range> = []
  let statement: number | undefined
  for (let token = nextToken(text, 0); token !== undefined;) {
    let next = token.end
    if (token.kind === "meta" && printedByDump.test(token.word)) ranges.push(token)
    else if (token.word === ";") {
      if (statement !== undefined && copyFromInput.test(text.slice(statement, token.start))) {
        const rows = rowsAfter(text, token.end)
        ranges.push(rows)
        next = rows.end
      }
      statement = undefined
    } else if (token.kind !== "comment") statement ??= token.start
    token = nextToken(text, next)
  }
  return blank(text, ranges)
}
