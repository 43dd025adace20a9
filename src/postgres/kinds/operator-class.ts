/**
 * Operator classes with the operators and functions that PostgreSQL ties to them (PostgreSQL manual 36.16, CREATE OPERATOR
 * CLASS). Nothing about one can be altered: another definition makes it anew, and the indexes that use it.
 */
import * as Schema from "effect/Schema"
import { userObject, userSchema } from "./catalogSql.ts"
import { byKeyword, displayObject } from "./keyword.ts"
import { type Kind, replace } from "./Kind.ts"
import { sqlName } from "./names.ts"
import { familyOperatorClause, familyOperatorSql, FamilyOperatorState, looseEntriesOf } from "./operator-family.ts"
import { usingMethod } from "./renaming.ts"
import { rowsIn } from "./trace.ts"

const Entry = { number: Schema.Int, left_type: Schema.String, right_type: Schema.String }

/** The clauses of `CREATE OPERATOR CLASS`; types, operators and functions are SQL. */
export const OperatorClassState = Schema.Struct({
  type: Schema.String,
  default: Schema.optionalKey(Schema.Literal(true)),
  /** Schema and name. */
  family: Schema.Array(Schema.String),
  /** Where what an index stores is not of the type itself. */
  storage: Schema.optionalKey(Schema.String),
  operators: Schema.optionalKey(Schema.Array(Schema.Struct({ ...Entry, ...FamilyOperatorState.fields }))),
  functions: Schema.optionalKey(Schema.Array(Schema.Struct({ ...Entry, function: Schema.String })))
})
/** The clauses of `CREATE OPERATOR CLASS`; types, operators and functions are SQL. */
export type OperatorClassState = typeof OperatorClassState.Type

/** The rows of `pg_amop` or `pg_amproc` (alias `e`) that belong to the class `c`. */
const ownEntries = (catalog: string): string => `
          from ${catalog} e join pg_depend d on d.classid = '${catalog}'::regclass and d.objid = e.oid
          where d.refclassid = 'pg_opclass'::regclass and d.refobjid = c.oid`

const entryFields = (prefix: string, number: string): string => `
            'number', e.${number},
            'left_type', format_type(e.${prefix}lefttype, null), 'right_type', format_type(e.${prefix}righttype, null)`

const entryOrder = (prefix: string, number: string): string =>
  `order by e.${number},
            format_type(e.${prefix}lefttype, null) collate "C", format_type(e.${prefix}righttype, null) collate "C"`

/** The kind `operator class`. */
export const operatorClass: Kind<OperatorClassState> = {
  kind: "operator class",
  section: "operator_classes",
  catalog: "pg_opclass",
  trace: rowsIn("pg_opclass"),
  state: OperatorClassState,
  // It comes behind the other entries of its family: an index or exclusion constraint that uses it may need them, and
  // an entry for the type of a class that is there already would become the class's.
  query: () => `
    select c.oid, array[n.nspname, c.opcname, am.amname] as name,
      (select json_agg(json_build_array(catalog, oid, 0)) from (
        select 'pg_amop' as catalog, e.oid ${ownEntries("pg_amop")}
        union all
        select 'pg_amproc', e.oid ${ownEntries("pg_amproc")}) own) as addresses,
      ${looseEntriesOf("c.opcfamily")} as depends,
      jsonb_strip_nulls(jsonb_build_object(
        'type', format_type(c.opcintype, null),
        'default', nullif(c.opcdefault, false),
        'family', jsonb_build_array(fn.nspname, f.opfname),
        'storage', case when c.opckeytype <> 0 then format_type(c.opckeytype, null) end,
        'operators', (
          select jsonb_agg(jsonb_build_object(${entryFields("amop", "amopstrategy")},${familyOperatorSql("e")})
            ${entryOrder("amop", "amopstrategy")}) ${ownEntries("pg_amop")}),
        'functions', (
          select jsonb_agg(jsonb_build_object(${entryFields("amproc", "amprocnum")},
            'function', e.amproc::regprocedure::text) ${entryOrder("amproc", "amprocnum")}) ${
    ownEntries("pg_amproc")
  }))) as state
    from pg_opclass c join pg_namespace n on n.oid = c.opcnamespace join pg_am am on am.oid = c.opcmethod
      join pg_opfamily f on f.oid = c.opcfamily join pg_namespace fn on fn.oid = f.opfnamespace
    where ${userSchema("n")} and ${userObject("pg_opclass", "c.oid")}`,
  ...byKeyword,
  renaming: usingMethod("OPERATOR CLASS"),
  claims: ({ name, state }) => state.default === true ? [`default operator class of ${state.type} for ${name[2]}`] : [],
  create: (object) => {
    const [schema = "", name = "", method = ""] = object.name
    const { default: isDefault, family, functions = [], operators = [], storage, type } = object.state
    const items = [
      ...operators.map((entry) => `OPERATOR ${entry.number} ${familyOperatorClause(entry)}`),
      ...functions.map((entry) =>
        `FUNCTION ${entry.number} (${entry.left_type}, ${entry.right_type}) ${entry.function}`
      )
    ]
    // the list must not be empty: to store the type itself is the default
    const stored = storage ?? (items.length === 0 ? type : undefined)
    return [{
      sql: `CREATE OPERATOR CLASS ${sqlName([schema, name])}${isDefault === true ? " DEFAULT" : ""} FOR TYPE ${type}
  USING ${sqlName([method])} FAMILY ${sqlName(family)} AS
  ${[...(stored === undefined ? [] : [`STORAGE ${stored}`]), ...items].join(",\n  ")}`,
      description: `Create ${displayObject(object)}`
    }]
  },
  alter: () => replace,
  outlives: (_object, need) => need.kind === "operator family operator" || need.kind === "operator family function"
}
