/** `lockplane config`, and the environments of the other commands. */
import { describe, expect } from "bun:test"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { chmod, mkdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import * as it from "../effect.ts"
import { database, psql, type Server, server } from "../servers.ts"
import { folder, lockplane } from "./lockplane.ts"

const toml = `default_environment = "local"
schema_path = "wanted"

[environments.local]
description = "Local development"
shadow_schema = "lockplane_shadow"

[environments.production]
description = "Production"
`

const secret = "hunter2"

/** A folder with these files, those of secrets at mode 0600. */
const project = (files: Readonly<Record<string, string>>) =>
  Effect.tap(folder(files), (place) =>
    Effect.promise(() =>
      Promise.all(
        Object.keys(files).filter((name) => name.startsWith(".env")).map((name) => chmod(join(place, name), 0o600))
      )
    ))

describe("config", () => {
  it.live("what is in force, and where it comes from", () =>
    Effect.gen(function*() {
      const cwd = yield* project({
        "lockplane.toml": toml,
        ".env.production": `DATABASE_URL="postgres://app:${secret}@db.example.org/shop"\nLIBSQL_AUTH_TOKEN=${secret}\n`
      })
      const { code, stderr, stdout } = yield* lockplane(
        ["config", "--target-environment", "production", "--format", "json"],
        { cwd, env: { SHADOW_SCHEMA: "not_for_production" } }
      )
      expect([code, stderr]).toEqual([0, ""])
      const shown = JSON.parse(stdout)
      expect([shown.file, shown.environments]).toEqual(["lockplane.toml", [
        { name: "local", description: "Local development" },
        { name: "production", description: "Production" }
      ]])
      expect(shown.settings).toEqual({
        environment: { value: "production", origin: "--target-environment" },
        database_url: { value: "postgres://app@db.example.org/shop", origin: ".env.production:1" },
        shadow_database_url: { value: null, origin: null },
        shadow_schema: { value: null, origin: null },
        auth_token: { value: "••••", origin: ".env.production:2" },
        schema_path: { value: "wanted", origin: "lockplane.toml:2" },
        dialect: { value: "postgres", origin: "default" },
        schemas: { value: null, origin: null },
        include: { value: null, origin: null },
        exclude: { value: null, origin: null }
      })

      const text = yield* lockplane(["config"], { cwd, env: { SHADOW_SCHEMA: "mine", DATABASE_URL: "pglite:db" } })
      expect(text.stderr).toBe("")
      expect(text.stdout.replaceAll(/ {2,}/g, "  ").split("\n")).toEqual([
        expect.stringMatching(/^lockplane\.toml in \/.*/),
        "",
        "environment  local  lockplane.toml:1",
        "database_url  pglite:db  DATABASE_URL",
        "shadow_database_url  (the embedded engine)",
        "shadow_schema  mine  SHADOW_SCHEMA",
        "auth_token  -",
        "schema_path  wanted  lockplane.toml:2",
        "dialect  postgres  default",
        "schemas  (everything is managed)",
        "include  -",
        "exclude  -",
        "",
        "Environments (* is in force):",
        "* local  Local development",
        "  production  Production",
        ""
      ])
      expect(text.stdout + stdout).not.toContain(secret)
    }))

  it.live("nobody sees a password, wherever a URL or a file holds it", () =>
    Effect.gen(function*() {
      const urls = [
        `postgres://app:${secret}@db.example.org/shop`,
        `postgres://app:${secret}/x@db.example.org/shop`,
        `postgres://app:${secret}?x@db.example.org/shop`,
        `postgres://app:x?${secret}@db.example.org/shop`,
        `postgres://app:x?y=${secret}@db.example.org/shop`,
        `postgres://app:x@y?${secret}@db.example.org/shop`,
        `postgres://app:1?2${secret}@db.example.org/shop`,
        `postgres://app:x#${secret}@db.example.org/shop`,
        `postgres://app:${secret}@a:1,b:2/shop`,
        `postgres://app:${secret}@[::1]:5432/shop`,
        `postgres://app:${secret}`,
        `postgres://db.example.org/shop?user=app&password=${secret}`,
        `postgres:///shop?host=/run/pg&sslpassword=${secret}&port=1`,
        `postgresql://db.example.org?PASSWORD=${secret}`,
        `POSTGRES://app:${secret}@db.example.org/shop`,
        ` postgres://app:${secret}@db.example.org/shop`,
        `host=db.example.org password=${secret} user=app`,
        `libsql://db.example.org?authToken=${secret}`,
        `libsql://app:${secret}@db.example.org`,
        `https://db.example.org/#${secret}`,
        `mysql://app:${secret}@db.example.org/shop`
      ]
      const pairs = urls.flatMap((url, i) => i % 2 === 0 ? [[url, urls[i + 1] ?? url] as const] : [])
      const cwd = yield* project({
        "lockplane.toml": [
          ...pairs.map((_, i) => `[environments.file${i}]`),
          ...pairs.map(([url], i) => `[environments.toml${i}]\ndatabase_url = ${JSON.stringify(url)}`)
        ].join("\n"),
        ...Object.fromEntries(
          pairs.map(([one, other], i) => [`.env.file${i}`, `DATABASE_URL="${one}"\nSHADOW_DATABASE_URL="${other}"\n`])
        )
      })
      const runs = yield* Effect.forEach(
        pairs.map((_, i) =>
          i === 0 ? ["toml0", "text"] as const : [`file${i}`, i % 2 === 0 ? "text" : "json"] as const
        ),
        ([name, format]) => lockplane(["config", "--target-environment", name, "--format", format], { cwd }),
        { concurrency: 2 }
      )
      for (const [i, { code, stderr, stdout }] of runs.entries()) {
        expect([pairs[i], code, stdout.includes("database_url")]).toEqual([pairs[i], 0, true])
        expect([pairs[i], (stdout + stderr).includes(secret)]).toEqual([pairs[i], false])
      }
    }))

  it.live("a file of secrets that others may read is told, with the command that helps", () =>
    Effect.gen(function*() {
      const cwd = yield* project({ "lockplane.toml": toml, ".env.local": "DATABASE_URL=pglite:db\n" })
      yield* Effect.promise(() => chmod(join(cwd, ".env.local"), 0o644))
      const { code, stderr, stdout } = yield* lockplane(["config"], { cwd })
      expect(code).toBe(0)
      expect(stderr).toBe(
        "warning: .env.local may hold secrets, and others than you may read it (mode 0644). Run: chmod 600 .env.local\n"
      )
      expect(stdout).not.toContain("warning")
    }))

  it.live("mistakes are told, and nothing is printed for programs", () =>
    Effect.gen(function*() {
      const cwd = yield* project({
        "lockplane.toml": toml,
        ".env.production": `DATABSE_URL=postgres://app:${secret}@h/d\n`
      })
      const cases = [
        [["--target-environment", "prodution"], {}, "there is no environment \"prodution\" (--target-environment)"],
        [[], { LOCKPLANE_ENVIRONMENT: "staging" }, "known: local, production"],
        [
          ["--target-environment", "production"],
          {},
          ".env.production:1: DATABSE_URL is no setting. Did you mean DATABASE_URL?"
        ]
      ] as const
      for (const [args, env, message] of cases) {
        const { code, stderr, stdout } = yield* lockplane(["config", ...args], { cwd, env })
        expect([code, stdout]).toEqual([1, ""])
        expect(stderr).toContain(message)
        expect(stderr).not.toContain(secret)
      }
    }))

  it.live("without any setting", () =>
    Effect.gen(function*() {
      const cwd = yield* project({})
      const { code, stdout } = yield* lockplane(["config"], { cwd })
      expect(code).toBe(0)
      expect(stdout).toContain("postgres://lockplane@localhost:5432/lockplane")
      expect(stdout).toContain("No environments")
    }))
})

class TestServer extends Context.Service<TestServer, Server>()("test/cli/config/TestServer") {}

describe("environments", () => {
  const live = it.layer(Layer.effect(TestServer, server({ major: 18 })))
  const newDatabase = Effect.flatMap(TestServer, database)

  const old = "CREATE TABLE users (id bigint PRIMARY KEY);\n"

  live("of the main job: no command needs a URL", () =>
    Effect.gen(function*() {
      const [local, production, elsewhere] = yield* Effect.all([newDatabase, newDatabase, newDatabase])
      const cwd = yield* project({
        "lockplane.toml": toml,
        ".env.local": `DATABASE_URL=${local}\n`,
        ".env.production": `POSTGRES_URL=${production}\n`,
        "old.lp.sql": old
      })
      yield* Effect.promise(async () => {
        await mkdir(join(cwd, "wanted"))
        await writeFile(join(cwd, "wanted/users.lp.sql"), old.replace(");", ", email text);"))
      })
      yield* Effect.forEach([local, production], (url) => psql(url, old))
      /** With a variable of the process, which is for the environment that nobody named. */
      const run = (args: ReadonlyArray<string>, DATABASE_URL = elsewhere) =>
        Effect.map(lockplane(args, { cwd, env: { DATABASE_URL } }), ({ code, stderr, stdout }) => {
          if (code !== 0) throw new Error(`lockplane ${args.join(" ")} ended with ${code}: ${stderr}`)
          return stdout
        })
      expect(yield* run(["diff", "env:local", "env:production", "--exit-code"])).toBe("")

      const plan = yield* run(["plan", "--skip-shadow"], "")
      expect(JSON.parse(plan).steps).toMatchObject([{ description: "Add column email to table users" }])
      expect(yield* run(["plan", "--skip-shadow", "--from-environment", "production"])).toBe(plan)
      expect(yield* run(["plan", "--skip-shadow", "--from", "env:production"])).toBe(plan)
      expect(yield* run(["plan", "--skip-shadow", "--from", local])).toBe(plan)
      expect(JSON.parse(yield* run(["plan", "--skip-shadow"])).steps).toMatchObject([{
        description: "Create table users"
      }])
      yield* Effect.promise(() => writeFile(join(cwd, "plan.json"), plan))

      yield* run(["apply", "plan.json", "--auto-approve", "--skip-shadow"], "")
      expect(JSON.parse(yield* run(["plan", "--skip-shadow"], "")).steps).toEqual([])
      expect(
        JSON.parse(
          yield* run(["plan", "--skip-shadow", "--from-environment", "production", "--to-environment", "local"])
        ).steps
      )
        .toEqual(JSON.parse(plan).steps)
      expect(yield* run(["introspect"], "")).toContain("email")
      expect(yield* run(["introspect", "--target-environment", "production"])).not.toContain("email")
      expect(yield* run(["introspect", "env:local", "--format", "sql"])).toContain("email")
      expect(yield* run(["convert", "--input", "env:local", "--to", "sql"])).toContain("email")

      const back = yield* run(["plan-rollback", "plan.json", "--from-environment", "production"])
      expect(back).toBe(yield* run(["rollback", "plan.json", "--from", "env:production"]))
      const approved = ["--auto-approve", "--allow-destructive", "--skip-shadow"]
      yield* run(["rollback", "plan.json", "--from", "env:production", "--target-environment", "local", ...approved])
      expect(yield* run(["diff", "env:local", "old.lp.sql", "--exit-code"])).toBe("")
      yield* run(["apply", "--schema", "wanted", "--target-environment", "production", ...approved])
      expect(yield* run(["diff", "env:production", "wanted", "--exit-code"])).toBe("")
      expect(yield* psql(elsewhere, "SELECT relname FROM pg_class WHERE relname = 'users'")).toBe("")
    }))

  it.live("what is missing is told, and nothing is done", () =>
    Effect.gen(function*() {
      const cwd = yield* project({ "lockplane.toml": toml.replace("schema_path = \"wanted\"", "") })
      const cases = [
        [["plan"], "no schema is named, and there is no folder supabase/schema, schema, lockplane/schema"],
        [["introspect"], "the environment local has no database"],
        [["introspect", "env:production"], "the environment production has no database"],
        [["introspect", "env:prod"], "there is no environment \"prod\" (env:prod); known: local, production"],
        [["diff", "env:local", "x.lp.sql"], "the environment local has no database"],
        [["apply", "--schema", "x.lp.sql", "--target-environment", "lokal"], "Did you mean local?"],
        [["apply", "--schema", "x.lp.sql", "--target", "env:nowhere"], "(env:nowhere)"]
      ] as const
      for (const [args, message] of cases) {
        const { code, stderr, stdout } = yield* lockplane(args, { cwd })
        expect([args, code, stdout]).toEqual([args, 1, ""])
        expect(stderr).toContain(message)
      }
    }))
})
