/**
 * Range types (PostgreSQL manual 8.17). PostgreSQL cannot alter one: another definition makes a new type. The old one waits
 * aside, together with its multirange type and the functions that construct both, whose names the new one needs.
 */
import * as Schema from "effect/Schema"
import type { CatalogObject } from "../../Catalog.ts"
import { quoteIdentifier } from "../Identifier.ts"
import { ownCollation, userObject, userSchema } from "./catalogSql.ts"
import { asideName, type Kind, replace, type Statement } from "./Kind.ts"
import { displayName, schemaAndName, sqlName } from "./names.ts"
import { rowsIn } from "./trace.ts"
import { declaredWith, dropTogether, functionName, ownFunctions } from "./withFunctions.ts"

/** The options of `CREATE TYPE … AS RANGE`; names of functions, operator classes and collations are SQL. */
export const RangeState = Schema.Struct({
  subtype: Schema.String,
  /** Where it is not the default operator class of the subtype. */
  subtype_opclass: Schema.optionalKey(Schema.String),
  /** Where it is not the collation of the subtype. */
  collation: Schema.optionalKey(Schema.String),
  canonical: Schema.optionalKey(Schema.String),
  subtype_diff: Schema.optionalKey(Schema.String),
  /** The multirange type, schema and name, where it is not the one that PostgreSQL derives from the range type's name. */
  multirange_type: Schema.optionalKey(Schema.Array(Schema.String))
})
/** The options of `CREATE TYPE … AS RANGE`; names of functions, operator classes and collations are SQL. */
export type RangeState = typeof RangeState.Type

const display = (object: CatalogObject): string => displayName(...schemaAndName(object.name))

/** The multirange type's schema and name: the one given, or as `makeMultirangeTypeName` in PostgreSQL derives it. */
const multirangeName = (object: CatalogObject<RangeState>): ReadonlyArray<string> => {
  if (object.state.multirange_type !== undefined) return object.state.multirange_type
  const [schema, name] = schemaAndName(object.name)
  const derived = name.includes("range")
    ? [...name.replace("range", "multirange")].slice(0, 63).join("")
    : `${[...name].slice(0, 52).join("")}_multirange`
  return [schema, derived]
}

/** What a type or function has to become to be called `to`, in these words. */
const called = (
  word: "TYPE" | "FUNCTION",
  from: ReadonlyArray<string>,
  to: ReadonlyArray<string>,
  types: string = ""
): ReadonlyArray<string> => [
  ...(from[1] === to[1] ? [] : [`ALTER ${word} ${sqlName(from)}${types} RENAME TO ${quoteIdentifier(to[1] ?? "")}`]),
  ...(from[0] === to[0]
    ? []
    : [`ALTER ${word} ${sqlName([from[0] ?? "", to[1] ?? ""])}${types} SET SCHEMA ${quoteIdentifier(to[0] ?? "")}`])
]

/** Another name or schema for a range type; its constructors and the multirange type whose name is derived from it follow, which PostgreSQL leaves as they are. */
const followedBy = (from: CatalogObject<RangeState>, to: CatalogObject<RangeState>): ReadonlyArray<string> => {
  const { subtype } = from.state
  const [before, after] = [multirangeName(from), multirangeName(to)]
  const range = sqlName(to.name)
  return [
    ...called("TYPE", from.name, to.name),
    ...called("FUNCTION", from.name, to.name, `(${subtype}, ${subtype})`),
    ...called("FUNCTION", from.name, to.name, `(${subtype}, ${subtype}, text)`),
    ...called("TYPE", before, after),
    ...called("FUNCTION", before, after, "()"),
    ...called("FUNCTION", before, after, `(${range})`),
    ...called("FUNCTION", before, after, `(${range}[])`)
  ]
}

const dropped = (type: string, functions: ReadonlyArray<string>, description: string): ReadonlyArray<Statement> =>
  functions.length > 0 ? dropTogether(type, functions, description) : [{ sql: `DROP TYPE ${type}`, description }]

/** The kind `range type`. */
export const range: Kind<RangeState> = {
  kind: "range type",
  section: "range_types",
  catalog: "pg_type",
  trace: rowsIn("pg_type", "typtype", "r"),
  dropLoses: "Statements that name the type fail.",
  state: RangeState,
  // The constructor functions of both types are the range type's own.
  query: () => `
    select t.oid, array[n.nspname, t.typname] as name,
      (select json_agg(address) from (
        select json_build_array('pg_type', own, 0) as address from unnest(array[t.typarray, m.oid, m.typarray]) own
        union all
        select json_build_array('pg_proc', d.objid, 0) from pg_depend d
        where d.refclassid = 'pg_type'::regclass and d.refobjid in (t.oid, m.oid) and d.deptype = 'i'
          and d.classid = 'pg_proc'::regclass) addresses) as addresses,
      jsonb_strip_nulls(jsonb_build_object(
        'subtype', format_type(r.rngsubtype, null),
        'subtype_opclass', case when not oc.opcdefault then format('%I.%I', ocn.nspname, oc.opcname) end,
        'collation', ${ownCollation("r.rngcollation", "st.typcollation")},
        'canonical', case when r.rngcanonical <> 0 then r.rngcanonical::text end,
        'subtype_diff', case when r.rngsubdiff <> 0 then r.rngsubdiff::text end,
        'multirange_type', case when m.typnamespace <> t.typnamespace or m.typname <> (
          case when position('range' in t.typname) > 0
            then left(regexp_replace(t.typname, 'range', 'multirange'), 63)
            else left(t.typname, 52) || '_multirange' end)
          then jsonb_build_array(mn.nspname, m.typname) end)) as state
    from pg_range r
      join pg_type t on t.oid = r.rngtypid
      join pg_namespace n on n.oid = t.typnamespace
      join pg_type st on st.oid = r.rngsubtype
      join pg_type m on m.oid = r.rngmultitypid
      join pg_namespace mn on mn.oid = m.typnamespace
      join pg_opclass oc on oc.oid = r.rngsubopc
      join pg_namespace ocn on ocn.oid = oc.opcnamespace
    where ${userSchema("n")} and ${userObject("pg_type", "t.oid")}`,
  claims: (object) => [`type ${sqlName(object.name)}`, `type ${sqlName(multirangeName(object))}`],
  create: (object, context, folded) => {
    const { canonical, collation, multirange_type, subtype, subtype_diff, subtype_opclass } = object.state
    const options = [
      `subtype = ${subtype}`,
      ...(multirange_type === undefined ? [] : [`multirange_type_name = ${sqlName(multirange_type)}`]),
      ...(subtype_opclass === undefined ? [] : [`subtype_opclass = ${subtype_opclass}`]),
      ...(collation === undefined ? [] : [`collation = ${collation}`]),
      ...(canonical === undefined ? [] : [`canonical = ${canonical}`]),
      ...(subtype_diff === undefined ? [] : [`subtype_diff = ${subtype_diff}`])
    ]
    return [
      ...declaredWith(object, folded, context),
      {
        sql: `CREATE TYPE ${sqlName(object.name)} AS RANGE (\n  ${options.join(",\n  ")}\n)`,
        description: `Create range type ${display(object)}`
      }
    ]
  },
  drop: (object, context) =>
    dropped(
      sqlName(object.name),
      ownFunctions(object, context).map(functionName),
      `Drop range type ${display(object)}`
    ),
  alter: () => replace,
  aside: (object, context) => {
    const [schema, name] = schemaAndName(object.name)
    const [multirangeSchema, multirange] = schemaAndName(multirangeName(object))
    const { subtype } = object.state
    const old = sqlName([schema, asideName(name)])
    const setAside = (what: string, from: string): Statement => ({
      sql: `ALTER ${what} RENAME TO ${quoteIdentifier(asideName(from))}`,
      description: `Set range type ${display(object)} aside`
    })
    const constructor = (of: readonly [schema: string, name: string], types: string): Statement =>
      setAside(`FUNCTION ${sqlName(of)}(${types})`, of[1])
    return {
      rename: [
        setAside(`TYPE ${sqlName(object.name)}`, name),
        setAside(`TYPE ${sqlName([multirangeSchema, multirange])}`, multirange),
        constructor([schema, name], `${subtype}, ${subtype}`),
        constructor([schema, name], `${subtype}, ${subtype}, text`),
        constructor([multirangeSchema, multirange], ""),
        constructor([multirangeSchema, multirange], old),
        constructor([multirangeSchema, multirange], `${old}[]`)
      ],
      // the canonical function takes the type that is called otherwise now, and nothing else
      drop: dropped(
        old,
        ownFunctions(object, context).map(({ name }) => `${sqlName(name.slice(0, 2))}(${old})`),
        `Drop the old range type ${display(object)}`
      )
    }
  },
  commentTarget: (object) => `TYPE ${sqlName(object.name)}`,
  renaming: {
    rename: (object, to) => followedBy(object, { ...object, name: [object.name[0] ?? "", to] }),
    move: (object, schema) => followedBy(object, { ...object, name: [schema, object.name[1] ?? ""] }),
    users: "statements"
  },
  describe: (object) => `range type ${display(object)}`
}
