/** Reading PostgreSQL's parse tree. Its shapes are those of `libpg-query`; this module only narrows them. */
import type { Node } from "libpg-query"

export type { Node }

type TagOf<N> = N extends unknown ? keyof N & string : never

/** The name of a node type, as in PostgreSQL's sources: `CreateStmt`, `RangeVar`. */
export type Tag = TagOf<Node>

/** The fields of the node type with a given name. */
export type Fields<T extends Tag> = Extract<Node, Record<T, unknown>>[T]

const isTagged = <T extends Tag>(node: Node, tag: T): node is Node & Record<T, Fields<T>> => Object.hasOwn(node, tag)

/** The fields of a node if it is of the given type. */
export const as = <T extends Tag>(node: Node | undefined, tag: T): Fields<T> | undefined =>
  node !== undefined && isTagged(node, tag) ? node[tag] : undefined

/** The name of a node's type. */
export const tagOf = (node: Node | undefined): string => (node === undefined ? "" : Object.keys(node)[0] ?? "")

/** The text of a `String` node. */
export const textOf = (node: Node | undefined): string | undefined => as(node, "String")?.sval

/** The texts of a list of `String` nodes, as names and column lists are held. */
export const textsOf = (nodes: ReadonlyArray<Node> | undefined): ReadonlyArray<string> =>
  (nodes ?? []).flatMap((node) => textOf(node) ?? [])

/** All nodes of one type in a list, each with its place in the list. */
export const all = <T extends Tag>(
  nodes: ReadonlyArray<Node> | undefined,
  tag: T
): ReadonlyArray<readonly [fields: Fields<T>, index: number]> =>
  (nodes ?? []).flatMap((node, index) => {
    const fields = as(node, tag)
    return fields === undefined ? [] : [[fields, index] as const]
  })

/** A name that may be qualified, as written: no schema means that the search path decides. */
export interface QualifiedName {
  readonly schema: string | undefined
  readonly name: string
}

/** The schema and name in a list of `String` nodes; a catalog's name in front of them is dropped. */
export const qualifiedName = (nodes: ReadonlyArray<Node> | undefined): QualifiedName | undefined => {
  const parts = textsOf(nodes)
  const name = parts.at(-1)
  return name === undefined ? undefined : { schema: parts.at(-2), name }
}

/** The schema and name of a relation as written. */
export const relationName = (relation: Fields<"RangeVar"> | undefined): QualifiedName | undefined =>
  relation?.relname === undefined ? undefined : { schema: relation.schemaname, name: relation.relname }

/** The fields of a node whose type the tree leaves out. */
export type AnyFields = { readonly [field: string]: unknown }

const isObject = (value: unknown): value is AnyFields => typeof value === "object" && value !== null

/**
 * Visits every node below (and including) a value of the tree, parents first. The visitor gets the node type's name, or the
 * field's name where the tree leaves the type out (`relation`, `typeName`), and the node's fields.
 */
export const walk = (value: unknown, visit: (key: string, fields: AnyFields) => void): void => {
  if (Array.isArray(value)) {
    for (const item of value) walk(item, visit)
    return
  }
  if (!isObject(value)) return
  for (const [key, fields] of Object.entries(value)) {
    if (!isObject(fields)) continue
    if (!Array.isArray(fields)) visit(key, fields)
    walk(fields, visit)
  }
}
