/**
 * A Compose file as text and as what it says: services with anchors and merge keys taken in, and a way to add a service that
 * leaves every byte of the file where it is. Pure.
 */
import * as Result from "effect/Result"
import {
  Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Pair,
  parseAllDocuments,
  type YAMLMap
} from "yaml"
import { InitError } from "../InitError.ts"

/** A service: its name, and its keys, those of merge keys among them. */
export interface Service {
  readonly name: string
  readonly entries: ReadonlyMap<string, unknown>
}

/** A file that was read. */
export interface ComposeFile {
  /** What messages call it. */
  readonly path: string
  readonly text: string
  readonly document: Document.Parsed
  readonly services: ReadonlyArray<Service>
}

/** The node that an alias stands for; any other as it is. */
const resolved = (document: Document, node: unknown): unknown => isAlias(node) ? node.resolve(document) : node

const keyOf = ({ key }: Pair): string => {
  const value = isScalar(key) ? key.value : key
  // the merge key is read as a symbol
  return typeof value === "symbol" ? value.description ?? "" : String(value)
}

/** The keys of a map, aliases and merge keys taken in (YAML 1.1, "Merge Key"); none for what is no map. */
export const entriesOf = (document: Document, node: unknown): ReadonlyMap<string, unknown> => {
  const map = resolved(document, node)
  const entries = new Map<string, unknown>()
  if (!isMap(map)) return entries
  const pairs = map.items.filter((item) => isPair(item))
  for (const pair of pairs) {
    if (keyOf(pair) !== "<<") entries.set(keyOf(pair), resolved(document, pair.value))
  }
  for (const pair of pairs) {
    if (keyOf(pair) !== "<<") continue
    const merged = resolved(document, pair.value)
    for (const each of isSeq(merged) ? merged.items : [merged]) {
      for (const [key, value] of entriesOf(document, each)) if (!entries.has(key)) entries.set(key, value)
    }
  }
  return entries
}

/** The items of a list, aliases taken in; none for what is no list. */
export const itemsOf = (document: Document, node: unknown): ReadonlyArray<unknown> => {
  const list = resolved(document, node)
  return isSeq(list) ? list.items.map((item) => resolved(document, item)) : []
}

/** A plain value as text; undefined for lists, maps, and no value. */
export const textOf = (node: unknown): string | undefined => {
  if (!isScalar(node) || node.value === null || node.value === undefined) return undefined
  // as it is written: 5432 and 010 are what people typed
  return typeof node.value === "string" ? node.value : node.source ?? String(node.value)
}

const refused = (detail: string, next: string) => Result.fail(new InitError({ detail, next }))

/** Reads the text of a Compose file. Fails where it is no YAML, or nothing that Compose could use. */
export const read = (path: string, text: string): Result.Result<ComposeFile, InitError> => {
  const lines = new LineCounter()
  const documents = parseAllDocuments(text, { merge: true, lineCounter: lines })
  const [document] = documents
  if (!Array.isArray(documents) || document === undefined) {
    return refused(`${path} is empty`, "Name the Compose file with --file.")
  }
  const [error] = documents.flatMap(({ errors }) => errors)
  if (error !== undefined) {
    const { col, line } = lines.linePos(error.pos[0])
    return refused(
      `${path}:${line}:${col}: ${error.message.split("\n")[0]}`,
      "Correct the file (docker compose config shows how Compose reads it) and run the command again. Nothing was changed."
    )
  }
  if (documents.length > 1) {
    return refused(
      `${path} holds ${documents.length} YAML documents`,
      "Split it into files with one document each, and name one with --file."
    )
  }
  const top = entriesOf(document, document.contents)
  const services = top.get("services")
  if (!isMap(services) || services.items.length === 0) {
    return refused(
      `${path} has no services${top.has("include") ? " of its own: it includes those of other files" : ""}`,
      top.has("include")
        ? "Name the included file that has the PostgreSQL service with --file. Nothing was changed."
        : "Name the Compose file with --file; in files of the first version, put services under services:. Nothing was changed."
    )
  }
  return Result.succeed({
    path,
    text,
    document,
    services: [...entriesOf(document, services)].map(([name, node]) => ({ name, entries: entriesOf(document, node) }))
  })
}

const indentation = (line: string): number => line.length - line.trimStart().length

/** Where a service can be added behind another: the start of a line, behind the comments that are indented like its keys. */
const placeAfter = (text: string, end: number, column: number): number => {
  const lineEnd = (at: number): number => {
    const newline = text.indexOf("\n", at)
    return newline < 0 ? text.length : newline + 1
  }
  let place = end > 0 && text[end - 1] === "\n" ? end : lineEnd(end)
  for (let at = place; at < text.length;) {
    const next = lineEnd(at)
    const line = text.slice(at, next)
    if (line.trim() !== "" && !(line.trimStart().startsWith("#") && indentation(line) > column)) break
    if (line.trim() !== "") place = next
    at = next
  }
  return place
}

/** How the file indents: columns of a service's name, of its keys, and whether lists are indented in their key. */
const styleOf = (
  services: YAMLMap,
  text: string
): { readonly column: number; readonly step: number; readonly lists: boolean } => {
  const columnOf = (node: unknown): number | undefined => {
    if (!isScalar(node) || !Array.isArray(node.range)) return undefined
    return node.range[0] - (text.lastIndexOf("\n", node.range[0] - 1) + 1)
  }
  const column = columnOf(services.items[0]?.key) ?? 2
  const bodies = services.items.map(({ value }) => value).filter((value) => isMap(value)).filter(({ flow }) => !flow)
  const inner = bodies.map(({ items: [first] }) => columnOf(first?.key)).find((at) => at !== undefined)
  const list =
    bodies.flatMap(({ items }) => items).flatMap(({ key, value }) =>
      isSeq(value) && value.flow !== true && isScalar(value.items[0])
        ? [{ key: columnOf(key) ?? 0, item: columnOf(value.items[0]) ?? 0 }]
        : []
    )[0]
  return {
    column,
    step: inner === undefined ? 2 : inner - column,
    // an item begins two columns behind its dash
    lists: list === undefined || list.item - 2 > list.key
  }
}

/**
 * The text with a service added behind another one, and nothing else changed. `comment` stands before it. Fails where the file
 * is not laid out in lines, and where the result would not say what was meant.
 */
export const addService = (
  file: ComposeFile,
  after: string,
  name: string,
  service: YAMLMap,
  comment: ReadonlyArray<string>
): Result.Result<string, InitError> => {
  const { document, path, text } = file
  const services = isMap(document.contents) ? resolved(document, document.contents.get("services", true)) : undefined
  const pair = isMap(services) ? services.items.find((item) => keyOf(item) === after) : undefined
  const value = pair?.value
  const end = isMap(value) || isAlias(value) ? value.range?.[1] : undefined
  const { column, lists, step } = isMap(services) ? styleOf(services, text) : { column: 0, lists: false, step: 0 }
  // a key after "?" stands behind its keys' column
  if (!isMap(services) || services.flow === true || end === undefined || end === null || step < 1 || column < 1) {
    return refused(
      `${path}: services are not written in lines of their own, so that nothing can be added without writing the file anew`,
      "Write services: as a block, each service as NAME: with its keys indented below it, and run the command again. Nothing was changed."
    )
  }
  const newline = text.includes("\r\n") ? "\r\n" : "\n"
  const added = new Document({}, { compat: "yaml-1.1" })
  added.contents = added.createNode({ [name]: service })
  const margin = " ".repeat(column)
  const body = added.toString({ indent: step, indentSeq: lists, lineWidth: 0, flowCollectionPadding: false })
  const lines = [...comment.map((line) => `# ${line}`), ...body.trimEnd().split("\n")]
  const at = placeAfter(text, end, column)
  const before = text.slice(0, at)
  const isSpaced = services.items.length > 1 &&
    /\n[ \t]*\r?\n/.test(text.slice(services.range?.[0] ?? 0, services.range?.[1]))
  const block = lines.map((line) => line === "" ? newline : `${margin}${line}${newline}`).join("")
  const result = [
    before,
    before.endsWith("\n") ? "" : newline,
    isSpaced ? newline : "",
    block,
    text.slice(at)
  ].join("")
  return isAddition(file, result, name, added) ? Result.succeed(result) : refused(
    `${path}: a service cannot be added without changing what the file says`,
    `Add it by hand. Nothing was changed:\n${block}`
  )
}

/** Whether the new text says what the old one says, and the new service. */
const isAddition = (file: ComposeFile, text: string, name: string, added: Document): boolean => {
  const [document, ...more] = parseAllDocuments(text, { merge: true })
  if (document === undefined || more.length > 0 || document.errors.length > 0 || !("contents" in document)) return false
  const [written, meant] = [document.getIn(["services", name]), added.get(name)]
  if (!isMap(written) || !isMap(meant)) return false
  if (JSON.stringify(written.toJS(document)) !== JSON.stringify(meant.toJS(added))) return false
  document.deleteIn(["services", name])
  return JSON.stringify(document.toJS()) === JSON.stringify(file.document.toJS())
}
