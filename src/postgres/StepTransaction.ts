/** What holds for the transactions in which the steps of a plan run. */
import * as Effect from "effect/Effect"
import type { TimeLimits } from "../Dialect.ts"
import type { Session } from "../engine/Database.ts"
import type { DatabaseError } from "../engine/DatabaseError.ts"
import { dollarQuote, quoteLiteral } from "./Identifier.ts"

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

/** Definitions that are the same in a DO block as by themselves. */
const definition =
  /^(?:CREATE (?:(?:UNIQUE )?INDEX|(?:CONSTRAINT )?TRIGGER|POLICY|SEQUENCE|TABLE|VIEW)|ALTER (?:SEQUENCE|TABLE)|DROP (?:INDEX|POLICY|SEQUENCE|TABLE|TRIGGER|VIEW)|COMMENT ON|GRANT|REVOKE) /

/**
 * One DO block that executes statements one after the other; undefined where one of them is no plain definition. After a
 * statement with more than a few locks PostgreSQL goes through all locks that the session holds, to hand the new ones over to
 * the transaction; after a block it does so once.
 */
export const atOnce = (statements: ReadonlyArray<string>): string | undefined =>
  statements.every((sql) => definition.test(sql))
    ? `DO ${
      dollarQuote(
        ["BEGIN", ...statements.map((sql) => `EXECUTE ${dollarQuote(sql, "statement")};`), "END"].join("\n"),
        "lockplane"
      )
    }`
    : undefined
