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
import type { Lock } from "../Plan.ts"
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

/** The relations that are there before the plan: OID, name, kind and file. */
const relationsQuery = `
  select coalesce(json_agg(json_build_array(c.oid::bigint, quote_ident(n.nspname) || '.' || quote_ident(c.relname), c.relkind,
    pg_relation_filenode(c.oid)::bigint)), '[]')::text as rows
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'm', 'v', 'f') and ${userSchema("n")} and c.oid >= 16384`

const locksQuery = (last: number): string => `
  select coalesce(json_agg(json_build_array(l.relation::bigint, l.mode, pg_relation_filenode(l.relation)::bigint)), '[]')::text as rows
  from pg_locks l
  where l.pid = pg_backend_pid() and l.locktype = 'relation' and l.granted and l.relation between 16384 and ${last}
    and l.mode in (${modes.map(([name]) => `'${name}'`).join(", ")})`

type RelationRow = readonly [oid: number, name: string, kind: string, file: number | null]
type LockRow = readonly [oid: number, mode: string, file: number | null]

const rows = <A>(session: Session, query: string): Effect.Effect<ReadonlyArray<A>, DatabaseError> =>
  Effect.map(session.query(query), ([row]) => JSON.parse(String(row?.["rows"])))

const scanned = /^(?:verifying table|building index "[^"]*" on table) "([^"]*)"/

/** Watches a session from now on. It raises the session's message level to DEBUG1. */
export const observe = Effect.fn("Observation.observe")(
  function*(session: Session): Effect.fn.Return<Observer, DatabaseError> {
    const relations = new Map(
      (yield* rows<RelationRow>(session, relationsQuery)).map(([oid, name, kind, file]) =>
        [oid, { name, kind, file }] as const
      )
    )
    const last = Math.max(0, ...relations.keys())
    const files = new Map([...relations].map(([oid, { file }]) => [oid, file] as const))
    const byName = new Map(
      [...relations.values()].map(({ name }) =>
        [name.slice(name.lastIndexOf(".") + 1).replaceAll("\"", ""), name] as const
      )
    )
    let held = new Set<string>()
    const nothing: Observation = { locks: [], rewrites: [], scans: [] }
    if (last === 0) return { next: Effect.succeed(nothing), committed: Effect.void }
    yield* session.execute("SET client_min_messages = debug1")
    yield* session.notices
    return {
      next: Effect.gen(function*() {
        const notices = yield* session.notices
        const strongest = new Map<string, number>()
        const rewrites: Array<string> = []
        for (const [oid, mode, file] of yield* rows<LockRow>(session, locksQuery(last))) {
          const relation = relations.get(oid)
          if (relation === undefined) continue
          if ((relation.kind === "r" || relation.kind === "m") && file !== null && file !== files.get(oid)) {
            files.set(oid, file)
            rewrites.push(relation.name)
          }
          const key = `${oid} ${mode}`
          if (held.has(key)) continue
          held.add(key)
          strongest.set(relation.name, Math.max(strongest.get(relation.name) ?? -1, strength.get(mode) ?? -1))
        }
        yield* session.notices
        const scans = new Set(notices.flatMap(({ message }) => {
          const name = scanned.exec(message)?.[1]
          const relation = name === undefined ? undefined : byName.get(name)
          return relation === undefined ? [] : [relation]
        }))
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
        held = new Set()
      })
    }
  }
)
