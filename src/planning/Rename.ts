/**
 * Steps that give things other names, in an order in which every name is free when it is needed: swaps and chains go by way
 * of a temporary name, and what holds a name without being renamed itself is renamed out of the way. Whether the database
 * carries a rename over to columns of children, texts of views and the like is its own affair: it is asked afterwards.
 */
import * as Result from "effect/Result"
import type { Catalog, CatalogObject, ObjectId } from "../Catalog.ts"
import { compareText } from "../Catalog.ts"
import type { Naming, ObjectKind, Renaming } from "../Dialect.ts"
import type { Step, StepHazard } from "../Plan.ts"

/** A thing as the schema before the plan names it, and as the schema after it does. */
export interface Pair {
  readonly from: CatalogObject
  readonly to: CatalogObject
}

/** What renaming needs to know of the database family. */
export interface RenameOptions {
  /** Renames what holds a wanted name out of the way. Left out: a thing whose new name is not free keeps the old one. */
  readonly evict?: boolean
  readonly kindOf: (kind: string) => ObjectKind
  readonly naming: Naming
}

/** All things of a schema that have names: its objects, and their members. */
export const thingsOf = (
  catalog: Catalog,
  kindOf: (kind: string) => ObjectKind
): ReadonlyMap<ObjectId, CatalogObject> => {
  const things = new Map(catalog.objects)
  for (const object of catalog.objects.values()) {
    for (const member of kindOf(object.kind).members?.(object) ?? []) things.set(member.id, member)
  }
  return things
}

/** Where a thing's own name stands among the parts of its name. */
export const ownPart = (name: ReadonlyArray<string>, renaming: Renaming | undefined): number =>
  name.length - (renaming?.signature === true ? 2 : 1)

type Name = ReadonlyArray<string>

const withPart = (name: Name, at: number, part: string): Name => name.map((old, i) => i === at ? part : old)

/** True for a thing whose name begins with that of the thing that it is a part of. */
export const isPart = ({ name }: CatalogObject, parent: CatalogObject | undefined): parent is CatalogObject =>
  parent !== undefined && name.length === parent.name.length + 1 && parent.name.length > 1 &&
  parent.name.every((part, i) => part === name[i])

interface Pending {
  readonly pair: Pair
  readonly renaming: Renaming
  readonly level: number
}

/** In this order: names with types in their identity, schemas, what lives in schemas, parts. */
const levels = { signatures: 0, schemas: 1, objects: 2, parts: 3 } as const

/** The names that hold at one moment, and who holds them. */
class Names {
  private readonly things: ReadonlyMap<ObjectId, CatalogObject>
  private readonly catalog: Catalog
  private readonly options: RenameOptions
  private readonly own = new Map<ObjectId, Name>()
  private schemas = new Map<string, string>()
  private holders: Map<string, ObjectId> | undefined

  constructor(catalog: Catalog, options: RenameOptions) {
    this.catalog = catalog
    this.options = options
    this.things = thingsOf(catalog, options.kindOf)
  }

  /** The name that a thing has at this moment. */
  of(thing: CatalogObject): Name {
    const own = this.own.get(thing.id)
    const parent = thing.parent === undefined ? undefined : this.things.get(thing.parent)
    if (parent !== undefined && isPart(thing, parent)) {
      return [...this.of(parent), own?.at(-1) ?? thing.name.at(-1) ?? ""]
    }
    if (thing.name.length < 2) return own ?? thing.name
    const carrier = this.options.naming.renamingOf(thing.kind)?.carrier?.(thing, this.catalog)
    const carried = carrier === undefined ? undefined : this.things.get(carrier)
    const name = own ?? thing.name
    if (carried !== undefined) return [this.of(carried)[0] ?? "", ...name.slice(1)]
    return own ?? [this.schemas.get(name[0] ?? "") ?? name[0] ?? "", ...name.slice(1)]
  }

  /** The thing as it is at this moment. */
  now(thing: CatalogObject): CatalogObject {
    const name = this.of(thing)
    return { ...thing, name, id: this.options.naming.identify(thing.kind, name) }
  }

  /** What only one thing can hold, for a thing of that name. */
  private claims(thing: CatalogObject, name: Name): ReadonlyArray<string> {
    const as = { ...thing, name, id: this.options.naming.identify(thing.kind, name) }
    const kind = this.things.get(thing.id) === this.catalog.objects.get(thing.id)
      ? this.options.kindOf(thing.kind)
      : undefined
    return [as.id, ...kind?.claims?.(as) ?? []]
  }

  /** Who holds a name that the thing would need to be called so. */
  inTheWay(thing: CatalogObject, name: Name): ReadonlyArray<CatalogObject> {
    if (this.holders === undefined) {
      this.holders = new Map()
      for (const other of this.things.values()) {
        if (this.options.naming.renamingOf(other.kind) === undefined) continue
        for (const claim of this.claims(other, this.of(other))) this.holders.set(claim, other.id)
      }
    }
    const found = new Set<CatalogObject>()
    for (const claim of this.claims(thing, name)) {
      const holder = this.things.get(this.holders.get(claim) ?? "")
      if (holder !== undefined && holder.id !== thing.id) found.add(holder)
    }
    return [...found]
  }

  /** The thing is called so from now on. */
  set(thing: CatalogObject, name: Name): void {
    const before = this.of(thing)
    if (before[0] !== name[0] || thing.name.length === 1) {
      this.holders = undefined
    } else if (this.holders !== undefined) {
      for (const claim of this.claims(thing, before)) this.holders.delete(claim)
      for (const claim of this.claims(thing, name)) this.holders.set(claim, thing.id)
    }
    // names of things that were renamed before their schema is
    if (thing.name.length === 1) {
      const [old = ""] = before
      const [current = ""] = name
      for (const [id, own] of this.own) {
        if (own.length > 1 && own[0] === old) this.own.set(id, [current, ...own.slice(1)])
      }
      this.schemas = new Map([...this.schemas].map(([first, last]) => [first, last === old ? current : last]))
      if (!this.schemas.has(thing.name[0] ?? "")) this.schemas.set(thing.name[0] ?? "", current)
    }
    this.own.set(thing.id, name)
  }
}

const pendingOf = (pair: Pair, renaming: Renaming, catalog: Catalog, options: RenameOptions): Pending => {
  const parent = pair.from.parent === undefined
    ? undefined
    : catalog.objects.get(pair.from.parent)
  const level = pair.from.name.length === 1
    ? levels.schemas
    : isPart(pair.from, parent)
    ? levels.parts
    : levels.objects
  return { pair, renaming: options.naming.renamingOf(pair.from.kind) ?? renaming, level }
}

const hazardsOf = (renaming: Renaming, before: string): ReadonlyArray<StepHazard> =>
  renaming.users === undefined ? [] : [{
    code: "breaks_clients",
    message: `From the commit of this step on, ${renaming.users} that use the old name fail: ${before}.`
  }]

/**
 * The steps that rename the first of each pair to the second, on the schema `source`; pairs whose name comes by itself,
 * because the table or schema that they are a part of is renamed, take no step. Schemas of `target` that something is moved
 * to and that are not there are created. Fails with the reasons why a thing cannot be renamed.
 */
export const renameSteps = (
  source: Catalog,
  target: Catalog,
  pairs: ReadonlyArray<Pair>,
  options: RenameOptions
): Result.Result<ReadonlyArray<Step>, ReadonlyArray<string>> => {
  const { kindOf, naming } = options
  const names = new Names(source, options)
  const steps: Array<Step> = []
  const problems: Array<string> = []
  const pending: Array<Pending> = []
  for (const pair of pairs) {
    const renaming = naming.renamingOf(pair.from.kind)
    if (renaming === undefined) problems.push(`${naming.describe(pair.from)} is of a kind that cannot be renamed`)
    else if (renaming.follows?.(pair.from) !== true) pending.push(pendingOf(pair, renaming, source, options))
  }
  pending.sort((a, b) => compareText(a.pair.from.id, b.pair.from.id))

  const step = (before: CatalogObject, name: Name, sql: Step["sql"], renaming: Renaming): void => {
    const id = naming.identify(before.kind, name)
    const own = ownPart(name, renaming)
    const moves = name[0] !== before.name[0] && name.length > 1
    steps.push({
      description: moves
        ? `Move ${naming.describe(before)} to schema ${naming.print([name[0] ?? ""])}`
        : `Rename ${naming.describe(before)} to ${naming.print([name[own] ?? ""])}`,
      sql,
      object: id,
      operation: "rename",
      renamed_from: before.id,
      transaction: 1,
      hazards: hazardsOf(renaming, naming.print(before.name.slice(0, own + 1))),
      reversible: true
    })
  }
  const rename = (thing: CatalogObject, renaming: Renaming, part: string): void => {
    const before = names.now(thing)
    const name = withPart(before.name, ownPart(before.name, renaming), part)
    step(before, name, renaming.rename(before, part), renaming)
    names.set(thing, name)
  }
  const move = (thing: CatalogObject, renaming: Renaming, schema: string): void => {
    const before = names.now(thing)
    const name = [schema, ...before.name.slice(1)]
    step(before, name, renaming.move?.(before, schema) ?? "", renaming)
    names.set(thing, name)
  }

  /** The names that the thing can take next on the way to its last one: its own part, or its schema. */
  const next = ({ level, pair: { from, to }, renaming }: Pending, onlyOwn: boolean): ReadonlyArray<Name> => {
    const now = names.of(from)
    const own = ownPart(now, renaming)
    const renamed = withPart(now, own, to.name[own] ?? "")
    const moved = [to.name[0] ?? "", ...now.slice(1)]
    return [
      ...(renamed[own] === now[own] ? [] : [renamed]),
      ...(onlyOwn || level !== levels.objects || moved[0] === now[0] || renaming.carrier?.(from, source) !== undefined
        ? []
        : [moved])
    ]
  }
  const take = (one: Pending, name: Name): void => {
    const now = names.of(one.pair.from)
    const own = ownPart(now, one.renaming)
    if (name[own] === now[own]) move(one.pair.from, one.renaming, name[0] ?? "")
    else rename(one.pair.from, one.renaming, name[own] ?? "")
  }

  const kept = new Set<Pending>()
  /** Does all that there is to do at one level. */
  const settle = (items: ReadonlyArray<Pending>, onlyOwn: boolean): void => {
    const left = (list: ReadonlyArray<Pending>): ReadonlyArray<Pending> =>
      list.filter((item) => !kept.has(item) && next(item, onlyOwn).length > 0)
    for (let rest = left(items); rest.length > 0;) {
      const free = rest.map((item) => ({
        item,
        name: next(item, onlyOwn).find((name) => names.inTheWay(item.pair.from, name).length === 0)
      })).find(({ name }) => name !== undefined)
      if (free?.name !== undefined) {
        take(free.item, free.name)
      } else {
        const [first] = rest
        if (first === undefined) return
        const blockers = next(first, onlyOwn).flatMap((name) => names.inTheWay(first.pair.from, name))
        const other = blockers.find((thing) => !rest.some(({ pair }) => pair.from.id === thing.id))
        const thing = other ?? blockers[0]
        const renaming = thing === undefined ? undefined : naming.renamingOf(thing.kind)
        if (thing === undefined || renaming === undefined || other !== undefined && options.evict !== true) {
          kept.add(first)
        } else {
          const now = names.of(thing)
          rename(thing, renaming, naming.aside(now[ownPart(now, renaming)] ?? ""))
        }
      }
      rest = left(rest)
    }
  }

  settle(pending.filter(({ renaming }) => renaming.signature === true), true)
  settle(pending.filter(({ level }) => level === levels.schemas), true)
  const objects = pending.filter(({ level }) => level === levels.objects)
  for (const { pair: { from, to }, renaming } of objects) {
    const schema = [to.name[0] ?? ""]
    const container = target.objects.get(naming.identify("schema", schema))
    if (names.of(from)[0] === schema[0] || container === undefined) continue
    if (renaming.move === undefined && renaming.carrier?.(from, source) === undefined) {
      problems.push(`${naming.describe(from)} is of a kind that cannot be moved to another schema`)
    }
    const there = [...source.objects.values()].some((object) =>
      object.kind === container.kind && names.of(object)[0] === schema[0]
    ) || steps.some(({ object }) =>
      object === container.id
    )
    if (there) continue
    const context = {
      source,
      target,
      serverMajor: source.serverMajor ?? source.major,
      creates: () => false,
      drops: () => false,
      setsAside: () => false,
      carries: () => false,
      dependents: () => new Set<ObjectId>(),
      parts: () => [],
      conversions: new Map()
    }
    steps.push(
      ...kindOf(container.kind).create(container, context, []).map((statement): Step => ({
        description: statement.description,
        sql: statement.sql,
        object: container.id,
        operation: "create",
        transaction: 1,
        hazards: [],
        reversible: true
      }))
    )
  }
  settle(objects.filter(({ renaming }) => renaming.signature === true), false)
  settle(objects.filter(({ renaming }) => renaming.signature !== true), false)
  settle(pending.filter(({ level }) => level === levels.parts), true)
  return problems.length > 0 ? Result.fail(problems) : Result.succeed(steps)
}
