/** The graph of a plan: a node for everything that happens to an object, and an edge for each reason to wait. */
import * as Catalog from "../Catalog.ts"
import type { ObjectKind } from "../Dialect.ts"
import { contract, cycles, type Graph } from "./Graph.ts"
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
}

/** Puts one more into the list of a key. */
const append = <K, A>(lists: Map<K, Array<A>>, key: K, one: A): void => {
  const list = lists.get(key)
  if (list === undefined) lists.set(key, [one])
  else list.push(one)
}

const rank = { drop: "0", alter: "1", create: "2", discard: "3" } as const

/**
 * Builds the nodes and edges of a plan. Dependencies that the database only guesses are left out where they close a cycle.
 * What is called alike (see {@link ObjectKind.calls}) is never there at once where `callsApart` says so.
 */
export const buildGraph = (
  fates: Fates,
  kindOf: (kind: string) => ObjectKind,
  callsApart: boolean
): { readonly nodes: ReadonlyArray<PlanNode>; readonly graph: Graph } => {
  const { source, target } = fates.context
  const nodes: Array<{ -readonly [K in keyof PlanNode]: PlanNode[K] }> = []
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

  const edges: Array<readonly [number, number]> = []
  const edge = (before: number | undefined, after: number | undefined): void => {
    if (before !== undefined && after !== undefined && before !== after) edges.push([before, after])
  }
  const preferred: Array<readonly [number, number]> = []
  const prefer = (before: number | undefined, after: number | undefined): void => {
    if (before !== undefined && after !== undefined && before !== after) preferred.push([before, after])
  }
  const dependents = Catalog.dependentsIndex(source)
  const outlives = (id: Catalog.ObjectId, need: Catalog.ObjectId): boolean => {
    const [object, needed] = [source.objects.get(id), source.objects.get(need)]
    return object !== undefined && needed !== undefined && kindOf(object.kind).outlives?.(object, needed) === true
  }

  /** True where what a table gains becomes one with what its child table has already, which must be like it by then. */
  const isJoined = (id: Catalog.ObjectId, need: Catalog.ObjectId): boolean => {
    if (fates.created.has(id) || !fates.created.has(need)) return false
    const [object, gained] = [target.objects.get(id), target.objects.get(need)]
    return object !== undefined && object.kind === gained?.kind && !fates.created.has(gained.parent ?? "") &&
      kindOf(object.kind).outlives?.(object, gained) === true
  }

  /** What is created, and what parent tables gain that brings it along: it may be there as soon as those are. */
  const gainedWith = (id: Catalog.ObjectId): ReadonlyArray<Catalog.ObjectId> => {
    const object = target.objects.get(id)
    return object === undefined ? [] : [
      id,
      ...[...Catalog.dependenciesOf(target, id)].filter((need) => {
        const gained = target.objects.get(need)
        return gained?.kind === object.kind && fates.created.has(need) &&
          kindOf(object.kind).outlives?.(object, gained) === true
      }).flatMap(gainedWith)
    ]
  }

  const isType = (id: Catalog.ObjectId): boolean => kindOf(source.objects.get(id)?.kind ?? "").aside !== undefined
  const isUntouched = (id: Catalog.ObjectId): boolean =>
    !fates.created.has(id) && !fates.altered.has(id) && !fates.dropped.has(id)
  /** The alterations of what an object needs by way of others that stay as they are: what is made anew with them, such as the index of a key. */
  const alteredBelow = (
    catalog: Catalog.Catalog,
    id: Catalog.ObjectId,
    seen: Set<Catalog.ObjectId> = new Set()
  ): ReadonlyArray<number> =>
    numbers.alter.size === 0 ? [] : [...Catalog.dependenciesOf(catalog, id)].flatMap((need) => {
      if (!isUntouched(need) || seen.has(need)) return []
      seen.add(need)
      const below = [...Catalog.dependenciesOf(catalog, need)].flatMap((one) => numbers.alter.get(one) ?? [])
      return [...below, ...alteredBelow(catalog, need, seen)]
    })

  for (const id of fates.dropped) {
    const dropped = numbers.drop.get(id)
    for (const altered of alteredBelow(source, id)) prefer(dropped, altered)
    const gone = numbers.discard.get(id) ?? dropped
    for (const dependent of dependents.get(id) ?? []) {
      if (outlives(dependent, id)) {
        const object = source.objects.get(dependent)
        if (object?.kind !== source.objects.get(id)?.kind) {
          const needed = source.objects.get(id)
          const kind = kindOf(needed?.kind ?? "")
          // a tie goes first: what goes while a child or partition is away is gone when it comes back
          if (kind.isTie) edge(dropped, numbers.drop.get(dependent))
          // what goes by itself with something else has no time of its own
          else if (needed !== undefined && kind.drop(needed, fates.context).length === 0) {
            prefer(numbers.drop.get(dependent), dropped)
          } else edge(numbers.drop.get(dependent), dropped)
          edge(dropped, numbers.create.get(dependent))
        } // what a child table has from its parent can only go after the parent's has, unless with the whole child
        else if (!fates.dropped.has(object?.parent ?? "")) {
          edge(dropped, numbers.drop.get(dependent) ?? numbers.alter.get(dependent))
        }
        continue
      }
      // what needs a part of its own goes with it
      if (source.objects.get(id)?.parent === dependent) continue
      edge(numbers.discard.get(dependent) ?? numbers.drop.get(dependent), gone)
      // the statement that sets a type aside may name another that is set aside too, and another type can go after it
      if (numbers.discard.has(dependent) || numbers.discard.has(id) && isType(dependent)) {
        prefer(numbers.drop.get(dependent), dropped)
      } else edge(numbers.drop.get(dependent), dropped)
      edge(numbers.alter.get(dependent), gone)
    }
    edge(dropped, numbers.create.get(id))
    edge(numbers.create.get(id), numbers.discard.get(id))
    edge(dropped, numbers.discard.get(id))
  }
  // what goes only while a tie is away waits for that
  for (const id of fates.dropped) {
    const object = source.objects.get(id)
    if (object === undefined) continue
    for (const other of kindOf(object.kind).takesAlong?.(object, fates.context) ?? []) {
      const tie = source.objects.get(other)
      if (tie === undefined || kindOf(tie.kind).isTie !== true) continue
      for (const need of Catalog.dependenciesOf(source, id)) edge(numbers.drop.get(other), numbers.drop.get(need))
    }
  }
  /** What ties go of each table, its own and those of others to it. */
  const parting = new Map<Catalog.ObjectId, Array<number>>()
  for (const id of fates.dropped) {
    const [tie, dropped] = [source.objects.get(id), numbers.drop.get(id)]
    if (tie === undefined || dropped === undefined || kindOf(tie.kind).isTie !== true) continue
    for (const need of Catalog.dependenciesOf(source, id)) append(parting, need, dropped)
    // what a table has from another it may only lose when it is not tied to that any more
    for (const part of Catalog.partsIndex(source).get(tie.parent ?? "") ?? []) {
      if (kindOf(part.kind).outlives?.(part, tie) === true) prefer(dropped, numbers.drop.get(part.id))
    }
  }
  const rowsLose = (table: Catalog.ObjectId): ReadonlyArray<Catalog.CatalogObject> =>
    numbers.drop.size === 0
      ? []
      : (Catalog.partsIndex(source).get(table) ?? []).filter(({ position }) => position !== undefined)
  for (const id of [...fates.created, ...fates.altered.keys()]) {
    const node = numbers.create.get(id) ?? numbers.alter.get(id)
    const object = target.objects.get(id)
    if (fates.created.has(id)) { for (const altered of alteredBelow(target, id)) prefer(altered, node) }
    for (const need of Catalog.dependenciesOf(target, id)) {
      // what a table gets, such as a foreign key that points at it, need not come to a partition that leaves it
      if (parting.size > 0 && fates.created.has(id)) { for (const tie of parting.get(need) ?? []) prefer(tie, node) }
      // what is made of rows of a table, such as a function over them, is made of those that the table will have
      if (fates.created.has(id) && object?.parent === undefined) {
        for (const part of rowsLose(need)) prefer(numbers.drop.get(part.id), node)
      }
      if (isJoined(id, need)) edge(node, numbers.create.get(need))
      else edge(numbers.create.get(need), node)
      // what changes about a table as a whole is nothing to the parts that it has already, but for the order of steps
      if (numbers.create.has(id) || need !== object?.parent) edge(numbers.alter.get(need), node)
      else prefer(numbers.alter.get(need), node)
    }
    if (object !== undefined && numbers.create.has(id)) {
      for (const other of kindOf(object.kind).displaces?.(object, fates.context) ?? []) {
        edge(numbers.drop.get(other), node)
      }
    }
    if (object?.parent === undefined) continue
    edge(numbers.create.get(object.parent), node)
    const origins = numbers.drop.size > 0 && fates.created.has(id) ? gainedWith(id) : []
    // what a table gains must not reach a child table or partition that leaves it
    for (const link of dependents.get(object.parent) ?? []) {
      const leaving = source.objects.get(link)
      if (leaving !== undefined && kindOf(leaving.kind).outlives?.(leaving, object) === true) {
        edge(numbers.drop.get(link), node)
        for (const origin of origins) edge(numbers.drop.get(link), numbers.create.get(origin))
      }
    }
    // nor meet what a child had of that name before
    for (const origin of origins) edge(numbers.drop.get(id), numbers.create.get(origin))
  }
  const attached = new Map<Catalog.ObjectId, Array<Catalog.CatalogObject>>()
  for (const id of fates.dropped.size === 0 ? [] : fates.created) {
    const object = target.objects.get(id)
    if (object === undefined || kindOf(object.kind).outlives === undefined) continue
    for (const need of Catalog.dependenciesOf(target, id)) append(attached, need, object)
  }
  // what a table loses must not be there any more when a child table or partition is attached to it, or it to another
  for (const id of fates.dropped) {
    const lost = source.objects.get(id)
    if (lost?.parent === undefined) continue
    for (const link of attached.get(lost.parent) ?? []) {
      if (kindOf(link.kind).outlives?.(link, lost) === true) edge(numbers.drop.get(id), numbers.create.get(link.id))
    }
  }
  for (const id of fates.altered.keys()) {
    for (const dependent of dependents.get(id) ?? []) edge(numbers.drop.get(dependent), numbers.alter.get(id))
  }

  const holders = new Map<string, Array<number>>()
  for (const [operation, catalog] of [["drop", source], ["alter", source]] as const) {
    for (const [id, node] of numbers[operation]) {
      const object = catalog.objects.get(id)
      if (object === undefined) continue
      for (const claim of kindOf(object.kind).claims?.(object) ?? []) append(holders, claim, node)
    }
  }
  for (const operation of holders.size === 0 ? [] : ["create", "alter"] as const) {
    for (const [id, node] of numbers[operation]) {
      const object = target.objects.get(id)
      if (object === undefined) continue
      for (const claim of kindOf(object.kind).claims?.(object) ?? []) {
        for (const holder of holders.get(claim) ?? []) {
          if (nodes[holder]?.object.id !== id || operation === "create") edge(holder, node)
        }
      }
    }
  }

  const leaving = new Map<string, Array<number>>()
  for (const [id, node] of callsApart ? numbers.drop : []) {
    const object = source.objects.get(id)
    if (object === undefined) continue
    for (const call of kindOf(object.kind).calls?.(object) ?? []) append(leaving, call, node)
  }
  for (const operation of leaving.size === 0 ? [] : ["create", "alter"] as const) {
    for (const [id, node] of numbers[operation]) {
      const object = target.objects.get(id)
      if (object === undefined) continue
      for (const call of kindOf(object.kind).calls?.(object) ?? []) {
        for (const before of leaving.get(call) ?? []) edge(before, node)
      }
    }
  }

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
    }
  }
  for (const [before, after] of lateness(nodes, fates, kindOf)) prefer(before, after)
  return {
    nodes,
    graph: { size: nodes.length, edges: withGuesses(fates, numbers.create, nodes.length, edges, preferred) }
  }
}

/** Which nodes had better wait for which others, because of what {@link ObjectKind.changesLate} says. */
const lateness = (
  nodes: ReadonlyArray<PlanNode>,
  { context: { source, target } }: Fates,
  kindOf: (kind: string) => ObjectKind
): ReadonlyArray<readonly [number, number]> => {
  const handovers = new Map<Catalog.ObjectId, Array<number>>()
  const atEnd: Array<number> = []
  const others: Array<number> = []
  nodes.forEach(({ foldsInto, object: { kind, parent } }, number) => {
    const when = kindOf(kind).changesLate
    if (when === undefined) others.push(number)
    else if (foldsInto === undefined) {
      if (when === "end") atEnd.push(number)
      else if (when === "handover") append(handovers, parent ?? "", number)
    }
  })
  const edges: Array<readonly [number, number]> = []
  for (const late of atEnd) {
    for (const number of others) {
      const node = nodes[number]
      // what acts on statements is behind them by itself
      if (node?.operation === "create" && !kindOf(node.object.kind).actsOnStatements) edges.push([number, late])
    }
  }
  if (handovers.size === 0) return edges
  /** The object, what it is a part of, and what these need: what has to be there and alterable for a step about it. */
  const involved = (object: Catalog.CatalogObject, catalog: Catalog.Catalog): ReadonlySet<Catalog.ObjectId> => {
    const found = new Set<Catalog.ObjectId>()
    for (let one: Catalog.CatalogObject | undefined = object; one !== undefined;) {
      found.add(one.id)
      for (const need of Catalog.dependenciesOf(catalog, one.id)) found.add(need)
      one = one.parent === undefined ? undefined : catalog.objects.get(one.parent)
    }
    return found
  }
  for (const number of [...others, ...atEnd.filter((late) => nodes[late]?.object.parent !== undefined)]) {
    const node = nodes[number]
    if (node === undefined) continue
    for (const id of involved(node.object, node.operation === "drop" ? source : target)) {
      for (const late of handovers.get(id) ?? []) edges.push([number, late])
    }
  }
  // a schema is handed over before what is in it: the new owner of that must be able to create in the schema
  for (const [id, list] of handovers) {
    for (const need of Catalog.dependenciesOf(target, id)) {
      for (const first of handovers.get(need) ?? []) for (const late of list) edges.push([first, late])
    }
  }
  return edges
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
