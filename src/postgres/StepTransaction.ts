/** What holds for the transactions in which the steps of a plan run. */
import * as Effect from "effect/Effect"
import type { TimeLimits } from "../Dialect.ts"
import type { Session } from "../engine/Database.ts"
import type { DatabaseError } from "../engine/DatabaseError.ts"
import { quoteLiteral } from "./Identifier.ts"

const setting = (name: string, value: string | undefined): ReadonlyArray<string> =>
  value === undefined ? [] : [`SET LOCAL ${name} = ${quoteLiteral(value)}`]

/** Bodies of routines may name what later steps create (PostgreSQL manual, `check_function_bodies`). */
export const settings = ({ lockTimeout, statementTimeout }: TimeLimits): ReadonlyArray<string> => [
  "SET LOCAL check_function_bodies = off",
  ...setting("lock_timeout", lockTimeout),
  ...setting("statement_timeout", statementTimeout)
]

/** Two runs of Lockplane on one database wait for each other: "lockplane" in ASCII, cut to 63 bits. */
const advisoryKey = "7813586407129051500"

/** Takes the lock that keeps other runs out, until the transaction ends. Says so where it has to wait. */
export const keepOthersOut = (session: Session, waits: Effect.Effect<void>): Effect.Effect<void, DatabaseError> =>
  Effect.gen(function*() {
    const [row] = yield* session.query(`SELECT pg_catalog.pg_try_advisory_xact_lock(${advisoryKey}) AS free`)
    if (row?.["free"] === true) return
    yield* waits
    yield* session.execute(`SELECT pg_catalog.pg_advisory_xact_lock(${advisoryKey})`)
  })
