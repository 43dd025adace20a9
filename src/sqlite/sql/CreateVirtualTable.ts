/** `CREATE VIRTUAL TABLE` from its text (SQLite, "CREATE VIRTUAL TABLE"). */
import type { VirtualTableDefinition } from "./Definition.ts"
import type { Header } from "./Header.ts"
import { foldName } from "./Identifier.ts"
import { nameOf, splitElements } from "./Lexer.ts"
import type { Reader } from "./Reader.ts"

/** Reads what follows the name of the table. */
export const readVirtualTable = (reader: Reader, header: Header): VirtualTableDefinition => {
  reader.expect("USING")
  const module = foldName(nameOf(reader.name("a module")))
  const tokens = reader.sees("(") ? reader.parenthesised() : []
  const written = splitElements(tokens).map((element) =>
    reader.text.slice(element[0]?.start ?? 0, element.at(-1)?.end ?? 0)
  )
  return { kind: "virtual table", name: header.name, module, arguments: tokens.length === 0 ? [] : written }
}
