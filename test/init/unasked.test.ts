/** `lockplane init` without questions: flags and defaults, and what is refused. */
import { describe, expect } from "bun:test"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { folder, lockplane } from "../cli/lockplane.ts"
import * as it from "../effect.ts"
import { database, psql, type Server, server } from "../servers.ts"

class TestServer extends Context.Service<TestServer, Server>()("test/init/TestServer") {}

const onServer = it.layer(Layer.effect(TestServer, server({ major: 18 })))

const text = (cwd: string, ...path: ReadonlyArray<string>) => Effect.promise(() => readFile(join(cwd, ...path), "utf8"))

const files = (cwd: string) => Effect.promise(async () => (await readdir(cwd, { recursive: true })).toSorted())

const init = (cwd: string, ...flags: ReadonlyArray<string>) => lockplane(["init", "--yes", ...flags], { cwd })

describe("init --yes", () => {
  it.live("needs nothing, and done again changes nothing", () =>
    Effect.gen(function*() {
      const cwd = yield* folder({})
      const first = yield* init(cwd)
      expect([first.code, first.stdout]).toEqual([0, ""])
      const all = yield* files(cwd)
      expect(all).toEqual([".env.local", ".gitignore", "lockplane.toml", "schema", "schema/users.lp.sql"])
      const texts = yield* Effect.forEach(all.filter((name) => name !== "schema"), (name) => text(cwd, name))
      yield* Effect.promise(() => chmod(join(cwd, ".env.local"), 0o644))
      const again = yield* init(cwd)
      expect([again.code, again.stderr]).toEqual([0, expect.stringContaining("Everything was there as it should be.")])
      expect(yield* files(cwd)).toEqual(all)
      expect(yield* Effect.forEach(all.filter((name) => name !== "schema"), (name) => text(cwd, name))).toEqual(texts)
      expect(yield* Effect.promise(async () => (await stat(join(cwd, ".env.local"))).mode & 0o777)).toBe(0o600)
    }))

  it.live("writes an example only where the schema's folder is empty", () =>
    Effect.gen(function*() {
      const cwd = yield* folder({})
      yield* Effect.promise(() => mkdir(join(cwd, "schema")))
      yield* Effect.promise(() => writeFile(join(cwd, "schema/notes.md"), "mine"))
      expect((yield* init(cwd)).code).toBe(0)
      expect(yield* files(join(cwd, "schema"))).toEqual(["notes.md"])
    }))

  it.live("builds a URL of the parts, every character in its place", () =>
    Effect.gen(function*() {
      const cwd = yield* folder({})
      const parts = {
        host: "127.0.0.1",
        port: "1",
        database: "a b",
        user: "u@x",
        password: "p/w'#$",
        "ssl-mode": "require"
      }
      const flags = Object.entries({ ...parts, "shadow-db-port": "5433", "env-name": "dev" })
      const run = yield* init(cwd, ...flags.flatMap(([name, value]) => [`--${name}`, value]))
      expect([run.code, run.stderr]).toEqual([0, expect.stringContaining("The settings are written all the same.")])
      expect(run.stderr).not.toContain("p%2Fw")
      expect(yield* text(cwd, ".env.dev")).toBe(
        "DATABASE_URL=postgres://u%40x:p%2Fw%27%23%24@127.0.0.1:1/a%20b?sslmode=require\n" +
          "SHADOW_DATABASE_URL=postgres://u%40x:p%2Fw%27%23%24@127.0.0.1:5433/a%20b_shadow?sslmode=require\n"
      )
    }))

  it.live("has defaults for each kind of database, and for Supabase", () =>
    Effect.gen(function*() {
      const cwd = yield* folder({})
      expect((yield* init(cwd, "--supabase")).code).toBe(0)
      const toml = yield* text(cwd, "lockplane.toml")
      expect(toml).toContain("\nschemas = [\"public\"]\n")
      expect(toml).toContain("schema_path = \"supabase/schema\"\n")
      expect(toml).toContain("shadow_schema = \"lockplane_shadow\"\n")
      expect(yield* text(cwd, ".env.local")).toBe(
        "DATABASE_URL=postgres://postgres:postgres@127.0.0.1:54322/postgres?sslmode=disable\n"
      )
      // another environment of another kind, in the same file
      expect((yield* init(cwd, "--env-name", "lite", "--db-type", "sqlite")).code).toBe(0)
      expect(yield* text(cwd, "lockplane.toml")).toBe(`${toml.trimEnd()}\n\n[environments.lite]\ndialect = "sqlite"\n`)
      expect(
        (yield* init(cwd, "--env-name", "edge", "--url", "libsql://127.0.0.1:1?tls=0", "--auth-token", "ey.J0")).code
      )
        .toBe(0)
      expect(yield* text(cwd, ".env.edge")).toBe("DATABASE_URL=libsql://127.0.0.1:1?tls=0\nLIBSQL_AUTH_TOKEN=ey.J0\n")
    }))

  const refusals: ReadonlyArray<readonly [says: string, code: number, ...flags: ReadonlyArray<string>]> = [
    ["--connection-string and --host name different databases", 2, "--connection-string", "pglite:x", "--host", "h"],
    [
      "--db-type is sqlite, but --connection-string is for postgres",
      2,
      "--db-type",
      "sqlite",
      "--connection-string",
      "pglite:x"
    ],
    ["the libSQL server is not named", 2, "--db-type", "libsql"],
    ["is not the URL of a database", 2, "--connection-string", "mysql://root@localhost/x"],
    ["is not the URL of a libSQL server", 2, "--url", "postgres://localhost/x"],
    ["in memory keeps nothing", 2, "--connection-string", "pglite::memory:"],
    ["cannot be the name of an environment", 2, "--env-name", "../x"],
    ["has no server for a shadow", 2, "--shadow-db-port", "5433"],
    ["name different shadows", 2, "--shadow-db-port", "5433", "--shadow-schema", "s"],
    ["is no port", 2, "--port", "0"],
    ["leads out of the project", 2, "--schema-path", "../../etc"],
    ["leads out of the project", 2, "--schema-path", "a/../../etc"],
    ["leads out of the project", 2, "--schema-path", "/etc"],
    ["neither the URL of a database on a PostgreSQL or libSQL server nor a SQLite file", 2, "--shadow-db", "pglite:x"],
    ["The schema public holds", 1, "--host", "127.0.0.1", "--port", "1", "--shadow-schema", "public"],
    [
      "is the database of the environment local",
      1,
      "--connection-string",
      "postgres://app@127.0.0.1:1/shop",
      "--shadow-db",
      "postgresql://other@localhost:1/shop"
    ]
  ]
  for (const [says, code, ...flags] of refusals) {
    it.live(`refuses ${flags.join(" ")}`, () =>
      Effect.gen(function*() {
        const cwd = yield* folder({})
        const run = yield* init(cwd, ...flags)
        expect([run.code, run.stderr]).toEqual([code, expect.stringContaining(says)])
        expect(yield* files(cwd)).toEqual([])
      }))
  }

  onServer(
    "takes no database as shadow that is worked on, by whatever name it is reached",
    () =>
      Effect.gen(function*() {
        const one = yield* TestServer
        const url = yield* database(one)
        const other = url.replace("127.0.0.1", "localhost")
        expect(other).not.toBe(url)
        const shadowOf = (text: string) => text.replace(/(\?|$)/, "_shadow$1")
        const cwd = yield* folder({})
        const refused = yield* init(cwd, "--connection-string", url, "--shadow-db", other)
        expect([refused.code, refused.stderr]).toEqual([
          1,
          expect.stringContaining("is the database of the environment local")
        ])
        expect(yield* files(cwd)).toEqual([])
        expect((yield* init(cwd, "--connection-string", url, "--shadow-db", shadowOf(url))).code).toBe(0)
        // that of another environment, and the shadow that is set where the database is changed
        const more = yield* init(cwd, "--env-name", "v1.2", "--connection-string", "pglite:x", "--shadow-db", other)
        expect([more.code, more.stderr]).toEqual([
          1,
          expect.stringContaining("is the database of the environment local")
        ])
        const swapped = yield* init(cwd, "--connection-string", shadowOf(other))
        expect([swapped.code, swapped.stderr]).toEqual([1, expect.stringContaining("as a shadow it would be emptied")])
        expect((yield* init(cwd, "--env-name", "v1.2", "--connection-string", "pglite:x")).code).toBe(0)
        expect(yield* text(cwd, "lockplane.toml")).toContain("[environments.\"v1.2\"]")
        expect((yield* lockplane(["config", "--target-environment", "v1.2"], { cwd })).code).toBe(0)
      })
  )

  it.live("names the flag where there is no terminal", () =>
    Effect.gen(function*() {
      const cwd = yield* folder({})
      const run = yield* lockplane(["init"], { cwd })
      expect([run.code, run.stderr]).toEqual([1, expect.stringContaining("add --yes")])
      expect(yield* files(cwd)).toEqual([])
    }))

  it.live("replaces no URL of somebody else, and takes one that is there", () =>
    Effect.gen(function*() {
      const cwd = yield* folder({ ".env.local": "SECRET=1\nDATABASE_URL=pglite:mine\n" })
      const refused = yield* init(cwd, "--connection-string", "pglite:other")
      expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining("has another DATABASE_URL already")])
      expect(yield* files(cwd)).toEqual([".env.local"])
      expect((yield* init(cwd)).code).toBe(0)
      expect(yield* text(cwd, ".env.local")).toBe("SECRET=1\nDATABASE_URL=pglite:mine\n")
      // from here on it is known, and a change is meant
      expect((yield* init(cwd, "--connection-string", "pglite:other")).code).toBe(0)
      expect(yield* text(cwd, ".env.local")).toBe("SECRET=1\nDATABASE_URL=pglite:other\n")
    }))

  it.live("leaves other programs their variables, and a shadow and a token what they are", () =>
    Effect.gen(function*() {
      const others = "POSTGRES_URL=postgres://app@h/x\nSHADOW_DATABASE_URL=postgres://app@h/s\n"
      const cwd = yield* folder({ ".env.local": `${others}DATABASE_URL=pglite:mine\n` })
      expect((yield* init(cwd)).code).toBe(0)
      expect(yield* text(cwd, ".env.local")).toBe(`${others}DATABASE_URL=pglite:mine\n`)
      expect((yield* init(cwd, "--env-name", "edge", "--url", "libsql://127.0.0.1:1", "--auth-token", "t")).code).toBe(
        0
      )
      expect((yield* init(cwd, "--env-name", "edge", "--description", "At the edge")).code).toBe(0)
      expect(yield* text(cwd, ".env.edge")).toBe("DATABASE_URL=libsql://127.0.0.1:1\nLIBSQL_AUTH_TOKEN=t\n")
      const broken = yield* folder({ ".env.local": "DATABASE_URL='pglite:mine\n" })
      const refused = yield* init(broken)
      expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining(".env.local:1: DATABASE_URL")])
      expect(yield* files(broken)).toEqual([".env.local"])
    }))

  it.live("follows a link, and finds the project from a folder of it", () =>
    Effect.gen(function*() {
      const cwd = yield* folder({ "real.toml": "# real\n" })
      yield* Effect.promise(async () => {
        await mkdir(join(cwd, ".git"))
        await mkdir(join(cwd, "packages/api"), { recursive: true })
        await symlink("real.toml", join(cwd, "lockplane.toml"))
      })
      const run = yield* init(join(cwd, "packages/api"))
      expect([run.code, run.stderr]).toEqual([0, expect.stringContaining("--to ../../schema")])
      expect(yield* text(cwd, "real.toml")).toBe(
        "# real\n\n[environments.local]\ndescription = \"Local development\"\n"
      )
      expect(yield* files(join(cwd, "packages"))).toEqual(["api"])
    }))
})

onServer(
  "a database with tables becomes files; one of another shape is not planned away by an example",
  () =>
    Effect.gen(function*() {
      const url = yield* Effect.flatMap(TestServer, database)
      const empty = yield* folder({})
      expect((yield* init(empty, "--connection-string", url)).code).toBe(0)
      expect(yield* files(join(empty, "schema"))).toEqual(["users.lp.sql"])
      yield* psql(url, "CREATE TABLE a (id int PRIMARY KEY); CREATE VIEW b AS SELECT id FROM a")
      const cwd = yield* folder({})
      const run = yield* init(cwd, "--connection-string", url)
      expect(run.code).toBe(0)
      expect(yield* files(join(cwd, "schema"))).toEqual(["a.lp.sql", "views.lp.sql"])
      const { code } = yield* lockplane(["diff", "env:local", "schema", "--exit-code"], { cwd })
      expect(code).toBe(0)
    })
)
