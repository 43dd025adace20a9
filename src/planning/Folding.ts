/** Putting parts back into the statement that creates or drops their parent, as far as that closes no cycle. Pure. */
import * as Result from "effect/Result"
import * as Graph from "./Graph.ts"
import type { PlanNode } from "./PlanGraph.ts"

/**
 * What it costs to take an object out of the statement that brings it along: nothing; the certainty that it is there when the
 * statement has run; a statement more; its place among its siblings; what the tie to another would bring along, which the parent
 * then has to declare; or everything, where it goes with what it is no part of, or comes with what the statement ties its parent
 * to, and has no way to go or come alone.
 */
export const unfoldingCost = (node: PlanNode | undefined, nodes: ReadonlyArray<PlanNode>): number => {
  if (node === undefined) return 0
  const { comesAlong, foldsInto, hasPlace, isTie, object, operation } = node
  if (operation === "drop") return nodes[foldsInto ?? -1]?.object.id !== object.parent ? 4 : hasPlace ? 2 : 0
  return isTie ? 3.5 : comesAlong ? (hasPlace ? 4 : 1) : hasPlace ? 3 : 0
}

/** From this cost on it is better to make another object anew: a column that a partition key needs neither comes nor goes alone. */
const torn = 2

/** Which nodes one statement does: for each node the one whose statement it is, and what comes after each of those. */
export interface Folded {
  readonly groupOf: ReadonlyArray<number>
  readonly successors: ReadonlyArray<ReadonlySet<number>>
  /** The alterations in cycles for which something was torn apart that should come or go as one. */
  readonly costly: ReadonlyArray<number>
}

/**
 * Groups nodes with the node whose statement brings them along, and splits groups again where they close a cycle: those
 * whose splitting costs least first. Fails with the cycles that are left when nothing can be split.
 */
export const fold = (
  nodes: ReadonlyArray<PlanNode>,
  graph: Graph.Graph
): Result.Result<Folded, ReadonlyArray<ReadonlyArray<PlanNode>>> => {
  const alone = new Set<number>()
  const costly = new Set<number>()
  for (;;) {
    const groupOf = nodes.map((_, i) => i)
    const root = (i: number): number => {
      const parent = nodes[i]?.foldsInto
      return parent === undefined || alone.has(i) ? i : root(parent)
    }
    for (let i = 0; i < nodes.length; i++) groupOf[i] = root(i)
    const successors = Graph.contract(graph, groupOf)
    const cycles = Graph.cycles(nodes.length, successors)
    if (cycles.length === 0) return Result.succeed({ groupOf, successors, costly: [...costly] })
    const entangled = new Map<number, number>()
    cycles.forEach((cycle, n) => cycle.forEach((group) => entangled.set(group, n)))
    const entangledMembers = graph.edges.flatMap((edge) => {
      const [a, b] = [groupOf[edge[0]] ?? 0, groupOf[edge[1]] ?? 0]
      if (a === b || !entangled.has(a) || entangled.get(a) !== entangled.get(b)) return []
      return edge.filter((i) => groupOf[i] !== i)
    })
    const cheapest = Math.min(...entangledMembers.map((i) => unfoldingCost(nodes[i], nodes)))
    if (cheapest >= torn) {
      for (const group of cycles.flat()) if (nodes[group]?.operation === "alter") costly.add(group)
    }
    const before = alone.size
    for (const i of entangledMembers) if (unfoldingCost(nodes[i], nodes) === cheapest) alone.add(i)
    if (alone.size === before) return Result.fail(cycles.map((cycle) => cycle.flatMap((i) => nodes[i] ?? [])))
  }
}
