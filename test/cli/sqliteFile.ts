/** A SQLite file of a test, written and read by the runtime's own build of SQLite. */
import { Database } from "../runtimes/Sqlite.ts"

/** Runs a script. The file is made where it is missing. */
export const run = (path: string, script: string): void => {
  const database = new Database(path)
  database.run(script)
  database.close()
}

/** The rows of a query, each as the list of its values. */
export const rows = (path: string, sql: string): ReadonlyArray<unknown> => {
  const database = new Database(path, { readonly: true })
  const found = database.values(sql)
  database.close()
  return found
}
