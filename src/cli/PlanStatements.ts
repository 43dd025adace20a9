/** The SQL of a plan, read by the parser of its family of databases before any of it runs. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { DialectName } from "../Catalog.ts"
import { Dialect } from "../Dialect.ts"
import type { DatabaseError } from "../engine/DatabaseError.ts"
import { InvalidPlan, type Plan, statementsOf } from "../Plan.ts"
import type { ParserError } from "../postgres/sql/Parser.ts"

/** Statements that would end the transaction that makes a plan all or nothing. */
const endsTransaction = "TransactionStmt"

interface Placed {
  readonly path: string
  readonly text: string
}

const postgres = Effect.fnUntraced(
  function*(statements: ReadonlyArray<Placed>): Effect.fn.Return<ReadonlyArray<string>, ParserError> {
    const { parse } = yield* Effect.promise(() => import("../postgres/sql/Parser.ts"))
    const found = yield* Effect.forEach(
      statements,
      ({ path, text }) =>
        Effect.map(parse({ path, text, form: "declarative" }), (file) => [
          ...file.problems.map(({ message, start }) => `${path}: line ${file.position(start).line}: ${message}`),
          ...file.statements.flatMap(({ tag, text }) =>
            tag === endsTransaction
              ? [`${path}: ${text.trim()} is not for a plan; steps with the same "transaction" run in one`]
              : []
          )
        ])
    )
    return found.flat()
  }
)

const sqlite = Effect.fnUntraced(
  function*(statements: ReadonlyArray<Placed>): Effect.fn.Return<ReadonlyArray<string>, DatabaseError> {
    const { problemsIn } = yield* Effect.promise(() => import("../sqlite/PlanStatements.ts"))
    const found = yield* problemsIn(statements.map(({ text }) => text))
    return found.flatMap((problem, i) => problem === undefined ? [] : [`${statements[i]?.path}: ${problem}`])
  }
)

/** The family that a plan is for: as it says, else that of the command. */
const dialectOf = ({ dialect }: Plan): Effect.Effect<DialectName> =>
  dialect === undefined
    ? Effect.map(Effect.serviceOption(Dialect), (found) => Option.getOrUndefined(found)?.name ?? "postgres")
    : Effect.succeed(dialect)

/**
 * Fails with {@link InvalidPlan} where a step is no SQL, or would begin or end a transaction: that a plan is done as a whole
 * or not at all is Lockplane's to see to.
 */
export const checkStatements = (plan: Plan): Effect.Effect<void, InvalidPlan | ParserError | DatabaseError> =>
  Effect.gen(function*() {
    const statements = plan.steps.flatMap((step, i) =>
      statementsOf(step).map((text): Placed => ({ path: `steps[${i}].sql`, text }))
    )
    const problems = yield* (yield* dialectOf(plan)) === "sqlite" ? sqlite(statements) : postgres(statements)
    if (problems.length > 0) return yield* new InvalidPlan({ problems })
  })
