/** The project that is set up: where it is, and what of it is there. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import type { ConfigurationError } from "../config/Configuration.ts"
import * as ConfigurationFile from "../config/ConfigurationFile.ts"
import { decode, fileNameOf, variablesIn } from "../config/EnvironmentFile.ts"
import { environmentsIn } from "./ConfigurationText.ts"
import type { InitError } from "./InitError.ts"
import type { Present } from "./ProjectFiles.ts"
import { readIfThere } from "./Writing.ts"

/** A project. */
export interface Project {
  /** The absolute path of the folder of `lockplane.toml`: the working folder where there is none. */
  readonly folder: string
  /** `lockplane.toml`, as it is. */
  readonly configuration: Option.Option<ConfigurationFile.Found>
  readonly environments: ReadonlyArray<string>
}

/** Finds the project of the working folder. Fails where its `lockplane.toml` cannot be used. */
export const find: Effect.Effect<Project, ConfigurationError, FileSystem.FileSystem | Path.Path> = Effect.gen(
  function*() {
    const path = yield* Path.Path
    const configuration = yield* ConfigurationFile.find()
    return {
      folder: Option.match(configuration, { onNone: () => path.resolve("."), onSome: ({ folder }) => folder }),
      configuration,
      environments: Option.match(configuration, { onNone: () => [], onSome: ({ text }) => environmentsIn(text) })
    }
  }
)

/** The texts that are there of the files of an environment. */
export const present = Effect.fn("Project.present")(function*(
  { configuration, folder }: Project,
  environment: string
): Effect.fn.Return<Present, InitError, FileSystem.FileSystem | Path.Path> {
  const path = yield* Path.Path
  const text = yield* readIfThere(path.join(folder, fileNameOf(environment)))
  return {
    configuration: Option.getOrUndefined(Option.map(configuration, ({ text }) => text)),
    environment: text,
    variables: yield* variablesIn(text ?? ""),
    gitignore: yield* readIfThere(path.join(folder, ".gitignore"))
  }
})

/** What is set for an environment already. */
export interface Current {
  readonly url: string | undefined
  readonly hasShadow: boolean
  /** The shadow database that is set. */
  readonly shadowUrl: string | undefined
}

/** What the file of an environment sets, and after that `lockplane.toml`. Fails where the file cannot be used. */
export const current = Effect.fn("Project.current")(function*(
  { configuration }: Project,
  environment: string,
  texts: Present
): Effect.fn.Return<Current, ConfigurationError> {
  const values = yield* decode(fileNameOf(environment), texts.environment ?? "")
  const environments = Option.isNone(configuration) ? {} : configuration.value.configuration.environments ?? {}
  const own = Object.hasOwn(environments, environment) ? environments[environment] : undefined
  return {
    url: values.get("database_url")?.value ?? own?.database_url,
    shadowUrl: values.get("shadow_database_url")?.value ?? own?.shadow_database_url,
    hasShadow: own !== undefined || values.has("shadow_database_url") || values.has("shadow_schema")
  }
})

/** Whether nothing is in a folder of the project, or there is no such folder. */
export const isEmptyFolder = Effect.fn("Project.isEmptyFolder")(function*(
  { folder }: Project,
  name: string
): Effect.fn.Return<boolean, never, FileSystem.FileSystem | Path.Path> {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const place = path.join(folder, name)
  const isThere = yield* Effect.orElseSucceed(fs.exists(place), () => true)
  if (!isThere) return true
  const entries = yield* Effect.option(fs.readDirectory(place))
  return Option.isSome(entries) && entries.value.every((entry) => entry === ".gitkeep")
})
