/** What must hold of every change of a schema, tried on a shadow. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { maybeSpelling, settledPair } from "../../src/Canonical.ts"
import { type Catalog, hash } from "../../src/Catalog.ts"
import type { CatalogCache } from "../../src/CatalogCache.ts"
import { describeChange } from "../../src/Description.ts"
import { Dialect } from "../../src/Dialect.ts"
import { diff } from "../../src/Diff.ts"
import type { Session } from "../../src/engine/Database.ts"
import type { DatabaseError } from "../../src/engine/DatabaseError.ts"
import { rehearse, savepoint } from "../../src/engine/Transaction.ts"
import { plan, PlanRefused } from "../../src/Planner.ts"
import { encodeJson } from "../../src/postgres/SchemaJson.ts"
import { rehearsePlan } from "../../src/Rehearsal.ts"
import { toSql } from "../../src/SchemaSql.ts"
import { Shadow } from "../../src/Shadow.ts"
import { after, before, type Change, type Element } from "./Model.ts"
import { write } from "./Writing.ts"

/** A property does not hold. */
export class Broken extends Schema.TaggedError<Broken>()("Broken", {
  property: Schema.String,
  /** What went wrong without names and numbers: the same for inputs that fail for the same reason. */
  cause: Schema.String,
  detail: Schema.String
}) {
  override get message(): string {
    return `${this.property}: ${this.detail}`
  }
}

/** The statements of the two schemas of a change, without those that are not possible. */
export interface Schemas {
  readonly before: ReadonlyArray<string>
  readonly after: ReadonlyArray<string>
}

/** How a change went: planned and proven, or refused with these reasons. */
export type Outcome = { readonly _tag: "Held"; readonly steps: number } | {
  readonly _tag: "Refused"
  readonly reasons: ReadonlyArray<string>
}

/** Text without what differs between inputs that fail alike. */
const anonymous = (text: string): string =>
  text.replaceAll(/"(?:[^"]|"")*"|'(?:[^']|'')*'/g, "_").replaceAll(/[\w$.]*\d[\w$.]*/g, "#").replaceAll(/\s+/g, " ")
    .slice(0, 160)

const broken = (property: string, detail: string, cause = anonymous(detail)): Broken =>
  new Broken({ property, cause: `${property}: ${cause}`, detail })

const failed =
  (property: string) =>
  (error: { readonly message: string; readonly code?: string; readonly differences?: ReadonlyArray<string> }): Broken =>
    broken(property, [error.message].join("\n"), anonymous(`${error.code ?? ""} ${error.message}`))

/** A refusal is an answer, unless it is a fault that shows as one. */
const refusal = ({ reasons }: PlanRefused): Effect.Effect<Outcome, Broken> => {
  const fault = reasons.find((reason) => reason === "NOT DETERMINISTIC" || reason.includes("fault of Lockplane"))
  return fault === undefined
    ? Effect.succeed({ _tag: "Refused", reasons })
    : Effect.fail(broken("plan", fault, anonymous(fault).slice(0, 40)))
}

/** Creates a schema and reads it; what is not possible is passed over. Gives what was possible too. */
const load = Effect.fn("Properties.load")(
  function*(elements: ReadonlyArray<Element>, session: Session): Effect.fn.Return<
    { readonly catalog: Catalog; readonly statements: ReadonlyArray<string> },
    DatabaseError,
    Dialect
  > {
    const { introspect } = yield* Dialect
    return yield* rehearse(
      session,
      Effect.gen(function*() {
        const statements: Array<string> = []
        for (const element of write(elements)) {
          const done = yield* Effect.result(savepoint(session, session.execute(element.join(";\n"))))
          if (done._tag === "Success") statements.push(...element)
        }
        return { catalog: yield* introspect(session), statements }
      })
    )
  }
)

const same = (property: string, found: Catalog, wanted: Catalog): Effect.Effect<void, Broken, Dialect> =>
  Effect.gen(function*() {
    if (hash(found) === hash(wanted)) return
    const { kindOf } = yield* Dialect
    const changes = diff(found, wanted)
    const kinds = changes.map((change) =>
      change._tag === "Alter"
        ? `~ ${change.to.kind} ${
          Object.keys({ ...change.from.state, ...change.to.state }).filter((key) =>
            JSON.stringify(change.from.state[key]) !== JSON.stringify(change.to.state[key])
          ).join()
        }`
        : `${change._tag} ${change.object.kind}`
    )
    return yield* broken(
      property,
      `differs from what was wanted:\n${changes.map((change) => describeChange(change, kindOf)).join("\n")}`,
      [...new Set(kinds)].join("; ")
    )
  })

/**
 * A schema as SQL and as JSON, each created again and read. Where that differs in spelling alone, the second print is held
 * against the third: PostgreSQL's print of its own print.
 */
const converts: (
  catalog: Catalog,
  session: Session,
  again?: boolean
) => Effect.Effect<void, Broken | PlanRefused, Dialect> = Effect.fn("Properties.converts")(
  function*(catalog: Catalog, session: Session, again = true): Effect.fn.Return<void, Broken | PlanRefused, Dialect> {
    const dialect = yield* Dialect
    const sql = yield* Effect.fromResult(toSql(catalog, { kindOf: dialect.kindOf, serverMajor: catalog.major }))
    const texts = [
      ["catalog to SQL and back", dialect.readSql("catalog", [{ path: "catalog.lp.sql", text: sql }]), sql],
      ["catalog to JSON and back", dialect.readJson({ path: "catalog.json", text: encodeJson(catalog) }), ""]
    ] as const
    for (const [property, read, text] of texts) {
      const found = yield* Effect.gen(function*() {
        const { load } = yield* read
        return yield* rehearse(session, Effect.andThen(load(session), dialect.introspect(session)))
      }).pipe(Effect.mapError((error) => broken(property, `${error.message}\n${text}`, anonymous(error.message))))
      if (again && maybeSpelling(diff(found, catalog), dialect.kindOf)) yield* converts(found, session, false)
      else yield* same(property, found, catalog)
    }
  }
)

/** Tries all properties on one change, on the shadow of the context. `onSchemas` hears of its two schemas as soon as they are known. */
export const check = Effect.fn("Properties.check")(
  function*(change: Change, onSchemas: (schemas: Schemas) => void = () => {}): Effect.fn.Return<
    Outcome,
    Broken | DatabaseError,
    Dialect | Shadow | CatalogCache
  > {
    const dialect = yield* Dialect
    const shadow = yield* Shadow
    const loaded = yield* Effect.scoped(Effect.gen(function*() {
      const session = yield* shadow.reserve({ extensions: [] })
      const source = yield* load(before(change), session)
      const target = yield* load(after(change), session)
      onSchemas({ before: source.statements, after: target.statements })
      for (const { catalog } of [source, target]) {
        if (catalog.unmanaged.length > 0) {
          return yield* broken(
            "census",
            catalog.unmanaged.map(({ kind, name }) => `${kind} ${name}`).join(", ")
          )
        }
      }
      const converted = yield* Effect.result(converts(target.catalog, session))
      if (converted._tag === "Success") return { source: source.catalog, target: target.catalog }
      return converted.failure._tag === "PlanRefused" ? yield* refusal(converted.failure) : yield* converted.failure
    }))
    if ("_tag" in loaded) return loaded
    const serverMajor = yield* shadow.major
    const options = { kindOf: dialect.kindOf, serverMajor }
    const rehearsed = ({ source, target }: { readonly source: Catalog; readonly target: Catalog }) =>
      rehearsePlan({
        from: source,
        serverMajor,
        make: (trial) =>
          Effect.gen(function*() {
            const steps = yield* Effect.fromResult(plan(source, target, { ...options, ...trial }))
            const second = yield* Effect.fromResult(plan(shuffled(source), shuffled(target), { ...options, ...trial }))
            if (JSON.stringify(steps) !== JSON.stringify(second)) {
              return yield* new PlanRefused({ reasons: ["NOT DETERMINISTIC"] })
            }
            return steps
          }),
        wanted: target,
        extensions: []
      })
    let read: { readonly source: Catalog; readonly target: Catalog } = loaded
    const first = yield* Effect.result(rehearsed(read))
    // as Prover.prove does: the difference may be one of spelling
    const isSpelling = first._tag === "Failure" && first.failure._tag === "NotProven" &&
      first.failure.failure === "schema"
    if (isSpelling) {
      const { from, to } = yield* Effect.mapError(
        settledPair({ from: read.source, to: read.target, serverMajor }),
        failed("settling")
      )
      read = { source: from, target: to }
    }
    const again = isSpelling ? yield* Effect.result(rehearsed(read)) : first
    const { source, target } = read
    if (again._tag === "Failure") {
      const error = again.failure
      if (error._tag === "PlanRefused") return yield* refusal(error)
      if (error._tag === "NotProven") {
        const differences = error.reason.startsWith("step ")
          ? ""
          : error.differences.map(anonymous).slice(0, 3).join("; ")
        return yield* broken(
          error.subject,
          error.message,
          `${anonymous(error.reason.replace(/^step \d+ \(.*?\) fails/s, "fails"))} ${differences}`
        )
      }
      return yield* failed("shadow")(error)
    }
    const { after: reached, before: started, steps } = again.success
    for (
      const [property, from, to] of [["plan again", reached, target], [
        "plan again after the rollback",
        started,
        source
      ]] as const
    ) {
      const more = yield* Effect.mapError(Effect.fromResult(plan(from, to, options)), failed(property))
      if (more.length > 0) return yield* broken(property, `is not empty: ${more[0]?.description}`)
    }
    return { _tag: "Held", steps: steps.length }
  }
)

/** The catalog with its maps in another order: a plan must not depend on it. */
const shuffled = (catalog: Catalog): Catalog => ({
  ...catalog,
  objects: new Map([...catalog.objects].toReversed()),
  dependencies: new Map(
    [...catalog.dependencies].toReversed().map(([id, needs]) => [id, new Set([...needs].toReversed())])
  )
})
