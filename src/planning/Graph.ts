/** A directed graph of nodes that can be folded together, and its one deterministic order. */
import { compareText } from "../Catalog.ts"

/** Nodes are numbered from 0; an edge `[a, b]` puts `a` before `b`. */
export interface Graph {
  readonly size: number
  readonly edges: ReadonlyArray<readonly [before: number, after: number]>
}

/** The strongly connected components of more than one node (Tarjan), without recursion. */
export const cycles = (
  size: number,
  successors: ReadonlyArray<ReadonlySet<number>>
): ReadonlyArray<ReadonlyArray<number>> => {
  const index = new Int32Array(size).fill(-1)
  const low = new Int32Array(size)
  const onStack = new Uint8Array(size)
  const stack: Array<number> = []
  const found: Array<ReadonlyArray<number>> = []
  let counter = 0
  for (let start = 0; start < size; start++) {
    if (index[start] !== -1) continue
    const work: Array<{ readonly node: number; readonly rest: Iterator<number> }> = []
    const enter = (node: number): void => {
      index[node] = low[node] = counter++
      stack.push(node)
      onStack[node] = 1
      work.push({ node, rest: (successors[node] ?? new Set<number>()).values() })
    }
    enter(start)
    for (let frame = work.at(-1); frame !== undefined; frame = work.at(-1)) {
      const next = frame.rest.next()
      if (!next.done) {
        if (index[next.value] === -1) enter(next.value)
        else if (onStack[next.value] === 1) low[frame.node] = Math.min(low[frame.node] ?? 0, index[next.value] ?? 0)
        continue
      }
      work.pop()
      const above = work.at(-1)
      if (above !== undefined) low[above.node] = Math.min(low[above.node] ?? 0, low[frame.node] ?? 0)
      if (low[frame.node] !== index[frame.node]) continue
      const component: Array<number> = []
      for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
        onStack[node] = 0
        component.push(node)
        if (node === frame.node) break
      }
      if (component.length > 1) found.push(component)
    }
  }
  return found
}

/** Each group's successors, edges inside a group left out. `groupOf` maps each node to its group's representative node. */
export const contract = (graph: Graph, groupOf: ReadonlyArray<number>): ReadonlyArray<ReadonlySet<number>> => {
  const successors: Array<Set<number>> = Array.from({ length: graph.size }, () => new Set<number>())
  for (const [before, after] of graph.edges) {
    const [a, b] = [groupOf[before] ?? before, groupOf[after] ?? after]
    if (a !== b) successors[a]?.add(b)
  }
  return successors
}

/** A binary heap of node numbers, smallest key first. */
class Heap {
  readonly #items: Array<number> = []
  readonly #before: (a: number, b: number) => boolean
  constructor(before: (a: number, b: number) => boolean) {
    this.#before = before
  }
  push(item: number): void {
    const items = this.#items
    let at = items.push(item) - 1
    while (at > 0) {
      const above = (at - 1) >> 1
      const parent = items[above] ?? item
      if (!this.#before(item, parent)) break
      items[at] = parent
      at = above
    }
    items[at] = item
  }
  pop(): number | undefined {
    const items = this.#items
    const top = items[0]
    const last = items.pop()
    if (last === undefined || items.length === 0) return top
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= items.length) break
      const right = items[child + 1]
      if (right !== undefined && this.#before(right, items[child] ?? right)) child += 1
      const smallest = items[child] ?? last
      if (!this.#before(smallest, last)) break
      items[at] = smallest
      at = child
    }
    items[at] = last
    return top
  }
}

/** The topological order of the nodes in `nodes`, ties broken by key. The graph must have no cycles. */
export const order = (
  nodes: ReadonlyArray<number>,
  successors: ReadonlyArray<ReadonlySet<number>>,
  keys: ReadonlyArray<string>
): ReadonlyArray<number> => {
  const waiting = new Int32Array(successors.length)
  for (const node of nodes) for (const next of successors[node] ?? []) waiting[next] = (waiting[next] ?? 0) + 1
  const ready = new Heap((a, b) => compareText(keys[a] ?? "", keys[b] ?? "") < 0)
  for (const node of nodes) if (waiting[node] === 0) ready.push(node)
  const sorted: Array<number> = []
  for (let node = ready.pop(); node !== undefined; node = ready.pop()) {
    sorted.push(node)
    for (const next of successors[node] ?? []) {
      waiting[next] = (waiting[next] ?? 0) - 1
      if (waiting[next] === 0) ready.push(next)
    }
  }
  return sorted
}
