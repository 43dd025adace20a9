/** Compares what is parsed of a schema with what SQLite itself says of it by its pragmas. */
import * as Result from "effect/Result"
import Database from "libsql"
import { readType } from "../../../src/sqlite/sql/ColumnType.ts"
import type {
  Definition,
  ForeignKeyDefinition,
  IndexDefinition,
  KeyPart,
  TableDefinition
} from "../../../src/sqlite/sql/Definition.ts"
import { foldName, quoteLiteral, sameName } from "../../../src/sqlite/sql/Identifier.ts"
import { lexSignificant, nameOf } from "../../../src/sqlite/sql/Lexer.ts"
import { parseDefinition } from "../../../src/sqlite/sql/Parser.ts"
import { printIndex, printTable, printTrigger, printView, printVirtualTable } from "../../../src/sqlite/sql/Printer.ts"
import { Reader } from "../../../src/sqlite/sql/Reader.ts"
import { isLoneName, spell } from "../../../src/sqlite/sql/Spelling.ts"

/** A row of a pragma or of `sqlite_schema`. */
export type Row = Readonly<Record<string, unknown>>

/** A database in memory. */
export interface Engine {
  readonly exec: (sql: string) => void
  readonly rows: (sql: string) => ReadonlyArray<Row>
}

/** A new database in memory. */
export const open = (): Engine => {
  const database = new Database(":memory:")
  return {
    exec: (sql) => {
      database.exec(sql)
    },
    rows: (sql) => database.prepare(sql).all().map((row) => Object.fromEntries(Object.entries(Object(row))))
  }
}

/** Any definition as a CREATE statement. */
export const print = (definition: Definition): string => {
  switch (definition.kind) {
    case "table":
      return printTable(definition)
    case "virtual table":
      return printVirtualTable(definition)
    case "index":
      return printIndex(definition)
    case "view":
      return printView(definition)
    case "trigger":
      return printTrigger(definition)
  }
}

/** A definition without places in its text, and whatever the order of its constraints. */
export const withoutSpans = (definition: Definition): unknown =>
  definition.kind !== "table" ? definition : {
    ...definition,
    columns: definition.columns.map(({ span: _, ...column }) => column),
    constraints: definition.constraints.map(({ span: _, ...constraint }) => canonical(constraint)).toSorted()
  }

const typeOf = (engine: string): string => {
  const reader = new Reader(engine)
  try {
    const type = readType(reader)
    return reader.peek() === undefined ? type ?? "" : engine
  } catch {
    return engine
  }
}

const defaultOf = (engine: unknown): string | undefined => {
  if (typeof engine !== "string") return undefined
  const tokens = lexSignificant(engine)
  const [only] = tokens
  const isConstant = ["NULL", "TRUE", "FALSE"].includes(only?.word ?? "")
  return isLoneName(tokens) && only !== undefined && only.kind !== "string" && !isConstant
    ? quoteLiteral(nameOf(only))
    : spell(tokens)
}

/** Whether the primary key is one column of type INTEGER, and so the rowid where there is one. */
const isInteger = (table: TableDefinition): boolean => {
  const key = table.constraints.find(({ kind }) => kind === "primary key")
  if (key?.kind !== "primary key" || key.columns.length !== 1 || key.noAlias) return false
  const column = table.columns.find(({ name }) => sameName(name, key.columns[0]?.column ?? ""))
  return foldName(column?.type ?? "") === "integer"
}

const collationOf = (table: TableDefinition, { collate, column = "" }: KeyPart): string =>
  collate ?? table.columns.find(({ name }) => sameName(name, column))?.collate ?? "BINARY"

const partText = (table: TableDefinition, part: KeyPart): string => {
  const own = part.column === undefined ? "" : foldName(part.column)
  return `${own} ${part.descending ? "desc" : "asc"} ${foldName(collationOf(table, part))}`
}

const rowPartText = ({ coll, desc, name }: Row): string =>
  `${foldName(String(name ?? ""))} ${desc === 1 ? "desc" : "asc"} ${foldName(String(coll))}`

const engineKey = (engine: Engine, index: unknown): string =>
  engine.rows(`SELECT * FROM pragma_index_xinfo(${quoteLiteral(String(index))}) WHERE key = 1`).map(rowPartText).join(
    ", "
  )

const isRowid = (table: TableDefinition): boolean => isInteger(table) && !table.withoutRowid

const wantedKeys = (table: TableDefinition): ReadonlyArray<string> => {
  const keys = new Map<string, string>()
  const given = table.constraints.flatMap((constraint) =>
    constraint.kind === "unique" || (constraint.kind === "primary key" && !isInteger(table)) ? [constraint] : []
  )
  // without rowid such a key is made last, and of its collation nothing is kept
  const integer = table.constraints.flatMap((constraint) =>
    constraint.kind === "primary key" && isInteger(table) && table.withoutRowid
      ? [{ ...constraint, columns: constraint.columns.map(({ collate: _, ...part }) => part) }]
      : []
  )
  for (const constraint of [...given, ...integer]) {
    // SQLite makes one index for keys that differ in nothing but their order; a primary key counts as one then
    const same = constraint.columns.map((part) => partText(table, part).replace(/ desc /, " asc ")).join(", ")
    const parts = constraint.columns.map((part) => partText(table, part)).join(", ")
    if (!keys.has(same)) keys.set(same, parts)
  }
  return [...keys.values()].toSorted()
}

const foreignKeyText = (key: ForeignKeyDefinition): string =>
  JSON.stringify([
    foldName(key.table),
    key.columns.map(foldName),
    (key.referenced ?? []).map(foldName),
    key.onUpdate ?? "NO ACTION",
    key.onDelete ?? "NO ACTION"
  ])

const engineForeignKeys = (engine: Engine, table: string): ReadonlyArray<string> => {
  const rows = engine.rows(`SELECT * FROM pragma_foreign_key_list(${quoteLiteral(table)}) ORDER BY id DESC, seq`)
  return [...Map.groupBy(rows, ({ id }) => id).values()].map((parts) => {
    const [first] = parts
    const referenced = parts.flatMap(({ to }) => to === null ? [] : [foldName(String(to))])
    const columns = parts.map(({ from }) => foldName(String(from)))
    return JSON.stringify([
      foldName(String(first?.["table"])),
      columns,
      referenced,
      first?.["on_update"],
      first?.["on_delete"]
    ])
  })
}

/** JSON with the fields of objects in the order of their names. */
export const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, one: unknown) =>
    typeof one === "object" && one !== null && !Array.isArray(one)
      ? Object.fromEntries(Object.entries(one).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : one)

const compare = (where: string, what: string, wanted: unknown, found: unknown): ReadonlyArray<string> =>
  canonical(wanted) === canonical(found)
    ? []
    : [`${where}: ${what}: the engine says ${JSON.stringify(wanted)}, the parser ${JSON.stringify(found)}`]

/** What differs between a table as it is parsed and as the engine has it. */
export const tableDifferences = (engine: Engine, table: TableDefinition): ReadonlyArray<string> => {
  const primaryKey = table.constraints.find(({ kind }) => kind === "primary key")
  const pk = primaryKey?.kind === "primary key"
    ? [...new Set(primaryKey.columns.map(({ column = "" }) => foldName(column)))]
    : []
  const isRowidKey = isRowid(table)
  const columns = table.columns.map((column) => {
    const position = pk.indexOf(foldName(column.name)) + 1
    const impliedNotNull = position > 0 && (table.withoutRowid || (table.strict && !isRowidKey))
    const value = column.default
    return {
      name: column.name,
      type: column.type ?? "",
      notnull: column.notNull || impliedNotNull ? 1 : 0,
      default: value?.startsWith("(") ? value.slice(1, -1) : value,
      pk: position,
      hidden: column.generated === undefined ? 0 : column.generated.stored ? 3 : 2
    }
  })
  const rows = engine.rows(`SELECT * FROM pragma_table_xinfo(${quoteLiteral(table.name)})`).map((row) => ({
    name: row["name"],
    type: typeOf(String(row["type"])),
    notnull: row["notnull"],
    default: defaultOf(row["dflt_value"]),
    pk: row["pk"],
    hidden: row["hidden"]
  }))
  const keys = engine.rows(`SELECT * FROM pragma_index_list(${quoteLiteral(table.name)}) WHERE origin <> 'c'`)
    .map(({ name }) => engineKey(engine, name)).toSorted()
  const foreignKeys = table.constraints.flatMap((constraint) =>
    constraint.kind === "foreign key" ? [foreignKeyText(constraint)] : []
  )
  const [options] = engine.rows(
    `SELECT wr, strict FROM pragma_table_list(${quoteLiteral(table.name)}) WHERE schema = 'main'`
  )
  return [
    ...compare(table.name, "columns", rows, columns),
    ...compare(table.name, "keys", keys, wantedKeys(table)),
    ...compare(table.name, "foreign keys", engineForeignKeys(engine, table.name), foreignKeys),
    ...compare(table.name, "options", options, { wr: table.withoutRowid ? 1 : 0, strict: table.strict ? 1 : 0 })
  ]
}

const indexDifferences = (engine: Engine, index: IndexDefinition, table: TableDefinition): ReadonlyArray<string> => {
  const [row] = engine.rows(
    `SELECT * FROM pragma_index_list(${quoteLiteral(table.name)}) WHERE name = ${quoteLiteral(index.name)}`
  )
  return [
    ...compare(
      index.name,
      "key",
      engineKey(engine, index.name),
      index.columns.map((part) => partText(table, part)).join(", ")
    ),
    ...compare(index.name, "unique, partial", [row?.["unique"], row?.["partial"]], [
      index.unique ? 1 : 0,
      index.where === undefined ? 0 : 1
    ])
  ]
}

/** A statement of `sqlite_schema`, parsed. */
export interface Read {
  readonly type: string
  readonly name: string
  readonly sql: string
  readonly definition: Result.Result<Definition, { readonly message: string }>
}

/** Every statement of the schema. */
export const readSchema = (engine: Engine): ReadonlyArray<Read> =>
  engine.rows("SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid").map((row) => ({
    type: String(row["type"]),
    name: String(row["name"]),
    sql: String(row["sql"]),
    definition: parseDefinition(String(row["sql"]))
  }))

/** What differs between a schema as it is parsed and as the engine has it; and what is lost when it is printed and read again. */
export const schemaDifferences = (engine: Engine): ReadonlyArray<string> => {
  const read = readSchema(engine)
  const definitions = read.flatMap(({ definition }) => Result.isSuccess(definition) ? [definition.success] : [])
  const tables = new Map(definitions.flatMap((one) => one.kind === "table" ? [[foldName(one.name), one] as const] : []))
  return read.flatMap(({ definition, name, sql, type }) => {
    if (Result.isFailure(definition)) return [`${name}: not read: ${definition.failure.message}\n${sql}`]
    const said = definition.success
    const named = [
      ...compare(name, "name", name, said.name),
      ...compare(name, "kind", type, said.kind === "virtual table" ? "table" : said.kind)
    ]
    const again = parseDefinition(print(said))
    const printed = compare(
      name,
      "printed and read again",
      withoutSpans(said),
      Result.isFailure(again) ? again.failure : withoutSpans(again.success)
    )
    if (said.kind === "table" && !name.startsWith("sqlite_")) {
      return [...named, ...printed, ...tableDifferences(engine, said)]
    }
    const table = said.kind === "index" ? tables.get(foldName(said.table)) : undefined
    return [
      ...named,
      ...printed,
      ...(said.kind === "index" && table !== undefined ? indexDifferences(engine, said, table) : [])
    ]
  })
}

/** The schema that the printed definitions make, in another database. */
export const printedAnew = (engine: Engine): Engine => {
  const anew = open()
  const shadows = engine.rows("SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'shadow'")
    .map(({ name }) => String(name))
  const order = ["table", "virtual table", "view", "index", "trigger"]
  const definitions = readSchema(engine).flatMap(({ definition }) =>
    Result.isSuccess(definition) && !definition.success.name.startsWith("sqlite_") &&
      !shadows.includes(definition.success.name)
      ? [definition.success]
      : []
  )
  for (const definition of definitions.toSorted((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind))) {
    anew.exec(print(definition))
  }
  return anew
}
