/** What the files of a schema define together: tables, views, indexes, by name, with the place of every name. */
import { creations } from "./Creations.ts"
import type { ColumnDefinition, ConstraintDefinition, IndexDefinition, Span } from "./Definition.ts"
import { foldName } from "./Identifier.ts"
import { nameOf, type Token } from "./Lexer.ts"
import type { SchemaFile, SchemaStatement } from "./SchemaFile.ts"

/** A name in a file. */
export interface Place extends Span {
  readonly name: string
  readonly statement: SchemaStatement
}

/** A column, with the place of its name. */
export interface OutlinedColumn {
  readonly column: ColumnDefinition
  readonly place: Place
  /** The tokens of the column. */
  readonly tokens: ReadonlyArray<Token>
}

/** A constraint, with its tokens. */
export interface OutlinedConstraint {
  readonly constraint: ConstraintDefinition
  readonly statement: SchemaStatement
  readonly tokens: ReadonlyArray<Token>
}

/** A table, view or virtual table. */
export interface Relation {
  readonly kind: "table" | "view" | "virtual table"
  readonly place: Place
  readonly strict: boolean
  readonly columns: Array<OutlinedColumn>
  readonly constraints: Array<OutlinedConstraint>
  /** Whether there are columns that nobody can tell: of a view, a virtual table, a statement with errors. */
  readonly hidden: boolean
}

/** An index with the place of its name and its tokens. */
export interface OutlinedIndex {
  readonly definition: IndexDefinition
  readonly place: Place
  readonly table: Place
}

/** All of it. */
export interface Outline {
  readonly relations: ReadonlyArray<Relation>
  /** Definitions of a name that is defined already. */
  readonly repeated: ReadonlyArray<Relation>
  readonly indexes: ReadonlyArray<OutlinedIndex>
  readonly triggers: ReadonlyArray<Place>
  /** The tables that columns are added to. */
  readonly additions: ReadonlyArray<Place>
  readonly find: (name: string) => Relation | undefined
  /** Whether a name stands in a statement that cannot be read, so that it may be defined there. */
  readonly isInBroken: (name: string) => boolean
}

const within = (tokens: ReadonlyArray<Token>, { end, start }: Span): ReadonlyArray<Token> =>
  tokens.filter((token) => token.start >= start && token.end <= end)

const shifted = ({ end, start }: Span, by: number): Span => ({ start: start + by, end: end + by })

const ownPlace = (statement: SchemaStatement): Place | undefined =>
  statement.header === undefined
    ? undefined
    : { name: statement.header.name, statement, ...shifted(statement.header.ownName, statement.start) }

/** The name that begins a column. */
const columnPlace = (statement: SchemaStatement, name: string, tokens: ReadonlyArray<Token>): Place => {
  const { end, start } = tokens[0] ?? statement
  return { name, statement, start, end }
}

const relationOf = (statement: SchemaStatement): Relation | undefined => {
  const { definition, header, partial, start, tokens } = statement
  const place = ownPlace(statement)
  if (place === undefined || header === undefined || header.kind === "index" || header.kind === "trigger") {
    return undefined
  }
  const table = definition?.kind === "table" ? definition : undefined
  return {
    kind: header.kind,
    place,
    strict: table?.strict === true,
    hidden: table === undefined || partial,
    columns: (table?.columns ?? []).map((column) => {
      const own = within(tokens, shifted(column.span, start))
      return { column, place: columnPlace(statement, column.name, own), tokens: own }
    }),
    constraints: (table?.constraints ?? []).map((constraint) => ({
      constraint,
      statement,
      tokens: within(tokens, shifted(constraint.span, start))
    }))
  }
}

const addTo = (relation: Relation, statement: SchemaStatement): void => {
  const { added, tokens } = statement
  if (added === undefined) return
  const own = within(tokens, added.column.span)
  relation.columns.push({
    column: added.column,
    place: columnPlace(statement, added.column.name, own),
    tokens: own
  })
  relation.constraints.push(
    ...added.constraints.map((constraint) => ({ constraint, statement, tokens: within(tokens, constraint.span) }))
  )
}

const indexOf = (statement: SchemaStatement): OutlinedIndex | undefined => {
  const { definition, tokens } = statement
  const place = ownPlace(statement)
  const table = tokens[tokens.findIndex(({ word }) => word === "ON") + 1]
  return definition?.kind !== "index" || place === undefined || table === undefined ? undefined : {
    definition,
    place,
    table: { name: nameOf(table), statement, start: table.start, end: table.end }
  }
}

/** Reads the outline of files together, as one schema. */
export const outline = (files: ReadonlyArray<SchemaFile>): Outline => {
  const all = files.flatMap(({ statements }) => statements)
  const statements = creations(files)
  const known = new Map<string, Relation>()
  const repeated: Array<Relation> = []
  for (const statement of statements) {
    const relation = relationOf(statement)
    if (relation === undefined) continue
    const name = foldName(relation.place.name)
    if (!known.has(name)) known.set(name, relation)
    else if (statement.header?.ifNotExists === undefined) repeated.push(relation)
  }
  for (const statement of statements) {
    const relation = statement.added === undefined ? undefined : known.get(foldName(nameOf(statement.added.table)))
    if (relation !== undefined) addTo(relation, statement)
  }
  const broken = all.filter(({ definition, header, partial }) =>
    partial || (definition === undefined && header !== undefined)
  )
    .map(({ text }) => foldName(text))
  return {
    relations: [...known.values()],
    repeated,
    indexes: statements.flatMap((statement) => indexOf(statement) ?? []),
    additions: statements.flatMap((statement) => {
      const table = statement.added?.table
      return table === undefined ? [] : [{ name: nameOf(table), statement, start: table.start, end: table.end }]
    }),
    triggers: statements.flatMap((statement) => statement.header?.kind === "trigger" ? ownPlace(statement) ?? [] : []),
    find: (name) => known.get(foldName(name)),
    isInBroken: (name) => broken.some((text) => text.includes(foldName(name)))
  }
}
