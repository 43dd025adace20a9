/** Commands on a real server: the main job, and every bad input with nothing changed. */
import { describe, expect } from "bun:test"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import * as it from "../effect.ts"
import { start as startProcess } from "../runtimes/Process.ts"
import { database, psql, type Server, server } from "../servers.ts"
import { ended, folder, lockplane, start } from "./lockplane.ts"

class TestServer extends Context.Service<TestServer, Server>()("test/cli/TestServer") {}

const live = it.layer(Layer.effect(TestServer, server({ major: 18 })))

const newDatabase = Effect.flatMap(TestServer, database)

const old = "CREATE TABLE users (id bigint PRIMARY KEY, email text, fax text);\n"
const wanted =
  "CREATE TABLE users (id bigint PRIMARY KEY, email text, age integer);\nCREATE INDEX users_email ON users (email);\n"

const files = folder({ "old.lp.sql": old, "wanted.lp.sql": wanted })

const columns = (url: string) =>
  Effect.map(
    psql(
      url,
      "SELECT string_agg(attname, ' ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = 'users'::regclass AND attnum > 0 AND NOT attisdropped"
    ),
    (text) => text.trim()
  )

const planFile = (cwd: string, from: string, to: string, name: string) =>
  Effect.gen(function*() {
    const run = yield* lockplane(["plan", "--from", from, "--to", to], { cwd })
    expect([run.code, run.stderr.includes("error:")]).toEqual([0, false])
    yield* Effect.promise(() => writeFile(join(cwd, name), run.stdout))
    return run.stdout
  })

describe("the main job", () => {
  live("plan, apply, plan again, roll back", () =>
    Effect.gen(function*() {
      const url = yield* newDatabase
      const cwd = yield* files
      yield* psql(url, `${old} INSERT INTO users VALUES (1, 'a@example.org', '1')`)
      const plan = yield* planFile(cwd, url, "wanted.lp.sql", "plan.json")
      expect((yield* lockplane(["plan", "--from", url, "--to", "wanted.lp.sql"], { cwd })).stdout).toBe(plan)
      expect(Object.keys(JSON.parse(plan))).toEqual([
        "$schema",
        "version",
        "dialect",
        "server_major",
        "hash_major",
        "source_hash",
        "target_hash",
        "steps",
        "proof"
      ])

      const unsafe = yield* lockplane(["plan", "--from", url, "--to", "wanted.lp.sql", "--validate"], { cwd })
      expect([unsafe.code, unsafe.stdout]).toEqual([1, ""])
      expect(unsafe.stderr).toContain("Drop column fax from table users: FAIL")

      const unasked = yield* lockplane(["apply", "plan.json", "--target", url, "--skip-shadow"], { cwd })
      expect([unasked.code, unasked.stdout]).toEqual([1, ""])
      expect(unasked.stderr).toContain("--auto-approve")
      const careless = yield* lockplane(["apply", "plan.json", "--target", url, "--auto-approve", "--skip-shadow"], {
        cwd
      })
      expect([careless.code, careless.stdout]).toEqual([1, ""])
      expect(careless.stderr).toContain("--allow-destructive")
      const dry = yield* lockplane(["apply", "--plan", "plan.json", "--db", url, "--dry-run", "--skip-shadow"], { cwd })
      expect([dry.code, JSON.parse(dry.stdout)]).toEqual([0, {
        success: true,
        dry_run: true,
        steps_applied: 0,
        steps: 3
      }])
      expect(yield* columns(url)).toBe("id email fax")

      const applied = yield* lockplane(
        ["apply", "plan.json", "--target", url, "--auto-approve", "--allow-destructive"],
        { cwd }
      )
      expect(applied.code).toBe(0)
      expect(JSON.parse(applied.stdout)).toMatchObject({ success: true, steps_applied: 3 })
      expect(yield* columns(url)).toBe("id email age")

      const again = yield* lockplane(["apply", "plan.json", "--target", url, "--auto-approve"], { cwd })
      expect([again.code, JSON.parse(again.stdout).steps_applied]).toEqual([0, 0])
      const nothing = yield* lockplane(["plan", "--from", url, "--to", "wanted.lp.sql"], { cwd })
      expect([nothing.code, JSON.parse(nothing.stdout).steps]).toEqual([0, []])
      expect(nothing.stderr).toContain("Nothing to do")

      const back = [
        "rollback",
        "--plan",
        "plan.json",
        "--from",
        "old.lp.sql",
        "--target",
        url,
        "--auto-approve",
        "--allow-destructive"
      ]
      expect((yield* lockplane(back, { cwd })).code).toBe(0)
      expect((yield* lockplane(["diff", url, "old.lp.sql", "--exit-code"], { cwd })).code).toBe(0)
      expect((yield* lockplane(["diff", url, "wanted.lp.sql", "--exit-code"], { cwd })).code).toBe(3)
    }))

  live("introspect and convert, both ways", () =>
    Effect.gen(function*() {
      const url = yield* newDatabase
      const cwd = yield* folder({})
      yield* psql(
        url,
        `CREATE TYPE mood AS ENUM ('a', 'b'); CREATE TABLE t (id int PRIMARY KEY, m mood); CREATE VIEW v AS SELECT m FROM t;`
      )
      const sql = yield* lockplane(["introspect", "--db", url, "--format", "sql"], { cwd })
      expect([sql.code, sql.stderr]).toEqual([0, ""])
      yield* Effect.promise(() => writeFile(join(cwd, "schema.lp.sql"), sql.stdout))
      expect((yield* lockplane(["validate", "sql", "schema.lp.sql"], { cwd })).code).toBe(0)
      const json = yield* lockplane(["convert", "--input", "schema.lp.sql"], { cwd })
      expect(json.stdout).toBe((yield* lockplane(["introspect", url], { cwd })).stdout)
      // what comes says which form it has, and the other one is written
      const back = yield* lockplane(["convert", "--input", "-"], { cwd, input: json.stdout })
      expect([back.stderr, back.stdout]).toEqual(["", sql.stdout])
      const again = yield* lockplane(["convert", "--input", "-", "--output", "-"], { cwd, input: sql.stdout })
      expect([again.stderr, again.stdout]).toEqual(["", json.stdout])
      const equal = yield* lockplane(["diff", "-", url, "--exit-code"], { cwd, input: json.stdout })
      expect([equal.code, equal.stdout]).toEqual([0, ""])
    }))
})

describe("bad input", () => {
  live("a plan for another state, with the difference", () =>
    Effect.gen(function*() {
      const url = yield* newDatabase
      const cwd = yield* files
      yield* psql(url, old)
      yield* planFile(cwd, url, "wanted.lp.sql", "plan.json")
      yield* psql(url, "ALTER TABLE users ADD COLUMN nickname text")
      const { code, stderr, stdout } = yield* lockplane(
        ["apply", "plan.json", "--target", url, "--auto-approve", "--allow-destructive"],
        { cwd }
      )
      expect([code, stdout]).toEqual([1, ""])
      expect(stderr).toContain("made for another state")
      expect(stderr).toContain("+ column users.nickname")
      expect(yield* columns(url)).toBe("id email fax nickname")
    }))

  live("a plan edited by hand: seen on the shadow, and without it undone at the end", () =>
    Effect.gen(function*() {
      const url = yield* newDatabase
      const cwd = yield* files
      yield* psql(url, old)
      const plan = yield* planFile(cwd, url, "wanted.lp.sql", "plan.json")
      yield* Effect.promise(() => writeFile(join(cwd, "edited.json"), plan.replaceAll("age integer", "age bigint")))
      const apply = ["apply", "edited.json", "--target", url, "--auto-approve", "--allow-destructive"]
      const proven = yield* lockplane(apply, { cwd })
      expect([proven.code, proven.stdout]).toEqual([1, ""])
      expect(proven.stderr).toContain("edited by hand")
      const missed = yield* lockplane([...apply, "--skip-shadow"], { cwd })
      expect([missed.code, missed.stdout]).toEqual([1, ""])
      expect(missed.stderr).toContain("All steps were undone")
      expect(yield* columns(url)).toBe("id email fax")
    }))

  live("a person's own plan that removes a table says what is lost", () =>
    Effect.gen(function*() {
      const url = yield* newDatabase
      const cwd = yield* folder({ "own.json": `{ "steps": [{ "description": "Tidy", "sql": "DROP TABLE users" }] }` })
      yield* psql(url, old)
      const { code, stderr } = yield* lockplane(["apply", "own.json", "--target", url, "--auto-approve"], { cwd })
      expect(code).toBe(1)
      expect(stderr).toContain("step 1, Tidy: drops what holds rows or values (DROP TABLE users)")
      expect(yield* columns(url)).toBe("id email fax")
    }))

  live("a statement that fails in the middle: all undone", () =>
    Effect.gen(function*() {
      const url = yield* newDatabase
      const cwd = yield* folder({
        "wanted.lp.sql":
          `CREATE TABLE aaa (id int PRIMARY KEY);\n${old}CREATE UNIQUE INDEX users_email ON users (email);`
      })
      yield* psql(url, `${old} INSERT INTO users VALUES (1, 'a'), (2, 'a')`)
      const { code, stderr, stdout } = yield* lockplane(
        ["apply", "--schema", "wanted.lp.sql", "--target", url, "--auto-approve"],
        { cwd }
      )
      expect([code, stdout]).toEqual([1, ""])
      expect(stderr).toContain("SQLSTATE 23505")
      expect(stderr).toContain("All steps were undone")
      expect((yield* psql(url, "SELECT count(*) FROM pg_class WHERE relname IN ('aaa', 'users_email')")).trim()).toBe(
        "0"
      )
    }))

  live("an interruption in the middle: all undone, the connection closed, exit code 130", () =>
    Effect.gen(function*() {
      const url = yield* newDatabase
      const cwd = yield* folder({
        "wanted.lp.sql": `CREATE TABLE aaa (id int PRIMARY KEY);\n${old.replace("fax text", "fax text, age int")}`
      })
      yield* psql(url, old)
      const others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
      // another session holds the table, so that the apply waits in the middle of its steps
      const holder = startProcess(["psql", "--no-psqlrc", "-q", "-d", url])
      yield* Effect.addFinalizer(() => Effect.sync(() => holder.kill()))
      holder.stdin.write("BEGIN; LOCK TABLE users;\n")
      const child = start(["apply", "--schema", "wanted.lp.sql", "--target", url, "--auto-approve", "--skip-shadow"], {
        cwd
      })
      const waiting = psql(url, `SELECT count(*) ${others} AND wait_event_type = 'Lock'`)
      yield* Effect.repeat(waiting, { until: (count) => count.trim() === "1" || child.exitCode !== null })
      child.kill("SIGINT")
      const { code, stderr, stdout } = yield* ended(child)
      expect([code, stdout]).toEqual([130, ""])
      expect(stderr).toContain("Interrupted: everything was undone, and the connection is closed.")
      holder.kill()
      yield* Effect.repeat(psql(url, `SELECT count(*) ${others}`), { until: (count) => count.trim() === "0" })
      expect((yield* psql(url, "SELECT count(*) FROM pg_class WHERE relname = 'aaa'")).trim()).toBe("0")
      expect(yield* columns(url)).toBe("id email fax")
    }))

  live("a wrong password, and no permission", () =>
    Effect.gen(function*() {
      const url = yield* newDatabase
      const cwd = yield* files
      const role = `guest_${new URL(url).pathname.slice(1)}`
      yield* psql(url, `${old} CREATE ROLE ${role} LOGIN PASSWORD 'guest'; REVOKE ALL ON SCHEMA public FROM public;`)
      yield* Effect.addFinalizer(() => Effect.ignore(psql(url, `DROP ROLE ${role}`)))
      const as = (password: string) => url.replace(/\/\/[^@]*@/, `//${role}:${password}@`)
      const wrong = yield* lockplane(["introspect", as("n0tit")], { cwd })
      expect([wrong.code, wrong.stdout]).toEqual([1, ""])
      expect(wrong.stderr).toContain("password")
      expect(wrong.stderr).not.toContain("n0tit")
      const apply = [
        "apply",
        "--schema",
        "wanted.lp.sql",
        "--target",
        as("guest"),
        "--auto-approve",
        "--allow-destructive"
      ]
      const refused = yield* lockplane([...apply, "--skip-shadow"], { cwd })
      expect([refused.code, refused.stdout]).toEqual([1, ""])
      expect(refused.stderr).toContain("table users belongs to somebody else")
      expect(yield* columns(url)).toBe("id email fax")
    }))

  live("objects that are not managed are named", () =>
    Effect.gen(function*() {
      const url = yield* newDatabase
      const cwd = yield* files
      yield* psql(url, `${old} SELECT lo_create(424242);`)
      const from = yield* lockplane(["plan", "--from", url, "--to", "old.lp.sql"], { cwd })
      expect(from.code).toBe(0)
      expect(from.stderr).toContain("large object 424242")
      const to = yield* lockplane(["plan", "--from", "old.lp.sql", "--to", url], { cwd })
      expect([to.code, to.stdout]).toEqual([1, ""])
      expect(to.stderr).toContain("large object 424242")
    }))
})
