/**
 * Why a plan would fail on a database whatever its data: rights that the user lacks (PostgreSQL manual 5.8 and the
 * "Notes" of each command), room for locks that the server does not have (manual 19.12), and label providers that it has
 * not loaded. What is not known here, such as rights on operators or text search objects, a statement of the plan still
 * finds out, and everything is undone.
 */
import * as Effect from "effect/Effect"
import { type Catalog, type CatalogObject, compareText, dependenciesOf, type ObjectId } from "../Catalog.ts"
import type { Obstacle, PlannedChange } from "../Dialect.ts"
import type { Session } from "../engine/Database.ts"
import type { DatabaseError } from "../engine/DatabaseError.ts"
import { snapshot } from "../engine/Transaction.ts"
import { statementsOf, type Step } from "../Plan.ts"
import { objectId } from "./kinds/names.ts"
import { kindOf } from "./kinds/registry.ts"
import { routineIdentity } from "./kinds/routine.ts"
import { missingProviders, providersIn } from "./LabelProvider.ts"

/** A right that a step needs on something that is there before the plan. */
interface Need {
  readonly right: "own" | "drop" | "create in" | "create schema" | "references" | "trigger"
  /** `pg_class`, `pg_proc`, `pg_type`, `pg_namespace`; for a schema of the database itself, none. */
  readonly catalog: string
  /** The parts of its identity. */
  readonly name: ReadonlyArray<string>
  /** In plain words, such as `table users`. */
  readonly what: string
}

/** The objects of a catalog, `p`, in their schemas, `n`: expressions for their identities and owners. */
interface Owned {
  readonly from: string
  readonly identity: string
  readonly owner: string
}

const inSchema = (catalog: string, prefix: string, identity: string): readonly [string, Owned] => [catalog, {
  from: `${catalog} p join pg_namespace n on n.oid = p.${prefix}namespace`,
  identity,
  owner: `p.${prefix}owner`
}]

/** The catalogs whose owners and privileges are looked at. */
const catalogs: ReadonlyMap<string, Owned> = new Map([
  inSchema("pg_class", "rel", "array[n.nspname, p.relname]"),
  inSchema("pg_type", "typ", "array[n.nspname, p.typname]"),
  inSchema("pg_proc", "pro", routineIdentity("()")),
  ["pg_namespace", {
    from: "pg_namespace p join pg_namespace n on n.oid = p.oid",
    identity: "array[p.nspname]",
    owner: "p.nspowner"
  }]
])

/** The object that an object is a part of, at the outermost. */
const wholeOf = (object: CatalogObject, catalog: Catalog): CatalogObject => {
  const parent = object.parent === undefined ? undefined : catalog.objects.get(object.parent)
  return parent === undefined ? object : wholeOf(parent, catalog)
}

const needsOf = (
  { object: id = "", operation, renamed_from: renamed }: Step,
  { from, to }: PlannedChange
): ReadonlyArray<Need> => {
  const before = from.objects.get(renamed ?? id)
  const object = before ?? to.objects.get(id)
  if (object === undefined) return []
  const need = (right: Need["right"], of: CatalogObject): ReadonlyArray<Need> => {
    const kind = kindOf(of.kind)
    return kind === undefined || !catalogs.has(kind.catalog)
      ? []
      : [{ right, catalog: kind.catalog, name: of.name, what: kind.describe(of) }]
  }
  const whole = wholeOf(object, before === undefined ? to : from)
  if (from.objects.has(whole.id)) {
    if (whole.id === id && operation === "drop") return need("drop", whole)
    const right = object.kind === "trigger" && before === undefined ? "trigger" : "own"
    return [...need(right, whole), ...referenced(object, { from, to }).flatMap((table) => need("references", table))]
  }
  if (kindOf(whole.kind)?.catalog === "pg_namespace") {
    return [{ right: "create schema", catalog: "", name: [], what: "the database" }]
  }
  const schema = from.objects.get(objectId("schema", whole.name.slice(0, 1)))
  return whole.name.length > 1 && schema !== undefined ? need("create in", schema) : []
}

/** The tables, of those that are there, that a foreign key refers to. */
const referenced = (
  object: CatalogObject,
  { from, to }: Pick<PlannedChange, "from" | "to">
): ReadonlyArray<CatalogObject> =>
  object.kind !== "constraint" || object.state["type"] !== "foreign key" ? [] : [
    ...dependenciesOf(to, object.id)
  ].flatMap((need: ObjectId) => {
    const column = to.objects.get(need)
    const table = from.objects.get(column?.parent ?? "")
    return table === undefined || table.id === object.parent ? [] : [table]
  })

const lacks: Readonly<Record<Need["right"], (what: string) => string>> = {
  own: (what) => `${what} belongs to somebody else`,
  drop: (what) => `${what} belongs to somebody else`,
  "create in": (what) => `CREATE on ${what} is missing`,
  "create schema": () => "CREATE on the database is missing, which new schemas need",
  references: (what) => `REFERENCES on ${what} is missing, which a foreign key needs`,
  trigger: (what) => `TRIGGER on ${what} is missing`
}

/** Of the rights of one catalog, one row for each that the user lacks. What is not found is nobody's, and left to the plan. */
const lackingQuery = ({ from, identity, owner }: Owned): string => `
  select w."right", w.what
  from (select p.oid, ${identity} as name, ${owner} as owner, n.nspowner as schema_owner from ${from}) o
    join jsonb_to_recordset($1::text::jsonb) as w ("right" text, name jsonb, what text) on to_jsonb(o.name) = w.name
  where not case w."right"
    when 'own' then pg_has_role(o.owner, 'USAGE')
    when 'drop' then pg_has_role(o.owner, 'USAGE') or pg_has_role(o.schema_owner, 'USAGE')
    when 'create in' then has_schema_privilege(o.oid, 'CREATE')
    when 'references' then has_any_column_privilege(o.oid, 'REFERENCES')
    when 'trigger' then has_table_privilege(o.oid, 'TRIGGER')
    else true end`

const databaseQuery = "select has_database_privilege(current_database(), 'CREATE') as may, current_user::text as name"

/** Rights that the user of the session lacks, each once. */
const missingRights = Effect.fn("Obstacles.missingRights")(function*(
  session: Session,
  plan: PlannedChange
): Effect.fn.Return<ReadonlyArray<Obstacle>, DatabaseError> {
  const needs = plan.plan.steps.flatMap((step) => needsOf(step, plan))
  if (needs.length === 0) return []
  const [user] = yield* session.query(databaseQuery)
  const lacking = yield* Effect.forEach(catalogs, ([catalog, owned]) => {
    const asked = needs.filter((need) => need.catalog === catalog)
    return asked.length === 0
      ? Effect.succeed([])
      : session.query(lackingQuery(owned), [JSON.stringify(asked)])
  })
  const problems = [
    ...needs.filter(({ right }) => right === "create schema" && user?.["may"] !== true),
    ...lacking.flat().flatMap(({ right, what }) => needs.filter((need) => need.right === right && need.what === what))
  ].map(({ right, what }) => lacks[right](what))
  const next = `Connect as the owner, or have the owner GRANT what is missing to ${
    String(user?.["name"])
  }; what belongs to somebody else only its owner, or a member of that role, can alter.`
  return [...new Set(problems)].sort(compareText).map((problem) => ({ problem, next }))
})

const setting = (name: string): string => `current_setting('${name}', true)::float8`

/** Locks that the server's table has room for: what the manual promises, and what all its processes together come to. */
const roomQuery = `
  select ${setting("max_locks_per_transaction")} as each,
    ${setting("max_locks_per_transaction")} * (${setting("max_connections")} + ${
  setting("max_prepared_transactions")
}) as promised,
    ${setting("max_locks_per_transaction")} * (${setting("max_connections")} + ${setting("max_prepared_transactions")}
      + ${setting("max_worker_processes")} + ${setting("max_wal_senders")}
      + coalesce(${setting("autovacuum_worker_slots")}, ${setting("autovacuum_max_workers")})) as most`

/**
 * Too many locks for the server's table. Between what is promised and what there is, the plan runs unless others hold
 * locks, so that this is none.
 */
const tooManyLocks = Effect.fn("Obstacles.tooManyLocks")(function*(
  session: Session,
  { plan }: PlannedChange
): Effect.fn.Return<ReadonlyArray<Obstacle>, DatabaseError> {
  const held = plan.proof?.locks_held ?? 0
  if (held === 0) return []
  const [room] = yield* session.query(roomQuery)
  const [each, promised, most] = ["each", "promised", "most"].map((column) => Number(room?.[column]))
  if (each === undefined || promised === undefined || most === undefined || held <= promised) return []
  const wanted = Math.ceil(each * held / promised)
  const next =
    `Set max_locks_per_transaction to ${wanted} or more (now ${each}) and restart the server, or make the change in several plans.`
  const problem = `one transaction of the plan holds ${held} locks, and the server has room for ${promised}`
  if (held > most) return [{ problem, next }]
  yield* Effect.logWarning(`${problem[0]?.toUpperCase()}${problem.slice(1)} only if nobody else needs any. ${next}`)
  return []
})

/** Providers of labels that the server has not loaded, and that no extension of the plan brings. */
const missingLabelProviders = Effect.fn("Obstacles.missingLabelProviders")(function*(
  session: Session,
  { plan }: PlannedChange
): Effect.fn.Return<ReadonlyArray<Obstacle>, DatabaseError> {
  const comes = (name: string): boolean =>
    plan.steps.some(({ object, operation }) => operation === "create" && object === objectId("extension", [name]))
  const named = providersIn(plan.steps.flatMap(statementsOf)).filter((provider) => !comes(provider))
  return (yield* missingProviders(session, named)).map((provider) => ({
    problem: `the server has not loaded the security label provider ${provider}`,
    next: "Have the server load its library (session_preload_libraries, or shared_preload_libraries and a restart), " +
      "or take its labels out of the wanted schema."
  }))
})

/** What stands in the way of a plan on the session's database, for its user. */
export const obstacles = (
  session: Session,
  plan: PlannedChange
): Effect.Effect<ReadonlyArray<Obstacle>, DatabaseError> =>
  Effect.zipWith(
    snapshot(
      session,
      Effect.gen(function*() {
        // names of types are printed with their schemas, as in identities
        yield* session.execute("SET LOCAL search_path = ''")
        return [...yield* missingRights(session, plan), ...yield* tooManyLocks(session, plan)]
      })
    ),
    missingLabelProviders(session, plan),
    (found, others) => [...found, ...others]
  )
