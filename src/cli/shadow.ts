/** `lockplane shadow`: the shadow database for other tools. */
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type * as Stdio from "effect/Stdio"
import type { DialectName } from "../Catalog.ts"
import * as Settings from "../config/Settings.ts"
import { parse, redactUrl } from "../engine/ConnectionUrl.ts"
import * as Checkout from "../shadow/Checkout.ts"
import * as FileLoans from "../shadow/FileLoans.ts"
import * as FilePrepare from "../shadow/FilePrepare.ts"
import { type LeaseState, stateOf } from "../shadow/LeaseState.ts"
import { prepare, release, releaseToken } from "../shadow/Prepare.ts"
import { describeHolder, describePlace, type Reservation } from "../shadow/Reservation.ts"
import * as Reservations from "../shadow/Reservations.ts"
import { realPath } from "../shadow/ShadowFile.ts"
import { ShadowHost } from "../ShadowHost.ts"
import { withFiles, withShadowHost } from "./Command.ts"
import { serveCommand, startEmbedded } from "./EmbeddedShadowProcess.ts"
import { type Ended, reporting, Usage } from "./Failure.ts"
import { familyOf, ofLease } from "./Family.ts"
import { targetEnvironment, text, textOrJson, toggle } from "./flags.ts"
import { data, json, say } from "./Output.ts"
import { planFlags, printPlanned } from "./plan.ts"
import { settings as settingsOf, targetUrl } from "./Settings.ts"
import { holderFor, shadowFile, shadowFlags, shadowRequest, targetsOf, warnOfEnvironment } from "./ShadowChoice.ts"

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
const shown = (
  { created_at, environment, expires_at, shadow_file, shadow_schema, shadow_url, token }: Checkout.Lease
) => ({
  ...(environment === undefined ? {} : { environment }),
  shadow_url,
  ...(shadow_file === undefined ? {} : { shadow_file }),
  ...(shadow_schema === undefined ? {} : { shadow_schema }),
  token,
  created_at,
  expires_at
})

/** What somebody who takes a shadow should know. */
const warn = Effect.fnUntraced(function*(
  { setAside, takenFrom }: { readonly setAside?: string | undefined; readonly takenFrom?: Reservation | undefined }
) {
  if (setAside !== undefined) {
    yield* say(`warning: what this project held is not known: the file that said so is damaged. It is ${setAside} now.`)
  }
  if (takenFrom !== undefined) {
    yield* say(
      `warning: it was taken from ${describeHolder(takenFrom.holder)}, who held it since ${takenFrom.created_at}.`
    )
  }
})

/** Gives a shadow out. */
const hand = Effect.fnUntraced(function*(lease: Checkout.Lease) {
  yield* say(
    `An empty shadow database is yours until ${lease.expires_at}. Fill it, then run lockplane shadow diff; give it back with lockplane shadow release.`
  )
  yield* json(shown(lease))
})

/** Does the one or the other, by the family of databases that it is about. */
const byFamily = <A, B, R1, R2, E3, R3>(
  family: Effect.Effect<DialectName, E3, R3>,
  postgres: Effect.Effect<A, Ended, R1>,
  sqlite: Effect.Effect<B, Ended, R2>
): Effect.Effect<A | B, Ended, R1 | R2 | R3 | Stdio.Stdio> =>
  Effect.flatMap(
    reporting(family),
    (name): Effect.Effect<A | B, Ended, R1 | R2> => name === "sqlite" ? sqlite : postgres
  )

/** The family of the shadow that is held, else that of the settings. */
const familyOfLease = (asked: Settings.Request) =>
  Effect.flatMap(ofLease, (family) => family === undefined ? familyOf([], asked) : Effect.succeed(family))

/** Takes a file for the project of the settings. */
const prepareFile = Effect.fn("shadow.prepareFile")(function*(
  { asked, database, force, minutes }: {
    readonly asked: Settings.Request
    readonly database: Option.Option<string>
    readonly force: boolean
    readonly minutes: number
  }
) {
  const settings = yield* settingsOf(asked)
  const file = yield* shadowFile(settings)
  if (Option.isSome(database)) {
    const named = yield* realPath(database.value)
    const isIt = Option.exists(file, (one) => one === named)
    if (!isIt || !force) {
      return yield* new Usage({
        detail: isIt
          ? `${database.value} is named to be emptied, which --force alone does`
          : `${database.value} is named to be emptied, but the shadow that is set is ${
            Option.getOrElse(file, () => "no file")
          }`,
        next: isIt ? "Leave the name out, or add --force." : "Correct the name, or SHADOW_DATABASE_URL."
      })
    }
  }
  const { lease, setAside, takenFrom } = yield* FilePrepare.prepare({
    project: settings.folder,
    environment: settings.environment?.value,
    file,
    holder: yield* holderFor(settings.folder),
    minutes,
    targets: yield* targetsOf(settings, "sqlite"),
    force,
    named: Option.isSome(database)
  })
  yield* warn({ setAside, takenFrom })
  yield* hand(lease)
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
  const ofServer = withShadowHost(
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
      yield* warn({ setAside, takenFrom })
      if (lease.shadow_schema !== undefined) {
        yield* say(
          `warning: only the search_path of the URL leads to the schema ${lease.shadow_schema}. A tool that names schemas itself, as Drizzle and Prisma do, writes past it, into the database that it is in.`
        )
      }
      yield* hand(lease)
    }),
    asked
  )
  return byFamily(familyOf([], asked), ofServer, withFiles(prepareFile({ asked, database, force, minutes }), asked))
}).pipe(
  Command.withDescription(
    "Reserve the shadow database for another tool, such as an ORM: it is emptied, and its URL is printed. Without SHADOW_DATABASE_URL it is the embedded PostgreSQL, served on a loopback port until it is released or its time is over; for SQLite it is an empty file"
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
    const work = Effect.gen(function*() {
      const { folder } = yield* settingsOf(asked)
      const from = yield* targetUrl(Option.none(), targetEnvironment)
      yield* warnOfEnvironment("shadow", asked)
      yield* printPlanned({ from, to: "shadow" }, options)
      return folder
    })
    return byFamily(
      familyOf([], asked),
      withShadowHost(Effect.flatMap(work, (folder) => reset ? release(folder) : Effect.void), asked),
      withFiles(Effect.flatMap(work, (folder) => reset ? FilePrepare.release(folder) : Effect.void), asked)
    )
  }
).pipe(
  Command.withDescription(
    "Print the plan that leads from the target to what another tool has made on the shadow. The shadow stays until it is released, or its time is over"
  ),
  Command.withShortDescription("Print the plan to what another tool has made on the shadow"),
  Command.withExamples([{ command: "lockplane shadow diff --target-environment local > plan.json" }])
)

const tellReleased = Effect.fnUntraced(function*(released: boolean) {
  yield* say(released ? "The shadow database is released, and empty." : "The shadow database was not held any more.")
  yield* json({ released })
})

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
  const ofFile = withFiles(
    Effect.gen(function*() {
      const settings = yield* settingsOf(asked)
      const project = settings.folder
      yield* tellReleased(
        Option.isNone(token)
          ? yield* FilePrepare.release(project)
          : yield* FilePrepare.releaseToken({ project, file: yield* shadowFile(settings), token: token.value })
      )
    }),
    asked
  )
  const ofServer = withShadowHost(
    Effect.gen(function*() {
      const settings = yield* settingsOf(asked)
      const project = settings.folder
      const released = Option.isNone(token) ? yield* release(project) : yield* releaseToken({
        project,
        pool: yield* Settings.shadowPool(settings),
        schema: settings.shadow_schema?.value,
        token: token.value
      })
      yield* tellReleased(released)
    }),
    asked
  )
  return byFamily(familyOfLease(asked), ofServer, ofFile)
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
const ownState = Effect.fn("shadow.ownState")(function*<R>(
  project: string,
  become: (lease: Checkout.Lease) => Effect.Effect<LeaseState, never, R>
) {
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
  const found = yield* become(lease)
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

/** A shadow that others may hold. */
interface Holding {
  readonly place: string
  readonly made: boolean
  readonly reservation: Reservation | undefined
}

/** Prints what the project holds, and what others do; `where` says of which place these are. */
const printStatus = (
  format: "text" | "json",
  { line, own }: { readonly line: string; readonly own: object | null },
  where: string,
  holdings: ReadonlyArray<Holding>
) =>
  format === "json"
    ? json({
      own,
      shadows: holdings.map(({ made, place, reservation }) => ({
        place,
        made,
        ...(reservation === undefined ? { held: false } : {
          held: true,
          holder: reservation.holder,
          created_at: reservation.created_at,
          expires_at: reservation.expires_at
        })
      }))
    })
    : data([
      line,
      where,
      ...holdings.map(({ place, reservation }) =>
        `  ${place}: ${
          reservation === undefined
            ? "free"
            : `held by ${
              describeHolder(reservation.holder)
            } since ${reservation.created_at}, until ${reservation.expires_at}`
        }`
      )
    ].join("\n"))

/** What has become of a file. */
const stateOfFile = Effect.fnUntraced(function*(lease: Checkout.Lease) {
  const loan = FilePrepare.loanOf(lease)
  const reservation = loan === undefined ? undefined : yield* FileLoans.held(loan)
  if (reservation !== undefined) return { state: "held" as const, reservation }
  const why = loan === undefined ? "it is a database of PostgreSQL" : yield* FileLoans.whyOver(loan, lease.expires_at)
  return { state: "over" as const, why }
})

const statusCommand = Command.make(
  "status",
  { targetEnvironment, format: textOrJson },
  ({ format, targetEnvironment }) => {
    const asked = request(targetEnvironment)
    const ofFile = withFiles(
      Effect.gen(function*() {
        const settings = yield* settingsOf(asked)
        const own = yield* ownState(settings.folder, stateOfFile)
        const file = Option.getOrUndefined(yield* shadowFile(settings))
        const where = file === undefined
          ? "No shadow file is set: plans are proven in memory."
          : "The file of the settings:"
        yield* printStatus(
          format,
          own,
          where,
          file === undefined
            ? []
            : [{ place: `file ${file}`, made: false, reservation: yield* FileLoans.holding(file) }]
        )
      }),
      asked
    )
    const ofServer = withShadowHost(
      Effect.gen(function*() {
        const settings = yield* settingsOf(asked)
        const own = yield* ownState(settings.folder, (lease) => stateOf(lease, statusSeconds))
        const pool = Option.getOrUndefined(yield* Settings.shadowPool(settings))
        const holdings = pool === undefined ? [] : yield* Reservations.holdings(pool, settings.shadow_schema?.value)
        const where = pool === undefined
          ? "No shadow server is set: the embedded PostgreSQL is used."
          : `Of ${redactUrl(Redacted.value(pool))}:${holdings.length === 0 ? "\n  nothing is held" : ""}`
        yield* printStatus(
          format,
          own,
          where,
          holdings.map(({ made, place, reservation }) => ({ place: describePlace(place), made, reservation }))
        )
      }),
      asked
    )
    return byFamily(familyOfLease(asked), ofServer, ofFile)
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
