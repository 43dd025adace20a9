/**
 * The safety report of a plan: for each change whether it passes, why not, and how it goes back. Rules look at what a step
 * does to objects and at the hazards that its kind declares; probing the target's data is not part of it.
 */
import type { Catalog, CatalogObject } from "./Catalog.ts"
import { type Plan, statementsOf, type Step } from "./Plan.ts"

/** What the report says of one step. `warn` passes, but deserves a look. */
export interface Finding {
  readonly step: number
  readonly description: string
  readonly verdict: "pass" | "warn" | "fail"
  readonly reasons: ReadonlyArray<string>
  /** True where the way back restores everything, rows included. */
  readonly reversible: boolean
  /** The SQL that takes it back, empty where nothing does by itself. */
  readonly by: ReadonlyArray<string>
}

/** The safety report. `safe` holds where no finding fails. */
export interface Report {
  readonly safe: boolean
  readonly findings: ReadonlyArray<Finding>
}

/** What a rule sees of a step. */
interface Subject {
  readonly step: Step
  readonly object: CatalogObject | undefined
  /** The object is in the source and not in the target. */
  readonly removed: boolean
}

interface Rule {
  readonly verdict: "warn" | "fail"
  readonly reasons: (subject: Subject) => ReadonlyArray<string>
}

const hazards = (code: string): Rule["reasons"] => ({ step }) =>
  (step.hazards ?? []).filter((hazard) => hazard.code === code).map((hazard) => hazard.message)

/** What the drop of an object without rows takes away from whoever uses it. */
const losses: ReadonlyMap<string, string> = new Map([
  ["view", "Queries that read it fail."],
  ["function", "Statements that call it fail."],
  ["procedure", "Statements that call it fail."],
  ["aggregate", "Statements that call it fail."],
  ["trigger", "What it did on every change of the table is no longer done."],
  ["policy", "Which rows a user may see or change is decided by the remaining policies alone."],
  ["constraint", "Rows are no longer checked for it."],
  ["domain constraint", "Values are no longer checked for it."],
  ["index", "Queries that used it read the whole table."],
  ["enum", "Statements that name the type fail."],
  ["domain", "Statements that name the type fail."],
  ["composite type", "Statements that name the type fail."],
  ["range type", "Statements that name the type fail."],
  ["sequence", "Its current value is lost."],
  ["extension", "Everything that it brought is gone."],
  ["schema", "Statements that name it fail."],
  ["partition", "The rows stay in a table of their own, and queries of the partitioned table no longer see them."],
  ["inheritance", "Queries of the parent table no longer see the rows of the child."]
])

const rules: ReadonlyArray<Rule> = [
  { verdict: "fail", reasons: hazards("data_loss") },
  { verdict: "fail", reasons: hazards("attached_lost") },
  { verdict: "fail", reasons: hazards("fails_with_rows") },
  { verdict: "fail", reasons: hazards("conversion") },
  {
    verdict: "fail",
    reasons: ({ object, removed, step }) => {
      const loss = object === undefined || !removed || step.operation !== "drop" ? undefined : losses.get(object.kind)
      return loss === undefined ? [] : [loss]
    }
  },
  { verdict: "warn", reasons: hazards("may_fail") },
  { verdict: "warn", reasons: hazards("rewrite") }
]

/** Judges every step of a plan between two comparable catalogs. `rollback` is the plan of the way back, if there is one. */
export const report = (
  between: { readonly from: Catalog; readonly to: Catalog },
  plan: Plan,
  rollback?: Plan
): Report => {
  const findings = plan.steps.map((step, i): Finding => {
    const object = step.object === undefined
      ? undefined
      : between.from.objects.get(step.object) ?? between.to.objects.get(step.object)
    const removed = step.object !== undefined && between.from.objects.has(step.object) &&
      !between.to.objects.has(step.object)
    const hits = rules.flatMap((rule) =>
      rule.reasons({ step, object, removed }).map((reason) => ({ verdict: rule.verdict, reason }))
    )
    const back = (rollback?.steps ?? []).filter((other) => other.object === step.object).flatMap(statementsOf)
    return {
      step: i + 1,
      description: step.description,
      verdict: hits.some(({ verdict }) => verdict === "fail") ? "fail" : hits.length > 0 ? "warn" : "pass",
      reasons: hits.map(({ reason }) => reason),
      reversible: step.reversible ?? false,
      by: back
    }
  })
  return { safe: findings.every(({ verdict }) => verdict !== "fail"), findings }
}

const marks = { pass: "✓", warn: "!", fail: "✗" } as const

/** The report as text, a block for each step that is more than fine, and the sum at the end. */
export const render = ({ findings, safe }: Report): string => {
  const count = (verdict: Finding["verdict"]): number =>
    findings.filter((finding) => finding.verdict === verdict).length
  const lines = findings.flatMap(({ by, description, reasons, reversible, step, verdict }) => [
    `${marks[verdict]} ${step}. ${description}: ${verdict.toUpperCase()}`,
    ...reasons.map((reason) => `    ${reason}`),
    reversible
      ? `    Reversible${by.length === 0 ? "." : `: ${by.join("; ").replace(/\s+/g, " ")}`}`
      : `    Not reversible: rows and values that it removes do not come back${
        by.length === 0 ? "." : `; the rest does: ${by.join("; ").replace(/\s+/g, " ")}`
      }`
  ])
  return [
    ...lines,
    "",
    safe
      ? `Safe: ${count("pass")} passed, ${count("warn")} with a warning.`
      : `Unsafe: ${count("fail")} failed, ${count("warn")} with a warning, ${count("pass")} passed.`
  ].join("\n")
}
