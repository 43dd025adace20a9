/**
 * Privileges on objects (PostgreSQL manual 5.8), a grant for each object and role, where they are not those that the role
 * has by default: so is also what was taken from everybody, or from the owner.
 */
import * as Schema from "effect/Schema"
import type { Catalog, CatalogObject, ObjectId } from "../../Catalog.ts"
import { quoteIdentifier } from "../Identifier.ts"
import { lowerFirstWords } from "./comment.ts"
import { givenToNew } from "./default-privileges.ts"
import { inPlace, type Kind, type PlanContext, type Statement } from "./Kind.ts"
import { routineName, sqlName } from "./names.ts"
import { ownerIn, roleName, standing } from "./owner.ts"
import {
  defaultPrivileges,
  everybody,
  granteeName,
  lost,
  maintain,
  majorOf,
  namesOf,
  noPrivileges,
  privilegeChanges,
  Privileges,
  without
} from "./privileges.ts"

/** On what, to whom, and what they may do. */
export const GrantState = Schema.Struct({
  /** As GRANT names it: `TABLE public.users`. */
  on: Schema.String,
  column: Schema.optionalKey(Schema.String),
  /** `public` for everybody. Absent: the object's owner. */
  grantee: Schema.optionalKey(Schema.String),
  /** Who passed it on. Absent: the object's owner. */
  grantor: Schema.optionalKey(Schema.String),
  ...Privileges.fields,
  /** What the role had after the extension's script or the creation of the database, where that is not the type's default. */
  initial: Schema.optionalKey(Privileges)
})
/** On what, to whom, and what they may do. */
export type GrantState = typeof GrantState.Type

/** True for objects of the kind `grant`. */
export const isGrant = (object: CatalogObject | undefined): object is CatalogObject<GrantState> =>
  object?.kind === "grant"

const columnText = (column: string | undefined): string => column === undefined ? "" : ` (${quoteIdentifier(column)})`

/** The identity of a grant. */
export const grantId = (
  { column, grantee, grantor, on }: Pick<GrantState, "on" | "column" | "grantee" | "grantor">
): ObjectId =>
  `grant on ${on}${columnText(column)} to ${grantee === undefined ? "its owner" : granteeName(grantee)}${
    grantor === undefined ? "" : ` by ${quoteIdentifier(grantor)}`
  }`

/** A grant on an object. */
export const makeGrant = (parent: ObjectId | undefined, state: GrantState): CatalogObject<GrantState> => ({
  kind: "grant",
  id: grantId(state),
  name: [grantId(state).slice("grant on ".length)],
  ...(parent === undefined ? {} : { parent }),
  state
})

const table = (object: CatalogObject): string => `TABLE ${sqlName(object.name)}`
const type = (object: CatalogObject): string => `TYPE ${sqlName(object.name)}`
const routine = (object: CatalogObject): string => `FUNCTION ${routineName(object.name).replace(/\(\*\)$/, "()")}`

const targets: ReadonlyMap<string, (object: CatalogObject) => string> = new Map([
  ["table", table],
  ["view", table],
  ["materialized view", table],
  ["foreign table", table],
  ["sequence", (object) => `SEQUENCE ${sqlName(object.name)}`],
  ["schema", (object) => `SCHEMA ${sqlName(object.name)}`],
  ["function", routine],
  ["aggregate", routine],
  ["procedure", (object) => `PROCEDURE ${routineName(object.name)}`],
  ["domain", (object) => `DOMAIN ${sqlName(object.name)}`],
  ["enum", type],
  ["composite type", type],
  ["range type", type],
  ["base type", type],
  ["language", (object) => `LANGUAGE ${sqlName(object.name)}`],
  ["procedural language", (object) => `LANGUAGE ${sqlName(object.name)}`],
  ["foreign-data wrapper", (object) => `FOREIGN DATA WRAPPER ${sqlName(object.name)}`],
  ["foreign server", (object) => `FOREIGN SERVER ${sqlName(object.name)}`]
])

/** What GRANT says of an object behind ON, such as `TABLE public.users`; undefined where it has no privileges. */
export const grantTarget = (object: CatalogObject): string | undefined => targets.get(object.kind)?.(object)

/** The type of what GRANT names, such as `FOREIGN SERVER`. */
export const typeOf = (on: string): string => /^[A-Z]+(?: [A-Z]+)*(?= )/.exec(on)?.[0] ?? ""

/** What the role has by default, where nobody granted or revoked anything. */
const initially = ({ column, grantee, grantor, initial, on }: GrantState, major: number): Privileges => {
  if (initial !== undefined) return initial
  if (column !== undefined || grantor !== undefined) return noPrivileges
  const standard = defaultPrivileges(typeOf(on), grantee, major)
  if (on !== "SCHEMA public" || grantee !== everybody) return standard
  return { privileges: major >= 15 ? ["USAGE"] : ["CREATE", "USAGE"] }
}

const on = ({ state: { column, on } }: CatalogObject<GrantState>): string =>
  `${lowerFirstWords(on)}${columnText(column)}`
const whom = ({ state: { grantee } }: CatalogObject<GrantState>): string =>
  grantee === undefined ? "its owner" : granteeName(grantee)

const describeChange = (sql: string, object: CatalogObject<GrantState>): string =>
  sql.startsWith("GRANT")
    ? `Grant privileges on ${on(object)} to ${whom(object)}`
    : `Revoke privileges on ${on(object)} from ${whom(object)}`

/** Statements that lead from one set of privileges to another; in the name of who passed them on, where that is not the owner. */
const changes = (
  object: CatalogObject<GrantState>,
  before: Privileges,
  after: Privileges,
  grantee: string
): ReadonlyArray<Statement> => {
  const { column, grantor, on } = object.state
  const statements = privilegeChanges(before, after, on, grantee, column).map((sql) => ({
    sql,
    description: describeChange(sql, object)
  }))
  return grantor === undefined || statements.length === 0 ? statements : [
    { sql: `SET LOCAL ROLE ${quoteIdentifier(grantor)}`, description: `Act as ${quoteIdentifier(grantor)}` },
    ...statements,
    { sql: "RESET ROLE", description: "Act as before" }
  ]
}

const granteeIn = (catalog: Catalog, object: CatalogObject<GrantState>, major: number): string =>
  object.state.grantee === undefined
    ? roleName(ownerIn(catalog, object.parent, major))
    : granteeName(object.state.grantee)

const grantsOnColumns = (
  object: CatalogObject<GrantState>,
  catalog: Catalog
): ReadonlyArray<CatalogObject<GrantState>> =>
  object.state.column !== undefined || typeOf(object.state.on) !== "TABLE"
    ? []
    : [...catalog.objects.values()].filter(isGrant).filter(({ state }) =>
      state.column !== undefined && state.on === object.state.on && state.grantee === object.state.grantee &&
      state.grantor === object.state.grantor
    )

/** A privilege that is revoked of a table is revoked of its columns as well (manual, REVOKE): they get theirs again. */
const columnsAgain = (
  object: CatalogObject<GrantState>,
  revoked: ReadonlySet<string>,
  context: PlanContext
): ReadonlyArray<Statement> =>
  revoked.size === 0 ? [] : grantsOnColumns(object, context.target)
    .filter(({ parent }) => parent === undefined || !context.creates(parent))
    .flatMap((column) =>
      changes(
        column,
        noPrivileges,
        without(column.state, (privilege) => !revoked.has(privilege)),
        granteeIn(context.target, column, majorOf(context))
      )
    )

/** True where the column of a view that the grant is on is not there any more. */
const isOnNothing = ({ parent, state: { column } }: CatalogObject<GrantState>, { target }: PlanContext): boolean => {
  const columns = column === undefined ? undefined : target.objects.get(parent ?? "")?.state["columns"]
  return Array.isArray(columns) &&
    !columns.some((one) => typeof one === "object" && one !== null && "name" in one && one.name === column)
}

/** What the role has on the object before the grant is made: on a new object, what default privileges give to it. */
const atFirst = (object: CatalogObject<GrantState>, context: PlanContext): Privileges => {
  const { column, grantee, grantor } = object.state
  const whole = context.target.objects.get(object.parent ?? "")
  const isNew = whole !== undefined && context.creates(whole.id) && column === undefined && grantor === undefined
  const given = isNew ? givenToNew(whole, context.source, majorOf(context)).get(grantee) : undefined
  return given ?? initially(object.state, majorOf(context))
}

/** The kind `grant`. Its objects are read with a query of the introspection itself. */
export const grant: Kind<GrantState> = {
  kind: "grant",
  section: "grants",
  catalog: "pg_init_privs",
  state: GrantState,
  query: () => "",
  changesLate: "around handover",
  claims: ({ parent, state: { column, grantee } }) =>
    column === undefined && grantee !== undefined ? [standing(grantee, parent)] : [],
  create: (object, context) => {
    if (isOnNothing(object, context)) return []
    const before = atFirst(object, context)
    return [
      ...changes(object, before, object.state, granteeIn(context.target, object, majorOf(context))),
      ...columnsAgain(object, lost(before, object.state), context)
    ]
  },
  drop: (object, context) => {
    const after = initially(object.state, majorOf(context))
    return [
      ...changes(object, object.state, after, granteeIn(context.source, object, majorOf(context))),
      ...columnsAgain(object, lost(object.state, after), context)
    ]
  },
  alter: (from, to, context) =>
    inPlace([
      ...changes(to, from.state, to.state, granteeIn(context.target, to, majorOf(context))),
      ...columnsAgain(to, lost(from.state, to.state), context)
    ]),
  // the owner puts statements into order, and so does a grant on the whole table for those on its columns
  outlives: (object, need) =>
    need.kind === "owner" || isGrant(need) && object.state.column !== undefined && need.state.column === undefined &&
      need.state.grantee === object.state.grantee && need.state.on === object.state.on,
  requires: ({ state }) =>
    namesOf(state).includes(maintain) ? [{ feature: `the privilege ${maintain}`, since: 17 }] : [],
  asOf: (object, major) => {
    if (major >= 17 || !namesOf(object.state).includes(maintain)) return object
    const { privileges, with_grant_option: _, ...rest } = object.state
    const left = without(object.state, (privilege) => privilege === maintain)
    // what names nothing else is refused by its requirement instead of vanishing
    return namesOf(left).length === 0 && privileges.length > 0 ? object : { ...object, state: { ...rest, ...left } }
  },
  describe: (object) => `privileges on ${on(object)} of ${whom(object)}`
}

/** True where the plan is to leave privileges that nobody states as they come. */
const isLeftAlone = (object: CatalogObject, { source, target }: PlanContext): boolean =>
  target.scope?.aspects.includes("grants") === false && !source.objects.has(object.id)

/** What default privileges give to a new object and the schema does not state is revoked. */
const revokedFromNew = (object: CatalogObject, context: PlanContext): ReadonlyArray<Statement> => {
  const on = grantTarget(object)
  if (on === undefined || isLeftAlone(object, context)) return []
  return [...givenToNew(object, context.source, majorOf(context))].flatMap(([grantee, given]) => {
    const stated = { on, ...(grantee === undefined ? {} : { grantee }), ...given }
    if (context.target.objects.has(grantId(stated))) return []
    // nothing was handed over yet: the owner is who runs the plan
    const whom = grantee === undefined ? roleName(undefined) : granteeName(grantee)
    return changes(makeGrant(object.id, stated), given, initially(stated, majorOf(context)), whom)
  })
}

/** A kind whose new objects have the privileges that the schema states, whatever default privileges are in force. */
export const granted = (kind: Kind): Kind =>
  targets.has(kind.kind)
    ? {
      ...kind,
      create: (object, context, folded) => [
        ...kind.create(object, context, folded),
        ...revokedFromNew(object, context)
      ]
    }
    : kind
