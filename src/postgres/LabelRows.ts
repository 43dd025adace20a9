/** Security labels as `pg_seclabels` shows them, and the objects that they become (PostgreSQL manual, SECURITY LABEL). */
import type { CatalogObject, ObjectId } from "../Catalog.ts"
import type { Addresses } from "./Addresses.ts"
import type { Kind } from "./kinds/Kind.ts"
import { makeSecurityLabel } from "./kinds/security-label.ts"

/** A label, and its target as `SECURITY LABEL … ON` names it. */
export interface LabelRow {
  readonly catalog: number
  readonly oid: number
  readonly subid: number
  readonly on: string
  readonly provider: string
  readonly label: string
}

/**
 * All labels on what users made; the view does not quote the names of columns. Left out are those of roles, databases and tablespaces, which are the server's, of large
 * objects, which are data, and of the system's objects, which extensions label and `pg_dump` leaves alone.
 */
export const labelQuery = `
  select l.classoid::bigint as catalog, l.objoid::bigint as oid, l.objsubid as subid,
    case when a.attname is null then upper(l.objtype) || ' ' || l.objname
      else 'COLUMN ' || l.objoid::regclass || '.' || quote_ident(a.attname) end as on,
    l.provider, l.label
  from pg_seclabels l
    left join pg_attribute a on l.objtype = 'column' and a.attrelid = l.objoid and a.attnum = l.objsubid
  where l.objtype not in ('role', 'database', 'tablespace', 'large object')
    and (l.objoid >= 16384 or l.classoid = 'pg_namespace'::regclass and l.objname = 'public')`

/** The labels whose target is in the catalog. What belongs to an extension is the extension's, with its labels. */
export const labelObjects = (
  rows: ReadonlyArray<LabelRow>,
  addresses: Addresses,
  objects: ReadonlyMap<ObjectId, CatalogObject>,
  kinds: ReadonlyMap<string, Kind>
): ReadonlyArray<CatalogObject> =>
  rows.flatMap(({ catalog, label, oid, on, provider, subid }) => {
    const own = objects.get(addresses.at([catalog, oid, subid]) ?? "")
    // no object of its own: a column of a view, the sequence of an identity, the row type of a table
    const whole = own ?? objects.get(addresses.resolve([catalog, oid, subid]) ?? "")
    if (whole === undefined || whole.kind === "extension") return []
    const target = (own === undefined ? undefined : kinds.get(own.kind)?.commentTarget?.(own)) ?? on
    return [makeSecurityLabel(whole.id, { on: target, provider, label })]
  })
