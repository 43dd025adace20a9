/**
 * `-- lockplane: renamed from NAME` comments: which definition each is about. A comment on a line of its own is about the
 * definition that begins behind it; one at the end of a line about the definition that stands on that line.
 */
import type { Catalog, DeclaredRename } from "../Catalog.ts"
import type { SourceProblem } from "../SourceError.ts"
import { main, objectId } from "./kinds/names.ts"
import { isName, lex, lexSignificant, nameOf, type Token } from "./sql/Lexer.ts"
import type { SchemaFile } from "./sql/SchemaFile.ts"

/** The renames of files, and the comments that are none. */
export interface DeclaredNames {
  readonly renames: ReadonlyArray<DeclaredRename>
  readonly problems: ReadonlyArray<SourceProblem>
}

/** A definition and where it begins. */
interface Place {
  readonly start: number
  /** Where its statement begins: what stands before that is about the statement. */
  readonly kind: string
  readonly name: ReadonlyArray<string>
}

const placesIn = (file: SchemaFile): ReadonlyArray<Place> =>
  file.statements.flatMap(({ definition, start }): ReadonlyArray<Place> => {
    if (definition === undefined) return []
    const whole = { start, kind: definition.kind, name: [main, definition.name] }
    return definition.kind === "table"
      ? [
        whole,
        ...definition.columns.map(({ name, span }) => ({
          start: start + span.start,
          kind: "column",
          name: [main, definition.name, name]
        }))
      ]
      : [whole]
  }).toSorted((a, b) => a.start - b.start)

const directive = /^--\s*lockplane:\s*(.*)$/s

/** The name in `renamed from NAME`, which may carry a schema; undefined where it is none. */
const renamedFrom = (text: string): ReadonlyArray<string> | undefined => {
  const [renamed, from, ...rest] = lexSignificant(text)
  const isWellFormed = renamed?.word === "RENAMED" && from?.word === "FROM" && rest.length % 2 === 1 &&
    rest.every((token, i) => i % 2 === 0 ? isName(token) : token.text === ".")
  return isWellFormed ? rest.filter((_, i) => i % 2 === 0).map(nameOf) : undefined
}

/** The definition that a comment is about. */
const meant = (comment: Token, text: string, places: ReadonlyArray<Place>): Place | undefined => {
  const lineStart = text.lastIndexOf("\n", comment.start - 1) + 1
  const isAlone = text.slice(lineStart, comment.start).trim() === ""
  if (isAlone) return places.find(({ start }) => start > comment.start)
  return places.findLast(({ start }) => start < comment.start && start >= lineStart)
}

/** Finds the objects that the renames of the files are about. */
export const declaredRenames = (files: ReadonlyArray<SchemaFile>, catalog: Catalog): DeclaredNames => {
  const renames: Array<DeclaredRename> = []
  const problems: Array<SourceProblem> = []
  for (const file of files) {
    const places = placesIn(file)
    for (const comment of lex(file.text)) {
      const said = comment.kind === "comment" ? directive.exec(comment.text)?.[1] : undefined
      if (said === undefined) continue
      const { column, line } = file.position(comment.start)
      const problem = (message: string): void =>
        void problems.push({ file: file.path, line, column, severity: "error", message, code: "invalid_directive" })
      const from = renamedFrom(said)
      const place = meant(comment, file.text, places)
      if (from === undefined) problem(`write it as -- lockplane: renamed from NAME`)
      else if (place === undefined || !catalog.objects.has(objectId(place.kind, place.name))) {
        problem("nothing is defined here that can be renamed")
      } else {
        renames.push({
          kind: place.kind,
          name: place.name,
          from: from[0] === main && from.length > 1 ? from.slice(1) : from,
          place: `${file.path}:${line}:${column}`
        })
      }
    }
  }
  return { renames, problems }
}
