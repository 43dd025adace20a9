/** A database of a libSQL server as shadow: for other tools, and for proofs. */
import { describe, expect } from "bun:test"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { readFile, stat } from "node:fs/promises"
import { connect, createServer } from "node:net"
import { join } from "node:path"
import * as LibsqlDatabase from "../../src/engine/LibsqlDatabase.ts"
import * as Platform from "../../src/platform.ts"
import * as it from "../effect.ts"
import { signed, sqld, start } from "../engine/libsqlServer.ts"
import { folder, lockplane, type Run } from "./lockplane.ts"
import { project as projectWith, succeeded } from "./sqliteProject.ts"

const program = await sqld()
const live = it.layer(Platform.layer)

const models = `
  CREATE TABLE users (id INTEGER PRIMARY KEY AUTOINCREMENT, email TEXT NOT NULL, boss INTEGER REFERENCES users (id));
  CREATE TABLE posts (author INTEGER REFERENCES users (id) ON DELETE CASCADE, text TEXT);
  CREATE VIRTUAL TABLE found USING fts5(text, content='posts');
  CREATE VIEW emails AS SELECT email FROM users;
  CREATE VIEW addresses AS SELECT email FROM emails;
  CREATE TRIGGER told AFTER INSERT ON posts BEGIN INSERT INTO found (rowid, text) VALUES (new.rowid, new.text); END;
  INSERT INTO users (email, boss) VALUES ('a@example.org', 1);
  INSERT INTO posts VALUES (1, 'hello');
  PRAGMA user_version = 7`

/** A session on the server, as another tool has one. */
const sql = <A>(url: string, script: string, query: string, give: (rows: ReadonlyArray<unknown>) => A) =>
  Effect.scoped(Effect.gen(function*() {
    const database = yield* LibsqlDatabase.make({ url: Redacted.make(url) })
    const session = yield* database.session
    yield* session.execute(script)
    return give(yield* session.query(query))
  }))

const fill = (url: string, script: string) => sql(url, script, "SELECT 1", () => undefined)

/** What is in the database that a schema can hold; SQLite's own is not. */
const contents = (url: string) =>
  sql(url, "", "SELECT name FROM sqlite_schema WHERE name NOT LIKE 'sqlite%' ORDER BY name", (rows) => rows)

const count = (url: string, table: string) => sql(url, "", `SELECT count(*) AS n FROM ${table}`, ([row]) => row)

/** A project of files whose settings say this beside. */
const project = (settings: string) => projectWith(settings, "CREATE TABLE users (id INTEGER PRIMARY KEY)")

const prepare = (cwd: string, ...args: ReadonlyArray<string>) =>
  Effect.map(lockplane(["shadow", "prepare", ...args], { cwd }), (ended) => JSON.parse(succeeded(ended).stdout))

/** Runs a command that is to fail; gives what it said. */
const refused = (cwd: string, ...args: ReadonlyArray<string>) =>
  Effect.map(lockplane(args, { cwd }), ({ code, stderr, stdout }) => {
    expect([args.join(" "), code, stdout]).toEqual([args.join(" "), stderr.includes("is named to be") ? 2 : 1, ""])
    return stderr
  })

const plan = ["plan", "--target-environment", "local", "--to", "wanted.lp.sql"]

const engineOf = (ended: Run): string => JSON.parse(succeeded(ended).stdout).proof.engine

describe.skipIf(program === undefined)("a database of a libSQL server", () => {
  live("is lent without the server's token, filled, planned to, emptied and given back", () =>
    Effect.gen(function*() {
      const { key, token: sign } = signed()
      const token = sign()
      const address = yield* start(program ?? "", key)
      const server = `http://${address}?authToken=${token}`
      const cwd = yield* project(`SHADOW_DATABASE_URL=libsql://${address}?tls=0\nLIBSQL_AUTH_TOKEN=${token}\n`)
      const command = (...args: ReadonlyArray<string>) =>
        Effect.map(lockplane(args, { cwd }), (ended) => {
          expect(ended.stdout + ended.stderr).not.toContain(token)
          return ended
        })
      const prepared = succeeded(yield* command("shadow", "prepare", "--target-environment", "local"))
      const lease = JSON.parse(prepared.stdout)
      expect(lease).toEqual({
        environment: "local",
        shadow_url: `libsql://${address}?tls=0`,
        token: lease.token,
        created_at: lease.created_at,
        expires_at: lease.expires_at
      })
      expect(prepared.stderr).toContain(".env.local:3 (LIBSQL_AUTH_TOKEN)")
      const remembered = join(cwd, ".lockplane/shadow.json")
      expect((yield* Effect.promise(() => stat(remembered))).mode & 0o777).toBe(0o600)
      yield* fill(server, models)
      const plans = yield* Effect.forEach([
        ["shadow", "diff"],
        ["plan", "--from", "env:local", "--to", "shadow"],
        ["plan", "--from", "shadow", "--target-environment", "local"]
      ], (args) => command(...args))
      for (const one of plans) expect(one.stdout).toBe(plans[0]?.stdout ?? "")
      const steps: ReadonlyArray<{ readonly object?: string }> =
        JSON.parse(succeeded(plans[0] ?? prepared).stdout).steps
      expect(steps.map(({ object }) => object)).toContain("virtual table main.found")
      expect(engineOf(plans[0] ?? prepared)).toContain("(in memory)")
      // what needs a shadow does not take the one that is lent
      const proven = yield* command(...plan)
      expect([engineOf(proven), proven.stderr]).toEqual([
        expect.stringContaining("(in memory)"),
        expect.stringContaining("is lent to another tool")
      ])
      expect(yield* count(server, "users")).toEqual({ n: 1 })
      // a shadow is no target
      const target = yield* command("apply", "--schema", "shadow", "--target", server, "--auto-approve")
      expect([target.code, target.stderr]).toEqual([1, expect.stringContaining("DELETE FROM sqlite_sequence")])
      const status = JSON.parse(succeeded(yield* command("shadow", "status", "--format", "json")).stdout)
      expect(status).toMatchObject({
        own: { state: "held", shadow_url: `libsql://${address}` },
        shadows: [{ place: `database ${address}`, held: true, holder: { checkout: cwd } }]
      })
      expect(yield* refused(cwd, "shadow", "prepare", "--target-environment", "other")).toContain("--force")

      const again = JSON.parse(succeeded(yield* command("shadow", "prepare")).stdout)
      expect([again.token, again.created_at]).toEqual([lease.token, lease.created_at])
      expect(yield* contents(server)).toEqual([])
      yield* fill(server, models)
      succeeded(yield* command("shadow", "diff", "--reset"))
      expect(yield* contents(server)).toEqual([])
      const [counts, version] = yield* Effect.all([
        sql(server, "", "SELECT name FROM sqlite_sequence", (rows) => rows),
        sql(server, "", "PRAGMA user_version", ([row]) => row)
      ])
      expect([counts, version]).toEqual([[{ name: "lockplane-shadow" }], { user_version: 0 }])
      expect(yield* refused(cwd, "shadow", "diff")).toContain("holds no shadow database")
      expect(yield* command("shadow", "status")).toMatchObject({
        stdout: expect.stringContaining(`database ${address}: free`)
      })
    }))

  live("is held by one at a time, whoever asks and from wherever", () =>
    Effect.gen(function*() {
      const address = yield* start(program ?? "")
      const server = `http://${address}`
      const settings = `SHADOW_DATABASE_URL=${server}\n`
      const [cwd, elsewhere] = [yield* project(settings), yield* project(settings)]
      yield* prepare(cwd)
      yield* fill(server, models)
      for (const args of [["shadow", "prepare"], plan]) {
        const said = yield* refused(elsewhere, ...args)
        expect(said).toContain(`the shadow database ${address} is held by`)
        expect(said).toContain(`(${cwd}, process`)
        expect(said).toContain("--force")
      }
      expect(yield* count(server, "users")).toEqual({ n: 1 })
      const taken = succeeded(yield* lockplane(["shadow", "prepare", "--force"], { cwd: elsewhere }))
      expect(taken.stderr).toContain(`warning: it was taken from`)
      expect(taken.stderr).toContain(cwd)
      expect(yield* contents(server)).toEqual([])
      expect(yield* refused(cwd, "shadow", "diff")).toContain(`(${elsewhere}, process`)
      const late = succeeded(yield* lockplane(["shadow", "release"], { cwd }))
      expect(JSON.parse(late.stdout)).toEqual({ released: false })
      // by its token, from a folder that never held it
      const token: string = JSON.parse(taken.stdout).token
      yield* fill(server, models)
      expect(yield* refused(cwd, "shadow", "release", "--token", "another")).toContain("held with this token")
      const released = succeeded(yield* lockplane(["shadow", "release", "--token", token], { cwd }))
      expect(JSON.parse(released.stdout)).toEqual({ released: true })
      expect(yield* contents(server)).toEqual([])
    }))

  live("proves plans for several at the same moment, and is empty after them", () =>
    Effect.gen(function*() {
      const server = `http://${yield* start(program ?? "")}`
      const [cwd, elsewhere] = [yield* project(""), yield* project("")]
      const plans = yield* Effect.forEach(
        [cwd, elsewhere, cwd],
        (cwd) => lockplane([...plan, "--shadow-db", server], { cwd }),
        { concurrency: "unbounded" }
      )
      for (const one of plans) {
        expect(engineOf(one)).toContain("(libSQL shadow server)")
        expect(one.stdout).toBe(plans[0]?.stdout ?? "")
      }
      const rolledBack = yield* lockplane(
        ["plan-rollback", "--plan", "-", "--from", "app.db", "--shadow-db", server],
        { cwd, input: plans[0]?.stdout ?? "" }
      )
      expect(engineOf(rolledBack)).toContain("(libSQL shadow server)")
      const applied = yield* lockplane(
        ["apply", "--schema", "wanted.lp.sql", "--target", "app.db", "--shadow-db", server, "--auto-approve"],
        { cwd }
      )
      expect(JSON.parse(succeeded(applied).stdout)).toMatchObject({ success: true, steps_applied: 1 })
      expect(yield* contents(server)).toEqual([])
    }))

  live(
    "that nobody reserved is emptied where it is empty, or is named, and nowhere else",
    () =>
      Effect.gen(function*() {
        const address = yield* start(program ?? "")
        const server = `http://${address}`
        const cwd = yield* project(`SHADOW_DATABASE_URL=${server}\n`)
        // what Lockplane wrote about a target is somebody's as well
        yield* fill(
          server,
          "CREATE TABLE lockplane_ledger (number INTEGER PRIMARY KEY); INSERT INTO lockplane_ledger VALUES (1)"
        )
        for (const args of [plan, ["shadow", "prepare"], ["shadow", "prepare", "--force"]]) {
          const said = yield* refused(cwd, ...args)
          expect(said).toContain("does not carry Lockplane's mark")
          expect(said).toContain("  table lockplane_ledger\n")
          expect(said).toContain(`lockplane shadow prepare ${address} --force`)
        }
        expect(yield* refused(cwd, "shadow", "prepare", "another", "--force")).toContain(`the database ${address}`)
        expect(yield* refused(cwd, "shadow", "prepare", address)).toContain("--force alone does")
        // not a trace of having been there
        expect(yield* sql(server, "", "SELECT name FROM sqlite_schema", (rows) => rows)).toEqual([{
          name: "lockplane_ledger"
        }])
        expect(yield* count(server, "lockplane_ledger")).toEqual({ n: 1 })
        yield* prepare(cwd, address, "--force")
        expect(yield* contents(server)).toEqual([])
        yield* lockplane(["shadow", "release"], { cwd })
      })
  )

  live("is never what is worked on or read, by whatever address", () =>
    Effect.gen(function*() {
      const address = yield* start(program ?? "")
      const [server, port] = [`http://${address}`, Number(address.split(":")[1])]
      // another address for the same database
      const beside = yield* Effect.map(
        Effect.acquireRelease(
          Effect.callback<ReturnType<typeof createServer>>((resume) => {
            const proxy = createServer((socket) => {
              const upstream = connect(port, "127.0.0.1")
              for (const [one, other] of [[socket, upstream], [upstream, socket]] as const) {
                one.on("error", () => other.destroy())
                one.pipe(other)
              }
            })
            proxy.listen(0, "127.0.0.1", () => resume(Effect.succeed(proxy)))
          }),
          (proxy) => Effect.sync(() => proxy.close())
        ),
        (proxy) => {
          const place = proxy.address()
          return `http://127.0.0.1:${typeof place === "object" && place !== null ? place.port : 0}`
        }
      )
      const settings = `SHADOW_DATABASE_URL=ws://localhost:${port}/\n`
      const cwd = yield* folder({
        "lockplane.toml": "default_environment = \"local\"\n[environments.local]\ndialect = \"sqlite\"\n",
        ".env.local": `DATABASE_URL=${server}\n${settings}`,
        "wanted.lp.sql": "CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT);\n"
      })
      for (
        const args of [
          ["shadow", "prepare"],
          ["shadow", "prepare", `localhost:${port}`, "--force"],
          plan,
          ["apply", "--schema", "wanted.lp.sql", "--target-environment", "local", "--auto-approve"],
          // nothing but what is in it tells
          ["shadow", "prepare", "--shadow-db", beside]
        ]
      ) expect(yield* refused(cwd, ...args)).toContain("belongs to the environment local")
      const other = yield* project(settings)
      expect(yield* refused(other, "plan", "--from", server, "--to", "wanted.lp.sql")).toContain(
        "belongs to the target"
      )
      expect(yield* refused(other, "plan", "--from", "app.db", "--to", server)).toContain(
        `belongs to what is named ${server}`
      )
      // what was marked to find out is not any more
      expect(yield* sql(server, "", "SELECT name FROM sqlite_sequence", (rows) => rows)).toEqual([])
      yield* fill(server, "CREATE TABLE kept (a); INSERT INTO kept VALUES (1)")
      expect(yield* refused(cwd, "shadow", "prepare", "--shadow-db", beside)).toContain("table kept")
      expect(yield* count(server, "kept")).toEqual({ n: 1 })
    }))

  live("that cannot be used is told so, with what to do", () =>
    Effect.gen(function*() {
      const { key, token: sign } = signed()
      const [reading, writing] = [sign({ a: "ro" }), sign()]
      const address = yield* start(program ?? "", key)
      const cwd = yield* project("")
      const wrong: ReadonlyArray<readonly [url: string, says: string, next: string]> = [
        ["libsql://127.0.0.1:2?tls=0&authToken=sesame", "nothing listens there", "Check the host and port"],
        [`http://${address}`, "the token is wrong, expired, missing", "LIBSQL_AUTH_TOKEN"],
        [`http://${address}?authToken=sesame`, "the token is wrong, expired, missing", "LIBSQL_AUTH_TOKEN"],
        [`http://${address}?authToken=${reading}`, "the token is for reading alone", "a token that may write"],
        [`http://${address}?authToken=sesame&database=x`, "cannot be used", "Write it as libsql://"],
        ["postgres://ann:sesame@127.0.0.1/x", "is to be a file or a database of a libSQL server", "libsql://host"]
      ]
      for (const [url, says, next] of wrong) {
        for (const args of [["shadow", "prepare"], ["plan", "--from", "app.db", "--to", "wanted.lp.sql"]]) {
          const said = yield* refused(cwd, ...args, "--shadow-db", url)
          expect(said).toContain(says)
          expect(said).toContain(next)
          expect(said).not.toMatch(/sesame|eyJ/)
        }
      }
      expect(yield* refused(cwd, ...plan, "--shadow-db", `http://${address}`, "--shadow-schema", "x")).toContain(
        "SQLite has no schemas"
      )
      // one that holds a file already has to give it back by itself, and the other way round
      const shadow = `http://${address}?authToken=${writing}`
      yield* prepare(cwd, "--shadow-db", shadow)
      expect(yield* refused(cwd, "shadow", "prepare")).toContain("holds a shadow database of libSQL")
      yield* lockplane(["shadow", "release"], { cwd })
      yield* prepare(cwd)
      const next = yield* prepare(cwd, "--shadow-db", shadow)
      expect(next.shadow_url).toBe(`http://${address}`)
      const lease = yield* Effect.promise(() => readFile(join(cwd, ".lockplane/shadow.json"), "utf8"))
      expect(JSON.parse(lease)).not.toHaveProperty("shadow_file")
      yield* lockplane(["shadow", "release"], { cwd })
    }))
})
