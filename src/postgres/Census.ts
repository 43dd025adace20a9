/**
 * The census: every object that users made and that no kind covers, named, so that nothing is passed over in silence. It
 * walks all catalogs of things with an OID, and takes out what the catalog's objects stand for.
 */
import { compareText, type UnmanagedObject } from "../Catalog.ts"
import { type Address, type Addresses, dependentOf, referencedBy } from "./Addresses.ts"

/** The OIDs of one system catalog's rows that users made. */
export interface Candidates {
  readonly catalog: number
  readonly oids: ReadonlyArray<number>
}

/** Schemas of other sessions' temporary objects, and of TOAST tables. */
const passing = `(select oid from pg_namespace where nspname ~ '^pg_(toast|temp_|toast_temp_)')`

const permanentRelation = (column: string): string =>
  `${column} not in (select oid from pg_class where relnamespace in ${passing})`

/**
 * The catalogs of things with an OID, with what is not a thing of its own left out: temporary and TOAST objects,
 * inherited constraints, not-null constraints (part of a column or domain), internal triggers.
 */
const catalogs: ReadonlyArray<
  | readonly [catalog: string, condition?: string]
  | readonly [catalog: string, condition: string, oid: string, from: string]
> = [
  ["pg_am"],
  ["pg_attrdef", permanentRelation("adrelid")],
  ["pg_cast"],
  ["pg_class", `relnamespace not in ${passing}`],
  ["pg_collation", `collnamespace not in ${passing}`],
  [
    "pg_constraint",
    `contype not in ('n', 't') and (conislocal or coninhcount = 0) and connamespace not in ${passing} and ${
      permanentRelation("conrelid")
    }`
  ],
  ["pg_conversion", `connamespace not in ${passing}`],
  ["pg_default_acl"],
  ["pg_event_trigger"],
  ["pg_extension"],
  ["pg_foreign_data_wrapper"],
  ["pg_foreign_server"],
  ["pg_language"],
  ["pg_largeobject", "true", "oid", "pg_largeobject_metadata"],
  ["pg_namespace", "nspname !~ '^pg_(toast|temp_|toast_temp_)'"],
  ["pg_opclass", `opcnamespace not in ${passing}`],
  ["pg_operator", `oprnamespace not in ${passing}`],
  ["pg_opfamily", `opfnamespace not in ${passing}`],
  ["pg_policy", permanentRelation("polrelid")],
  ["pg_proc", `pronamespace not in ${passing}`],
  ["pg_publication"],
  ["pg_publication_rel"],
  ["pg_publication_namespace"],
  ["pg_rewrite", permanentRelation("ev_class")],
  ["pg_statistic_ext", `stxnamespace not in ${passing}`],
  ["pg_subscription", "subdbid = (select oid from pg_database where datname = current_database())"],
  ["pg_transform"],
  ["pg_trigger", `not tgisinternal and ${permanentRelation("tgrelid")}`],
  ["pg_ts_config", `cfgnamespace not in ${passing}`],
  ["pg_ts_dict", `dictnamespace not in ${passing}`],
  ["pg_ts_parser", `prsnamespace not in ${passing}`],
  ["pg_ts_template", `tmplnamespace not in ${passing}`],
  ["pg_type", `typnamespace not in ${passing}`],
  ["pg_user_mapping", "true", "umid", "pg_user_mappings"]
]

/** Finds all candidates on a server of this major version: one row for each system catalog that has any. */
export const candidatesQuery = (major: number): string =>
  catalogs.filter(([catalog]) => catalog !== "pg_publication_namespace" || major >= 15)
    .map(([catalog, condition = "true", oid = "oid", from = catalog]) => `
  select '${catalog}'::regclass::oid::bigint as catalog, json_agg(${oid}::bigint) as oids from ${from}
  where ${oid} >= 16384 and ${condition} having count(*) > 0`).join(" union all ")

/** Which of the candidates no object stands for, and which do not go with another such candidate. */
export const uncovered = (
  candidates: ReadonlyArray<Candidates>,
  addresses: Addresses
): ReadonlyArray<Address> => {
  const found = new Map<string, Address>()
  const members = new Set<string>()
  const parts = new Map<string, Array<string>>()
  for (const { catalog, oids } of candidates) {
    const known = addresses.rowsOf(catalog)
    for (const oid of oids) {
      if (known.has(oid)) continue
      if (addresses.resolve([catalog, oid, 0]) === undefined) found.set(`${catalog} ${oid}`, [catalog, oid, 0])
    }
  }
  if (found.size === 0) return []
  for (const group of addresses.dependencies) {
    if (group.deptype === "n") continue
    for (let row = 0; row < group.objid.length; row++) {
      const [catalog, oid] = dependentOf(group, row)
      const key = `${catalog} ${oid}`
      if (!found.has(key)) continue
      const [refCatalog, refOid] = referencedBy(group, row)
      if (group.deptype === "e") {
        members.add(key)
        continue
      }
      const wholes = parts.get(key)
      if (wholes === undefined) parts.set(key, [`${refCatalog} ${refOid}`])
      else wholes.push(`${refCatalog} ${refOid}`)
    }
  }
  /** True where the address is an extension's, or goes with one that the census names or that is an extension's. */
  const goesAlong = (key: string, depth: number): boolean =>
    members.has(key) ||
    (depth < 8 && (parts.get(key) ?? []).some((whole) => found.has(whole) || goesAlong(whole, depth + 1)))
  return [...found].filter(([key]) => !goesAlong(key, 0)).map(([, address]) => address)
}

/** Names the objects at these addresses (PostgreSQL manual 9.27.6, `pg_identify_object`). */
export const identifyQuery = (addresses: ReadonlyArray<Address>): string => `
  select i.type as kind, i.identity as name, a.catalog::bigint, a.oid::bigint
  from (values ${addresses.map((address) => `(${address.join(", ")})`).join(", ")}) a(catalog, oid, subid)
    cross join lateral pg_identify_object(a.catalog::bigint::oid, a.oid::bigint::oid, a.subid) i
  where i.identity is not null`

/** The census in a fixed order. */
export const inOrder = (unmanaged: ReadonlyArray<UnmanagedObject>): ReadonlyArray<UnmanagedObject> =>
  [...unmanaged].sort((a, b) => compareText(a.kind, b.kind) || compareText(a.name, b.name))
