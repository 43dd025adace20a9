/**
 * The proof of a plan: its source is created on a shadow, the plan runs there as it will run on the target, and what is
 * read back must be the plan's target; then the way back is planned, runs, and must restore the source. What each step
 * locked, wrote anew and read on the way is noted in it.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { type Comparable, create, onShadow, settledPair } from "./Canonical.ts"
import { type Catalog, hash, type ObjectId } from "./Catalog.ts"
import type { CatalogCache } from "./CatalogCache.ts"
import { describeChange } from "./Description.ts"
import { type Conversion, Dialect, type Observation, type Observer } from "./Dialect.ts"
import { diff } from "./Diff.ts"
import type { Session } from "./engine/Database.ts"
import { codeText, type DatabaseError } from "./engine/DatabaseError.ts"
import { rehearse, transaction } from "./engine/Transaction.ts"
import { isPartial, narrowLike, selectionOf } from "./ManagedScope.ts"
import { type Plan, type Proof, statementsOf, type Step } from "./Plan.ts"
import { plan, PlanRefused } from "./Planner.ts"
import { columnOrderNotes } from "./planning/ColumnOrder.ts"
import { addressPairs } from "./planning/DeclaredRenames.ts"
import { type Around, around } from "./planning/SetAside.ts"
import { stepPairs } from "./planning/StepRenames.ts"
import { progress } from "./Progress.ts"
import { hints, renamed, renameOn, withHints } from "./Renames.ts"
import { Shadow } from "./Shadow.ts"

/** What the shadow showed a plan not to be: its target is not reached, its source not restored, or a step fails. */
export class NotProven extends Schema.TaggedError<NotProven>()("NotProven", {
  engine: Schema.String,
  /** What was tried, such as `the plan` or `the rollback`. */
  subject: Schema.String,
  /** A step failed, or what was read back is another schema than promised. */
  failure: Schema.Literals(["step", "schema"]),
  reason: Schema.String,
  differences: Schema.Array(Schema.String),
  /** What is in the way cannot be used; see {@link Remedy}. */
  hindered: Schema.optionalKey(Schema.Literal(true))
}) {
  override get message(): string {
    return [
      `${this.subject} is not proven on ${this.engine}: ${this.reason}`,
      ...this.differences.map((difference) => `  ${difference}`),
      "Nothing was changed. lockplane plan --skip-shadow shows the plan without proof."
    ].join("\n")
  }
}

/** A plan with its proof, and the plan of the way back. */
export interface Proven {
  /** The catalogs that the plan's hashes are of. */
  readonly between: Comparable
  readonly plan: Plan
  readonly rollback: Plan
}

/** How steps are made anew when one of them fails in a way that has a remedy. */
interface Trial {
  readonly conversions: ReadonlyMap<ObjectId, Conversion>
  readonly commitFirst: boolean
}

const firstTrial: Trial = { conversions: new Map(), commitFirst: false }

/** The steps as they ran, and the most locks that one of their transactions held. */
interface Ran {
  readonly steps: ReadonlyArray<Step>
  readonly locksHeld: number
}

/** The plan and the way back, each with a trial of its own. */
type Direction = "the plan" | "the rollback"

/** A step failed and only running everything from the start, with commits in between in this direction, can help. */
class StartAgain extends Schema.TaggedError<StartAgain>()("StartAgain", {
  subject: Schema.Literals(["the plan", "the rollback"])
}) {}

const changesOf = (from: Catalog, to: Catalog, dialect: Dialect["Service"]): ReadonlyArray<string> =>
  diff(from, to).map((change) => describeChange(change, dialect.kindOf))

/** The document of steps between two catalogs, without a proof. */
export const document = (from: Catalog, to: Catalog, serverMajor: number, steps: ReadonlyArray<Step>): Plan => ({
  version: 1,
  dialect: from.dialect,
  server_major: serverMajor,
  hash_major: from.major,
  ...(from.scope === undefined || from.scope.aspects.length === 0 && !isPartial(from.scope)
    ? {}
    : { scope: { aspects: from.scope.aspects, ...selectionOf(from.scope) } }),
  source_hash: hash(from),
  target_hash: hash(to),
  steps
})

/** The plan with what is to be known of it beside its steps. */
const noted = (
  plan: Plan,
  from: Catalog,
  to: Catalog,
  { kindOf }: Dialect["Service"],
  more: ReadonlyArray<string> = []
): Plan => {
  const notes = [...columnOrderNotes(from, to, plan.steps, kindOf), ...more]
  return notes.length === 0 ? plan : { ...plan, notes }
}

/** The step with what was seen of it. A table that was not written anew is no hazard any more. */
const withObservation = (step: Step, seen: Observation): Step => ({
  ...step,
  ...seen,
  hazards: (step.hazards ?? []).filter(({ code }) => code !== "rewrite" || seen.rewrites.length > 0)
})

/**
 * Runs steps in their transactions, each under an observer if there is one. A step that has a remedy is made again and
 * tried again in its place.
 */
const run = Effect.fn("Prover.run")(function*(
  session: Session,
  subject: Direction,
  target: Catalog,
  make: (trial: Trial) => Effect.Effect<ReadonlyArray<Step>, PlanRefused>,
  start: Trial,
  observer: Observer | undefined,
  restores: boolean
): Effect.fn.Return<
  Ran,
  NotProven | StartAgain | PlanRefused | DatabaseError,
  Dialect | Shadow
> {
  const dialect = yield* Dialect
  const shadow = yield* Shadow
  const engine = shadow.describe(session)
  let trial = start
  let steps = yield* make(trial)
  /** The object whose values the step may convert. */
  const convertedBy = ({ object: id = "", operation }: Step): ObjectId | undefined => {
    const object = target.objects.get(id)
    return operation === "alter" && object !== undefined && dialect.kindOf(object.kind).convertsValues ? id : undefined
  }
  const done: Array<Step> = []
  let locksHeld = 0
  const runStep = (number: number): Effect.Effect<void, NotProven | StartAgain | PlanRefused | DatabaseError> =>
    Effect.gen(function*() {
      const step = steps[number]
      if (step === undefined) return
      const converted = convertedBy(step)
      if (converted !== undefined) yield* session.execute("SAVEPOINT lockplane_step")
      const failed = yield* Effect.forEach(statementsOf(step), (sql) => session.execute(sql), { discard: true }).pipe(
        Effect.as(undefined),
        Effect.catch((error) => Effect.succeed(error))
      )
      if (failed === undefined) {
        if (converted !== undefined) yield* session.execute("RELEASE SAVEPOINT lockplane_step")
        const ruledOut = yield* dialect.rulesOut?.(session, step) ?? Effect.succeed([])
        const settled = ruledOut.length === 0
          ? step
          : { ...step, hazards: (step.hazards ?? []).filter(({ code }) => !ruledOut.includes(code)) }
        done.push(observer === undefined ? settled : withObservation(settled, yield* observer.next))
        return
      }
      const remedy = dialect.remedy(failed)
      if (
        remedy?._tag === "Convert" && converted !== undefined &&
        trial.conversions.get(converted) !== remedy.conversion
      ) {
        yield* session.execute("ROLLBACK TO SAVEPOINT lockplane_step")
        trial = { ...trial, conversions: new Map([...trial.conversions, [converted, remedy.conversion]]) }
        steps = yield* make(trial)
        return yield* runStep(number)
      }
      if (remedy?._tag === "CommitFirst" && !trial.commitFirst) return yield* new StartAgain({ subject })
      return yield* new NotProven({
        engine,
        subject,
        failure: "step",
        reason: `step ${number + 1} (${step.description}) fails: ${failed.message} (${codeText(failed.code)})`,
        differences: [
          ...(failed.detail === undefined ? [] : [failed.detail]),
          ...(failed.hint === undefined ? [] : [`Hint: ${failed.hint}`]),
          ...statementsOf(step)
        ],
        ...(remedy?._tag === "SetAside" ? { hindered: true as const } : {})
      })
    })
  for (let number = 0; number < steps.length;) {
    const current = steps[number]?.transaction ?? 1
    yield* transaction(
      session,
      Effect.gen(function*() {
        for (const setting of dialect.settings({})) yield* session.execute(setting)
        const damage = yield* dialect.guard(
          session,
          steps.filter((step) => (step.transaction ?? 1) === current),
          { restores, onShadow: true }
        )
        for (; number < steps.length && (steps[number]?.transaction ?? 1) === current; number++) {
          yield* progress(subject, number + 1, steps.length, steps[number]?.description ?? "")
          yield* runStep(number)
        }
        const problems = yield* damage
        if (problems.length > 0) {
          return yield* new NotProven({
            engine,
            subject,
            failure: "schema",
            reason: "it runs, but leaves things broken",
            differences: problems
          })
        }
        locksHeld = Math.max(locksHeld, yield* dialect.locksHeld(session))
      })
    )
    if (observer !== undefined) yield* observer.committed
  }
  return { steps: done, locksHeld }
})

/** A way between two schemas around what is in its way: the steps that take that away, and those that make it again. */
interface Way extends Around {
  readonly leave: ReadonlyArray<Step>
  readonly give: ReadonlyArray<Step>
}

const wayAround = Effect.fn("Prover.wayAround")(function*(
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
const inTheWay = (
  session: Session,
  catalog: Catalog
): Effect.Effect<ReadonlySet<ObjectId>, DatabaseError, Dialect> =>
  Effect.flatMap(Dialect, (dialect) => dialect.inTheWay?.(session, catalog) ?? Effect.succeed(new Set<ObjectId>()))

/**
 * What the schema after a plan has, and the one before it has not, that the database takes and nobody can use, in sentences. Fails
 * where files state it.
 */
const newFlaws = Effect.fn("Prover.newFlaws")(function*(
  from: Catalog,
  to: Catalog
): Effect.fn.Return<ReadonlyArray<string>, PlanRefused, Dialect> {
  const { flaws } = yield* Dialect
  if (flaws === undefined) return []
  const known = flaws(from)
  const found = [...flaws(to)].filter(([id]) => !known.has(id))
  const stated = (to.doubts ?? []).filter(({ object }) => found.some(([id]) => id === object))
  if (stated.length > 0) return yield* new PlanRefused({ reasons: stated.map(({ problem }) => problem) })
  return found.map(([, flaw]) => `From this plan on, ${flaw}.`)
})

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

/** Steps from one catalog to the end of a way, after those that have renamed what was to be renamed. */
const makeSteps = (
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

const attempt = Effect.fn("Prover.attempt")(function*(
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

const isHindered = (error: NotProven | PlanRefused | DatabaseError): boolean =>
  error._tag !== "DatabaseError" && error.hindered === true

/** Each direction is begun again at most once: with commits in between. */
const rehearseWith = (
  rehearsal: Rehearsal,
  trials: Readonly<Record<Direction, Trial>>
): Effect.Effect<Rehearsed, NotProven | PlanRefused | DatabaseError, Dialect | Shadow> =>
  attempt(rehearsal, trials).pipe(
    Effect.catchTag(
      "StartAgain",
      ({ subject }) => rehearseWith(rehearsal, { ...trials, [subject]: { ...firstTrial, commitFirst: true } })
    )
  )

/**
 * Proves the way between two comparable catalogs and gives the plan with its proof, and the proven rollback. Equal ones need
 * none. Where the proof ends in another schema than promised, the difference may be one of spelling: it is tried once more
 * with both catalogs in a spelling that stays, and the plan's hashes are of those.
 */
export const prove = (
  between: Comparable
): Effect.Effect<Proven, NotProven | PlanRefused | DatabaseError, Dialect | Shadow | CatalogCache> =>
  proveOnce(between).pipe(
    Effect.catchTag("NotProven", (error) =>
      error.failure === "step"
        ? Effect.fail(error)
        : Effect.flatMap(settledPair(between), (settled) =>
          hash(settled.from) === hash(between.from) && hash(settled.to) === hash(between.to)
            ? Effect.fail(error)
            : proveOnce(settled)))
  )

/** Where something that cannot be used is in the way, the plan leads around it. */
const proveOnce = (
  between: Comparable
): Effect.Effect<Proven, NotProven | PlanRefused | DatabaseError, Dialect | Shadow | CatalogCache> =>
  Effect.catchIf(proveAround(between, new Set()), isHindered, (error) =>
    Effect.gen(function*() {
      const dialect = yield* Dialect
      const shadow = yield* Shadow
      const { from } = between
      const found = yield* Effect.scoped(Effect.gen(function*() {
        const session = yield* shadow.reserve({ extensions: dialect.extensionsOf(from) })
        return yield* rehearse(session, Effect.andThen(create(from, session), inTheWay(session, from)))
      }))
      return found.size === 0 ? yield* Effect.fail(error) : yield* proveAround(between, found)
    }))

const proveAround = Effect.fn("Prover.prove")(function*(
  between: Comparable,
  found: ReadonlySet<ObjectId>
): Effect.fn.Return<Proven, NotProven | PlanRefused | DatabaseError, Dialect | Shadow | CatalogCache> {
  const dialect = yield* Dialect
  // what swaps its name with its like leaves the schema as it is, and has to be asked for
  const isAsked = (between.renames ?? []).some((wish) => typeof wish === "string")
  if (hash(between.from) === hash(between.to) && !isAsked) {
    const { from, serverMajor, to } = between
    return {
      between,
      plan: noted(document(from, to, serverMajor, []), between.from, between.to, dialect),
      rollback: document(to, from, serverMajor, [])
    }
  }
  const way = yield* wayAround(between.from, between.to, found, between.serverMajor)
  const renames = yield* renamed({ ...between, from: way.from, to: way.to })
  // what can be in the way is so in databases of one spelling only
  const { from, serverMajor, to } = found.size === 0 ? renames.between : between
  const flaws = yield* newFlaws(renames.source, to)
  const alike = yield* hints(renames.source, to)
  const end = found.size === 0 ? { give: [], leave: [], to } : way
  const { back, backProof, notes, proof, steps } = yield* rehearsePlan({
    from,
    serverMajor,
    make: makeSteps(renames.steps, renames.source, end, dialect, serverMajor),
    wanted: dialect.asOfMajor(yield* onShadow(to), serverMajor),
    extensions: [...new Set([...dialect.extensionsOf(from), ...dialect.extensionsOf(to)])],
    roles: dialect.rolesOf(to)
  })
  return {
    between: { ...renames.between, from, to },
    plan: {
      ...noted(document(from, to, serverMajor, withHints(steps, alike)), renames.source, to, dialect, [
        ...flaws,
        ...notes
      ]),
      proof
    },
    rollback: { ...document(to, from, serverMajor, back), restores: true, proof: backProof }
  }
})

/** The steps between two comparable catalogs, not proven by anything. */
export const unproven = Effect.fn("Prover.unproven")(function*(
  between: Comparable
): Effect.fn.Return<Plan, PlanRefused | DatabaseError, Dialect | Shadow | CatalogCache> {
  const dialect = yield* Dialect
  if (hash(between.from) === hash(between.to) && (between.renames ?? []).length === 0) {
    return noted(document(between.from, between.to, between.serverMajor, []), between.from, between.to, dialect)
  }
  const { between: { from, serverMajor, to }, source, steps } = yield* renamed(between)
  const made = yield* makeSteps(steps, source, { give: [], leave: [], to }, dialect, serverMajor)(firstTrial)
  const flaws = yield* newFlaws(source, to)
  return noted(document(from, to, serverMajor, withHints(made, yield* hints(source, to))), source, to, dialect, flaws)
})

/** A step of the way back, as its description says. */
export const asRollback = (step: Step): Step => ({ ...step, description: `Rollback: ${step.description}` })
