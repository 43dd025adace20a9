/** `.env.NAME`: what it sets, under which names, and how mistakes are told. */
import { describe, expect, test } from "bun:test"
import * as Effect from "effect/Effect"
import { chmod } from "node:fs/promises"
import { join } from "node:path"
import {
  decode,
  type EnvironmentFileKey,
  environmentFileKeys,
  namesOf,
  read
} from "../../src/config/EnvironmentFile.ts"
import { nearest, nearestByParts } from "../../src/config/Spelling.ts"
import * as Platform from "../../src/platform.ts"
import { folder } from "../cli/lockplane.ts"
import * as it from "../effect.ts"

const problems = (text: string) =>
  Effect.match(decode(".env.local", text), {
    onFailure: (error): ReadonlyArray<string> => error.problems,
    onSuccess: () => []
  })

const setting = (key: EnvironmentFileKey, text: string) =>
  Effect.map(decode(".env.local", text), (values) => values.get(key))

describe("decode", () => {
  it.effect("values with their lines, in every way that such files are written", () =>
    Effect.gen(function*() {
      const text = [
        "\uFEFF# ours",
        "export DATABASE_URL=postgres://u:p$w@h/d # the database",
        "SHADOW_DATABASE_URL=\"postgres://u:p#w@h/s\"",
        "",
        "APP_SECRET='two",
        "DATABASE_URL=a line of a text",
        "lines'",
        "SHADOW_SCHEMA: 'lockplane_shadow'",
        "LIBSQL_AUTH_TOKEN="
      ].join("\r\n")
      const values = yield* decode(".env.local", text)
      expect(Object.fromEntries(values)).toEqual({
        database_url: { name: "DATABASE_URL", value: "postgres://u:p$w@h/d", line: 2 },
        shadow_database_url: { name: "SHADOW_DATABASE_URL", value: "postgres://u:p#w@h/s", line: 3 },
        shadow_schema: { name: "SHADOW_SCHEMA", value: "lockplane_shadow", line: 8 }
      })
      expect([...yield* decode(".env.local", "")]).toEqual([])
    }))

  it.effect("the last of two lines counts", () =>
    Effect.gen(function*() {
      expect(yield* setting("database_url", "DATABASE_URL=postgres://a\nDATABASE_URL=postgres://b\n")).toEqual({
        name: "DATABASE_URL",
        value: "postgres://b",
        line: 2
      })
    }))

  it.effect("older names count where no newer one is there, in whatever order they stand", () =>
    Effect.gen(function*() {
      for (const key of environmentFileKeys) {
        const names = namesOf[key]
        for (const [i] of names.entries()) {
          const remaining = names.slice(i)
          for (const order of [remaining, remaining.toReversed()]) {
            const text = order.map((name) => `${name}=libsql://${name}`).join("\n")
            const found = yield* setting(key, text)
            expect([found?.name, found?.value]).toEqual([remaining[0], `libsql://${remaining[0]}`])
          }
        }
      }
      expect((yield* setting("database_url", "DATABASE_URL=\nPOSTGRES_URL=postgres://old"))?.name).toBe("POSTGRES_URL")
    }))

  it.effect("the paths of older names are URLs", () =>
    Effect.gen(function*() {
      expect((yield* setting("database_url", "SQLITE_DB_PATH=data/app"))?.value).toBe("sqlite://data/app")
      expect((yield* setting("database_url", "SQLITE_DB_PATH=:memory:"))?.value).toBe(":memory:")
      expect((yield* setting("shadow_database_url", "LIBSQL_SHADOW_DB_PATH=sqlite://s.db"))?.value).toBe(
        "sqlite://s.db"
      )
    }))

  it.effect("misspelt names are told with their line, and an application's own are left alone", () =>
    Effect.gen(function*() {
      const misspelt = [
        ["DATABSE_URL", "DATABASE_URL"],
        ["DATABASE_ULR", "DATABASE_URL"],
        ["DATABASEURL", "DATABASE_URL"],
        ["database_url", "DATABASE_URL"],
        ["SHADOW_DATABSE_URL", "SHADOW_DATABASE_URL"],
        ["SHADOW_SHEMA", "SHADOW_SCHEMA"],
        ["LIBSQL_AUTHTOKEN", "LIBSQL_AUTH_TOKEN"],
        ["POSTGRE_URL", "POSTGRES_URL"]
      ]
      const text = misspelt.map(([name]) => `${name}=x`).join("\n")
      expect(yield* problems(`# first\n${text}`)).toEqual(
        misspelt.map(([name, meant], i) => `.env.local:${i + 2}: ${name} is no setting. Did you mean ${meant}?`)
      )
      const own = [
        "DATABASE_HOST",
        "DATABASE_PORT",
        "DATABASE_NAME",
        "DATABASE_USER",
        "DATABASE_SSL",
        "DATABASE_POOL",
        "POSTGRES_DB",
        "POSTGRES_USER",
        "POSTGRES_PASSWORD",
        "POSTGRES_PRISMA_URL",
        "POSTGRES_URL_NON_POOLING",
        "DIRECT_URL",
        "TEST_DATABASE_URL",
        "API_URL",
        "AUTH_TOKEN",
        "PORT"
      ]
      expect(yield* problems(own.map((name) => `${name}=x`).join("\n"))).toEqual([])
      // somebody who has both means both
      expect(yield* problems("DATABASE_URI=x\nDATABASE_URL=postgres://h\n")).toEqual([])
    }))

  it.effect("values that would be cut off are refused, and never shown", () =>
    Effect.gen(function*() {
      const text = [
        "DATABASE_URL=postgres://u:hun#ter2@h/d",
        "SHADOW_DATABASE_URL=\"postgres://u:hunter2@h/d",
        "LIBSQL_AUTH_TOKEN hunter2",
        "SHADOW_SCHEMA='hunter",
        "2'"
      ].join("\n")
      const found = yield* problems(text)
      expect(found).toEqual([
        ".env.local:1: DATABASE_URL: what follows the # would be a comment. Put the value in double quotes",
        ".env.local:2: SHADOW_DATABASE_URL: the \" at its beginning is not closed",
        ".env.local:3: LIBSQL_AUTH_TOKEN has no value. Write LIBSQL_AUTH_TOKEN=VALUE",
        ".env.local:4: SHADOW_SCHEMA: it has more than one line"
      ])
      expect(found.join()).not.toContain("hun")
    }))
})

describe("read", () => {
  const live = it.layer(Platform.layer)

  live("warns of every mode that lets others read it", () =>
    Effect.gen(function*() {
      const place = yield* folder({ ".env.local": "DATABASE_URL=postgres://h/d\n" })
      const warnings = (mode: number) =>
        Effect.andThen(
          Effect.promise(() => chmod(join(place, ".env.local"), mode)),
          Effect.map(read("local", place, place), ({ warnings }) => warnings)
        )
      for (const mode of [0o600, 0o400, 0o700]) expect(yield* warnings(mode)).toEqual([])
      for (const mode of [0o604, 0o640, 0o644, 0o664, 0o601, 0o777]) {
        expect(yield* warnings(mode)).toEqual([
          expect.stringMatching(new RegExp(`mode 0${mode.toString(8)}\\)\\. Run: chmod 600 \\.env\\.local$`))
        ])
      }
    }))

  live("a name with spaces is quoted for the shell; no file sets nothing", () =>
    Effect.gen(function*() {
      const place = yield* folder({ ".env.local": "DATABASE_URL=postgres://h/d\n" })
      yield* Effect.promise(() => chmod(join(place, ".env.local"), 0o644))
      const spaced = join(place, "it's")
      const { warnings } = yield* read("local", place, spaced)
      expect(warnings[0]).toEndWith("chmod 600 ../.env.local")
      expect(yield* read("production", place, place)).toEqual({
        file: ".env.production",
        values: new Map(),
        warnings: []
      })
    }))
})

test("words that are near", () => {
  expect(nearest("shema_path", ["schema_path", "schemas"])).toBe("schema_path")
  expect(nearest("Prodcution", ["production", "local"])).toBe("production")
  expect(nearest("staging", ["production", "local"])).toBeUndefined()
  expect(nearestByParts("DATABASE_SSL", ["DATABASE_URL"])).toBeUndefined()
})
