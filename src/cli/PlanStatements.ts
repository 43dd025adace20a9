/** The SQL of a plan, read by PostgreSQL's own parser before any of it runs. */
import * as Effect from "effect/Effect"
import { InvalidPlan, type Plan, statementsOf } from "../Plan.ts"
import { parse, type ParserError } from "../postgres/sql/Parser.ts"

/** Statements that would end the transaction that makes a plan all or nothing. */
const endsTransaction = "TransactionStmt"

/**
 * Fails with {@link InvalidPlan} where a step is no SQL, or would begin or end a transaction: that a plan is done as a whole
 * or not at all is Lockplane's to see to.
 */
export const checkStatements = (plan: Plan): Effect.Effect<void, InvalidPlan | ParserError> =>
  Effect.gen(function*() {
    const problems: Array<string> = []
    for (const [i, step] of plan.steps.entries()) {
      for (const text of statementsOf(step)) {
        const file = yield* parse({ path: `steps[${i}].sql`, text, form: "declarative" })
        problems.push(
          ...file.problems.map(({ message, start }) =>
            `steps[${i}].sql: line ${file.position(start).line}: ${message}`
          ),
          ...file.statements.flatMap(({ tag, text }) =>
            tag === endsTransaction
              ? [`steps[${i}].sql: ${text.trim()} is not for a plan; steps with the same "transaction" run in one`]
              : []
          )
        )
      }
    }
    if (problems.length > 0) return yield* new InvalidPlan({ problems })
  })
