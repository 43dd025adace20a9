/** A migration file as statements to run, and what in it cannot be: found without a database. Pure. */
import { type MigrationFile, problemAt, wayThere } from "../../migrations/Section.ts"
import type { Tool } from "../../migrations/tools.ts"
import type { SourceProblem } from "../../SourceError.ts"
import type { Range } from "../../text/Position.ts"
import { lex } from "../sql/Lexer.ts"
import { parseFile, type SchemaStatement } from "../sql/SchemaFile.ts"
import type { Probe } from "../sql/Syntax.ts"
import { renamedTable, says } from "../sql/Words.ts"
import { pragmaOf } from "./Pragmas.ts"

/** A migration file that was read. */
export interface Script {
  readonly path: string
  readonly text: string
  readonly statements: ReadonlyArray<SchemaStatement>
  /** The tool runs the file in a transaction, and the file begins none. */
  readonly transaction: boolean
}

const firstToken = (sql: string): Range | undefined => lex(sql).find(({ kind }) => kind !== "comment")

const first = ({ tokens }: SchemaStatement): string => tokens[0]?.word ?? ""

const ends = ({ tokens }: SchemaStatement): boolean =>
  says(tokens, 0, "COMMIT") || says(tokens, 0, "END") ||
  says(tokens, 0, "ROLLBACK") && !tokens.some(({ word }) => word === "TO")

/** What stands in a file and runs nowhere but in the sqlite3 shell: a line that begins with a dot. */
const isOfShell = (text: string) => (statement: SchemaStatement): boolean =>
  first(statement) === "." && (statement.start === 0 || /[\r\n]/.test(text[statement.start - 1] ?? ""))

/** The one command of the shell that a file for it has to begin with. */
const bail = /^(?:\s|--.*(?:\n|$))*\.bail on(?=\s|$)/

interface Fault {
  readonly message: string
  readonly code: string
  readonly hint?: string
}

const renamedInLegacyWay: Fault = {
  message:
    "While legacy_alter_table is on, whether foreign keys follow a table to its new name depends on foreign_keys, which the file does not switch outside of a transaction",
  code: "unsure",
  hint: "Write PRAGMA foreign_keys = OFF, or ON, as the first statement of the file, as it is where the file runs"
}

/** What cannot be run, or not with what it would do where the tool runs it. */
const faultOf = (statement: SchemaStatement): Fault | undefined => {
  const { tokens } = statement
  const pragma = pragmaOf(tokens)
  if (pragma?._tag === "Unknown") {
    return {
      message: pragma.name === "writable_schema"
        ? "The schema is to be changed as text, which Lockplane does not do"
        : `What PRAGMA ${pragma.name} does to a schema is not known to Lockplane`,
      code: "pragma",
      hint: "Let the tool run its migrations on a new file, and name that: a file such as new.db is a schema too"
    }
  }
  if (says(tokens, 0, "ATTACH") || says(tokens, 0, "DETACH")) {
    return {
      message: `${first(statement)} is about another database file, which is not run here`,
      code: "other_database"
    }
  }
  if (says(tokens, 0, "VACUUM") && tokens.some(({ word }) => word === "INTO")) {
    return { message: "VACUUM INTO writes another database file, which is not done here", code: "other_database" }
  }
  return undefined
}

/** What is wrong with the statements of a file as they follow each other. */
const faultsIn = (
  statements: ReadonlyArray<SchemaStatement>,
  transaction: boolean
): ReadonlyArray<readonly [SchemaStatement, Fault]> => {
  const found: Array<readonly [SchemaStatement, Fault]> = []
  let open: SchemaStatement | undefined
  let isLegacy = false
  let isForeignKeysKnown = false
  for (const statement of statements) {
    const fault = faultOf(statement)
    if (fault !== undefined) found.push([statement, fault])
    if (says(statement.tokens, 0, "BEGIN")) open ??= statement
    else if (ends(statement)) open = undefined
    const pragma = pragmaOf(statement.tokens)
    if (pragma?._tag === "Switch" && pragma.name === "legacy_alter_table") isLegacy = pragma.on
    if (pragma?._tag === "Switch" && pragma.name === "foreign_keys" && open === undefined && !transaction) {
      isForeignKeysKnown = true
    }
    if (isLegacy && !isForeignKeysKnown && renamedTable(statement.tokens) !== undefined) {
      found.push([statement, renamedInLegacyWay])
    }
  }
  if (open !== undefined) {
    const hint = "Write COMMIT at its end"
    found.push([open, { message: "The file begins a transaction and does not end it", code: "open_transaction", hint }])
  }
  return found
}

const isIdle = (statement: SchemaStatement): boolean =>
  pragmaOf(statement.tokens)?._tag === "Nothing" || first(statement) === "VACUUM"

/** Reads a migration file. Gives everything that is wrong in it. */
export const readScript = (
  tool: Tool,
  migration: MigrationFile,
  probe: Probe
): { readonly script: Script; readonly problems: ReadonlyArray<SourceProblem> } => {
  const { path } = migration
  const way = wayThere(tool, "sqlite", migration, firstToken)
  // to stop at the first error is what is done here anyway
  const text = way.text.replace(bail, (head) => head.replace(/\.bail on$/, (command) => " ".repeat(command.length)))
  const { problems, statements } = parseFile({ path, text, form: "dump" }, probe)
  const at = (range: Range, { code, hint, message }: Fault): SourceProblem => ({
    ...problemAt(path, text, range, message, code),
    ...(hint === undefined ? {} : { hint })
  })
  const ofShell = statements.filter(isOfShell(text)).map(({ start, text }) => {
    const [command = ""] = text.split(/\s/)
    return at({ start, end: start + command.length }, {
      message: `${command} is a command of the sqlite3 shell, and no SQL`,
      code: "shell_command",
      hint: "Write what it does as SQL"
    })
  })
  const transaction = way.transaction &&
    !statements.some((statement) => says(statement.tokens, 0, "BEGIN") || ends(statement))
  const wrong = problems.map(({ message, ...range }) => at(range, { message, code: "syntax_error" }))
  const faults = faultsIn(statements, transaction).map(([statement, fault]) => at(statement, fault))
  return {
    script: { path, text, transaction, statements: statements.filter((statement) => !isIdle(statement)) },
    problems: way.problems.length > 0 ? way.problems : ofShell.length > 0 ? ofShell : [...wrong, ...faults]
  }
}
