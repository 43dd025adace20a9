/**
 * What a set of changes does to every object that it touches: created, dropped, altered in place, replaced, set aside or
 * carried over. Whatever is replaced takes its parts and dependents along, until nothing more follows.
 */
import * as Catalog from "../Catalog.ts"
import type { Alteration, Conversion, ObjectKind, PlanContext, Statement } from "../Dialect.ts"
import type { Change } from "../Diff.ts"

/** The fate of every object that a plan touches. An object that is replaced is both in `dropped` and in `created`. */
export interface Fates {
  readonly created: ReadonlySet<Catalog.ObjectId>
  readonly dropped: ReadonlySet<Catalog.ObjectId>
  /** Altered in place, or carried over to a dependency that was set aside: by these statements, possibly none. */
  readonly altered: ReadonlyMap<Catalog.ObjectId, ReadonlyArray<Statement>>
  /** Renamed out of the way when "dropped", and really dropped at the end. */
  readonly aside: ReadonlySet<Catalog.ObjectId>
  /** Objects with rows that would have to be dropped and made again because something that they need is. */
  readonly lost: ReadonlyArray<{ readonly object: Catalog.CatalogObject; readonly because: Catalog.CatalogObject }>
  readonly context: PlanContext
}

/** What settling needs to know beside the changes. */
export interface SettleInput {
  readonly source: Catalog.Catalog
  readonly target: Catalog.Catalog
  readonly changes: ReadonlyArray<Change>
  readonly kindOf: (kind: string) => ObjectKind
  readonly serverMajor: number
  readonly conversions: ReadonlyMap<Catalog.ObjectId, Conversion>
  /** Objects that are dropped and created again although they could be altered in place. */
  readonly replaced: ReadonlySet<Catalog.ObjectId>
}

/** Works out the fate of every object, following replacements to parts and dependents until nothing changes. */
export const settle = (input: SettleInput): Fates => {
  const { source, target } = input
  const dependents = Catalog.dependentsIndex(source)
  const parts = Catalog.partsIndex(source)
  const targetParts = Catalog.partsIndex(target)
  const created = new Set<Catalog.ObjectId>()
  const dropped = new Set<Catalog.ObjectId>()
  const altered = new Map<Catalog.ObjectId, ReadonlyArray<Statement>>()
  const aside = new Set<Catalog.ObjectId>()
  const carried = new Set<Catalog.ObjectId>()
  const lost: Array<{ readonly object: Catalog.CatalogObject; readonly because: Catalog.CatalogObject }> = []
  const context: PlanContext = {
    source,
    target,
    serverMajor: input.serverMajor,
    creates: (id) => created.has(id),
    drops: (id) => dropped.has(id),
    setsAside: (id) => aside.has(id),
    carries: (id) => carried.has(id),
    dependents: (id) => dependents.get(id) ?? new Set(),
    parts: (id) => targetParts.get(id) ?? [],
    conversions: input.conversions
  }
  const pending: Array<Catalog.ObjectId> = []

  const claims = (object: Catalog.CatalogObject | undefined): ReadonlyArray<string> =>
    object === undefined ? [] : input.kindOf(object.kind).claims?.(object) ?? []
  /**
   * True where an object lets go of this one for another of the same name, or for what is created over that: it cannot be there
   * before this one is out of the way.
   */
  const needsNamesake = (
    dependent: Catalog.ObjectId,
    id: Catalog.ObjectId,
    seen: Set<Catalog.ObjectId> = new Set()
  ): boolean => {
    const held = claims(source.objects.get(id))
    return [...Catalog.dependenciesOf(target, dependent)].some((need) => {
      if (need === id || seen.has(need)) return false
      seen.add(need)
      return claims(target.objects.get(need)).some((claim) => held.includes(claim)) ||
        created.has(need) && needsNamesake(need, id, seen)
    })
  }
  /** True where an object of the source needs this one, by itself or by way of others. */
  const reliesOn = (
    dependent: Catalog.ObjectId,
    id: Catalog.ObjectId,
    seen: Set<Catalog.ObjectId> = new Set()
  ): boolean =>
    [...Catalog.dependenciesOf(source, dependent)].some((need) => {
      if (need === id) return true
      if (seen.has(need)) return false
      seen.add(need)
      return reliesOn(need, id, seen)
    })
  /** True where an object needs this one's successor, by itself or by way of others that are created, some of them because this one goes. */
  const needsSuccessor = (
    dependent: Catalog.ObjectId,
    id: Catalog.ObjectId,
    seen: Set<Catalog.ObjectId> = new Set()
  ): boolean =>
    [...Catalog.dependenciesOf(target, dependent)].some((need) => {
      if (need === id) return true
      if (seen.has(need) || !created.has(need) && !reliesOn(need, id)) return false
      seen.add(need)
      return needsSuccessor(need, id, seen)
    })
  /** True where an object that stays needs this one's successor, with values that must be carried over; maybe by way of `through`, which goes. */
  const holdsValues = (
    id: Catalog.ObjectId,
    through: Catalog.ObjectId = id,
    seen: Set<Catalog.ObjectId> = new Set()
  ): boolean =>
    [...dependents.get(through) ?? []].some((dependent) => {
      const kept = target.objects.get(dependent)
      if (kept === undefined) {
        if (seen.has(dependent)) return false
        seen.add(dependent)
        return holdsValues(id, dependent, seen)
      }
      if (
        (through !== id || altered.has(dependent)) && !needsSuccessor(dependent, id) && !needsNamesake(dependent, id)
      ) {
        return false
      }
      const kind = input.kindOf(kept.kind)
      if (kind.aside === undefined) return kind.carry?.(kept, context) !== undefined
      if (holdsValues(dependent)) return true
      if (seen.has(dependent)) return false
      seen.add(dependent)
      // what lets go of the one between may still need this one's successor
      return holdsValues(id, dependent, seen)
    })
  const drop = (id: Catalog.ObjectId): void => {
    const object = source.objects.get(id)
    if (object === undefined || dropped.has(id)) return
    dropped.add(id)
    if (target.objects.has(id)) created.add(id)
    if (input.kindOf(object.kind).aside !== undefined && holdsValues(id)) aside.add(id)
    altered.delete(id)
    pending.push(id)
  }
  /** What happens to an object that stays in the schema when something that it needs goes or is made anew. */
  const follow = (id: Catalog.ObjectId, need: Catalog.ObjectId): void => {
    const object = target.objects.get(id)
    if (object === undefined || dropped.has(id)) return
    const kind = input.kindOf(object.kind)
    if (altered.has(id) && !Catalog.dependenciesOf(target, id).has(need)) {
      if (!needsNamesake(id, need)) return
      // what is called by the name of what it lets go of cannot get hold of the other one of that name
      if (kind.isDefinition === true) return drop(id)
    }
    const needed = source.objects.get(need)
    if (needed !== undefined && kind.outlives?.(object, needed) === true) return
    const carry = aside.has(need) ? kind.carry?.(object, context) : undefined
    if (carry === undefined) {
      if (needed !== undefined && kind.holdsRows?.(object) === true) lost.push({ object, because: needed })
      return drop(id)
    }
    if (carried.has(id)) return
    carried.add(id)
    if (!altered.has(id)) altered.set(id, [])
  }

  for (const change of input.changes) {
    if (change._tag === "Create") created.add(change.object.id)
    // The alterations of objects that stay are settled below; until then they count as altered, so that they let go of what is dropped.
    if (change._tag === "Alter") altered.set(change.to.id, [])
  }
  // what is made anew in any case counts as such from the start: who needs whose successor does not depend on the order of changes
  for (const id of input.replaced) if (target.objects.has(id)) created.add(id)
  for (const change of input.changes) if (change._tag === "Drop") drop(change.object.id)
  const alterations = input.changes.filter((change) => change._tag === "Alter")
  for (const change of alterations) {
    if (dropped.has(change.to.id)) continue
    const alteration = input.kindOf(change.to.kind).alter(change.from, change.to, context)
    if (alteration._tag === "Replace" || input.replaced.has(change.to.id)) drop(change.to.id)
  }
  const settleDropped = (): void => {
    for (let id = pending.pop(); id !== undefined; id = pending.pop()) {
      for (const part of parts.get(id) ?? []) drop(part.id)
      for (const dependent of dependents.get(id) ?? []) follow(dependent, id)
    }
  }
  settleDropped()
  // In-place statements are made last: they depend on what else the plan drops and creates, and may disturb more dependents.
  for (let settled = false; !settled;) {
    settled = true
    const disturb = (id: Catalog.ObjectId, alteration: Alteration | undefined): void => {
      if (alteration?._tag !== "InPlace" || alteration.disturbs === undefined) return
      for (const dependent of dependents.get(id) ?? []) {
        const object = source.objects.get(dependent)
        if (object !== undefined && !dropped.has(dependent) && alteration.disturbs(object)) {
          drop(dependent)
          settled = false
        }
      }
    }
    const remake = (others: ReadonlyArray<Catalog.ObjectId> = []): void => {
      for (const other of others) {
        if (dropped.has(other) || !source.objects.has(other)) continue
        drop(other)
        settled = false
      }
    }
    for (const id of created) {
      const object = target.objects.get(id)
      if (object !== undefined) remake(input.kindOf(object.kind).displaces?.(object, context))
    }
    for (const id of dropped) {
      const object = source.objects.get(id)
      if (object !== undefined) remake(input.kindOf(object.kind).takesAlong?.(object, context))
    }
    for (const change of alterations) {
      if (!dropped.has(change.to.id)) {
        disturb(change.to.id, input.kindOf(change.to.kind).alter(change.from, change.to, context))
      }
    }
    for (const id of carried) {
      const object = dropped.has(id) ? undefined : target.objects.get(id)
      if (object !== undefined) disturb(id, input.kindOf(object.kind).carry?.(object, context))
    }
    settleDropped()
  }
  const changes = new Map(alterations.map((change) => [change.to.id, change]))
  for (const id of altered.keys()) {
    const object = dropped.has(id) ? undefined : target.objects.get(id)
    if (object === undefined) continue
    const kind = input.kindOf(object.kind)
    const change = changes.get(id)
    const alteration = change === undefined ? undefined : kind.alter(change.from, change.to, context)
    altered.set(id, [
      ...(carried.has(id) ? kind.carry?.(object, context)?.statements ?? [] : []),
      ...(alteration?._tag === "InPlace" ? alteration.statements : [])
    ])
  }
  return { created, dropped, altered, aside, lost, context }
}
