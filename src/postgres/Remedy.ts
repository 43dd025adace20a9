/** What can be done otherwise about a step that failed on the shadow, by its SQLSTATE (PostgreSQL manual, appendix A). */
import type { Remedy } from "../Dialect.ts"
import type { DatabaseError } from "../engine/DatabaseError.ts"
import type { Step } from "../Plan.ts"

const byState: ReadonlyMap<string, (step: Step) => Remedy | undefined> = new Map([
  // datatype_mismatch: no assignment cast; ALTER COLUMN TYPE asks for USING
  ["42804", (step: Step) => convert(step, "explicit")],
  // cannot_coerce: no cast at all; every type can be written as text and read from it
  ["42846", (step: Step) => convert(step, "text")],
  // unsafe_new_enum_value_usage
  ["55P04", () => ({ _tag: "CommitFirst" })]
])

const convert = (step: Step, conversion: "explicit" | "text"): Remedy | undefined =>
  step.object?.startsWith("column ") === true ? { _tag: "Convert", column: step.object, conversion } : undefined

/** The remedy for a failed step, where there is one. */
export const remedy = (step: Step, error: DatabaseError): Remedy | undefined => byState.get(error.code)?.(step)
