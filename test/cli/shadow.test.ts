/** `lockplane shadow`: another tool fills a shadow database, and the plan leads there. */
import { describe, expect } from "bun:test"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { once } from "node:events"
import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises"
import { createServer } from "node:net"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import * as it from "../effect.ts"
import { run, start as startProcess } from "../runtimes/Process.ts"
import { database, psql, type Server, server } from "../servers.ts"
import { ended, folder, lockplane, type Run, start } from "./lockplane.ts"

class TestServer extends Context.Service<TestServer, Server>()("test/cli/TestServer") {}

const live = it.layer(Layer.effect(TestServer, server({ major: 18 })))

/** A project whose local environment is a new database; what else `.env.local` says. */
const project = Effect.fnUntraced(function*(settings: (server: Server) => string) {
  const server = yield* TestServer
  const url = yield* database(server)
  const cwd = yield* folder({
    "lockplane.toml": "default_environment = \"local\"\n[environments.local]\n",
    ".env.local": `DATABASE_URL=${url}\n${settings(server)}\n`
  })
  return { cwd, url }
})

const succeeded = (run: Run): Run => {
  expect([run.code, run.stderr.split("\n").filter((line) => line.startsWith("error:"))]).toEqual([0, []])
  return run
}

const lease = (run: Run): { readonly shadow_url: string; readonly token: string; readonly expires_at: string } =>
  JSON.parse(succeeded(run).stdout)

/** What psql is given: it takes no `sslmode` from Lockplane, and needs none. */
const fill = (url: string, sql: string) => psql(url, sql)

const models =
  "CREATE TABLE users (id bigserial PRIMARY KEY, email text NOT NULL UNIQUE); CREATE VIEW emails AS SELECT email FROM users"

const steps = (run: Run): ReadonlyArray<string> =>
  JSON.parse(succeeded(run).stdout).steps.map(({ description }: { readonly description: string }) => description)

const expected = [
  "Create sequence users_id_seq",
  "Create table users",
  "Give sequence users_id_seq to column users.id",
  "Create view emails"
]

/** Prepare, fill, plan in each spelling, apply, change, apply, go back, release. */
const workflow = (cwd: string, url: string) =>
  Effect.gen(function*() {
    const prepared = yield* lockplane(["shadow", "prepare", "--target-environment", "local"], { cwd })
    const { shadow_url, token } = lease(prepared)
    expect(prepared.stderr).not.toContain(token)
    expect((yield* Effect.promise(() => stat(join(cwd, ".lockplane/shadow.json")))).mode & 0o777).toBe(0o600)
    yield* fill(shadow_url, models)
    const diff = yield* lockplane(["shadow", "diff", "--target-environment", "local"], { cwd })
    expect(steps(diff).toSorted()).toEqual(expected.toSorted())
    yield* Effect.promise(() => writeFile(join(cwd, "plan.json"), diff.stdout))
    const applied = yield* lockplane(["apply", "plan.json", "--target", url, "--auto-approve"], { cwd })
    expect(JSON.parse(succeeded(applied).stdout)).toMatchObject({ success: true, steps_applied: expected.length })
    expect(steps(yield* lockplane(["shadow", "diff"], { cwd }))).toEqual([])
    // the same tool again, with other models
    expect(lease(yield* lockplane(["shadow", "prepare"], { cwd }))).toMatchObject({ shadow_url, token })
    expect(steps(yield* lockplane(["shadow", "diff", "--skip-shadow"], { cwd }))).toContain("Drop table users")
    yield* fill(shadow_url, `${models}; ALTER TABLE users ADD COLUMN name text`)
    const second = yield* lockplane(["shadow", "diff", "--reset"], { cwd })
    expect(steps(second)).toEqual(["Add column name to table users"])
    const over = yield* lockplane(["shadow", "diff"], { cwd })
    expect([over.code, over.stdout]).toEqual([1, ""])
    expect(over.stderr).toContain("holds no shadow database")
    return shadow_url
  })

describe("a database on a server", () => {
  const serverProject = project((server) => `SHADOW_DATABASE_URL=${server.url("shop_shadow")}`)

  live("is lent, filled, planned to and given back", () =>
    Effect.gen(function*() {
      const { cwd, url } = yield* serverProject
      const shadow = yield* workflow(cwd, url)
      const gone = yield* Effect.flip(psql(shadow, "SELECT 1"))
      expect(gone.message).toContain("does not exist")
    }))

  live("can be the one side of a plan in every spelling", () =>
    Effect.gen(function*() {
      const { cwd } = yield* serverProject
      const { shadow_url } = lease(yield* lockplane(["shadow", "prepare"], { cwd }))
      yield* fill(shadow_url, models)
      const plans = yield* Effect.forEach([
        ["shadow", "diff"],
        ["plan", "--from", "env:local", "--to", "shadow"],
        ["plan", "--from", "shadow", "--target-environment", "local"]
      ], (args) => lockplane(args, { cwd }))
      const [first] = plans
      expect(steps(first ?? { code: 1, stdout: "", stderr: "" })).toHaveLength(expected.length)
      for (const plan of plans) expect(plan.stdout).toBe(first?.stdout ?? "")
      // the shell in which another tool was given the shadow
      for (const args of [["shadow", "diff"], ["plan", "--to", "shadow"]]) {
        const refused = yield* lockplane(args, { cwd, env: { DATABASE_URL: shadow_url } })
        expect([refused.code, refused.stdout]).toEqual([1, ""])
        expect(refused.stderr).toContain("from a shadow database to the shadow")
        expect(refused.stderr).toContain("--target-environment")
      }
      const sql = succeeded(yield* lockplane(["convert", "--input", "shadow", "--to", "sql"], { cwd })).stdout
      expect(sql).toContain("CREATE VIEW public.emails")
      yield* lockplane(["shadow", "release"], { cwd })
    }))

  live("is told by status, without its password, and refused to who may not have it", () =>
    Effect.gen(function*() {
      const server = yield* TestServer
      const given = new URL(yield* database(server))
      const name = given.pathname.slice(1)
      yield* psql(server.url(), `CREATE ROLE ${name} LOGIN PASSWORD 'sesame'; ALTER DATABASE ${name} OWNER TO ${name}`)
      given.username = name
      given.password = "sesame"
      const settings = () => `SHADOW_DATABASE_URL=${given.href}`
      const [ann, bob] = [yield* project(settings), yield* project(settings)]
      const { shadow_url } = lease(yield* lockplane(["shadow", "prepare"], ann))
      const status = succeeded(yield* lockplane(["shadow", "status"], bob))
      expect(status.stdout).toContain(`database ${name}: held by`)
      expect(status.stdout).toContain(ann.cwd)
      expect(status.stdout + status.stderr).not.toContain("sesame")
      for (const args of [["another", "--force"], [name]]) {
        const refused = yield* lockplane(["shadow", "prepare", ...args], bob)
        expect([refused.code, refused.stdout]).toEqual([2, ""])
        expect(refused.stderr).toContain(`error: ${args[0]} is named to be emptied`)
      }
      const refused = yield* lockplane(["shadow", "prepare"], bob)
      expect([refused.code, refused.stdout]).toEqual([1, ""])
      expect(refused.stderr).toContain(`the shadow database ${name} is held by`)
      expect(refused.stderr).toContain("--force")
      // who needs a shadow for a proof is refused as well
      const wanted = yield* folder({ "wanted.lp.sql": "CREATE TABLE t (id int PRIMARY KEY);" })
      const plan = yield* lockplane(["plan", "--from", "env:local", "--to", join(wanted, "wanted.lp.sql")], bob)
      expect([plan.code, plan.stdout]).toEqual([1, ""])
      expect(plan.stderr).toContain(`the shadow database ${name} is held by`)
      yield* fill(shadow_url, "CREATE TABLE half_done ()")
      const taken = yield* lockplane(["shadow", "prepare", "--force"], bob)
      expect(succeeded(taken).stderr).toContain(`warning: it was taken from`)
      expect((yield* psql(given.href, "SELECT count(*) FROM pg_class WHERE relname = 'half_done'")).trim()).toBe("0")
      const late = yield* lockplane(["shadow", "diff"], ann)
      expect(late.code).toBe(1)
      expect(late.stderr).toContain("not held any more: ")
      expect(late.stderr).toContain(`${bob.cwd}, process`)
      expect((yield* lockplane(["shadow", "status"], ann)).stdout).toContain("This project does not hold")
      expect(succeeded(yield* lockplane(["shadow", "release"], bob)).stderr).not.toContain("lent to another tool")
      // what is a shadow is no target
      const apply = yield* lockplane([
        "apply",
        "--schema",
        join(wanted, "wanted.lp.sql"),
        "--target",
        given.href,
        "--auto-approve"
      ], bob)
      expect(apply.code).toBe(1)
      expect(apply.stderr).toContain("is marked as a shadow database")
    }))

  live(
    "is one for two who prepare in one folder, given back from elsewhere with its token",
    () =>
      Effect.gen(function*() {
        const { cwd } = yield* serverProject
        const runs = yield* Effect.all([1, 2].map(() => lockplane(["shadow", "prepare"], { cwd })), { concurrency: 2 })
        const [one, two] = runs.map(lease)
        expect([one?.shadow_url, one?.token]).toEqual([two?.shadow_url, two?.token])
        const elsewhere = { cwd: (yield* serverProject).cwd }
        const unknown = yield* lockplane(["shadow", "release", "--token", "no token"], elsewhere)
        expect([unknown.code, unknown.stdout]).toEqual([1, ""])
        expect(unknown.stderr).toContain("no shadow database is held with this token")
        const released = yield* lockplane(["shadow", "release", "--token", one?.token ?? ""], elsewhere)
        expect(JSON.parse(succeeded(released).stdout)).toEqual({ released: true })
        expect((yield* lockplane(["shadow", "status"], { cwd })).stdout).toContain("does not hold")
      })
  )

  live(
    "is not emptied for another environment, nor lost where the file that remembers it is",
    () =>
      Effect.gen(function*() {
        const { cwd, url } = yield* serverProject
        yield* Effect.promise(async () => {
          await writeFile(
            join(cwd, "lockplane.toml"),
            "default_environment = \"local\"\n[environments]\nlocal = {}\nstaging = {}\n"
          )
          const settings = await readFile(join(cwd, ".env.local"), "utf8")
          await writeFile(join(cwd, ".env.staging"), settings.replace(url, `${url}_staging`))
        })
        const { shadow_url } = lease(yield* lockplane(["shadow", "prepare"], { cwd }))
        yield* fill(shadow_url, models)
        const staging = ["--target-environment", "staging"]
        const refused = yield* lockplane(["shadow", "prepare", ...staging], { cwd })
        expect([refused.code, refused.stdout]).toEqual([1, ""])
        expect(refused.stderr).toContain("prepared for the environment local")
        const diff = yield* lockplane(["shadow", "diff", ...staging], { cwd })
        expect(diff.stderr).toContain(
          "warning: the shadow was prepared for the environment local, and this is for staging"
        )
        expect((yield* psql(shadow_url, "SELECT count(*) FROM users")).trim()).toBe("0")
        yield* Effect.promise(() => writeFile(join(cwd, ".lockplane/shadow.json"), "{"))
        expect(succeeded(yield* lockplane(["shadow", "status"], { cwd })).stdout).toContain("is not known")
        const prepared = yield* lockplane(["shadow", "prepare", ...staging], { cwd })
        expect(lease(prepared).shadow_url).not.toBe(shadow_url)
        expect(prepared.stderr).toContain("shadow.json.damaged")
        succeeded(yield* lockplane(["shadow", "release"], { cwd }))
        yield* Effect.promise(() => rm(join(cwd, ".lockplane"), { recursive: true }))
        yield* Effect.promise(() => writeFile(join(cwd, ".lockplane"), ""))
        const unwritable = yield* lockplane(["shadow", "prepare"], { cwd })
        expect(unwritable.stderr).toContain(".lockplane: cannot be written to")
        expect(unwritable.stderr).toContain("Check that you may write to the folder")
      })
  )

  live("is never that of an environment", () =>
    Effect.gen(function*() {
      const { cwd, url } = yield* project(() => "")
      const name = new URL(url).pathname.slice(1)
      yield* psql(
        url,
        `CREATE TABLE precious (id int); CREATE ROLE "${name}" LOGIN PASSWORD 'sesame'; ALTER DATABASE ${name} OWNER TO "${name}"`
      )
      const shadow = new URL(url.replace("127.0.0.1", "localhost"))
      shadow.username = name
      shadow.password = "sesame"
      yield* Effect.promise(() =>
        writeFile(join(cwd, ".env.local"), `DATABASE_URL=${url}\nSHADOW_DATABASE_URL=${shadow.href}\n`)
      )
      for (
        const args of [["shadow", "prepare"], ["shadow", "prepare", "--force"], ["shadow", "prepare", name, "--force"]]
      ) {
        const refused = yield* lockplane(args, { cwd })
        expect([refused.code, refused.stdout]).toEqual([1, ""])
        expect(refused.stderr).toContain("belongs to the environment local")
      }
      expect((yield* psql(url, "SELECT count(*) FROM precious")).trim()).toBe("0")
    }))
})

describe("eight processes that prepare at the same moment", () => {
  const eight = Array.from({ length: 8 }, (_, n) => n)
  const prepareAll = (settings: () => string) =>
    Effect.gen(function*() {
      const projects = yield* Effect.forEach(eight, () => project(settings))
      const runs = yield* Effect.forEach(projects, (cwd) => lockplane(["shadow", "prepare"], cwd), { concurrency: 8 })
      return runs.map((run, n) => ({ ...run, cwd: projects[n]?.cwd ?? "" }))
    })

  live("get a database each", () =>
    Effect.gen(function*() {
      const server = yield* TestServer
      const runs = yield* prepareAll(() => `SHADOW_DATABASE_URL=${server.url("eight_shadow")}`)
      const urls = runs.map((run) => lease(run).shadow_url)
      expect(new Set(urls).size).toBe(8)
      yield* Effect.forEach(urls, (url, n) => fill(url, `CREATE TABLE of_${n} ()`), { concurrency: 4 })
      const first = runs[3]?.cwd ?? ""
      expect(steps(yield* lockplane(["shadow", "diff"], { cwd: first }))).toEqual(["Create table of_3"])
      yield* Effect.forEach(runs, ({ cwd }) => lockplane(["shadow", "release"], { cwd }), { concurrency: 4 })
      const left = yield* psql(server.url(), "SELECT count(*) FROM pg_database WHERE datname LIKE 'eight\\_shadow%'")
      expect(left.trim()).toBe("0")
    }))

  live("have one winner where there is one database", () =>
    Effect.gen(function*() {
      const server = yield* TestServer
      const given = new URL(yield* database(server))
      const name = given.pathname.slice(1)
      yield* psql(server.url(), `CREATE ROLE ${name} LOGIN PASSWORD 'sesame'; ALTER DATABASE ${name} OWNER TO ${name}`)
      given.username = name
      given.password = "sesame"
      const runs = yield* prepareAll(() => `SHADOW_DATABASE_URL=${given.href}`)
      const winner = runs.filter(({ code }) => code === 0)
      expect(winner).toHaveLength(1)
      for (const run of runs) if (run.code !== 0) expect(run.stderr).toContain(winner[0]?.cwd ?? "nobody")
    }))

  live(
    "leave nothing for ever: a plan that is killed loses its shadow when its time is over",
    () =>
      Effect.gen(function*() {
        const server = yield* TestServer
        const pool = server.url("killed_shadow")
        const { cwd } = yield* project(() => `SHADOW_DATABASE_URL=${pool}`)
        yield* Effect.promise(() => writeFile(join(cwd, "wanted.lp.sql"), "CREATE TABLE t (id int PRIMARY KEY);"))
        const child = start(["plan", "--from", "env:local", "--to", "wanted.lp.sql"], { cwd })
        const lent =
          "SELECT datname FROM pg_database WHERE datname LIKE 'killed\\_shadow\\_lp\\_%' AND shobj_description(oid, 'pg_database') <> ''"
        while ((yield* psql(server.url(), lent)).trim() === "") yield* Effect.sleep("50 millis")
        child.kill("SIGKILL")
        const name = (yield* psql(server.url(), lent)).trim()
        expect((yield* lockplane(["shadow", "status"], { cwd })).stdout).toContain(name)
        const comment = yield* psql(
          server.url(),
          `SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = '${name}'`
        )
        const past = comment.trim().replace(/"expires_at":"[^"]*"/, "\"expires_at\":\"2020-01-01T00:00:00.000Z\"")
        yield* psql(server.url(), `COMMENT ON DATABASE ${name} IS '${past}'`)
        expect((yield* lockplane(["shadow", "status"], { cwd })).stdout).toContain("nothing is held")
        expect((yield* psql(server.url(), lent)).trim()).toBe("")
      })
  )
})

describe("a schema of the database itself", () => {
  live("is lent, filled, planned to and given back", () =>
    Effect.gen(function*() {
      const { cwd, url } = yield* project(() => "SHADOW_SCHEMA=lockplane_shadow")
      const shadow = yield* workflow(cwd, url)
      expect(decodeURIComponent(shadow)).toContain("search_path=lockplane_shadow")
      lease(yield* lockplane(["shadow", "prepare"], { cwd }))
      expect((yield* lockplane(["shadow", "status"], { cwd })).stdout).toContain(
        "This project holds the schema lockplane_shadow of postgres"
      )
      yield* lockplane(["shadow", "release"], { cwd })
      const left = yield* psql(
        url,
        "SELECT relname FROM pg_class WHERE relnamespace = 'lockplane_shadow'::regnamespace"
      )
      expect(left.trim()).toBe("")
    }))
})

describe("the embedded engine", () => {
  live(
    "is served in the background, filled, planned to and given back, and leaves no process",
    () =>
      Effect.gen(function*() {
        const { cwd, url } = yield* project(() => "")
        const shadow = yield* workflow(cwd, url)
        yield* Effect.promise(async () => {
          for (let n = 0; n < 100; n++) {
            const log = await readFile(join(cwd, ".lockplane/shadow.log"), "utf8")
            if (log.includes("it ends.")) return
            await sleep(100)
          }
          throw new Error("the process in the background does not end")
        })
        yield* Effect.sleep("500 millis")
        const refused = yield* Effect.flip(psql(shadow, "SELECT 1"))
        expect(refused.message).toContain("refused")
      })
  )

  live("ends although a client never lets go of its transaction", () =>
    Effect.gen(function*() {
      const { cwd } = yield* project(() => "")
      const { shadow_url } = lease(yield* lockplane(["shadow", "prepare"], { cwd }))
      const client = yield* Effect.acquireRelease(
        Effect.sync(() => startProcess(["psql", "-d", shadow_url])),
        (client) => Effect.sync(() => client.kill("SIGKILL"))
      )
      client.stdin.write("BEGIN;\n\\echo open\n")
      yield* Effect.promise(() => new Promise((resolve) => client.stdout.once("data", resolve)))
      expect((yield* lockplane(["shadow", "status"], { cwd })).stdout).toContain(
        "busy: a client has a transaction open"
      )
      expect(JSON.parse(succeeded(yield* lockplane(["shadow", "release"], { cwd })).stdout)).toEqual({ released: true })
      yield* Effect.sleep("200 millis")
      const refused = yield* Effect.flip(psql(shadow_url, "SELECT 1"))
      expect(refused.message).toContain("refused")
    }))

  live("ends where nobody takes it, and its URL goes", () =>
    Effect.gen(function*() {
      const cwd = yield* folder({})
      const ready = join(cwd, "ready.url")
      const run = yield* lockplane(["shadow", "serve", "--ready", ready, "--idle", "1"], { cwd })
      expect(succeeded(run).stderr).toContain("Nobody has taken it: it ends.")
      expect(yield* Effect.promise(() => readdir(cwd))).not.toContain("ready.url")
    }))

  live("ends with a prepare that is interrupted", () =>
    Effect.gen(function*() {
      const { cwd } = yield* project(() => "")
      const child = start(["shadow", "prepare"], { cwd })
      const made = () => readdir(join(cwd, ".lockplane")).catch((): ReadonlyArray<string> => [])
      while (!(yield* Effect.promise(made)).includes("shadow.log")) yield* Effect.sleep("20 millis")
      child.kill("SIGINT")
      expect((yield* ended(child)).code).toBe(130)
      expect((yield* Effect.promise(made)).toSorted()).toEqual([".gitignore", "shadow.log"])
      const processes = yield* Effect.promise(() => run(["ps", "-ww", "-eo", "args="]))
      expect(processes.stdout).not.toContain(cwd)
    }))

  live("that has ended is told, and nobody else's process ends for it", () =>
    Effect.gen(function*() {
      const { cwd } = yield* project(() => "")
      const bystander = yield* Effect.acquireRelease(
        Effect.sync(() => startProcess(["sleep", "600"])),
        (child) => Effect.sync(() => child.kill())
      )
      // what listens there now never answers
      const silent = yield* Effect.acquireRelease(
        Effect.sync(() => createServer().listen(0, "127.0.0.1")),
        (server) => Effect.sync(() => server.close())
      )
      yield* Effect.promise(() => once(silent, "listening"))
      const address = silent.address()
      const port = typeof address === "object" ? address?.port : undefined
      const url = `postgresql://postgres:sesame@127.0.0.1:${port}/postgres`
      const remember = Effect.promise(async () => {
        await mkdir(join(cwd, ".lockplane"), { recursive: true })
        await writeFile(
          join(cwd, ".lockplane/shadow.json"),
          JSON.stringify({
            shadow_url: url,
            pool_url: url,
            token: "token",
            created_at: "2020-01-01T00:00:00.000Z",
            expires_at: "2020-01-01T02:00:00.000Z",
            made: false,
            process: bystander.pid,
            process_argument: join(cwd, ".lockplane/shadow-1.url")
          })
        )
      })
      yield* remember
      expect((yield* lockplane(["shadow", "status"], { cwd })).stdout).toContain(
        "any more: its time ended at 2020-01-01T02:00:00.000Z."
      )
      const released = yield* lockplane(["shadow", "release"], { cwd })
      expect(JSON.parse(succeeded(released).stdout)).toEqual({ released: false })
      expect(bystander.exitCode).toBe(null)
      silent.close()
      yield* remember
      const diff = yield* lockplane(["shadow", "diff"], { cwd })
      expect([diff.code, diff.stdout]).toEqual([1, ""])
      expect(diff.stderr).toContain("not held any more: its time ended at 2020-01-01T02:00:00.000Z")
      expect(diff.stderr).toContain("Run lockplane shadow prepare")
    }))

  live("ends when the folder of its project is gone", () =>
    Effect.gen(function*() {
      const { cwd } = yield* project(() => "")
      const { shadow_url } = lease(yield* lockplane(["shadow", "prepare"], { cwd }))
      yield* psql(shadow_url, "SELECT 1")
      yield* Effect.promise(() => rm(cwd, { recursive: true }))
      yield* Effect.sleep("4 seconds")
      const refused = yield* Effect.flip(psql(shadow_url, "SELECT 1"))
      expect(refused.message).toContain("refused")
    }))
})
