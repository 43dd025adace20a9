/** Settings that a routine runs with (`SET` clauses; `pg_proc.proconfig`), as `pg_dump` prints them. */
import { quoteIdentifier, quoteLiteral } from "../Identifier.ts"

/** The settings whose value is a list of names, each quoted on its own (`GUC_LIST_QUOTE` in PostgreSQL). */
const lists: ReadonlySet<string> = new Set([
  "local_preload_libraries",
  "search_path",
  "session_preload_libraries",
  "shared_preload_libraries",
  "temp_tablespaces",
  "unix_socket_directories"
])

/** The names of such a list: separated by commas, double-quoted as needed. */
const listItems = (value: string): ReadonlyArray<string> =>
  [...value.matchAll(/"((?:[^"]|"")*)"|[^\s,"]+/g)].map(([item, quoted]) => quoted?.replaceAll("\"\"", "\"") ?? item)

/** The `SET` clause for an entry `name=value` of `proconfig`. */
export const setClause = (entry: string): string => {
  const at = entry.indexOf("=")
  const [name, value] = [entry.slice(0, at), entry.slice(at + 1)]
  const items = lists.has(name) ? listItems(value) : [value]
  return `SET ${quoteIdentifier(name)} TO ${items.length === 0 ? "''" : items.map(quoteLiteral).join(", ")}`
}
