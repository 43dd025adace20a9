/** Table inheritance (PostgreSQL manual 5.11): one object for each parent of a table. */
import * as Schema from "effect/Schema"
import { type CatalogObject, dependentsIndex } from "../../Catalog.ts"
import { tableKind, tableRelkinds, userObject, userSchema } from "./catalogSql.ts"
import { inPlace, type Kind } from "./Kind.ts"
import { displayName, sqlName } from "./names.ts"
import { isTiedLater } from "./parents.ts"
import { rowsIn } from "./trace.ts"

/** Nothing but its name: the child, then the parent. */
export const InheritanceState = Schema.Struct({})
/** Nothing but its name: the child, then the parent. */
export type InheritanceState = typeof InheritanceState.Type

/** True for objects of the kind `inheritance`. */
export const isInheritance = (object: CatalogObject): object is CatalogObject<InheritanceState> =>
  object.kind === "inheritance"

const child = (object: CatalogObject): ReadonlyArray<string> => object.name.slice(0, 2)
const ancestor = (object: CatalogObject): ReadonlyArray<string> => object.name.slice(2)
const show = ([schema = "", table = ""]: ReadonlyArray<string>): string => displayName(schema, table)

/** The kind `inheritance`. */
export const inheritance: Kind<InheritanceState> = {
  kind: "inheritance",
  isTie: true,
  section: "inherits",
  catalog: "pg_inherits",
  trace: rowsIn("pg_inherits"),
  dropLoses: "Queries of the parent table no longer see the rows of the child.",
  state: InheritanceState,
  query: () => `
    select c.oid, i.inhseqno as subid, array[n.nspname, c.relname, pn.nspname, p.relname] as name,
      array[${tableKind("c")}, n.nspname, c.relname] as parent, i.inhseqno as position,
      (select json_agg(d) from (
        select json_build_array(${tableKind("p")}, pn.nspname, p.relname) as d
        union all
        select json_build_array('column', pn.nspname, p.relname, a.attname) from pg_attribute a
        where a.attrelid = p.oid and a.attnum > 0 and not a.attisdropped
        union all
        select json_build_array('column', n.nspname, c.relname, a.attname) from pg_attribute a
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
        union all
        select json_build_array('constraint', kn.nspname, kc.relname, k.conname)
        from pg_constraint k join pg_class kc on kc.oid = k.conrelid join pg_namespace kn on kn.oid = kc.relnamespace
        where k.contype = 'c' and (k.conrelid = p.oid or k.conrelid = c.oid and exists (
          select from pg_constraint pk where pk.conrelid = p.oid and pk.contype = 'c' and pk.conname = k.conname))
          and not exists (
            select from pg_constraint hk where hk.conrelid = c.oid and hk.contype = 'c' and hk.conname = k.conname
              and not hk.convalidated and not hk.conislocal and not k.convalidated)) d(d)) as depends,
      '{}'::jsonb as state
    from pg_inherits i
      join pg_class c on c.oid = i.inhrelid
      join pg_namespace n on n.oid = c.relnamespace
      join pg_class p on p.oid = i.inhparent
      join pg_namespace pn on pn.oid = p.relnamespace
    where c.relkind in ${tableRelkinds} and not c.relispartition and ${userSchema("n")} and ${
    userObject("pg_class", "c.oid")
  }`,
  folds: (object, context) => !isTiedLater(context.target.objects.get(object.parent ?? ""), context),
  comesAlong: () => true,
  create: (object) => [{
    sql: `ALTER TABLE ${sqlName(child(object))} INHERIT ${sqlName(ancestor(object))}`,
    description: `Let table ${show(child(object))} inherit from ${show(ancestor(object))}`
  }],
  drop: (object) => [{
    sql: `ALTER TABLE ${sqlName(child(object))} NO INHERIT ${sqlName(ancestor(object))}`,
    description: `Stop table ${show(child(object))} inheriting from ${show(ancestor(object))}`
  }],
  // a check that is not valid in a new child either comes to both at once: the child would have one that is there already valid
  displaces: (object, context) =>
    context.creates(object.parent ?? "")
      ? [...dependentsIndex(context.target).get(object.id) ?? []].filter((id) =>
        context.target.objects.get(id)?.kind === "constraint"
      )
      : [],
  alter: () => inPlace([]),
  outlives: (_, need) => need.kind !== "table" && need.kind !== "foreign table",
  describe: (object) => `inheritance of table ${show(child(object))} from ${show(ancestor(object))}`
}
