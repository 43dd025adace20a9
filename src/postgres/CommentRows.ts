/** Comments as pg_description holds them, and the objects that they become (PostgreSQL manual, COMMENT). */
import type { CatalogObject, ObjectId } from "../Catalog.ts"
import type { Addresses } from "./Addresses.ts"
import { quoteIdentifier } from "./Identifier.ts"
import { makeComment, standardPublicSchema } from "./kinds/comment.ts"
import type { Kind } from "./kinds/Kind.ts"
import { sqlName } from "./kinds/names.ts"

/** A comment, and the names that its target may need beyond those of an object. */
export interface CommentRow {
  readonly catalog: number
  readonly oid: number
  readonly subid: number
  readonly text: string
  /** For not-null constraints of tables: the column, which is the object that they are a part of. */
  readonly not_null: readonly [relation: number, column: number] | null
  /** For relations: `pg_class.relkind`. */
  readonly relkind: string | null
  /** The relation itself, or the one that the constraint is on. */
  readonly relation: readonly [schema: string, name: string] | null
  readonly column: string | null
  readonly constraint: string | null
  readonly domain: readonly [schema: string, name: string] | null
}

/**
 * All comments on what users made. Left out: the text that every new `public` schema has, and the one that an extension
 * brings along; both come back by themselves.
 */
export const commentQuery = `
  select d.classoid::bigint as catalog, d.objoid::bigint as oid, d.objsubid as subid, d.description as text,
    case when k.contype = 'n' and k.conrelid <> 0 then json_build_array(k.conrelid::bigint, k.conkey[1]) end as not_null,
    c.relkind, case when c.oid is not null then json_build_array(cn.nspname, c.relname) end as relation, a.attname as column,
    k.conname as constraint, case when t.oid is not null then json_build_array(tn.nspname, t.typname) end as domain
  from pg_description d
    left join pg_constraint k on d.classoid = 'pg_constraint'::regclass and k.oid = d.objoid
    left join pg_class c on c.oid = case d.classoid when 'pg_class'::regclass then d.objoid else k.conrelid end
    left join pg_namespace cn on cn.oid = c.relnamespace
    left join pg_attribute a on a.attrelid = c.oid and a.attnum = d.objsubid and d.objsubid > 0
    left join pg_type t on t.oid = k.contypid
    left join pg_namespace tn on tn.oid = t.typnamespace
  where (d.objoid >= 16384 or d.classoid = 'pg_namespace'::regclass)
    and not (d.classoid = 'pg_namespace'::regclass and d.description = '${standardPublicSchema}')
    and not (d.classoid = 'pg_extension'::regclass and exists (
      select from pg_extension e join pg_available_extensions() v on v.name = e.extname
      where e.oid = d.objoid and v.comment = d.description))`

/** What `COMMENT ON` says of the row's target, and the object that goes when the target goes. */
const target = (
  row: CommentRow,
  addresses: Addresses,
  objects: ReadonlyMap<ObjectId, CatalogObject>,
  kinds: ReadonlyMap<string, Kind>
): readonly [parent: ObjectId, on: string] | undefined => {
  const address = [row.catalog, row.oid, row.subid] as const
  const own = objects.get(addresses.at(address) ?? "")
  if (own !== undefined) {
    const on = kinds.get(own.kind)?.commentTarget?.(own)
    return on === undefined ? undefined : [own.id, on]
  }
  const whole = objects.get(
    (row.not_null === null ? addresses.resolve(address) : addresses.ofColumn(...row.not_null)) ?? ""
  )
  const on = whole === undefined || whole.kind === "extension" ? undefined : partTarget(row)
  return whole === undefined || on === undefined ? undefined : [whole.id, on]
}

/** The same for what is no object of its own: a column of a view, the index of a constraint, an identity's sequence. */
const partTarget = ({ column, constraint, domain, relation, relkind }: CommentRow): string | undefined => {
  if (constraint !== null && relation !== null) {
    return `CONSTRAINT ${quoteIdentifier(constraint)} ON ${sqlName(relation)}`
  }
  if (constraint !== null && domain !== null) {
    return `CONSTRAINT ${quoteIdentifier(constraint)} ON DOMAIN ${sqlName(domain)}`
  }
  if (relation === null) return undefined
  if (column !== null) return `COLUMN ${sqlName(relation)}.${quoteIdentifier(column)}`
  return relkind === "S"
    ? `SEQUENCE ${sqlName(relation)}`
    : relkind === "i" || relkind === "I"
    ? `INDEX ${sqlName(relation)}`
    : undefined
}

/** The comments whose target is in the catalog. */
export const commentObjects = (
  rows: ReadonlyArray<CommentRow>,
  addresses: Addresses,
  objects: ReadonlyMap<ObjectId, CatalogObject>,
  kinds: ReadonlyMap<string, Kind>
): ReadonlyArray<CatalogObject> =>
  rows.flatMap((row) => {
    const found = target(row, addresses, objects, kinds)
    return found === undefined ? [] : [makeComment(found[0], found[1], row.text)]
  })
