/**
 * Roles that a schema names and does not create. On a shadow they are made as they are needed; on a target never.
 */
import * as Effect from "effect/Effect"
import type { Session } from "../engine/Database.ts"
import { DatabaseError } from "../engine/DatabaseError.ts"
import { quoteIdentifier } from "./Identifier.ts"

/** Those of the roles that the server does not have. */
export const missingRoles = Effect.fn("Roles.missingRoles")(
  function*(session: Session, roles: ReadonlyArray<string>): Effect.fn.Return<ReadonlyArray<string>, DatabaseError> {
    if (roles.length === 0) return []
    const rows = yield* session.query("SELECT rolname FROM pg_catalog.pg_roles WHERE rolname = ANY ($1::text[])", [
      roles
    ])
    const there = new Set(rows.map((row) => row["rolname"]))
    return roles.filter((role) => !there.has(role))
  }
)

const lacksRoles = (missing: ReadonlyArray<string>): DatabaseError =>
  new DatabaseError({
    code: "LP_SHADOW_ROLES",
    message: `The shadow's server does not have the ${missing.length === 1 ? "role" : "roles"} ${
      missing.join(", ")
    }, which the schema names.`,
    hint: `Create them there first (${
      missing.map((role) => `CREATE ROLE ${quoteIdentifier(role)};`).join(" ")
    }), or name no shadow server: the embedded PostgreSQL makes roles as they are needed.`
  })

/**
 * Creates those of the roles that are not there, so that policies and owners can name them. They go with the transaction.
 * Fails with `LP_SHADOW_ROLES` where the server's roles are not ours alone.
 */
export const createRoles = Effect.fn("Roles.createRoles")(
  function*(session: Session, roles: ReadonlyArray<string>): Effect.fn.Return<void, DatabaseError> {
    const missing = yield* missingRoles(session, roles)
    if (missing.length > 0 && session.sharesRoles) return yield* lacksRoles(missing)
    if (missing.length > 0) {
      yield* session.execute(missing.map((role) => `CREATE ROLE ${quoteIdentifier(role)};`).join("\n"))
    }
  }
)

/** A role that owns what a text gives to nobody, so that whoever the shadow's user is can be named in it like any other. */
const nobody = "lockplane nobody"

const currentQuery = "SELECT current_user AS role, rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user"

/**
 * Creates the roles, and acts from now on as `reader`, the role that the plan will run as: objects that it creates belong
 * to it, as they will on the target. Without one, the session's user must only not be among the named roles. A user of the
 * shadow who is no superuser stays who he is.
 */
export const actAs = Effect.fn("Roles.actAs")(
  function*(
    session: Session,
    roles: ReadonlyArray<string>,
    reader?: string
  ): Effect.fn.Return<void, DatabaseError> {
    if (roles.length === 0) return
    const [user] = yield* session.query(currentQuery)
    const role = reader ?? (roles.includes(String(user?.["role"])) ? nobody : undefined)
    if (role !== undefined && role !== user?.["role"] && user?.["rolsuper"] === true) {
      const isNew = (yield* missingRoles(session, [role])).length > 0
      if (isNew && session.sharesRoles) return yield* lacksRoles([role])
      yield* session.execute(
        `${isNew ? `CREATE ROLE ${quoteIdentifier(role)} SUPERUSER; ` : ""}SET SESSION AUTHORIZATION ${
          quoteIdentifier(role)
        }`
      )
    }
    yield* createRoles(session, roles)
  }
)

/** Undoes {@link actAs} as far as who acts. */
export const actAsBefore = (session: Session): Effect.Effect<void, DatabaseError> =>
  session.execute("RESET SESSION AUTHORIZATION")
