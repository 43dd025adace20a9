/**
 * Default privileges (PostgreSQL manual, ALTER DEFAULT PRIVILEGES): what the objects that a role creates from now on grant
 * by themselves, one object for each role, schema, type and grantee.
 */
import * as Schema from "effect/Schema"
import type { Catalog, CatalogObject } from "../../Catalog.ts"
import { quoteIdentifier } from "../Identifier.ts"
import { inPlace, type Kind, type PlanContext, type Statement } from "./Kind.ts"
import { objectId } from "./names.ts"
import { roleName } from "./owner.ts"
import {
  defaultPrivileges as standardPrivileges,
  differences,
  everybody,
  granteeName,
  maintain,
  majorOf,
  namesOf,
  noPrivileges,
  privilegeChanges,
  Privileges,
  together,
  without
} from "./privileges.ts"
import { rowsIn } from "./trace.ts"

/** Whose objects, of which type and where, and what a role may do with them. */
export const DefaultPrivilegesState = Schema.Struct({
  /** Who creates the objects. Absent: whoever reads the schema. */
  role: Schema.optionalKey(Schema.String),
  /** Absent: in all schemas. */
  schema: Schema.optionalKey(Schema.String),
  objects: Schema.Literals(["tables", "sequences", "functions", "types", "schemas", "large objects"]),
  /** `public` for everybody. Absent: who creates the objects. */
  grantee: Schema.optionalKey(Schema.String),
  ...Privileges.fields
})
/** Whose objects, of which type and where, and what a role may do with them. */
export type DefaultPrivilegesState = typeof DefaultPrivilegesState.Type

/** True for objects of the kind `default privileges`. */
export const isDefaultPrivileges = (
  object: CatalogObject | undefined
): object is CatalogObject<DefaultPrivilegesState> => object?.kind === "default privileges"

/** The type as GRANT names one such object. */
const typeWords: Readonly<Record<DefaultPrivilegesState["objects"], string>> = {
  tables: "TABLE",
  sequences: "SEQUENCE",
  functions: "FUNCTION",
  types: "TYPE",
  schemas: "SCHEMA",
  "large objects": "LARGE OBJECT"
}

/** The name of default privileges: role, schema, type and grantee; what is left out is empty. */
export const defaultPrivilegesName = (state: DefaultPrivilegesState): ReadonlyArray<string> => [
  state.role ?? "",
  state.schema ?? "",
  state.objects,
  state.grantee ?? ""
]

/** Default privileges as an object. */
export const makeDefaultPrivileges = (state: DefaultPrivilegesState): CatalogObject<DefaultPrivilegesState> => {
  const name = defaultPrivilegesName(state)
  return { kind: "default privileges", id: objectId("default privileges", name), name, state }
}

/** What the role has by default where nothing was said: those in one schema only add to that. */
const initially = ({ grantee, objects, schema }: DefaultPrivilegesState, major: number): Privileges =>
  schema !== undefined ? noPrivileges : standardPrivileges(typeWords[objects], grantee, major)

const display = ({ state: { grantee, objects, role, schema } }: CatalogObject<DefaultPrivilegesState>): string =>
  `default privileges of ${grantee === undefined ? "the creator" : granteeName(grantee)} on ${objects}${
    schema === undefined ? "" : ` in schema ${quoteIdentifier(schema)}`
  }${role === undefined ? "" : ` created by ${quoteIdentifier(role)}`}`

const changes = (
  object: CatalogObject<DefaultPrivilegesState>,
  before: Privileges,
  after: Privileges
): ReadonlyArray<Statement> => {
  const { grantee, objects, role, schema } = object.state
  const head = `ALTER DEFAULT PRIVILEGES${role === undefined ? "" : ` FOR ROLE ${quoteIdentifier(role)}`}${
    schema === undefined ? "" : ` IN SCHEMA ${quoteIdentifier(schema)}`
  }`
  const whom = grantee === undefined ? roleName(role) : granteeName(grantee)
  return privilegeChanges(before, after, objects.toUpperCase(), whom).map((sql) => ({
    sql: `${head} ${sql}`,
    description: `Change ${display(object)}`
  }))
}

/** The kind `default privileges`. */
export const defaultPrivileges: Kind<DefaultPrivilegesState> = {
  kind: "default privileges",
  section: "default_privileges",
  catalog: "pg_default_acl",
  trace: rowsIn("pg_default_acl"),
  state: DefaultPrivilegesState,
  query: () => `
    select s.oid,
      array[coalesce(s.state->>'role', ''), coalesce(s.state->>'schema', ''), s.state->>'objects',
        coalesce(s.state->>'grantee', '')] as name,
      case when s.state ? 'schema' then json_build_array(json_build_array('schema', s.state->>'schema')) end as depends,
      s.state
    from (
      select d.oid, jsonb_strip_nulls(jsonb_build_object(
        'role', nullif(pg_get_userbyid(d.defaclrole), current_user),
        'schema', n.nspname,
        'objects', case d.defaclobjtype when 'r' then 'tables' when 'S' then 'sequences' when 'f' then 'functions'
          when 'T' then 'types' when 'n' then 'schemas' when 'L' then 'large objects' end,
        'grantee', case when e.grantee = 0 then '${everybody}'
          when e.grantee <> d.defaclrole then pg_get_userbyid(e.grantee) end,
        'privileges', coalesce(e.p, '[]'),
        'with_grant_option', e.g)) as state
      from pg_default_acl d
        left join pg_namespace n on n.oid = d.defaclnamespace
        cross join lateral ${
    differences(
      "d.defaclacl",
      // acldefault knows sequences by a small letter; columns have an empty list
      "acldefault(case when d.defaclnamespace <> 0 then 'c' when d.defaclobjtype = 'S' then 's' else d.defaclobjtype end, d.defaclrole)"
    )
  } e
      where d.defaclnamespace = 0 or n.oid is not null) s`,
  changesLate: "end",
  dropsWith: ({ state: { schema } }) => schema === undefined ? [] : [objectId("schema", [schema])],
  create: (object, context) => changes(object, initially(object.state, majorOf(context)), object.state),
  drop: (object, context) => changes(object, object.state, initially(object.state, majorOf(context))),
  alter: (from, to) => inPlace(changes(to, from.state, to.state)),
  requires: ({ state: { objects, ...state } }) => [
    ...(namesOf(state).includes(maintain) ? [{ feature: `the privilege ${maintain}`, since: 17 }] : []),
    ...(objects === "large objects" ? [{ feature: "default privileges on large objects", since: 18 }] : [])
  ],
  asOf: (object, major) => {
    if (major >= 17 || !namesOf(object.state).includes(maintain)) return object
    const { privileges: _, with_grant_option: __, ...rest } = object.state
    const left = without(object.state, (privilege) => privilege === maintain)
    return namesOf(left).length === 0 ? object : { ...object, state: { ...rest, ...left } }
  },
  describe: display
}

const isOfReader = ({ state }: CatalogObject<DefaultPrivilegesState>): boolean => state.role === undefined

const objectsOf: ReadonlyMap<string, DefaultPrivilegesState["objects"]> = new Map([
  ["table", "tables"],
  ["view", "tables"],
  ["materialized view", "tables"],
  ["foreign table", "tables"],
  ["sequence", "sequences"],
  ["function", "functions"],
  ["procedure", "functions"],
  ["aggregate", "functions"],
  ["enum", "types"],
  ["domain", "types"],
  ["composite type", "types"],
  ["range type", "types"],
  ["base type", "types"],
  ["schema", "schemas"]
])

/**
 * What roles get on an object that is created by whoever reads the catalog, while its default privileges are in force: by
 * grantee (`undefined`: the owner), those only that have something else than without any default privileges.
 */
export const givenToNew = (
  object: CatalogObject,
  catalog: Catalog,
  major: number
): ReadonlyMap<string | undefined, Privileges> => {
  const given = new Map<string | undefined, Privileges>()
  const objects = objectsOf.get(object.kind)
  if (objects === undefined) return given
  const inForce = forReader(catalog).filter(({ state }) => state.objects === objects)
  for (const { state } of inForce) if (state.schema === undefined) given.set(state.grantee, state)
  for (const { state } of inForce) {
    if (state.schema === undefined || state.schema !== object.name[0] || objects === "schemas") continue
    const before = given.get(state.grantee) ?? standardPrivileges(typeWords[objects], state.grantee, major)
    given.set(state.grantee, together(before, state))
  }
  return given
}

/**
 * SQL that keeps what default privileges of the source give, everywhere or in a schema, away from what statements create; for
 * objects that the plan does not know one by one. What they take from everybody stays taken.
 */
export const withoutDefaultPrivileges = (
  schema: string,
  context: PlanContext,
  statements: ReadonlyArray<string>
): ReadonlyArray<string> => {
  const inForce = forReader(context.source).filter(({ state }) => state.schema === undefined || state.schema === schema)
    .map((object) => {
      const standard = namesOf(initially(object.state, majorOf(context)))
      return { object, left: without(object.state, (privilege) => !standard.includes(privilege)) }
    })
  return [
    ...inForce.flatMap(({ left, object }) => changes(object, object.state, left)),
    ...statements.map((sql) => ({ sql })),
    ...inForce.flatMap(({ left, object }) => changes(object, left, object.state))
  ].flatMap(({ sql }) => sql)
}

const known = new WeakMap<Catalog, ReadonlyArray<CatalogObject<DefaultPrivilegesState>>>()

/** The default privileges of whoever reads the catalog: found once, asked for by every object that a plan creates. */
const forReader = (catalog: Catalog): ReadonlyArray<CatalogObject<DefaultPrivilegesState>> => {
  const found = known.get(catalog) ?? [...catalog.objects.values()].filter(isDefaultPrivileges).filter(isOfReader)
  known.set(catalog, found)
  return found
}
