/**
 * What statements do to relations that were there before: the locks that they take (`pg_locks`, PostgreSQL manual 13.3.1),
 * the relations that they write anew (another file, `pg_class.relfilenode`) and those that they read from first to last
 * (messages of level DEBUG1).
 */
import * as Effect from "effect/Effect"
import { compareText } from "../Catalog.ts"
import type { Observation, Observer } from "../Dialect.ts"
import type { Session } from "../engine/Database.ts"
import type { DatabaseError } from "../engine/DatabaseError.ts"
import { type Lock, statementsOf } from "../Plan.ts"
import { mentions } from "../text/Words.ts"
import { quoteLiteral } from "./Identifier.ts"
import { userSchema } from "./kinds/catalogSql.ts"

/** Lock modes that hold up anybody, weakest first, in the words of the manual, and what they block. */
const modes: ReadonlyArray<readonly [name: string, mode: string, blocks: Lock["blocks"]]> = [
  ["ShareUpdateExclusiveLock", "SHARE UPDATE EXCLUSIVE", []],
  ["ShareLock", "SHARE", ["write"]],
  ["ShareRowExclusiveLock", "SHARE ROW EXCLUSIVE", ["write"]],
  ["ExclusiveLock", "EXCLUSIVE", ["write"]],
  ["AccessExclusiveLock", "ACCESS EXCLUSIVE", ["read", "write"]]
]
const strength = new Map(modes.map(([name], i) => [name, i] as const))

/** The relations that are there before the plan: OID, qualified name, bare name, kind and file. */
const relationsQuery = `
  select coalesce(json_agg(json_build_array(c.oid::bigint, quote_ident(n.nspname) || '.' || quote_ident(c.relname), c.relname,
    c.relkind, pg_relation_filenode(c.oid)::bigint)), '[]')::text as rows
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'm', 'v', 'f') and ${userSchema("n")} and c.oid >= 16384`

/** What is there before the plan and can be named to lock a relation: relations, indexes, types and statistics. */
const namesQuery = `
  select coalesce(json_agg(distinct name), '[]')::text as rows from (
    select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.oid >= 16384 and ${userSchema("n")}
    union all
    select t.typname from pg_type t where t.oid >= 16384 and t.typtype in ('d', 'e', 'r')
    union all
    select stxname from pg_statistic_ext) q`

const locksQuery = (last: number): string => `
  select coalesce(json_agg(json_build_array(l.relation::bigint, l.mode, pg_relation_filenode(l.relation)::bigint)), '[]')::text as rows
  from pg_locks l
  where l.pid = pg_backend_pid() and l.locktype = 'relation' and l.granted and l.relation between 16384 and ${last}
    and l.mode in (${modes.map(([name]) => `'${name}'`).join(", ")})`

type RelationRow = readonly [oid: number, name: string, bare: string, kind: string, file: number | null]
type LockRow = readonly [oid: number, mode: string, file: number | null]

const rows = <A>(session: Session, query: string): Effect.Effect<ReadonlyArray<A>, DatabaseError> =>
  Effect.map(session.query(query), ([row]) => JSON.parse(String(row?.["rows"])))

/** What PostgreSQL says at DEBUG1 when it reads a table, which it calls by its bare name. */
const scanned = /^(?:verifying table|building index ".*" on table) "(.*)"(?: serially| with request .*)?$/s

/** What PostgreSQL says at DEBUG1 when it looks for rows of a table that break a foreign key. */
const validating = /^validating foreign key constraint "(.*)"$/s

/** The tables that have foreign keys of these names. */
const referringQuery = (names: ReadonlyArray<string>): string => `
  select coalesce(json_agg(distinct conrelid::bigint), '[]')::text as rows from pg_constraint
  where contype = 'f' and conname in (${names.map(quoteLiteral).join(", ")})`

/** The locks that the session's transaction holds, each once, whatever its modes. */
const heldQuery = `
  select count(*)::int as held from (
    select distinct locktype, database, relation, page, tuple, virtualxid, transactionid::text, classid, objid, objsubid
    from pg_locks where pid = pg_backend_pid() and granted) l`

/** How many locks the session's transaction holds. */
export const locksHeld = (session: Session): Effect.Effect<number, DatabaseError> =>
  Effect.map(session.query(heldQuery), ([row]) => Number(row?.["held"]))

/** Watches a session from now on. It raises the session's message level to DEBUG1. */
export const observe = Effect.fn("Observation.observe")(
  function*(session: Session): Effect.fn.Return<Observer, DatabaseError> {
    const relations = new Map(
      (yield* rows<RelationRow>(session, relationsQuery)).map(([oid, name, bare, kind, file]) =>
        [oid, { name, bare, kind, file }] as const
      )
    )
    const last = Math.max(0, ...relations.keys())
    const files = new Map([...relations].map(([oid, { file }]) => [oid, file] as const))
    /** The relations by the bare names that they have now; by those that they had where they are gone. */
    const names = Effect.map(rows<RelationRow>(session, relationsQuery), (now) => {
      const bare = new Map([...relations].map(([oid, { bare }]) => [oid, bare] as const))
      for (const [oid, , name] of now) if (bare.has(oid)) bare.set(oid, name)
      const called = new Map<string, Array<number>>()
      for (const [oid, name] of bare) called.set(name, [...called.get(name) ?? [], oid])
      return called
    })
    let held = new Map<number, number>()
    const nothing: Observation = { locks: [], rewrites: [], scans: [] }
    if (last === 0) return { named: () => [], next: Effect.succeed(nothing), committed: Effect.void }
    const mentioned = mentions(yield* rows<string>(session, namesQuery))
    yield* session.execute("SET client_min_messages = debug1")
    yield* session.notices
    return {
      named: (step) => mentioned(statementsOf(step), step),
      next: Effect.gen(function*() {
        const notices = yield* session.notices
        const strongest = new Map<string, number>()
        const rewrites: Array<string> = []
        const heldBefore = new Map(held)
        for (const [oid, mode, file] of yield* rows<LockRow>(session, locksQuery(last))) {
          const relation = relations.get(oid)
          if (relation === undefined) continue
          if ((relation.kind === "r" || relation.kind === "m") && file !== null && file !== files.get(oid)) {
            files.set(oid, file)
            rewrites.push(relation.name)
          }
          const level = strength.get(mode) ?? -1
          if (level <= (heldBefore.get(oid) ?? -1)) continue
          held.set(oid, Math.max(held.get(oid) ?? -1, level))
          strongest.set(relation.name, Math.max(strongest.get(relation.name) ?? -1, level))
        }
        const validated = notices.flatMap(({ message }) => validating.exec(message)?.[1] ?? [])
        const read = notices.flatMap(({ message }) => scanned.exec(message)?.[1] ?? [])
        const called = read.length === 0 ? new Map<string, Array<number>>() : yield* names
        const referring = validated.length === 0 ? [] : yield* rows<number>(session, referringQuery(validated))
        yield* session.notices
        // of tables with one name it is one that is locked, and rather one that this step locks
        const meant = (oids: ReadonlyArray<number>): ReadonlyArray<string> => {
          const names = oids.flatMap((oid) => held.has(oid) ? relations.get(oid)?.name ?? [] : [])
          const anew = names.filter((name) => strongest.has(name))
          return anew.length > 0 ? anew : names
        }
        const scans = new Set([
          ...read.flatMap((name) => meant(called.get(name) ?? [])),
          ...meant(referring)
        ])
        return {
          locks: [...strongest].sort(([a], [b]) => compareText(a, b)).flatMap(([relation, level]) => {
            const [, mode = "", blocks = []] = modes[level] ?? []
            return mode === "" ? [] : [{ relation, mode, blocks }]
          }),
          rewrites: [...new Set(rewrites)].sort(compareText),
          scans: [...scans].sort(compareText)
        }
      }),
      committed: Effect.sync(() => {
        held = new Map()
      })
    }
  }
)
