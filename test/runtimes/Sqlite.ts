/**
 * SQLite as the runtime of the tests has it: another build than the one that migrates, in which tests make databases and look
 * at them.
 */
import { DatabaseSync } from "node:sqlite"

/** A value of a row. */
export type Value = string | number | bigint | Uint8Array | null

/** A row, its values by the names of their columns. */
export type Row = Readonly<Record<string, Value>>

/** An integer as a number where that holds it. */
const exact = (value: Value): Value =>
  typeof value === "bigint" && Number.isSafeInteger(Number(value)) ? Number(value) : value

/** A connection to a file, which is made where it is missing, or to a new database by `:memory:`. Foreign keys are off. */
export class Database {
  readonly #database: DatabaseSync

  constructor(path: string, options: { readonly readonly?: boolean } = {}) {
    this.#database = new DatabaseSync(path, {
      readOnly: options.readonly ?? false,
      enableForeignKeyConstraints: false,
      // in a text of quotes no column's name: what the files of others hold
      enableDoubleQuotedStringLiterals: true
    })
  }

  /** Runs the statements of a script. */
  run(script: string): void {
    this.#database.exec(script)
  }

  /** The rows of a query. */
  all(sql: string, ...parameters: ReadonlyArray<string | number>): ReadonlyArray<Row> {
    // their prototype is not that of other objects, which tests would have to mind
    const statement = this.#database.prepare(sql)
    statement.setReadBigInts(true)
    return statement.all(...parameters).map((row) =>
      Object.fromEntries(Object.entries(row).map(([name, value]) => [name, exact(value)]))
    )
  }

  /** The rows of a query, each as the list of its values. */
  values(sql: string): ReadonlyArray<ReadonlyArray<Value>> {
    const statement = this.#database.prepare(sql)
    statement.setReturnArrays(true)
    statement.setReadBigInts(true)
    return statement.all().map((row) => Object.values(row).map(exact))
  }

  close(): void {
    this.#database.close()
  }
}
