/**
 * Renames in a plan: the steps that make them, and the schema that they leave, from which the rest is planned. What
 * PostgreSQL carries over to columns of children, views, defaults and the like is not worked out here: the steps run on a
 * shadow that holds the schema, and it is read back.
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { type Comparable, create, onShadow } from "./Canonical.ts"
import { type Catalog, compareText, type ObjectId, sameState } from "./Catalog.ts"
import type { CatalogCache } from "./CatalogCache.ts"
import { Dialect } from "./Dialect.ts"
import type { Session } from "./engine/Database.ts"
import { codeText, type DatabaseError } from "./engine/DatabaseError.ts"
import { rehearse, savepoint } from "./engine/Transaction.ts"
import { narrowLike, withOutside } from "./ManagedScope.ts"
import { statementsOf, type Step } from "./Plan.ts"
import { plan, PlanRefused } from "./Planner.ts"
import { resolveRenames } from "./planning/DeclaredRenames.ts"
import { hintOf, suspects, twins } from "./planning/Likeness.ts"
import { type Pair, renameSteps } from "./planning/Rename.ts"
import { around } from "./planning/SetAside.ts"
import { Shadow } from "./Shadow.ts"

/** The renames of a plan. */
export interface Renamed {
  /** The schemas that the plan leads from and to; where renames had to be read from a shadow, in its spelling. */
  readonly between: Comparable
  readonly steps: ReadonlyArray<Step>
  /** The source after the steps. */
  readonly source: Catalog
}

const options = Effect.map(Dialect, ({ kindOf, naming }) => ({ kindOf, naming }))

/** For each identity of one reading the one that the same object has in another of the same database. */
export const identities = (before: Catalog, after: Catalog): ReadonlyMap<ObjectId, ObjectId> => {
  const key = (catalog: Catalog, id: ObjectId, address: string): string => `${catalog.objects.get(id)?.kind} ${address}`
  const at = new Map<string, ObjectId>()
  for (const [id, address] of after.addresses?.() ?? []) if (after.objects.has(id)) at.set(key(after, id, address), id)
  return new Map([...before.addresses?.() ?? []].flatMap(([id, address]) => {
    const other = before.objects.has(id) ? at.get(key(before, id, address)) : undefined
    return other === undefined ? [] : [[id, other] as const]
  }))
}

/** The reading after renames, with the source's own spelling of what they did not change, and what is known of it besides. */
const continued = (source: Catalog, before: Catalog, after: Catalog): Catalog => {
  const became = identities(before, after)
  const objects = new Map(after.objects)
  for (const [id, now] of became) {
    const [original, old, object] = [source.objects.get(id), before.objects.get(id), after.objects.get(now)]
    if (original === undefined || old === undefined || object === undefined) continue
    if (sameState(old.state, object.state)) objects.set(now, { ...object, state: original.state })
  }
  const { addresses: _, attached: __, ...rest } = after
  const carriedOver = <A>(known: ReadonlyMap<ObjectId, A>): ReadonlyMap<ObjectId, A> =>
    new Map([...known].map(([id, what]) => [became.get(id) ?? id, what]))
  return {
    ...withOutside(rest, source),
    objects,
    unmanaged: source.unmanaged,
    ...(source.serverMajor === undefined ? {} : { serverMajor: source.serverMajor }),
    ...(source.attached === undefined ? {} : { attached: carriedOver(source.attached) }),
    ...(source.tablespaces === undefined ? {} : { tablespaces: carriedOver(source.tablespaces) })
  }
}

/**
 * Makes renames on a session that holds the schema `source`, read from it as `before`, inside the caller's open transaction:
 * first the pairs, then, as long as there are any, the objects that equal those of `target` but for their names. Gives
 * the steps, and the schema after them.
 */
export const renameOn = Effect.fn("Renames.renameOn")(function*(
  session: Session,
  { before, pairs, serverMajor, source, target }: {
    readonly source: Catalog
    readonly before: Catalog
    readonly target: Catalog
    readonly pairs: ReadonlyArray<Pair>
    readonly serverMajor: number
  }
): Effect.fn.Return<
  { readonly steps: ReadonlyArray<Step>; readonly source: Catalog },
  PlanRefused | DatabaseError,
  Dialect
> {
  const dialect = yield* Dialect
  const how = yield* options
  const steps: Array<Step> = []
  let current = before
  const read = Effect.map(
    dialect.introspect(session),
    (catalog) => narrowLike(dialect.asOfMajor(catalog, serverMajor), before)
  )
  /** Runs a step, and before it the drops of what would not survive it: the rest of the plan makes that again. */
  const runStep = (step: Step): Effect.Effect<ReadonlyArray<Step>, PlanRefused | DatabaseError> =>
    Effect.forEach(statementsOf(step), (sql) => session.execute(sql), { discard: true }).pipe(
      Effect.as([step]),
      Effect.catch((error) => {
        const remedy = dialect.remedy(error)
        const refused = new PlanRefused({
          reasons: [`${step.description}: ${error.message} (${codeText(error.code)})`],
          ...(remedy?._tag === "SetAside" ? { hindered: true as const } : {})
        })
        return remedy?._tag === "DropFirst" ? dropFirst(remedy.object, step, refused) : Effect.fail(refused)
      })
    )
  const dropFirst = (
    id: ObjectId,
    step: Step,
    refused: PlanRefused
  ): Effect.Effect<ReadonlyArray<Step>, PlanRefused | DatabaseError> =>
    Effect.gen(function*() {
      const there = yield* read
      const object = there.objects.get(id)
      // what acts on statements does so in the order in which it was made
      const behind = object === undefined || dialect.kindOf(object.kind).actsOnStatements !== true
        ? []
        : [...there.objects.values()].filter(({ kind, parent, position = 0 }) =>
          kind === object.kind && parent === object.parent && position > (object.position ?? 0)
        )
      const left = around(there, there, new Set([id, ...behind.map((other) => other.id)])).from
      const drops = yield* Effect.fromResult(plan(there, left, { kindOf: dialect.kindOf, serverMajor }))
      // what is not managed stays where it is
      if (drops.length === 0) return yield* refused
      for (const { sql } of drops) yield* session.execute(typeof sql === "string" ? sql : sql.join(";\n"))
      return [...drops, ...yield* runStep(step)]
    })
  const run = (made: ReadonlyArray<Step>) =>
    Effect.gen(function*() {
      const ran = yield* Effect.forEach(made, runStep)
      steps.push(...ran.flat())
      current = yield* read
    })
  if (pairs.length > 0) {
    const made = yield* Effect.fromResult(
      Result.mapError(
        renameSteps(current, target, pairs, { ...how, evict: true }),
        (reasons) => new PlanRefused({ reasons: [...reasons] })
      )
    )
    if (made.length > 0) yield* run(made)
  }
  for (;;) {
    const made = Result.getOrElse(renameSteps(current, target, twins(current, target, how), how), () => [])
    // what is equal can be made anew as well, where the database does not let it be renamed
    if (made.length === 0 || !(yield* Effect.isSuccess(savepoint(session, run(made))))) break
  }
  return { steps, source: steps.length === 0 ? source : continued(source, before, current) }
})

/**
 * The renames between two comparable schemas: those that were declared or asked for, and of indexes, constraints and owned
 * sequences that are equal but for their names. Fails with {@link PlanRefused}, which names every declaration that cannot
 * be meant and where it is.
 */
export const renamed = Effect.fn("Renames.renamed")(function*(
  between: Comparable
): Effect.fn.Return<Renamed, PlanRefused | DatabaseError, Dialect | Shadow | CatalogCache> {
  const dialect = yield* Dialect
  const shadow = yield* Shadow
  const how = yield* options
  const { from, serverMajor, to } = between
  const { pairs, problems } = resolveRenames(from, to, between.renames ?? [], how)
  if (problems.length > 0) return yield* new PlanRefused({ reasons: problems })
  const none: Renamed = { between, steps: [], source: from }
  if (pairs.length === 0 && twins(from, to, how).length === 0) return none
  const onOne = Effect.gen(function*() {
    const major = yield* shadow.major
    const same: Comparable = from.major === major && to.major === major ? between : {
      ...between,
      from: dialect.asOfMajor(yield* onShadow(from), serverMajor),
      to: dialect.asOfMajor(yield* onShadow(to), serverMajor)
    }
    const made = yield* Effect.scoped(Effect.gen(function*() {
      const session = yield* shadow.reserve({ extensions: dialect.extensionsOf(same.from) })
      return yield* rehearse(
        session,
        Effect.gen(function*() {
          yield* create(same.from, session)
          const before = narrowLike(dialect.asOfMajor(yield* dialect.introspect(session), serverMajor), same.from)
          return yield* renameOn(session, {
            source: same.from,
            before,
            target: same.to,
            pairs: resolveRenames(same.from, same.to, between.renames ?? [], how).pairs,
            serverMajor
          })
        })
      )
    }))
    return { between: same, ...made }
  })
  return yield* pairs.length > 0 ? onOne : Effect.catch(onOne, () => Effect.succeed(none))
})

/** What to write where a drop and a create look like a rename, by the identity of what is dropped. */
export const hints = (source: Catalog, target: Catalog): Effect.Effect<ReadonlyMap<ObjectId, string>, never, Dialect> =>
  Effect.map(options, (how) =>
    new Map(
      suspects(source, target, how).map((pair) => [pair.from.id, hintOf(pair, how)] as const)
        .toSorted(([a], [b]) => compareText(a, b))
    ))

/** The steps, with a word in those that drop what may only have been renamed. */
export const withHints = (
  steps: ReadonlyArray<Step>,
  hints: ReadonlyMap<ObjectId, string>
): ReadonlyArray<Step> =>
  steps.map((step) => {
    const hint = step.operation === "drop" ? hints.get(step.object ?? "") : undefined
    return hint === undefined
      ? step
      : { ...step, hazards: [...step.hazards ?? [], { code: "looks_renamed", message: `${hint}.` }] }
  })

/** The identities that steps take from what they rename. */
export const renamedIn = (steps: ReadonlyArray<Step>): ReadonlySet<ObjectId> =>
  new Set(steps.flatMap(({ renamed_from }) => renamed_from ?? []))

/** The hints that stand in a plan, each once. */
export const hintsIn = (steps: ReadonlyArray<Step>): ReadonlyArray<string> => [
  ...new Set(
    steps.flatMap(({ hazards = [] }) =>
      hazards.flatMap(({ code, message }) => code === "looks_renamed" ? [message] : [])
    )
  )
]
