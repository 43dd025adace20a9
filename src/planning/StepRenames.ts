/**
 * What the renames among a plan's steps come to: which thing of the schema before it is which of the schema after it. For
 * databases that do not keep things at addresses of their own, which would tell as much of any plan. Pure.
 */
import type { Catalog, CatalogObject, ObjectId } from "../Catalog.ts"
import type { Step } from "../Plan.ts"
import { isPart, type Pair, type RenameOptions, thingsOf } from "./Rename.ts"

/** Pairs of what the steps renamed, from the schema before them to the one after them. */
export const stepPairs = (
  steps: ReadonlyArray<Step>,
  before: Catalog,
  after: Catalog,
  { kindOf, naming }: RenameOptions
): ReadonlyArray<Pair> => {
  const renames = steps.flatMap(({ object, operation, renamed_from: from }) =>
    operation === "rename" && object !== undefined && from !== undefined ? [{ from, to: object }] : []
  )
  if (renames.length === 0) return []
  const things = thingsOf(before, kindOf)
  /** The things before the plan, by the identity that they have at the moment. */
  const now = new Map<ObjectId, CatalogObject>([...things].map(([id, thing]) => [id, thing]))
  const move = (from: ObjectId, to: ObjectId): void => {
    const thing = now.get(from)
    if (thing === undefined) return
    now.delete(from)
    now.set(to, thing)
    const name = naming.parse(to.slice(thing.kind.length + 1))
    if (name === undefined) return
    const parts = [...now].filter(([, part]) => part.parent === thing.id && isPart(part, thing))
    for (const [id, part] of parts) {
      now.delete(id)
      now.set(naming.identify(part.kind, [...name, part.name.at(-1) ?? ""]), part)
    }
  }
  for (const { from, to } of renames) move(from, to)
  const found = thingsOf(after, kindOf)
  return [...now].flatMap(([id, from]) => {
    const to = found.get(id)
    return to === undefined || to.id === from.id || isFollowing(from, to, now) ||
        naming.renamingOf(from.kind) === undefined
      ? []
      : [{ from, to }]
  })
}

/** True for a part that has got another name in nothing but that of what it is a part of. */
const isFollowing = (from: CatalogObject, to: CatalogObject, now: ReadonlyMap<ObjectId, CatalogObject>): boolean =>
  from.name.at(-1) === to.name.at(-1) && from.parent !== undefined && to.parent !== undefined &&
  from.parent !== to.parent && now.get(to.parent)?.id === from.parent
