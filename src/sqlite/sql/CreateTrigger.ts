/** `CREATE TRIGGER` from its text (SQLite, "CREATE TRIGGER"). */
import type { TriggerDefinition } from "./Definition.ts"
import type { Header } from "./Header.ts"
import { foldName } from "./Identifier.ts"
import { nameOf, type Token } from "./Lexer.ts"
import type { Reader } from "./Reader.ts"
import { namesIn, spell } from "./Spelling.ts"

const readEvent = (reader: Reader): Pick<TriggerDefinition, "event" | "columns"> => {
  const event = reader.takeOneOf("DELETE", "INSERT", "UPDATE")
  if (event === undefined) return reader.fail("DELETE, INSERT or UPDATE was expected")
  if (event !== "UPDATE" || !reader.take("OF")) return { event }
  const columns: Array<string> = []
  do columns.push(nameOf(reader.name("a column")))
  while (reader.take(","))
  return { event, columns }
}

/** The condition: everything up to the BEGIN that is outside of all parentheses. */
const readCondition = (reader: Reader): ReadonlyArray<Token> => {
  const tokens: Array<Token> = []
  for (let depth = 0; !(depth === 0 && reader.sees("BEGIN") && tokens.length > 0);) {
    const token = reader.next()
    if (token.word === "(") depth++
    if (token.word === ")") depth--
    tokens.push(token)
  }
  return tokens
}

/** The statements between BEGIN and the last END. */
const readBody = (reader: Reader): ReadonlyArray<ReadonlyArray<Token>> => {
  reader.expect("BEGIN")
  const tokens = [...reader.rest()]
  while (tokens.at(-1)?.word === ";") tokens.pop()
  if (tokens.pop()?.word !== "END" || tokens.at(-1)?.word !== ";") reader.fail("; END was expected")
  const statements: Array<Array<Token>> = [[]]
  for (const token of tokens) {
    if (token.word === ";") statements.push([])
    else statements.at(-1)?.push(token)
  }
  return statements.filter((statement) => statement.length > 0)
}

/** Reads what follows the name of the trigger. */
export const readTrigger = (reader: Reader, header: Header): TriggerDefinition => {
  const timing = reader.take("INSTEAD", "OF") ? "INSTEAD OF" : reader.takeOneOf("BEFORE", "AFTER")
  const event = readEvent(reader)
  reader.expect("ON")
  const first = reader.name("a table")
  const table = nameOf(reader.take(".") ? reader.name("a table") : first)
  reader.take("FOR", "EACH", "ROW")
  const when = reader.take("WHEN") ? readCondition(reader) : []
  const body = readBody(reader)
  const mentions = new Set([foldName(table), ...namesIn(when), ...body.flatMap((statement) => namesIn(statement))])
  return {
    kind: "trigger",
    name: header.name,
    table,
    ...(timing === undefined || timing === "BEFORE" ? {} : { timing }),
    ...event,
    ...(when.length === 0 ? {} : { when: spell(when) }),
    body: body.map((statement) => spell(statement)),
    mentions: [...mentions]
  }
}
