/** A plan in words: for people who have never seen one, for a pull request, and as a script. Pure. */
import { type Lock, type Plan, statementsOf, type Step, type StepHazard } from "./Plan.ts"

const count = (n: number, word: string): string => `${n} ${word}${n === 1 ? "" : "s"}`

const list = (items: ReadonlyArray<string>): string =>
  items.length < 2 ? items.join("") : `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`

/** Text on one line: names may hold line ends and control characters. */
const oneLine = (text: string): string => text.replaceAll(/[\s\p{Cc}]+/gu, " ").trim()

/** SQL without characters that a terminal would obey. */
const printable = (sql: string): string => sql.replaceAll(/[^\P{Cc}\n\t]/gu, "\uFFFD")

const indent = (text: string, by: string): string =>
  text.split("\n").map((line) => line === "" ? "" : `${by}${line}`).join("\n")

const transactionsOf = (plan: Plan): number => new Set(plan.steps.map(({ transaction = 1 }) => transaction)).size

/** What can go wrong: what is declared, without rewrites that the proof looked for and did not see. */
const hazardsOf = ({ hazards = [], rewrites }: Step): ReadonlyArray<StepHazard> =>
  hazards.filter(({ code }) => code !== "rewrite" || rewrites === undefined || rewrites.length > 0)

const lockText = ({ blocks, mode, relation }: Lock): string =>
  `${oneLine(relation)}: ${mode}, ${
    blocks.length === 0 ? "blocks neither reads nor writes" : `blocks ${list(blocks.map((what) => `${what}s`))}`
  }`

/** True where an earlier step of the same transaction took locks, which are held until its end. */
const holdsLocks = ({ steps }: Plan, number: number): boolean => {
  const transaction = steps[number]?.transaction ?? 1
  return steps.slice(0, number).some((step) => (step.transaction ?? 1) === transaction && (step.locks ?? []).length > 0)
}

const locksOf = (plan: Plan, number: number): ReadonlyArray<string> => {
  const locks = plan.steps[number]?.locks
  return locks === undefined
    ? ["not observed"]
    : locks.length > 0
    ? locks.map(lockText)
    : [holdsLocks(plan, number) ? "none but those that the transaction holds already" : "none"]
}

const workOf = ({ rewrites = [], scans = [] }: Step): ReadonlyArray<string> => [
  ...rewrites.map((relation) => `writes ${oneLine(relation)} anew, every row of it`),
  ...scans.filter((relation) => !rewrites.includes(relation)).map((relation) =>
    `reads every row of ${oneLine(relation)}`
  )
]

const wayBackOf = ({ reversible }: Step): string =>
  reversible === undefined
    ? "not known: the step does not say"
    : reversible
    ? "complete"
    : "the rollback restores the schema, but not the data that this step removes"

/** What the hazards of a rollback mean to who may have to go back. */
const backRisks: ReadonlyMap<string, string> = new Map([
  ["data_loss", "going back removes data"],
  ["conversion", "going back may change data"],
  ["attached_lost", "going back loses"],
  ["fails_with_rows", "going back fails where there are rows"],
  ["may_fail", "the data can make going back fail"],
  ["rewrite", "going back may write a table anew"],
  ["not_proven", "going back too"]
])

const backRiskText = ({ code, message }: StepHazard): string =>
  oneLine(`${backRisks.get(code) ?? "going back"}: ${message}`)

/** The risks of the rollback that belong to a step: told at the last one that is about the object. */
const backRisksOf = ({ proof, steps }: Plan, number: number): ReadonlyArray<string> => {
  const object = steps[number]?.object
  return object === undefined || steps.findLastIndex((step) => step.object === object) !== number
    ? []
    : (proof?.rollback_hazards ?? []).filter((hazard) => hazard.object === object).map(backRiskText)
}

/** The risks of the rollback on objects that no step is about. */
const otherBackRisks = ({ proof, steps }: Plan): ReadonlyArray<string> => {
  const objects = new Set(steps.map(({ object }) => object))
  return (proof?.rollback_hazards ?? []).filter(({ object }) => object === undefined || !objects.has(object))
    .map(backRiskText)
}

const proofOf = ({ proof }: Plan): string => {
  if (proof === undefined) return "Not proven: nobody has run it on a shadow database."
  if (!proof.reaches_target) return `Tried on ${proof.engine}: it does NOT reach the target.`
  return proof.rollback_restores_source
    ? `Proven on ${proof.engine}: it reaches the target, and the rollback restores the source.`
    : `Proven on ${proof.engine}: it reaches the target. The rollback does NOT restore the source.`
}

const transactionsText = (plan: Plan): string => {
  const n = transactionsOf(plan)
  return n < 2
    ? "All steps run in one transaction: either all of them are done, or none."
    : `The steps run in ${n} transactions, one after the other. Each is done as a whole or not at all; what was committed before a failure stays.`
}

const riskOf = (plan: Plan): string => {
  const numbers = (code: string): ReadonlyArray<string> =>
    plan.steps.flatMap((step, i) => hazardsOf(step).some((hazard) => hazard.code === code) ? [String(i + 1)] : [])
  const at = (code: string, what: string): ReadonlyArray<string> => {
    const steps = numbers(code)
    return steps.length === 0 ? [] : [`${what} in step${steps.length === 1 ? "" : "s"} ${list(steps)}`]
  }
  const declared = plan.steps.every(({ hazards }) => hazards !== undefined)
  const risks = [
    ...at("data_loss", "data is lost"),
    ...at("breaks_clients", "an old name stops working"),
    ...at("may_fail", "the data can make it fail"),
    ...at("rewrite", "a table may be written anew"),
    ...at("not_proven", "whether the server accepts it is not proven")
  ]
  return risks.length > 0
    ? `Risk: ${risks.join("; ")}.`
    : declared
    ? "Risk: none known."
    : "Risk: not known; the steps do not say."
}

const field = (name: string, values: ReadonlyArray<string>): ReadonlyArray<string> =>
  values.map((value, i) => `   ${(i === 0 ? `${name}:` : "").padEnd(11)}${value}`)

const stepText = (plan: Plan, step: Step, number: number): string =>
  [
    `${number + 1}. ${oneLine(step.description)}`,
    ...statementsOf(step).map((sql) => indent(printable(sql), "     ")),
    ...field("Locks", locksOf(plan, number)),
    ...field("Work", workOf(step)),
    ...field("Risk", hazardsOf(step).map(({ message }) => oneLine(message))),
    ...field("Way back", [wayBackOf(step), ...backRisksOf(plan, number)])
  ].join("\n")

const legend = [
  "Locks are those that a step takes on tables that are there already; each is held until the transaction ends, and",
  "whoever needs what it blocks waits so long. The way back is what the rollback of the plan does about a step."
]

/** A plan in plain words: what it is, its proof, and each step with its SQL, locks, work, risk and way back. */
export const explain = (plan: Plan): string => {
  if (plan.steps.length === 0) {
    return ["Nothing to do: the plan has no steps.", ...(plan.notes ?? []).map(oneLine), ""].join("\n")
  }
  const transactions = transactionsOf(plan)
  let last = 0
  const steps = plan.steps.map((step, i) => {
    const current = step.transaction ?? 1
    const heading = transactions > 1 && current !== last ? `Transaction ${current}\n\n` : ""
    last = current
    return heading + stepText(plan, step, i)
  })
  return [
    [
      `Plan with ${count(plan.steps.length, "step")}`,
      ...(plan.source_hash === undefined || plan.target_hash === undefined
        ? []
        : [
          `From schema ${plan.source_hash.slice(0, 12)} to schema ${
            plan.target_hash.slice(0, 12)
          }; it runs on no other.`
        ]),
      proofOf(plan),
      transactionsText(plan),
      riskOf(plan),
      ...otherBackRisks(plan),
      ...(plan.notes ?? []).map(oneLine),
      "",
      ...legend
    ].join("\n"),
    ...steps
  ].join("\n\n") + "\n"
}

const cell = (text: string): string => oneLine(text).replaceAll("|", "\\|").replaceAll("<", "&lt;")

const fence = (sql: string): string => {
  const longest = Math.max(2, ...[...sql.matchAll(/`+/g)].map(([ticks]) => ticks.length))
  return "`".repeat(longest + 1)
}

/** A plan as Markdown for a pull request: a summary, a table of the steps, and the SQL folded away. */
export const markdown = (plan: Plan): string => {
  if (plan.steps.length === 0) {
    const notes = (plan.notes ?? []).map(cell)
    return ["### Lockplane: nothing to do", "", ["The schemas are equal.", ...notes].join("  \n"), ""].join("\n")
  }
  const sql = script(plan)
  const ticks = fence(sql)
  return [
    `### Lockplane: plan with ${count(plan.steps.length, "step")}`,
    "",
    `${plan.proof === undefined ? "⚠️" : "✅"} ${proofOf(plan)}  `,
    `${riskOf(plan)}  `,
    ...[...otherBackRisks(plan), ...plan.notes ?? []].map((text) => `${cell(text)}  `),
    transactionsText(plan),
    "",
    "| # | Step | Locks | Work | Risk | Way back |",
    "|--:|---|---|---|---|---|",
    ...plan.steps.map((step, i) =>
      `| ${i + 1} | ${cell(step.description)} | ${
        step.locks === undefined
          ? "not observed"
          : step.locks.length === 0
          ? holdsLocks(plan, i) ? "no others" : "–"
          : step.locks.map(lockText).map(cell).join("<br>")
      } | ${workOf(step).map(cell).join("<br>") || "–"} | ${
        hazardsOf(step).map(({ message }) => cell(message)).join("<br>") || "–"
      } | ${
        [
          step.reversible === undefined ? "not known" : step.reversible ? "complete" : "without the data",
          ...backRisksOf(plan, i).map(cell)
        ].join("<br>")
      } |`
    ),
    "",
    "<details><summary>SQL</summary>",
    "",
    `${ticks}sql`,
    sql.trimEnd(),
    ticks,
    "",
    "</details>",
    ""
  ].join("\n")
}

/** How the transactions of a script begin and end, and what stands before and after them. */
const transactionScript = {
  postgres: { before: "", begin: "BEGIN;\nSET LOCAL check_function_bodies = off;\n", after: "" },
  // the drop of a table that others refer to would delete their rows
  // and sqlite3 goes on after an error unless it is told not to: a check that fails would check nothing
  sqlite: {
    before:
      "-- For the sqlite3 shell. Another client has to stop at the first error; the line with .bail is not for it.\n.bail on\nPRAGMA foreign_keys = OFF;\n",
    begin: "BEGIN IMMEDIATE;\n",
    after: "PRAGMA foreign_keys = ON;\n"
  }
} as const

/** A plan as a script for psql or sqlite3, in its transactions. It checks nothing: `lockplane apply` does. */
export const script = (plan: Plan): string => {
  if (plan.steps.length === 0) return "-- Nothing to do.\n"
  const { after, before, begin } = transactionScript[plan.dialect ?? "postgres"]
  const parts: Array<string> = before === "" ? [] : [before]
  let open = 0
  for (const [i, step] of plan.steps.entries()) {
    const current = step.transaction ?? 1
    if (current !== open) {
      if (open !== 0) parts.push("COMMIT;\n")
      parts.push(begin)
      open = current
    }
    parts.push(`-- ${i + 1}. ${oneLine(step.description)}\n${statementsOf(step).map((sql) => `${sql};\n`).join("")}`)
  }
  return [...parts, `COMMIT;\n${after}`].join("\n")
}
