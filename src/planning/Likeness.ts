/**
 * What may be one thing under two names. Twins are equal in all but their names and are renamed without being asked; of
 * what only looks alike, a plan says how to declare it.
 */
import {
  canonicalJson,
  type Catalog,
  type CatalogObject,
  compareText,
  type Json,
  type ObjectId,
  partsIndex
} from "../Catalog.ts"
import type { Pair, RenameOptions } from "./Rename.ts"

const onlyIn = (one: Catalog, other: Catalog): ReadonlyArray<CatalogObject> => {
  const only: Array<CatalogObject> = []
  for (const object of one.objects.values()) if (!other.objects.has(object.id)) only.push(object)
  return only
}

const grouped = (
  objects: ReadonlyArray<CatalogObject>,
  catalog: Catalog,
  { naming }: RenameOptions
): ReadonlyMap<string, ReadonlyArray<CatalogObject>> =>
  Map.groupBy(objects, (object) => {
    const twin = naming.renamingOf(object.kind)?.twin?.(object, catalog)
    return twin === undefined ? "" : `${object.kind} ${object.parent ?? object.name[0] ?? ""} ${twin}`
  })

/** The objects that only the source has and that equal one that only the target has, one to one. */
export const twins = (source: Catalog, target: Catalog, options: RenameOptions): ReadonlyArray<Pair> => {
  const gone = grouped(onlyIn(source, target), source, options)
  const come = grouped(onlyIn(target, source), target, options)
  return [...gone].flatMap(([key, [from, ...others]]) => {
    const [to, ...more] = key === "" ? [] : come.get(key) ?? []
    return from === undefined || to === undefined || others.length + more.length > 0 ? [] : [{ from, to }]
  })
}

/** What is the same in both is counted, of all that there is: from 0, nothing, to 1, everything. */
const overlap = (one: ReadonlySet<string>, other: ReadonlySet<string>): number => {
  const both = [...one].filter((feature) => other.has(feature)).length
  return both === 0 ? 0 : both / (one.size + other.size - both)
}

const flat = (path: string, value: Json | undefined): ReadonlyArray<string> =>
  Array.isArray(value)
    ? value.map((item: Json | undefined) => `${path} ${canonicalJson(item)}`)
    : [`${path} ${canonicalJson(value)}`]

/** What is compared of a thing: its parts by their own names and states, else its state. */
const featuresOf = (thing: CatalogObject, parts: ReadonlyArray<CatalogObject>): ReadonlySet<string> => {
  const columns = parts.filter(({ kind }) => kind === "column")
  return new Set(
    columns.length > 0
      ? columns.map(({ name, state }) => `${name.at(-1)} ${canonicalJson(state["type"])}`)
      : Object.entries(thing.state).flatMap(([key, value]) => flat(key, value))
  )
}

/** From this share of what is equal on two things look alike. */
const alike = 0.5

/** A drop and a create that look like a rename; {@link hintOf} says how to declare it. */
export const suspects = (source: Catalog, target: Catalog, options: RenameOptions): ReadonlyArray<Pair> => {
  const { naming } = options
  const stays = (object: CatalogObject, other: Catalog): boolean =>
    object.parent === undefined || object.parent.startsWith("schema ") || other.objects.has(object.parent)
  const candidates = (one: Catalog, other: Catalog): ReadonlyMap<string, ReadonlyArray<CatalogObject>> =>
    Map.groupBy(
      onlyIn(one, other).filter((object) => {
        const renaming = naming.renamingOf(object.kind)
        return renaming !== undefined && renaming.follows?.(object) !== true && stays(object, other)
      }),
      ({ kind, name, parent }) => `${kind} ${name.length > 2 ? parent ?? "" : ""}`
    )
  const gone = candidates(source, target)
  const come = candidates(target, source)
  if (gone.size === 0 || come.size === 0) return []
  const sourceParts = partsIndex(source)
  const targetParts = partsIndex(target)
  return [...gone].toSorted(([a], [b]) => compareText(a, b)).flatMap(([key, olds]) => {
    const news = come.get(key) ?? []
    const features = new Map<ObjectId, ReadonlySet<string>>([
      ...olds.map((old) => [old.id, featuresOf(old, sourceParts.get(old.id) ?? [])] as const),
      ...news.map((one) => [one.id, featuresOf(one, targetParts.get(one.id) ?? [])] as const)
    ])
    const none: ReadonlySet<string> = new Set()
    const scored = olds.flatMap((from) =>
      news.flatMap((to) => {
        const [before, after] = [features.get(from.id) ?? none, features.get(to.id) ?? none]
        const score = before.size + after.size === 0 ? 1 : overlap(before, after)
        const sameType = canonicalJson(from.state["type"]) === canonicalJson(to.state["type"])
        return score < alike || !sameType ? [] : [{ from, to, score }]
      })
    ).toSorted((a, b) =>
      b.score - a.score ||
      Math.abs((a.from.position ?? 0) - (a.to.position ?? 0)) -
        Math.abs((b.from.position ?? 0) - (b.to.position ?? 0)) ||
      compareText(a.from.id, b.from.id) || compareText(a.to.id, b.to.id)
    )
    const used = new Set<ObjectId>()
    return scored.flatMap(({ from, to }) => {
      if (used.has(from.id) || used.has(to.id)) return []
      used.add(from.id).add(to.id)
      return [{ from, to }]
    })
  })
}

/** What to write where two things that look alike are one. */
export const hintOf = ({ from, to }: Pair, { naming }: RenameOptions): string => {
  const signature = naming.renamingOf(from.kind)?.signature === true
  const named = (name: ReadonlyArray<string>): ReadonlyArray<string> => signature ? name.slice(0, -1) : name
  const [before, after] = [named(from.name), named(to.name)]
  const moved = before.length > 1 && before[0] !== after[0]
  const old = naming.print(moved ? before : before.slice(-1))
  const next = naming.print(moved ? after : after.slice(-1))
  return `${naming.describe(from)} goes and ${
    naming.describe(to)
  } comes, and they look alike. If they are one, write above the definition of the new one: -- lockplane: renamed from ${old} (or give --rename ${
    shellQuoted(`${from.id}=${next}`)
  })`
}

const shellQuoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`
