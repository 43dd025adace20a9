/** `lockplane.toml`: what it may say, where it is looked for, and how mistakes are told. */
import { describe, expect, test } from "bun:test"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import { mkdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { decode, selectionIn } from "../../src/config/Configuration.ts"
import { find } from "../../src/config/ConfigurationFile.ts"
import * as Platform from "../../src/platform.ts"
import { folder } from "../cli/lockplane.ts"
import * as it from "../effect.ts"

const problems = (text: string): ReadonlyArray<string> => {
  const decoded = decode("lockplane.toml", text)
  return Result.isFailure(decoded) ? decoded.failure.problems : []
}

describe("decode", () => {
  test("all settings", () => {
    const decoded = decode(
      "lockplane.toml",
      `default_environment = "local"
schema_path = "schema"
dialect = "postgres"
schemas = ["public"]
include = ["extension citext"]
exclude = ["table public.legacy_*"]

[environments.local]
description = "Local development"
shadow_schema = "lockplane_shadow"
`
    )
    expect(Result.isSuccess(decoded)).toBe(true)
    expect(Result.map(decoded, selectionIn)).toEqual(
      Result.succeed({ schemas: ["public"], include: ["extension citext"], exclude: ["table public.legacy_*"] })
    )
    expect(decode("lockplane.toml", "")).toEqual(Result.succeed({}))
  })

  test("every mistake with its line", () => {
    expect(problems("schema = [\"public\"]\n\nexcludes = []\n")).toEqual([
      "lockplane.toml:1: schema is no setting. Did you mean schemas?",
      "lockplane.toml:3: excludes is no setting. Did you mean exclude?"
    ])
    expect(problems("# what is managed\nschemas = \"public\"\ndialect = \"mysql\"\n")).toEqual([
      expect.stringContaining("lockplane.toml:3: dialect: "),
      expect.stringContaining("lockplane.toml:2: schemas: ")
    ])
    expect(problems("include = [\"extension citext\"]\nexclude = [\"audit\"]\n")).toEqual([
      expect.stringContaining("lockplane.toml:2: exclude: \"audit\" does not say what it is about")
    ])
    expect(problems("schemas = [\"public\"\n\n[environments]\n")).toEqual([
      expect.stringMatching(/^lockplane\.toml:[1-3]:\d+: Invalid TOML/)
    ])
  })

  test("environments: every mistake with its line, and a suggestion", () => {
    const text = `default_environment = "prod"
database_url = "postgres://u:hunter2@h/d"

[environments.production]
descripton = "P"
databse_url = "postgres://u:hunter2@h/d"
shadow_schema = 7
auth_token = "hunter2"

[environments."a/b"]
nonsense = true
`
    const found = problems(text)
    expect(found).toEqual([
      "lockplane.toml:2: database_url belongs to an environment. Write it below [environments.NAME]",
      "lockplane.toml:5: descripton is no setting of an environment. Did you mean description?",
      "lockplane.toml:6: databse_url is no setting of an environment. Did you mean database_url?",
      "lockplane.toml:8: auth_token is a secret, and this file is checked in. Write LIBSQL_AUTH_TOKEN into .env.production",
      expect.stringContaining("lockplane.toml:10: \"a/b\" cannot be the name of an environment"),
      "lockplane.toml:11: nonsense is no setting of an environment. Known: description, database_url, shadow_database_url, shadow_schema, schema_path, dialect",
      expect.stringContaining("lockplane.toml:7: environments.production.shadow_schema: ")
    ])
    expect(found.join()).not.toContain("hunter2")
    expect(problems("default_environment = \"prod\"\n[environments.prodd]\n")).toEqual([
      "lockplane.toml:1: there is no environment prod. Did you mean prodd?"
    ])
    expect(problems("\ndefault_environment = \"local\"\n")).toEqual([
      "lockplane.toml:2: there is no environment local. Write [environments.local] below"
    ])
    expect(problems("schema_path = \"s\"\n\n[environment.x]\ndescription = \"y\"\n")).toEqual([
      "lockplane.toml:3: environment is no setting. Did you mean environments?"
    ])
    expect(problems("environments = 1\n")).toEqual([expect.stringContaining("lockplane.toml:1: environments: ")])
    expect(problems("[environments]\nlocal = \"postgres://u:hunter2@h/d\"\n").join()).toMatch(
      /^lockplane\.toml:2: (?!.*hunter2)/
    )
  })

  test("an environment cannot say what is managed, and is not passed over in silence", () => {
    expect(problems("[environments.production]\ndescription = \"P\"\nschemas = [\"public\"]\n")).toEqual([
      "lockplane.toml:3: schemas holds for all environments. Write it at the top of the file"
    ])
  })
})

describe("find", () => {
  const live = it.layer(Platform.layer)
  const tree = Effect.tap(folder({}), (top) =>
    Effect.promise(async () => {
      await mkdir(join(top, "project/a/b"), { recursive: true })
      await writeFile(join(top, "lockplane.toml"), "schemas = [\"above\"]\n")
      await writeFile(join(top, "project/lockplane.toml"), "schemas = [\"public\"]\n")
    }))

  live("from the folder upward to that of the repository", () =>
    Effect.gen(function*() {
      const top = yield* tree
      yield* Effect.promise(() => mkdir(join(top, "project/a/.git")))
      expect(Option.isNone(yield* find(join(top, "project/a/b")))).toBe(true)
      yield* Effect.promise(() => mkdir(join(top, "project/.git")))
      expect(Option.isNone(yield* find(join(top, "project/a/b")))).toBe(true)
      expect(Option.getOrThrow(yield* find(join(top, "project"))).configuration).toEqual({ schemas: ["public"] })
    }))

  live("past folders that have none", () =>
    Effect.gen(function*() {
      const top = yield* tree
      yield* Effect.promise(() => mkdir(join(top, "project/.git")))
      expect(Option.getOrThrow(yield* find(join(top, "project/a/b")))).toEqual({
        file: join("..", "..", "lockplane.toml"),
        folder: join(top, "project"),
        text: "schemas = [\"public\"]\n",
        configuration: { schemas: ["public"] }
      })
    }))

  live("outside of a repository only in the folder itself", () =>
    Effect.gen(function*() {
      const top = yield* tree
      expect(Option.isNone(yield* find(join(top, "project/a")))).toBe(true)
      expect(Option.isSome(yield* find(join(top, "project")))).toBe(true)
    }))
})
