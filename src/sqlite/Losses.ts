/**
 * What the statements of a plan remove together with rows, or change in them, told by their text and the schema that they
 * begin on: anybody may have edited a plan, and what is left out of a copy is missing on no shadow, which has no rows.
 */
import * as Result from "effect/Result"
import { type Catalog, partsIndex } from "../Catalog.ts"
import { declaredLosses, statementsOf, type Step } from "../Plan.ts"
import { definitionOf } from "./kinds/table/creation.ts"
import {
  convertedTo,
  rowsLost,
  sequenceLost,
  type Stored,
  storedLost,
  valuesComputed,
  valuesConverted,
  valuesLost
} from "./kinds/table/loss.ts"
import { virtualTable } from "./kinds/virtual-table.ts"
import type { TableDefinition } from "./sql/Definition.ts"
import { foldName, quoteIdentifier } from "./sql/Identifier.ts"
import { contextualKeywords, reservedKeywords } from "./sql/keywords.ts"
import { nameOf, splitElements } from "./sql/Lexer.ts"
import { parseDefinition } from "./sql/Parser.ts"
import { droppedTable, nameAt, placeOfName, renamedTable, says, type Words, wordsOf } from "./sql/Words.ts"

/** A statement of a plan, and its step. */
interface Placed {
  readonly step: number
  readonly sql: string
  readonly tokens: Words
}

/** A table at one moment of the plan. */
interface Table {
  readonly name: string
  /** The plan has made it itself. */
  readonly own: boolean
  readonly virtual?: true
  readonly autoincrement: boolean
  /** Its columns by their names in lower case; undefined where nobody knows them. */
  readonly columns: ReadonlyMap<string, Stored & { readonly name: string }> | undefined
  /** What the plan has copied into it. */
  readonly copies: ReadonlyArray<Copy>
}

/** A copy of every row of a table, which is named in lower case, and the columns that go over under their own names. */
interface Copy {
  readonly from: string
  readonly columns: ReadonlySet<string>
  readonly isComplete: boolean
}

const unknown = (name: string): Table => ({ name, own: false, autoincrement: false, columns: undefined, copies: [] })

const tableOf = (definition: ReturnType<typeof definitionOf> | TableDefinition, own: boolean): Table => ({
  name: definition.name,
  own,
  autoincrement: definition.constraints.some((one) => one.kind === "primary key" && one.autoincrement === true),
  columns: new Map(
    definition.columns.map((column) => [
      foldName(column.name),
      { name: column.name, column, strict: definition.strict }
    ])
  ),
  copies: []
})

const tablesIn = (catalog: Catalog): Map<string, Table> => {
  const parts = partsIndex(catalog)
  return new Map(
    [...catalog.objects.values()].flatMap((object) => {
      const name = object.name[1] ?? ""
      if (object.kind === virtualTable.kind) return [[foldName(name), { ...unknown(name), virtual: true as const }]]
      return object.kind === "table"
        ? [[foldName(name), tableOf(definitionOf(object, parts.get(object.id) ?? []), false)]]
        : []
    })
  )
}

/** The column that an element of a list is, in lower case; undefined for what is none, or may be a constant such as TRUE. */
const columnIn = ([token, ...more]: Words): string | undefined =>
  token === undefined || more.length > 0 || token.kind !== "quoted" && token.kind !== "word" ||
    reservedKeywords.has(token.word) || contextualKeywords.has(token.word)
    ? undefined
    : foldName(nameOf(token))

/** What a statement copies, and the table that it goes into; undefined where it is no copy of every row of one table. */
const copyOf = (tokens: Words): { readonly into: string; readonly copy: Copy } | undefined => {
  if (!says(tokens, 0, "INSERT", "OR", "ABORT", "INTO")) return undefined
  const open = placeOfName(tokens, 4) + 1
  const close = tokens.findIndex(({ word }, i) => i > open && word === ")")
  const at = tokens.findIndex(({ word }, i) => i > close && word === "FROM")
  if (!says(tokens, open, "(") || !says(tokens, close, ")", "SELECT") || at < 0) return undefined
  if (placeOfName(tokens, at + 1) !== tokens.length - 1) return undefined
  const into = splitElements(tokens.slice(open + 1, close)).map(columnIn)
  const out = splitElements(tokens.slice(close + 2, at)).map(columnIn)
  const same = into.filter((column, i) => column !== undefined && column === out[i])
  return {
    into: foldName(nameAt(tokens, 4)),
    copy: {
      from: foldName(nameAt(tokens, at + 1)),
      columns: new Set(same.flatMap((column) => column ?? [])),
      isComplete: same.length === into.length && into.length === out.length
    }
  }
}

/** A table that is made anew: into which one its rows have gone, and the name that this gets. */
interface Move {
  readonly made: Table
  readonly copy: Copy
  readonly name: string
}

/** How a table that is dropped goes on as another of those that are there, by what the plan does afterwards. */
const moveOf = (table: Table, tables: Iterable<Table>, after: ReadonlyArray<Placed>): Move | undefined =>
  [...tables].flatMap((made): ReadonlyArray<Move> => {
    const copy = made.copies.find(({ from }) => from === foldName(table.name))
    const [, name] = after.map(({ tokens }) => renamedTable(tokens))
      .find((renamed) => foldName(renamed?.[0] ?? "") === foldName(made.name)) ?? []
    const isNamed = name !== undefined && foldName(name) === foldName(table.name)
    return copy !== undefined && made.own && isNamed ? [{ copy, made, name }] : []
  })[0]

/** What a table that is made anew loses by that. */
const lostInMove = (table: Table, { copy, made, name }: Move, all: ReadonlyArray<Placed>): ReadonlyArray<string> => {
  const shown = quoteIdentifier(name)
  if (table.columns === undefined) return copy.isComplete ? [] : [rowsLost(shown)]
  const values = [...table.columns].flatMap(([key, was]) => {
    const is = made.columns?.get(key)
    if (was.column.generated !== undefined) return []
    if (is?.column.generated !== undefined) return [valuesComputed(shown, was.name)]
    if (is === undefined || !copy.columns.has(key)) return [valuesLost(shown, was.name)]
    const to = convertedTo(was, is)
    return to === undefined ? [] : [valuesConverted(shown, was.name, to)]
  })
  const carries = all.some(({ tokens }) =>
    says(tokens, 0, "INSERT", "INTO") && foldName(nameAt(tokens, 2)) === "sqlite_sequence"
  )
  return [...values, ...(table.autoincrement && !(made.autoincrement && carries) ? [sequenceLost(shown)] : [])]
}

const verbs: ReadonlySet<string> = new Set(["DELETE", "UPDATE", "REPLACE", "INSERT", "SELECT"])

/** Where the verb of a statement that reads or writes rows stands: at its begin, or behind the tables of WITH; -1 of others. */
const verbAt = (tokens: Words): number => {
  if (tokens[0]?.word !== "WITH") return verbs.has(tokens[0]?.word ?? "") ? 0 : -1
  let depth = 0
  return tokens.findIndex(({ word }) => {
    if (word === "(") depth++
    if (word === ")") depth--
    return depth === 0 && verbs.has(word)
  })
}

/** What a statement removes or changes of the rows that are there, in whatever schema. */
const lostRows = (tokens: Words): ReadonlyArray<string> => {
  const at = verbAt(tokens)
  const table = (place: number): string => quoteIdentifier(nameAt(tokens, place))
  switch (tokens[at]?.word) {
    case "DELETE":
      return foldName(nameAt(tokens, at + 2)) === "sqlite_sequence"
        ? []
        : [`Rows of table ${table(at + 2)} are deleted.`]
    case "UPDATE":
      return [`Values of ${table(says(tokens, at + 1, "OR") ? at + 3 : at + 1)} are changed.`]
    case "REPLACE":
      return [`Rows of table ${table(at + 2)} may be replaced.`]
    case "INSERT":
      return says(tokens, at + 1, "OR", "REPLACE") || tokens.some(({ word }) => word === "CONFLICT")
        ? [`Rows of table ${table(says(tokens, at + 1, "OR") ? at + 4 : at + 2)} may be replaced.`]
        : []
    default:
      return []
  }
}

/** Reads a plan from its begin, statement by statement, and knows the tables that are there at each. */
class Reading {
  private readonly all: ReadonlyArray<Placed>
  private readonly tables: Map<string, Table>

  constructor(all: ReadonlyArray<Placed>, tables: Map<string, Table>) {
    this.all = all
    this.tables = tables
  }

  /** What the statement at a place loses. */
  next(at: number): ReadonlyArray<string> {
    const { sql, tokens } = this.all[at] ?? { sql: "", tokens: [] }
    if (tokens.some(({ word }) => word === "WRITABLE_SCHEMA")) {
      return ["The schema is edited as text, which can destroy the database."]
    }
    if (says(tokens, 0, "CREATE", "TABLE")) return this.create(sql, tokens)
    const dropped = droppedTable(tokens)
    if (dropped !== undefined) return this.drop(dropped, at)
    if (says(tokens, 0, "ALTER", "TABLE")) return this.alter(tokens)
    const copied = copyOf(tokens)
    const into = this.tables.get(copied?.into ?? "")
    if (copied !== undefined && into !== undefined) {
      this.tables.set(copied.into, { ...into, copies: [...into.copies, copied.copy] })
    }
    return lostRows(tokens)
  }

  private create(sql: string, tokens: Words): ReadonlyArray<string> {
    // whether that makes a table is for the database to say
    if (says(tokens, 2, "IF")) return []
    const read = Result.getOrUndefined(parseDefinition(sql))
    const name = nameAt(tokens, 2)
    this.tables.set(
      foldName(name),
      read?.kind === "table" ? tableOf(read, true) : { ...unknown(name), own: true }
    )
    return []
  }

  private drop(name: string, at: number): ReadonlyArray<string> {
    const table = this.table(name)
    const move = table.own ? undefined : moveOf(table, this.tables.values(), this.all.slice(at + 1))
    this.tables.delete(foldName(name))
    if (move === undefined) {
      const lost = table.virtual === true ? storedLost : rowsLost
      return table.own ? [] : [lost(quoteIdentifier(table.name))]
    }
    // from here on it holds the rows of the other
    this.tables.set(foldName(move.made.name), { ...move.made, own: false, copies: [] })
    return lostInMove(table, move, this.all)
  }

  private alter(tokens: Words): ReadonlyArray<string> {
    const table = this.table(nameAt(tokens, 2))
    const at = placeOfName(tokens, 2) + 1
    const behind = tokens[at + 1]?.word === "COLUMN" ? at + 2 : at + 1
    const key = foldName(nameAt(tokens, behind))
    const columns = new Map(table.columns)
    const keep = (changed: Table): void => void this.tables.set(foldName(changed.name), changed)
    const [, renamed] = renamedTable(tokens) ?? []
    if (renamed !== undefined) {
      this.tables.delete(foldName(table.name))
      keep({ ...table, name: renamed })
      return []
    }
    if (says(tokens, at, "RENAME")) {
      const column = columns.get(key)
      const name = nameAt(tokens, behind + 2)
      columns.delete(key)
      if (column !== undefined) keep({ ...table, columns: columns.set(foldName(name), { ...column, name }) })
      return []
    }
    // what it adds holds nothing yet
    if (!says(tokens, at, "DROP") || says(tokens, at + 1, "CONSTRAINT")) return []
    const column = columns.get(key)
    columns.delete(key)
    if (table.columns !== undefined) keep({ ...table, columns })
    return table.own || column?.column.generated !== undefined
      ? []
      : [valuesLost(quoteIdentifier(table.name), column?.name ?? nameAt(tokens, behind))]
  }

  private table(name: string): Table {
    return this.tables.get(foldName(name)) ?? unknown(name)
  }
}

/**
 * What the statements of each step remove or change, in sentences. `before` is the schema that they begin on; without it,
 * nothing is known of the columns of tables.
 */
export const lossesIn = (
  steps: ReadonlyArray<ReadonlyArray<string>>,
  before?: Catalog
): ReadonlyArray<ReadonlyArray<string>> => {
  const all = steps.flatMap((statements, step) =>
    statements.map((sql): Placed => ({ step, sql, tokens: wordsOf(sql) }))
  )
  const reading = new Reading(all, before === undefined ? new Map() : tablesIn(before))
  const found = all.map(({ step }, at) => ({ step, losses: reading.next(at) }))
  return steps.map((_, i) => found.filter(({ step }) => step === i).flatMap(({ losses }) => losses))
}

/** What the statements of each step remove or change beyond what its hazards say. */
export const undeclaredLosses = (
  steps: ReadonlyArray<Step>,
  before?: Catalog
): ReadonlyArray<ReadonlyArray<string>> =>
  lossesIn(steps.map(statementsOf), before).map((losses, i) => {
    const step = steps[i]
    const declared = step === undefined ? [] : declaredLosses(step)
    // more may be said of it
    return losses.filter((loss) => !declared.some((said) => said.startsWith(loss)))
  })
