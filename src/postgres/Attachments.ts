/** Objects of the census that hang on managed objects: what is dropped and made anew loses them. */
import type { ObjectId } from "../Catalog.ts"
import { type Address, type Addresses, dependentOf, referencedBy } from "./Addresses.ts"

/** The objects of the census that depend on each object, in a fixed order. */
export const attachments = (
  census: ReadonlyArray<{ readonly address: Address; readonly name: string }>,
  addresses: Addresses
): ReadonlyMap<ObjectId, ReadonlyArray<string>> => {
  const attached = new Map<ObjectId, Set<string>>()
  if (census.length === 0) return new Map()
  const names = new Map(census.map(({ address: [catalog, oid], name }) => [`${catalog} ${oid}`, name] as const))
  for (const group of addresses.dependencies) {
    for (let row = 0; row < group.objid.length; row++) {
      const [catalog, oid] = dependentOf(group, row)
      const name = names.get(`${catalog} ${oid}`)
      const id = name === undefined ? undefined : addresses.resolve(referencedBy(group, row))
      if (name === undefined || id === undefined) continue
      const known = attached.get(id)
      if (known === undefined) attached.set(id, new Set([name]))
      else known.add(name)
    }
  }
  return new Map([...attached].map(([id, hanging]) => [id, [...hanging].sort()]))
}
