/** A file of a schema: its statements, what each says, and every syntax error of it. */
import * as Result from "effect/Result"
import { type Position, positions } from "../../text/Position.ts"
import { formOf, type SourceForm, type SourceText } from "../../text/SourceText.ts"
import type { ColumnDefinition, ConstraintDefinition, Definition, Span } from "./Definition.ts"
import { type Header, readHeader } from "./Header.ts"
import type { Token } from "./Lexer.ts"
import { parseDefinition, withPlainStrings } from "./Parser.ts"
import { reading } from "./Reader.ts"
import { splitStatements, type Statement } from "./Statements.ts"
import { type Probe, type Shape, type SyntaxProblem, type Trial, trySyntax } from "./Syntax.ts"

/** The column that an ALTER TABLE … ADD COLUMN adds, and the constraints with it; spans are offsets into the file. */
export interface AddedColumn {
  readonly table: Token
  readonly column: ColumnDefinition & { readonly span: Span }
  readonly constraints: ReadonlyArray<ConstraintDefinition & { readonly span: Span }>
}

/** One statement of a file. Its places, and those of its tokens, are offsets into the file. */
export interface SchemaStatement extends Statement {
  readonly file: string
  /** How a CREATE statement of a known kind begins; its spans are offsets into `text`. */
  readonly header?: Header
  /** What a CREATE statement says; spans are offsets into `text`. Absent where it cannot be read. */
  readonly definition?: Definition
  readonly added?: AddedColumn
  /** Whether what has syntax errors was left out of `definition`. */
  readonly partial: boolean
  /** What SQLite says against it in an empty database, besides syntax. */
  readonly refusal?: string
}

/** A file after parsing. */
export interface SchemaFile {
  readonly path: string
  readonly text: string
  readonly form: SourceForm
  readonly statements: ReadonlyArray<SchemaStatement>
  readonly problems: ReadonlyArray<SyntaxProblem>
  readonly position: (offset: number) => Position
}

/** Splits before every CREATE inside of a statement: it can stand in none, so a semicolon is missing before it. */
const splitAtCreate = (script: string, statement: Statement): ReadonlyArray<Statement> => {
  const { tokens } = statement
  const isVirtual = tokens.some(({ word }, i) => i < 3 && word === "VIRTUAL")
  const at = isVirtual ? -1 : tokens.findIndex(({ word }, i) => i > 0 && word === "CREATE")
  const last = tokens[at - 1]
  const next = tokens[at]
  if (last === undefined || next === undefined) return [statement]
  const head = {
    ...statement,
    end: last.end,
    text: script.slice(statement.start, last.end),
    tokens: tokens.slice(0, at),
    ended: false
  }
  const tail = {
    ...statement,
    start: next.start,
    text: script.slice(next.start, statement.end),
    tokens: tokens.slice(at)
  }
  return [head, ...splitAtCreate(script, tail)]
}

/** Statements whose syntax tells nothing that their kind does not tell already, and which SQLite may run when it compiles them. */
const untried = new Set(["ATTACH", "DETACH", "PRAGMA", "VACUUM"])

const constraintWords = new Set(["CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"])

const shapeOf = ({ start, tokens }: Statement, header: Header | undefined): Shape => {
  const words = tokens.map(({ word }) => word)
  if (header?.kind === "trigger") return "trigger"
  if (header?.kind === "table") {
    return tokens.find((token) => token.start >= start + header.nameSpan.end)?.word === "(" ? "table" : "other"
  }
  const add = words[0] === "ALTER" && words[1] === "TABLE" ? words.indexOf("ADD", 3) : -1
  return add > 0 && !constraintWords.has(words[add + 1] ?? "") ? "added column" : "other"
}

const wrapper = "CREATE TABLE x("

const addedColumn = (script: string, tokens: ReadonlyArray<Token>): AddedColumn | undefined => {
  const add = tokens.findIndex(({ word }, i) => i > 2 && word === "ADD")
  const table = tokens[add - 1]
  const first = tokens[tokens[add + 1]?.word === "COLUMN" ? add + 2 : add + 1]
  const last = tokens.at(-1)
  if (table === undefined || first === undefined || last === undefined) return undefined
  const parsed = Result.getOrUndefined(parseDefinition(`${wrapper}${script.slice(first.start, last.end)})`))
  const column = parsed?.kind === "table" ? parsed.columns[0] : undefined
  if (parsed?.kind !== "table" || column === undefined) return undefined
  const move = ({ end, start }: Span): Span => ({
    start: start - wrapper.length + first.start,
    end: end - wrapper.length + first.start
  })
  return {
    table,
    column: { ...column, span: move(column.span) },
    constraints: parsed.constraints.map((constraint) => ({ ...constraint, span: move(constraint.span) }))
  }
}

/** Words that begin a statement of SQLite. */
const beginnings = new Set(
  ("ALTER ANALYZE ATTACH BEGIN COMMIT CREATE DELETE DETACH DROP END EXPLAIN INSERT PRAGMA REINDEX RELEASE REPLACE ROLLBACK " +
    "SAVEPOINT SELECT UPDATE VACUUM VALUES WITH").split(" ")
)

/** A refusal of a table that another build of SQLite has: strings in double quotes are taken there. */
const withoutStrings = (trial: Trial, text: string, probe: Probe): Trial => {
  const plain = withPlainStrings(text)
  if (plain === text) return trial
  const { refusal: _, ...rest } = trial
  const refusal = probe(plain)
  return refusal === undefined ? rest : { ...rest, refusal }
}

const parseStatement = (
  path: string,
  script: string,
  statement: Statement,
  form: SourceForm,
  probe: Probe
): { readonly statement: SchemaStatement; readonly problems: ReadonlyArray<SyntaxProblem> } => {
  const { text, tokens } = statement
  const header = Result.getOrUndefined(reading(text, readHeader))
  const shape = shapeOf(statement, header)
  const word = tokens[0]?.word ?? ""
  const tried = untried.has(word) || (beginnings.has(word) && word !== "CREATE" && shape !== "added column")
    ? { problems: [], readable: text }
    : trySyntax(script, tokens, shape, probe)
  const trial = form === "dump" && "refusal" in tried ? withoutStrings(tried, text, probe) : tried
  const read = trial.readable === undefined || header === undefined ? undefined : parseDefinition(trial.readable)
  const definition = read === undefined ? undefined : Result.getOrUndefined(read)
  const added = shape === "added column" && trial.problems.length === 0 ? addedColumn(script, tokens) : undefined
  const isAs = header?.kind === "table" && shape === "other"
  // an index or a trigger is refused where its table is missing, which says nothing of whether it can be read
  const isRefused = "refusal" in trial && (header?.kind === "table" || header?.kind === "view")
  const isTold = trial.problems.length > 0 || isRefused || isAs
  // what SQLite takes and the reader does not is nothing to be silent about
  const unread: ReadonlyArray<SyntaxProblem> = isTold
    ? []
    : read !== undefined && Result.isFailure(read)
    ? [{ ...read.failure, start: read.failure.start + statement.start, end: read.failure.end + statement.start }]
    : shape === "added column" && added === undefined
    ? [{ message: "Lockplane cannot read this column", start: statement.start, end: statement.end }]
    : []
  return {
    problems: [...trial.problems, ...unread],
    statement: {
      ...statement,
      file: path,
      partial: trial.problems.length > 0 || unread.length > 0,
      ...(header === undefined ? {} : { header }),
      ...(definition === undefined ? {} : { definition }),
      ...(added === undefined ? {} : { added }),
      ...("refusal" in trial && trial.refusal !== undefined ? { refusal: trial.refusal } : {})
    }
  }
}

/** Reads a file: its statements and all of its syntax errors. */
export const parseFile = (source: SourceText, probe: Probe): SchemaFile => {
  const { path } = source
  const form = source.form ?? formOf(path)
  // what SQLite would stumble over becomes blanks, so that offsets stay those of the file
  const script = source.text.toWellFormed().replace(/^\ufeff/, " ")
  const problems: Array<SyntaxProblem> = []
  const statements: Array<SchemaStatement> = []
  for (const whole of splitStatements(script)) {
    for (const [i, part] of splitAtCreate(script, whole).entries()) {
      const parsed = parseStatement(path, script, part, form, probe)
      const [first] = part.tokens
      if (i > 0 && first !== undefined) {
        const message = `near "${first.text}": syntax error; is a semicolon missing before it?`
        problems.push({ message, start: first.start, end: first.end })
      }
      // what ends too early because of that is the same mistake
      const isCut = part.end !== whole.end
      problems.push(...parsed.problems.filter(({ message }) => !isCut || message !== "incomplete input"))
      statements.push(parsed.statement)
    }
  }
  return {
    path,
    text: source.text,
    form,
    statements,
    problems,
    position: positions(source.text)
  }
}
