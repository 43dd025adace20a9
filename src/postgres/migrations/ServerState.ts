/** What a server has once and not in each of its databases: on one that others use too, no migration may change it. */
import * as Effect from "effect/Effect"
import type { Session } from "../../engine/Database.ts"
import { DatabaseError } from "../../engine/DatabaseError.ts"

/** What a server has once, as everybody may read it: roles, who is a member of which, and settings of roles and databases. */
const seenQuery = `SELECT pg_catalog.md5(pg_catalog.concat_ws('|',
    (SELECT pg_catalog.string_agg(r::text, ',' ORDER BY oid) FROM pg_catalog.pg_roles r),
    (SELECT pg_catalog.string_agg(m::text, ',' ORDER BY roleid, member, grantor) FROM pg_catalog.pg_auth_members m),
    (SELECT pg_catalog.string_agg(s::text, ',' ORDER BY setdatabase, setrole) FROM pg_catalog.pg_db_role_setting s)
  )) AS state, pg_catalog.has_table_privilege('pg_catalog.pg_authid', 'SELECT') AS all`

/** And passwords, which most roles cannot see. */
const hiddenQuery =
  "SELECT pg_catalog.md5(pg_catalog.string_agg(a::text, ',' ORDER BY oid)) AS state FROM pg_catalog.pg_authid a"

/** What a server has once, as two moments are compared; `hidden` is absent where the role may not see it. */
export interface ServerState {
  readonly seen: string
  readonly hidden: string | undefined
}

/** Reads what the session's server has once. */
export const stateOf = Effect.fn("ServerState.stateOf")(
  function*(session: Session): Effect.fn.Return<ServerState, DatabaseError> {
    const [seen] = yield* session.query(seenQuery)
    const [hidden] = seen?.["all"] === true ? yield* session.query(hiddenQuery) : []
    return { seen: String(seen?.["state"]), hidden: hidden === undefined ? undefined : String(hidden["state"]) }
  }
)

const noOther = "Name no shadow server: the embedded PostgreSQL is nobody else's"

/** What is said of a statement that changes the server. */
export const sharedServer: DatabaseError = new DatabaseError({
  code: "LP_SHADOW_SERVER",
  message: "This changes the server itself, and not only the shadow database on it",
  hint: noOther
})

/** What is said of a statement that runs in no transaction, where the server is another after it. */
export const committedThere: DatabaseError = new DatabaseError({
  code: "LP_SHADOW_SERVER",
  message:
    "While this ran, in no transaction, roles or settings of the server changed: by it, or by somebody else at the same time",
  hint: `Look at the roles of the server, where what it made may be left. ${noOther}`
})

/** What is said of code that commits. */
export const committing: DatabaseError = new DatabaseError({
  code: "LP_SHADOW_SERVER",
  message: "This ends its transaction by itself, so that what it does to the server could not be undone",
  hint: noOther
})

/** Fails with the error where roles, their members or settings are not those of before. */
export const unchanged = Effect.fn("ServerState.unchanged")(function*(
  session: Session,
  before: ServerState,
  error: DatabaseError
): Effect.fn.Return<void, DatabaseError> {
  const { hidden, seen } = yield* stateOf(session)
  const isSame = seen === before.seen &&
    (hidden === before.hidden || hidden === undefined || before.hidden === undefined)
  if (!isSame) return yield* error
})

/** {@link unchanged}, at the end of a transaction: triggers that wait for it run before. */
export const unchangedAtEnd = (session: Session, before: ServerState): Effect.Effect<void, DatabaseError> =>
  Effect.andThen(session.execute("SET CONSTRAINTS ALL IMMEDIATE"), unchanged(session, before, sharedServer))
