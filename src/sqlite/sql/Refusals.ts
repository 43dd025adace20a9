/** What SQLite says against the definition of a table or a view besides syntax, with its place. */
import { type Problem, problem } from "../../text/Problem.ts"
import { isOwnTable } from "./Creations.ts"
import type { Span } from "./Definition.ts"
import { quoteLiteral, sameName } from "./Identifier.ts"
import { isName, nameOf, type Token } from "./Lexer.ts"
import type { SchemaFile, SchemaStatement } from "./SchemaFile.ts"

/** The name that a message is about. */
const namePattern =
  /(?:^no such (?:column|function): |for .*\.|of column \[|unknown table option: |^generated column loop on |: )"?([^"\]:\s]+)/

const placeOf = ({ end, header, start, tokens }: SchemaStatement, message: string): Span | Token => {
  const name = namePattern.exec(message)?.[1]?.split(".").at(-1)
  const token = name === undefined
    ? undefined
    : tokens.findLast((token) => (isName(token) || token.kind === "word") && sameName(nameOf(token), name))
  const { ownName } = header ?? {}
  return token ?? (ownName === undefined ? { start, end } : { start: ownName.start + start, end: ownName.end + start })
}

/**
 * Every table and view that SQLite refuses to create in an empty database, as far as the rules have `found` nothing in it
 * that says it better. What needs a table is refused there whatever it says.
 */
export const checkRefusals = (
  { path, statements }: SchemaFile,
  found: ReadonlyArray<Problem>
): ReadonlyArray<Problem> => {
  const known = found.filter(({ file }) => file === path)
  return statements.flatMap((statement) => {
    const { end, header, refusal, start } = statement
    if (refusal === undefined || (header?.kind !== "table" && header?.kind !== "view")) return []
    if (isOwnTable(header.name) || known.some((problem) => problem.start >= start && problem.end <= end)) return []
    const place = placeOf(statement, refusal)
    const isString = refusal.startsWith("no such column") && "text" in place && place.text.startsWith("\"")
    const hint = isString
      ? `; if that is a string, write it in single quotes: ${quoteLiteral(nameOf(place))}`
      : refusal.startsWith("no such collation sequence")
      ? "; if the application has that, leave the table to it: take it out of the SQL files, and name it by --exclude-objects or in exclude of lockplane.toml"
      : ""
    return [problem(statement, "invalid_definition", `SQLite refuses the ${header.kind}: ${refusal}${hint}`, place)]
  })
}
