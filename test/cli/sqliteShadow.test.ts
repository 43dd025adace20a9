/** `lockplane shadow` for SQLite: a file that another tool fills, and files on which plans are proven. */
import { describe, expect } from "bun:test"
import * as Effect from "effect/Effect"
import { copyFile, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises"
import { join } from "node:path"
import * as it from "../effect.ts"
import { Database } from "../runtimes/Sqlite.ts"
import { folder, lockplane, type Run } from "./lockplane.ts"
import { rows, run } from "./sqliteFile.ts"
import { project as projectWith, succeeded } from "./sqliteProject.ts"

const models =
  "CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT NOT NULL); CREATE VIEW emails AS SELECT email FROM users"

const mark = 0x4c6b706e

/** A project of files whose settings say this beside. */
const project = (settings: string = "") =>
  projectWith(settings, "CREATE TABLE users (id INTEGER PRIMARY KEY); INSERT INTO users VALUES (1)")

interface Lease {
  readonly environment?: string
  readonly shadow_url: string
  readonly shadow_file: string
  readonly token: string
  readonly expires_at: string
}

const leaseIn = (ended: Run): Lease => JSON.parse(succeeded(ended).stdout)

const prepare = (cwd: string, ...args: ReadonlyArray<string>) =>
  Effect.map(lockplane(["shadow", "prepare", ...args], { cwd }), leaseIn)

/** Runs a command that is to fail; gives what it said. */
const refused = (cwd: string, ...args: ReadonlyArray<string>) =>
  Effect.map(lockplane(args, { cwd }), ({ code, stderr, stdout }) => {
    expect([code, stdout]).toEqual([1, ""])
    return stderr
  })

const steps = (ended: Run): ReadonlyArray<string> =>
  JSON.parse(succeeded(ended).stdout).steps.map(({ description }: { readonly description: string }) => description)

const files = (cwd: string) => Effect.promise(async () => (await readdir(cwd)).toSorted())

const own = (cwd: string) =>
  Effect.map(files(join(cwd, ".lockplane")), (names) => names.filter((name) => name !== ".gitignore"))

describe("a file of the project's own", () => {
  it.live("is lent, filled, planned to, emptied and removed", () =>
    Effect.gen(function*() {
      const cwd = yield* project()
      const prepared = yield* lockplane(["shadow", "prepare", "--target-environment", "local"], { cwd })
      const lease = leaseIn(prepared)
      expect(prepared.stderr).not.toContain(lease.token)
      expect(lease).toMatchObject({ environment: "local", shadow_url: `sqlite:///${lease.shadow_file}` })
      expect(lease.shadow_file).toStartWith(join(cwd, ".lockplane/shadow-"))
      for (const file of [lease.shadow_file, join(cwd, ".lockplane/shadow.json")]) {
        expect((yield* Effect.promise(() => stat(file))).mode & 0o777).toBe(0o600)
      }
      run(lease.shadow_file, `PRAGMA journal_mode = WAL; ${models}`)
      const plans = yield* Effect.forEach([
        ["shadow", "diff"],
        ["plan", "--from", "env:local", "--to", "shadow"],
        ["plan", "--from", "shadow", "--target-environment", "local"]
      ], (args) => lockplane(args, { cwd }))
      for (const plan of plans) expect(plan.stdout).toBe(plans[0]?.stdout ?? "")
      expect(steps(plans[0] ?? prepared)).toContain("Create view emails")
      expect(succeeded(yield* lockplane(["convert", "--input", "shadow", "--to", "sql"], { cwd })).stdout).toContain(
        "CREATE VIEW emails"
      )
      // a shadow is no target, and not the one side of a plan to the shadow
      expect(yield* refused(cwd, "apply", "--schema", "shadow", "--target", lease.shadow_file, "--auto-approve"))
        .toContain("PRAGMA application_id = 0")
      const same = yield* lockplane(["shadow", "diff"], { cwd, env: { DATABASE_URL: lease.shadow_file } })
      expect([same.code, same.stderr]).toEqual([1, expect.stringContaining("from a shadow database to the shadow")])

      expect(yield* prepare(cwd)).toMatchObject({ shadow_file: lease.shadow_file, token: lease.token })
      expect(rows(lease.shadow_file, "SELECT * FROM sqlite_schema")).toEqual([])
      expect(yield* refused(cwd, "shadow", "prepare", "--target-environment", "other")).toContain("--force")
      run(lease.shadow_file, models)
      expect(steps(yield* lockplane(["shadow", "diff", "--reset"], { cwd }))).toContain("Create view emails")
      expect(yield* own(cwd)).toEqual([])
      expect(yield* refused(cwd, "shadow", "diff")).toContain("holds no shadow database")
      expect(rows(join(cwd, "app.db"), "SELECT * FROM users")).toEqual([[1]])
    }))

  it.live("is each checkout's own, told by status, and gone with its time", () =>
    Effect.gen(function*() {
      const [cwd, elsewhere] = [yield* project(), yield* project()]
      const [lease, other] = [yield* prepare(cwd), yield* prepare(elsewhere)]
      expect(lease.shadow_file).not.toBe(other.shadow_file)
      const status = () =>
        Effect.map(lockplane(["shadow", "status", "--format", "json"], { cwd }), (ended) =>
          JSON.parse(succeeded(ended).stdout))
      expect(yield* status()).toMatchObject({ own: { state: "held", shadow_file: lease.shadow_file }, shadows: [] })
      expect((yield* status()).own).not.toHaveProperty("token")
      // what says how long is set back
      yield* Effect.promise(async () => {
        const past = new Date(Date.now() - 1000).toISOString()
        for (const file of [join(cwd, ".lockplane/shadow.json"), `${lease.shadow_file}-lockplane`]) {
          await writeFile(file, (await readFile(file, "utf8")).replaceAll(lease.expires_at, past))
        }
      })
      const next = yield* lockplane(["plan", "--from", "app.db", "--to", "wanted.lp.sql"], { cwd })
      expect(steps(next)).toEqual(["Add column email to table users"])
      expect(next.stderr).toContain("it is removed")
      expect(yield* own(cwd)).toEqual([])
      expect((yield* status()).own).toBe(null)
      expect(yield* own(elsewhere)).toHaveLength(3)
    }))
})

describe("a file of the settings", () => {
  it.live("is lent to one at a time, and plans are proven there", () =>
    Effect.gen(function*() {
      const shared = join(yield* folder({}), "shadow.db")
      const settings = `SQLITE_SHADOW_DB_PATH=${shared}\n`
      const [cwd, elsewhere] = [yield* project(settings), yield* project(settings)]
      const plan = ["plan", "--target-environment", "local", "--to", "wanted.lp.sql"]
      expect(JSON.parse(succeeded(yield* lockplane(plan, { cwd })).stdout).proof.engine).toContain("(shadow file)")
      const lease = yield* prepare(cwd)
      expect(lease.shadow_file).toBe(shared)
      run(shared, models)
      expect(yield* refused(elsewhere, "shadow", "prepare")).toContain(`the shadow file ${shared} is held by`)
      const proven = yield* lockplane(plan, { cwd })
      expect(JSON.parse(succeeded(proven).stdout).proof.engine).toContain("(in memory)")
      expect(proven.stderr).toContain("is lent to another tool")
      expect(rows(shared, "SELECT name FROM sqlite_schema ORDER BY name").flat()).toEqual(["emails", "users"])

      const taken = yield* lockplane(["shadow", "prepare", "--force"], { cwd: elsewhere })
      expect(leaseIn(taken).token).not.toBe(lease.token)
      expect(taken.stderr).toContain("warning: it was taken from")
      expect(rows(shared, "SELECT name FROM sqlite_schema")).toEqual([])
      expect(yield* refused(cwd, "shadow", "diff")).toContain("is not held any more")
      // by the token, from anywhere
      const released = yield* lockplane(["shadow", "release", "--token", leaseIn(taken).token], { cwd: elsewhere })
      expect(JSON.parse(succeeded(released).stdout)).toEqual({ released: true })
    }))

  it.live("is shared by plans that are made at the same moment", () =>
    Effect.gen(function*() {
      const cwd = yield* project("SHADOW_DATABASE_URL=shadow.db\n")
      // a text that nothing knows yet is read there as well
      const wanted = `CREATE TABLE users (id INTEGER PRIMARY KEY, c${Date.now()} TEXT);\n`
      yield* Effect.promise(() => writeFile(join(cwd, "wanted.lp.sql"), wanted))
      const plans = yield* Effect.all(
        Array.from({ length: 4 }, () =>
          lockplane(["plan", "--target-environment", "local", "--to", "wanted.lp.sql"], { cwd })),
        { concurrency: "unbounded" }
      )
      for (const plan of plans) {
        expect(JSON.parse(succeeded(plan).stdout).proof.engine).toContain("(shadow file)")
        expect(plan.stdout).toBe(plans[0]?.stdout ?? "")
      }
      expect((yield* files(cwd)).filter((name) =>
        name.startsWith("shadow")
      )).toEqual([])
    }))

  it.live("that was there is emptied where it is marked or empty, and nowhere else", () =>
    Effect.gen(function*() {
      const cwd = yield* project("SHADOW_DATABASE_URL=sqlite://shadow.db\n")
      const shadow = join(cwd, "shadow.db")
      yield* Effect.promise(() => copyFile(join(cwd, "app.db"), shadow))
      for (const args of [["shadow", "prepare"], ["plan", "--target-environment", "local", "--to", "wanted.lp.sql"]]) {
        expect(yield* refused(cwd, ...args)).toContain("does not carry Lockplane's mark")
      }
      expect(rows(shadow, "SELECT * FROM users")).toEqual([[1]])
      yield* prepare(cwd, "shadow.db", "--force")
      run(shadow, models)
      yield* lockplane(["shadow", "release"], { cwd })
      expect([rows(shadow, "SELECT * FROM sqlite_schema"), rows(shadow, "PRAGMA application_id")]).toEqual([[], [[
        mark
      ]]])
      const other = new Database(shadow)
      other.run("BEGIN EXCLUSIVE")
      expect(yield* refused(cwd, "shadow", "prepare")).toContain("another connection holds it")
      other.close()
      yield* prepare(cwd)
      yield* lockplane(["shadow", "release"], { cwd })
    }))

  it.live("that is a copy of a shadow is not emptied for its mark", () =>
    Effect.gen(function*() {
      const cwd = yield* project("SHADOW_DATABASE_URL=shadow.db\n")
      const [shadow, copy] = [join(cwd, "shadow.db"), join(cwd, "copy.db")]
      const both = ["", "-lockplane"]
      run(shadow, `PRAGMA application_id = ${mark}`)
      const lease = yield* prepare(cwd)
      run(shadow, models)
      const past = new Date(Date.now() - 1000).toISOString()
      yield* Effect.promise(async () => {
        const beside = `${shadow}-lockplane`
        await writeFile(beside, (await readFile(beside, "utf8")).replaceAll(lease.expires_at, past))
        for (const end of both) await copyFile(`${shadow}${end}`, `${copy}${end}`)
      })
      const plan = ["plan", "--target-environment", "local", "--to", "wanted.lp.sql", "--shadow-db", "copy.db"]
      expect(yield* refused(cwd, ...plan)).toContain("may have come with a copy")
      yield* Effect.promise(() => rm(`${copy}-lockplane`))
      for (const args of [plan, ["shadow", "prepare", "--shadow-db", "copy.db", "--force"]]) {
        expect(yield* refused(cwd, ...args)).toContain("may have come with a copy")
      }
      expect(rows(copy, "SELECT name FROM sqlite_schema ORDER BY name").flat()).toEqual(["emails", "users"])
      // what was left in the shadow itself is nobody's
      yield* prepare(cwd)
      expect(rows(shadow, "SELECT name FROM sqlite_schema")).toEqual([])
      yield* prepare(cwd, "copy.db", "--shadow-db", "copy.db", "--force")
      expect(rows(copy, "SELECT name FROM sqlite_schema")).toEqual([])
    }))

  it.live("whose time is over is left alone where it is worked on by now", () =>
    Effect.gen(function*() {
      const cwd = yield* project("SHADOW_DATABASE_URL=next.db\n")
      const next = join(cwd, "next.db")
      const lease = yield* prepare(cwd)
      run(next, models)
      const past = new Date(Date.now() - 1000).toISOString()
      yield* Effect.promise(async () => {
        for (const file of [join(cwd, ".lockplane/shadow.json"), `${next}-lockplane`]) {
          await writeFile(file, (await readFile(file, "utf8")).replaceAll(lease.expires_at, past))
        }
        await writeFile(join(cwd, ".env.local"), "DATABASE_URL=next.db\nSHADOW_DATABASE_URL=next.db\n")
      })
      expect(yield* refused(cwd, "shadow", "prepare")).toContain("belongs to the environment local")
      yield* lockplane(["plan", "--from", "app.db", "--to", "wanted.lp.sql"], { cwd })
      yield* lockplane(["shadow", "release"], { cwd })
      expect(rows(next, "SELECT name FROM sqlite_schema ORDER BY name").flat()).toEqual(["emails", "users"])
    }))

  it.live("is never what an environment works on, by whatever path", () =>
    Effect.gen(function*() {
      const cwd = yield* project("SHADOW_DATABASE_URL=links/shadow.db\n")
      yield* Effect.promise(() => mkdir(join(cwd, "links")))
      yield* Effect.promise(() => symlink(join(cwd, "app.db"), join(cwd, "links/shadow.db")))
      for (
        const args of [
          ["shadow", "prepare"],
          ["shadow", "prepare", "links/shadow.db", "--force"],
          ["plan", "--target-environment", "local", "--to", "wanted.lp.sql"],
          ["plan", "--from", "app.db", "--to", "wanted.lp.sql", "--shadow-db", "app.db"]
        ]
      ) expect(yield* refused(cwd, ...args)).toMatch(/belongs to (the environment local|the target)/)
      expect(rows(join(cwd, "app.db"), "SELECT * FROM users")).toEqual([[1]])
      const postgres = yield* refused(cwd, "shadow", "prepare", "--shadow-db", "postgres://localhost/x")
      expect(postgres).toContain("the shadow of SQLite is to be a file")
      expect(yield* files(cwd)).not.toContain("shadow.db")
    }))
})
