/**
 * A rehearsal of a plan: its source is created on a shadow, the steps run there as they will run on the target, and so does the
 * way back. What each step locked, wrote anew and read is noted in it.
 */
import * as Effect from "effect/Effect"
import { create } from "./Canonical.ts"
import { type Catalog, hash, type ObjectId } from "./Catalog.ts"
import { describeChange } from "./Description.ts"
import { Dialect } from "./Dialect.ts"
import { diff } from "./Diff.ts"
import type { Session } from "./engine/Database.ts"
import type { DatabaseError } from "./engine/DatabaseError.ts"
import { rehearse, transaction } from "./engine/Transaction.ts"
import { narrowLike } from "./ManagedScope.ts"
import { type Proof, statementsOf, type Step } from "./Plan.ts"
import { plan, type PlanRefused } from "./Planner.ts"
import { addressPairs } from "./planning/DeclaredRenames.ts"
import { type Around, around } from "./planning/SetAside.ts"
import { stepPairs } from "./planning/StepRenames.ts"
import { renameOn } from "./Renames.ts"
import { Shadow } from "./Shadow.ts"
import { type Direction, firstTrial, NotProven, type Ran, run, type StartAgain, type Trial } from "./StepRun.ts"

const changesOf = (from: Catalog, to: Catalog, dialect: Dialect["Service"]): ReadonlyArray<string> =>
  diff(from, to).map((change) => describeChange(change, dialect.kindOf))

/** A way between two schemas around what is in its way: the steps that take that away, and those that make it again. */
export interface Way extends Around {
  readonly leave: ReadonlyArray<Step>
  readonly give: ReadonlyArray<Step>
}

/** The way between two schemas around these objects. */
export const wayAround = Effect.fn("Rehearsal.wayAround")(function*(
  from: Catalog,
  to: Catalog,
  inTheWay: ReadonlySet<ObjectId>,
  serverMajor: number
): Effect.fn.Return<Way, PlanRefused, Dialect> {
  const { kindOf } = yield* Dialect
  const way = around(from, to, inTheWay)
  const steps = (one: Catalog, other: Catalog) => Effect.fromResult(plan(one, other, { kindOf, serverMajor }))
  return inTheWay.size === 0
    ? { ...way, leave: [], give: [] }
    : { ...way, leave: yield* steps(from, way.from), give: yield* steps(way.to, way.end) }
})

/** What is in the way of plans on a session that holds the schema. */
export const inTheWay = (
  session: Session,
  catalog: Catalog
): Effect.Effect<ReadonlySet<ObjectId>, DatabaseError, Dialect> =>
  Effect.flatMap(Dialect, (dialect) => dialect.inTheWay?.(session, catalog) ?? Effect.succeed(new Set<ObjectId>()))

/** Steps from one catalog to the end of a way, after those that have renamed what was to be renamed. */
export const makeSteps = (
  renames: ReadonlyArray<Step>,
  from: Catalog,
  { give, leave, to }: Pick<Way, "give" | "leave" | "to">,
  dialect: Dialect["Service"],
  serverMajor: number
) =>
(trial: Trial): Effect.Effect<ReadonlyArray<Step>, PlanRefused> =>
  Effect.map(
    Effect.fromResult(plan(from, to, { kindOf: dialect.kindOf, serverMajor, ...trial })),
    (steps) => {
      const last = steps.at(-1)?.transaction ?? 1
      return [...leave, ...renames, ...steps, ...give.map((step) => ({ ...step, transaction: last }))]
    }
  )

type ViewColumns = ReadonlyMap<ObjectId, ReadonlyArray<string>>

const viewColumns = (session: Session): Effect.Effect<ViewColumns, DatabaseError, Dialect> =>
  Effect.flatMap(Dialect, (dialect) => dialect.viewColumns?.(session) ?? Effect.succeed<ViewColumns>(new Map()))

/** The names of columns that views do not have any more: whoever reads them by these fails. */
const columnNotes = (
  before: ViewColumns,
  after: ViewColumns,
  { objects }: Catalog,
  { kindOf }: Dialect["Service"]
): ReadonlyArray<string> =>
  [...after].flatMap(([id, now]) => {
    const view = objects.get(id)
    const gone = (before.get(id) ?? []).filter((name) => !now.includes(name))
    return gone.length === 0 || view === undefined ? [] : [
      `The columns of ${kindOf(view.kind).describe(view)} are called ${
        now.join(", ")
      } from now on. Statements fail that name ${gone.join(", ")}.`
    ]
  })

/** A plan to rehearse: from a schema, by steps that can be made otherwise, to a schema if one is promised. */
export interface Rehearsal {
  readonly from: Catalog
  readonly serverMajor: number
  readonly make: (trial: Trial) => Effect.Effect<ReadonlyArray<Step>, PlanRefused>
  /** What must be read back at the end, in the spelling of the shadow. */
  readonly wanted: Catalog | undefined
  readonly extensions: ReadonlyArray<string>
  /** Roles that the steps name. */
  readonly roles?: ReadonlyArray<string>
  /** It undoes a plan itself; see {@link Plan}. */
  readonly restores?: boolean
  /** What is in the way of the way back is set aside in it. */
  readonly setsAside?: boolean
}

/** What a rehearsal showed: the steps with what was observed, the schemas before and after them as the shadow spells them, and the steps of the way back. */
export interface Rehearsed {
  readonly steps: ReadonlyArray<Step>
  readonly before: Catalog
  readonly after: Catalog
  readonly back: ReadonlyArray<Step>
  /** What to know of the schema after the steps that no difference says. */
  readonly notes: ReadonlyArray<string>
  /** The proofs of the plan and of the way back. */
  readonly proof: Proof
  readonly backProof: Proof
}

/** The proof of steps that were seen to lead where they should, and back by other steps. */
const proofOf = (engine: string, { locksHeld }: Ran, back: Ran): Proof => {
  const hazards = back.steps.flatMap(({ hazards = [], object }) =>
    hazards.map(({ code, message }) => ({ ...(object === undefined ? {} : { object }), code, message }))
  )
  return {
    engine,
    reaches_target: true,
    rollback_restores_source: true,
    ...(locksHeld === 0 ? {} : { locks_held: locksHeld }),
    ...(hazards.length === 0 ? {} : { rollback_hazards: hazards })
  }
}

/** What the session's database holds now, with what is compared of it as of another reading. */
export const readLike = (
  session: Session,
  like: Catalog,
  serverMajor: number
): Effect.Effect<Catalog, DatabaseError, Dialect> =>
  Effect.flatMap(Dialect, (dialect) =>
    Effect.map(
      dialect.introspect(session),
      (catalog) => narrowLike(dialect.asOfMajor(catalog, serverMajor), like)
    ))

const attempt = Effect.fn("Rehearsal.attempt")(function*(
  { extensions, from, make, restores = false, roles = [], serverMajor, setsAside = false, wanted }: Rehearsal,
  trials: Readonly<Record<Direction, Trial>>
): Effect.fn.Return<Rehearsed, NotProven | StartAgain | PlanRefused | DatabaseError, Dialect | Shadow> {
  return yield* Effect.scoped(Effect.gen(function*() {
    const dialect = yield* Dialect
    const shadow = yield* Shadow
    const session = yield* shadow.reserve({ extensions })
    const engine = shadow.describe(session)
    const read = readLike(session, from, serverMajor)
    const fail = (subject: string, reason: string, differences: ReadonlyArray<string>) =>
      Effect.fail(new NotProven({ engine, subject, failure: "schema", reason, differences }))
    yield* transaction(
      session,
      Effect.andThen(
        dialect.actAs(session, [...new Set([...dialect.rolesOf(from), ...roles])], from.reader),
        create(from, session)
      )
    )
    const before = yield* read
    const viewsBefore = yield* viewColumns(session)
    if (from.major === (yield* shadow.major) && hash(before) !== hash(from)) {
      return yield* fail(
        "the plan",
        "the source schema cannot be created there as it is",
        changesOf(from, before, dialect)
      )
    }
    const forward = yield* run(
      session,
      "the plan",
      wanted ?? before,
      make,
      trials["the plan"],
      yield* dialect.observe(session),
      restores
    )
    const after = yield* read
    if (wanted !== undefined && hash(after) !== hash(wanted)) {
      return yield* fail(
        "the plan",
        "it runs, but does not end in the target schema",
        changesOf(after, wanted, dialect)
      )
    }
    const notes = columnNotes(viewsBefore, yield* viewColumns(session), after, dialect)
    // what is the same object as before under another name gets its old name back, whoever renamed it
    const way = yield* wayAround(
      after,
      before,
      setsAside ? yield* inTheWay(session, after) : new Set<ObjectId>(),
      serverMajor
    )
    const returning = yield* rehearse(
      session,
      Effect.andThen(
        Effect.forEach(way.leave.flatMap(statementsOf), session.execute, { discard: true }),
        renameOn(session, {
          source: way.from,
          before: way.from,
          target: way.to,
          pairs: after.addresses === undefined
            ? stepPairs(forward.steps, before, after, dialect).map(({ from, to }) => ({ from: to, to: from }))
            : addressPairs(after, before, dialect),
          serverMajor
        })
      )
    )
    const back = yield* run(
      session,
      "the rollback",
      before,
      makeSteps(returning.steps, returning.source, way, dialect, serverMajor),
      trials["the rollback"],
      undefined,
      true
    )
    const restored = yield* read
    if (hash(restored) !== hash(before)) {
      return yield* fail(
        "the rollback",
        "it runs, but does not restore the source schema",
        changesOf(restored, before, dialect)
      )
    }
    return {
      steps: forward.steps,
      before,
      after,
      back: back.steps.map(asRollback),
      notes,
      proof: proofOf(engine, forward, back),
      backProof: proofOf(engine, back, forward)
    }
  }))
})

/**
 * Runs a plan on a shadow, and the way back. The shadow is reserved for that time and empty again after it. Fails with
 * {@link NotProven} where a step fails, the promised schema is not reached, or the way back does not restore the source.
 */
export const rehearsePlan = (
  rehearsal: Rehearsal
): Effect.Effect<Rehearsed, NotProven | PlanRefused | DatabaseError, Dialect | Shadow> =>
  rehearseWith(rehearsal, { "the plan": firstTrial, "the rollback": firstTrial }).pipe(
    Effect.catchIf(
      (error) => isHindered(error) && rehearsal.setsAside !== true,
      (error) =>
        error._tag === "NotProven" && error.subject === "the plan"
          ? Effect.fail(error)
          : rehearsePlan({ ...rehearsal, setsAside: true })
    )
  )

/** Something that cannot be used is in the way. */
export const isHindered = (error: NotProven | PlanRefused | DatabaseError): boolean =>
  error._tag !== "DatabaseError" && error.hindered === true

/** Each direction is begun again at most once with commits in between, and once with each step by itself. */
const rehearseWith = (
  rehearsal: Rehearsal,
  trials: Readonly<Record<Direction, Trial>>
): Effect.Effect<Rehearsed, NotProven | PlanRefused | DatabaseError, Dialect | Shadow> =>
  attempt(rehearsal, trials).pipe(
    Effect.catchTag(
      "StartAgain",
      ({ how, subject }) => rehearseWith(rehearsal, { ...trials, [subject]: { ...trials[subject], [how]: true } })
    )
  )

/** A step of the way back, as its description says. */
export const asRollback = (step: Step): Step => ({ ...step, description: `Rollback: ${step.description}` })
