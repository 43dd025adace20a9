/** The steps of a plan as SQL text, for tools that run files. Pure. */
import { type Plan, statementsOf, type Step } from "../Plan.ts"
import { after, before, needsGuard } from "./Guard.ts"

/** Steps that run in one transaction, with their places in the plan, from 1. */
export type Group = ReadonlyArray<{ readonly number: number; readonly step: Step }>

/** The steps of a plan by their transactions. */
export const groupsOf = (plan: Plan): ReadonlyArray<Group> => {
  const groups = new Map<number, Array<{ readonly number: number; readonly step: Step }>>()
  for (const [i, step] of plan.steps.entries()) {
    const transaction = step.transaction ?? 1
    const group = groups.get(transaction) ?? []
    group.push({ number: i + 1, step })
    groups.set(transaction, group)
  }
  return [...groups.values()]
}

/** Text on one line. */
export const oneLine = (text: string): string => text.replaceAll(/[\s\p{Cc}]+/gu, " ").trim()

/** What a step is, for a comment: its place and its description. */
export const headingOf = ({ number, step }: Group[number]): string => `${number}. ${oneLine(step.description)}`

/** A statement with its semicolon, which no comment may swallow. */
export const ended = (sql: string): string => {
  const text = sql.trimEnd()
  const last = text.slice(text.lastIndexOf("\n") + 1)
  return last.includes("--") ? `${text}\n;` : text.endsWith(";") ? text : `${text};`
}

const makesRoutine = /^\s*create\s+(?:or\s+replace\s+)?(?:function|procedure)\b/i

/** What a transaction of a plan begins with: bodies of routines may name what comes later, as when the plan was proven. */
export const settingsOf = (group: Group): ReadonlyArray<string> =>
  group.some(({ step }) => statementsOf(step).some((sql) => makesRoutine.test(sql)))
    ? ["SET LOCAL check_function_bodies = off"]
    : []

/** Where a plan comes from and leads to, as lines for comments. */
export const originOf = ({ proof, source_hash, target_hash }: Plan): ReadonlyArray<string> => [
  "Exported by lockplane export",
  ...(source_hash === undefined || target_hash === undefined
    ? []
    : [`From schema ${source_hash.slice(0, 12)} to schema ${target_hash.slice(0, 12)}`]),
  proof === undefined ? "Not proven" : `Proven on ${oneLine(proof.engine)}`
]

/** One statement of a file, and the comment in front of it. */
export interface Piece {
  readonly comment?: string
  readonly sql: string
}

const commented = (comment: string, statements: ReadonlyArray<string>): ReadonlyArray<Piece> =>
  statements.map((sql, i) => i === 0 ? { comment, sql: ended(sql) } : { sql: ended(sql) })

/** The statements of a transaction of a plan, each with its semicolon, and what has to be checked around them. */
export const piecesOf = (plan: Plan, group: Group): ReadonlyArray<Piece> => {
  const steps = group.flatMap((one) => commented(headingOf(one), statementsOf(one.step)))
  if (plan.dialect !== "sqlite") return [...settingsOf(group).map((sql) => ({ sql: `${sql};` })), ...steps]
  return needsGuard(plan)
    ? [
      ...commented("Foreign keys are off, or nothing is done", before),
      ...steps,
      ...commented("No row refers to nothing that did not before, or nothing is done", after)
    ]
    : steps
}

/** A piece as lines of SQL. */
export const pieceText = ({ comment, sql }: Piece): string => comment === undefined ? sql : `-- ${comment}\n${sql}`

/** How a text begins and ends a transaction. SQLite's savepoints are one where none is open, and a part of it elsewhere. */
const transactionWords = {
  postgres: { always: ["BEGIN", "COMMIT"], nested: ["BEGIN", "COMMIT"] },
  sqlite: { always: ["BEGIN IMMEDIATE", "COMMIT"], nested: ["SAVEPOINT lockplane", "RELEASE lockplane"] }
} as const

/**
 * A plan as SQL. Where it has more than one transaction, or `always`, each is begun and committed by the text itself; `nested`
 * is for tools that may have begun one of SQLite.
 */
export const sqlOf = (plan: Plan, transactions: "several" | "always" | "nested" = "several"): string => {
  const groups = groupsOf(plan)
  const texts = groups.map((group) => piecesOf(plan, group).map(pieceText).join("\n\n"))
  if (groups.length === 1 && transactions === "several") return texts.join("\n\n")
  const words = transactionWords[plan.dialect ?? "postgres"]
  const [begin, end] = words[transactions === "several" ? "always" : transactions]
  return texts.map((text) => `${begin};\n\n${text}\n\n${end};`).join("\n\n")
}

/** Lines as a comment of SQL. */
export const commentOf = (lines: ReadonlyArray<string>): string => lines.map((line) => `-- ${line}`).join("\n")

/** What is said where there is no way back. */
export const noWayBack = "This migration has no way back: it was exported without the rollback of its plan"

/** SQL that fails by saying so. */
export const refusalSql = ({ dialect }: Plan): string =>
  dialect === "sqlite" ? `SELECT [${noWayBack}];` : `DO $$ BEGIN RAISE EXCEPTION '${noWayBack}'; END $$;`
