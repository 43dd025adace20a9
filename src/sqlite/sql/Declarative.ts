/** The declarative rules: a schema file says what is wanted, and does nothing. */
import { type IssueCode, type Problem, problem } from "../../text/Problem.ts"
import type { SourceForm } from "../../text/SourceText.ts"
import { isOutsideSchema, isOwnTable } from "./Creations.ts"
import type { Span } from "./Definition.ts"
import { foldName, upperAscii } from "./Identifier.ts"
import type { Token } from "./Lexer.ts"
import type { SchemaFile, SchemaStatement } from "./SchemaFile.ts"

interface Refusal {
  readonly code: IssueCode
  readonly message: string
}

const imperative = (message: string): Refusal => ({ code: "non_declarative_statement", message })

const writesData = (what: string): Refusal =>
  imperative(`${what} changes data, which a schema does not hold; put it into a script of its own`)

const transaction: Refusal = {
  code: "non_declarative_transaction",
  message: "a schema file is loaded as one; take BEGIN, COMMIT and the like out"
}

const unknown = imperative(
  "this statement does something instead of saying what is wanted; put it into a script of its own"
)

/** Whether a word stands outside of all parentheses. */
const saysOutside = (tokens: ReadonlyArray<Token>, wanted: string): boolean => {
  let depth = 0
  return tokens.some(({ word }) => {
    if (word === "(") depth++
    if (word === ")") depth--
    return depth === 0 && word === wanted
  })
}

const refuseDelete = (tokens: ReadonlyArray<Token>): Refusal =>
  saysOutside(tokens, "WHERE") ? writesData("DELETE") : {
    code: "dangerous_delete_all",
    message: "DELETE without WHERE loses all rows of the table; put it into a script of its own"
  }

/** A query, or what WITH can stand before. */
const refuseQuery = (tokens: ReadonlyArray<Token>): Refusal => {
  if (saysOutside(tokens, "DELETE")) return refuseDelete(tokens)
  const verb = ["INSERT", "REPLACE", "UPDATE"].find((word) => saysOutside(tokens, word))
  return verb === undefined
    ? imperative("a query is not part of a schema; put it into a view, or into a script of its own")
    : writesData(verb)
}

const refuseDrop = (tokens: ReadonlyArray<Token>): Refusal =>
  tokens[1]?.word === "TABLE"
    ? {
      code: "dangerous_drop_table",
      message: "DROP TABLE loses the table's data; take the table's definition out of the schema instead"
    }
    : imperative("DROP removes what is already there; take the object's definition out of the schema instead")

const alterations: ReadonlyMap<string, Refusal> = new Map([
  [
    "RENAME",
    imperative(
      "RENAME changes what is already there; write the new name in the definition, with a line `-- lockplane: renamed from …` above it"
    )
  ],
  ["ALTER", imperative("ALTER COLUMN changes what is already there; write the column as it is wanted")],
  ["ADD", {
    code: "unmanaged_statement",
    message: "SQLite has constraints in CREATE TABLE; write the constraint there"
  }]
])

const refuseAlter = (tokens: ReadonlyArray<Token>): Refusal | undefined => {
  const at = tokens.findIndex(({ word }, i) => i > 2 && ["ADD", "ALTER", "DROP", "RENAME"].includes(word))
  const action = tokens[at]?.word ?? ""
  const next = tokens[at + 1]?.word ?? ""
  if (action === "ADD" && !["CONSTRAINT", "CHECK", "FOREIGN", "UNIQUE", "PRIMARY"].includes(next)) return undefined
  if (action !== "DROP") return alterations.get(action) ?? unknown
  return next === "CONSTRAINT"
    ? imperative("DROP CONSTRAINT removes what is already there; take the constraint out of the table's definition")
    : {
      code: "dangerous_drop_column",
      message: "DROP COLUMN loses the column's values; take the column out of the table's definition instead"
    }
}

const refusePragma = (tokens: ReadonlyArray<Token>, form: SourceForm): Refusal | undefined =>
  form === "dump" && upperAscii(tokens[1]?.text ?? "") === "FOREIGN_KEYS"
    ? undefined
    : imperative("a setting of the connection or the file is not part of a schema; take PRAGMA out")

const refuseTransaction = (tokens: ReadonlyArray<Token>, form: SourceForm): Refusal | undefined =>
  form === "dump" && ["BEGIN", "COMMIT", "END"].includes(tokens[0]?.word ?? "") ? undefined : transaction

const other = (what: string): Refusal => imperative(`${what} is not part of a schema; put it into a script of its own`)

type Refuse = (tokens: ReadonlyArray<Token>, form: SourceForm) => Refusal | undefined

/** By the first word of the statement: why it is refused. What is not here is refused as well. */
const refusals: ReadonlyMap<string, Refuse> = new Map<string, Refuse>([
  ["ALTER", refuseAlter],
  ["CREATE", () => undefined],
  ["DELETE", refuseDelete],
  ["DROP", refuseDrop],
  ["PRAGMA", refusePragma],
  ...["INSERT", "REPLACE", "UPDATE"].map((word): [string, Refuse] => [word, () => writesData(word)]),
  ...["SELECT", "VALUES", "WITH"].map((word): [string, Refuse] => [word, refuseQuery]),
  ...["BEGIN", "COMMIT", "END", "ROLLBACK", "SAVEPOINT", "RELEASE"].map((word): [string, Refuse] => [
    word,
    refuseTransaction
  ]),
  ...["ANALYZE", "ATTACH", "DETACH", "EXPLAIN", "REINDEX", "VACUUM"].map((word): [string, Refuse] => [
    word,
    () => other(word)
  ])
])

const refuseCreate = (statement: SchemaStatement, form: SourceForm): ReadonlyArray<Problem> => {
  const { header, start, tokens } = statement
  if (header === undefined) {
    const isUnknown = tokens[0]?.word === "CREATE" && !statement.partial
    return isUnknown ? [problem(statement, "unmanaged_statement", "Lockplane does not manage what this creates")] : []
  }
  const at = (code: IssueCode, message: string, span: Span): Problem =>
    problem(statement, code, message, { start: start + span.start, end: start + span.end })
  const behind = tokens.find((token) => token.start >= start + header.nameSpan.end)
  const isTemporary = header.temporary !== undefined || foldName(header.schema ?? "") === "temp"
  return [
    ...(isTemporary
      ? [at(
        "non_declarative_statement",
        "a temporary object is gone when its connection ends; take it out of the schema",
        header.temporary ?? header.nameSpan
      )]
      : header.schema !== undefined && foldName(header.schema) !== "main"
      ? [at(
        "unmanaged_statement",
        `a schema is of one database file, which is called main there; write ${header.name} without "${header.schema}"`,
        header.nameSpan
      )]
      : []),
    ...(header.ifNotExists !== undefined && form !== "dump"
      ? [at(
        "non_declarative_if_not_exists",
        "IF NOT EXISTS depends on what is already there; Lockplane finds that out by itself: take it out",
        header.ifNotExists
      )]
      : []),
    ...(header.kind === "table" && behind?.word === "AS"
      ? [at(
        "non_declarative_statement",
        "CREATE TABLE … AS fills a table with rows; write its columns",
        header.ownName
      )]
      : []),
    ...(isOutsideSchema(header.name) && form !== "dump"
      ? [at(
        "non_declarative_statement",
        `${isOwnTable(header.name) ? "SQLite" : "Lockplane"} makes ${header.name} by itself; take it out`,
        header.ownName
      )]
      : [])
  ]
}

/** The rows of a dump, in one error. */
const refuseRows = (statements: ReadonlyArray<SchemaStatement>): ReadonlyArray<Problem> => {
  const [first] = statements
  if (first === undefined) return []
  const count = statements.length === 1
    ? "an INSERT stands here"
    : `the first of ${statements.length} INSERTs stands here`
  const message =
    `${count}: this dump holds rows, and a schema does not; print the schema alone, by sqlite3 FILE .schema`
  return [problem(first, "non_declarative_statement", message)]
}

const isInsert = ({ tokens: [first] }: SchemaStatement): boolean =>
  first?.word === "INSERT" || first?.word === "REPLACE"

/** What `.dump` of SQLite's shell prints to go with rows: statistics, sequences, and how virtual tables are put in place. */
const isBesideRows = ({ tokens }: SchemaStatement): boolean => {
  const words = tokens.map(({ text }) => upperAscii(text))
  return (words[0] === "ANALYZE" && words.length <= 2) ||
    (words[0] === "DELETE" && words[2] === "SQLITE_SEQUENCE" && words.length === 3)
}

const isWritableSchema = ({ tokens }: SchemaStatement): boolean =>
  tokens[0]?.word === "PRAGMA" && upperAscii(tokens[1]?.text ?? "") === "WRITABLE_SCHEMA"

/** The declarative rules for a file: what it may not hold. */
export const checkDeclarative = ({ form, statements }: SchemaFile): ReadonlyArray<Problem> => {
  const rows = form === "dump" ? statements.filter(isInsert) : []
  const isTold = (statement: SchemaStatement): boolean =>
    form === "dump" &&
    (isInsert(statement) || isBesideRows(statement) || (rows.length > 0 && isWritableSchema(statement)))
  return [
    ...refuseRows(rows),
    ...statements.filter((statement) => !isTold(statement)).flatMap((statement) => {
      const refuse = refusals.get(statement.tokens[0]?.word ?? "")
      const refusal = refuse === undefined ? (statement.partial ? undefined : unknown) : refuse(statement.tokens, form)
      return [
        ...(refusal === undefined ? [] : [problem(statement, refusal.code, refusal.message)]),
        ...refuseCreate(statement, form)
      ]
    })
  ]
}
