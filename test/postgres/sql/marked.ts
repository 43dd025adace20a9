/** Cases with their places drawn in: `«…»` around what an issue is about. */
import type { SourceForm } from "../../../src/text/SourceText.ts"

/** A place by line and column, counted here by hand, not by the code under test. */
export interface MarkedPlace {
  readonly line: number
  readonly column: number
  readonly end_line: number
  readonly end_column: number
}

const placeOf = (before: string): readonly [number, number] => {
  const lines = before.replace("\ufeff", "").split(/\r\n|\n|\r/)
  return [lines.length, [...(lines.at(-1) ?? "")].length + 1]
}

/** The text without its marks, and the marked places in order. */
export const unmark = (marked: string): { readonly text: string; readonly places: ReadonlyArray<MarkedPlace> } => {
  const text = marked.replaceAll(/[«»]/g, "")
  const opens = [...marked.matchAll(/«/g)].map(({ index }) => index)
  const places = opens.map((open) => {
    const clean = (end: number): string => marked.slice(0, end).replaceAll(/[«»]/g, "")
    const [line, column] = placeOf(clean(open))
    const [end_line, end_column] = placeOf(clean(marked.indexOf("»", open)))
    return { line, column, end_line, end_column }
  })
  return { text, places }
}

/** One case: SQL with its marks, and the codes expected at them in order. */
export type Case = readonly [codes: string, sql: string, form?: SourceForm]
