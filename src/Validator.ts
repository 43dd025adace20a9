/**
 * The safety report of a plan: for each change whether it passes, why not, and how it goes back. Rules look at what a step
 * does to objects and at the hazards that its kind declares; probing the target's data is not part of it.
 */
import type { Catalog } from "./Catalog.ts"
import type { ObjectKind } from "./Dialect.ts"
import { type Plan, statementsOf, type Step } from "./Plan.ts"

/** What the report says of one step. `warn` passes, but deserves a look. */
export interface Finding {
  readonly step: number
  readonly description: string
  readonly verdict: "pass" | "warn" | "fail"
  readonly reasons: ReadonlyArray<string>
  /** True where the way back restores everything, rows included. */
  readonly reversible: boolean
  /** The SQL that takes it back, empty where nothing does by itself; of an object that is made anew, what makes the old one. */
  readonly by: ReadonlyArray<string>
  /** The later step of the same object that it is taken back with. */
  readonly backWith?: number
  /** What the way back of the object itself risks. */
  readonly backRisks: ReadonlyArray<string>
}

/** The safety report. `safe` holds where no finding fails. */
export interface Report {
  readonly safe: boolean
  readonly findings: ReadonlyArray<Finding>
  /** What the way back risks on objects that no step of the plan is about. */
  readonly backRisks: ReadonlyArray<string>
}

/** What a rule sees of a step. */
interface Subject {
  readonly step: Step
  readonly kind: ObjectKind | undefined
  /** The object is in the source and not in the target. */
  readonly removed: boolean
}

interface Rule {
  readonly verdict: "warn" | "fail"
  readonly reasons: (subject: Subject) => ReadonlyArray<string>
}

const hazards = (code: string): Rule["reasons"] => ({ step }) =>
  (step.hazards ?? []).filter((hazard) => hazard.code === code).map((hazard) => hazard.message)

const rules: ReadonlyArray<Rule> = [
  { verdict: "fail", reasons: hazards("data_loss") },
  { verdict: "fail", reasons: hazards("attached_lost") },
  { verdict: "fail", reasons: hazards("fails_with_rows") },
  { verdict: "fail", reasons: hazards("conversion") },
  {
    verdict: "fail",
    reasons: ({ kind, removed, step }) => {
      const loss = removed && step.operation === "drop" ? kind?.dropLoses : undefined
      return loss === undefined ? [] : [loss]
    }
  },
  { verdict: "warn", reasons: hazards("looks_renamed") },
  { verdict: "warn", reasons: hazards("breaks_clients") },
  { verdict: "warn", reasons: hazards("may_fail") },
  { verdict: "warn", reasons: hazards("rewrite") },
  { verdict: "warn", reasons: hazards("not_proven") }
]

/** Judges every step of a plan between two comparable catalogs. `rollback` is the plan of the way back, if there is one. */
export const report = (
  between: { readonly from: Catalog; readonly to: Catalog },
  plan: Plan,
  kindOf: (kind: string) => ObjectKind,
  rollback?: Plan
): Report => {
  const backOf = new Map<string | undefined, Array<Step>>()
  for (const step of rollback?.steps ?? []) backOf.set(step.object, [...backOf.get(step.object) ?? [], step])
  const kinds = [...new Set([...between.from.objects.values(), ...between.to.objects.values()].map(({ kind }) => kind))]
  const lastOf = new Map(plan.steps.map(({ object }, i) => [object, i] as const))
  const risksOf = (steps: ReadonlyArray<Step>): ReadonlyArray<string> => [
    ...new Set(steps.flatMap(({ hazards = [] }) => hazards.map(({ message }) => message)))
  ]
  const findings = plan.steps.map((step, i): Finding => {
    const object = step.object === undefined
      ? undefined
      : between.from.objects.get(step.object) ?? between.to.objects.get(step.object)
    const removed = step.object !== undefined && !between.to.objects.has(step.object)
    // what was renamed before it is dropped is in neither schema under that name
    const kindNamed = object?.kind ??
      kinds.filter((kind) => step.object?.startsWith(`${kind} `)).toSorted((a, b) => b.length - a.length)[0]
    const hits = rules.flatMap((rule) =>
      rule.reasons({ step, kind: kindNamed === undefined ? undefined : kindOf(kindNamed), removed }).map((reason) => ({
        verdict: rule.verdict,
        reason
      }))
    )
    const last = step.object === undefined ? i : lastOf.get(step.object) ?? i
    const back = last > i || step.object === undefined
      ? []
      : backOf.get(step.operation === "rename" ? step.renamed_from : step.object) ?? []
    const making = back.filter(({ operation }) => operation !== "drop")
    return {
      step: i + 1,
      description: step.description,
      verdict: hits.some(({ verdict }) => verdict === "fail") ? "fail" : hits.length > 0 ? "warn" : "pass",
      reasons: hits.map(({ reason }) => reason),
      reversible: step.reversible ?? false,
      by: (making.length > 0 ? making : back).flatMap(statementsOf),
      ...(last > i ? { backWith: last + 1 } : {}),
      backRisks: risksOf(back)
    }
  })
  return {
    safe: findings.every(({ verdict }) => verdict !== "fail"),
    findings,
    backRisks: risksOf((rollback?.steps ?? []).filter(({ object }) => object === undefined || !lastOf.has(object)))
  }
}

const marks = { pass: "✓", warn: "!", fail: "✗" } as const

const wayBack = ({ backWith, by, reversible }: Finding): string => {
  const how = backWith === undefined ? by.join("; ").replace(/\s+/g, " ") : `together with step ${backWith}`
  return reversible
    ? `Reversible${how === "" ? "." : `: ${how}`}`
    : `Not reversible: rows and values that it removes do not come back${how === "" ? "." : `; the rest does: ${how}`}`
}

/** The report as text, a block for each step that is more than fine, and the sum at the end. */
export const render = ({ backRisks, findings, safe }: Report): string => {
  const count = (verdict: Finding["verdict"]): number =>
    findings.filter((finding) => finding.verdict === verdict).length
  const lines = findings.flatMap((finding) => [
    `${marks[finding.verdict]} ${finding.step}. ${finding.description}: ${finding.verdict.toUpperCase()}`,
    ...finding.reasons.map((reason) => `    ${reason}`),
    `    ${wayBack(finding)}`,
    ...finding.backRisks.map((risk) => `    On the way back: ${risk}`)
  ])
  return [
    ...lines,
    ...backRisks.map((risk) => `On the way back: ${risk}`),
    "",
    safe
      ? `Safe: ${count("pass")} passed, ${count("warn")} with a warning.`
      : `Unsafe: ${count("fail")} failed, ${count("warn")} with a warning, ${count("pass")} passed.`
  ].join("\n")
}
