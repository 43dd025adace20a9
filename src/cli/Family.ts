/**
 * Which family of databases a command is about: that of the databases and documents which it names, else that of the
 * environments, else that of the settings. SQL by itself does not say.
 */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import type * as Path from "effect/Path"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type { DialectName as Family } from "../Catalog.ts"
import { type ConfigurationError, DialectName } from "../config/Configuration.ts"
import * as Settings from "../config/Settings.ts"
import { redactUrl } from "../engine/ConnectionUrl.ts"
import * as Checkout from "../shadow/Checkout.ts"
import * as Source from "../Source.ts"
import { Usage } from "./Failure.ts"

/** What a document says of itself: schema JSON and plans alike. */
export const Document = Schema.fromJsonString(Schema.Struct({ dialect: Schema.optionalKey(DialectName) }))

/** What a document says of itself; nothing where it cannot be read, which whoever reads it tells. */
const ofDocument = Effect.fnUntraced(function*(path: string) {
  const fs = yield* FileSystem.FileSystem
  return yield* Effect.option(Effect.flatMap(fs.readFileString(path), Schema.decodeEffect(Document))).pipe(
    Effect.map((document) => Option.getOrUndefined(document)?.dialect)
  )
})

const ofDatabase = (url: Redacted.Redacted<string> | undefined): Family | undefined =>
  url === undefined ? undefined : Source.dialectOf(Source.parse(Redacted.value(url)))

const ofSettings = ({ database_url: url, dialect }: Settings.Settings): Family =>
  dialect.origin._tag === "Default" ? ofDatabase(url?.value) ?? dialect.value : dialect.value

/** The family of the shadow that the project holds. */
export const ofLease: Effect.Effect<Family | undefined, never, FileSystem.FileSystem | Path.Path> = Settings.resolve()
  .pipe(
    Effect.flatMap(({ folder }) => Checkout.find(folder)),
    Effect.map(Option.match({
      onNone: () => undefined,
      onSome: (lease): Family => Checkout.sortOf(lease) === "PostgreSQL" ? "postgres" : "sqlite"
    })),
    Effect.orElseSucceed(() => undefined)
  )

/** The family of one place that a command names; undefined where it is of either. */
const ofPlace = (
  text: string
): Effect.Effect<Family | undefined, never, FileSystem.FileSystem | Path.Path> => {
  const source = Source.parse(text)
  switch (source._tag) {
    case "Json":
      return ofDocument(source.path)
    case "Environment":
      // that there is no such environment is told by whoever needs it
      return Effect.orElseSucceed(
        Effect.map(
          Settings.resolve({ environment: source.name, namedBy: text }),
          (settings) => ofDatabase(settings.database_url?.value) ?? settings.dialect.value
        ),
        () => undefined
      )
    case "ReservedShadow":
      return ofLease
    default:
      return Effect.succeed(Source.dialectOf(source))
  }
}

const words: Readonly<Record<Family, string>> = { postgres: "PostgreSQL", sqlite: "SQLite" }

/** Fails with {@link Usage} where what is named is of different families. */
export const familyOf = Effect.fn("Family.familyOf")(function*(
  places: ReadonlyArray<string>,
  request: Settings.Request
): Effect.fn.Return<
  Family,
  ConfigurationError | Settings.SettingsError | Usage,
  FileSystem.FileSystem | Path.Path
> {
  const known = (yield* Effect.forEach(
    places,
    (place) => Effect.map(ofPlace(place), (family) => family === undefined ? [] : [{ family, place }])
  )).flat()
  const [first] = known
  const other = known.find(({ family }) => family !== first?.family)
  if (first !== undefined && other !== undefined) {
    return yield* new Usage({
      detail: `${redactUrl(first.place)} is ${words[first.family]}, and ${redactUrl(other.place)} is ${
        words[other.family]
      }: nothing leads from one to the other`,
      next: `Name schemas of one family. lockplane convert --dialect ${first.family} translates a schema.`
    })
  }
  return first?.family ?? ofSettings(yield* Settings.resolve(request))
})
