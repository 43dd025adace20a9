/** Reads a module of src/ as a syntax tree and tells which house rules it breaks. Pure: text in, findings out. */
import { parse } from "@babel/parser"
import { posix } from "node:path"
import * as Layers from "./Layers.ts"

/** One broken rule. */
export interface Finding {
  readonly file: string
  readonly line: number
  readonly message: string
}

/** The exceptions in force; the ones of the project unless a test brings its own. */
export interface Exceptions {
  readonly runtime: ReadonlyArray<Layers.Exception>
  readonly cascade: ReadonlyArray<Layers.Exception>
}

/** The exceptions that src/ has today. */
export const projectExceptions: Exceptions = { runtime: Layers.runtimeExceptions, cascade: Layers.cascadeExceptions }

interface Node {
  readonly type: string
  readonly loc: { readonly start: { readonly line: number } }
  readonly [field: string]: unknown
}

const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && "type" in value && typeof value.type === "string" && "loc" in value

const children = (node: Node): ReadonlyArray<Node> =>
  Object.entries(node).flatMap(([field, value]) =>
    field.endsWith("Comments") || field === "tokens" ? [] : (Array.isArray(value) ? value : [value]).filter(isNode)
  )

const visit = (
  node: Node,
  ancestors: ReadonlyArray<Node>,
  see: (node: Node, ancestors: ReadonlyArray<Node>) => void
) => {
  see(node, ancestors)
  const path = [node, ...ancestors]
  for (const child of children(node)) visit(child, path, see)
}

/** The module that an import, a re-export, a dynamic import or an import type names; undefined for every other node. */
const specifier = (node: Node): string | undefined => {
  const source = node.type === "TSImportType" ? node["argument"] : node["source"]
  const names = [
    "ImportDeclaration",
    "ExportNamedDeclaration",
    "ExportAllDeclaration",
    "ImportExpression",
    "TSImportType"
  ]
  if (!names.includes(node.type) || !isNode(source)) return undefined
  const literal = source.type === "TSLiteralType" && isNode(source["literal"]) ? source["literal"] : source
  return typeof literal["value"] === "string" ? literal["value"] : undefined
}

/** The layer of a path below src/, such as `postgres/kinds/table.ts`; undefined when nobody has placed it. */
const layerOf = (path: string): Layers.Layer | undefined => {
  const [first = "", ...rest] = path.split("/")
  const table = rest.length === 0 ? Layers.modules : Layers.folders
  return Object.hasOwn(table, first) ? table[first] : undefined
}

const importMessage = (file: string, layer: Layers.Layer, name: string): string | undefined => {
  if (name.startsWith(".")) {
    const target = posix.join(posix.dirname(file), name)
    if (target.startsWith("..")) {
      const isManifest = target === "../package.json" && (layer === "cli" || layer === "mcp")
      return isManifest ? undefined : `imports ${name}, which is outside src/`
    }
    const to = layerOf(target)
    if (to === undefined) return `imports ${name}, which has no layer: place it in test/layering/Layers.ts`
    return to === layer || Layers.allowed[layer].includes(to)
      ? undefined
      : `imports ${name}: ${layer} may not depend on ${to}`
  }
  if (name === "effect") return "imports the barrel of effect: import the module itself, such as effect/Effect"
  const walled = Layers.packages.find(([start]) => name === start || name.startsWith(`${start}/`))
  return walled === undefined || walled[1].includes(layer)
    ? undefined
    : `imports ${name}, which only ${walled[1].join(" and ")} may`
}

const isRuntimeModule = (name: string): boolean => name.startsWith("node:") || name === "bun" || name.startsWith("bun:")

/** Whether an identifier is a word of its own and not the name of a member, a field or a type's property. */
const isReference = (node: Node, parent: Node | undefined): boolean => {
  if (parent === undefined || parent["computed"] === true) return true
  const isProperty = parent["property"] === node || parent["right"] === node && parent.type === "TSQualifiedName"
  return !isProperty && parent["key"] !== node
}

/** The names that a parameter or a declaration binds, patterns taken apart. */
const bindings = (pattern: unknown): ReadonlyArray<unknown> => {
  if (!isNode(pattern)) return []
  const { argument, elements, left, name, properties, value } = pattern
  if (pattern.type === "Identifier") return [name]
  return [argument, left, value, ...[elements, properties].filter(Array.isArray).flat()].flatMap(bindings)
}

/** Whether a function or a block around a node binds the name itself. */
const isLocal = (name: string, ancestors: ReadonlyArray<Node>): boolean =>
  ancestors.some(({ body, params }) => {
    const declarators = (Array.isArray(body) ? body : []).flatMap((statement: Node) => statement["declarations"] ?? [])
    const patterns = [...(Array.isArray(params) ? params : []), ...declarators.filter(isNode).map(({ id }) => id)]
    return patterns.flatMap(bindings).includes(name)
  })

/** The runtime global that a node reaches for: `process`, or `process` in `globalThis.process`. */
const runtimeGlobal = (node: Node, ancestors: ReadonlyArray<Node>): string | undefined => {
  const name = node["name"]
  if (node.type !== "Identifier" || typeof name !== "string" || !Layers.runtimeGlobals.has(name)) return undefined
  const parent = ancestors[0]
  const object = parent?.["object"]
  const isOfGlobalThis = parent?.["property"] === node && isNode(object) && object["name"] === "globalThis"
  const isOfRuntime = isReference(node, parent) && !isLocal(name, ancestors)
  return isOfRuntime || isOfGlobalThis ? name : undefined
}

/** The text of a string literal or of one stretch of a template; undefined for every other node. */
const literalText = (node: Node): string | undefined => {
  if (node.type === "StringLiteral" || node.type === "DirectiveLiteral") return String(node["value"])
  const value = node["value"]
  return node.type === "TemplateElement" && typeof value === "object" && value !== null && "raw" in value
    ? String(value.raw)
    : undefined
}

/** Whether a text says CASCADE otherwise than as the action of a foreign key. */
const cascades = (text: string): boolean =>
  /\bCASCADE\b/i.test(text.replaceAll(/\bON\s+(?:DELETE|UPDATE)\s+CASCADE\b/gi, ""))

/** Whether the bare word CASCADE stands in one list, object or type with the other actions of a foreign key. */
const isForeignKeyAction = (text: string, ancestors: ReadonlyArray<Node>): boolean => {
  const lists = ["ArrayExpression", "ObjectExpression", "TSUnionType", "SwitchStatement"]
  const list = ancestors.find((node) => lists.includes(node.type))
  if (text.toUpperCase() !== "CASCADE" || list === undefined) return false
  let hasRestrict = false
  visit(list, [], (node) => {
    hasRestrict ||= literalText(node)?.toUpperCase() === "RESTRICT"
  })
  return hasRestrict
}

/**
 * Checks one module.
 *
 * @param file the path below src/, with `/`
 * @param text the source
 * @returns every broken rule, and the exceptions that were needed
 */
export const check = (
  file: string,
  text: string,
  exceptions: Exceptions = projectExceptions
): { readonly findings: ReadonlyArray<Finding>; readonly needed: ReadonlySet<Layers.Exception> } => {
  const layer = layerOf(file)
  if (layer === undefined) {
    return {
      findings: [{ file, line: 1, message: "has no layer: place it in test/layering/Layers.ts" }],
      needed: new Set()
    }
  }
  const findings: Array<Finding> = []
  const needed = new Set<Layers.Exception>()
  const excused = (list: ReadonlyArray<Layers.Exception>, uses: string): boolean => {
    const exception = list.find((one) => one.file === file && one.uses === uses)
    if (exception !== undefined) needed.add(exception)
    return exception !== undefined
  }
  const options = { sourceType: "module", plugins: ["typescript"], createImportExpressions: true } as const
  const tree: unknown = parse(text, { ...options, plugins: [...options.plugins] }).program
  if (!isNode(tree)) throw new Error(`${file} has no syntax tree`)
  visit(tree, [], (node, ancestors) => {
    const report = (message: string) => findings.push({ file, line: node.loc.start.line, message })
    const imported = specifier(node)
    if (imported !== undefined) {
      const message = isRuntimeModule(imported)
        ? excused(exceptions.runtime, imported) ? undefined : `imports ${imported}, which belongs to a runtime`
        : importMessage(file, layer, imported)
      if (message !== undefined) report(message)
    }
    const global = runtimeGlobal(node, ancestors)
    if (global !== undefined && !excused(exceptions.runtime, global)) {
      report(`uses ${global}, which belongs to a runtime`)
    }
    const literal = literalText(node)
    if (
      literal !== undefined && cascades(literal) && !isForeignKeyAction(literal, ancestors)
      && !excused(exceptions.cascade, literal)
    ) {
      report(`says CASCADE in ${JSON.stringify(literal)}: generated SQL drops nothing that it does not name`)
    }
  })
  return { findings, needed }
}
