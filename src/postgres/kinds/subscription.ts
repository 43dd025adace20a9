/**
 * Subscriptions (PostgreSQL manual 29.2, CREATE SUBSCRIPTION). The connection is a secret of each database: it is neither
 * read nor written, and whether the subscription is enabled goes with it. A plan creates a subscription disabled and
 * without a connection, and never talks to a publisher.
 */
import * as Schema from "effect/Schema"
import type { CatalogObject } from "../../Catalog.ts"
import { quoteIdentifier, quoteLiteral } from "../Identifier.ts"
import { inPlace, type Kind, type Requirement, type Statement } from "./Kind.ts"
import { inDatabase } from "./renaming.ts"

/** What is subscribed to, and how changes are applied; each option only where it is not the server's default. */
export const SubscriptionState = Schema.Struct({
  /** Names of publications on the publisher, sorted. */
  publications: Schema.Array(Schema.String),
  /** Absent: the name of the subscription. */
  slot_name: Schema.optionalKey(Schema.String),
  /** It has no replication slot. */
  no_slot: Schema.optionalKey(Schema.Literal(true)),
  synchronous_commit: Schema.optionalKey(Schema.String),
  binary: Schema.optionalKey(Schema.Literal(true)),
  /** The default is off before PostgreSQL 18, and parallel since. */
  streaming: Schema.optionalKey(Schema.Literals(["off", "on", "parallel"])),
  two_phase: Schema.optionalKey(Schema.Literal(true)),
  disable_on_error: Schema.optionalKey(Schema.Literal(true)),
  password_required: Schema.optionalKey(Schema.Literal(false)),
  run_as_owner: Schema.optionalKey(Schema.Literal(true)),
  origin: Schema.optionalKey(Schema.Literal("none")),
  failover: Schema.optionalKey(Schema.Literal(true))
})
/** What is subscribed to, and how changes are applied; each option only where it is not the server's default. */
export type SubscriptionState = typeof SubscriptionState.Type

type Subscription = CatalogObject<SubscriptionState>

const name = (object: CatalogObject): string => quoteIdentifier(object.name[0] ?? "")

/** The options that PostgreSQL lets a subscription change without its publisher, as `name = value`. */
const options = (subscription: string, state: SubscriptionState, major: number): ReadonlyArray<string> => [
  `slot_name = ${state.no_slot === true ? "NONE" : quoteLiteral(state.slot_name ?? subscription)}`,
  `synchronous_commit = ${quoteLiteral(state.synchronous_commit ?? "off")}`,
  `binary = ${state.binary ?? false}`,
  `streaming = ${state.streaming ?? (major >= 18 ? "parallel" : "off")}`,
  ...(major < 15 ? [] : [`disable_on_error = ${state.disable_on_error ?? false}`]),
  ...(major < 16 ? [] : [
    `password_required = ${state.password_required ?? true}`,
    `run_as_owner = ${state.run_as_owner ?? false}`,
    `origin = ${state.origin ?? "any"}`
  ])
]

/** The options that a subscription keeps unless its publisher hears of it. */
const fixedOptions = (state: SubscriptionState): ReadonlyArray<string> => [
  ...(state.two_phase === true ? ["two_phase = true"] : []),
  ...(state.failover === true ? ["failover = true"] : [])
]

/**
 * The statement that creates a subscription without a connection, and what it says beyond a server's defaults. `major` is
 * that of the server.
 */
export const createSubscription = (subscription: string, state: SubscriptionState, major: number): string => {
  const usual = options(subscription, { publications: [] }, major)
  const own = options(subscription, state, major).filter((option) => !usual.includes(option))
  return `CREATE SUBSCRIPTION ${quoteIdentifier(subscription)} CONNECTION '' PUBLICATION ${
    state.publications.map(quoteIdentifier).join(", ")
  } WITH (${["connect = false", ...own, ...fixedOptions(state)].join(", ")})`
}

const isFixed = (from: SubscriptionState, to: SubscriptionState): boolean =>
  from.two_phase === to.two_phase && from.failover === to.failover

const alterations = (from: Subscription, to: Subscription, major: number): ReadonlyArray<Statement> => {
  const [subscription = ""] = to.name
  const before = options(subscription, from.state, major)
  const changed = options(subscription, to.state, major).filter((option) => !before.includes(option))
  return [
    ...(from.state.publications.join() === to.state.publications.join() ? [] : [{
      sql: `ALTER SUBSCRIPTION ${name(to)} SET PUBLICATION ${
        to.state.publications.map(quoteIdentifier).join(", ")
      } WITH (refresh = false)`,
      description: `Change the publications of subscription ${name(to)}; after the plan, run ALTER SUBSCRIPTION ${
        name(to)
      } REFRESH PUBLICATION`
    }]),
    ...(changed.length === 0 ? [] : [{
      sql: `ALTER SUBSCRIPTION ${name(to)} SET (${changed.join(", ")})`,
      description: `Change options of subscription ${name(to)}`
    }])
  ]
}

/** The kind `subscription`. */
export const subscription: Kind<SubscriptionState> = {
  kind: "subscription",
  section: "subscriptions",
  catalog: "pg_subscription",
  dropLoses: "Changes of the publisher no longer arrive.",
  state: SubscriptionState,
  // subconninfo is left out: only superusers may read it, and nobody should
  query: (major) => `
    select s.oid, array[s.subname] as name,
      jsonb_strip_nulls(jsonb_build_object(
        'publications', (select jsonb_agg(p order by p collate "C") from unnest(s.subpublications) p),
        'slot_name', nullif(s.subslotname, s.subname),
        'no_slot', case when s.subslotname is null then true end,
        'synchronous_commit', nullif(s.subsynccommit, 'off'),
        'binary', nullif(s.subbinary, false),
        'streaming', ${
    major < 16
      ? "case when s.substream then 'on' end"
      : `case s.substream when '${
        major < 18 ? "f" : "p"
      }' then null when 'f' then 'off' when 't' then 'on' else 'parallel' end`
  }${
    major < 15 ? "" : `,
        'two_phase', case when s.subtwophasestate <> 'd' then true end,
        'disable_on_error', nullif(s.subdisableonerr, false)`
  }${
    major < 16 ? "" : `,
        'password_required', nullif(s.subpasswordrequired, true),
        'run_as_owner', nullif(s.subrunasowner, false),
        'origin', nullif(s.suborigin, 'any')`
  }${
    major < 17 ? "" : `,
        'failover', nullif(s.subfailover, false)`
  })) as state
    from pg_subscription s
    where s.subdbid = (select d.oid from pg_database d where d.datname = current_database())`,
  create: (object, { serverMajor }) => [{
    sql: createSubscription(object.name[0] ?? "", object.state, serverMajor),
    description: `Create subscription ${name(object)}, disabled; after the plan, run ALTER SUBSCRIPTION ${
      name(object)
    } CONNECTION '…', then ENABLE and REFRESH PUBLICATION`
  }],
  drop: (object) => [
    ...(object.state.no_slot === true ? [] : [{
      sql: [`ALTER SUBSCRIPTION ${name(object)} DISABLE`, `ALTER SUBSCRIPTION ${name(object)} SET (slot_name = NONE)`],
      description: `Take subscription ${name(object)} from its replication slot`
    }]).flatMap(({ description, sql }) => sql.map((sql) => ({ description, sql }))),
    {
      sql: `DROP SUBSCRIPTION ${name(object)}`,
      description: `Drop subscription ${name(object)}`,
      hazards: [{
        code: "data_loss",
        message: object.state.no_slot === true
          ? `Changes of the publisher no longer arrive by subscription ${name(object)}.`
          : `Changes of the publisher no longer arrive by subscription ${name(object)}, and its replication slot ${
            quoteLiteral(object.state.slot_name ?? object.name[0] ?? "")
          } stays on the publisher and keeps its WAL there until somebody drops it.`
      }]
    }
  ],
  refuses: (from, to) =>
    isFixed(from.state, to.state)
      ? undefined
      : `subscription ${
        name(to)
      } cannot change two_phase or failover by a plan, because its publisher has to do it too. ` +
        `Disable it, run ALTER SUBSCRIPTION ${name(to)} SET (…) by hand, and enable it again.`,
  alter: (from, to, { serverMajor }) => inPlace(alterations(from, to, serverMajor)),
  requires: ({ state }): ReadonlyArray<Requirement> =>
    ([
      ["two_phase", 15],
      ["disable_on_error", 15],
      ["password_required", 16],
      ["run_as_owner", 16],
      ["origin", 16],
      ["failover", 17]
    ] as const).filter(([option]) => state[option] !== undefined).map(([option, since]) => ({
      feature: `${option} of subscriptions`,
      since
    })),
  // what is the default on a server of its own major is no default on another
  asOf: (object, major) => {
    const { streaming, ...state } = object.state
    return streaming === "off" && major < 18 || streaming === "parallel" && major < 16 ? { ...object, state } : object
  },
  commentTarget: (object) => `SUBSCRIPTION ${name(object)}`,
  renaming: inDatabase("SUBSCRIPTION"),
  describe: (object) => `subscription ${name(object)}`
}
