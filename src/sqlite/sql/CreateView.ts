/** `CREATE VIEW` from its text (SQLite, "CREATE VIEW"). */
import type { ViewDefinition } from "./Definition.ts"
import type { Header } from "./Header.ts"
import type { Reader } from "./Reader.ts"
import { namesIn, spell } from "./Spelling.ts"

/** Reads what follows the name of the view. */
export const readView = (reader: Reader, header: Header): ViewDefinition => {
  const columns = reader.sees("(") ? { columns: reader.names("a column") } : {}
  reader.expect("AS")
  const query = reader.rest().filter(({ word }) => word !== ";")
  if (query.length === 0) reader.fail("a query was expected")
  return { kind: "view", name: header.name, ...columns, query: spell(query), mentions: namesIn(query) }
}
