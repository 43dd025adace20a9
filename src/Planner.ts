/**
 * From two schemas to the steps between them. One graph at the finest grain holds drops, alterations and creates
 * together; it is sorted once, ties broken by identity. Folding parts into the statement that creates or drops their
 * parent contracts the graph beforehand, and is undone wherever it would close a cycle.
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Catalog from "./Catalog.ts"
import type { Conversion, Hazard, ObjectKind, Statement } from "./Dialect.ts"
import * as Diff from "./Diff.ts"
import { carry } from "./ManagedScope.ts"
import type { Step } from "./Plan.ts"
import { fold } from "./planning/Folding.ts"
import * as Graph from "./planning/Graph.ts"
import { missingOutside, takenOutside, touchedOutside } from "./planning/Outside.ts"
import { buildGraph, type PlanNode } from "./planning/PlanGraph.ts"
import { type Fates, settle } from "./planning/Replacement.ts"

/** Why no plan can be made. */
export class PlanRefused extends Schema.TaggedError<PlanRefused>()("PlanRefused", {
  reasons: Schema.Array(Schema.String),
  /** What is in the way cannot be used; see {@link Remedy}. */
  hindered: Schema.optionalKey(Schema.Literal(true))
}) {
  override get message(): string {
    return `no plan can be made:\n${this.reasons.map((reason) => `  ${reason}`).join("\n")}`
  }
}

/** What a plan is made for. */
export interface PlanOptions {
  readonly kindOf: (kind: string) => ObjectKind
  /** Major version of the server that the plan will run on. */
  readonly serverMajor: number
  /** See {@link Conversion}; found by trial. */
  readonly conversions?: ReadonlyMap<Catalog.ObjectId, Conversion>
  /** Puts statements whose effect is visible only after a commit into a transaction of their own, before the rest. */
  readonly commitFirst?: boolean
}

/** A statement, and the node that it is of. */
interface Emitted {
  readonly node: PlanNode
  readonly statement: Statement
}

/** The first statement of a drop, with a hazard for what hangs on the dropped objects and no plan makes again. */
const withLost = (
  statements: ReadonlyArray<Statement>,
  members: ReadonlyArray<PlanNode>,
  fates: Fates
): ReadonlyArray<Statement> => {
  const [first, ...rest] = statements
  const hazards = members.flatMap(({ object }) =>
    (fates.context.source.attached?.get(object.id) ?? [])
      .map((what): Hazard => ({
        code: "attached_lost",
        message: `${what} goes with ${object.id}; Lockplane does not manage it and does not make it again.`
      }))
  )
  return first === undefined || hazards.length === 0
    ? statements
    : [{ ...first, hazards: [...first.hazards ?? [], ...hazards] }, ...rest]
}

const emit = (
  node: PlanNode,
  members: ReadonlyArray<PlanNode>,
  fates: Fates,
  options: PlanOptions
): ReadonlyArray<Emitted> => {
  const { object } = node
  const kind = options.kindOf(object.kind)
  const of = (node: PlanNode, statements: ReadonlyArray<Statement> | undefined = []): ReadonlyArray<Emitted> =>
    statements.map((statement) => ({ node, statement }))
  switch (node.operation) {
    case "create": {
      const statements = kind.create(
        object,
        fates.context,
        members.filter((member) => member !== node && member.operation === "create").map((member) => member.object)
      )
      const isRemade = kind.movesRows === true && fates.dropped.has(object.id)
      return of(node, isRemade ? withLost(statements, [node], fates) : statements)
    }
    case "drop": {
      const aside = fates.aside.has(object.id) ? kind.aside?.(object, fates.context) : undefined
      const statements = aside === undefined ? kind.drop(object, fates.context) : aside.rename
      return of(node, withLost(statements, members, fates))
    }
    case "discard": {
      return of(node, kind.aside?.(object, fates.context).drop)
    }
    case "alter":
      return [node, ...members.filter((member) => member !== node)].flatMap((member) =>
        of(member, fates.altered.get(member.object.id))
      )
  }
}

/** Hazards after which the way back does not restore everything. */
const irreversible: ReadonlySet<string> = new Set(["data_loss", "conversion", "attached_lost"])

const operationOf = (
  { object, operation }: PlanNode,
  { dropped }: Fates,
  options: PlanOptions
): NonNullable<Step["operation"]> =>
  operation === "discard"
    ? "drop"
    : operation === "create" && dropped.has(object.id) && options.kindOf(object.kind).movesRows === true
    ? "alter"
    : operation

const toStep = ({ node, statement }: Emitted, transaction: number, fates: Fates, options: PlanOptions): Step => ({
  description: statement.description,
  sql: statement.sql,
  object: node.object.id,
  operation: operationOf(node, fates, options),
  transaction,
  hazards: statement.hazards ?? [],
  reversible: !(statement.hazards ?? []).some(({ code }) => irreversible.has(code))
})

/** A cycle that no statement less can break. */
const asFault = (cycles: ReadonlyArray<ReadonlyArray<PlanNode>>): PlanRefused =>
  new PlanRefused({
    reasons: cycles.map((cycle) =>
      `a cycle of steps, which is a fault of Lockplane: ${
        cycle.map(({ object, operation }) => `${operation} ${object.id}`).join(", ")
      }`
    )
  })

/** The transaction of each group: everything in one, unless what is visible only after a commit has to go first. */
const firstTransaction = (emitted: ReadonlyArray<Emitted>, options: PlanOptions): boolean =>
  options.commitFirst === true && emitted.some(({ statement }) => statement.visibleAfterCommit === true)

/** What the changes would need and the server does not have. */
const lacking = (changes: ReadonlyArray<Diff.Change>, options: PlanOptions): ReadonlyArray<string> =>
  changes.flatMap((change) => {
    if (change._tag === "Drop") return []
    const object = change._tag === "Create" ? change.object : change.to
    const kind = options.kindOf(object.kind)
    return (kind.requires?.(object) ?? []).filter(({ since }) => since > options.serverMajor).map((
      { feature, since }
    ) =>
      `${
        kind.describe(object)
      } uses ${feature}, which servers have from version ${since} on; this one is version ${options.serverMajor}.`
    )
  })

/** The alterations that no statement can make. */
const impossible = (
  changes: ReadonlyArray<Diff.Change>,
  fates: Fates,
  options: PlanOptions
): ReadonlyArray<string> =>
  changes.flatMap((change) => {
    if (change._tag !== "Alter" || fates.dropped.has(change.to.id)) return []
    const reason = options.kindOf(change.to.kind).refuses?.(change.from, change.to, fates.context)
    return reason === undefined ? [] : [reason]
  })

/** The objects that cannot be created as the target has them. */
const notCreatable = (fates: Fates, options: PlanOptions): ReadonlyArray<string> =>
  [...fates.created].flatMap((id) => {
    const object = fates.context.target.objects.get(id)
    const reason = object === undefined
      ? undefined
      : options.kindOf(object.kind).refusesCreation?.(object, fates.context)
    return reason === undefined ? [] : [reason]
  }).toSorted(Catalog.compareText)

/**
 * The steps that lead from `source` to `target`, each with a `transaction` number. Equal catalogs give no steps, and
 * equal input gives equal steps. Fails with {@link PlanRefused} where rows would be lost that the change does not remove,
 * and where something would have to be done about what is not managed.
 */
export const plan = (
  source: Catalog.Catalog,
  target: Catalog.Catalog,
  options: PlanOptions
): Result.Result<ReadonlyArray<Step>, PlanRefused> => {
  const missing = missingOutside(source, target, options.kindOf)
  if (missing.length > 0) return Result.fail(new PlanRefused({ reasons: missing }))
  const [from, to] = carry(source, target)
  const apart = planReplacing(from, to, options, new Set(), true)
  return Result.isSuccess(apart) ? apart : planReplacing(from, to, options, new Set(), false)
}

/** True for the alteration of an object that can be dropped and made again instead. */
const isRemade = ({ object, operation }: PlanNode, options: PlanOptions): boolean =>
  operation === "alter" && options.kindOf(object.kind).isDefinition === true

/** True for the alteration of a type that can be made anew while the old one waits aside. */
const isSetAside = ({ object, operation }: PlanNode, options: PlanOptions): boolean =>
  operation === "alter" && options.kindOf(object.kind).aside !== undefined

/** Plans with these objects made anew; where that ends in a cycle that goes through alterations in place, with them too. */
const planReplacing = (
  source: Catalog.Catalog,
  target: Catalog.Catalog,
  options: PlanOptions,
  replaced: ReadonlySet<Catalog.ObjectId>,
  callsApart: boolean
): Result.Result<ReadonlyArray<Step>, PlanRefused> => {
  const changes = Diff.diff(source, target)
  if (changes.length === 0) return Result.succeed([])
  const missing = lacking(changes, options)
  if (missing.length > 0) return Result.fail(new PlanRefused({ reasons: missing }))
  const fates = settle({
    source,
    target,
    changes,
    kindOf: options.kindOf,
    serverMajor: options.serverMajor,
    conversions: options.conversions ?? new Map(),
    replaced
  })
  const outside = [...touchedOutside(fates, options.kindOf), ...takenOutside(fates, options.kindOf)]
  if (outside.length > 0) return Result.fail(new PlanRefused({ reasons: outside }))
  if (fates.lost.length > 0) {
    return Result.fail(
      new PlanRefused({
        reasons: fates.lost.map(({ because, object }) =>
          `${options.kindOf(object.kind).describe(object)} would lose its rows, because ${
            options.kindOf(because.kind).describe(because)
          }, which it needs, has to be made anew. Make this change in two plans, or move the rows by hand.`
        )
      })
    )
  }
  const refused = [
    ...impossible(changes, fates, options),
    ...notCreatable(fates, options)
  ]
  if (refused.length > 0) return Result.fail(new PlanRefused({ reasons: refused }))
  const { graph, nodes } = buildGraph(fates, options.kindOf, callsApart)
  const remakable = (
    found: ReadonlyArray<number>,
    isRemakable: (node: PlanNode, options: PlanOptions) => boolean
  ): ReadonlyArray<Catalog.ObjectId> =>
    found.flatMap((i) => nodes[i] ?? []).filter((node) => isRemakable(node, options)).map(({ object }) => object.id)
      .filter((id) => !replaced.has(id))
  const remaking = (more: ReadonlyArray<Catalog.ObjectId>) =>
    planReplacing(source, target, options, new Set([...replaced, ...more]), callsApart)
  const entangled = fates.altered.size === 0 ? [] : Graph.cycles(nodes.length, Graph.contract(graph, [])).flat()
  // a type is made anew only where calls that are kept apart have no part in the cycle
  for (const way of callsApart ? [isRemade] : [isRemade, isSetAside]) {
    const remade = remakable(entangled, way)
    if (remade.length > 0) return remaking(remade)
  }
  return Result.flatMap(Result.mapError(fold(nodes, graph), asFault), ({ costly, groupOf, successors }) => {
    const others = remakable(costly, isRemade)
    if (others.length > 0) return remaking(others)
    const members = new Map<number, Array<PlanNode>>()
    nodes.forEach((node, i) => {
      const group = groupOf[i] ?? i
      const list = members.get(group)
      if (list === undefined) members.set(group, [node])
      else list.push(node)
    })
    const groups = [...members.keys()]
    const emitted = Graph.order(groups, successors, nodes.map((node) => node.key)).flatMap((group) => {
      const node = nodes[group]
      if (node === undefined) return []
      const ordered = (members.get(group) ?? []).toSorted((a, b) => Catalog.compareText(a.key, b.key))
      const statements = emit(node, ordered, fates, options)
      return [{ statements, first: firstTransaction(statements, options) }]
    })
    const first = emitted.filter((entry) => entry.first)
    const rest = emitted.filter((entry) => !entry.first)
    return Result.succeed([
      ...first.flatMap(({ statements }) => statements.map((emitted) => toStep(emitted, 1, fates, options))),
      ...rest.flatMap(({ statements }) =>
        statements.map((emitted) => toStep(emitted, first.length === 0 ? 1 : 2, fates, options))
      )
    ])
  })
}
