/**
 * Runs a chain: every schema is loaded once, and each migration between neighbours, there and back, ends on a copy of
 * the one that it starts from, where the result is judged.
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FileSystem from "effect/FileSystem"
import * as Scope from "effect/Scope"
import { canonicalJson, type Catalog, hash, type ObjectId } from "../../src/Catalog.ts"
import { diff } from "../../src/Diff.ts"
import type { Session } from "../../src/engine/Database.ts"
import type { DatabaseError } from "../../src/engine/DatabaseError.ts"
import type { Pair } from "../../src/planning/Rename.ts"
import { introspect } from "../../src/postgres/Introspection.ts"
import type { ServerError } from "../servers.ts"
import type { Chain, Version } from "./Case.ts"
import { compare } from "./Judge.ts"
import { migrate, plan, StepFailed } from "./Migration.ts"
import { pairsOf } from "./Renames.ts"
import * as Rows from "./Rows.ts"
import type { Scratch, ScratchDatabase } from "./Scratch.ts"

/** How a migration ended. What is `unloadable` or `unmanaged` says nothing about plans and is counted apart. */
export type Outcome = "passed" | "failed" | "unloadable" | "unmanaged"

/** One migration. */
export interface Result {
  readonly project: string
  /** The case, the versions and the direction. */
  readonly name: string
  readonly outcome: Outcome
  /** What went wrong first, in one line; the rest in `detail`. */
  readonly reason?: string
  readonly detail?: string
  readonly steps: number
  /** Tables whose columns are in an order that no ALTER can give them. */
  readonly reordered: number
  /** Tables that differ only in what they declare of what they inherit, which no ALTER changes. */
  readonly inherited: number
  /** False where the server has no pg_dump and only Lockplane's own reading was compared. */
  readonly judged: boolean
  /** How many rows were there to be kept; absent where the change refuses them, as a new check does that they break. */
  readonly rows?: number
}

/** A loaded schema. */
interface Loaded {
  readonly database: ScratchDatabase
  readonly catalog: Catalog
  readonly dump: string | undefined
}

const loadVersion = Effect.fn("Conformance.loadVersion")(function*(scratch: Scratch, version: Version) {
  const fs = yield* FileSystem.FileSystem
  const database = yield* scratch.load(version.file === undefined ? "" : yield* fs.readFileString(version.file))
  const catalog = yield* Effect.scoped(Effect.flatMap(database.session, introspect))
  return { database, catalog, dump: yield* database.dump } satisfies Loaded
})

const differences = (from: Catalog, to: Catalog): ReadonlyArray<string> =>
  diff(from, to).map((change) =>
    change._tag === "Alter"
      ? `alter ${change.to.id}: ${JSON.stringify(change.from.state)} -> ${JSON.stringify(change.to.state)}`
      : `${change._tag === "Create" ? "create" : "drop"} ${change.object.id}`
  )

/** True where the columns of a kept table, in the wanted order, do not begin with those that were there before, in their order. */
const orderIsOutOfReach = (from: Catalog, to: Catalog, table: string): boolean => {
  const columns = (catalog: Catalog): ReadonlyArray<ObjectId> =>
    [...catalog.objects.values()].filter((object) =>
      object.kind === "column" && object.name.slice(0, 2).join(".") === table
    )
      .toSorted((a, b) => (a.position ?? 0) - (b.position ?? 0)).map((object) => object.id)
  const [before, after] = [columns(from), columns(to)]
  const kept = before.filter((id) => after.includes(id))
  return before.length > 0 && kept.some((id, i) => after[i] !== id)
}

/** Kept tables and their defaults, as headers of a dump's entries name them, that declare other parts of what they inherit than the wanted ones do. */
const declaringOtherwise = (from: Catalog, reached: Catalog, wanted: Catalog): ReadonlySet<string> =>
  new Set([...wanted.objects.values()].flatMap(({ id, name, parent, state }) => {
    const counterpart = reached.objects.get(id)
    return counterpart === undefined || !from.objects.has(parent ?? "") ||
        canonicalJson(counterpart.state["own"]) === canonicalJson(state["own"])
      ? []
      : [["", "TABLE"], [` ${name[2]}`, "DEFAULT"]].map(([part, type]) =>
        `${name[1]}${part}; Type: ${type}; Schema: ${name[0]}`
      )
  }))

interface Judgement {
  readonly reason?: string
  readonly detail?: string
  readonly reordered: number
  readonly inherited: number
  readonly judged: boolean
  readonly rows?: number
}

/** Judges what a migration made of a database against the schema that it was made for. */
const judge = (from: Catalog, reached: Catalog, dump: string | undefined, wanted: Loaded): Judgement => {
  const judged = dump !== undefined && wanted.dump !== undefined
  const verdict = judged ? compare(wanted.dump ?? "", dump ?? "") : { missing: [], extra: [], reordered: [] }
  const excused = declaringOtherwise(from, reached, wanted.catalog)
  const counts = (entry: string): boolean =>
    !excused.has(entry.split("\n")[0]?.replace("-- Name: ", "").replace(/; Owner: .*/, "") ?? "")
  const [missing, extra] = [verdict.missing.filter(counts), verdict.extra.filter(counts)]
  const base = { reordered: verdict.reordered.length, inherited: verdict.missing.length - missing.length, judged }
  const avoidable = verdict.reordered.filter((table) => !orderIsOutOfReach(from, wanted.catalog, table))
  const rest = differences(reached, wanted.catalog)
  if (missing.length + extra.length > 0) {
    return {
      ...base,
      reason: `pg_dump differs${rest.length === 0 ? ", unseen" : ""}: ${(missing[0] ?? extra[0] ?? "").split("\n")[0]}`,
      detail: [
        ...missing.map((text) => `missing:\n${text}`),
        ...extra.map((text) => `extra:\n${text}`),
        ...rest
      ].join("\n")
    }
  }
  if (rest.length > 0 || hash(reached) !== hash(wanted.catalog)) {
    return { ...base, reason: `reading differs: ${rest[0]}`, detail: rest.join("\n") }
  }
  return avoidable.length > 0 ? { ...base, reason: `column order of ${avoidable.join(", ")}` } : base
}

const oneLine = (text: string): string => text.replaceAll(/\s+/g, " ").slice(0, 300)

/** A copy of a loaded schema, with the session that works on it. */
interface Copy {
  readonly database: ScratchDatabase
  readonly session: Session
}

const copyOf = (database: ScratchDatabase): Effect.Effect<Copy, DatabaseError | ServerError, Scope.Scope> =>
  Effect.flatMap(
    database.copy,
    (copy) => Effect.map(copy.session, (session) => ({ database: copy, session }))
  )

/** SQLSTATE classes of statements that rows refuse: data exceptions, broken constraints, a trigger's own errors. */
const refusedByRows = (error: unknown): boolean =>
  error instanceof StepFailed && /^(22|23|P0001)/.test(error.cause.code)

/** Migrates a copy of a schema, `start`, to `to`, and judges it. Gives the schema that was reached too. */
const step = Effect.fn("Conformance.step")(function*(
  copy: Copy,
  start: Catalog,
  to: Loaded,
  renew: Effect.Effect<Copy, DatabaseError | ServerError, Scope.Scope>,
  pairs: ReadonlyArray<Pair>
) {
  const before = yield* Rows.read(copy.session)
  let current = copy
  const again = Effect.map(renew, (next) => {
    current = next
    return next.session
  })
  const withoutRows = Effect.flatMap(again, (session) => Effect.as(Rows.clear(session), session))
  const migrated = yield* Effect.result(migrate(copy.session, start, to.catalog, again, pairs))
  const refused = migrated._tag === "Failure" && refusedByRows(migrated.failure)
  const { session, steps } = refused
    ? yield* migrate(yield* withoutRows, start, to.catalog, withoutRows, pairs)
    : yield* Effect.fromResult(migrated)
  const reached = yield* introspect(session)
  const judgement = judge(start, reached, yield* current.database.dump, to)
  const lost = refused ? [] : Rows.lost(before, yield* Rows.read(session), steps)
  const next = yield* plan(reached, to.catalog)
  const reason = judgement.reason ??
    (lost.length === 0
      ? next.length === 0 ? undefined : `planning again gives ${next.length} steps: ${next[0]?.description}`
      : `rows: ${lost.join("; ")}`)
  const kept = [...before.values()].reduce((sum, { rows }) => sum + rows, 0)
  return {
    reached,
    copy: { database: current.database, session },
    steps: steps.length,
    judgement: {
      ...judgement,
      ...(reason === undefined ? {} : { reason }),
      ...(refused ? {} : { rows: kept })
    }
  }
})

const withoutCensus = (loaded: Loaded): Loaded => ({ ...loaded, catalog: { ...loaded.catalog, unmanaged: [] } })

const messageOf = (error: unknown): string => error instanceof Error ? error.message : String(error)

/** Runs one pair of neighbours: there on a copy of the first, and back on the same copy. */
const runPair = Effect.fn("Conformance.runPair")(function*(
  names: { readonly project: string; readonly forward: string; readonly back: string },
  from: Loaded,
  to: Loaded,
  pairs: ReadonlyArray<Pair>
) {
  const { project } = names
  const unmanaged = [...from.catalog.unmanaged, ...to.catalog.unmanaged]
  const results: Array<Result> = []
  const report = (name: string, rest: Omit<Result, "project" | "name">): void => {
    results.push({ project, name, ...rest })
  }
  if (unmanaged.length > 0) {
    const reason = `unmanaged ${[...new Set(unmanaged.map((object) => object.kind))].join(", ")}`
    for (const name of [names.forward, names.back]) {
      report(name, { outcome: "unmanaged", reason, steps: 0, reordered: 0, inherited: 0, judged: false })
    }
    return results
  }
  const attempt = <A extends { readonly steps: number; readonly judgement: Judgement }, E, R>(
    name: string,
    effect: Effect.Effect<A, E, R>
  ) =>
    Effect.matchEffect(effect, {
      onFailure: (error) =>
        Effect.sync((): A | undefined => {
          const message = messageOf(error)
          report(name, {
            outcome: "failed",
            reason: oneLine(message),
            detail: message,
            steps: 0,
            reordered: 0,
            inherited: 0,
            judged: false
          })
          return undefined
        }),
      onSuccess: (value) =>
        Effect.sync((): A | undefined => {
          const { detail, inherited, judged, reason, reordered, rows } = value.judgement
          report(name, {
            outcome: reason === undefined ? "passed" : "failed",
            ...(reason === undefined ? {} : { reason: oneLine(reason) }),
            ...(detail === undefined ? {} : { detail }),
            steps: value.steps,
            reordered,
            inherited,
            judged,
            ...(rows === undefined ? {} : { rows })
          })
          return value
        })
    })
  const forward = yield* attempt(
    names.forward,
    Effect.flatMap(copyOf(from.database), (copy) => step(copy, from.catalog, to, copyOf(from.database), pairs))
  )
  // the way back starts from what the way there made, or from the wanted schema itself where that failed
  const start = forward?.judgement.reason === undefined ? forward : undefined
  const copyOfTo = copyOf(to.database)
  const back = pairs.map(({ from, to }) => ({ from: to, to: from }))
  yield* attempt(
    names.back,
    start === undefined
      ? Effect.flatMap(copyOfTo, (copy) => step(copy, to.catalog, from, copyOfTo, back))
      : step(start.copy, start.reached, from, copyOfTo, back)
  )
  return results
})

/** What a run is told. */
export interface RunOptions {
  /** Counts schemas with objects of no kind apart instead of migrating the rest of them. */
  readonly census: boolean
  /** Hears of each migration as soon as it is judged. */
  readonly onResult: (result: Result) => void
}

/** Runs all migrations of a chain, each as soon as both its schemas are loaded. */
export const runChain = Effect.fn("Conformance.runChain")(function*(
  scratch: Scratch,
  chain: Chain,
  options: RunOptions
) {
  const { onResult } = options
  yield* Effect.ignore(scratch.createRoles(chain.roles))
  const prefix = chain.name === "" ? "" : `${chain.name} `
  let before: { readonly version: Version; readonly loaded: Loaded; readonly scope: Scope.Closeable } | undefined
  let missing: string | undefined
  for (const version of chain.versions) {
    const scope = yield* Scope.make()
    const exit = yield* Effect.exit(Scope.provide(loadVersion(scratch, version), scope))
    const earlier = before
    const previous = chain.versions[chain.versions.indexOf(version) - 1]
    if (Exit.isFailure(exit)) {
      const failure = exit.cause.reasons.find((reason) => reason._tag === "Fail")
      missing = `${version.name}: ${oneLine(messageOf(failure === undefined ? exit.cause : failure.error))}`
    }
    if (previous !== undefined) {
      const names = {
        project: chain.project,
        forward: `${prefix}${previous.name} -> ${version.name}`,
        back: `${prefix}${version.name} -> ${previous.name}`
      }
      if (earlier === undefined || Exit.isFailure(exit)) {
        for (const name of [names.forward, names.back]) {
          onResult({
            project: chain.project,
            name,
            outcome: "unloadable",
            reason: missing ?? "",
            steps: 0,
            reordered: 0,
            inherited: 0,
            judged: false
          })
        }
      } else {
        const loaded = [earlier.loaded, exit.value] as const
        const [from, to] = options.census ? loaded : [withoutCensus(loaded[0]), withoutCensus(loaded[1])]
        const sql = version.file === undefined ? "" : yield* Effect.flatMap(
          FileSystem.FileSystem,
          (fs) => fs.readFileString(version.file ?? "")
        )
        const pairs = yield* pairsOf(from.catalog, to.catalog, chain.renames, sql)
        const results = yield* Effect.scoped(runPair(names, from, to, pairs))
        results.forEach(onResult)
      }
    }
    if (earlier !== undefined) yield* Scope.close(earlier.scope, Exit.void)
    if (Exit.isSuccess(exit)) before = { version, loaded: exit.value, scope }
    else {
      before = undefined
      yield* Scope.close(scope, Exit.void)
    }
  }
  if (before !== undefined) yield* Scope.close(before.scope, Exit.void)
})
