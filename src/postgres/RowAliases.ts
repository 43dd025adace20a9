/**
 * Column aliases of functions in FROM. Where a function gives rows of a table, PostgreSQL prints all the table's columns in
 * their order behind the function's alias (`f() f(id, name)`), whatever was written. Columns get their names by that
 * order, which is not compared and can be another one in another database: there the list would swap columns. Without it
 * they have their own names, and the definition means the same whatever the order is.
 */
import { type Catalog, type CatalogObject, dependenciesOf, type ObjectId, partsIndex } from "../Catalog.ts"
import { quoteIdentifier } from "./Identifier.ts"
import { sqlName } from "./kinds/names.ts"
import { lexSignificant, type Token } from "./sql/Lexer.ts"

/** The parts of states that hold queries as PostgreSQL prints them. */
const printed = ["definition", "sql_body", "using", "check"] as const

const tables: ReadonlySet<string> = new Set(["table", "foreign table"])

/** A function that gives rows of a table: its name as printed, and the list of the table's columns. */
interface RowFunction {
  readonly name: string
  readonly columns: string
}

const rowFunction = (
  object: CatalogObject,
  catalog: Catalog,
  parts: (id: ObjectId) => ReadonlyArray<CatalogObject>
): RowFunction | undefined => {
  for (const id of dependenciesOf(catalog, object.id)) {
    const need = catalog.objects.get(id)
    if (need === undefined || !tables.has(need.kind)) continue
    const row = sqlName(need.name)
    if (object.state["returns"] !== row && object.state["returns"] !== `SETOF ${row}`) continue
    const columns = parts(id).filter(({ kind }) => kind === "column").map(({ name }) => quoteIdentifier(name[2] ?? ""))
    return { name: sqlName(object.name.slice(0, 2)), columns: columns.join(", ") }
  }
  return undefined
}

/** The index of the parenthesis that closes the one at `open`. */
const closing = (tokens: ReadonlyArray<Token>, open: number): number => {
  let depth = 0
  for (let i = open; i < tokens.length; i++) {
    if (tokens[i]?.word === "(") depth++
    if (tokens[i]?.word === ")" && --depth === 0) return i
  }
  return -1
}

const isName = (token: Token | undefined): boolean => token?.kind === "word" || token?.kind === "quoted"

/** The text without the column aliases that PostgreSQL printed behind calls of the functions. */
const withoutAliases = (text: string, functions: ReadonlyArray<RowFunction>): string => {
  if (!functions.some(({ name }) => text.includes(`${name}(`))) return text
  const tokens = lexSignificant(text)
  let result = ""
  let copied = 0
  tokens.forEach((token, open) => {
    if (token.word !== "(") return
    const name = text.slice(tokens[open - 3]?.start, token.start)
    // overloaded ones share a name
    const called = functions.filter((candidate) => candidate.name === name)
    const alias = called.length === 0 ? -1 : closing(tokens, open) + 1
    const [from, to] = [tokens[alias + 1], tokens[closing(tokens, alias + 1)]]
    if (alias < 1 || !isName(tokens[alias]) || from?.word !== "(" || to === undefined) return
    const list = text.slice(from.end, to.start)
    // columns that the table gained later are not in the list
    if (called.some(({ columns }) => columns !== list && !columns.startsWith(`${list}, `))) return
    result += text.slice(copied, from.start)
    copied = to.end
  })
  return result + text.slice(copied)
}

/** The objects whose printed queries hold such aliases, without them. */
export const withoutRowAliases = (catalog: Catalog): ReadonlyArray<CatalogObject> => {
  let parts: ReadonlyMap<ObjectId, ReadonlyArray<CatalogObject>> | undefined
  const partsOf = (id: ObjectId): ReadonlyArray<CatalogObject> => (parts ??= partsIndex(catalog)).get(id) ?? []
  const functions = new Map<ObjectId, RowFunction>()
  for (const object of catalog.objects.values()) {
    const found = object.kind === "function" ? rowFunction(object, catalog, partsOf) : undefined
    if (found !== undefined) functions.set(object.id, found)
  }
  if (functions.size === 0) return []
  return [...catalog.objects.values()].flatMap((object) => {
    const called = [...dependenciesOf(catalog, object.id)].flatMap((id) => functions.get(id) ?? [])
    if (called.length === 0) return []
    const texts = printed.flatMap((key) => {
      const text = object.state[key]
      return typeof text === "string" ? [[key, withoutAliases(text, called)] as const] : []
    })
    return [{ ...object, state: { ...object.state, ...Object.fromEntries(texts) } }]
  })
}
