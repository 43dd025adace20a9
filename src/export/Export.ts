/** Plans as migration files of other tools. Pure. */
import * as Result from "effect/Result"
import { type Plan, statementsOf } from "../Plan.ts"
import type { Files, Format, Request, Trouble } from "./Format.ts"
import { needsGuard } from "./Guard.ts"
import { groupsOf } from "./Script.ts"

/** Whether one plan takes the other back, as far as both say it. */
const fits = (plan: Plan, rollback: Plan): boolean => {
  const same = (a: string | undefined, b: string | undefined): boolean => a === undefined || b === undefined || a === b
  return same(plan.target_hash, rollback.source_hash) && same(plan.source_hash, rollback.target_hash)
}

const elsewhere = "Run it with lockplane apply, or make a plan for each part of it."

/** Why a tool cannot run plans of SQLite. */
const troubleOnSqlite = ({ sqlite, title }: Format, plans: ReadonlyArray<Plan>): Trouble | undefined => {
  if (!plans.some(({ dialect }) => dialect === "sqlite")) return undefined
  if (!plans.every(({ dialect }) => dialect === "sqlite")) {
    return { detail: "the plan and its rollback are of different databases", next: "Name two plans of one." }
  }
  if (sqlite === undefined) {
    return { detail: `${title} runs no migrations of SQLite`, next: "Run the plan with lockplane apply." }
  }
  const several = Math.max(...plans.map((plan) => groupsOf(plan).length))
  return several > 1 && sqlite.oneTransaction === true
    ? {
      detail: `the plan needs ${several} transactions, and ${title} runs a migration of SQLite in one`,
      next: elsewhere
    }
    : undefined
}

const troubleOf = (format: Format, { plan, rollback }: Request): Trouble | undefined => {
  const { goesBack, reserved, title } = format
  if (plan.steps.length === 0) return { detail: "the plan has no steps", next: "There is nothing to export." }
  const onSqlite = troubleOnSqlite(format, [plan, ...rollback === undefined ? [] : [rollback]])
  if (onSqlite !== undefined) return onSqlite
  if (rollback !== undefined && !goesBack) {
    return {
      detail: `migrations of ${title} have no way back in them`,
      next:
        "Leave out --rollback. When the migration is to be taken back, export the rollback as a migration of its own."
    }
  }
  if (rollback !== undefined && !fits(plan, rollback)) {
    return {
      detail: "the rollback is not the one of this plan: it does not lead from the plan's target to its source",
      next: "Make it anew: lockplane plan-rollback --plan PLAN"
    }
  }
  const texts = [plan, ...rollback === undefined ? [] : [rollback]].flatMap(({ steps }) =>
    steps.flatMap((step) => [...statementsOf(step), step.description])
  )
  const taken = texts.map((text) => reserved?.exec(text)?.[0]).find((text) => text !== undefined)
  return taken === undefined ? undefined : {
    detail: `the plan holds ${JSON.stringify(taken)}, which ${title} would not leave as it is`,
    next: "Run the plan with lockplane apply, or change the text in the schema."
  }
}

/** What has to be so where the tool runs the files, besides what it sees to; undefined where that is nothing. */
export const conditionOf = ({ sqlite }: Format, { plan, rollback }: Request): string | undefined =>
  sqlite?.foreignKeys !== undefined && [plan, ...rollback === undefined ? [] : [rollback]].some(needsGuard)
    ? `Foreign keys must be off where this runs; where they are on, it fails and changes nothing. ${sqlite.foreignKeys}`
    : undefined

/** The files of a plan for a tool. Fails where the tool cannot do what the plan does, just as it does it. */
export const exportPlan = (format: Format, request: Request): Files => {
  const trouble = troubleOf(format, request)
  return trouble === undefined ? format.files(request) : Result.fail(trouble)
}
