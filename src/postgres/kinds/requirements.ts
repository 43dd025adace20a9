/** What definitions need of the server: features that older majors do not have (PostgreSQL release notes 15 and 18). */
import type { Requirement } from "../../Dialect.ts"

const clauses: ReadonlyArray<readonly [clause: RegExp, feature: string, since: number]> = [
  [/ NULLS NOT DISTINCT\b/, "NULLS NOT DISTINCT", 15],
  [/ ON DELETE SET (NULL|DEFAULT) \(/, "a column list after ON DELETE SET", 15],
  [/ NOT ENFORCED\b/, "NOT ENFORCED", 18],
  [/ WITHOUT OVERLAPS\)/, "WITHOUT OVERLAPS", 18],
  [/^FOREIGN KEY \(.*\bPERIOD /, "PERIOD", 18]
]

/** Features that a constraint's or index's definition uses and that not every supported server has. */
export const definitionRequires = (definition: string): ReadonlyArray<Requirement> =>
  clauses.flatMap(([clause, feature, since]) => clause.test(definition) ? [{ feature, since }] : [])
