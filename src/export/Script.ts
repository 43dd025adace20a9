/** The steps of a plan as SQL text, for tools that run files. Pure. */
import { type Plan, statementsOf, type Step } from "../Plan.ts"

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

/** The statements of a transaction, each with its semicolon. */
export const piecesOf = (group: Group): ReadonlyArray<Piece> => [
  ...settingsOf(group).map((sql) => ({ sql: `${sql};` })),
  ...group.flatMap((one) =>
    statementsOf(one.step).map((sql, i) => i === 0 ? { comment: headingOf(one), sql: ended(sql) } : { sql: ended(sql) })
  )
]

/** A piece as lines of SQL. */
export const pieceText = ({ comment, sql }: Piece): string => comment === undefined ? sql : `-- ${comment}\n${sql}`

/** A plan as SQL. Where it has more than one transaction, or `always`, each is begun and committed by the text itself. */
export const sqlOf = (plan: Plan, transactions: "several" | "always" = "several"): string => {
  const groups = groupsOf(plan)
  const texts = groups.map((group) => piecesOf(group).map(pieceText).join("\n\n"))
  return (groups.length > 1 || transactions === "always" ? texts.map((text) => `BEGIN;\n\n${text}\n\nCOMMIT;`) : texts)
    .join("\n\n")
}

/** Lines as a comment of SQL. */
export const commentOf = (lines: ReadonlyArray<string>): string => lines.map((line) => `-- ${line}`).join("\n")

/** What is said where there is no way back. */
export const noWayBack = "This migration has no way back: it was exported without the rollback of its plan"

/** SQL that fails by saying so. */
export const refusalSql = `DO $$ BEGIN RAISE EXCEPTION '${noWayBack}'; END $$;`
