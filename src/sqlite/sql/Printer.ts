/** From data to CREATE statements, for schemas of which there is no text: `parseDefinition` of what is printed is the data. */
import { printType } from "./ColumnType.ts"
import type {
  ColumnDefinition,
  ConflictAction,
  ConstraintDefinition,
  ForeignKeyDefinition,
  IndexDefinition,
  KeyPart,
  TableDefinition,
  TriggerDefinition,
  ViewDefinition,
  VirtualTableDefinition
} from "./Definition.ts"
import { quoteIdentifier, sameName } from "./Identifier.ts"

/** A table without places in a text. */
export type PrintableTable = Omit<TableDefinition, "columns" | "constraints"> & {
  readonly columns: ReadonlyArray<ColumnDefinition>
  readonly constraints: ReadonlyArray<ConstraintDefinition>
}

const list = (names: ReadonlyArray<string>): string => names.map(quoteIdentifier).join(", ")

const words = (...parts: ReadonlyArray<string | false | undefined>): string =>
  parts.filter((part) => typeof part === "string" && part !== "").join(" ")

const printConflict = (conflict: ConflictAction | undefined): string =>
  conflict === undefined ? "" : `ON CONFLICT ${conflict}`

const printPart = ({ collate, column, descending, expression = "" }: KeyPart): string =>
  words(
    column === undefined ? `(${expression})` : quoteIdentifier(column),
    collate !== undefined && `COLLATE ${quoteIdentifier(collate)}`,
    descending && "DESC"
  )

const printReference = (
  { deferred, match, onDelete, onUpdate, referenced, table }: ForeignKeyDefinition
): string =>
  words(
    `REFERENCES ${quoteIdentifier(table)}${referenced === undefined ? "" : `(${list(referenced)})`}`,
    onDelete !== undefined && `ON DELETE ${onDelete}`,
    onUpdate !== undefined && `ON UPDATE ${onUpdate}`,
    match !== undefined && `MATCH ${quoteIdentifier(match)}`,
    deferred && "DEFERRABLE INITIALLY DEFERRED"
  )

const printName = (name: string | undefined): string => name === undefined ? "" : `CONSTRAINT ${quoteIdentifier(name)}`

const printBody = (constraint: ConstraintDefinition): string => {
  switch (constraint.kind) {
    case "primary key": {
      const columns = constraint.columns.map(printPart).join(", ")
      return words(
        `PRIMARY KEY (${columns}${constraint.autoincrement ? " AUTOINCREMENT" : ""})`,
        printConflict(constraint.conflict)
      )
    }
    case "unique":
      return words(`UNIQUE (${constraint.columns.map(printPart).join(", ")})`, printConflict(constraint.conflict))
    case "check":
      return `CHECK (${constraint.expression})`
    case "foreign key":
      return `FOREIGN KEY (${list(constraint.columns)}) ${printReference(constraint)}`
  }
}

/** A constraint as it stands in a table, behind its columns. A key that is only to be had at its column is written there: see {@link printTable}. */
export const printConstraint = (constraint: ConstraintDefinition): string =>
  words(printName(constraint.name), printBody(constraint))

const printAtColumn = (constraint: ConstraintDefinition): string => {
  switch (constraint.kind) {
    case "primary key": {
      const { autoincrement, columns: [part], conflict } = constraint
      return words("PRIMARY KEY", part?.descending && "DESC", printConflict(conflict), autoincrement && "AUTOINCREMENT")
    }
    case "unique":
      return words("UNIQUE", printConflict(constraint.conflict))
    case "check":
      return `CHECK (${constraint.expression})`
    case "foreign key":
      return printReference(constraint)
  }
}

const printGenerated = ({ generated }: ColumnDefinition): string =>
  generated === undefined ? "" : words(`GENERATED ALWAYS AS (${generated.expression})`, generated.stored && "STORED")

/** A column of a table, or what follows ALTER TABLE … ADD COLUMN, with those constraints of it alone that are to stand with it. */
export const printColumn = (column: ColumnDefinition, constraints: ReadonlyArray<ConstraintDefinition> = []): string =>
  words(
    quoteIdentifier(column.name),
    column.type !== undefined && printType(column.type),
    column.notNull && words("NOT NULL", printConflict(column.notNullConflict)),
    column.default !== undefined && `DEFAULT ${column.default}`,
    column.collate !== undefined && `COLLATE ${quoteIdentifier(column.collate)}`,
    printGenerated(column),
    ...constraints.map((constraint) => words(printName(constraint.name), printAtColumn(constraint)))
  )

/** The key that SQLite takes at its column alone. */
const isAtColumn = (constraint: ConstraintDefinition, { name }: ColumnDefinition): boolean =>
  constraint.kind === "primary key" && constraint.noAlias === true && constraint.columns.length === 1 &&
  sameName(constraint.columns[0]?.column ?? "", name)

/** CREATE TABLE, each column and constraint on a line. */
export const printTable = (table: PrintableTable): string => {
  const { columns, constraints, name, randomRowid, strict, withoutRowid } = table
  const lines = [
    ...columns.map((column) => printColumn(column, constraints.filter((constraint) => isAtColumn(constraint, column)))),
    ...constraints
      .filter((constraint) => !columns.some((column) => isAtColumn(constraint, column)))
      .map(printConstraint)
  ]
  const options = [
    ...(withoutRowid ? ["WITHOUT ROWID"] : []),
    ...(randomRowid ? ["RANDOM ROWID"] : []),
    ...(strict ? ["STRICT"] : [])
  ]
  return words(`CREATE TABLE ${quoteIdentifier(name)} (\n  ${lines.join(",\n  ")}\n)`, options.join(", "))
}

/** CREATE INDEX. */
export const printIndex = ({ columns, name, table, unique, where }: IndexDefinition): string =>
  words(
    "CREATE",
    unique && "UNIQUE",
    `INDEX ${quoteIdentifier(name)} ON ${quoteIdentifier(table)}(${columns.map(printPart).join(", ")})`,
    where !== undefined && `WHERE ${where}`
  )

/** CREATE VIEW. */
export const printView = ({ columns, name, query }: ViewDefinition): string =>
  `CREATE VIEW ${quoteIdentifier(name)}${columns === undefined ? "" : `(${list(columns)})`} AS ${query}`

/** CREATE TRIGGER, each of its statements on a line. */
export const printTrigger = ({ body, columns, event, name, table, timing, when }: TriggerDefinition): string =>
  words(
    `CREATE TRIGGER ${quoteIdentifier(name)}`,
    timing ?? "BEFORE",
    event,
    columns !== undefined && `OF ${list(columns)}`,
    `ON ${quoteIdentifier(table)}`,
    when !== undefined && `WHEN ${when}`,
    `BEGIN\n${body.map((statement) => `  ${statement};\n`).join("")}END`
  )

/** CREATE VIRTUAL TABLE. */
export const printVirtualTable = ({ arguments: given, module, name }: VirtualTableDefinition): string =>
  `CREATE VIRTUAL TABLE ${quoteIdentifier(name)} USING ${quoteIdentifier(module)}${
    given.length === 0 ? "" : `(${given.join(", ")})`
  }`
