/**
 * From the statements that SQLite keeps of a schema to a catalog: objects at the finest grain, and what needs what. Indexes
 * need their columns, and views and triggers the relations that they name: SQLite renames no table while one names what is
 * not there. What a foreign key names is looked up when rows are written, and only puts creations in order. Pure.
 */
import type { Catalog, CatalogObject, ObjectId, UnmanagedObject } from "../Catalog.ts"
import { main, objectId, spellingOf } from "./kinds/names.ts"
import type {
  ColumnDefinition,
  ConstraintDefinition,
  Definition,
  IndexDefinition,
  TableDefinition,
  TriggerDefinition,
  ViewDefinition,
  VirtualTableDefinition
} from "./sql/Definition.ts"
import { foldName } from "./sql/Identifier.ts"
import { isName, lexSignificant, nameOf } from "./sql/Lexer.ts"
import { namesIn } from "./sql/Spelling.ts"
import { placeOfName } from "./sql/Words.ts"

/** The major version that catalogs of SQLite carry: it keeps definitions as they were written, in every version. */
export const major = 3

/** A statement that was read, and its text. */
export interface Statement<D extends Definition = Definition> {
  readonly definition: D
  readonly sql: string
}

type Relations = ReadonlyMap<string, { readonly id: ObjectId; readonly name: string }>

const label = (constraint: ConstraintDefinition): string => {
  if (constraint.kind === "primary key") return "primary key"
  if (constraint.name !== undefined) return foldName(constraint.name)
  if (constraint.kind === "check") return `(${constraint.expression})`
  const columns = constraint.columns.map((part) =>
    typeof part === "string" ? foldName(part) : foldName(part.column ?? part.expression ?? "")
  )
  return `(${columns.join(", ")})`
}

const columnObject = (table: string, { name, ...state }: ColumnDefinition, position: number): CatalogObject => ({
  kind: "column",
  id: objectId("column", [main, table, name]),
  name: [main, table, name],
  parent: objectId("table", [main, table]),
  position,
  state: { ...state, ...spellingOf(name) }
})

/** The constraints of a table; of those that are alike the second and further ones are numbered. */
const constraintObjects = (table: string, definition: TableDefinition): ReadonlyArray<CatalogObject> => {
  const seen = new Map<string, number>()
  return definition.constraints.map(({ span: _, ...constraint }, i): CatalogObject => {
    const { kind, ...state } = constraint
    const name = label(constraint)
    const known = (seen.get(`${kind} ${name}`) ?? 0) + 1
    seen.set(`${kind} ${name}`, known)
    const full = [main, table, known === 1 ? name : `${name} ${known}`]
    return {
      kind,
      id: objectId(kind, full),
      name: full,
      parent: objectId("table", [main, table]),
      position: definition.columns.length + i + 1,
      state: { ...state }
    }
  })
}

const tableObjects = ({ definition, sql }: Statement<TableDefinition>): ReadonlyArray<CatalogObject> => {
  const { columns, constraints: _, kind, name, ...options } = definition
  return [
    {
      kind,
      id: objectId(kind, [main, name]),
      name: [main, name],
      state: { ...options, ...spellingOf(name), own: { sql } }
    },
    ...columns.map(({ span: _, ...column }, i) => columnObject(name, column, i + 1)),
    ...constraintObjects(name, definition)
  ]
}

const virtualTableObject = (
  { definition: { kind, name, ...state }, sql }: Statement<VirtualTableDefinition>
): CatalogObject => ({
  kind,
  id: objectId(kind, [main, name]),
  name: [main, name],
  state: { ...state, own: { sql } }
})

const viewObject = ({ definition, sql }: Statement<ViewDefinition>): CatalogObject => {
  const { kind, mentions: _, name, ...state } = definition
  return {
    kind,
    id: objectId(kind, [main, name]),
    name: [main, name],
    state: { ...state, ...spellingOf(name), own: { sql } }
  }
}

const partObject = (
  { definition, sql }: Statement<IndexDefinition> | Statement<TriggerDefinition>,
  relations: Relations
): CatalogObject => {
  const { kind, name, ...rest } = definition
  const parent = relations.get(foldName(definition.table))
  const { mentions: _, ...state } = { mentions: undefined, ...rest }
  return {
    kind,
    id: objectId(kind, [main, name]),
    name: [main, name],
    ...(parent === undefined ? {} : { parent: parent.id }),
    state: { ...state, table: parent?.name ?? definition.table, ...spellingOf(name), own: { sql } }
  }
}

/** The relations that a text names, besides the one that it is of. */
const mentioned = (names: ReadonlyArray<string>, relations: Relations, self: ObjectId): ReadonlySet<ObjectId> =>
  new Set(names.flatMap((name) => relations.get(name)?.id ?? []).filter((id) => id !== self))

const indexNeeds = (
  { definition }: Statement<IndexDefinition>,
  objects: ReadonlyMap<ObjectId, CatalogObject>
): ReadonlyArray<ObjectId> => {
  const texts = [
    ...definition.columns.map(({ column, expression }) => column ?? expression ?? ""),
    definition.where ?? ""
  ]
  const names = new Set([
    ...definition.columns.flatMap(({ column }) => column === undefined ? [] : [foldName(column)]),
    ...texts.flatMap((text) => namesIn(lexSignificant(text)))
  ])
  return [...names].map((name) => objectId("column", [main, definition.table, name])).filter((id) => objects.has(id))
}

/**
 * Takes out what would close a circle: a name that a view mentions may be that of a column. What is `certain` to be the name of a
 * relation stays before all else.
 */
const acyclic = (
  named: ReadonlyMap<ObjectId, ReadonlySet<ObjectId>>,
  certain: ReadonlyMap<ObjectId, ReadonlySet<ObjectId>> = new Map()
): ReadonlyMap<ObjectId, ReadonlySet<ObjectId>> => {
  const kept = new Map<ObjectId, Set<ObjectId>>()
  const needed = new Set<ObjectId>()
  const reaches = (from: ObjectId, to: ObjectId, seen: Set<ObjectId> = new Set()): boolean => {
    if (from === to) return true
    if (seen.has(from)) return false
    seen.add(from)
    return [...kept.get(from) ?? []].some((next) => reaches(next, to, seen))
  }
  for (const needsOf of [certain, named]) {
    for (const [id, needs] of needsOf) {
      const own = kept.get(id) ?? new Set()
      kept.set(id, own)
      // what nothing needs so far cannot be reached
      for (const need of needs) if (!needed.has(id) || !reaches(need, id)) own.add(need)
      for (const need of own) needed.add(need)
    }
  }
  return kept
}

/** The names behind FROM and JOIN, in lower case: those are of relations, whatever columns are called. */
const joined = (query: string): ReadonlyArray<string> => {
  const tokens = lexSignificant(query)
  return tokens.flatMap(({ word }, i) => {
    const token = tokens[placeOfName(tokens, i + 1)]
    return (word === "FROM" || word === "JOIN") && token !== undefined && isName(token) ? [foldName(nameOf(token))] : []
  })
}

const isOf =
  <K extends Definition["kind"]>(kind: K) =>
  (statement: Statement): statement is Statement<Extract<Definition, { readonly kind: K }>> =>
    statement.definition.kind === kind

/** The catalog of a schema. `unmanaged` are statements that nobody could read, by kind and name. */
export const catalogOf = (
  statements: ReadonlyArray<Statement>,
  unmanaged: ReadonlyArray<UnmanagedObject>
): Catalog => {
  const relations = new Map(
    statements.flatMap(({ definition: { kind, name } }) =>
      kind === "table" || kind === "virtual table" || kind === "view"
        ? [[foldName(name), { id: objectId(kind, [main, name]), name }] as const]
        : []
    )
  )
  const indexes = statements.filter(isOf("index"))
  const views = statements.filter(isOf("view"))
  const triggers = statements.filter(isOf("trigger"))
  const tables = statements.filter(isOf("table"))
  const objects = new Map(
    [
      ...tables.flatMap(tableObjects),
      ...statements.filter(isOf("virtual table")).map(virtualTableObject),
      ...views.map(viewObject),
      ...indexes.map((statement) => partObject(statement, relations)),
      // behind all columns, in the order in which they were made: SQLite fires them by that
      ...triggers.map((statement, i) => ({ ...partObject(statement, relations), position: 100_000 + i }))
    ].map((object) => [object.id, object] as const)
  )
  const named = new Map<ObjectId, ReadonlySet<ObjectId>>()
  for (const { definition } of [...views, ...triggers]) {
    const id = objectId(definition.kind, [main, definition.name])
    const needs = mentioned(definition.mentions, relations, id)
    if (needs.size > 0) named.set(id, needs)
  }
  const certain = new Map(views.map(({ definition: { name, query } }) => {
    const id = objectId("view", [main, name])
    return [id, mentioned(joined(query), relations, id)] as const
  }))
  const soft = new Map<ObjectId, ReadonlySet<ObjectId>>()
  for (const { definition } of tables) {
    const id = objectId("table", [main, definition.name])
    const needs = mentioned(
      definition.constraints.flatMap((constraint) =>
        constraint.kind === "foreign key" ? [foldName(constraint.table)] : []
      ),
      relations,
      id
    )
    if (needs.size > 0) soft.set(id, needs)
  }
  return {
    dialect: "sqlite",
    major,
    objects,
    dependencies: new Map([
      ...indexes.map((statement) =>
        [objectId("index", [main, statement.definition.name]), new Set(indexNeeds(statement, objects))] as const
      ),
      ...[...acyclic(named, certain)].filter(([, needs]) => needs.size > 0)
    ]),
    softDependencies: acyclic(soft),
    unmanaged
  }
}
