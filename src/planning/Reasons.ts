/**
 * The reasons for which one thing that happens in a plan waits for another: what needs what, what is tied to what, which names
 * are taken, and what comes late.
 */
import * as Catalog from "../Catalog.ts"
import type { ObjectKind } from "../Dialect.ts"
import type { PlanNode } from "./PlanGraph.ts"
import type { Fates } from "./Replacement.ts"

/** What happens to objects, by number, and where the reasons go. */
export interface Draft {
  readonly fates: Fates
  readonly kindOf: (kind: string) => ObjectKind
  readonly nodes: ReadonlyArray<PlanNode>
  /** The numbers of the nodes of an operation, by identity. */
  readonly numbers: Readonly<Record<PlanNode["operation"], ReadonlyMap<Catalog.ObjectId, number>>>
  /** One node waits for another, where both are there. */
  readonly edge: (before: number | undefined, after: number | undefined) => void
  /** One node had better wait for another, as far as that closes no cycle. */
  readonly prefer: (before: number | undefined, after: number | undefined) => void
}

/** Puts one more into the list of a key. */
const append = <K, A>(lists: Map<K, Array<A>>, key: K, one: A): void => {
  const list = lists.get(key)
  if (list === undefined) lists.set(key, [one])
  else list.push(one)
}

/**
 * The alterations of what an object needs by way of others that stay as they are: what is made anew with them, such as the index
 * of a key.
 */
const alteredBelow = (
  { fates, numbers }: Draft,
  catalog: Catalog.Catalog,
  id: Catalog.ObjectId
): ReadonlyArray<number> => {
  const seen = new Set<Catalog.ObjectId>()
  const isUntouched = (one: Catalog.ObjectId): boolean =>
    !fates.created.has(one) && !fates.altered.has(one) && !fates.dropped.has(one)
  const under = (one: Catalog.ObjectId): ReadonlyArray<number> =>
    [...Catalog.dependenciesOf(catalog, one)].flatMap((need) => {
      if (!isUntouched(need) || seen.has(need)) return []
      seen.add(need)
      const here = [...Catalog.dependenciesOf(catalog, need)].flatMap((other) => numbers.alter.get(other) ?? [])
      return [...here, ...under(need)]
    })
  return numbers.alter.size === 0 ? [] : under(id)
}

/** What goes waits for what needs it. */
export const drops = (draft: Draft): void => {
  const { edge, fates, kindOf, numbers, prefer } = draft
  const { source } = fates.context
  const dependents = Catalog.dependentsIndex(source)
  const outlives = (id: Catalog.ObjectId, need: Catalog.ObjectId): boolean => {
    const [object, needed] = [source.objects.get(id), source.objects.get(need)]
    return object !== undefined && needed !== undefined && kindOf(object.kind).outlives?.(object, needed) === true
  }
  const isType = (id: Catalog.ObjectId): boolean => kindOf(source.objects.get(id)?.kind ?? "").aside !== undefined
  for (const id of fates.dropped) {
    const dropped = numbers.drop.get(id)
    for (const altered of alteredBelow(draft, source, id)) prefer(dropped, altered)
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
}

/** What goes with a tie between tables, and what only without it. Gives what ties go of each table, its own and those of others to it. */
export const ties = (draft: Draft): ReadonlyMap<Catalog.ObjectId, ReadonlyArray<number>> => {
  const { edge, fates, kindOf, numbers, prefer } = draft
  const { source } = fates.context
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
  return parting
}

/** True where what a table gains becomes one with what its child table has already, which must be like it by then. */
const isJoined = ({ fates, kindOf }: Draft, id: Catalog.ObjectId, need: Catalog.ObjectId): boolean => {
  if (fates.created.has(id) || !fates.created.has(need)) return false
  const { objects } = fates.context.target
  const [object, gained] = [objects.get(id), objects.get(need)]
  return object !== undefined && object.kind === gained?.kind && !fates.created.has(gained.parent ?? "") &&
    kindOf(object.kind).outlives?.(object, gained) === true
}

/** What is created, and what parent tables gain that brings it along: it may be there as soon as those are. */
const gainedWith = (draft: Draft, id: Catalog.ObjectId): ReadonlyArray<Catalog.ObjectId> => {
  const { fates, kindOf } = draft
  const { target } = fates.context
  const object = target.objects.get(id)
  return object === undefined ? [] : [
    id,
    ...[...Catalog.dependenciesOf(target, id)].filter((need) => {
      const gained = target.objects.get(need)
      return gained?.kind === object.kind && fates.created.has(need) &&
        kindOf(object.kind).outlives?.(object, gained) === true
    }).flatMap((need) => gainedWith(draft, need))
  ]
}

/** What comes or changes waits for what it needs, and for what is in its way. `parting` is what {@link ties} gave. */
export const creations = (draft: Draft, parting: ReadonlyMap<Catalog.ObjectId, ReadonlyArray<number>>): void => {
  const { edge, fates, kindOf, numbers, prefer } = draft
  const { source, target } = fates.context
  const dependents = Catalog.dependentsIndex(source)
  const rowsLose = (table: Catalog.ObjectId): ReadonlyArray<Catalog.CatalogObject> =>
    numbers.drop.size === 0
      ? []
      : (Catalog.partsIndex(source).get(table) ?? []).filter(({ position }) => position !== undefined)
  const precedes = (object: Catalog.CatalogObject | undefined, need: Catalog.ObjectId): boolean => {
    const needed = target.objects.get(need)
    return object !== undefined && needed !== undefined && kindOf(object.kind).precedes?.(object, needed) === true
  }
  for (const id of [...fates.created, ...fates.altered.keys()]) {
    const node = numbers.create.get(id) ?? numbers.alter.get(id)
    const object = target.objects.get(id)
    if (fates.created.has(id)) { for (const altered of alteredBelow(draft, target, id)) prefer(altered, node) }
    for (const need of Catalog.dependenciesOf(target, id)) {
      // what a table gets, such as a foreign key that points at it, need not come to a partition that leaves it
      if (parting.size > 0 && fates.created.has(id)) { for (const tie of parting.get(need) ?? []) prefer(tie, node) }
      // what is made of rows of a table, such as a function over them, is made of those that the table will have
      if (fates.created.has(id) && object?.parent === undefined) {
        for (const part of rowsLose(need)) prefer(numbers.drop.get(part.id), node)
      }
      if (isJoined(draft, id, need)) edge(node, numbers.create.get(need))
      else if (precedes(object, need)) prefer(numbers.create.get(need), node)
      else edge(numbers.create.get(need), node)
      // what changes about a table as a whole is nothing to the parts that it has already, but for the order of steps
      if (numbers.create.has(id) || need !== object?.parent) edge(numbers.alter.get(need), node)
      else prefer(numbers.alter.get(need), node)
    }
    if (object !== undefined && numbers.create.has(id)) {
      for (const other of kindOf(object.kind).displaces?.(object, fates.context) ?? []) {
        edge(numbers.drop.get(other), node)
        // what was in the way would be again
        prefer(node, numbers.create.get(other))
      }
    }
    if (object?.parent === undefined) continue
    edge(numbers.create.get(object.parent), node)
    // what could be taken for one another when they are tied to the whole comes in its order, and so do ties
    const { isTie, precedes: isTaken } = kindOf(object.kind)
    if (object.position !== undefined && (isTie === true || isTaken !== undefined)) {
      for (const { id: other, kind, position = 0 } of fates.context.parts(object.parent)) {
        if (kind === object.kind && position < object.position) prefer(numbers.create.get(other), node)
      }
    }
    const origins = numbers.drop.size > 0 && fates.created.has(id) ? gainedWith(draft, id) : []
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
}

/** What a table loses must not be there any more when a child table or partition is attached to it, or it to another. */
export const attachments = (draft: Draft): void => {
  const { edge, fates, kindOf, numbers } = draft
  const { source, target } = fates.context
  const attached = new Map<Catalog.ObjectId, Array<Catalog.CatalogObject>>()
  for (const id of fates.dropped.size === 0 ? [] : fates.created) {
    const object = target.objects.get(id)
    if (object === undefined || kindOf(object.kind).outlives === undefined) continue
    for (const need of Catalog.dependenciesOf(target, id)) append(attached, need, object)
  }
  for (const id of fates.dropped) {
    const lost = source.objects.get(id)
    if (lost?.parent === undefined) continue
    for (const link of attached.get(lost.parent) ?? []) {
      if (kindOf(link.kind).outlives?.(link, lost) === true) edge(numbers.drop.get(id), numbers.create.get(link.id))
    }
  }
}

/** What goes is gone before what it needs changes. */
export const alterations = (draft: Draft): void => {
  const { edge, fates, numbers } = draft
  const dependents = Catalog.dependentsIndex(fates.context.source)
  for (const id of fates.altered.keys()) {
    for (const dependent of dependents.get(id) ?? []) edge(numbers.drop.get(dependent), numbers.alter.get(id))
  }
}

/** What takes a word, or brings along what takes it, waits for what has it before the plan and loses it by one of these operations. */
const handOver = (
  draft: Draft,
  losing: ReadonlyArray<"alter" | "drop">,
  wordsOf: (object: Catalog.CatalogObject, catalog: Catalog.Catalog) => ReadonlyArray<string>
): void => {
  const { edge, fates, nodes, numbers } = draft
  const { source, target } = fates.context
  const holders = new Map<string, Array<number>>()
  for (const operation of losing) {
    for (const [id, node] of numbers[operation]) {
      const object = source.objects.get(id)
      if (object === undefined) continue
      for (const word of wordsOf(object, source)) append(holders, word, node)
    }
  }
  for (const operation of holders.size === 0 ? [] : ["create", "alter"] as const) {
    for (const [id, node] of numbers[operation]) {
      const object = target.objects.get(id)
      if (object === undefined) continue
      const waiting = wordsOf(object, target).flatMap((word) => holders.get(word) ?? [])
        .filter((holder) => nodes[holder]?.object.id !== id || operation === "create")
      if (waiting.length === 0) continue
      const origins = operation === "create" ? gainedWith(draft, id).map((origin) => numbers.create.get(origin)) : []
      for (const holder of waiting) for (const taker of [node, ...origins]) edge(holder, taker)
    }
  }
}

/** What takes a name waits until nobody has it. */
export const names = (draft: Draft): void =>
  handOver(draft, ["drop", "alter"], (object, catalog) => {
    const kind = draft.kindOf(object.kind)
    return [...kind.claims?.(object) ?? [], ...kind.reaches?.(object, catalog) ?? []]
  })

/** What is called alike is never there at once, see {@link ObjectKind.calls}. */
export const calls = (draft: Draft): void =>
  handOver(draft, ["drop"], (object) => draft.kindOf(object.kind).calls?.(object) ?? [])

/** What changes late, see {@link ObjectKind.changesLate}, had better wait for the others. */
export const lateness = ({ fates: { context: { source, target } }, kindOf, nodes, prefer }: Draft): void => {
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
  for (const late of atEnd) {
    for (const number of others) {
      const node = nodes[number]
      // what acts on statements is behind them by itself
      if (node?.operation === "create" && !kindOf(node.object.kind).actsOnStatements) prefer(number, late)
    }
  }
  if (handovers.size === 0) return
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
      for (const late of handovers.get(id) ?? []) prefer(number, late)
    }
  }
  // a schema is handed over before what is in it: the new owner of that must be able to create in the schema
  for (const [id, list] of handovers) {
    for (const need of Catalog.dependenciesOf(target, id)) {
      for (const first of handovers.get(need) ?? []) for (const late of list) prefer(first, late)
    }
  }
}
