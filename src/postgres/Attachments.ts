/** Objects of the census that hang on managed objects: what is dropped and made anew loses them. */
import type { ObjectId } from "../Catalog.ts"
import { type Address, type Addresses, dependentOf, referencedBy, rowKey } from "./Addresses.ts"

/** The objects of the census that depend on each object, in a fixed order. */
export const attachments = (
  census: ReadonlyArray<{ readonly address: Address; readonly name: string }>,
  addresses: Addresses
): ReadonlyMap<ObjectId, ReadonlyArray<string>> => {
  const attached = new Map<ObjectId, Set<string>>()
  if (census.length === 0) return new Map()
  const names = new Map(census.map(({ address: [catalog, oid], name }) => [rowKey(catalog, oid), name] as const))
  const { dependencies } = addresses
  for (let row = 0; row < dependencies.classid.length; row++) {
    const [catalog, oid] = dependentOf(dependencies, row)
    const name = names.get(rowKey(catalog, oid))
    const id = name === undefined ? undefined : addresses.resolve(referencedBy(dependencies, row))
    if (name === undefined || id === undefined) continue
    const known = attached.get(id)
    if (known === undefined) attached.set(id, new Set([name]))
    else known.add(name)
  }
  return new Map([...attached].map(([id, hanging]) => [id, [...hanging].sort()]))
}
