/**
 * Who owns the objects of a snapshot and who may use them, as the system catalogs hold it (`relowner`, `relacl` and their
 * like), and the objects that they become.
 */
import type { CatalogObject, ObjectId } from "../Catalog.ts"
import type { Addresses } from "./Addresses.ts"
import { grantId, grantTarget, makeGrant } from "./kinds/grant.ts"
import type { Kind } from "./kinds/Kind.ts"
import { makeOwner, ownerId } from "./kinds/owner.ts"
import { differences, everybody, type Privileges } from "./kinds/privileges.ts"

/** An object that another role than the reader owns. */
export interface OwnerRow {
  readonly catalog: number
  readonly oid: number
  /** Null: the reader itself, where somebody else would be the owner by default. */
  readonly role: string | null
}

/** What one role may do, where that is not the default. */
export interface GrantRow {
  readonly catalog: number
  readonly oid: number
  readonly subid: number
  /** The object as GRANT names it, for what is no object of its own. */
  readonly on: string
  readonly column: string | null
  readonly grantee: string | null
  readonly grantor: string | null
  readonly privileges: ReadonlyArray<string> | null
  readonly with_grant_option: ReadonlyArray<string> | null
  /** True where what it had at first is not the type's default, but said by `dp` and `dg`. */
  readonly special: boolean
  readonly dp: ReadonlyArray<string> | null
  readonly dg: ReadonlyArray<string> | null
}

const owned: ReadonlyArray<readonly [catalog: string, owner: string, condition?: string]> = [
  ["pg_class", "relowner", "relkind in ('r', 'p', 'v', 'm', 'f', 'S')"],
  ["pg_proc", "proowner"],
  ["pg_type", "typowner"],
  ["pg_namespace", "nspowner", "nspname <> 'public'"],
  ["pg_operator", "oprowner"],
  ["pg_opclass", "opcowner"],
  ["pg_opfamily", "opfowner"],
  ["pg_collation", "collowner"],
  ["pg_conversion", "conowner"],
  ["pg_language", "lanowner"],
  ["pg_statistic_ext", "stxowner"],
  ["pg_ts_config", "cfgowner"],
  ["pg_ts_dict", "dictowner"],
  ["pg_event_trigger", "evtowner"],
  ["pg_publication", "pubowner"],
  ["pg_foreign_data_wrapper", "fdwowner"],
  ["pg_foreign_server", "srvowner"]
]

/** The system catalogs whose rows have owners that are compared. */
export const ownedCatalogs: ReadonlySet<string> = new Set(owned.map(([catalog]) => catalog))

const me = "(select r.oid from pg_roles r where r.rolname = current_user)"

/** Who owns the schema `public` of a new database: from version 15 on a role for that, before the first superuser. */
const publicOwner = (major: number): string => major >= 15 ? "'pg_database_owner'::regrole" : "10"

/** The owners of what users made, where they are not the role that reads; that of the schema `public` where it is not the first. */
export const ownerQuery = (major: number): string =>
  [
    ...owned.map(([catalog, owner, condition = "true"]) =>
      `select '${catalog}'::regclass::oid::bigint as catalog, oid::bigint as oid, pg_get_userbyid(${owner}) as role
       from ${catalog} where oid >= 16384 and ${owner} <> ${me} and ${condition}`
    ),
    `select 'pg_namespace'::regclass::oid::bigint, oid::bigint,
       case when nspowner <> ${me} then pg_get_userbyid(nspowner) end
     from pg_namespace where nspname = 'public' and nspowner <> ${publicOwner(major)}`
  ].join(" union all ")

const name = (schema: string, object: string): string =>
  `(select quote_ident(n.nspname) from pg_namespace n where n.oid = ${schema}) || '.' || quote_ident(${object})`

/** What its creation gave of the information schema is nowhere recorded, and pg_dump leaves it alone as well. */
const ofUsers = (schema: string): string =>
  `${schema} not in (select oid from pg_namespace where nspname = 'information_schema' or nspname ~ '^pg_(toast|temp_)')`

/** The catalogs of objects with privileges: their columns, the type as `acldefault` knows it, and the object as GRANT names it. */
const listed: ReadonlyArray<{
  readonly catalog: string
  readonly acl: string
  readonly owner: string
  readonly type: string
  readonly on: string
  readonly condition?: string
}> = [
  {
    catalog: "pg_class",
    acl: "relacl",
    owner: "relowner",
    type: "case relkind when 'S' then 's' else 'r' end",
    on: `case relkind when 'S' then 'SEQUENCE ' else 'TABLE ' end || ${name("relnamespace", "relname")}`,
    condition: `relkind in ('r', 'p', 'v', 'm', 'f', 'S') and ${ofUsers("relnamespace")}`
  },
  {
    catalog: "pg_proc",
    acl: "proacl",
    owner: "proowner",
    type: "'f'",
    on: "case prokind when 'p' then 'PROCEDURE ' else 'FUNCTION ' end || o.oid::regprocedure::text",
    condition: ofUsers("pronamespace")
  },
  {
    catalog: "pg_type",
    acl: "typacl",
    owner: "typowner",
    type: "'T'",
    on: `case typtype when 'd' then 'DOMAIN ' else 'TYPE ' end || ${name("typnamespace", "typname")}`,
    condition: ofUsers("typnamespace")
  },
  {
    catalog: "pg_namespace",
    acl: "nspacl",
    owner: "nspowner",
    type: "'n'",
    on: "'SCHEMA ' || quote_ident(nspname)",
    condition: ofUsers("o.oid")
  },
  { catalog: "pg_language", acl: "lanacl", owner: "lanowner", type: "'l'", on: "'LANGUAGE ' || quote_ident(lanname)" },
  {
    catalog: "pg_foreign_data_wrapper",
    acl: "fdwacl",
    owner: "fdwowner",
    type: "'F'",
    on: "'FOREIGN DATA WRAPPER ' || quote_ident(fdwname)"
  },
  {
    catalog: "pg_foreign_server",
    acl: "srvacl",
    owner: "srvowner",
    type: "'S'",
    on: "'FOREIGN SERVER ' || quote_ident(srvname)"
  }
]

/** What every new database gives of its schema `public`, whoever owns that. */
const ofPublic = (major: number): string =>
  (major >= 15 ? ["USAGE"] : ["USAGE", "CREATE"]).reduce(
    (acl, privilege) => `array_append(${acl}, makeaclitem(0, nspowner, '${privilege}', false))`,
    "acldefault('n', nspowner)"
  )

/** Access control lists that differ from what they were at first: by the type's default, an extension or the database's creation. */
const lists = (major: number): string =>
  [
    ...listed.map(({ acl, catalog, condition = "true", on, owner, type }) => {
      const standard = `acldefault((${type})::"char", ${owner})`
      const isPublic = catalog === "pg_namespace" ? "nspname = 'public'" : "false"
      const first = catalog === "pg_namespace"
        ? `case when ${isPublic} then ${ofPublic(major)} else coalesce(i.initprivs, ${standard}) end`
        : `coalesce(i.initprivs, ${standard})`
      return `
      select '${catalog}'::regclass::oid::bigint as catalog, o.oid::bigint as oid, 0 as subid, ${on} as on, null::text as column,
        ${acl} as acl, ${first} as first, ${owner} as owner, i.initprivs is not null and not ${isPublic} as special
      from ${catalog} o left join pg_init_privs i
        on i.classoid = '${catalog}'::regclass and i.objoid = o.oid and i.objsubid = 0
      where ${acl} is not null and ${acl} is distinct from coalesce(i.initprivs, '{}') and ${condition}`
    }),
    `select 'pg_class'::regclass::oid::bigint, o.oid::bigint, a.attnum::int, 'TABLE ' || ${
      name("o.relnamespace", "o.relname")
    },
      a.attname::text, a.attacl, coalesce(i.initprivs, acldefault('c', o.relowner)), o.relowner, i.initprivs is not null
    from pg_attribute a join pg_class o on o.oid = a.attrelid
      left join pg_init_privs i on i.classoid = 'pg_class'::regclass and i.objoid = o.oid and i.objsubid = a.attnum
    where a.attacl is not null and not a.attisdropped and ${ofUsers("o.relnamespace")}`
  ].join(" union all ")

/** The privileges that are not what they were at first. */
export const grantQuery = (major: number): string => `
  select l.catalog, l.oid, l.subid, l.on, l.column,
    case when e.grantee = 0 then '${everybody}' when e.grantee <> l.owner then pg_get_userbyid(e.grantee) end as grantee,
    case when e.grantor <> l.owner then pg_get_userbyid(e.grantor) end as grantor,
    e.p as privileges, e.g as with_grant_option, l.special, e.dp, e.dg
  from (${lists(major)}) l cross join lateral ${differences("l.acl", "l.first")} e`

/** Owners and grants as objects, each with what it needs beside what it is of. */
export interface AccessObject {
  readonly object: CatalogObject
  readonly needs: ReadonlyArray<ObjectId>
}

const privileges = (
  plain: ReadonlyArray<string> | null,
  passable: ReadonlyArray<string> | null
): Privileges => ({ privileges: plain ?? [], ...(passable === null ? {} : { with_grant_option: passable }) })

/** The owners of the catalog's objects. */
const owners = (
  rows: ReadonlyArray<OwnerRow>,
  addresses: Addresses,
  objects: ReadonlyMap<ObjectId, CatalogObject>,
  kinds: ReadonlyMap<string, Kind>
): ReadonlyArray<CatalogObject> =>
  rows.flatMap(({ catalog, oid, role }) => {
    const own = objects.get(addresses.at([catalog, oid, 0]) ?? "")
    const on = own === undefined ? undefined : kinds.get(own.kind)?.commentTarget?.(own)
    return own === undefined || on === undefined ? [] : [makeOwner(own.id, on, role ?? undefined)]
  })

/**
 * The owners and grants of the catalog's objects. Grants on what has no object of its own belong to what it is a part of;
 * those on objects of the system to nothing.
 */
export const accessObjects = (
  ownerRows: ReadonlyArray<OwnerRow>,
  grantRows: ReadonlyArray<GrantRow>,
  addresses: Addresses,
  objects: ReadonlyMap<ObjectId, CatalogObject>,
  kinds: ReadonlyMap<string, Kind>
): ReadonlyArray<AccessObject> => {
  const own = owners(ownerRows, addresses, objects, kinds)
  const grants = grantRows.flatMap((row) => {
    const address = [row.catalog, row.oid, 0] as const
    const whole = objects.get(addresses.at(address) ?? "")
    const column = row.subid === 0 ? undefined : objects.get(addresses.at([row.catalog, row.oid, row.subid]) ?? "")
    const parent = column ?? whole ?? objects.get(addresses.resolve(address) ?? "")
    // members of extensions that come with every database, and temporary objects
    if (parent === undefined && row.oid >= 16384) return []
    const state = {
      on: (whole === undefined ? undefined : grantTarget(whole)) ?? row.on,
      ...(row.column === null ? {} : { column: row.column }),
      ...(row.grantee === null ? {} : { grantee: row.grantee }),
      ...(row.grantor === null ? {} : { grantor: row.grantor }),
      ...privileges(row.privileges, row.with_grant_option),
      ...(row.special ? { initial: privileges(row.dp, row.dg) } : {})
    }
    return [{ object: makeGrant(parent?.id, state), whole, state }]
  })
  const known = new Set([...own.map(({ id }) => id), ...grants.map(({ object }) => object.id)])
  return [
    ...own.map((object) => ({ object, needs: [] })),
    ...grants.map(({ object, state: { column, grantee, grantor, on }, whole }) => {
      const to = (role: string | undefined, of: string | undefined): ObjectId =>
        grantId({ on, ...(role === undefined ? {} : { grantee: role }), ...(of === undefined ? {} : { column: of }) })
      return {
        object,
        needs: [
          ...(whole === undefined ? [] : [whole.id, ownerId(kinds.get(whole.kind)?.commentTarget?.(whole) ?? "")]),
          ...(column === undefined ? [] : [to(grantee, undefined)]),
          ...(grantor === undefined ? [] : [to(grantor, undefined), to(grantor, column)])
        ].filter((id) => id !== object.id && (id === whole?.id || known.has(id)))
      }
    })
  ]
}
