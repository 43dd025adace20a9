/**
 * What the statements of a SQLite schema say, as data (SQLite, "SQL As Understood By SQLite"). Expressions, types and
 * queries are in one spelling, see `Spelling.ts`, so that two statements that mean the same are the same data; names are as
 * they are written, without their quotes.
 */

/** What happens where a row breaks a constraint (SQLite, "The ON CONFLICT Clause"); absent: ABORT. */
export type ConflictAction = "ROLLBACK" | "FAIL" | "IGNORE" | "REPLACE"

/** What a foreign key does to the rows that refer; absent: NO ACTION. */
export type ForeignKeyAction = "SET NULL" | "SET DEFAULT" | "CASCADE" | "RESTRICT"

/** One column or expression of a key. A type, and no interface, so that it is JSON to the type checker. */
export type KeyPart = {
  /** The column, as the key spells it; absent for an expression. */
  readonly column?: string
  readonly expression?: string
  readonly collate?: string
  readonly descending?: true
}

/** A column of a table, with what only a column can say. */
export interface ColumnDefinition {
  readonly name: string
  /**
   * The declared type as written, with one space between words, but for those that SQLite itself keeps in upper case (ANY,
   * BLOB, INT, INTEGER, REAL, TEXT); absent where there is none.
   */
  readonly type?: string
  readonly notNull?: true
  readonly notNullConflict?: ConflictAction
  /** The default as an expression; parentheses around it are kept, because they decide what ALTER TABLE accepts. */
  readonly default?: string
  readonly collate?: string
  readonly generated?: { readonly expression: string; readonly stored?: true }
}

/** `PRIMARY KEY` of a column or of the table. */
export interface PrimaryKeyDefinition {
  readonly kind: "primary key"
  readonly name?: string
  readonly columns: ReadonlyArray<KeyPart>
  readonly autoincrement?: true
  readonly conflict?: ConflictAction
  /** It is `INTEGER PRIMARY KEY DESC` at the column, which by an old mistake of SQLite is no alias of the rowid. */
  readonly noAlias?: true
}

/** `UNIQUE` of a column or of the table. */
export interface UniqueDefinition {
  readonly kind: "unique"
  readonly name?: string
  readonly columns: ReadonlyArray<KeyPart>
  readonly conflict?: ConflictAction
}

/** `CHECK` of a column or of the table. */
export interface CheckDefinition {
  readonly kind: "check"
  readonly name?: string
  /** Without the parentheses around it. */
  readonly expression: string
}

/** `REFERENCES` of a column or `FOREIGN KEY` of the table. */
export interface ForeignKeyDefinition {
  readonly kind: "foreign key"
  readonly name?: string
  readonly columns: ReadonlyArray<string>
  readonly table: string
  /** Absent: the primary key of the table. */
  readonly referenced?: ReadonlyArray<string>
  readonly onDelete?: ForeignKeyAction
  readonly onUpdate?: ForeignKeyAction
  /** `MATCH name`; SQLite accepts it and does nothing with it. */
  readonly match?: string
  /** `DEFERRABLE INITIALLY DEFERRED`, the only form that changes anything. */
  readonly deferred?: true
}

/** A constraint of a table, wherever it is written. */
export type ConstraintDefinition =
  | PrimaryKeyDefinition
  | UniqueDefinition
  | CheckDefinition
  | ForeignKeyDefinition

/** Where something stands in the text of its statement: offsets in UTF-16 code units, the end not included. */
export interface Span {
  readonly start: number
  readonly end: number
}

/** `CREATE TABLE` with columns. `NOT NULL` and `NULL`, `COLLATE`, `DEFAULT` and `GENERATED` are of the column, all else is a constraint. */
export interface TableDefinition {
  readonly kind: "table"
  readonly name: string
  readonly strict?: true
  readonly withoutRowid?: true
  /** `RANDOM ROWID` of libSQL: rowids are chosen at random. */
  readonly randomRowid?: true
  readonly columns: ReadonlyArray<ColumnDefinition & { readonly span: Span }>
  /** In the order of the text. */
  readonly constraints: ReadonlyArray<ConstraintDefinition & { readonly span: Span }>
}

/** `CREATE VIRTUAL TABLE`. */
export interface VirtualTableDefinition {
  readonly kind: "virtual table"
  readonly name: string
  /** In lower case: SQLite does not tell upper from lower case there. */
  readonly module: string
  /** As written between the commas, trimmed: the module alone knows what they mean. */
  readonly arguments: ReadonlyArray<string>
}

/** `CREATE INDEX`. */
export interface IndexDefinition {
  readonly kind: "index"
  readonly name: string
  readonly table: string
  readonly unique?: true
  readonly columns: ReadonlyArray<KeyPart>
  readonly where?: string
}

/** `CREATE VIEW`. */
export interface ViewDefinition {
  readonly kind: "view"
  readonly name: string
  readonly columns?: ReadonlyArray<string>
  readonly query: string
  /** Every name in the query in lower case: what it may refer to. */
  readonly mentions: ReadonlyArray<string>
}

/** `CREATE TRIGGER`. */
export interface TriggerDefinition {
  readonly kind: "trigger"
  readonly name: string
  /** The table or view that it is on. */
  readonly table: string
  /** Absent: BEFORE. */
  readonly timing?: "AFTER" | "INSTEAD OF"
  readonly event: "DELETE" | "INSERT" | "UPDATE"
  /** Of `UPDATE OF`. */
  readonly columns?: ReadonlyArray<string>
  readonly when?: string
  /** The statements between BEGIN and END, each without its semicolon. */
  readonly body: ReadonlyArray<string>
  /** Every name in it, besides its own, in lower case: what it may refer to. */
  readonly mentions: ReadonlyArray<string>
}

/** What a statement of a schema says. */
export type Definition =
  | TableDefinition
  | VirtualTableDefinition
  | IndexDefinition
  | ViewDefinition
  | TriggerDefinition
