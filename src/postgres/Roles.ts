/** Roles that a schema names and does not create: on a shadow they are made for the time of a transaction. */
import * as Effect from "effect/Effect"
import type { Session } from "../engine/Database.ts"
import type { DatabaseError } from "../engine/DatabaseError.ts"
import { quoteIdentifier } from "./Identifier.ts"

/** Creates those of the roles that are not there, so that policies and owners can name them. They go with the transaction. */
export const createRoles = Effect.fn("Roles.createRoles")(
  function*(session: Session, roles: ReadonlyArray<string>): Effect.fn.Return<void, DatabaseError> {
    if (roles.length === 0) return
    const rows = yield* session.query("SELECT rolname FROM pg_catalog.pg_roles WHERE rolname = ANY ($1::text[])", [
      roles
    ])
    const there = new Set(rows.map((row) => row["rolname"]))
    const missing = roles.filter((role) => !there.has(role))
    if (missing.length > 0) {
      yield* session.execute(missing.map((role) => `CREATE ROLE ${quoteIdentifier(role)};`).join("\n"))
    }
  }
)
