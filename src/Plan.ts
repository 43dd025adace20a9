/** The plan document: the steps from one schema to another, what they risk, and what the proof saw. */
import * as Schema from "effect/Schema"

/** A lock that a step takes on a relation that was there before, as observed on the shadow. */
export const Lock = Schema.Struct({
  relation: Schema.String,
  /** The lock mode in PostgreSQL's words (manual 13.3.1), such as `ACCESS EXCLUSIVE`. */
  mode: Schema.String,
  blocks: Schema.Array(Schema.Literals(["read", "write"]))
})
/** A lock that a step takes on a relation that was there before, as observed on the shadow. */
export type Lock = typeof Lock.Type

/** What can go wrong or be lost when a step runs on a database that holds data. */
export const StepHazard = Schema.Struct({ code: Schema.String, message: Schema.String })
/** What can go wrong or be lost when a step runs on a database that holds data. */
export type StepHazard = typeof StepHazard.Type

/** One step: what it does in plain words, and its SQL without a final semicolon. A person's own plan needs no more than these two. */
export const Step = Schema.Struct({
  description: Schema.String,
  sql: Schema.Union([Schema.String, Schema.Array(Schema.String)]),
  /** Identity of the object. */
  object: Schema.optionalKey(Schema.String),
  operation: Schema.optionalKey(Schema.Literals(["create", "alter", "drop", "rename"])),
  /** Of a step that renames: the identity that the object had before; `object` is the one that it gets. */
  renamed_from: Schema.optionalKey(Schema.String),
  /** Steps with the same number run in one transaction; numbers count from 1 and never fall. */
  transaction: Schema.optionalKey(Schema.Int),
  locks: Schema.optionalKey(Schema.Array(Lock)),
  /** Relations that were there before and that the step wrote anew. */
  rewrites: Schema.optionalKey(Schema.Array(Schema.String)),
  /** Relations that were there before and whose rows the step read from first to last. */
  scans: Schema.optionalKey(Schema.Array(Schema.String)),
  hazards: Schema.optionalKey(Schema.Array(StepHazard)),
  /** True where a rollback restores the rows too, and not the schema alone. */
  reversible: Schema.optionalKey(Schema.Boolean)
})
/** One step of a plan. */
export type Step = typeof Step.Type

/** What can go wrong or be lost when the rollback of a plan runs, and the object that its step is about. */
export const RollbackHazard = Schema.Struct({
  object: Schema.optionalKey(Schema.String),
  code: Schema.String,
  message: Schema.String
})
/** What can go wrong or be lost when the rollback of a plan runs, and the object that its step is about. */
export type RollbackHazard = typeof RollbackHazard.Type

/** What running the plan on a shadow showed. */
export const Proof = Schema.Struct({
  /** The engine that it ran on, such as `PostgreSQL 18.6 (embedded)`. */
  engine: Schema.String,
  reaches_target: Schema.Boolean,
  rollback_restores_source: Schema.Boolean,
  /** The most locks that one transaction of the plan holds at its end. */
  locks_held: Schema.optionalKey(Schema.Int),
  /** What the steps of the rollback risk; absent where that is nothing. */
  rollback_hazards: Schema.optionalKey(Schema.Array(RollbackHazard))
})
/** What running the plan on a shadow showed. */
export type Proof = typeof Proof.Type

const Hash = Schema.String.check(Schema.isPattern(/^[0-9a-f]{64}$/, { message: "expected 64 hexadecimal digits" }))

/** A plan. Documents with only `steps[].description` and `steps[].sql` are plans too. */
export const Plan = Schema.Struct({
  $schema: Schema.optionalKey(Schema.String),
  version: Schema.optionalKey(Schema.Literal(1)),
  dialect: Schema.optionalKey(Schema.Literals(["postgres", "sqlite"])),
  /** Major version of the engine whose reading both hashes are of. */
  hash_major: Schema.optionalKey(Schema.Int),
  /** Major version of the server that the plan is for. */
  server_major: Schema.optionalKey(Schema.Int),
  /** It undoes another plan: what was broken before that may be broken again. */
  restores: Schema.optionalKey(Schema.Literal(true)),
  /** What is compared in the plan and in both hashes; left out: all objects, and nothing beside them. */
  scope: Schema.optionalKey(Schema.Struct({
    /** What is compared beside the objects themselves. */
    aspects: Schema.Array(Schema.Literals(["grants", "labels", "owners"])),
    /** The schemas that are managed; left out, with `include`: all. */
    schemas: Schema.optionalKey(Schema.Array(Schema.String)),
    /** Patterns of objects that are managed too. */
    include: Schema.optionalKey(Schema.Array(Schema.String)),
    /** Patterns of objects that are not managed. */
    exclude: Schema.optionalKey(Schema.Array(Schema.String))
  })),
  source_hash: Schema.optionalKey(Hash),
  target_hash: Schema.optionalKey(Hash),
  steps: Schema.Array(Step),
  /** What the plan leaves as it is although the wanted schema is written otherwise. */
  notes: Schema.optionalKey(Schema.Array(Schema.String)),
  proof: Schema.optionalKey(Proof)
})
/** A plan. */
export type Plan = typeof Plan.Type

/** A plan file that does not fit, with every problem and its path. */
export class InvalidPlan extends Schema.TaggedError<InvalidPlan>()("InvalidPlan", {
  problems: Schema.Array(Schema.String)
}) {
  override get message(): string {
    return `the plan does not fit its format:\n${
      this.problems.map((problem) => `  ${problem}`).join("\n")
    }\nMake it anew with lockplane plan, or correct the fields named above.`
  }
}

/** The statements of a step, one by one. */
export const statementsOf = (step: Step): ReadonlyArray<string> => typeof step.sql === "string" ? [step.sql] : step.sql

/** What a step says that it loses for good: the messages of its hazards of that kind. */
export const declaredLosses = (step: Step): ReadonlyArray<string> =>
  (step.hazards ?? []).filter(({ code }) => code === "data_loss" || code === "conversion" || code === "attached_lost")
    .map(({ message }) => message)
