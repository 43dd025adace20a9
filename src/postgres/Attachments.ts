/**
 * What hangs on objects and is not managed: privileges, owners, and the objects that the census names. An object that is
 * dropped and made anew loses all of it, so a plan has to say so.
 */
import type { ObjectId } from "../Catalog.ts"
import type { Address, Addresses, DependencyRow } from "./CatalogRows.ts"

/** One row of {@link attachmentQuery}. */
export interface AttachmentRow {
  readonly catalog: number
  readonly oid: number
  readonly subid: number
  readonly what: string
}

const sources: ReadonlyArray<readonly [catalog: string, acl: string, owner: string, condition: string]> = [
  ["pg_class", "relacl", "relowner", "relkind in ('r', 'p', 'v', 'm', 'S')"],
  ["pg_proc", "proacl", "proowner", "true"],
  ["pg_type", "typacl", "typowner", "typtype in ('c', 'd', 'e', 'r')"],
  ["pg_namespace", "nspacl", "nspowner", "true"]
]

/** Privileges that were granted or revoked, and owners other than the user who reads. */
export const attachmentQuery = [
  ...sources.flatMap(([catalog, acl, owner, condition]) => [
    `select '${catalog}'::regclass::oid::bigint as catalog, oid::bigint, 0 as subid, 'privileges ' || ${acl}::text as what
     from ${catalog} where oid::bigint >= 16384 and ${acl} is not null and ${condition}`,
    `select '${catalog}'::regclass::oid::bigint, oid::bigint, 0, 'owner ' || ${owner}::regrole::text
     from ${catalog} where oid::bigint >= 16384 and ${condition}
       and ${owner} <> (select r.oid from pg_roles r where r.rolname = current_user)`
  ]),
  `select 'pg_class'::regclass::oid::bigint, attrelid::bigint, attnum::int, 'privileges ' || attacl::text
   from pg_attribute where attrelid::bigint >= 16384 and attacl is not null`
].join(" union all ")

/** What hangs on each object: rows of {@link attachmentQuery}, and objects of the census that depend on it. */
export const attachments = (
  rows: ReadonlyArray<AttachmentRow>,
  census: ReadonlyArray<{ readonly address: Address; readonly name: string }>,
  dependencies: ReadonlyArray<DependencyRow>,
  addresses: Addresses
): ReadonlyMap<ObjectId, ReadonlyArray<string>> => {
  const attached = new Map<ObjectId, Array<string>>()
  const attach = (id: ObjectId | undefined, what: string): void => {
    if (id === undefined) return
    const known = attached.get(id)
    if (known === undefined) attached.set(id, [what])
    else if (!known.includes(what)) known.push(what)
  }
  for (const { catalog, oid, subid, what } of rows) attach(addresses.at([catalog, oid, subid]), what)
  const names = new Map(census.map(({ address: [catalog, oid], name }) => [`${catalog} ${oid}`, name] as const))
  if (names.size > 0) {
    for (const [catalog, oid, , refCatalog, refOid, refSubid] of dependencies) {
      const name = names.get(`${catalog} ${oid}`)
      if (name !== undefined) attach(addresses.resolve([refCatalog, refOid, refSubid]), name)
    }
  }
  for (const list of attached.values()) list.sort()
  return attached
}
