/**
 * What the statements of a plan remove together with rows, or change in them, told by their text and the schema that they
 * begin on: anybody may have edited a plan, and what is left out of a copy is missing on no shadow, which has no rows.
 */
import * as Result from "effect/Result"
import { type Catalog, partsIndex } from "../Catalog.ts"
import { declaredLosses, statementsOf, type Step } from "../Plan.ts"
import { definitionOf } from "./kinds/table/creation.ts"
import {
  changedByTrigger,
  convertedTo,
  rowsLost,
  sequenceLost,
  type Stored,
  storedLost,
  valuesComputed,
  valuesConverted,
  valuesLost
} from "./kinds/table/loss.ts"
import { counterCarried, counterDropped } from "./kinds/table/rebuild.ts"
import { virtualTable } from "./kinds/virtual-table.ts"
import type { TableDefinition } from "./sql/Definition.ts"
import { foldName, quoteIdentifier, sameName } from "./sql/Identifier.ts"
import { contextualKeywords, reservedKeywords } from "./sql/keywords.ts"
import { nameOf, splitElements } from "./sql/Lexer.ts"
import { parseDefinition } from "./sql/Parser.ts"
import { droppedTable, nameAt, placeOfName, renamedTable, says, type Words, wordsOf } from "./sql/Words.ts"
import { lossyFor, namesOf, renamedIn, type Trigger, triggerOf, triggersIn } from "./Triggers.ts"
import { isSequence, lostRows, rowsReplaced, writeOf } from "./Writes.ts"

/** A statement of a plan, and its step. */
interface Placed {
  readonly step: number
  readonly sql: string
  readonly tokens: Words
}

/** What is lost, in a sentence, and the tables that have fewer rows by it, in lower case. */
interface Loss {
  readonly message: string
  readonly tables: ReadonlyArray<string>
}

/** A table at one moment of the plan. */
interface Table {
  readonly name: string
  /** The plan has made it itself. */
  readonly own: boolean
  readonly virtual?: true
  readonly autoincrement: boolean
  /** New rows may take the place of others, by a constraint that says so. */
  readonly replaces: boolean
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

const unknown = (name: string): Table => ({
  name,
  own: false,
  autoincrement: false,
  replaces: false,
  columns: undefined,
  copies: []
})

const tableOf = (definition: ReturnType<typeof definitionOf> | TableDefinition, own: boolean): Table => ({
  name: definition.name,
  own,
  autoincrement: definition.constraints.some((one) => one.kind === "primary key" && one.autoincrement === true),
  replaces: definition.constraints.some((one) => "conflict" in one && one.conflict === "REPLACE"),
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
const lostInMove = (table: Table, { copy, made, name }: Move, before: ReadonlyArray<Placed>): ReadonlyArray<Loss> => {
  const shown = quoteIdentifier(name)
  if (table.columns === undefined) {
    return copy.isComplete
      ? []
      : [{ message: rowsLost(shown), tables: [foldName(name)] }]
  }
  const values = [...table.columns].flatMap(([key, was]) => {
    const is = made.columns?.get(key)
    if (was.column.generated !== undefined) return []
    if (is?.column.generated !== undefined) return [valuesComputed(shown, was.name)]
    if (is === undefined || !copy.columns.has(key)) return [valuesLost(shown, was.name)]
    const to = convertedTo(was, is)
    return to === undefined ? [] : [valuesConverted(shown, was.name, to)]
  })
  const carries = made.autoincrement && isCarried(table.name, made.name, before)
  return [...values, ...(table.autoincrement && !carries ? [sequenceLost(shown)] : [])]
    .map((message) => ({ message, tables: [] }))
}

/** Whether the last that statements do to the counter of a table is to give it that of another. */
const isCarried = (from: string, to: string, before: ReadonlyArray<Placed>): boolean => {
  const last = before.findLast(({ tokens }) =>
    isSequence(writeOf(tokens)?.table ?? "") &&
    tokens.some((token) => token.kind === "string" && sameName(nameOf(token), to))
  )
  return last !== undefined && isSaid(last.tokens, counterCarried(from, to))
}

/** Whether a statement says what another says, whatever the spaces and the case of its keywords. */
const isSaid = (tokens: Words, sql: string): boolean => {
  const spelled = (words: Words): string => words.map(({ text, word }) => word === "" ? text : word).join(" ")
  return spelled(tokens) === spelled(wordsOf(sql))
}

/** Reads a plan from its begin, statement by statement, and knows the tables and triggers that are there at each. */
class Reading {
  private readonly all: ReadonlyArray<Placed>
  private readonly tables: Map<string, Table>
  private triggers: ReadonlyArray<Trigger>

  constructor(all: ReadonlyArray<Placed>, tables: Map<string, Table>, triggers: ReadonlyArray<Trigger>) {
    this.all = all
    this.tables = tables
    this.triggers = triggers
  }

  /** What the statement at a place loses. */
  next(at: number): ReadonlyArray<Loss> {
    const { sql, tokens } = this.all[at] ?? { sql: "", tokens: [] }
    if (tokens.some(({ word }) => word === "WRITABLE_SCHEMA")) {
      return [{ message: "The schema is edited as text, which can destroy the database.", tables: [] }]
    }
    if (says(tokens, 0, "CREATE", "TABLE")) return this.create(sql, tokens)
    if (tokens[0]?.word === "CREATE") {
      const made = triggerOf(sql)
      if (made !== undefined) this.triggers = [...this.triggers, made]
      return []
    }
    const dropped = droppedTable(tokens)
    if (dropped !== undefined) return this.drop(dropped, at)
    if (says(tokens, 0, "DROP")) return this.dropOther(tokens)
    if (says(tokens, 0, "ALTER", "TABLE")) return this.alter(tokens)
    return this.write(tokens)
  }

  private write(tokens: Words): ReadonlyArray<Loss> {
    const write = writeOf(tokens)
    if (write === undefined) return []
    const into = this.tables.get(foldName(write.table))
    const isFresh = isSequence(write.table) &&
      [...this.tables.values()].some(({ name, own }) => own && isSaid(tokens, counterDropped(name)))
    if (isFresh) return []
    const fired = lossyFor(this.triggers, tokens)
    const copied = fired.length > 0 ? undefined : copyOf(tokens)
    if (copied !== undefined && into !== undefined) {
      this.tables.set(copied.into, { ...into, copies: [...into.copies, copied.copy] })
    }
    const isReplacing = write.verb === "INSERT" && write.otherwise === undefined && into?.replaces === true &&
      (!into.own || into.copies.length > 0)
    const shown = quoteIdentifier(write.table)
    return [
      ...new Set([...lostRows(tokens), ...(isReplacing ? [rowsReplaced(shown)] : [])])
    ].map((message): Loss => ({ message, tables: [foldName(write.table)] })).concat(
      fired.map((trigger) => ({
        message: changedByTrigger(quoteIdentifier(trigger.name), shown),
        // whatever that fires in turn
        tables: this.triggers.flatMap(namesOf)
      }))
    )
  }

  private dropOther(tokens: Words): ReadonlyArray<Loss> {
    const name = foldName(nameAt(tokens, says(tokens, 2, "IF", "EXISTS") ? 4 : 2))
    if (says(tokens, 1, "TRIGGER")) this.triggers = this.triggers.filter((trigger) => foldName(trigger.name) !== name)
    if (says(tokens, 1, "VIEW")) this.triggers = this.triggers.filter(({ table }) => table !== name)
    return []
  }

  private create(sql: string, tokens: Words): ReadonlyArray<Loss> {
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

  private drop(name: string, at: number): ReadonlyArray<Loss> {
    const table = this.table(name)
    const key = foldName(name)
    const move = table.own ? undefined : moveOf(table, this.tables.values(), this.all.slice(at + 1))
    this.tables.delete(key)
    this.triggers = this.triggers.filter((trigger) => trigger.table !== key)
    this.copiesFrom(key, undefined)
    if (move === undefined) {
      const lost = table.virtual === true ? storedLost : rowsLost
      return table.own ? [] : [{ message: lost(quoteIdentifier(table.name)), tables: [key] }]
    }
    // from here on it holds the rows of the other
    this.tables.set(foldName(move.made.name), { ...move.made, own: false, copies: [] })
    return lostInMove(table, move, this.all.slice(0, at))
  }

  /** A table from which others were filled is called otherwise now, or gone. */
  private copiesFrom(from: string, to: string | undefined): void {
    for (const [key, table] of this.tables) {
      if (!table.copies.some((copy) => copy.from === from)) continue
      const copies = table.copies.flatMap((copy) =>
        copy.from !== from ? [copy] : to === undefined ? [] : [{ ...copy, from: to }]
      )
      this.tables.set(key, { ...table, copies })
    }
  }

  /** Columns of a table are not those any more that copies went into, or came from. */
  private forget(table: string, ...columns: ReadonlyArray<string>): void {
    for (const [key, one] of this.tables) {
      const copies = one.copies.map((copy) =>
        key !== table && copy.from !== table
          ? copy
          : {
            ...copy,
            columns: new Set([...copy.columns].filter((name) => !columns.includes(name))),
            isComplete: false
          }
      )
      this.tables.set(key, { ...one, copies })
    }
  }

  private alter(tokens: Words): ReadonlyArray<Loss> {
    const table = this.table(nameAt(tokens, 2))
    const at = placeOfName(tokens, 2) + 1
    const behind = tokens[at + 1]?.word === "COLUMN" ? at + 2 : at + 1
    const key = foldName(nameAt(tokens, behind))
    const columns = new Map(table.columns)
    const keep = (columns: Table["columns"]): void =>
      void this.tables.set(foldName(table.name), { ...this.table(table.name), columns })
    const [, renamed] = renamedTable(tokens) ?? []
    if (renamed !== undefined) {
      const [from, to] = [foldName(table.name), foldName(renamed)]
      this.tables.delete(from)
      this.tables.set(to, { ...table, name: renamed })
      this.copiesFrom(from, to)
      this.triggers = this.triggers.map((trigger) => renamedIn(trigger, from, to))
      return []
    }
    if (says(tokens, at, "RENAME")) {
      const column = columns.get(key)
      const name = nameAt(tokens, behind + 2)
      this.forget(foldName(table.name), key, foldName(name))
      columns.delete(key)
      if (column !== undefined) keep(columns.set(foldName(name), { ...column, name }))
      return []
    }
    // what it adds holds nothing yet
    if (!says(tokens, at, "DROP") || says(tokens, at + 1, "CONSTRAINT")) return []
    const column = columns.get(key)
    columns.delete(key)
    this.forget(foldName(table.name), key)
    if (table.columns !== undefined) keep(columns)
    return table.own || column?.column.generated !== undefined
      ? []
      : [{
        message: valuesLost(quoteIdentifier(table.name), column?.name ?? nameAt(tokens, behind)),
        tables: []
      }]
  }

  private table(name: string): Table {
    return this.tables.get(foldName(name)) ?? unknown(name)
  }
}

const placed = (steps: ReadonlyArray<ReadonlyArray<string>>): ReadonlyArray<Placed> =>
  steps.flatMap((statements, step) => statements.map((sql): Placed => ({ step, sql, tokens: wordsOf(sql) })))

/**
 * What the statements of each step remove or change, in sentences. `before` is the schema that they begin on; without it,
 * nothing is known of the columns of tables, nor of triggers.
 */
export const lossesIn = (
  steps: ReadonlyArray<ReadonlyArray<string>>,
  before?: Catalog
): ReadonlyArray<ReadonlyArray<string>> => {
  const all = placed(steps)
  const reading = before === undefined
    ? new Reading(all, new Map(), [])
    : new Reading(all, tablesIn(before), triggersIn(before))
  const found = all.map(({ step }, at) => ({ step, losses: reading.next(at) }))
  return steps.map((_, i) =>
    found.filter(({ step }) => step === i).flatMap(({ losses }) => losses.map(({ message }) => message))
  )
}

/**
 * The tables, in lower case, of which the statements of steps say that rows go, or of which the steps declare it. `definitions`
 * are the texts of tables that are there, `triggers` what they fire.
 */
export const tablesWithLosses = (
  steps: ReadonlyArray<Step>,
  definitions: ReadonlyArray<string>,
  triggers: ReadonlyArray<Trigger>
): ReadonlySet<string> => {
  const all = placed(steps.map(statementsOf))
  const tables = new Map(
    definitions.flatMap((sql) => {
      const read = Result.getOrUndefined(parseDefinition(sql))
      return read?.kind === "table" ? [[foldName(read.name), tableOf(read, false)] as const] : []
    })
  )
  const reading = new Reading(all, new Map(tables), triggers)
  const stated = all.flatMap((_, at) => reading.next(at)).flatMap(({ tables }) => tables)
  const declared = [...tables.values()].filter(({ name }) =>
    steps.flatMap(declaredLosses).some((said) => said.startsWith(rowsLost(quoteIdentifier(name))))
  )
  return new Set([...stated, ...declared.map(({ name }) => foldName(name))])
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
