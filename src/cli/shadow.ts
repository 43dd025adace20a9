/** `lockplane shadow`: the shadow database for other tools. */
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type { DialectName } from "../Catalog.ts"
import * as Settings from "../config/Settings.ts"
import { redactUrl } from "../engine/ConnectionUrl.ts"
import * as Checkout from "../shadow/Checkout.ts"
import * as FileLoans from "../shadow/FileLoans.ts"
import * as FilePrepare from "../shadow/FilePrepare.ts"
import { type LeaseState, stateOf } from "../shadow/LeaseState.ts"
import { release, releaseToken } from "../shadow/Prepare.ts"
import { describePlace } from "../shadow/Reservation.ts"
import * as Reservations from "../shadow/Reservations.ts"
import type { ShadowHost } from "../ShadowHost.ts"
import { withFamily } from "./Command.ts"
import { serveCommand } from "./EmbeddedShadowProcess.ts"
import { reporting } from "./Failure.ts"
import { familyOf, ofLease } from "./Family.ts"
import { targetEnvironment, text, textOrJson, toggle } from "./flags.ts"
import { planFlags, printPlanned } from "./plan.ts"
import { settings as settingsOf, targetUrl } from "./Settings.ts"
import { shadowFlags, targetRequest, warnOfEnvironment } from "./ShadowChoice.ts"
import { prepareFile, prepareOnServer } from "./ShadowPrepare.ts"
import { type Holding, ownState, printStatus, tellReleased } from "./ShadowReport.ts"
import * as SqliteShadow from "./SqliteShadow.ts"

const request = (
  environment: Option.Option<string>,
  shadowDb: Option.Option<string> = Option.none(),
  shadowSchema: Option.Option<string> = Option.none()
): Settings.Request => targetRequest({ targetEnvironment: environment, target: Option.none(), shadowDb, shadowSchema })

/** A week: longer, nobody remembers it. */
const mostMinutes = 7 * 24 * 60

/** Does what a command does for a family of databases, with what that needs. */
const byFamily = <E, R, A, E2, R2>(
  family: Effect.Effect<DialectName, E, R>,
  asked: Settings.Request,
  work: (family: DialectName) => Effect.Effect<A, E2, R2>
) => Effect.flatMap(reporting(family), (name) => withFamily(name, work(name), asked))

/** The family of the shadow that is held, else that of the settings. */
const familyOfHeld = (asked: Settings.Request) =>
  Effect.flatMap(ofLease, (family) => family === undefined ? familyOf([], asked) : Effect.succeed(family))

/** The shadow of the settings: on a server, the embedded PostgreSQL where there is none; or a file, one of the project's own where there is none. */
const shadowSet = Effect.fn("shadow.shadowSet")(function*(family: DialectName, settings: Settings.Settings) {
  if (family === "postgres") return { _tag: "Server" as const, pool: yield* Settings.shadowPool(settings) }
  const set = yield* SqliteShadow.shadowOf(settings)
  return set._tag === "Server"
    ? { _tag: "Server" as const, pool: Option.some(set.pool) }
    : { _tag: "File" as const, file: set._tag === "File" ? Option.some(set.file) : Option.none<string>() }
})

/** The schema that is lent; SQLite has none. */
const schemaOf = (family: DialectName, { shadow_schema }: Settings.Settings): string | undefined =>
  family === "sqlite" ? undefined : shadow_schema?.value

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
  const how = { named: database, minutes, force }
  return byFamily(familyOf([], asked), asked, (family) =>
    Effect.gen(function*() {
      const settings = yield* settingsOf(asked)
      const set = yield* shadowSet(family, settings)
      return yield* set._tag === "Server"
        ? prepareOnServer(settings, set.pool, how)
        : prepareFile(settings, set.file, how)
    }))
}).pipe(
  Command.withDescription(
    "Reserve the shadow database for another tool, such as an ORM: it is emptied, and its URL is printed. Without SHADOW_DATABASE_URL it is the embedded PostgreSQL, served on a loopback port until it is released or its time is over; for SQLite it is an empty file, or the database of a libSQL server"
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
  ({ reset, targetEnvironment, ...options }) => {
    const asked = request(targetEnvironment)
    return byFamily(familyOf([], asked), asked, () =>
      Effect.gen(function*() {
        const { folder } = yield* settingsOf(asked)
        const from = yield* targetUrl(Option.none(), targetEnvironment)
        yield* warnOfEnvironment("shadow", asked)
        yield* printPlanned({ from, to: "shadow" }, options)
        if (reset) yield* release(folder)
      }))
  }
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
  return byFamily(familyOfHeld(asked), asked, (family) =>
    Effect.gen(function*() {
      const settings = yield* settingsOf(asked)
      const project = settings.folder
      if (Option.isNone(token)) return yield* tellReleased(yield* release(project))
      const set = yield* shadowSet(family, settings)
      yield* tellReleased(
        yield* set._tag === "Server"
          ? releaseToken({ project, pool: set.pool, schema: schemaOf(family, settings), token: token.value })
          : FilePrepare.releaseToken({ project, file: set.file, token: token.value })
      )
    }))
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

/** Who holds the shadow of the settings, and where that is. */
const others = Effect.fn("shadow.others")(function*(family: DialectName, settings: Settings.Settings) {
  const none: ReadonlyArray<Holding> = []
  const set = yield* shadowSet(family, settings)
  if (set._tag === "File") {
    if (Option.isNone(set.file)) {
      return { where: "No shadow is set: plans are proven in memory.", holdings: none }
    }
    const file = set.file.value
    const reservation = yield* FileLoans.holding(file)
    return { where: "The file of the settings:", holdings: [{ place: `file ${file}`, made: false, reservation }] }
  }
  if (Option.isNone(set.pool)) {
    return { where: "No shadow server is set: the embedded PostgreSQL is used.", holdings: none }
  }
  const found = yield* Reservations.holdings(set.pool.value, schemaOf(family, settings))
  return {
    where: `Of ${redactUrl(Redacted.value(set.pool.value))}:${found.length === 0 ? "\n  nothing is held" : ""}`,
    holdings: found.map(({ made, place, reservation }) => ({ place: describePlace(place), made, reservation }))
  }
})

/** So long the embedded engine is waited for, in seconds: one that is in a transaction lets everybody wait. */
const statusSeconds = 3

const statusCommand = Command.make(
  "status",
  { targetEnvironment, format: textOrJson },
  ({ format, targetEnvironment }) => {
    const asked = request(targetEnvironment)
    return byFamily(familyOfHeld(asked), asked, (family) =>
      Effect.gen(function*() {
        const settings = yield* settingsOf(asked)
        const own = yield* ownState(
          settings.folder,
          (lease): Effect.Effect<LeaseState, never, FileSystem.FileSystem | ShadowHost> =>
            Checkout.sortOf(lease) === "SQLite file" ? FilePrepare.stateOf(lease) : stateOf(lease, statusSeconds)
        )
        const { holdings, where } = yield* others(family, settings)
        yield* printStatus(format, own, where, holdings)
      }))
  }
).pipe(
  Command.withDescription("Tell who holds the shadow database, since when and until when"),
  Command.withExamples([{ command: "lockplane shadow status --target-environment local" }])
)

/** The shadow database for other tools. */
export const shadow = Command.make("shadow").pipe(
  Command.withDescription("The shadow database for other tools: an ORM fills it, Lockplane plans the way there"),
  Command.withSubcommands([prepareCommand, diffCommand, releaseCommand, statusCommand, serveCommand])
)
