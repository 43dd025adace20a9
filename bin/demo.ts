/**
 * The demo: takes the schema of a small shop from one state to another and back, on the embedded PostgreSQL, or on an empty
 * database whose URL is given. Every stage is called as a program that imports Lockplane would call it.
 */
import * as NodeRuntime from "@effect/platform-node-shared/NodeRuntime"
import * as Clock from "effect/Clock"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Path from "effect/Path"
import * as Redacted from "effect/Redacted"
import * as Stdio from "effect/Stdio"
import { Ended, exitCodes, Refused, reporting } from "../src/cli/Failure.ts"
import { withProgress } from "../src/cli/TerminalProgress.ts"
import {
  Canonical,
  Catalog,
  type Database,
  Dialect,
  Diff,
  Executor,
  Explain,
  Lockplane,
  Plan,
  Platform,
  Prover,
  Source
} from "../src/index.ts"

type OpenDatabase = Database.Database["Service"]

const rows = `
  INSERT INTO categories (name) VALUES ('Books'), ('Garden');
  INSERT INTO products (category_id, sku, name, price) VALUES (1, 'B-1', 'An atlas', 39.90), (2, 'G-1', 'A spade', 24.50);
  INSERT INTO stock VALUES (1, 12), (2, 5);
  INSERT INTO customers (email, full_name, phone) VALUES ('ada@example.org', 'Ada', '555-1'), ('max@example.org', 'Max', NULL);
  INSERT INTO orders (customer_id) VALUES (1), (2);
  INSERT INTO order_lines VALUES (1, 1, 1, 1, 39.90), (1, 2, 2, 2, 24.50), (2, 1, 2, 1, 24.50);`

const countRows = `
  SELECT (SELECT count(*) FROM categories) + (SELECT count(*) FROM products) + (SELECT count(*) FROM stock)
    + (SELECT count(*) FROM customers) + (SELECT count(*) FROM orders) + (SELECT count(*) FROM order_lines) AS rows`

const count = (n: number, word: string): string => `${n} ${word}${n === 1 ? "" : "s"}`

/** Does a part of the demo and says what came of it, and how long it took. */
const part = <A, E, R>(work: Effect.Effect<A, E, R>, result: (value: A) => string) =>
  Effect.gen(function*() {
    const started = yield* Clock.currentTimeMillis
    const value = yield* work
    const seconds = (((yield* Clock.currentTimeMillis) - started) / 1000).toFixed(1)
    yield* Console.log(`  ✓ ${seconds.padStart(5)} s  ${result(value)}`)
    return value
  })

const read = (database: OpenDatabase) =>
  Effect.flatMap(Dialect.Dialect, ({ introspect }) =>
    Effect.scoped(Effect.map(
      Effect.flatMap(database.session, introspect),
      (catalog): Catalog.Catalog => ({ ...catalog, serverMajor: catalog.major })
    )))

const sql = (database: OpenDatabase, script: string) =>
  Effect.scoped(Effect.flatMap(database.session, ({ execute }) => execute(script)))

const rowsIn = (database: OpenDatabase) =>
  Effect.scoped(
    Effect.flatMap(database.session, ({ query }) => Effect.map(query(countRows), ([row]) => Number(row?.["rows"])))
  )

const requireEmpty = (catalog: Catalog.Catalog, database: OpenDatabase) => {
  const objects = [...catalog.objects.values()].filter(({ id }) =>
    !/^(schema public|comment on schema public)$/.test(id)
  )
  const held = objects.length + catalog.unmanaged.length
  return held === 0 ? Effect.void : Effect.fail(
    new Refused({
      detail: `${database.description} is not empty: it holds ${count(held, "object")}`,
      next: "The demo works on an empty database only: createdb lockplane_demo, and name that. Nothing was changed."
    })
  )
}

/** The plan of the way from what the database holds to the files, proven. */
const planTo = Effect.fn("demo.planTo")(function*(database: OpenDatabase, folder: string) {
  const between = yield* Canonical.comparable(yield* read(database), yield* Source.load(Source.parse(folder)))
  return yield* withProgress(Prover.prove(between))
})

const apply = (plan: Plan.Plan, database: OpenDatabase) => withProgress(Executor.apply(plan, database))

const describePlan = (plan: Plan.Plan): string => {
  const losses = plan.steps.filter((step) => Plan.declaredLosses(step).length > 0).length
  const warned = plan.steps.filter(({ hazards = [] }) => hazards.length > 0).length - losses
  const risks = [
    ...(losses > 0 ? [`${losses} with loss of data`] : []),
    ...(warned > 0 ? [`${warned} with a warning`] : [])
  ]
  return `planned ${count(plan.steps.length, "step")}${
    risks.length > 0 ? ` (${risks.join(", ")})` : ""
  }, proven on ${plan.proof?.engine}`
}

const demo = Effect.gen(function*() {
  const { args } = yield* Stdio.Stdio
  const path = yield* Path.Path
  const { connect } = yield* Dialect.Dialect
  const [url] = yield* args
  const fixtures = yield* Effect.map(
    path.fromFileUrl(new URL("../fixtures/demo", import.meta.url)),
    (folder) => path.relative(path.resolve(), folder)
  )
  const [before, after] = [path.join(fixtures, "before"), path.join(fixtures, "after")]
  const started = yield* Clock.currentTimeMillis
  const database = yield* connect(
    url === undefined ? { _tag: "Embedded", directory: undefined } : { _tag: "Server", url: Redacted.make(url) }
  )
  const empty = yield* read(database)
  yield* requireEmpty(empty, database)
  yield* Console.log(`A shop on ${database.description}\n`)

  const first = yield* part(planTo(database, before), ({ plan }) => `${before}: ${describePlan(plan)}`)
  yield* part(
    apply(first.plan, database),
    ({ steps_applied }) => `applied ${count(steps_applied, "step")}: the shop is there`
  )
  yield* sql(database, rows)
  const stored = yield* rowsIn(database)
  const shop = yield* read(database)

  const second = yield* part(planTo(database, after), ({ plan }) => `${after}: ${describePlan(plan)}`)
  yield* part(
    apply(second.plan, database),
    ({ steps_applied }) => `applied ${count(steps_applied, "step")}, in one transaction`
  )
  const again = yield* part(
    planTo(database, after),
    ({ plan }) =>
      plan.steps.length === 0
        ? "planned again: nothing left to do"
        : `planned again: ${count(plan.steps.length, "step")} left`
  )
  yield* part(
    apply(second.rollback, database),
    ({ steps_applied }) => `took it back with ${count(steps_applied, "step")}`
  )
  const restored = yield* read(database)
  const kept = yield* rowsIn(database)
  const differences = Diff.diff(shop, restored).length
  yield* part(
    apply(first.rollback, database),
    ({ steps_applied }) => `cleared away with ${count(steps_applied, "step")}`
  )
  const holds = again.plan.steps.length === 0 && differences === 0 && kept === stored

  yield* Console.log(["", "The plan that was proven and applied, in words (the beginning):", ""].join("\n"))
  yield* Console.log(Explain.explain(second.plan).split("\n").slice(0, 32).join("\n"))
  const seconds = (((yield* Clock.currentTimeMillis) - started) / 1000).toFixed(1)
  yield* Console.log([
    "     …",
    "",
    `Summary, after ${seconds} s on ${database.description}:`,
    `  forward   ${count(second.plan.steps.length, "step")}; the schema was then exactly that of ${after}`,
    `  again     ${count(again.plan.steps.length, "step")}`,
    `  back      ${count(second.rollback.steps.length, "step")}; schema hash ${
      Catalog.hash(restored).slice(0, 12)
    }, before it was ${Catalog.hash(shop).slice(0, 12)}: ${
      differences === 0 ? "equal" : `${count(differences, "difference")}`
    }`,
    `  rows      ${kept} of ${stored} are there; the phone numbers went with their column, as step ${
      second.plan.steps.findIndex((step) => Plan.declaredLosses(step).length > 0) + 1
    } of the plan says`,
    "",
    holds ? "Everything came out as planned." : "This is not what was planned: please report it."
  ].join("\n"))
  if (!holds) return yield* new Ended({ code: exitCodes.failed })
})

const interrupted =
  "Interrupted: the step that ran was undone; a server's database holds the shop as far as the demo had come."

reporting(Effect.provide(Effect.scoped(demo), Lockplane.layer), Effect.succeed(interrupted)).pipe(
  Effect.provide(Platform.layer),
  NodeRuntime.runMain({ disableErrorReporting: true })
)
