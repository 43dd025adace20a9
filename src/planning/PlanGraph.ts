/** The graph of a plan: a node for everything that happens to an object, and an edge for each reason to wait. */
import type * as Catalog from "../Catalog.ts"
import type { ObjectKind } from "../Dialect.ts"
import { contract, cycles, type Graph } from "./Graph.ts"
import * as Reasons from "./Reasons.ts"
import type { Fates } from "./Replacement.ts"

/** Something that happens to one object. `drop` of an object that is set aside only renames it; `discard` drops it at the end. */
export interface PlanNode {
  readonly operation: "drop" | "alter" | "create" | "discard"
  readonly object: Catalog.CatalogObject
  /** Breaks ties: identity, with parts behind their parent in their own order. */
  readonly key: string
  /** The node whose statement can bring this one along. */
  readonly foldsInto?: number
  /** What {@link ObjectKind.comesAlong} says of it. */
  readonly comesAlong?: true
  /** Its place among its siblings is that in the statement, and not only the order in which they had better come. */
  readonly hasPlace?: true
  /** It ties what it folds into to another object; see {@link ObjectKind.isTie}. */
  readonly isTie?: true
}

const rank = { drop: "0", alter: "1", create: "2", discard: "3" } as const

type Nodes = Array<{ -readonly [K in keyof PlanNode]: PlanNode[K] }>

/** A node for everything that happens, and their numbers. */
const nodesOf = (
  fates: Fates,
  kindOf: (kind: string) => ObjectKind
): { readonly nodes: Nodes; readonly numbers: Reasons.Draft["numbers"] } => {
  const { source, target } = fates.context
  const nodes: Nodes = []
  const numbers = {
    drop: new Map<string, number>(),
    alter: new Map<string, number>(),
    create: new Map<string, number>(),
    discard: new Map<string, number>()
  }
  const keys = new Map<string, string>()
  const keyOf = (catalog: Catalog.Catalog, object: Catalog.CatalogObject): string => {
    const known = keys.get(object.id)
    if (known !== undefined) return known
    const parent = object.parent === undefined ? undefined : catalog.objects.get(object.parent)
    const key = parent === undefined
      ? object.id
      : `${keyOf(catalog, parent)}\u0000${String(object.position ?? 0).padStart(6, "0")}${object.id}`
    keys.set(object.id, key)
    return key
  }
  const add = (operation: PlanNode["operation"], catalog: Catalog.Catalog, id: Catalog.ObjectId): void => {
    const object = catalog.objects.get(id)
    if (object === undefined) return
    numbers[operation].set(id, nodes.length)
    const acts = kindOf(object.kind).actsOnStatements === true
    const place = !acts ? "" : operation === "drop" ? "\u0000" : "\uffff"
    nodes.push({ operation, object, key: `${place}${keyOf(catalog, object)}\u0000${rank[operation]}` })
  }
  for (const id of fates.created) add("create", target, id)
  for (const id of fates.altered.keys()) add("alter", target, id)
  for (const id of fates.dropped) add("drop", source, id)
  for (const id of fates.aside) add("discard", source, id)
  return { nodes, numbers }
}

/** Says which node's statement can bring which others along. */
const setFoldings = (nodes: Nodes, { fates, kindOf, numbers }: Reasons.Draft): void => {
  const { source, target } = fates.context
  for (const [id, number] of numbers.alter) {
    const [from, to, node] = [source.objects.get(id), target.objects.get(id), nodes[number]]
    if (from === undefined || to === undefined || node === undefined) continue
    const into = (kindOf(to.kind).altersWith?.(from, to, fates.context) ?? []).map((other) => numbers.alter.get(other))
      .find((n) => n !== undefined)
    if (into !== undefined) node.foldsInto = into
  }
  const movedBy = (id: Catalog.ObjectId | undefined): number | undefined => {
    const moved = id === undefined || !fates.dropped.has(id) ? undefined : target.objects.get(id)
    return moved !== undefined && kindOf(moved.kind).movesRows === true ? numbers.create.get(moved.id) : undefined
  }
  for (const operation of ["create", "drop"] as const) {
    for (const number of numbers[operation].values()) {
      const node = nodes[number]
      if (node === undefined) continue
      const kind = kindOf(node.object.kind)
      const parents = operation === "create"
        ? (kind.folds?.(node.object, fates.context) === true ? [node.object.parent] : [])
        : [node.object.parent, ...kind.dropsWith?.(node.object, fates.context) ?? []]
      const into = [
        // what goes with an object that moves its rows goes when the new one is made
        ...operation === "drop" ? [movedBy(node.object.id), movedBy(node.object.parent)] : [],
        ...parents.map((parent) => parent === undefined ? undefined : numbers[operation].get(parent))
      ].find((n) => n !== undefined)
      if (into === undefined) continue
      node.foldsInto = into
      if (operation === "create" && kind.comesAlong?.(node.object, fates.context) === true) node.comesAlong = true
      if (kind.isTie === true) node.isTie = true
      if (node.object.position !== undefined && kind.precedes === undefined) node.hasPlace = true
    }
  }
}

/**
 * Builds the nodes and edges of a plan. Dependencies that the database only guesses are left out where they close a cycle.
 * What is called alike (see {@link ObjectKind.calls}) is never there at once where `callsApart` says so.
 */
export const buildGraph = (
  fates: Fates,
  kindOf: (kind: string) => ObjectKind,
  callsApart: boolean
): { readonly nodes: ReadonlyArray<PlanNode>; readonly graph: Graph } => {
  const { nodes, numbers } = nodesOf(fates, kindOf)
  const edges: Array<readonly [number, number]> = []
  const preferred: Array<readonly [number, number]> = []
  const into =
    (list: Array<readonly [number, number]>) => (before: number | undefined, after: number | undefined): void => {
      if (before !== undefined && after !== undefined && before !== after) list.push([before, after])
    }
  const draft: Reasons.Draft = { fates, kindOf, nodes, numbers, edge: into(edges), prefer: into(preferred) }
  Reasons.drops(draft)
  Reasons.creations(draft, Reasons.ties(draft))
  Reasons.attachments(draft)
  Reasons.alterations(draft)
  Reasons.names(draft)
  if (callsApart) Reasons.calls(draft)
  setFoldings(nodes, draft)
  Reasons.lateness(draft)
  return {
    nodes,
    graph: { size: nodes.length, edges: withGuesses(fates, numbers.create, nodes.length, edges, preferred) }
  }
}

/** Adds what is only preferred, and what the database only guesses (names in routine bodies), as far as it closes no cycle. */
const withGuesses = (
  fates: Fates,
  creates: ReadonlyMap<Catalog.ObjectId, number>,
  size: number,
  edges: ReadonlyArray<readonly [number, number]>,
  preferred: ReadonlyArray<readonly [number, number]>
): ReadonlyArray<readonly [number, number]> => {
  const guesses: Array<readonly [number, number]> = [...preferred]
  for (const [id, needs] of fates.context.target.softDependencies ?? []) {
    const after = creates.get(id)
    if (after === undefined) continue
    for (const need of needs) {
      const before = creates.get(need)
      if (before !== undefined && before !== after) guesses.push([before, after])
    }
  }
  if (guesses.length === 0) return edges
  const all = [...edges, ...guesses]
  const component = new Map<number, number>()
  cycles(size, contract({ size, edges: all }, [])).forEach((cycle, n) =>
    cycle.forEach((node) => component.set(node, n))
  )
  const kept = guesses.filter(([before, after]) =>
    !component.has(before) || component.get(before) !== component.get(after)
  )
  return [...edges, ...kept]
}
