/** Tables of SQLite as PostgreSQL has them, with their columns and constraints. */
import * as Result from "effect/Result"
import type { CatalogObject } from "../../Catalog.ts"
import { quoteIdentifier } from "../../postgres/Identifier.ts"
import { columnDefinition, constraintDefinition, isColumn } from "../../sqlite/kinds/table/state.ts"
import type {
  CheckDefinition,
  ColumnDefinition,
  ForeignKeyDefinition,
  KeyPart,
  PrimaryKeyDefinition,
  UniqueDefinition
} from "../../sqlite/sql/Definition.ts"
import { foldName, sameName } from "../../sqlite/sql/Identifier.ts"
import { type Creation, creation, type Part } from "../Creation.ts"
import { changed, leftOut, type Note } from "../Note.ts"
import { translateDefault } from "./Defaults.ts"
import { type Names, translateText } from "./Expression.ts"
import { postgresType } from "./Types.ts"

/** A table with what it is made of. */
export interface SourceTable {
  readonly name: string
  readonly object: CatalogObject
  readonly columns: ReadonlyArray<ColumnDefinition>
  readonly primaryKey: PrimaryKeyDefinition | undefined
  readonly unique: ReadonlyArray<UniqueDefinition>
  readonly checks: ReadonlyArray<CheckDefinition>
  readonly foreignKeys: ReadonlyArray<ForeignKeyDefinition>
  readonly strict: boolean
  readonly withoutRowid: boolean
}

/** A table of a catalog, from it and its parts. */
export const sourceTable = (object: CatalogObject, parts: ReadonlyArray<CatalogObject>): SourceTable => {
  const constraints = parts.flatMap((part) => constraintDefinition(part) ?? [])
  return {
    name: object.name[1] ?? "",
    object,
    columns: parts.filter(isColumn).map(columnDefinition),
    primaryKey: constraints.find((one) => one.kind === "primary key"),
    unique: constraints.filter((one) => one.kind === "unique"),
    checks: constraints.filter((one) => one.kind === "check"),
    foreignKeys: constraints.filter((one) => one.kind === "foreign key"),
    strict: object.state["strict"] === true,
    withoutRowid: object.state["withoutRowid"] === true
  }
}

/** The columns, folded, that are boolean in PostgreSQL. */
export const booleansOf = ({ columns, strict }: SourceTable): ReadonlyArray<string> =>
  columns.filter(({ type }) => postgresType(type, strict).type === "boolean").map(({ name }) => foldName(name))

/** The column that is the rowid, which SQLite gives a value where none is given (SQLite, "ROWIDs and the INTEGER PRIMARY KEY"). */
const rowidColumn = ({ columns, primaryKey, withoutRowid }: SourceTable): ColumnDefinition | undefined => {
  const [only, ...others] = primaryKey?.columns ?? []
  if (withoutRowid || primaryKey?.noAlias === true || others.length > 0) return undefined
  return columns.find(({ name, type }) => sameName(name, only?.column ?? "") && type?.toUpperCase() === "INTEGER")
}

const nullInKey =
  "SQLite lets NULL into this column although it is of the primary key; PostgreSQL has it NOT NULL, as the standard says."

/** What tables share: the names that everything of the schema can have, and those of relations that are taken. */
export interface Surroundings {
  readonly declared: ReadonlyMap<string, string>
  /** Tables by their folded name. */
  readonly tables: ReadonlyMap<string, SourceTable>
  /** Names of relations that are taken; keys take theirs. */
  readonly taken: Set<string>
}

const limit = 63

/** Notes for a name that PostgreSQL would cut (PostgreSQL manual 4.1.1). */
export const nameNotes = (object: string, name: string): ReadonlyArray<Note> =>
  new TextEncoder().encode(name).length > limit
    ? [changed(object, `PostgreSQL cuts names after ${limit} bytes.`, "Give it a shorter name.")]
    : []

/** The translation of one table: what makes it, what makes its foreign keys when all tables are there, and what is to be said. */
export interface TranslatedTable {
  readonly creation: Creation
  readonly foreignKeys: ReadonlyArray<Creation>
  readonly notes: ReadonlyArray<Note>
}

/** A clause of a table that it can be without. */
interface Clause extends Part {
  readonly sql: string
  readonly column?: string
}

/** A name as the table's own declaration spells it. */
const spelled = (name: string, columns: ReadonlyArray<ColumnDefinition>): string =>
  columns.find((column) => sameName(column.name, name))?.name ?? name

/** Translates a table. */
export const translateTable = (table: SourceTable, around: Surroundings): TranslatedTable => {
  const { columns, name: tableName, primaryKey, strict } = table
  const notes: Array<Note> = [...nameNotes(`table ${tableName}`, tableName)]
  const clauses: Array<Clause> = []
  const names: Names = {
    declared: new Map([
      ...around.declared,
      ...columns.map(({ name }) => [foldName(name), name] as const)
    ]),
    booleans: new Set(booleansOf(table))
  }
  const rowid = rowidColumn(table)
  const keyNames = new Set(
    (primaryKey?.columns ?? []).flatMap(({ column }) => column === undefined ? [] : foldName(column))
  )
  const clause = (made: Result.Result<string, string>, part: Omit<Clause, "sql">): void => {
    if (Result.isSuccess(made)) clauses.push({ ...part, sql: made.success })
    else notes.push(leftOut(part.object, made.failure, part.next))
  }
  const conflict = (object: string, action: string | undefined): void => {
    if (action !== undefined) {
      notes.push(
        changed(
          object,
          `PostgreSQL has no ON CONFLICT ${action} in a definition.`,
          "Say it in the statements that write: INSERT … ON CONFLICT."
        )
      )
    }
  }

  const types = new Map<string, string>()
  const words = columns.map((column) => {
    const { collate, default: value, generated, name, notNull, notNullConflict } = column
    const object = `column ${tableName}.${name}`
    const { next, type, why } = postgresType(column.type, strict)
    types.set(name, type)
    if (why !== undefined) notes.push(changed(object, why, next))
    notes.push(...nameNotes(object, name))
    conflict(object, notNullConflict)
    if (collate !== undefined && foldName(collate) !== "binary") {
      notes.push(
        changed(
          object,
          `PostgreSQL has no collation ${collate.toUpperCase()}: texts are compared as they are.`,
          foldName(collate) === "nocase"
            ? "Compare and index lower(COLUMN), or make it citext, of the extension citext."
            : "Store the texts trimmed."
        )
      )
    }
    if (value !== undefined && column !== rowid) {
      const made = translateDefault(value, type)
      const part = { object: `default ${value} of ${tableName}.${name}`, column: name }
      if (Result.isFailure(made)) clause(Result.fail(made.failure), part)
      else if (made.success !== undefined) clauses.push({ ...part, sql: `DEFAULT ${made.success}` })
    }
    if (generated !== undefined) {
      if (generated.stored !== true) {
        notes.push(changed(object, "PostgreSQL has virtual generated columns since 18.", "Before that, write STORED."))
      }
      clause(
        Result.map(
          translateText(generated.expression, names),
          (made) => `GENERATED ALWAYS AS (${made}) ${generated.stored === true ? "STORED" : "VIRTUAL"}`
        ),
        {
          object: `the expression of generated column ${tableName}.${name}`,
          column: name,
          next: "It is an ordinary column now: a trigger can fill it."
        }
      )
    }
    if (keyNames.has(foldName(name)) && !notNull && column !== rowid && !table.withoutRowid) {
      notes.push(changed(object, nullInKey))
    }
    const isNotNull = notNull === true || keyNames.has(foldName(name))
    return {
      name,
      always: `${quoteIdentifier(name)} ${type}${isNotNull ? " NOT NULL" : ""}${
        column === rowid ? " GENERATED BY DEFAULT AS IDENTITY" : ""
      }`
    }
  })
  if (rowid !== undefined) {
    notes.push(
      changed(
        `column ${tableName}.${rowid.name}`,
        "The sequence of an identity column does not know of rows that are copied with their values.",
        "After copying, run for each: SELECT setval(pg_get_serial_sequence('TABLE', 'COLUMN'), max(COLUMN)) FROM TABLE."
      )
    )
  }

  /** The name of a key, which is that of a relation too: left to PostgreSQL where another one has it. */
  const keyName = (name: string | undefined): string => {
    if (name === undefined || around.taken.has(foldName(name))) return ""
    around.taken.add(foldName(name))
    return `CONSTRAINT ${quoteIdentifier(name)} `
  }
  const keyColumns = (parts: ReadonlyArray<KeyPart>, object: string): Result.Result<string, string> => {
    const made = parts.map(({ collate, column }) => {
      if (collate !== undefined && foldName(collate) !== "binary") {
        notes.push(
          changed(object, `PostgreSQL has no collation ${collate.toUpperCase()}: texts are compared as they are.`)
        )
      }
      return column === undefined ? undefined : quoteIdentifier(spelled(column, columns))
    })
    return made.includes(undefined)
      ? Result.fail("A constraint of PostgreSQL has no expressions.")
      : Result.succeed(made.join(", "))
  }
  const list = (parts: ReadonlyArray<KeyPart>): string =>
    parts.map(({ column, expression }) => column ?? expression ?? "").join(", ")
  if (primaryKey !== undefined) {
    const object = `primary key of ${tableName}`
    conflict(object, primaryKey.conflict)
    const key = Result.map(
      keyColumns(primaryKey.columns, object),
      (made) => `${keyName(primaryKey.name)}PRIMARY KEY (${made})`
    )
    clause(key, { object })
  }
  for (const { columns: parts, conflict: action, name } of table.unique) {
    const object = `unique (${list(parts)}) of ${tableName}`
    conflict(object, action)
    clause(Result.map(keyColumns(parts, object), (made) => `${keyName(name)}UNIQUE (${made})`), { object })
  }
  const checkNames = new Set<string>()
  for (const { expression, name } of table.checks) {
    const isNamed = name !== undefined && !checkNames.has(foldName(name))
    if (name !== undefined) checkNames.add(foldName(name))
    clause(
      Result.map(
        translateText(expression, names),
        (made) => `${isNamed ? `CONSTRAINT ${quoteIdentifier(name)} ` : ""}CHECK (${made})`
      ),
      { object: `check (${expression}) of ${tableName}` }
    )
  }

  const qualifiedName = `public.${quoteIdentifier(tableName)}`
  const foreignKeys = table.foreignKeys.map((key): Creation => {
    const { columns: own, deferred, onDelete, onUpdate, referenced } = key
    const target = around.tables.get(foldName(key.table))
    const quoted = (list: ReadonlyArray<string>, of: ReadonlyArray<ColumnDefinition>): string =>
      list.map((column) => quoteIdentifier(spelled(column, of))).join(", ")
    return creation(
      `foreign key (${own.join(", ")}) of ${tableName} to ${key.table}`,
      [
        `ALTER TABLE ${qualifiedName} ADD`,
        key.name === undefined ? "" : `CONSTRAINT ${quoteIdentifier(key.name)}`,
        `FOREIGN KEY (${quoted(own, columns)}) REFERENCES public.${quoteIdentifier(target?.name ?? key.table)}`,
        referenced === undefined ? "" : `(${quoted(referenced, target?.columns ?? [])})`,
        onDelete === undefined ? "" : `ON DELETE ${onDelete}`,
        onUpdate === undefined ? "" : `ON UPDATE ${onUpdate}`,
        deferred === true ? "DEFERRABLE INITIALLY DEFERRED" : ""
      ].filter((word) => word !== "").join(" "),
      "Have the columns of both sides of one type, and those that are referenced unique."
    )
  })

  return {
    creation: {
      object: `table ${tableName}`,
      parts: clauses,
      sql: (without) => {
        const kept = clauses.filter((one) => !without.has(one))
        const lines = [
          ...words.map(({ always, name }) =>
            [always, ...kept.filter(({ column }) => column === name).map(({ sql }) => sql)].join(" ")
          ),
          ...kept.filter(({ column }) => column === undefined).map(({ sql }) => sql)
        ]
        return `CREATE TABLE ${qualifiedName} (${lines.join(", ")})`
      }
    },
    foreignKeys,
    notes
  }
}
