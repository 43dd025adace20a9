/** Plan files: the plan document as JSON text and back. Equal plans give equal bytes. */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"
import { parseJson } from "./JsonText.ts"
import { selectionOf, selectionProblems } from "./ManagedScope.ts"
import { InvalidPlan, Plan, statementsOf, type Step } from "./Plan.ts"
import { pathText } from "./SchemaDocument.ts"
import { jsonSchemaOf } from "./version.ts"

/** Where the JSON Schema of plans is. */
export const planSchema: string = jsonSchemaOf("plan")

const step = (one: Step): Step => ({
  description: one.description,
  sql: one.sql,
  ...(one.object === undefined ? {} : { object: one.object }),
  ...(one.operation === undefined ? {} : { operation: one.operation }),
  ...(one.renamed_from === undefined ? {} : { renamed_from: one.renamed_from }),
  ...(one.transaction === undefined ? {} : { transaction: one.transaction }),
  ...(one.locks === undefined
    ? {}
    : { locks: one.locks.map(({ blocks, mode, relation }) => ({ relation, mode, blocks })) }),
  ...(one.rewrites === undefined ? {} : { rewrites: one.rewrites }),
  ...(one.scans === undefined ? {} : { scans: one.scans }),
  ...(one.hazards === undefined ? {} : { hazards: one.hazards.map(({ code, message }) => ({ code, message })) }),
  ...(one.reversible === undefined ? {} : { reversible: one.reversible })
})

/** A plan as JSON: 2 spaces, final newline, keys in the order of the specification. */
export const encode = (plan: Plan): string => {
  const { dialect, hash_major, notes, proof, restores, scope, server_major, source_hash, steps, target_hash, version } =
    plan
  const document: Plan = {
    $schema: plan.$schema ?? planSchema,
    ...(version === undefined ? {} : { version }),
    ...(dialect === undefined ? {} : { dialect }),
    ...(server_major === undefined ? {} : { server_major }),
    ...(hash_major === undefined ? {} : { hash_major }),
    ...(restores === undefined ? {} : { restores }),
    ...(scope === undefined ? {} : { scope: { aspects: scope.aspects, ...selectionOf(scope) } }),
    ...(source_hash === undefined ? {} : { source_hash }),
    ...(target_hash === undefined ? {} : { target_hash }),
    steps: steps.map(step),
    ...(notes === undefined ? {} : { notes }),
    ...(proof === undefined
      ? {}
      : {
        proof: {
          engine: proof.engine,
          reaches_target: proof.reaches_target,
          rollback_restores_source: proof.rollback_restores_source,
          ...(proof.locks_held === undefined ? {} : { locks_held: proof.locks_held }),
          ...(proof.rollback_hazards === undefined
            ? {}
            : {
              rollback_hazards: proof.rollback_hazards.map(({ code, message, object }) => ({
                ...(object === undefined ? {} : { object }),
                code,
                message
              }))
            })
        }
      })
  }
  return `${JSON.stringify(document, undefined, 2)}\n`
}

const format = SchemaIssue.makeFormatterStandardSchemaV1()

const shapeProblems = (issue: SchemaIssue.Issue): ReadonlyArray<string> => [
  ...new Set(
    format(issue).issues.map(({ message, path }) => {
      const place = pathText((path ?? []).map((part) => typeof part === "object" ? part.key : part))
      return place === "" ? message : `${place}: ${message}`
    })
  )
]

/** What the types of the fields cannot say. */
const contentProblems = (plan: Plan): ReadonlyArray<string> => {
  let last = 1
  const scope = selectionProblems(plan.scope ?? {}, undefined, plan.dialect).map((problem) => `scope: ${problem}`)
  return [
    ...scope,
    ...plan.steps.flatMap((one, i) => {
      const number = one.transaction ?? 1
      const problems = [
        ...(statementsOf(one).every((sql) => sql.trim() !== "") && statementsOf(one).length > 0
          ? []
          : [`steps[${i}].sql: holds no statement`]),
        ...(number < 1 ? [`steps[${i}].transaction: ${number} is less than 1`] : []),
        ...(number < last ? [`steps[${i}].transaction: ${number} comes after ${last}, and numbers never fall`] : [])
      ]
      last = Math.max(last, number)
      return problems
    })
  ]
}

/** Reads a plan from JSON text. Fails with {@link InvalidPlan}, which names everything that does not fit and where. */
export const decode = (text: string): Effect.Effect<Plan, InvalidPlan> =>
  Effect.gen(function*() {
    const value = yield* Effect.mapError(
      Effect.fromResult(parseJson(text)),
      (problem) => new InvalidPlan({ problems: [problem] })
    )
    const decoded = Schema.decodeUnknownResult(Plan, { errors: "all", onExcessProperty: "error" })(value)
    if (Result.isFailure(decoded)) {
      return yield* new InvalidPlan({ problems: shapeProblems(decoded.failure.issue) })
    }
    const problems = contentProblems(decoded.success)
    return problems.length === 0 ? decoded.success : yield* new InvalidPlan({ problems })
  })
