/** `CREATE INDEX` from its text (SQLite, "CREATE INDEX"). */
import type { IndexDefinition } from "./Definition.ts"
import { type Header, readTableName } from "./Header.ts"
import { keyParts } from "./KeyParts.ts"
import type { Reader } from "./Reader.ts"
import { spell } from "./Spelling.ts"

/** The tokens up to the end of the statement. */
const restOf = (reader: Reader) => {
  const rest = reader.rest()
  const end = rest.findIndex(({ word }) => word === ";")
  return end < 0 ? rest : rest.slice(0, end)
}

/** Reads what follows the name of the index. */
export const readIndex = (reader: Reader, header: Header): IndexDefinition => {
  const table = readTableName(reader, "index").name
  const scope = { table, strings: reader.strings, ...(reader.columns === undefined ? {} : { columns: reader.columns }) }
  const columns = keyParts(reader.parenthesised(), scope)
  const where = reader.take("WHERE") ? { where: spell(restOf(reader), scope) } : {}
  return { kind: "index", name: header.name, table, ...(header.unique ? { unique: true } : {}), columns, ...where }
}
