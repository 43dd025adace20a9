/** A SQLite file of a test, written and read by Bun's own build of SQLite. */
import { Database } from "bun:sqlite"

/** Runs a script. The file is made where it is missing. */
export const run = (path: string, script: string): void => {
  const database = new Database(path, { create: true })
  database.exec(script)
  database.close()
}

/** The rows of a query, each as the list of its values. */
export const rows = (path: string, sql: string): ReadonlyArray<unknown> => {
  const database = new Database(path, { readonly: true })
  const found = database.query(sql).values()
  database.close()
  return found
}
