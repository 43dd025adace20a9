/**
 * What is not managed, as a plan meets it: nothing is done about it, so a plan that would have to is refused, and names it.
 * Pure.
 */
import * as Catalog from "../Catalog.ts"
import type { ObjectKind } from "../Dialect.ts"
import { needsOutside } from "../Surroundings.ts"
import type { Fates } from "./Replacement.ts"

type KindOf = (kind: string) => ObjectKind

const sorted = (reasons: Iterable<string>): ReadonlyArray<string> => [...new Set(reasons)].sort(Catalog.compareText)

const describe = (object: Catalog.CatalogObject, kindOf: KindOf): string => kindOf(object.kind).describe(object)

/** A pattern that means the object; argument types and the like are left out of it. */
const patternOf = ({ kind, name }: Catalog.CatalogObject): string =>
  `"${kind} ${
    name.filter((part) => !part.startsWith("(")).map((part) =>
      /^[a-z_][a-z0-9_$]*$/.test(part) ? part : `"${part.replaceAll("\"", "\"\"")}"`
    ).join(".")
  }"`

/** What managed objects of the target need of what is not managed, and the source does not have. */
export const missingOutside = (
  source: Catalog.Catalog,
  target: Catalog.Catalog,
  kindOf: KindOf
): ReadonlyArray<string> => {
  const isThere = (id: Catalog.ObjectId | undefined): boolean =>
    id === undefined || source.outside?.has(id) === true || source.objects.has(id)
  return sorted(
    needsOutside(target).flatMap(([id, need]) => {
      const [object, needed] = [target.objects.get(id), target.outside?.get(need)]
      // of a whole that is missing, its parts say nothing more
      return object === undefined || needed === undefined || isThere(need) || !isThere(needed.parent)
        ? []
        : [
          `${describe(object, kindOf)} needs ${
            describe(needed, kindOf)
          }, which is not there and is outside of what Lockplane manages here. Make it by hand first, or take it in: include = [${
            patternOf(needed)
          }].`
        ]
    })
  )
}

/** What a plan would do to objects that are not managed; `source` is the one with them among its objects. */
export const touchedOutside = (fates: Fates, kindOf: KindOf): ReadonlyArray<string> => {
  const { altered, context: { source }, created, dropped, lost } = fates
  const { outside } = source
  if (outside === undefined) return []
  const isTouched = (id: Catalog.ObjectId): boolean => dropped.has(id) || altered.has(id) || created.has(id)
  const touched = new Map([...outside].filter(([id]) => isTouched(id)))
  for (const { object } of lost) if (outside.has(object.id)) touched.set(object.id, object)
  const causes = new Map(lost.map(({ because, object }) => [object.id, because]))
  return sorted(
    [...touched.values()].flatMap((object) => {
      const needs = [...Catalog.dependenciesOf(source, object.id)].filter(isTouched)
      const managed = needs.filter((id) => !outside.has(id)).toSorted((a, b) =>
        Number(dropped.has(b)) - Number(dropped.has(a)) || Catalog.compareText(b, a)
      )
      // what goes with another that is told says nothing more
      if (managed.length === 0 && [object.parent, ...needs].some((id) => id !== undefined && touched.has(id))) return []
      const cause = causes.get(object.id) ?? source.objects.get(managed[0] ?? "")
      const why = cause === undefined
        ? "would be changed by this plan"
        : `needs ${describe(cause, kindOf)}, which ${
          !dropped.has(cause.id) ? "changes" : created.has(cause.id) ? "has to be made anew" : "goes"
        }`
      return [
        `${
          describe(object, kindOf)
        } ${why}, and is outside of what Lockplane manages here. Drop or change it by hand first, or take it in: include = [${
          patternOf(object)
        }].`
      ]
    })
  )
}

/** Names that the plan's new objects would have, and that something has which is not managed. */
export const takenOutside = (fates: Fates, kindOf: KindOf): ReadonlyArray<string> => {
  const { context: { source, target }, created } = fates
  if (source.outside === undefined || created.size === 0) return []
  const claims = (object: Catalog.CatalogObject): ReadonlyArray<string> => kindOf(object.kind).claims?.(object) ?? []
  const holders = new Map(
    [...source.outside.values()].flatMap((object) => claims(object).map((claim) => [claim, object] as const))
  )
  return sorted(
    [...created].flatMap((id) => {
      const object = source.outside?.has(id) === true ? undefined : target.objects.get(id)
      return object === undefined ? [] : claims(object).flatMap((claim) => {
        const holder = holders.get(claim)
        return holder === undefined ? [] : [
          `${describe(object, kindOf)} cannot be created, because ${
            describe(holder, kindOf)
          } has its name, which is outside of what Lockplane manages here. Call one of them otherwise.`
        ]
      })
    })
  )
}
