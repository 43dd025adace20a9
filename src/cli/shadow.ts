/** `lockplane shadow`: the shadow database for other tools. */
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"

import * as Settings from "../config/Settings.ts"
import { redactUrl } from "../engine/ConnectionUrl.ts"
import * as Checkout from "../shadow/Checkout.ts"
import { prepare, release } from "../shadow/Prepare.ts"
import { describeHolder, describePlace } from "../shadow/Reservation.ts"
import * as Reservations from "../shadow/Reservations.ts"
import { withStages } from "./Command.ts"
import { serveCommand, startEmbedded } from "./EmbeddedShadowProcess.ts"
import { targetEnvironment, textOrJson, toggle } from "./flags.ts"
import { data, json, say } from "./Output.ts"
import { planFlags, printPlanned } from "./plan.ts"

import { type Setting, settings as settingsOf, targetUrl } from "./Settings.ts"
import { holderFor, shadowFlags, shadowRequest, targetsOf } from "./Shadows.ts"

const request = (
  environment: Option.Option<string>,
  shadowDb: Option.Option<string> = Option.none(),
  shadowSchema: Option.Option<string> = Option.none()
): Settings.Request =>
  shadowRequest({ environment, namedBy: "--target-environment", target: Option.none(), shadowDb, shadowSchema })

/** The shadow database of the settings; none where it is the embedded engine. A schema may be lent of the target itself. */
const poolOf = (settings: Settings.Settings): Setting<Option.Option<Redacted.Redacted<string>>> => {
  const { shadow_database_url, shadow_schema } = settings
  return shadow_database_url === undefined && shadow_schema !== undefined
    ? Effect.asSome(Settings.database(settings))
    : Effect.succeed(Option.fromNullishOr(shadow_database_url?.value))
}

/** A week: longer, nobody remembers it. */
const mostMinutes = 7 * 24 * 60

/** What other tools are given. */
const shown = ({ created_at, environment, expires_at, shadow_schema, shadow_url, token }: Checkout.Lease) => ({
  ...(environment === undefined ? {} : { environment }),
  shadow_url,
  ...(shadow_schema === undefined ? {} : { shadow_schema }),
  token,
  created_at,
  expires_at
})

const prepareCommand = Command.make("prepare", {
  database: Argument.String("DATABASE").pipe(
    Argument.withDescription(
      "With --force: the name of a database or schema that may be emptied although it does not carry Lockplane's mark"
    ),
    Argument.optional
  ),
  targetEnvironment,
  minutes: Flag.Int("minutes").pipe(
    Flag.withSchema(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: mostMinutes }))),
    Flag.withDefault(120),
    Flag.withDescription("How long it is held without being used; reading it prolongs that (default: 120)")
  ),
  force: toggle("force", "Take it from whoever holds it; what is in it is lost"),
  ...shadowFlags
}, ({ database, force, minutes, shadowDb, shadowSchema, targetEnvironment }) => {
  const asked = request(targetEnvironment, shadowDb, shadowSchema)
  return withStages(
    Effect.gen(function*() {
      const settings = yield* settingsOf(asked)
      const { lease, takenFrom } = yield* prepare({
        project: settings.folder,
        environment: settings.environment?.value,
        pool: yield* poolOf(settings),
        schema: settings.shadow_schema?.value,
        startEmbedded: startEmbedded(settings.folder),
        holder: yield* holderFor(settings.folder),
        minutes,
        targets: yield* targetsOf(settings),
        force,
        named: Option.getOrUndefined(database)
      })
      if (takenFrom !== undefined) {
        yield* say(
          `warning: it was taken from ${describeHolder(takenFrom.holder)}, who held it since ${takenFrom.created_at}.`
        )
      }
      if (lease.shadow_schema !== undefined) {
        yield* say(
          `warning: only the search_path of the URL leads to the schema ${lease.shadow_schema}. A tool that names schemas itself, as Drizzle and Prisma do, writes past it, into the database that it is in.`
        )
      }
      yield* say(
        `An empty shadow database is yours until ${lease.expires_at}. Fill it, then run lockplane shadow diff; give it back with lockplane shadow release.`
      )
      yield* json(shown(lease))
    }),
    undefined,
    asked
  )
}).pipe(
  Command.withDescription(
    "Reserve the shadow database for another tool, such as an ORM: it is emptied, and its URL is printed. Without SHADOW_DATABASE_URL it is the embedded PostgreSQL, served on a loopback port until it is released or its time is over"
  ),
  Command.withShortDescription("Reserve an empty shadow database for another tool"),
  Command.withExamples([
    { command: "lockplane shadow prepare --target-environment local" },
    {
      command: "lockplane shadow prepare shop_shadow --force",
      description: "Empty a database that was not used as shadow before"
    }
  ])
)

const diffCommand = Command.make(
  "diff",
  {
    targetEnvironment,
    reset: toggle("reset", "Give the shadow back afterwards"),
    ...planFlags
  },
  ({ reset, targetEnvironment, ...options }) =>
    withStages(
      Effect.gen(function*() {
        const { folder } = yield* settingsOf(request(targetEnvironment))
        const from = yield* targetUrl(Option.none(), targetEnvironment)
        yield* printPlanned({ from, to: "shadow" }, options)
        if (reset) yield* release(folder)
      }),
      undefined,
      request(targetEnvironment)
    )
).pipe(
  Command.withDescription(
    "Print the plan that leads from the target to what another tool has made on the shadow. The shadow stays until it is released, or its time is over"
  ),
  Command.withShortDescription("Print the plan to what another tool has made on the shadow"),
  Command.withExamples([{ command: "lockplane shadow diff --target-environment local > plan.json" }])
)

const releaseCommand = Command.make("release", {}, () =>
  withStages(Effect.gen(function*() {
    const { folder } = yield* settingsOf()
    const released = yield* release(folder)
    yield* say(released ? "The shadow database is released, and empty." : "The shadow database was not held any more.")
    yield* json({ released })
  }))).pipe(
    Command.withDescription("Give the shadow database back, and clean it"),
    Command.withExamples([{ command: "lockplane shadow release" }])
  )

const statusCommand = Command.make(
  "status",
  { targetEnvironment, format: textOrJson },
  ({ format, targetEnvironment }) =>
    withStages(
      Effect.gen(function*() {
        const settings = yield* settingsOf(request(targetEnvironment))
        const lease = yield* Checkout.find(settings.folder)
        const pool = Option.getOrUndefined(yield* poolOf(settings))
        const held = Option.isNone(lease)
          ? undefined
          : yield* Effect.orElseSucceed(Reservations.held(Checkout.loanOf(lease.value)), () => undefined)
        const holdings = pool === undefined ? [] : yield* Reservations.holdings(pool, settings.shadow_schema?.value)
        const own = Option.isNone(lease) || held === undefined
          ? undefined
          : { ...lease.value, expires_at: held.expires_at }
        if (format === "json") {
          return yield* json({
            own: own === undefined ? null : { ...shown(own), shadow_url: redactUrl(own.shadow_url), token: undefined },
            shadows: holdings.map(({ made, place, reservation }) => ({
              place: describePlace(place),
              made,
              ...(reservation === undefined ? { held: false } : {
                held: true,
                holder: reservation.holder,
                created_at: reservation.created_at,
                expires_at: reservation.expires_at
              })
            }))
          })
        }
        yield* data([
          own === undefined
            ? "This project holds no shadow database."
            : `This project holds ${redactUrl(own.shadow_url)} until ${own.expires_at}.`,
          ...(pool === undefined
            ? ["No shadow server is set: the embedded PostgreSQL is used."]
            : [`Of ${redactUrl(Redacted.value(pool))}:`]),
          ...(pool !== undefined && holdings.length === 0 ? ["  nothing is held"] : []),
          ...holdings.map(({ place, reservation }) =>
            `  ${describePlace(place)}: ${
              reservation === undefined
                ? "free"
                : `held by ${
                  describeHolder(reservation.holder)
                } since ${reservation.created_at}, until ${reservation.expires_at}`
            }`
          )
        ].join("\n"))
      }),
      undefined,
      request(targetEnvironment)
    )
).pipe(
  Command.withDescription("Tell who holds the shadow database, since when and until when"),
  Command.withExamples([{ command: "lockplane shadow status --target-environment local" }])
)

/** The shadow database for other tools. */
export const shadow = Command.make("shadow").pipe(
  Command.withDescription("The shadow database for other tools: an ORM fills it, Lockplane plans the way there"),
  Command.withSubcommands([prepareCommand, diffCommand, releaseCommand, statusCommand, serveCommand])
)
