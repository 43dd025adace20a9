/**
 * The structural rules: what SQLite would refuse when it loads the files, or when the tables are used, as far as that can be
 * told for certain without a database, each at the place of the name itself; and what it takes, but nobody wants.
 */
import { type IssueCode, type Problem, problem } from "../../text/Problem.ts"
import type { ForeignKeyDefinition, KeyPart, Span } from "./Definition.ts"
import { foldName, sameName, upperAscii } from "./Identifier.ts"
import { isName, nameOf, splitElements, type Token } from "./Lexer.ts"
import { misspellings } from "./Misspelling.ts"
import type { Outline, OutlinedConstraint, Place, Relation } from "./Outline.ts"
import type { SchemaStatement } from "./SchemaFile.ts"

type Rule = (outline: Outline) => ReadonlyArray<Problem>

const at = (place: Place, code: IssueCode, message: string): Problem => problem(place.statement, code, message, place)

const rowidNames = new Set(["rowid", "_rowid_", "oid"])

const hasColumn = ({ columns }: Relation, name: string): boolean =>
  columns.some(({ column }) => sameName(column.name, name))

const namesOf = ({ columns }: Relation): string => columns.map(({ column }) => column.name).join(", ")

/** The first token of each element of the parenthesised list that opens at or behind a token. */
const listBehind = (tokens: ReadonlyArray<Token>, from: number): ReadonlyArray<Token> => {
  const open = tokens.findIndex(({ word }, i) => i >= from && word === "(")
  let depth = 0
  for (let i = open; i >= 0 && i < tokens.length; i++) {
    if (tokens[i]?.word === "(") depth++
    if (tokens[i]?.word === ")" && --depth === 0) {
      return splitElements(tokens.slice(open + 1, i)).flatMap(([first]) => first === undefined ? [] : [first])
    }
  }
  return []
}

const unknownColumns = (
  outline: Outline,
  statement: SchemaStatement,
  relation: Relation,
  names: ReadonlyArray<Token>,
  code: IssueCode
): ReadonlyArray<Problem> =>
  relation.hidden ? [] : names
    .filter((token) => isName(token) && !hasColumn(relation, nameOf(token)) && !outline.isInBroken(nameOf(token)))
    .map((token) =>
      problem(
        statement,
        code,
        `"${relation.place.name}" has no column "${nameOf(token)}"; its columns are ${namesOf(relation)}`,
        token
      )
    )

const duplicateTable: Rule = ({ repeated }) =>
  repeated.map(({ place }) =>
    at(place, "duplicate_table", `relation "${place.name}" is defined twice; keep one of the definitions`)
  )

const duplicateColumn: Rule = ({ relations, repeated }) =>
  [...relations, ...repeated].flatMap(({ columns, place }) =>
    columns
      .filter(({ column }, i) => columns.slice(0, i).some((earlier) => sameName(earlier.column.name, column.name)))
      .map((column) =>
        at(
          column.place,
          "duplicate_column",
          `column "${column.column.name}" of "${place.name}" is defined twice; keep one of the definitions`
        )
      )
  )

/** The words PRIMARY KEY of a constraint. */
const keyWords = ({ statement, tokens }: OutlinedConstraint): Span => {
  const first = tokens.findIndex(({ word }) => word === "PRIMARY")
  return { start: tokens[first]?.start ?? statement.start, end: tokens[first + 1]?.end ?? statement.end }
}

const duplicatePrimaryKey: Rule = ({ relations }) =>
  relations.flatMap(({ constraints, place }) =>
    constraints.filter(({ constraint }) => constraint.kind === "primary key").slice(1).map((key) =>
      problem(
        key.statement,
        "duplicate_primary_key",
        `"${place.name}" has a primary key already; a table has only one`,
        keyWords(key)
      )
    )
  )

const duplicateIndex: Rule = ({ find, indexes, triggers }) => {
  const taken = (what: string, name: string, by: string): string =>
    `the name of ${what} "${name}" is taken already (by ${by}); give it another, or take it out if it is the same`
  const repeated = (places: ReadonlyArray<Place>, place: Place, i: number): boolean =>
    place.statement.header?.ifNotExists === undefined &&
    places.slice(0, i).some(({ name }) => sameName(name, place.name))
  const places = indexes.map(({ place }) => place)
  return [
    ...places.flatMap((place, i) => {
      const relation = find(place.name)
      if (relation !== undefined) {
        return [at(place, "duplicate_index", taken("index", place.name, `a ${relation.kind}`))]
      }
      return repeated(places, place, i) ? [at(place, "duplicate_index", taken("index", place.name, "an index"))] : []
    }),
    ...triggers.filter((place, i) => repeated(triggers, place, i)).map((place) =>
      at(place, "invalid_definition", taken("trigger", place.name, "a trigger"))
    )
  ]
}

/** Only tables that are STRICT need types; elsewhere a column without one takes values of every type as they are. */
const missingType: Rule = ({ relations }) =>
  relations.filter(({ strict }) => strict).flatMap(({ columns, place }) =>
    columns.filter(({ column }) => column.type === undefined).map((column) =>
      at(
        column.place,
        "missing_type",
        `column "${column.column.name}" of "${place.name}" has no type, and the table is STRICT; write INT, INTEGER, REAL, TEXT, BLOB or ANY`
      )
    )
  )

interface OutlinedForeignKey extends OutlinedConstraint {
  readonly relation: Relation
  readonly key: ForeignKeyDefinition
  readonly target: Token | undefined
}

const foreignKeys = ({ relations }: Outline): ReadonlyArray<OutlinedForeignKey> =>
  relations.flatMap((relation) =>
    relation.constraints.flatMap((constraint) =>
      constraint.constraint.kind !== "foreign key" ? [] : [{
        ...constraint,
        relation,
        key: constraint.constraint,
        target: constraint.tokens[constraint.tokens.findIndex(({ word }) => word === "REFERENCES") + 1]
      }]
    )
  )

const invalidFkTable = (
  outline: Outline,
  { key, statement, target }: OutlinedForeignKey
): ReadonlyArray<Problem> => {
  const relation = outline.find(key.table)
  if (relation === undefined && !outline.isInBroken(key.table)) {
    const message = `foreign key references table "${key.table}", which does not exist; define it, or correct the name`
    return [problem(statement, "invalid_fk_table", message, target ?? statement)]
  }
  return relation === undefined || relation.kind === "table" ? [] : [
    problem(
      statement,
      "invalid_fk_table",
      `foreign key references "${key.table}", which is a ${relation.kind}, not a table`,
      target ?? statement
    )
  ]
}

const invalidFkColumn = (
  outline: Outline,
  { key, relation, statement, target, tokens }: OutlinedForeignKey
): ReadonlyArray<Problem> => {
  const begin = tokens.findIndex(({ word }) => word === "FOREIGN")
  const own = begin < 0 ? [] : listBehind(tokens, begin)
  const problems = [...unknownColumns(outline, statement, relation, own, "invalid_fk_column")]
  const referenced = outline.find(key.table)
  if (referenced?.kind !== "table" || referenced.hidden) return problems
  const where = target ?? statement
  const say = (message: string) => problems.push(problem(statement, "invalid_fk_column", message, where))
  const names = key.referenced === undefined
    ? []
    : listBehind(tokens, target === undefined ? 0 : tokens.indexOf(target))
  problems.push(...unknownColumns(outline, statement, referenced, names, "invalid_fk_column"))
  const primary = referenced.constraints.find(({ constraint }) => constraint.kind === "primary key")?.constraint
  const count = key.referenced?.length ?? (primary?.kind === "primary key" ? primary.columns.length : undefined)
  const table = `"${referenced.place.name}"`
  if (count === undefined) {
    say(`${table} has no primary key to reference; write the referenced columns after its name`)
  } else if (count !== key.columns.length) {
    say(
      `foreign key has ${key.columns.length} column(s) and references ${count}; write as many of one as of the other`
    )
  } else if (
    problems.length === 0 && key.referenced !== undefined && !isKey(outline, referenced, key.referenced) &&
    !outline.isInBroken(referenced.place.name)
  ) {
    const list = key.referenced.join(", ")
    say(`foreign key references ${table} (${list}), which no key of it is over; add UNIQUE (${list}) there`)
  }
  return problems
}

/** A foreign key, and what is wrong with it. */
export interface FaultyKey {
  readonly table: string
  readonly key: ForeignKeyDefinition
  readonly problems: ReadonlyArray<Problem>
}

/** The foreign keys that something is wrong with. */
export const faultyKeys = (outline: Outline): ReadonlyArray<FaultyKey> =>
  foreignKeys(outline).flatMap((one) => {
    const problems = [...invalidFkTable(outline, one), ...invalidFkColumn(outline, one)]
    return problems.length === 0 ? [] : [{ table: one.relation.place.name, key: one.key, problems }]
  })

const invalidForeignKey: Rule = (outline) => faultyKeys(outline).flatMap(({ problems }) => problems)

/** Whether these columns are the primary key of a table or unique in it, in whatever order (SQLite, "SQLite Foreign Key Support", 3). */
const isKey = (
  { indexes }: Outline,
  { constraints, place }: Relation,
  names: ReadonlyArray<string>
): boolean => {
  const wanted = new Set(names.map(foldName))
  const isOver = (parts: ReadonlyArray<KeyPart>): boolean =>
    parts.length === wanted.size && parts.every(({ column }) => column !== undefined && wanted.has(foldName(column)))
  return constraints.some(({ constraint }) =>
    (constraint.kind === "primary key" || constraint.kind === "unique") && isOver(constraint.columns)
  ) ||
    indexes.some(({ definition, table }) =>
      sameName(table.name, place.name) && definition.unique === true && definition.where === undefined &&
      isOver(definition.columns)
    )
}

const invalidIndexColumn: Rule = (outline) => {
  const ofKeys = outline.relations.flatMap((relation) =>
    relation.constraints.flatMap(({ constraint, statement, tokens }) => {
      if (constraint.kind !== "unique" && constraint.kind !== "primary key") return []
      const word = tokens.findIndex(({ word }) => word === "UNIQUE" || word === "KEY")
      const listed = tokens[word + 1]?.word === "(" ? listBehind(tokens, word) : []
      return unknownColumns(outline, statement, relation, listed, "invalid_index_column")
    })
  )
  const ofIndexes = outline.indexes.flatMap(({ definition, place: { statement }, table }) => {
    const relation = outline.find(table.name)
    if (relation === undefined && outline.isInBroken(table.name)) return []
    if (relation?.kind !== "table") {
      const what = relation === undefined ? "does not exist" : `is a ${relation.kind}`
      const message = `the index is on table "${table.name}", which ${what}; define the table, or correct the name`
      return [at(table, "invalid_index_column", message)]
    }
    const from = statement.tokens.findIndex(({ start }) => start === table.start)
    const names = listBehind(statement.tokens, from).filter((token, i) =>
      definition.columns[i]?.column !== undefined && !rowidNames.has(foldName(nameOf(token)))
    )
    return unknownColumns(outline, statement, relation, names, "invalid_index_column")
  })
  return [...ofKeys, ...ofIndexes]
}

const missingTable: Rule = ({ additions, find, isInBroken }) =>
  additions.filter(({ name }) => find(name)?.kind !== "table" && !isInBroken(name)).map((place) =>
    at(
      place,
      "invalid_definition",
      `the column is for table "${place.name}", which is not defined; define it, or correct the name`
    )
  )

const misspelt: Rule = ({ relations }) =>
  relations.flatMap(({ columns }) =>
    columns.flatMap(({ column, place, tokens }) =>
      misspellings(tokens).map(({ meant, token }) =>
        problem(
          place.statement,
          "misspelt_constraint",
          `SQLite takes ${token.text} for a part of the type of column "${column.name}", which is "${column.type}"; did you mean ${meant}?`,
          token
        )
      )
    )
  )

/** Types of other databases that SQLite takes for something else, and how it is said in SQLite (SQLite, "Datatypes In SQLite", 3.1). */
const misleading: ReadonlyArray<readonly [type: RegExp, meaning: string]> = [
  [
    /^(SMALL|BIG)?SERIAL[248]?$/,
    "counts nothing in SQLite, and a row without a value gets NULL; write INTEGER PRIMARY KEY, which numbers rows by itself, or INTEGER"
  ],
  [/^(JSONB|STRING)$/, "stores text that looks like a number as a number in SQLite; write TEXT"],
  [/^BYTEA$/, "stores text that looks like a number as a number in SQLite; write BLOB"],
  [/^INTERVAL$/, "stores integers in SQLite, because of the letters INT; write TEXT"],
  [/^CITEXT$/, "tells upper from lower case in SQLite; write TEXT COLLATE NOCASE"]
]

const misleadingType: Rule = ({ relations }) =>
  relations.filter(({ strict }) => !strict).flatMap(({ columns }) =>
    columns.flatMap(({ column, place, tokens }) => {
      const type = upperAscii(column.type ?? "")
      const meaning = misleading.find(([pattern]) => pattern.test(type))?.[1]
      return meaning === undefined || type === "CITEXT" && column.collate !== undefined ? [] : [
        problem(
          place.statement,
          "misleading_type",
          `the type ${column.type} of column "${column.name}" ${meaning}`,
          tokens[1] ?? place
        )
      ]
    })
  )

const noPrimaryKey: Rule = ({ isInBroken, relations }) =>
  relations
    .filter(({ constraints, hidden, kind, place }) =>
      kind === "table" && !hidden && !isInBroken(place.name) &&
      !constraints.some(({ constraint }) => constraint.kind === "primary key")
    )
    .map(({ place }) => at(place, "no_primary_key", `table "${place.name}" has no primary key`))

/** Rules about what SQLite takes, and finds out when rows are changed: a schema that is in use already may have it. */
const rulesOfUse: ReadonlyArray<Rule> = [invalidForeignKey, misleadingType]

const rules: ReadonlyArray<Rule> = [
  duplicateTable,
  duplicateColumn,
  duplicatePrimaryKey,
  duplicateIndex,
  missingType,
  invalidIndexColumn,
  missingTable,
  misspelt,
  noPrimaryKey
]

/** Everything that the structural rules find. `isDump`: the files are what is there, so that nothing is said of what SQLite takes. */
export const checkStructure = (outline: Outline, isDump: boolean): ReadonlyArray<Problem> =>
  [...rules, ...(isDump ? [] : rulesOfUse)].flatMap((rule) => rule(outline))
