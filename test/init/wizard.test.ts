/** `lockplane init` on a terminal: every way through the questions, and what is in the folder afterwards. */
import { describe, expect } from "bun:test"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { folder, lockplane } from "../cli/lockplane.ts"
import * as it from "../effect.ts"
import { database, psql, type Server, server } from "../servers.ts"
import { type Answer, keys, onTerminal } from "./terminal.ts"

class TestServer extends Context.Service<TestServer, Server>()("test/init/TestServer") {}

const onServer = it.layer(Layer.effect(TestServer, server({ major: 18 })))

const { clear, down, enter, quit, up } = keys

const init = (cwd: string, answers: ReadonlyArray<Answer>, ...flags: ReadonlyArray<string>) =>
  Effect.promise(() => onTerminal(["init", ...flags], answers, { cwd }))

const text = (cwd: string, ...path: ReadonlyArray<string>) => Effect.promise(() => readFile(join(cwd, ...path), "utf8"))

const files = (cwd: string) => Effect.promise(async () => (await readdir(cwd, { recursive: true })).toSorted())

const mode = (cwd: string, name: string) => Effect.promise(async () => (await stat(join(cwd, name))).mode & 0o777)

const named: ReadonlyArray<Answer> = [["Name of the environment", enter], ["Description", enter]]

describe("init on a terminal", () => {
  it.live("embedded PostgreSQL: settings, secrets, an example, and commands that work", () =>
    Effect.gen(function*() {
      const cwd = yield* folder({})
      const { code, shown } = yield* init(cwd, [
        ...named,
        ["Which database?", down, enter],
        ["Folder that keeps it", enter],
        ["Folder of the wanted schema's files", enter],
        ["Write these files?", enter]
      ])
      expect(code).toBe(0)
      expect(yield* files(cwd)).toEqual([".env.local", ".gitignore", "lockplane.toml", "schema", "schema/users.lp.sql"])
      expect(yield* text(cwd, ".env.local")).toBe("DATABASE_URL=pglite:.lockplane/db/local\n")
      expect(yield* mode(cwd, ".env.local")).toBe(0o600)
      expect(yield* text(cwd, ".gitignore")).toContain("\n.env.*\n.lockplane/\n")
      expect(yield* text(cwd, "lockplane.toml")).toContain(
        "[environments.local]\ndescription = \"Local development\"\n"
      )
      const commands = [...shown.matchAll(/^ {2}lockplane (.*?)\r?$/gm)].map(([, command = ""]) => command)
      expect(commands.length).toBe(4)
      for (const command of commands) {
        const [line = "", output] = command.split(" > ")
        const run = yield* lockplane([
          ...line.split(" "),
          ...line.startsWith("apply") ? ["--auto-approve", "--allow-destructive"] : []
        ], { cwd })
        expect([command, run.code, run.code === 0 ? "" : run.stderr]).toEqual([command, 0, ""])
        if (output !== undefined) yield* Effect.promise(() => writeFile(join(cwd, output), run.stdout))
      }
    }))

  it.live("SQLite begins with an empty file, libSQL with what can be reached", () =>
    Effect.gen(function*() {
      const sqlite = yield* folder({})
      const one = yield* init(sqlite, [
        ...named,
        ["Which database?", up, up, enter],
        ["File of the database", "data/shop.db", enter],
        ["Folder of the wanted schema's files", enter],
        ["Write these files?", enter]
      ])
      expect([one.code, one.shown]).toEqual([0, expect.stringContaining("an empty SQLite database")])
      expect(yield* files(sqlite)).toEqual([
        ".env.local",
        ".gitignore",
        "data",
        "data/shop.db",
        "lockplane.toml",
        "schema",
        "schema/users.lp.sql"
      ])
      expect(yield* text(sqlite, ".env.local")).toBe("DATABASE_URL=sqlite://data/shop.db\n")
      expect(yield* text(sqlite, "lockplane.toml")).toContain("dialect = \"sqlite\"\n")
      const libsql = yield* folder({})
      const two = yield* init(libsql, [
        ...named,
        ["Which database?", up, enter],
        ["URL of the server", "shop.example", enter],
        ["libsql://HOST", clear, "libsql://127.0.0.1:1?tls=0", enter],
        ["Token", "t0ken", enter],
        ["Folder of the wanted schema's files", "db/schema", enter],
        ["Write these files?", enter]
      ])
      expect(two.code).toBe(0)
      expect(two.shown).not.toContain("t0ken")
      expect(two.shown).toContain("nothing listens there")
      expect(yield* text(libsql, ".env.local")).toBe(
        "DATABASE_URL=libsql://127.0.0.1:1?tls=0\nLIBSQL_AUTH_TOKEN=t0ken\n"
      )
      expect(yield* text(libsql, "lockplane.toml")).toContain("schema_path = \"db/schema\"\n")
      // an example beside tables that nobody has seen would be a plan to drop them
      expect(yield* files(libsql)).toEqual([".env.local", ".gitignore", "lockplane.toml"])
    }))

  it.live("Ctrl-C at any question leaves nothing", () =>
    Effect.gen(function*() {
      const way: ReadonlyArray<Answer> = [
        ...named,
        ["Which database?", down, enter],
        ["Folder that keeps it", enter],
        ["Folder of the wanted schema's files", enter],
        ["Write these files?", enter]
      ]
      const cwd = yield* folder({})
      for (const [i, [question]] of way.entries()) {
        const { code, shown } = yield* init(cwd, [...way.slice(0, i), [question, quit]])
        expect([question, code, shown]).toEqual([question, 130, expect.stringContaining("Nothing was written.")])
        expect([question, yield* files(cwd)]).toEqual([question, []])
      }
      const { code, shown } = yield* init(cwd, [...way.slice(0, -1), ["Write these files?", "n"]])
      expect([code, shown]).toEqual([0, expect.stringContaining("Nothing was written.")])
      expect(yield* files(cwd)).toEqual([])
    }))

  it.live("asks nothing that flags answer", () =>
    Effect.gen(function*() {
      const cwd = yield* folder({})
      const flags = [
        "--env-name",
        "ci",
        "--description",
        "Tests",
        "--connection-string",
        "pglite:data",
        "--schema-path",
        "sql"
      ]
      const { code, shown } = yield* init(cwd, [["Write these files?", enter]], ...flags)
      expect(code).toBe(0)
      expect(shown.match(/^\? /gm)?.length).toBe(1)
      expect(yield* text(cwd, ".env.ci")).toBe("DATABASE_URL=pglite:data\n")
      expect(yield* files(join(cwd, "sql"))).toEqual(["users.lp.sql"])
    }))

  it.live("what it shows goes to standard error alone", () =>
    Effect.gen(function*() {
      const cwd = yield* folder({})
      const answers: ReadonlyArray<Answer> = [["Name of the environment", quit]]
      const { shown } = yield* Effect.promise(() => onTerminal(["init"], answers, { cwd, output: "out.txt" }))
      expect(shown).toContain("Nothing was written.")
      expect(yield* text(cwd, "out.txt")).toBe("")
    }))
})

const shop = `
  CREATE TYPE state AS ENUM ('new', 'paid');
  CREATE TABLE customers (id bigint PRIMARY KEY, email text NOT NULL);
  COMMENT ON TABLE customers IS 'People who buy';
  CREATE TABLE orders (id bigint PRIMARY KEY, customer bigint REFERENCES customers, state state NOT NULL);
`

describe("init with a server", () => {
  onServer(
    "part by part; the password is never shown; a database beside it as shadow; its schema as files",
    () =>
      Effect.gen(function*() {
        const { host, password, port } = yield* TestServer
        const url = yield* Effect.flatMap(TestServer, database)
        yield* psql(url, shop)
        const name = new URL(url).pathname.slice(1)
        const cwd = yield* folder({})
        const answers: ReadonlyArray<Answer> = [
          ...named,
          ["Which database?", enter],
          ["How do you name it?", down, enter],
          ["Host", host, enter],
          ["Port", "none", enter],
          ["A port is a number", clear, String(port), enter],
          ["Database", name, enter],
          ["User", "postgres", enter],
          ["Password", "wrong", enter],
          ["Encryption", enter],
          ["is wrong or missing", ""],
          ["What now?", down, enter],
          ["Host", enter],
          ["Port", enter],
          ["Database", enter],
          ["User", enter],
          ["Password (empty: the one from before)", password, enter],
          ["Encryption", enter],
          ["with 2 tables and views", ""],
          ["Where are plans tried out", down, ""],
          [`${name}_shadow`, enter],
          ["Database, which is created, or emptied", name, enter],
          ["That is the database itself", clear, enter],
          ["Folder of the wanted schema's files", enter],
          ["Begin with the schema that the database has", enter],
          ["Write these files?", enter]
        ]
        const { code, shown } = yield* init(cwd, answers)
        expect(code).toBe(0)
        expect(shown).not.toContain(`:${password}@`)
        expect(yield* text(cwd, ".env.local")).toBe(
          `DATABASE_URL=postgres://postgres:${password}@${host}:${port}/${name}?sslmode=prefer\n` +
            `SHADOW_DATABASE_URL=postgres://postgres:${password}@${host}:${port}/${name}_shadow?sslmode=prefer\n`
        )
        expect(yield* files(join(cwd, "schema"))).toEqual(["customers.lp.sql", "orders.lp.sql", "types.lp.sql"])
        expect(yield* text(cwd, "schema", "customers.lp.sql")).toContain(
          "COMMENT ON TABLE public.customers IS 'People who buy';"
        )
        const { stdout } = yield* lockplane(["diff", url, "schema", "--format", "json"], { cwd })
        expect(JSON.parse(stdout)).toMatchObject({ equal: true })
      })
  )

  onServer(
    "a connection string, saved although nothing answers; then another environment beside it, comments kept",
    () =>
      Effect.gen(function*() {
        const cwd = yield* folder({})
        const dead = "postgres://app@127.0.0.1:1/shop"
        const first = yield* init(cwd, [
          ...named,
          ["Which database?", enter],
          ["How do you name it?", enter],
          ["Connection string", dead, enter],
          ["Password (empty: none)", "s3'cret", enter],
          ["nothing listens there", ""],
          ["What now?", enter],
          ["nothing listens there", ""],
          ["What now?", down, down, enter],
          ["Where are plans tried out", down, down, enter],
          ["Schema, which is emptied", "public", enter],
          ["holds what is worked on", clear, enter],
          ["Folder of the wanted schema's files", enter],
          ["Write these files?", enter]
        ])
        expect([first.code, first.shown]).toEqual([0, expect.not.stringContaining("s3'cret")])
        expect(yield* text(cwd, ".env.local")).toBe("DATABASE_URL=postgres://app:s3%27cret@127.0.0.1:1/shop\n")
        // beside a database that nobody has seen, an example would be a plan to drop its tables
        expect(yield* files(cwd)).toEqual([".env.local", ".gitignore", "lockplane.toml"])
        expect(yield* text(cwd, "lockplane.toml")).toContain("shadow_schema = \"lockplane_shadow\"\n")

        const before = `# kept\n${yield* text(cwd, "lockplane.toml")}\n# to the end\n`
        yield* Effect.promise(() => writeFile(join(cwd, "lockplane.toml"), before))
        yield* Effect.promise(() => mkdir(join(cwd, "schema")))
        yield* Effect.promise(() =>
          writeFile(join(cwd, "schema/mine.lp.sql"), "CREATE TABLE t (id int PRIMARY KEY);\n")
        )
        const url = yield* Effect.flatMap(TestServer, database)
        const second = yield* init(
          cwd,
          [
            ["lockplane.toml is here", ""],
            ["Name of the environment", "staging", enter],
            ["Description", "Before production", enter],
            ["Where are plans tried out", enter],
            ["Write these files?", enter]
          ],
          "--connection-string",
          url
        )
        expect(second.code).toBe(0)
        expect(yield* text(cwd, "lockplane.toml")).toBe(
          before.replace(
            "shadow_schema = \"lockplane_shadow\"\n",
            "shadow_schema = \"lockplane_shadow\"\n\n[environments.staging]\ndescription = \"Before production\"\n"
          )
        )
        expect(yield* text(cwd, ".env.staging")).toBe(`DATABASE_URL=${url}\n`)
        expect(yield* files(join(cwd, "schema"))).toEqual(["mine.lp.sql"])

        // and the first one again, changed: what is not asked for stays
        const third = yield* init(
          cwd,
          [
            ["Name of the environment", "local", enter],
            ["local is there already", ""],
            ["Description", enter],
            ["Where are plans tried out", enter],
            ["replaces DATABASE_URL", ""],
            ["Write these files?", enter]
          ],
          "--connection-string",
          url
        )
        expect(third.code).toBe(0)
        // another shadow alone, such as one from Docker Compose
        const fourth = yield* init(
          cwd,
          [
            ["Name of the environment", "staging", enter],
            ["Description", enter],
            ["As it is set", enter],
            ["Write these files?", enter]
          ],
          "--shadow-db-port",
          "5433"
        )
        expect(fourth.code).toBe(0)
        const [, staging = ""] = (yield* text(cwd, ".env.staging")).split("\nSHADOW_DATABASE_URL=")
        expect([new URL(staging).port, new URL(staging).pathname]).toEqual(["5433", `${new URL(url).pathname}_shadow`])
        expect(yield* text(cwd, ".env.staging")).toStartWith(`DATABASE_URL=${url}\n`)
        expect(yield* text(cwd, ".env.local")).toBe(`DATABASE_URL=${url}\n`)
        expect(yield* text(cwd, "lockplane.toml")).toContain("shadow_schema = \"lockplane_shadow\"\n")
      })
  )

  onServer("Ctrl-C while a connection is tried leaves nothing", () =>
    Effect.gen(function*() {
      const cwd = yield* folder({})
      // an address that never answers
      const { code } = yield* init(
        cwd,
        [["Connecting to", quit]],
        "--env-name",
        "local",
        "--description",
        "x",
        "--connection-string",
        "postgres://app@192.0.2.1:5432/shop?connect_timeout=20"
      )
      expect(code).toBe(130)
      expect(yield* files(cwd)).toEqual([])
    }))
})
