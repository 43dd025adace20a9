/**
 * Privileges (PostgreSQL manual 5.8): which there are for each type of object, what a role has by default, and the GRANT
 * and REVOKE that lead from what it has to what it shall have.
 */
import * as Schema from "effect/Schema"
import { compareText } from "../../Catalog.ts"
import { quoteIdentifier } from "../Identifier.ts"
import type { PlanContext } from "./Kind.ts"

/** What one role may do, in the manual's words (`SELECT`), sorted; privileges that it may pass on stand apart. */
export const Privileges = Schema.Struct({
  privileges: Schema.Array(Schema.String),
  with_grant_option: Schema.optionalKey(Schema.Array(Schema.String))
})
/** What one role may do. */
export type Privileges = typeof Privileges.Type

/** A role that may do nothing. */
export const noPrivileges: Privileges = { privileges: [] }

/** The grantee that stands for every role. No role can be called so. */
export const everybody = "public"

const relation = ["DELETE", "INSERT", "REFERENCES", "SELECT", "TRIGGER", "TRUNCATE", "UPDATE"]

const byType: ReadonlyMap<string, { readonly owner: ReadonlyArray<string>; readonly everybody: boolean }> = new Map([
  ["TABLE", { owner: relation, everybody: false }],
  ["SEQUENCE", { owner: ["SELECT", "UPDATE", "USAGE"], everybody: false }],
  ["SCHEMA", { owner: ["CREATE", "USAGE"], everybody: false }],
  ["FUNCTION", { owner: ["EXECUTE"], everybody: true }],
  ["PROCEDURE", { owner: ["EXECUTE"], everybody: true }],
  ["TYPE", { owner: ["USAGE"], everybody: true }],
  ["DOMAIN", { owner: ["USAGE"], everybody: true }],
  ["LANGUAGE", { owner: ["USAGE"], everybody: true }],
  ["FOREIGN DATA WRAPPER", { owner: ["USAGE"], everybody: false }],
  ["FOREIGN SERVER", { owner: ["USAGE"], everybody: false }],
  ["LARGE OBJECT", { owner: ["SELECT", "UPDATE"], everybody: false }]
])

/** The privilege that servers have from version 17 on. */
export const maintain = "MAINTAIN"

/** What a role has on an object of the type by default: the owner (`undefined`) everything, others what everybody has. */
export const defaultPrivileges = (type: string, grantee: string | undefined, major: number): Privileges => {
  const { everybody: open, owner } = byType.get(type) ?? { owner: [], everybody: false }
  if (grantee === undefined) {
    return { privileges: type === "TABLE" && major >= 17 ? [...owner, maintain].sort() : owner }
  }
  return grantee === everybody && open ? { privileges: owner } : noPrivileges
}

/**
 * The version whose privileges a plan speaks of: where a schema of an older server is made on a newer shadow, what only the
 * shadow has is left as it is.
 */
export const majorOf = ({ serverMajor, target }: PlanContext): number =>
  Math.min(serverMajor, target.serverMajor ?? target.major)

/** How far a role has a privilege: not at all, for itself, or to pass on. */
type Extent = 0 | 1 | 2

const extents = ({ privileges, with_grant_option = [] }: Privileges): ReadonlyMap<string, Extent> =>
  new Map<string, Extent>([
    ...privileges.map((privilege) => [privilege, 1] as const),
    ...with_grant_option.map((privilege) => [privilege, 2] as const)
  ])

const ofExtents = (map: ReadonlyMap<string, Extent>): Privileges => {
  const having = (extent: Extent): ReadonlyArray<string> =>
    [...map].filter(([, is]) => is === extent).map(([privilege]) => privilege).sort(compareText)
  return { privileges: having(1), ...(having(2).length === 0 ? {} : { with_grant_option: having(2) }) }
}

/** What a role has that was given both. */
export const together = (a: Privileges, b: Privileges): Privileges => {
  const map = new Map(extents(a))
  for (const [privilege, extent] of extents(b)) if ((map.get(privilege) ?? 0) < extent) map.set(privilege, extent)
  return ofExtents(map)
}

/** The privileges without those for which `leaves` holds. */
export const without = (all: Privileges, leaves: (privilege: string) => boolean): Privileges =>
  ofExtents(new Map([...extents(all)].filter(([privilege]) => !leaves(privilege))))

/** All privileges, whether they may be passed on or not. */
export const namesOf = ({ privileges, with_grant_option = [] }: Privileges): ReadonlyArray<string> => [
  ...privileges,
  ...with_grant_option
]

/** The privileges that are in the first and not in the second at all. */
export const lost = (before: Privileges, after: Privileges): ReadonlySet<string> => {
  const kept = new Set(namesOf(after))
  return new Set(namesOf(before).filter((privilege) => !kept.has(privilege)))
}

/** The grantee for SQL. */
export const granteeName = (grantee: string): string => grantee === everybody ? "PUBLIC" : quoteIdentifier(grantee)

/** The clauses, from GRANT or REVOKE on, that lead from what a role has to what it shall have; least of them. */
export const privilegeChanges = (
  before: Privileges,
  after: Privileges,
  /** What stands behind ON; column privileges name their column behind each privilege. */
  on: string,
  grantee: string,
  column?: string
): ReadonlyArray<string> => {
  const [has, wants] = [extents(before), extents(after)]
  const list = (is: (had: Extent, wanted: Extent) => boolean): string =>
    [...new Set([...has.keys(), ...wants.keys()])].sort(compareText)
      .filter((privilege) => is(has.get(privilege) ?? 0, wants.get(privilege) ?? 0))
      .map((privilege) => column === undefined ? privilege : `${privilege} (${quoteIdentifier(column)})`).join(", ")
  const clause = (head: string, privileges: string, tail: string): ReadonlyArray<string> =>
    privileges === "" ? [] : [`${head} ${privileges} ON ${on} ${tail}`]
  return [
    ...clause("REVOKE", list((had, wanted) => had > 0 && wanted === 0), `FROM ${grantee}`),
    ...clause("REVOKE GRANT OPTION FOR", list((had, wanted) => had === 2 && wanted === 1), `FROM ${grantee}`),
    ...clause("GRANT", list((had, wanted) => had === 0 && wanted === 1), `TO ${grantee}`),
    ...clause("GRANT", list((had, wanted) => had < 2 && wanted === 2), `TO ${grantee} WITH GRANT OPTION`)
  ]
}

/** Rows of an access control list by grantor and grantee, as `aclexplode` gives them: columns `p` and, to pass on, `g`. */
const exploded = (acl: string): string =>
  `(select grantor, grantee,
       jsonb_agg(privilege_type order by privilege_type collate "C") filter (where not is_grantable) as p,
       jsonb_agg(privilege_type order by privilege_type collate "C") filter (where is_grantable) as g
     from aclexplode(${acl}) group by 1, 2)`

/**
 * FROM item with a row for each grantor and grantee whose entry in one list differs from that in the other: `grantor`,
 * `grantee`, `p` and `g` as they are, `dp` and `dg` as they are by default.
 */
export const differences = (acl: string, byDefault: string): string =>
  `(select coalesce(a.grantor, d.grantor) as grantor, coalesce(a.grantee, d.grantee) as grantee,
      a.p, a.g, d.p as dp, d.g as dg
    from ${exploded(acl)} a full join ${exploded(byDefault)} d on a.grantor = d.grantor and a.grantee = d.grantee
    where (a.p, a.g) is distinct from (d.p, d.g))`
