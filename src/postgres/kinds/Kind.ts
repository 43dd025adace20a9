/**
 * What one kind of PostgreSQL object is to the rest of the program. A kind is one file; generic code does reading,
 * identity, dependencies, ordering, replacement, JSON and hashing from what the file says here.
 */
import type * as Schema from "effect/Schema"
import type { CatalogObject, State } from "../../Catalog.ts"
import type { ObjectKind } from "../../Dialect.ts"
import { sha256Hex } from "../../Digest.ts"
import type { KindRow } from "../CatalogRows.ts"
import type { Trace } from "./trace.ts"

export {
  type Alteration,
  type Hazard,
  inPlace,
  type PlanContext,
  replace,
  type Requirement,
  type Statement
} from "../../Dialect.ts"

/**
 * A kind of PostgreSQL object: what planning needs, and how its objects are read and written as JSON.
 *
 * `query` is one set-based SELECT over the catalog for all objects of the kind, run with an empty `search_path`. Its output
 * columns, all but `oid`, `name` and `state` optional:
 *
 * - `oid` (oid): the object's row in `catalog`; `subid` (int): its column there, for columns
 * - `name` (text[]): the parts of the identity; `parent` (text[]): the parent's kind followed by its name parts
 * - `of` (oid of `pg_class`) and `of_subid` (int, the number of a column): the parent, of a kind that is read before, in
 *   place of `parent`; then `part` (text), the last part of the name behind the parent's name parts, may stand for `name`,
 *   and neither where the name is the parent's
 * - `position` (int)
 * - `addresses` (json array of `[catalog name, oid, subid]`): further catalog rows that mean this object, such as a
 *   constraint's index or a table's row type, unless pg_depend says that they belong to it
 * - `depends` (json array of `[kind, ...name parts]`): dependencies that pg_depend does not record
 * - `members` (json array of texts): the addresses of what `members` gives, in that order
 * - `state` (jsonb, made with `jsonb_strip_nulls`, or text, made with `jsonText`): keys at their default are null or left out
 */
export interface Kind<S extends State = State> extends ObjectKind<S> {
  /** Where it stands in schema JSON: the section's key, at the top or inside its parent's entry. */
  readonly section: string
  /** The system catalog that `oid` is of: `pg_class`, `pg_type`, `pg_proc` … */
  readonly catalog: string
  /** The state's schema: also its JSON form. */
  readonly state: Schema.Codec<S>
  /** The catalog query for a server of this major version. */
  query(major: number): string
  /** What every object of the kind leaves in the catalog: without it the query is not asked. Absent: it always is. */
  readonly trace?: Trace
  /** The output columns of the query besides `state`, where there are so many rows that they are to be sent column by column. */
  readonly columns?: ReadonlyArray<Exclude<keyof KindRow, "state">>
  /** Many of those rows have the same state, which is sent once for all of them. */
  readonly sharesStates?: true
  /** The query takes about as long as all others together: of two sessions, the second one runs those that say so. */
  readonly apart?: true
  /** Takes out of a state, as read, what only names the database's own choice. */
  normalize?(object: CatalogObject<S>): CatalogObject<S>
  /** Takes out of a state what servers of this major version do not have and need not be told. */
  asOf?(object: CatalogObject<S>, major: number): CatalogObject<S>
}

/** The name under which an object waits to be dropped after it was set aside; at most 63 bytes, as PostgreSQL keeps. Long names stay different. */
export const asideName = (name: string): string => {
  const suffix = "__lockplane_old"
  const bytes = (text: string): number => new TextEncoder().encode(text).length
  if (bytes(name + suffix) <= 63) return name + suffix
  const end = `_${sha256Hex(name).slice(0, 8)}${suffix}`
  let kept = name
  while (bytes(kept + end) > 63) kept = kept.slice(0, -1)
  return kept + end
}
