/** Changes in plain words. */
import { canonicalJson, type CatalogObject, compareText } from "./Catalog.ts"
import type { ObjectKind } from "./Dialect.ts"
import type { Change } from "./Diff.ts"

const attributes = (from: CatalogObject, to: CatalogObject): ReadonlyArray<string> =>
  [...new Set([...Object.keys(from.state), ...Object.keys(to.state)])].sort(compareText).flatMap((key) => {
    const [before, after] = [from.state[key], to.state[key]]
    return canonicalJson(before) === canonicalJson(after) ? [] : [`${key}: ${show(before)} → ${show(after)}`]
  })

const show = (value: CatalogObject["state"][string]): string =>
  value === undefined || value === null ? "none" : typeof value === "string" ? value : canonicalJson(value)

/** One change: `+` for what is new, `-` for what goes, `~` for what differs, with each attribute before and after. */
export const describeChange = (change: Change, kindOf: (kind: string) => ObjectKind): string => {
  switch (change._tag) {
    case "Create":
      return `+ ${kindOf(change.object.kind).describe(change.object)}`
    case "Drop":
      return `- ${kindOf(change.object.kind).describe(change.object)}`
    case "Alter":
      return `~ ${kindOf(change.to.kind).describe(change.to)} (${attributes(change.from, change.to).join("; ")})`
  }
}
