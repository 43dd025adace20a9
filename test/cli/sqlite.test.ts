/** Commands on SQLite files: the main job, every bad input with nothing changed, and what is managed. */
import { describe, expect } from "bun:test"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { chmod, mkdir, readdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import * as it from "../effect.ts"
import { Database } from "../runtimes/Sqlite.ts"
import { folder, lockplane, type Run } from "./lockplane.ts"
import { rows, run } from "./sqliteFile.ts"

const old = "CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT, fax TEXT);\n"
const wanted =
  "CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT NOT NULL, age INTEGER);\nCREATE INDEX users_email ON users (email);\n"
const content = `${old} INSERT INTO users VALUES (1, 'a@example.org', '1'), (7, 'b@example.org', '2');`

/** A folder with both schemas, and a database of the old one. */
const place = Effect.fnUntraced(function*(files: Readonly<Record<string, string>> = {}) {
  const cwd = yield* folder({ "old.lp.sql": old, "wanted.lp.sql": wanted, ...files })
  run(join(cwd, "app.db"), content)
  return { cwd, path: join(cwd, "app.db") }
})

const succeeded = (ended: Run): string => {
  expect([ended.code, ended.stderr]).toEqual([0, ended.stderr])
  return ended.stdout
}

const columns = (path: string) => rows(path, "SELECT name FROM pragma_table_info('users')").flat()

const commands = (cwd: string, env: Readonly<Record<string, string>> = {}) => ({
  run: (...args: ReadonlyArray<string>) => lockplane(args, { cwd, env }),
  done: (...args: ReadonlyArray<string>) => Effect.map(lockplane(args, { cwd, env }), succeeded),
  save: (name: string, text: string) => Effect.promise(() => writeFile(join(cwd, name), text))
})

/** Runs a command that is to fail; gives what it said. */
const refused = (cwd: string, ...args: ReadonlyArray<string>) =>
  Effect.map(lockplane(args, { cwd }), ({ code, stderr, stdout }) => {
    expect([code, stdout]).toEqual([code === 2 ? 2 : 1, ""])
    return stderr
  })

describe("the main job", () => {
  it.live("plan, apply, plan again, roll back", () =>
    Effect.gen(function*() {
      const { cwd, path } = yield* place()
      const { done, run, save } = commands(cwd)
      const plan = yield* done("plan", "--from", "app.db", "--to", "wanted.lp.sql")
      expect(JSON.parse(plan)).toMatchObject({
        dialect: "sqlite",
        proof: { engine: "SQLite 3.45.1 (in memory)", reaches_target: true, rollback_restores_source: true }
      })
      yield* save("plan.json", plan)
      yield* save("back.json", yield* done("plan-rollback", "--plan", "plan.json", "--from", "app.db"))
      const careless = yield* run("apply", "plan.json", "--target", "app.db", "--auto-approve")
      expect(careless.stderr).toContain("The values of users.fax are lost.")
      expect(columns(path)).toEqual(["id", "email", "fax"])
      const options = ["--target", "app.db", "--auto-approve", "--allow-destructive"]
      expect(JSON.parse(yield* done("apply", "plan.json", ...options))).toMatchObject({ success: true })
      expect(rows(path, "SELECT * FROM users")).toEqual([[1, "a@example.org", null], [7, "b@example.org", null]])
      expect((yield* run("diff", "app.db", "wanted.lp.sql", "--exit-code")).code).toBe(0)
      expect(JSON.parse(yield* done("apply", "plan.json", ...options))).toMatchObject({ steps_applied: 0 })
      expect(yield* done("introspect", "app.db", "--format", "sql")).toContain("CREATE INDEX users_email")
      yield* done("apply", "back.json", ...options)
      expect(rows(path, "SELECT * FROM users")).toEqual([[1, "a@example.org", null], [7, "b@example.org", null]])
      expect((yield* run("diff", "app.db", "old.lp.sql", "--exit-code")).code).toBe(0)
    }))

  it.live("by environments, wherever their paths are from", () =>
    Effect.gen(function*() {
      const { cwd } = yield* place({
        "lockplane.toml": "dialect = \"sqlite\"\n[environments.local]\n[environments.older]\n",
        ".env.local": "DATABASE_URL=app.db\n",
        ".env.older": "SQLITE_DB_PATH=app.db\n"
      })
      const { done, run } = commands(cwd)
      yield* Effect.promise(() => mkdir(join(cwd, "schema")))
      yield* Effect.promise(() => writeFile(join(cwd, "schema/users.lp.sql"), wanted))
      expect(yield* done("plan", "--format", "text")).toContain("Rebuild table users")
      expect(yield* done("diff", "env:older", "schema")).toContain("- column users.fax")
      expect((yield* run("diff", "env:older", "env:local", "--exit-code")).code).toBe(0)
      expect((yield* run("diff", "old.lp.sql", "wanted.lp.sql", "--exit-code")).code).toBe(3)
    }))

  it.live("makes the file that is asked for, unless nothing comes of it", () =>
    Effect.gen(function*() {
      const { cwd } = yield* place()
      const apply = ["apply", "--schema", "wanted.lp.sql", "--target", "new.db", "--auto-approve"]
      expect(yield* refused(cwd, ...apply)).toContain("apply makes the file where --create is given")
      succeeded(yield* lockplane([...apply, "--create", "--dry-run"], { cwd }))
      expect(yield* Effect.promise(() => readdir(cwd))).not.toContain("new.db")
      succeeded(yield* lockplane([...apply, "--create"], { cwd }))
      expect(columns(join(cwd, "new.db"))).toEqual(["id", "email", "age"])
    }))
})

describe("what cannot be", () => {
  it.live("is told in SQLite's words, and nothing is changed", () =>
    Effect.gen(function*() {
      const { cwd, path } = yield* place({ "text.db": "no database at all, but text of some length\n".repeat(30) })
      yield* Effect.promise(() => mkdir(join(cwd, "folder.db")))
      expect(yield* refused(cwd, "introspect", "folder.db")).toContain("it is a folder")
      expect(yield* refused(cwd, "introspect", "text.db")).toContain("the file is no SQLite database")
      expect(yield* refused(cwd, "introspect", "missing.db")).toContain("there is no such file")
      expect(yield* refused(cwd, "introspect", "none/app.db")).toContain("there is no folder")
      const apply = ["apply", "--schema", "wanted.lp.sql", "--auto-approve", "--allow-destructive", "--target"]
      const readOnly = yield* refused(cwd, ...apply, "sqlite://app.db?mode=ro")
      expect(readOnly).toContain("the database can only be read")
      expect(yield* refused(cwd, ...apply, "app.db", "--statement-timeout", "5s")).toContain("--lock-timeout limits")
      expect(yield* refused(cwd, ...apply, "app.db", "--lock-timeout", "soon")).toContain("is no time")
      for (const said of [readOnly]) expect(said).not.toMatch(/SQLSTATE|PostgreSQL|server/)
      expect(columns(path)).toEqual(["id", "email", "fax"])
    }))

  it.live("of a dump that nobody says to be SQLite's is told as what it looks like", () =>
    Effect.gen(function*() {
      const { cwd } = yield* place({
        "dump.sql": "CREATE TABLE `t` (id INTEGER PRIMARY KEY AUTOINCREMENT);\n",
        "plain.sql": "CREATE TABLE t (id INTEGER PRIMARY KEY, at DATETIME);\n",
        "wrong.sql": "CREATE TABLE t (id integer PRIMARY KEE);\n"
      })
      const { done, run } = commands(cwd)
      const hint = "It was read as PostgreSQL's SQL, and looks like SQLite's"
      const validated = yield* run("validate", "sql", "dump.sql")
      expect([validated.code, validated.stdout.includes("FAIL")]).toEqual([1, true])
      expect(validated.stderr).toContain(`${hint} (AUTOINCREMENT). If that is what it is, add --dialect sqlite`)
      for (
        const args of [
          ["convert", "--input", "plain.sql"],
          ["introspect", "dump.sql"],
          ["plan", "--from", "dump.sql", "--to", "dump.sql"]
        ]
      ) {
        const said = yield* refused(cwd, ...args)
        expect(said).toContain(hint)
        expect(said).toContain("write dialect = \"sqlite\" in lockplane.toml")
      }
      for (const args of [["wrong.sql"], ["dump.sql", "--dialect", "postgres"], ["wrong.sql", "--dialect", "sqlite"]]) {
        const { code, stderr } = yield* run("validate", "sql", ...args)
        expect([code, stderr]).toEqual([1, ""])
      }
      expect(yield* done("validate", "sql", "dump.sql", "--dialect", "sqlite")).toContain("PASS")
      expect(yield* done("plan", "--from", "app.db", "--to", "dump.sql")).toContain("AUTOINCREMENT")
    }))

  it.live("is the way from one family of databases to the other", () =>
    Effect.gen(function*() {
      const { cwd } = yield* place()
      const { done, run, save } = commands(cwd)
      const mixed = yield* run("plan", "--from", "app.db", "--to", "postgres://ann:sesame@localhost/x")
      expect([mixed.code, mixed.stdout]).toEqual([2, ""])
      expect(mixed.stderr).toContain("app.db is SQLite, and postgres://ann@localhost/x is PostgreSQL")
      yield* save("plan.json", yield* done("plan", "--from", "app.db", "--to", "wanted.lp.sql"))
      expect((yield* run("apply", "plan.json", "--target", "postgres://localhost/x", "--auto-approve")).code).toBe(2)
    }))

  it.live("waits for another's lock as long as it is told", () =>
    Effect.gen(function*() {
      const { cwd, path } = yield* place()
      const other = new Database(path)
      other.run("BEGIN EXCLUSIVE")
      const apply = [
        "apply",
        "--schema",
        "wanted.lp.sql",
        "--target",
        "app.db",
        "--auto-approve",
        "--allow-destructive"
      ]
      expect(yield* refused(cwd, ...apply, "--lock-timeout", "200ms")).toContain("longer than the busy timeout")
      // one that ends in time is waited for
      const waiting = yield* Effect.forkChild(lockplane([...apply, "--lock-timeout", "10min"], { cwd }))
      yield* Effect.sleep("3 seconds")
      other.run("ROLLBACK")
      other.close()
      succeeded(yield* Fiber.join(waiting))
      expect(columns(path)).toEqual(["id", "email", "age"])
    }))

  it.live("is a virtual table whose module the application alone has, unless it is left to that", () =>
    Effect.gen(function*() {
      const { cwd, path } = yield* place()
      run(path, "CREATE VIRTUAL TABLE words USING fts5(word); INSERT INTO words VALUES ('yes')")
      // the same with the name of a module that nobody has
      yield* Effect.promise(async () => {
        const bytes = await readFile(path)
        bytes.write("own5", bytes.indexOf("fts5(word)"))
        await writeFile(path, bytes)
      })
      const plan = ["plan", "--from", "app.db", "--to", "wanted.lp.sql"]
      expect(yield* refused(cwd, ...plan)).toContain("--exclude-objects \"virtual table NAME\"")
      const { done, save } = commands(cwd)
      const managed = yield* done(
        ...plan,
        "--exclude-objects",
        "virtual table words",
        "--exclude-objects",
        "table words_*"
      )
      expect(JSON.parse(managed).steps).toHaveLength(2)
      yield* save("plan.json", managed)
      yield* done("apply", "plan.json", "--target", "app.db", "--auto-approve", "--allow-destructive")
      expect(rows(path, "SELECT name FROM sqlite_schema WHERE sql LIKE '%own5%'")).toEqual([["words"]])
      expect(rows(path, "SELECT c0 FROM words_content")).toEqual([["yes"]])
    }))

  it.live("is a file without permission", () =>
    Effect.gen(function*() {
      const { cwd, path } = yield* place()
      yield* Effect.promise(() => chmod(path, 0))
      // nothing is kept from root
      const said = yield* lockplane(["introspect", "app.db"], { cwd })
      if (said.code !== 0) expect(said.stderr).toContain("this user may not read it")
    }))
})

describe("what is managed", () => {
  it.live("is named without the one schema, in any case of the letters", () =>
    Effect.gen(function*() {
      const { cwd, path } = yield* place({
        "both.lp.sql": `${wanted}CREATE TABLE posts (id INTEGER PRIMARY KEY);\nCREATE TABLE "Legacy_log" (a);\n`
      })
      run(path, "CREATE TABLE \"Legacy_log\" (a, b); CREATE TABLE LEGACY_other (a)")
      const { done } = commands(cwd)
      const steps = (...flags: ReadonlyArray<string>) =>
        Effect.map(
          done("plan", "--from", "app.db", "--to", "both.lp.sql", ...flags),
          (plan): ReadonlyArray<string> =>
            JSON.parse(plan).steps.map(({ description }: { readonly description: string }) => description)
        )
      expect(yield* steps("--exclude-objects", "legacy_*", "--exclude-objects", "table users")).toEqual([
        "Create table posts"
      ])
      expect(yield* steps("--include-objects", "table p*")).toEqual(["Create table posts"])
      expect(yield* steps("--schemas", "main", "--exclude-objects", "table main.legacy*")).toHaveLength(3)
      const other = yield* lockplane(["diff", "app.db", "both.lp.sql", "--schemas", "public"], { cwd })
      expect(other.code).toBe(2)
      expect(other.stderr).toContain("SQLite has no schemas to choose from but main")
    }))
})
