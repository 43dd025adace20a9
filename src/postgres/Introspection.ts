/**
 * Reading a whole schema in one snapshot: one query for each kind and a few for what lies between kinds, all sent at
 * once, whatever the number of objects.
 */
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import type { Catalog, UnmanagedObject } from "../Catalog.ts"
import type { Database, Session } from "../engine/Database.ts"
import type { DatabaseError } from "../engine/DatabaseError.ts"
import { snapshot } from "../engine/Transaction.ts"
import { attachmentQuery, type AttachmentRow, attachments } from "./Attachments.ts"
import { assemble, type DependencyRow, type KindRow } from "./CatalogRows.ts"
import { type Candidates, candidatesQuery, identifyQuery, inOrder, labelQuery, uncovered } from "./Census.ts"
import { commentQuery, type CommentRow } from "./CommentRows.ts"
import { quoteLiteral } from "./Identifier.ts"
import { kinds } from "./kinds/registry.ts"
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

/** Dependencies of what users made on what users made, column by column; the schema `public` is older than any user. */
const dependencyQuery = `
  select json_agg(classid::bigint) as classid, json_agg(objid::bigint) as objid, json_agg(objsubid) as objsubid,
    json_agg(refclassid::bigint) as refclassid, json_agg(refobjid::bigint) as refobjid, json_agg(refobjsubid) as refobjsubid,
    string_agg(deptype::text, '') as deptype
  from pg_depend
  where objid >= 16384 and (refobjid >= 16384 or refclassid in ('pg_namespace'::regclass, 'pg_extension'::regclass))
  having count(*) > 0`

/** The one row of {@link dependencyQuery}: a third of the size and half of the time of a row for each dependency. */
interface DependencyColumns {
  readonly classid: ReadonlyArray<number>
  readonly objid: ReadonlyArray<number>
  readonly objsubid: ReadonlyArray<number>
  readonly refclassid: ReadonlyArray<number>
  readonly refobjid: ReadonlyArray<number>
  readonly refobjsubid: ReadonlyArray<number>
  /** One letter for each. */
  readonly deptype: string
}

const dependencyRows = (columns: DependencyColumns): ReadonlyArray<DependencyRow> =>
  columns.classid.map((classid, i) => [
    classid,
    columns.objid[i] ?? 0,
    columns.objsubid[i] ?? 0,
    columns.refclassid[i] ?? 0,
    columns.refobjid[i] ?? 0,
    columns.refobjsubid[i] ?? 0,
    columns.deptype[i] ?? ""
  ])

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

/** Kinds whose queries take about half of a server's time, to be run on a second session where there is one. */
const heavy: ReadonlySet<string> = new Set(["constraint", "default", "index"])

const readCatalog = Effect.fnUntraced(function*(
  session: Session,
  second: Effect.Effect<Session> = Effect.succeed(session)
): Effect.fn.Return<Catalog, DatabaseError> {
  const major = Math.floor(session.versionNumber / 10000)
  const [objects, catalogs, dependencies, comments, bodies, candidates, labels, attachmentRows] = yield* Effect.all([
    Effect.forEach(
      kinds.filter((kind) => kind.query(major) !== ""),
      (kind) =>
        Effect.flatMap(
          heavy.has(kind.kind) ? second : Effect.succeed(session),
          (on) => Effect.map(read<KindRow>(on, kind.query(major)), (rows) => [kind, rows] as const)
        ),
      { concurrency: "unbounded" }
    ),
    read<{ readonly oid: number; readonly name: string }>(session, catalogQuery),
    read<DependencyColumns>(session, dependencyQuery),
    read<CommentRow>(session, commentQuery),
    read<RoutineBody>(session, bodyQuery),
    read<Candidates>(session, candidatesQuery(major)),
    read<UnmanagedObject>(session, labelQuery),
    read<AttachmentRow>(session, attachmentQuery)
  ], { concurrency: "unbounded" })
  const rows = {
    major,
    kinds: objects,
    catalogs: new Map(catalogs.map(({ name, oid }) => [name, oid] as const)),
    dependencies: dependencies.flatMap(dependencyRows),
    comments,
    bodies
  }
  const { addresses, catalog } = assemble(rows)
  const missed = uncovered(candidates, addresses, rows.dependencies)
  const named = missed.length === 0 ? [] : yield* read<IdentifiedObject>(session, identifyQuery(missed))
  const census = named.map(({ catalog, kind, name, oid }) => ({
    address: [catalog, oid, 0] as const,
    name: `${kind} ${name}`
  }))
  return {
    ...catalog,
    attached: attachments(attachmentRows, census, rows.dependencies, addresses),
    unmanaged: inOrder([...named.map(({ kind, name }) => ({ kind, name })), ...labels])
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
    const reading = Effect.andThen(session.execute(settings), readCatalog(session))
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
const openSecond = (database: Database["Service"], id: string) =>
  Effect.tap(database.session, (session) =>
    session.execute(
      `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET TRANSACTION SNAPSHOT ${quoteLiteral(id)}; ${settings}`
    )).pipe(Effect.timeout(patience), Effect.option)

/**
 * Reads the whole schema of a database in one read-only snapshot, which two sessions share where the schema is large and
 * the database lets them (PostgreSQL manual, "Snapshot Synchronization Functions").
 */
export const introspectDatabase = Effect.fn("Introspection.introspectDatabase")(
  function*(database: Database["Service"]): Effect.fn.Return<Catalog, DatabaseError> {
    return yield* Effect.scoped(Effect.gen(function*() {
      const session = yield* database.session
      if (!database.concurrent) return yield* introspect(session)
      const shared = yield* snapshot(
        session,
        Effect.gen(function*() {
          // what a server does not let us export is read in a transaction of its own
          const exported = yield* Effect.option(session.query(exportQuery))
          if (Option.isNone(exported)) return undefined
          const id = exported.value[0]?.["id"]
          yield* session.execute(settings)
          if (typeof id !== "string") return yield* readCatalog(session)
          const opening = yield* Effect.forkScoped(openSecond(database, id))
          return yield* readCatalog(
            session,
            Effect.map(Fiber.join(opening), Option.getOrElse(() => session))
          )
        })
      )
      return shared ?? (yield* introspect(session))
    }))
  }
)
