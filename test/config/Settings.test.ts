/** What is in force: precedence over all levels, environments, and where a value comes from. */
import { describe, expect, test } from "bun:test"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import { chmod, mkdir, writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import { decode } from "../../src/config/Configuration.ts"
import * as EnvironmentFile from "../../src/config/EnvironmentFile.ts"
import * as Settings from "../../src/config/Settings.ts"
import { Environments } from "../../src/Environments.ts"
import * as Platform from "../../src/platform.ts"
import { folder } from "../cli/lockplane.ts"
import * as it from "../effect.ts"

type Level = "flag" | "variable" | "environmentFile" | "environment" | "top" | "found"

/** The levels of each setting, in the order in which they count; what names it in each. */
const precedence: Readonly<Record<Settings.TextKey, ReadonlyArray<readonly [Level, name: string]>>> = {
  database_url: [
    ["flag", "--target"],
    ["variable", "DATABASE_URL"],
    ["environmentFile", "DATABASE_URL"],
    ["environment", "database_url"]
  ],
  shadow_database_url: [
    ["flag", "--shadow-db"],
    ["variable", "SHADOW_DATABASE_URL"],
    ["environmentFile", "SHADOW_DATABASE_URL"],
    ["environment", "shadow_database_url"]
  ],
  shadow_schema: [
    ["flag", "--shadow-schema"],
    ["variable", "SHADOW_SCHEMA"],
    ["environmentFile", "SHADOW_SCHEMA"],
    ["environment", "shadow_schema"]
  ],
  auth_token: [
    ["flag", "--auth-token"],
    ["variable", "LIBSQL_AUTH_TOKEN"],
    ["environmentFile", "LIBSQL_AUTH_TOKEN"]
  ],
  schema_path: [
    ["flag", "--schema"],
    ["environment", "schema_path"],
    ["top", "schema_path"],
    ["variable", "LOCKPLANE_SCHEMA_DIR"],
    ["found", "schema"]
  ]
}

const keys = ["database_url", "shadow_database_url", "shadow_schema", "auth_token", "schema_path"] as const

const subsets = <A>(list: ReadonlyArray<A>): ReadonlyArray<ReadonlyArray<A>> =>
  Array.from({ length: 2 ** list.length }, (_, chosen) => list.filter((_, i) => (chosen >> i) % 2 === 1))

const valueOf = (level: Level): string => `pglite:/${level}`

/** What {@link Settings.settle} is told where a setting is said on these levels and no other. */
const levelsFor = (key: Settings.TextKey, said: ReadonlyArray<readonly [Level, string]>, isNamed: boolean) =>
  Effect.gen(function*() {
    const on = (level: Level) => said.some(([one]) => one === level)
    const nameOn = (level: Level) => said.find(([one]) => one === level)?.[1] ?? ""
    const text = [
      ...(on("top") ? [`${key} = "${valueOf("top")}"`] : []),
      "[environments.other]",
      ...(key === "auth_token" ? [] : [`${key} = "pglite:/other"`]),
      "[environments.local]",
      ...(on("environment") ? [`${key} = "${valueOf("environment")}"`] : [])
    ].join("\n")
    const variable = Settings.variableNames.find((name) => on("variable") && name === nameOn("variable"))
    const levels: Settings.Levels = {
      isNamed,
      environment: { value: "local", origin: { _tag: "Default" } },
      flags: on("flag") ? { [key]: { flag: nameOn("flag"), value: valueOf("flag") } } : {},
      variables: new Map(variable === undefined ? [] : [[variable, valueOf("variable")]]),
      environmentFile: {
        file: ".env.local",
        values: yield* EnvironmentFile.decode(
          ".env.local",
          on("environmentFile") ? `\n${nameOn("environmentFile")}=${valueOf("environmentFile")}\n` : ""
        )
      },
      configuration: {
        file: "lockplane.toml",
        text,
        configuration: yield* Effect.fromResult(decode("lockplane.toml", text))
      },
      foundFolder: on("found") ? valueOf("found") : undefined,
      locate: (path) => path
    }
    return { levels, text }
  })

const originOf = (level: Level, name: string, text: string): string => {
  const line = (wanted: string) => text.split("\n").findIndex((one) => one.includes(wanted)) + 1
  switch (level) {
    case "flag":
    case "variable":
      return name
    case "environmentFile":
      return ".env.local:2"
    case "environment":
    case "top":
      return `lockplane.toml:${line(valueOf(level))}`
    case "found":
      return "found"
  }
}

describe("precedence", () => {
  it.effect("of every setting, on every choice of levels: the first one that says something counts", () =>
    Effect.gen(function*() {
      let cases = 0
      for (const key of keys) {
        for (const said of subsets(precedence[key])) {
          for (const isNamed of [false, true]) {
            const { levels, text } = yield* levelsFor(key, said, isNamed)
            const setting = Settings.settle(levels)[key]
            // variables of the process are for the environment that nobody named; the schema folder is not of one
            const counting = said.find(([level]) => level !== "variable" || !isNamed || key === "schema_path")
            const [level, name] = counting ?? []
            const value = Redacted.isRedacted(setting?.value) ? Redacted.value(setting.value) : setting?.value
            const found = setting === undefined ? undefined : [value, Settings.describeOrigin(setting.origin)]
            expect([key, said, isNamed, found]).toEqual([
              key,
              said,
              isNamed,
              level === undefined || name === undefined ? undefined : [valueOf(level), originOf(level, name, text)]
            ])
            cases += 1
          }
        }
      }
      expect(cases).toBe(2 * (3 * 16 + 8 + 32))
    }))

  test("the default target is for someone who has no environments", () => {
    const levels: Settings.Levels = {
      isNamed: false,
      environment: undefined,
      flags: {},
      variables: new Map(),
      environmentFile: undefined,
      configuration: undefined,
      foundFolder: undefined,
      locate: (path) => path
    }
    const { database_url, dialect } = Settings.settle(levels)
    expect(database_url?.origin).toEqual({ _tag: "Default" })
    expect(database_url === undefined ? "" : Redacted.value(database_url.value)).toBe(Settings.defaultTarget)
    expect(dialect).toEqual({ value: "postgres", origin: { _tag: "Default" } })
    const text = "[environments.production]"
    const configuration = Result.getOrThrow(decode("lockplane.toml", text))
    const withEnvironments = Settings.settle({
      ...levels,
      configuration: { file: "lockplane.toml", text, configuration }
    })
    expect(withEnvironments.database_url).toBeUndefined()
    // the default is a PostgreSQL server
    const sqlite = Result.getOrThrow(decode("lockplane.toml", "dialect = \"sqlite\""))
    const ofSqlite = Settings.settle({
      ...levels,
      configuration: { file: "lockplane.toml", text: "dialect = \"sqlite\"", configuration: sqlite }
    })
    expect(ofSqlite.database_url).toBeUndefined()
  })
})

const live = it.layer(Platform.layer)

/** A folder with these files, at mode 0600, in folders where they are named so. */
const project = (files: Readonly<Record<string, string>>) =>
  Effect.tap(folder({}), (top) =>
    Effect.promise(async () => {
      for (const [name, text] of Object.entries({ ".git/HEAD": "", ...files })) {
        await mkdir(dirname(join(top, name)), { recursive: true })
        await writeFile(join(top, name), text)
        await chmod(join(top, name), 0o600)
      }
    }))

const within =
  (variables: Readonly<Record<string, string>>) => <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.provideService(effect, ConfigProvider.ConfigProvider, ConfigProvider.fromEnvRecord({ ...variables }))

const refusal = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.map(Effect.flip(effect), (error) => error instanceof Error ? error.message : "")

const url = (settings: Settings.Settings) => Effect.map(Settings.database(settings), Redacted.value)

const toml = `default_environment = "local"
[environments.local]
description = "Local"
[environments.production]
[environments.embedded]
database_url = "pglite:data/db"
schema_path = "other"
`

describe("resolve", () => {
  live("each environment has its own settings, from whatever folder", () =>
    Effect.gen(function*() {
      const top = yield* project({
        "lockplane.toml": toml,
        ".env.local": "DATABASE_URL=postgres://local/d",
        ".env.production": "POSTGRES_URL=postgres://production/d\nSHADOW_SCHEMA=s",
        "schema/a.lp.sql": "",
        "supabase/schema/b.lp.sql": "",
        "src/deep/file": ""
      })
      const start = join(top, "src/deep")
      const local = yield* within({})(Settings.resolve({ start }))
      expect([local.folder, local.file, local.environments]).toEqual([
        top,
        "../../lockplane.toml",
        ["local", "production", "embedded"]
      ])
      expect(local.environment).toEqual({
        value: "local",
        origin: { _tag: "Configuration", file: "../../lockplane.toml", line: 1 }
      })
      expect(yield* url(local)).toBe("postgres://local/d")
      expect(local.schema_path).toEqual({ value: "../../supabase/schema", origin: { _tag: "Found" } })

      const production = yield* within({ DATABASE_URL: "postgres://process/d" })(
        Settings.resolve({ start, environment: "production", namedBy: "--target-environment" })
      )
      expect(yield* url(production)).toBe("postgres://production/d")
      expect(Settings.describeOrigin(production.database_url?.origin ?? { _tag: "Default" })).toBe(
        "../../.env.production:1 (POSTGRES_URL)"
      )
      expect(production.shadow_schema?.value).toBe("s")

      const embedded = yield* within({})(Settings.resolve({ start, environment: "embedded" }))
      expect([yield* url(embedded), embedded.schema_path?.value]).toEqual(["pglite:../../data/db", "../../other"])
      expect(JSON.stringify(production) + String(production.database_url?.value)).not.toContain("postgres://production")
    }))

  live("the environment that nobody names: variable, default_environment, local", () =>
    Effect.gen(function*() {
      const name = (text: string, variables: Readonly<Record<string, string>>) =>
        Effect.gen(function*() {
          const start = yield* project({ "lockplane.toml": text })
          return (yield* within(variables)(Settings.resolve({ start }))).environment
        })
      expect(yield* name(toml, { LOCKPLANE_ENVIRONMENT: "production" })).toEqual({
        value: "production",
        origin: { _tag: "Variable", name: "LOCKPLANE_ENVIRONMENT" }
      })
      expect((yield* name(toml, { LOCKPLANE_ENVIRONMENT: "" }))?.value).toBe("local")
      expect(yield* name("[environments.local]\n[environments.b]\n", {})).toEqual({
        value: "local",
        origin: { _tag: "Default" }
      })
      expect(yield* name("[environments.a]\n[environments.b]\n", {})).toBeUndefined()
      expect(yield* name("", {})).toBeUndefined()
    }))

  live("an unknown environment lists the known ones", () =>
    Effect.gen(function*() {
      const start = yield* project({ "lockplane.toml": toml })
      const by = { start, environment: "prodution", namedBy: "--target-environment" }
      expect(yield* refusal(within({})(Settings.resolve(by)))).toBe(
        "there is no environment \"prodution\" (--target-environment); known: local, production, embedded\nDid you mean production?"
      )
      expect(yield* refusal(within({ LOCKPLANE_ENVIRONMENT: "staging" })(Settings.resolve({ start })))).toBe(
        "there is no environment \"staging\" (LOCKPLANE_ENVIRONMENT); known: local, production, embedded\nTo add it, write [environments.staging] into lockplane.toml."
      )
      const empty = yield* project({})
      for (const environment of ["local", "../etc", "__proto__", "constructor", ""]) {
        expect(yield* refusal(within({})(Settings.resolve({ start: empty, environment })))).toContain(
          `there is no environment ${JSON.stringify(environment)} (the program)\nTo add it, write [environments.`
        )
      }
    }))

  live("an environment without a database is refused, and never another one's", () =>
    Effect.gen(function*() {
      const start = yield* project({ "lockplane.toml": toml, ".env.local": "DATABASE_URL=postgres://local/d" })
      const production = within({ DATABASE_URL: "postgres://process/d" })(
        Effect.flatMap(Settings.resolve({ start, environment: "production" }), Settings.database)
      )
      expect(yield* refusal(production)).toContain("the environment production has no database")
      expect(yield* refusal(production)).toContain(".env.production")
      const nobody = yield* project({ "lockplane.toml": "[environments.a]\n[environments.b]\n" })
      expect(yield* refusal(within({})(Effect.flatMap(Settings.resolve({ start: nobody }), Settings.database))))
        .toContain(
          "no database is named, and no environment; known: a, b"
        )
      const odd = yield* project({
        "lockplane.toml":
          "[environments.local]\ndatabase_url = \"env:local\"\n[environments.b]\ndatabase_url = \"schema\"\n"
      })
      for (const environment of ["local", "b"]) {
        expect(
          yield* refusal(within({})(Effect.flatMap(Settings.resolve({ start: odd, environment }), Settings.database)))
        )
          .toContain("is not the URL of a database")
      }
    }))

  live(
    "a variable that a runtime has loaded from the file of another environment is refused",
    () =>
      Effect.gen(function*() {
        const start = yield* project({
          "lockplane.toml": toml,
          ".env.local": "DATABASE_URL=postgres://local/d",
          ".env.production": "DATABASE_URL=postgres://production/d"
        })
        const resolve = (variables: Readonly<Record<string, string>>, environment?: string) =>
          within(variables)(Settings.resolve({ start, environment }))
        const loaded = { LOCKPLANE_ENVIRONMENT: "production", DATABASE_URL: "postgres://local/d" }
        expect(yield* refusal(resolve(loaded))).toContain("but DATABASE_URL of the process is that of .env.local")
        expect(yield* url(yield* resolve(loaded, "production"))).toBe("postgres://production/d")
        expect(yield* refusal(resolve({ DATABASE_URL: "postgres://production/d" }))).toContain(".env.production")
        // what the environment's own file says comes from there
        const own = yield* resolve({ DATABASE_URL: "postgres://local/d" })
        expect(Settings.describeOrigin(own.database_url?.origin ?? { _tag: "Default" })).toBe(".env.local:1")
        const other = yield* resolve({ DATABASE_URL: "postgres://process/d" })
        expect(yield* url(other)).toBe("postgres://process/d")
      })
  )

  live("mistakes in either file fail, and warnings come along", () =>
    Effect.gen(function*() {
      const start = yield* project({ "lockplane.toml": toml, ".env.local": "DATABSE_URL=postgres://h/d" })
      expect(yield* refusal(within({})(Settings.resolve({ start })))).toContain(
        ".env.local:1: DATABSE_URL is no setting. Did you mean DATABASE_URL?"
      )
      yield* Effect.promise(() => writeFile(join(start, ".env.local"), "DATABASE_URL=postgres://h/d"))
      yield* Effect.promise(() => chmod(join(start, ".env.local"), 0o644))
      expect((yield* within({})(Settings.resolve({ start }))).warnings).toEqual([
        expect.stringContaining("Run: chmod 600 .env.local")
      ])
    }))

  live("the schema folder: settings before the variable before what is found", () =>
    Effect.gen(function*() {
      const path = (files: Readonly<Record<string, string>>, variables: Readonly<Record<string, string>> = {}) =>
        Effect.gen(function*() {
          const start = yield* project(files)
          return yield* within(variables)(Effect.flatMap(Settings.resolve({ start }), Settings.schemaPath))
        })
      const all = { "supabase/schema/a": "", "schema/a": "", "lockplane/schema/a": "" }
      const variable = { LOCKPLANE_SCHEMA_DIR: "db" }
      expect(yield* path({ ...all, "lockplane.toml": "schema_path = \"here\"" }, variable)).toBe("here")
      expect(yield* path(all, variable)).toBe("db")
      expect(yield* path(all)).toBe("supabase/schema")
      expect(yield* path({ "schema/a": "", "lockplane/schema/a": "" })).toBe("schema")
      expect(yield* path({ "lockplane/schema/a": "", "schema": "a file" })).toBe("lockplane/schema")
      expect(yield* refusal(path({}))).toContain("there is no folder supabase/schema, schema, lockplane/schema")
    }))
})

describe("for programs", () => {
  live("targets: every environment's database, and the one in force", () =>
    Effect.gen(function*() {
      const start = yield* project({ "lockplane.toml": toml, ".env.local": "DATABASE_URL=postgres://local/d" })
      const found = yield* within({ DATABASE_URL: "postgres://process/d" })(Settings.targets(start))
      expect(found.map(({ name, url }) => [name, Redacted.value(url)])).toEqual([
        ["local", "postgres://local/d"],
        ["embedded", "pglite:data/db"],
        ["the target", "postgres://process/d"]
      ])
      const empty = yield* project({})
      expect((yield* within({})(Settings.targets(empty))).map(({ url }) => Redacted.value(url))).toEqual([
        Settings.defaultTarget
      ])
    }))

  live("what is known of all environments does not depend on the one in force", () =>
    Effect.gen(function*() {
      const start = yield* project({
        "lockplane.toml": `${toml}shadow_schema = "other"\n`,
        ".env.local": "DATABASE_URL=postgres://local/d\nSHADOW_SCHEMA=mine"
      })
      const loaded = {
        LOCKPLANE_ENVIRONMENT: "production",
        DATABASE_URL: "postgres://local/d",
        SHADOW_SCHEMA: "process"
      }
      for (const variables of [loaded, { ...loaded, LOCKPLANE_ENVIRONMENT: "unknown" }]) {
        expect((yield* within(variables)(Settings.targets(start))).map(({ name }) => name)).toEqual([
          "local",
          "embedded",
          "the target"
        ])
        expect(yield* within(variables)(Settings.shadowSchemas(start))).toEqual(["process", "mine", "other"])
      }
    }))

  live("a shadow that is on no server is told with what says it", () =>
    Effect.gen(function*() {
      const start = yield* project({
        "lockplane.toml": `${toml}shadow_schema = "s"\n`,
        ".env.local": "DATABASE_URL=postgres://local/d\nSHADOW_DATABASE_URL=pglite:x"
      })
      const pool = (environment: string) =>
        within({})(Effect.flatMap(Settings.resolve({ start, environment }), Settings.shadowPool))
      expect(yield* refusal(pool("local"))).toContain(
        ".env.local:2: the shadow database is to be on a PostgreSQL server"
      )
      expect(yield* refusal(pool("embedded"))).toContain("lockplane.toml:8: the schema \"s\" is to be the shadow")
      expect(Option.isNone(yield* pool("production"))).toBe(true)
    }))

  live("Environments refuses in the words of SOURCE", () =>
    Effect.gen(function*() {
      const error = yield* Effect.gen(function*() {
        const { database } = yield* Environments
        return yield* Effect.flip(database("no-such-environment"))
      }).pipe(Effect.provide(Settings.layer))
      expect(error.source).toBe("env:no-such-environment")
      expect(error.detail).toContain("there is no environment")
    }))
})
