/**
 * Operator families, and their entries that belong to no operator class: those that stand for two types, and those that
 * PostgreSQL can do without (PostgreSQL manual 36.16.5, CREATE OPERATOR FAMILY, ALTER OPERATOR FAMILY).
 */
import * as Schema from "effect/Schema"
import type { CatalogObject } from "../../Catalog.ts"
import { quoteIdentifier } from "../Identifier.ts"
import { userObject, userSchema } from "./catalogSql.ts"
import { byKeyword, displayObject, sqlObject } from "./keyword.ts"
import { inPlace, type Kind, replace } from "./Kind.ts"
import { objectName } from "./names.ts"
import { usingMethod } from "./renaming.ts"
import { rowsIn } from "./trace.ts"

/** A family is its name, and the access method that it is for. */
export const OperatorFamilyState = Schema.Struct({})
/** A family is its name, and the access method that it is for. */
export type OperatorFamilyState = typeof OperatorFamilyState.Type

/** The kind `operator family`. */
export const operatorFamily: Kind<OperatorFamilyState> = {
  kind: "operator family",
  section: "operator_families",
  catalog: "pg_opfamily",
  trace: rowsIn("pg_opfamily"),
  state: OperatorFamilyState,
  query: () => `
    select f.oid, array[n.nspname, f.opfname, am.amname] as name, '{}'::jsonb as state
    from pg_opfamily f join pg_namespace n on n.oid = f.opfnamespace join pg_am am on am.oid = f.opfmethod
    where ${userSchema("n")} and ${userObject("pg_opfamily", "f.oid")}`,
  ...byKeyword,
  renaming: usingMethod("OPERATOR FAMILY"),
  create: (object) => [{ sql: `CREATE ${sqlObject(object)}`, description: `Create ${displayObject(object)}` }],
  alter: () => inPlace([])
}

/** An operator of a family: as a strategy of searching, or of ordering by the family `order_by`. */
export const FamilyOperatorState = Schema.Struct({
  /** With its operand types, as `regoperator` prints it. */
  operator: Schema.String,
  /** Schema and name of a btree operator family. */
  order_by: Schema.optionalKey(Schema.Array(Schema.String))
})
/** An operator of a family: as a strategy of searching, or of ordering by the family `order_by`. */
export type FamilyOperatorState = typeof FamilyOperatorState.Type

/** A support function of a family, as `regprocedure` prints it. */
export const FamilyFunctionState = Schema.Struct({ function: Schema.String })
/** A support function of a family, as `regprocedure` prints it. */
export type FamilyFunctionState = typeof FamilyFunctionState.Type

/** The fields of {@link FamilyOperatorState} for `jsonb_build_object`, from an alias of `pg_amop`. */
export const familyOperatorSql = (entry: string): string => `
        'operator', ${entry}.amopopr::regoperator::text,
        'order_by', (select jsonb_build_array(sn.nspname, s.opfname)
                     from pg_opfamily s join pg_namespace sn on sn.oid = s.opfnamespace where s.oid = ${entry}.amopsortfamily)`

/** What an entry says behind `OPERATOR` and its number. */
export const familyOperatorClause = ({ operator, order_by: orderBy }: FamilyOperatorState): string =>
  `${operator}${orderBy === undefined ? "" : ` FOR ORDER BY ${orderBy.map(quoteIdentifier).join(".")}`}`

interface EntryTable {
  /** `pg_amop` or `pg_amproc`, and what its columns begin with. */
  readonly catalog: string
  readonly prefix: string
  readonly number: string
  /** The catalog and column of what the entry is made of. */
  readonly member: readonly [catalog: string, column: string]
}

/** Where PostgreSQL keeps the operators and the functions of families. */
const operators: EntryTable = {
  catalog: "pg_amop",
  prefix: "amop",
  number: "amopstrategy",
  member: ["pg_operator", "amopopr"]
}
const functions: EntryTable = {
  catalog: "pg_amproc",
  prefix: "amproc",
  number: "amprocnum",
  member: ["pg_proc", "amproc"]
}

/**
 * Entries that belong to no class, for a `where` or a join: of families of users, and what users added to those of the
 * system. What stands in an extension's family or is made of an extension's operator or function is taken as the extension's.
 */
const looseEntries = (
  { catalog, member: [memberCatalog, column], number, prefix }: EntryTable,
  family = "true"
): string => `
    select e.oid, e.${prefix}family as family, fn.nspname, f.opfname, am.amname, e.${number} as number,
      format_type(e.${prefix}lefttype, null) as lefttype, format_type(e.${prefix}righttype, null) as righttype,
      f.oid::bigint >= 16384 as own
    from ${catalog} e join pg_opfamily f on f.oid = e.${prefix}family join pg_namespace fn on fn.oid = f.opfnamespace
      join pg_am am on am.oid = f.opfmethod
    where e.oid::bigint >= 16384 and ${family}
      and (${userObject("pg_opfamily", "f.oid")} or f.oid::bigint < 16384 and not exists (
        select from pg_depend x where x.classid = '${memberCatalog}'::regclass and x.objid = e.${column} and x.deptype = 'e'))
      and not exists (select from pg_depend d
        where d.classid = '${catalog}'::regclass and d.objid = e.oid and d.refclassid = 'pg_opclass'::regclass)`

/** The identities of the entries of a family that belong to no class, as `depends` lists them; null for none. */
export const looseEntriesOf = (family: string): string => `
      (select json_agg(json_build_array(kind, nspname, opfname, amname, number::text, lefttype, righttype)) from (
        select 'operator family operator' as kind, e.* from (${looseEntries(operators, `f.oid = ${family}`)}) e
        union all
        select 'operator family function', e.* from (${looseEntries(functions, `f.oid = ${family}`)}) e) entries)`

/** A name part of an entry's identity: the family's are the first three, then number and types. */
const types = ({ name }: CatalogObject): string => `(${name[4]}, ${name[5]})`
const familyName = ({ name }: CatalogObject): string => objectName("operator family", name)
const describeEntry = (what: string) => (object: CatalogObject): string =>
  `${what} ${object.name[3]} ${types(object)} of operator family ${familyName(object).replace(/^public\./, "")}`

const entryKind = <S extends FamilyOperatorState | FamilyFunctionState>(
  what: "operator" | "function",
  state: Schema.Codec<S>,
  table: EntryTable,
  stateSql: string,
  clause: (object: CatalogObject<S>) => string
): Kind<S> => {
  const describe = describeEntry(what)
  return {
    kind: `operator family ${what}`,
    section: `operator_family_${what}s`,
    catalog: table.catalog,
    trace: rowsIn(table.catalog),
    isDefinition: true,
    state,
    query: () => `
    select l.oid, array[l.nspname::text, l.opfname::text, l.amname::text, l.number::text, l.lefttype, l.righttype] as name,
      case when l.own then array['operator family', l.nspname, l.opfname, l.amname] end as parent,
      jsonb_strip_nulls(jsonb_build_object(${stateSql})) as state
    from (${looseEntries(table)}) l join ${table.catalog} e on e.oid = l.oid`,
    create: (object) => [{
      sql: `ALTER OPERATOR FAMILY ${familyName(object)} ADD ${clause(object)}`,
      description: `Add ${describe(object)}`
    }],
    drop: (object) => [{
      sql: `ALTER OPERATOR FAMILY ${familyName(object)} DROP ${what.toUpperCase()} ${object.name[3]} ${types(object)}`,
      description: `Drop ${describe(object)}`
    }],
    alter: () => replace,
    describe
  }
}

/** The kind `operator family operator`: entries of families that belong to no class. */
export const familyOperator: Kind<FamilyOperatorState> = entryKind(
  "operator",
  FamilyOperatorState,
  operators,
  familyOperatorSql("e"),
  (object) => `OPERATOR ${object.name[3]} ${familyOperatorClause(object.state)}`
)

/** The kind `operator family function`: entries of families that belong to no class. */
export const familyFunction: Kind<FamilyFunctionState> = entryKind(
  "function",
  FamilyFunctionState,
  functions,
  "'function', e.amproc::regprocedure::text",
  (object) => `FUNCTION ${object.name[3]} ${types(object)} ${object.state.function}`
)
