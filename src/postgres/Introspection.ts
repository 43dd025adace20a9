/**
 * Reading a whole schema in one snapshot: one query for each kind and a few for what lies between kinds, all sent at
 * once, whatever the number of objects.
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Latch from "effect/Latch"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type { Catalog, UnmanagedObject } from "../Catalog.ts"
import type { Database, Row, Session } from "../engine/Database.ts"
import type { DatabaseError } from "../engine/DatabaseError.ts"
import { snapshot } from "../engine/Transaction.ts"
import { grantQuery, type GrantRow, ownerQuery, type OwnerRow } from "./AccessRows.ts"
import type { Dependencies } from "./Addresses.ts"
import { attachments } from "./Attachments.ts"
import { Assembler, type KindLists, type KindRow, rowsOf } from "./CatalogRows.ts"
import { type Candidates, candidatesQuery, identifyQuery, inOrder, uncovered } from "./Census.ts"
import { commentQuery, type CommentRow } from "./CommentRows.ts"
import { quoteLiteral } from "./Identifier.ts"
import type { Kind } from "./kinds/Kind.ts"
import { kinds } from "./kinds/registry.ts"
import { tablespaceQuery } from "./kinds/tablespace.ts"
import { isFound, rowsIn, type Traces, tracesQuery } from "./kinds/trace.ts"
import { labelQuery, type LabelRow } from "./LabelRows.ts"
import type { RoutineBody } from "./RoutineBodies.ts"

/** Settings that change what PostgreSQL prints, or that only cost time here. */
const settings = [
  "search_path = ''",
  "quote_all_identifiers = off",
  "datestyle = 'ISO, YMD'",
  "intervalstyle = 'postgres'",
  "timezone = 'UTC'",
  "extra_float_digits = 1",
  "bytea_output = 'hex'",
  "lc_monetary = 'C'",
  "standard_conforming_strings = on",
  "jit = off"
].map((setting) => `SET LOCAL ${setting}`).join("; ")

const catalogQuery = `
  select oid::bigint, relname as name from pg_class
  where relnamespace = 'pg_catalog'::regnamespace and oid < 16384 and relkind = 'r'`

/**
 * Dependencies of what users made on what users made, as {@link Dependencies}; the schema `public` is older than any user.
 * Left out is what nothing hangs on: triggers of foreign keys, a not-null constraint's column, TOAST. What is internal comes
 * behind what is an extension's: a part of an extension's object is the object's.
 */
const dependencyQuery = `
  select classid::bigint, refclassid::bigint, deptype,
    json_agg(objid::bigint) as objid, json_agg(refobjid::bigint) as refobjid,
    case when max(objsubid) <> 0 then json_agg(objsubid) end as objsubid,
    case when max(refobjsubid) <> 0 then json_agg(refobjsubid) end as refobjsubid
  from pg_depend
  where objid >= 16384 and (refobjid >= 16384 or refclassid in ('pg_namespace'::regclass, 'pg_extension'::regclass))
    and not (classid = 'pg_trigger'::regclass and deptype = 'i')
    and not (classid = 'pg_constraint'::regclass and deptype = 'a' and objid in (
      select oid from pg_constraint where contype = 'n' and conrelid <> 0))
    and not (classid = 'pg_class'::regclass and objid in (
      select oid from pg_class where relnamespace = 'pg_toast'::regnamespace))
  group by classid, refclassid, deptype
  order by deptype, classid, refclassid`

const bodyQuery = `
  select p.oid::bigint, p.prosrc as body from pg_proc p join pg_language l on l.oid = p.prolang
  where p.oid >= 16384 and l.lanname in ('sql', 'plpgsql') and p.prosqlbody is null
    and not exists (select from pg_depend e where e.classid = 'pg_proc'::regclass and e.objid = p.oid and e.deptype = 'e')`

/** An object of the census and its row in a system catalog. */
interface IdentifiedObject extends UnmanagedObject {
  readonly catalog: number
  readonly oid: number
}

/** The rows of a query of ours as one JSON text, which is the same from every driver. What a row holds is what the query says. */
const read = <A>(session: Session, query: string): Effect.Effect<ReadonlyArray<A>, DatabaseError> =>
  Effect.map(
    session.query(`select coalesce(json_agg(q), '[]')::text as rows from (${query}) q`),
    ([row]) => JSON.parse(String(row?.["rows"]))
  )

/**
 * The rows of a kind's query: where there are many, sent column by column, which takes half of the time and size. A column of
 * nulls is not sent at all.
 */
const readKind = (
  session: Session,
  { columns, query, sharesStates }: Kind,
  major: number
): Effect.Effect<ReadonlyArray<KindRow>, DatabaseError> => {
  if (columns === undefined) return read<KindRow>(session, query(major))
  const lists = columns.map((column) =>
    `case when count(q.${column}) > 0 then json_agg(q.${column})::text end as ${column}`
  )
  const [state, group] = sharesStates ? ["q.state", "group by q.state"] : ["'[' || string_agg(q.state, ',') || ']'", ""]
  return Effect.map(
    session.query(`select ${lists.join(", ")}, ${state} as state from (${query(major)}) q ${group}`),
    (groups) => groups.flatMap((group) => rowsOf(listsOf(group)))
  )
}

/** What the columns of a row hold, each as JSON. */
const listsOf = (row: Row): KindLists =>
  Object.fromEntries(
    Object.entries(row).map(([column, text]) => [column, typeof text === "string" ? JSON.parse(text) : null])
  )

/** One row of {@link tablespaceQuery}. */
interface TablespaceRow {
  readonly catalog: number
  readonly oid: number
  readonly tablespace: string
}

/** Labels of subscriptions are among those of the server. */
const labelled = [rowsIn("pg_seclabel"), rowsIn("pg_shseclabel")]
const isLabelled = (traces: Traces): boolean => labelled.some((trace) => isFound(trace, traces))
const routines = rowsIn("pg_proc")

/** Which of the kinds that a server of this major version has may have objects, and what else there may be. */
const readTraces = (session: Session): Effect.Effect<Traces, DatabaseError> =>
  Effect.map(
    session.query(tracesQuery([...labelled, routines, ...kindsOf(session).flatMap(({ trace }) => trace ?? [])])),
    ([row]) => JSON.parse(String(row?.["traces"]))
  )

const majorOf = (session: Session): number => Math.floor(session.versionNumber / 10000)

/** The kinds that have a query for the session's server. */
const kindsOf = (session: Session): ReadonlyArray<Kind> => kinds.filter((kind) => kind.query(majorOf(session)) !== "")

/** The session that reads the kinds which are read apart. */
interface Second {
  readonly session: Effect.Effect<Session>
  /** Says that it is not needed any more. */
  readonly giveBack: Effect.Effect<void>
}

/** Reads what there is, where `tracing` says which kinds can be there: what does not hang on that is under way before. */
const readCatalog = Effect.fnUntraced(function*(
  session: Session,
  tracing: Effect.Effect<Traces, DatabaseError>,
  second: Second = { session: Effect.succeed(session), giveBack: Effect.void }
): Effect.fn.Return<Catalog, DatabaseError> {
  const major = majorOf(session)
  // all is sent now; what comes is taken up in the order of the kinds, while the rest is still under way
  const started = <A>(reading: Effect.Effect<A, DatabaseError>) => Effect.forkChild(reading, { startImmediately: true })
  const send = <A>(query: string) => started(read<A>(session, query))
  const set = yield* started(session.execute(settings))
  const traced = yield* started(tracing)
  const dependencies = yield* send<Dependencies>(dependencyQuery)
  const catalogs = yield* send<{ readonly oid: number; readonly name: string }>(catalogQuery)
  const readers = yield* send<{ readonly role: string }>("select current_user as role")
  yield* Fiber.join(set)
  const traces = yield* Fiber.join(traced)
  const objects = yield* Effect.forEach(
    kindsOf(session).filter(({ trace }) => trace === undefined || isFound(trace, traces)),
    (kind) =>
      Effect.map(
        started(
          Effect.flatMap(kind.apart ? second.session : Effect.succeed(session), (on) => readKind(on, kind, major))
        ),
        (rows) => [kind, rows] as const
      )
  )
  const comments = yield* send<CommentRow>(commentQuery)
  const none = started(Effect.succeed([]))
  const labels = yield* isLabelled(traces) ? send<LabelRow>(labelQuery) : none
  const bodies = yield* isFound(routines, traces) ? send<RoutineBody>(bodyQuery) : none
  const candidates = yield* send<Candidates>(candidatesQuery(major))
  const owners = yield* send<OwnerRow>(ownerQuery(major))
  const grants = yield* send<GrantRow>(grantQuery(major))
  const tablespaces = yield* send<TablespaceRow>(tablespaceQuery)

  const assembler = new Assembler(
    new Map((yield* Fiber.join(catalogs)).map(({ name, oid }) => [name, oid])),
    yield* Fiber.join(dependencies)
  )
  for (const [kind, rows] of objects) assembler.add(kind, yield* Fiber.join(rows))
  yield* second.giveBack
  const catalog = assembler.finish({
    major,
    comments: yield* Fiber.join(comments),
    labels: yield* Fiber.join(labels),
    owners: yield* Fiber.join(owners),
    grants: yield* Fiber.join(grants),
    bodies: yield* Fiber.join(bodies)
  })
  const { addresses } = assembler
  const missed = uncovered(yield* Fiber.join(candidates), addresses)
  const named = missed.length === 0 ? [] : yield* read<IdentifiedObject>(session, identifyQuery(missed))
  const census = named.map(({ catalog, kind, name, oid }) => ({
    address: [catalog, oid, 0] as const,
    name: `${kind} ${name}`
  }))
  const [reader] = yield* Fiber.join(readers)
  const places = (yield* Fiber.join(tablespaces)).flatMap(({ catalog, oid, tablespace }) => {
    const id = addresses.resolve([catalog, oid, 0])
    return id === undefined ? [] : [[id, tablespace] as const]
  })
  return {
    ...catalog,
    ...(reader === undefined ? {} : { reader: reader.role }),
    attached: attachments(census, addresses),
    ...(places.length === 0 ? {} : { tablespaces: new Map(places) }),
    unmanaged: inOrder(named.map(({ kind, name }) => ({ kind, name })))
  }
})

/** True where the session is in a transaction: a setting that ends with its transaction outlives its statement only there. */
const inTransaction = (session: Session): Effect.Effect<boolean, DatabaseError> =>
  Effect.all([
    session.query("select set_config('lockplane.transaction', 'open', true)"),
    session.query("select current_setting('lockplane.transaction', true) = 'open' as open")
  ], { concurrency: "unbounded" }).pipe(Effect.map(([, [row]]) => row?.["open"] === true))

/**
 * Reads the whole schema of the session's database: all objects, their dependencies and the census. It happens in a
 * read-only snapshot of its own, or within the transaction that the session is in, which goes on as it was: with its
 * settings, and with what it has written visible to the reading.
 */
export const introspect = Effect.fn("Introspection.introspect")(
  function*(session: Session): Effect.fn.Return<Catalog, DatabaseError> {
    const reading = readCatalog(session, readTraces(session))
    if (!(yield* inTransaction(session))) return yield* snapshot(session, reading)
    return yield* Effect.acquireUseRelease(
      session.execute("SAVEPOINT lockplane_introspection"),
      () => reading,
      () => session.execute("ROLLBACK TO SAVEPOINT lockplane_introspection; RELEASE SAVEPOINT lockplane_introspection")
    )
  }
)

/** The id of the transaction's snapshot for another session; null where the schema is too small for one to be worth it. */
const exportQuery = `
  select case when pg_relation_size('pg_attribute') > 1000000 then pg_export_snapshot() end as id`

/** How long a second session may take to open before the first reads everything. */
const patience = "2 seconds"

/** Another session that sees the same snapshot; none where it cannot be had: no free connection, a pooler, another server. */
const openOn = (database: Database["Service"], id: string) =>
  Effect.tap(database.session, (session) =>
    session.execute(
      `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET TRANSACTION SNAPSHOT ${quoteLiteral(id)}; ${settings}`
    )).pipe(Effect.timeout(patience), Effect.option)

/** A second session where `exporting` gives a snapshot for it, else the first; closed as soon as it is given back. */
const openSecond = Effect.fnUntraced(function*(
  database: Database["Service"],
  first: Session,
  exporting: Fiber.Fiber<Option.Option<ReadonlyArray<Row>>>
): Effect.fn.Return<Second, never, Scope.Scope> {
  const session = yield* Deferred.make<Session>()
  const used = yield* Latch.make()
  const open = Effect.gen(function*() {
    const id = Option.getOrElse(yield* Fiber.join(exporting), () => [])[0]?.["id"]
    const opened = typeof id === "string" ? yield* openOn(database, id) : Option.none()
    yield* Deferred.succeed(session, Option.getOrElse(opened, () => first))
    yield* used.await
  })
  yield* Effect.forkScoped(Effect.scoped(open), { startImmediately: true })
  return { session: Deferred.await(session), giveBack: Effect.asVoid(used.open) }
})

/**
 * Reads the whole schema of a database in one read-only snapshot, which two sessions share where the schema is large and
 * the database lets them (PostgreSQL manual, "Snapshot Synchronization Functions").
 */
export const introspectDatabase = Effect.fn("Introspection.introspectDatabase")(
  function*(database: Database["Service"]): Effect.fn.Return<Catalog, DatabaseError> {
    return yield* Effect.scoped(Effect.gen(function*() {
      const session = yield* database.session
      if (!database.concurrent) return yield* introspect(session)
      const reading = Effect.gen(function*() {
        const exporting = yield* Effect.forkChild(Effect.option(session.query(exportQuery)), { startImmediately: true })
        const second = yield* openSecond(database, session, exporting)
        const catalog = yield* Effect.forkChild(readCatalog(session, readTraces(session), second), {
          startImmediately: true
        })
        if (Option.isSome(yield* Fiber.join(exporting))) return yield* Fiber.join(catalog)
        // that failure ended the transaction
        yield* Fiber.await(catalog)
        return undefined
      })
      // what a server does not let us export is read in a transaction of its own
      return (yield* snapshot(session, reading)) ?? (yield* introspect(session))
    }))
  }
)
