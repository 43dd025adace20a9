/** What can be done otherwise about a step that failed on the shadow, by its SQLSTATE (PostgreSQL manual, appendix A). */
import type { Remedy } from "../Dialect.ts"
import type { DatabaseError } from "../engine/DatabaseError.ts"

const byState: ReadonlyMap<string, Remedy> = new Map<string, Remedy>([
  // datatype_mismatch: no assignment cast; ALTER COLUMN TYPE asks for USING
  ["42804", { _tag: "Convert", conversion: "explicit" }],
  // cannot_coerce: no cast at all; every type can be written as text and read from it
  ["42846", { _tag: "Convert", conversion: "text" }],
  // unsafe_new_enum_value_usage
  ["55P04", { _tag: "CommitFirst" }]
])

/**
 * What PostgreSQL says of the first change in a savepoint that is set right behind ALTER DOMAIN … DROP CONSTRAINT; an internal
 * error, for which there is no other word (seen on 14, 15 and 18).
 */
const uncounted = /^cannot start a subtransaction when there are unprocessed inval messages/

/** The remedy for an error, where there is one. */
export const remedy = ({ code, message }: DatabaseError): Remedy | undefined =>
  code === "XX000" && uncounted.test(message) ? { _tag: "RunAgain" } : byState.get(code)
