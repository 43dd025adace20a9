/** `lockplane shadow`: the shadow database for other tools. */
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"

import * as Settings from "../config/Settings.ts"
import { parse, redactUrl } from "../engine/ConnectionUrl.ts"
import * as Checkout from "../shadow/Checkout.ts"
import { stateOf } from "../shadow/LeaseState.ts"
import { prepare, release, releaseToken } from "../shadow/Prepare.ts"
import { describeHolder, describePlace } from "../shadow/Reservation.ts"
import * as Reservations from "../shadow/Reservations.ts"
import { ShadowHost } from "../ShadowHost.ts"
import { withStages } from "./Command.ts"
import { serveCommand, startEmbedded } from "./EmbeddedShadowProcess.ts"
import { Usage } from "./Failure.ts"
import { targetEnvironment, text, textOrJson, toggle } from "./flags.ts"
import { data, json, say } from "./Output.ts"
import { planFlags, printPlanned } from "./plan.ts"
import { settings as settingsOf, targetUrl } from "./Settings.ts"
import { holderFor, shadowFlags, shadowRequest, targetsOf, warnOfEnvironment } from "./ShadowChoice.ts"

const request = (
  environment: Option.Option<string>,
  shadowDb: Option.Option<string> = Option.none(),
  shadowSchema: Option.Option<string> = Option.none()
): Settings.Request =>
  shadowRequest({ environment, namedBy: "--target-environment", target: Option.none(), shadowDb, shadowSchema })

/** Fails where a database or schema is named to be emptied that is not the one to be lent. */
const refuseNamed = Effect.fn("shadow.refuseNamed")(function*(
  name: string,
  pool: Option.Option<Redacted.Redacted<string>>,
  schema: string | undefined,
  force: boolean
) {
  const usage = (detail: string, next: string) => new Usage({ detail, next })
  if (Option.isNone(pool)) {
    return yield* usage(
      `${name} is named to be emptied, but no shadow database is set`,
      "Leave the name out for the embedded PostgreSQL, or set SHADOW_DATABASE_URL."
    )
  }
  const { database, user } = yield* parse(Redacted.value(pool.value))
  const lent = schema ?? database ?? user
  if (lent !== undefined && name !== lent) {
    return yield* usage(
      `${name} is named to be emptied, but the shadow that is set is the ${
        schema === undefined ? "database" : "schema"
      } ${lent}`,
      "Correct the name, or SHADOW_DATABASE_URL, or SHADOW_SCHEMA."
    )
  }
  if (!force) {
    return yield* usage(
      `${name} is named to be emptied, which --force alone does`,
      "Leave the name out, or add --force."
    )
  }
  const host = yield* ShadowHost
  const { mayMake } = yield* Effect.scoped(host.gate(pool.value))
  if (schema === undefined && mayMake) {
    return yield* usage(
      `${name} is named to be emptied, but its user may make databases: one of its own is lent, and ${name} stays as it is`,
      "Leave the name out."
    )
  }
})

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
      const pool = yield* Settings.shadowPool(settings)
      if (Option.isSome(database)) {
        yield* refuseNamed(database.value, pool, settings.shadow_schema?.value, force)
      }
      const { lease, setAside, takenFrom } = yield* prepare({
        project: settings.folder,
        environment: settings.environment?.value,
        pool,
        schema: settings.shadow_schema?.value,
        startEmbedded: startEmbedded(settings.folder),
        holder: yield* holderFor(settings.folder),
        minutes,
        targets: yield* targetsOf(settings),
        force,
        named: Option.getOrUndefined(database)
      })
      if (setAside !== undefined) {
        yield* say(
          `warning: what this project held is not known: the file that said so is damaged. It is ${setAside} now.`
        )
      }
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
        yield* warnOfEnvironment("shadow", request(targetEnvironment))
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

const releaseCommand = Command.make("release", {
  token: text(
    "token",
    "TOKEN",
    "What prepare printed: gives back what is held with it on the server of the settings, wherever it was prepared"
  ),
  targetEnvironment,
  ...shadowFlags
}, ({ shadowDb, shadowSchema, targetEnvironment, token }) => {
  const asked = request(targetEnvironment, shadowDb, shadowSchema)
  return withStages(
    Effect.gen(function*() {
      const settings = yield* settingsOf(asked)
      const project = settings.folder
      const released = Option.isNone(token) ? yield* release(project) : yield* releaseToken({
        project,
        pool: yield* Settings.shadowPool(settings),
        schema: settings.shadow_schema?.value,
        token: token.value
      })
      yield* say(
        released ? "The shadow database is released, and empty." : "The shadow database was not held any more."
      )
      yield* json({ released })
    }),
    undefined,
    asked
  )
}).pipe(
  Command.withDescription("Give the shadow database back, and clean it"),
  Command.withExamples([
    { command: "lockplane shadow release" },
    {
      command: "lockplane shadow release --token $TOKEN --target-environment local",
      description: "What was prepared in a folder that is gone"
    }
  ])
)

/** So long the embedded engine is waited for, in seconds: one that is in a transaction lets everybody wait. */
const statusSeconds = 3

/** What the project holds, as status tells it. */
const ownState = Effect.fn("shadow.ownState")(function*(project: string) {
  const remembered = yield* Effect.match(Checkout.find(project), {
    onSuccess: (lease) => ({ lease, error: undefined }),
    onFailure: (error) => ({ lease: Option.none<Checkout.Lease>(), error })
  })
  if (remembered.error !== undefined) {
    return {
      own: { state: "unknown" as const },
      line: `What this project holds is not known: ${remembered.error.message}`
    }
  }
  if (Option.isNone(remembered.lease)) return { own: null, line: "This project holds no shadow database." }
  const lease = remembered.lease.value
  const found = yield* stateOf(lease, statusSeconds)
  const expires_at = found.state === "held" ? found.reservation.expires_at : lease.expires_at
  const { shadow_url, token: _, ...rest } = shown({ ...lease, expires_at })
  const url = redactUrl(shadow_url)
  const place = lease.shadow_schema === undefined ? url : `the schema ${lease.shadow_schema} of ${url}`
  const why = found.state === "held" ? undefined : found.why
  const lines = {
    held: `This project holds ${place} until ${expires_at}.`,
    busy: `This project holds ${place}, which is busy: ${why}.`,
    over: `This project does not hold ${place} any more: ${why}.`,
    unreachable: `This project took ${place}, which cannot be reached now: ${why}`
  }
  return {
    own: {
      ...rest,
      shadow_url: url,
      state: found.state,
      ...(why === undefined ? {} : { detail: why })
    },
    line: lines[found.state]
  }
})

const statusCommand = Command.make(
  "status",
  { targetEnvironment, format: textOrJson },
  ({ format, targetEnvironment }) =>
    withStages(
      Effect.gen(function*() {
        const settings = yield* settingsOf(request(targetEnvironment))
        const { line, own } = yield* ownState(settings.folder)
        const pool = Option.getOrUndefined(yield* Settings.shadowPool(settings))
        const holdings = pool === undefined ? [] : yield* Reservations.holdings(pool, settings.shadow_schema?.value)
        if (format === "json") {
          return yield* json({
            own,
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
          line,
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
