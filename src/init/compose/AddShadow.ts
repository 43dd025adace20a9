/** Adds a shadow service to the Compose file of a folder. */
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import { variablesIn } from "../../config/EnvironmentFile.ts"
import { InitError } from "../InitError.ts"
import type { FileChange } from "../ProjectFiles.ts"
import { readIfThere } from "../Writing.ts"
import { addService, type ComposeFile, read, textOf } from "./ComposeFile.ts"
import { candidates, taken } from "./HostPorts.ts"
import { interpolate, namesIn } from "./Interpolation.ts"
import { isListening } from "./Listening.ts"
import { envFilesOf, find, named, type PostgresService, type Surroundings } from "./PostgresService.ts"
import { shadowComment, shadowName, shadowOf } from "./ShadowService.ts"

/** The names that Compose looks for, in its order. */
export const composeFiles = ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"] as const

/** What was found out. */
export type Outcome =
  /** There is such a service already. */
  | { readonly _tag: "There"; readonly file: string; readonly image: string | undefined }
  /** It cannot be known which server is meant. */
  | { readonly _tag: "Several"; readonly file: string; readonly services: ReadonlyArray<PostgresService> }
  | {
    readonly _tag: "Added"
    readonly file: string
    /** The folder of the file, and the change to it. */
    readonly folder: string
    readonly change: FileChange
    readonly of: PostgresService
    readonly port: number
    /** The connection URL from this machine, without the password: user and database as far as they are known. */
    readonly url: string
  }

const noFile = (file: string | undefined) =>
  new InitError({
    detail: file === undefined ? `there is no ${composeFiles.join(", ")} here` : `${file}: no such file`,
    next: "Name the Compose file: lockplane init docker-compose --file deploy/compose.yaml"
  })

/** The variables of Compose: those of the process, then those of `.env` beside the file. */
const surroundingsOf = Effect.fnUntraced(function*(file: ComposeFile, folder: string) {
  const path = yield* Path.Path
  const own = yield* variablesIn((yield* readIfThere(path.join(folder, ".env"))) ?? "")
  const variables = new Map(own)
  for (const name of new Set(namesIn(file.text))) {
    const value = yield* Effect.option(Config.String(name))
    if (Option.isSome(value)) variables.set(name, value.value)
  }
  const envFiles = new Map<string, ReadonlyMap<string, string>>()
  for (const place of new Set(file.services.flatMap((service) => envFilesOf(file, service)))) {
    const known = interpolate(place, variables)
    if (known === undefined) continue
    const text = yield* Effect.orElseSucceed(readIfThere(path.resolve(folder, known)), () => undefined)
    if (text !== undefined) envFiles.set(place, yield* variablesIn(text))
  }
  const surroundings: Surroundings = { variables, envFiles }
  return surroundings
})

/**
 * Works out the change that adds a shadow service, cloned from the PostgreSQL service, on the first port of the host from 5433
 * on that neither the file takes nor anything listens on. Writes nothing. Fails where there is no file, no such service, or
 * no way to add it.
 */
export const addShadow = Effect.fn("AddShadow.addShadow")(function*(
  options: { readonly file: string | undefined; readonly service: string | undefined }
): Effect.fn.Return<Outcome, InitError, FileSystem.FileSystem | Path.Path> {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const found = options.file === undefined
    ? yield* Effect.findFirst(composeFiles, (name) => Effect.orElseSucceed(fs.exists(name), () => false))
    : Option.some(options.file)
  if (Option.isNone(found)) return yield* noFile(undefined)
  const place = found.value
  const text = yield* readIfThere(place)
  if (text === undefined) return yield* noFile(place)
  const folder = path.dirname(path.resolve(place))
  const file = yield* Effect.fromResult(read(place, text))
  const there = file.services.find(({ name }) => name === shadowName)
  if (there !== undefined) {
    return { _tag: "There", file: place, image: textOf(there.entries.get("image")) }
  }
  const surroundings = yield* surroundingsOf(file, folder)
  const services = options.service === undefined
    ? find(file, surroundings)
    : Option.toArray(named(file, options.service, surroundings))
  const [of] = services
  const all = file.services.map(({ name }) => name).join(", ")
  if (of === undefined) {
    return yield* new InitError(
      options.service === undefined
        ? {
          detail: `${place} has no PostgreSQL service, among ${all}`,
          next:
            "If one of them is PostgreSQL by another name, say which: lockplane init docker-compose --service NAME. Nothing was changed."
        }
        : { detail: `${place} has no service ${options.service}`, next: `It has ${all}. Nothing was changed.` }
    )
  }
  if (services.length > 1) return { _tag: "Several", file: place, services }
  const port = yield* Effect.findFirst(
    candidates(taken(file, surroundings.variables)),
    (each) => Effect.map(isListening(each), (isTaken) => !isTaken)
  )
  if (Option.isNone(port)) {
    return yield* new InitError({
      detail: "no port from 5433 to 6432 is free",
      next: "Free one of them. Nothing was changed."
    })
  }
  const { database, service } = yield* Effect.fromResult(shadowOf(file, of, port.value, surroundings.variables))
  const changed = yield* Effect.fromResult(addService(file, of.name, shadowName, service, shadowComment))
  const known = (text: string): string => encodeURIComponent(interpolate(text, surroundings.variables) ?? text)
  return {
    _tag: "Added",
    file: place,
    folder,
    change: { path: path.basename(place), before: text, text: changed, about: `adds the service ${shadowName}` },
    of,
    port: port.value,
    url: `postgres://${known(of.user)}@localhost:${port.value}/${known(database)}?sslmode=disable`
  }
})
