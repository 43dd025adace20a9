/** SQLAlchemy's models fill the shadow, and plans lead there and back: with every way that a shadow can be. */
import { describe, expect } from "bun:test"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { folder, lockplane, type Run } from "../cli/lockplane.ts"
import * as it from "../effect.ts"
import { database, type Server, server } from "../servers.ts"
import { python, runPython } from "./python.ts"

class TestServer extends Context.Service<TestServer, Server>()("test/tools/TestServer") {}

const live = it.layer(Layer.effect(TestServer, server({ major: 18 })))

const fixtures = fileURLToPath(new URL("../../fixtures/tools/sqlalchemy/", import.meta.url))
const script = (name: string, ...parameters: ReadonlyArray<string>) => runPython([join(fixtures, name), ...parameters])

interface Found {
  readonly rows: {
    readonly bookings: ReadonlyArray<unknown>
    readonly events: ReadonlyArray<unknown>
    readonly invoices: ReadonlyArray<unknown>
  }
  /** What Alembic would change, to have what the models say. */
  readonly differences: ReadonlyArray<string>
  /** What SQLAlchemy's inspection tells. */
  readonly facts: unknown
}

const succeeded = (run: Run): string => {
  expect([run.code, run.stderr]).toEqual([0, run.stderr])
  return run.stdout
}

const descriptions = (plan: string): ReadonlyArray<string> =>
  JSON.parse(plan).steps.map(({ description }: { readonly description: string }) => description).toSorted()

const ofBilling = /\bbilling\b/

const created = [
  "Create schema billing",
  "Create enum booking_state",
  "Create sequence tags_id_seq",
  "Give sequence tags_id_seq to column tags.id",
  ...["billing.invoices", "bookings", "event_tags", "events", "tags", "venues"].map((name) => `Create table ${name}`),
  "Add foreign key fk_invoices_booking_id_bookings to table billing.invoices",
  "Add foreign key fk_bookings_event_id_events to table bookings",
  "Add foreign key fk_event_tags_event_id_events to table event_tags",
  "Add foreign key fk_event_tags_tag_id_tags to table event_tags",
  "Add foreign key fk_events_venue_id_venues to table events",
  "Create index ix_bookings_details on table bookings",
  "Create index ix_bookings_event_id on table bookings",
  "Create index ix_event_tags_tag_id on table event_tags",
  "Create index ix_events_keywords on table events",
  "Create index ix_events_upcoming on table events",
  "Create index ix_events_venue_id on table events",
  "Create index uq_tags_lower_name on table tags",
  "Comment on table public.venues",
  "Comment on column public.venues.seats"
].toSorted()

const changed = [
  "Add value 'refunded' to enum booking_state",
  "Add column due_at to table billing.invoices",
  "Create index ix_invoices_due_at on table billing.invoices",
  "Add column guest_id to table bookings",
  "Create index ix_bookings_guest_id on table bookings",
  "Add column email_domain to table bookings",
  "Change nullability of bookings.details",
  "Set default of bookings.details",
  "Drop index ix_events_upcoming from table events",
  "Add column sold_out to table events",
  "Create index ix_events_upcoming on table events",
  "Drop column price_with_tax from table events",
  "Change type of events.price from numeric(8,2) to numeric(10,2)",
  "Set default of events.price",
  "Add column price_with_tax to table events",
  "Create table guests",
  "Add foreign key fk_bookings_guest_id_guests to table bookings",
  "Add foreign key fk_guests_referred_by_guests to table guests",
  "Change comment on table public.venues",
  "Drop check constraint ck_venues_seats_positive from table venues",
  "Add check constraint ck_venues_seats_positive to table venues",
  "Change type of venues.name from character varying(120) to character varying(200)",
  "Drop column fax from table venues",
  "Add column website to table venues",
  "Comment on column public.venues.website"
].toSorted()

interface Way {
  /** What the environment says of its shadow. */
  readonly shadow: (server: Server) => string
  /** The shadow is a schema, which takes only what names no schema. */
  readonly alone?: boolean
  /** More to be seen at the point where a plan would lose values. */
  readonly beforeLoss?: (run: (...args: ReadonlyArray<string>) => Effect.Effect<Run>) => Effect.Effect<void>
  /** What `apply` is given beside the plan. */
  readonly applying?: ReadonlyArray<string>
}

/** Both versions of the models, there and back. */
const workflow = Effect.fnUntraced(function*(way: Way) {
  const alone = way.alone === true ? ["alone"] : []
  const applying = ["--auto-approve", ...way.applying ?? []]
  const server = yield* TestServer
  const target = (yield* database(server)).replace("postgres://", "postgresql://")
  const cwd = yield* folder({
    "lockplane.toml": "default_environment = \"local\"\n[environments.local]\n",
    ".env.local": `DATABASE_URL=${target}\n${way.shadow(server)}\n`
  })
  const run = (...args: ReadonlyArray<string>) => lockplane(args, { cwd })
  const done = (...args: ReadonlyArray<string>) => Effect.map(run(...args), succeeded)
  const save = (name: string, text: string) => Effect.promise(() => writeFile(join(cwd, name), text))
  const wanted = (steps: ReadonlyArray<string>) => steps.filter((step) => alone.length === 0 || !ofBilling.test(step))

  /** Lets the models of a version make their tables on the shadow, and plans the way there. */
  const planTo = Effect.fnUntraced(function*(version: string) {
    const { shadow_url } = JSON.parse(yield* done("shadow", "prepare"))
    expect(shadow_url).toStartWith("postgresql://")
    yield* script("create.py", version, shadow_url, ...alone)
    const plan = yield* done("shadow", "diff")
    yield* save(`${version}.json`, plan)
    return { plan, shadow_url }
  })
  const look = (version: string, url: string) =>
    Effect.map(script("look.py", version, url, ...alone), (text): Found => JSON.parse(text))

  const first = yield* planTo("v1")
  expect(descriptions(first.plan)).toEqual(wanted(created))
  yield* done("apply", "v1.json", ...applying)
  yield* script("book.py", target)
  const before = yield* look("v1", target)
  expect(before.differences).toEqual([])
  expect(before.rows).toEqual({
    bookings: [
      ["Jazz", "Old Mill", "ann@example.org", 2, "paid", { row: 1 }],
      ["Jazz", "Old Mill", "bob@example.com", 1, "held", {}]
    ],
    events: [[1000, ["jazz", "live"], "19.90", "23.68", ["Music"]]],
    invoices: alone.length === 0 ? [["R-1", "39.80"]] : []
  })
  expect((yield* look("v1", first.shadow_url)).facts).toEqual(before.facts)
  expect(descriptions(yield* done("shadow", "diff"))).toEqual([])

  const second = yield* planTo("v2")
  expect(descriptions(second.plan)).toEqual(wanted(changed))
  yield* save("back.json", yield* done("plan-rollback", "--plan", "v2.json", "--from", "env:local"))
  if (way.beforeLoss !== undefined) {
    yield* way.beforeLoss(run)
    expect(yield* look("v1", target)).toEqual(before)
  }
  yield* done("apply", "v2.json", ...applying, "--allow-destructive")
  const after = yield* look("v2", target)
  expect([after.differences, after.rows]).toEqual([[], before.rows])
  expect((yield* look("v2", second.shadow_url)).facts).toEqual(after.facts)
  expect(descriptions(yield* done("shadow", "diff"))).toEqual([])

  yield* done("apply", "back.json", ...applying, "--allow-destructive")
  expect(yield* look("v1", target)).toEqual(before)
  expect(JSON.parse(yield* done("shadow", "release"))).toEqual({ released: true })
  return { cwd }
})

describe.skipIf(python === undefined)("SQLAlchemy's models", () => {
  live("with a database on a server as shadow", () =>
    Effect.gen(function*() {
      const { cwd } = yield* workflow({
        shadow: (server) => `SHADOW_DATABASE_URL=${server.url("box_office_shadow")}`,
        beforeLoss: Effect.fnUntraced(function*(run) {
          const refused = yield* run("apply", "v2.json", "--auto-approve")
          expect(refused.code).toBe(1)
          expect(refused.stderr).toContain("The values of venues.fax are lost.")
        })
      })
      // models that are as before have nothing to do
      const { shadow_url } = JSON.parse(succeeded(yield* lockplane(["shadow", "prepare"], { cwd })))
      yield* script("create.py", "v1", shadow_url)
      const plan = succeeded(yield* lockplane(["shadow", "diff", "--reset"], { cwd }))
      expect(descriptions(plan)).toEqual([])
    }))

  live("with the embedded engine as shadow", () => workflow({ shadow: () => "" }))

  // plans are proven on the embedded engine here too, as above
  live("with a schema as shadow", () =>
    workflow({
      shadow: () => "SHADOW_SCHEMA=box_office_shadow",
      alone: true,
      applying: ["--skip-shadow"]
    }))

  it.live("of SQLite, with a file as shadow", () =>
    Effect.gen(function*() {
      const shop = fileURLToPath(new URL("../../fixtures/tools/sqlalchemy-sqlite/shop.py", import.meta.url))
      const cwd = yield* folder({
        "lockplane.toml": "default_environment = \"local\"\ndialect = \"sqlite\"\n[environments.local]\n",
        ".env.local": "DATABASE_URL=sqlite://shop.db\n",
        "shop.db": ""
      })
      const target = `sqlite:///${join(cwd, "shop.db")}`
      const done = (...args: ReadonlyArray<string>) => Effect.map(lockplane(args, { cwd }), succeeded)
      const python = (what: string, version: string, url: string) => runPython([shop, what, version, url])
      const look = (version: string, url: string) =>
        Effect.map(python("look", version, url), (text) => {
          const { facts, ...rows } = JSON.parse(text)
          return { facts, rows }
        })
      const planTo = Effect.fnUntraced(function*(version: string) {
        const { shadow_url } = JSON.parse(yield* done("shadow", "prepare"))
        yield* python("create", version, shadow_url)
        const plan = yield* done("shadow", "diff")
        yield* Effect.promise(() => writeFile(join(cwd, `${version}.json`), plan))
        return { plan, shadow: (yield* look(version, shadow_url)).facts }
      })

      const first = yield* planTo("v1")
      yield* done("apply", "v1.json", "--auto-approve")
      yield* python("sell", "v1", target)
      const before = yield* look("v1", target)
      expect(before).toEqual({
        facts: first.shadow,
        rows: {
          orders: [["Ann", "open", 3, "2.50", "7.50"]],
          customers: [[1, "Ann", "ann@example.org"]],
          last: [["customers", 2]],
          differences: []
        }
      })

      const second = yield* planTo("v2")
      expect(descriptions(second.plan)).toContain("Create table tags")
      yield* done("apply", "v2.json", "--auto-approve", "--allow-destructive")
      const after = yield* look("v2", target)
      expect(after).toEqual({ facts: second.shadow, rows: before.rows })
      expect(descriptions(yield* done("shadow", "diff"))).toEqual([])

      yield* done(
        "rollback",
        "--plan",
        "v2.json",
        "--target-environment",
        "local",
        "--auto-approve",
        "--allow-destructive"
      )
      expect(yield* look("v1", target)).toEqual(before)
      expect(JSON.parse(yield* done("shadow", "release"))).toEqual({ released: true })
    }))
})
