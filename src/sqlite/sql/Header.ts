/** How a CREATE statement begins: what it creates, and where its name stands. */
import type { Span } from "./Definition.ts"
import { nameOf } from "./Lexer.ts"
import type { Reader } from "./Reader.ts"

/** `CREATE [TEMP] … [IF NOT EXISTS] [schema.]name`, read up to the name. */
export interface Header {
  readonly kind: "table" | "virtual table" | "index" | "view" | "trigger"
  readonly name: string
  /** With its schema, if it has one. */
  readonly nameSpan: Span
  /** The name alone. */
  readonly ownName: Span
  readonly schema?: string
  readonly unique?: true
  /** The word TEMP or TEMPORARY. */
  readonly temporary?: Span
  /** The words IF NOT EXISTS. */
  readonly ifNotExists?: Span
}

const kinds: ReadonlyArray<readonly [word: string, kind: Header["kind"]]> = [
  ["TABLE", "table"],
  ["INDEX", "index"],
  ["VIEW", "view"],
  ["TRIGGER", "trigger"]
]

const readKind = (reader: Reader): Header["kind"] => {
  if (reader.take("VIRTUAL", "TABLE")) return "virtual table"
  for (const [word, kind] of kinds) if (reader.take(word)) return kind
  return reader.fail("TABLE, INDEX, VIEW or TRIGGER was expected")
}

const spanOfLast = (reader: Reader, from: number): Span => ({ start: from, end: reader.end })

/** Reads the beginning of a CREATE statement, its name included. */
export const readHeader = (reader: Reader): Header => {
  reader.expect("CREATE")
  const temp = reader.start
  const temporary = reader.takeOneOf("TEMP", "TEMPORARY") === undefined ? undefined : spanOfLast(reader, temp)
  const unique = reader.take("UNIQUE")
  const kind = readKind(reader)
  const condition = reader.start
  const ifNotExists = reader.take("IF", "NOT", "EXISTS") ? spanOfLast(reader, condition) : undefined
  const first = reader.name("a name")
  const second = reader.take(".") ? reader.name("a name") : undefined
  const own = second ?? first
  return {
    kind,
    name: nameOf(own),
    nameSpan: { start: first.start, end: own.end },
    ownName: { start: own.start, end: own.end },
    ...(second === undefined ? {} : { schema: nameOf(first) }),
    ...(unique ? { unique } : {}),
    ...(temporary === undefined ? {} : { temporary }),
    ...(ifNotExists === undefined ? {} : { ifNotExists })
  }
}

/** Reads on to the table of an index or a trigger, and gives its name's place, with its schema if it has one. */
export const readTableName = (reader: Reader, kind: "index" | "trigger"): { readonly name: string } & Span => {
  if (kind === "trigger") {
    if (!reader.take("INSTEAD", "OF")) reader.takeOneOf("BEFORE", "AFTER")
    const event = reader.takeOneOf("DELETE", "INSERT", "UPDATE")
    if (event === undefined) reader.fail("DELETE, INSERT or UPDATE was expected")
    if (event === "UPDATE" && reader.take("OF")) {
      do reader.name("a column")
      while (reader.take(","))
    }
  }
  reader.expect("ON")
  const first = reader.name("a table")
  const second = reader.take(".") ? reader.name("a table") : undefined
  const own = second ?? first
  return { name: nameOf(own), start: first.start, end: own.end }
}
