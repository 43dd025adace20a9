/** `lockplane export` and `migrations:` as commands: what is written, what is printed, and that nothing is overwritten. */
import { describe, expect } from "bun:test"
import * as Effect from "effect/Effect"
import { readdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { folder, lockplane } from "../cli/lockplane.ts"
import * as it from "../effect.ts"

const plan = JSON.stringify({ steps: [{ description: "Create table a", sql: "CREATE TABLE a (id int PRIMARY KEY)" }] })
const rollback = JSON.stringify({ steps: [{ description: "Rollback: Drop table a", sql: "DROP TABLE a" }] })
const files = folder({ "plan.json": plan, "rollback.json": rollback })

const list = (path: string) =>
  Effect.promise(() => readdir(path, { recursive: true }).then((names) => names.toSorted()))

describe("export", () => {
  it.live("prints one file, and names the folder for several", () =>
    Effect.gen(function*() {
      const cwd = yield* files
      const one = yield* lockplane(["export", "plan.json", "--for", "dbmate", "--rollback", "rollback.json"], { cwd })
      expect(one).toMatchObject({ code: 0, stderr: "warning: the plan is not proven.\n" })
      expect(one.stdout).toMatch(
        /^-- migrate:up\n-- 1\. Create table a\nCREATE TABLE a [^]*^-- migrate:down\n[^]*DROP TABLE a;$/m
      )
      const pair = yield* lockplane(["export", "plan.json", "--for", "golang-migrate"], { cwd })
      expect(pair).toMatchObject({ code: 2, stdout: "" })
      expect(pair.stderr).toContain("--output")
      const journal = yield* lockplane(["export", "plan.json", "--for", "drizzle"], { cwd })
      expect([journal.code, journal.stdout, journal.stderr]).toEqual([
        2,
        "",
        "error: --for drizzle needs --output: the journal of the folder lists its migrations\nName the folder.\n"
      ])
    }))

  it.live("writes the next version, and never over a file that is there", () =>
    Effect.gen(function*() {
      const cwd = yield* files
      const args = ["export", "plan.json", "--for", "flyway", "--rollback", "rollback.json", "--output", "db"]
      expect((yield* lockplane(args, { cwd })).stderr).toContain("Wrote db/V1__create_table_a.sql")
      const again = yield* lockplane([...args, "--name", "Once more"], { cwd })
      expect(again).toMatchObject({ code: 0, stdout: "" })
      expect(yield* list(join(cwd, "db"))).toEqual([
        "U1__create_table_a.sql",
        "U2__once_more.sql",
        "V1__create_table_a.sql",
        "V2__once_more.sql"
      ])
      // what was there is still as it was, and nothing of the rest was written
      yield* Effect.promise(() => writeFile(join(cwd, "db/U3__x.sql"), "mine"))
      const refused = yield* lockplane([...args, "--name", "x"], { cwd })
      expect(refused.code).toBe(1)
      expect(refused.stderr).toContain("U3__x.sql: is there already, and nothing is overwritten")
      expect(yield* Effect.promise(() => readFile(join(cwd, "db/U3__x.sql"), "utf8"))).toBe("mine")
      expect(yield* list(join(cwd, "db"))).not.toContain("V3__x.sql")
    }))

  it.live("gives each statement its own call, however a person has written them", () =>
    Effect.gen(function*() {
      const sql = "CREATE TABLE a (t text DEFAULT ';'); -- one\nCREATE TABLE b (id int) -- two"
      const cwd = yield* folder({ "plan.json": JSON.stringify({ steps: [{ description: "Both", sql }] }) })
      const run = yield* lockplane(["export", "plan.json", "--for", "alembic", "--output", "versions"], { cwd })
      const [file = ""] = yield* list(join(cwd, "versions"))
      expect(run.stderr).toContain(`Wrote versions/${file}`)
      const text = yield* Effect.promise(() => readFile(join(cwd, "versions", file), "utf8"))
      expect(text.match(/op\.execute\(.*$/gm)).toEqual([
        "op.execute(DDL(\"CREATE TABLE a (t text DEFAULT ';')\"))",
        "op.execute(DDL(\"CREATE TABLE b (id int)\"))"
      ])
    }))

  it.live("says what is wrong with what was asked", () =>
    Effect.gen(function*() {
      const cwd = yield* files
      const cases: ReadonlyArray<readonly [ReadonlyArray<string>, number, string]> = [
        [["--for", "supabase", "plan.json", "--rollback", "rollback.json"], 1, "have no way back"],
        [["--for", "dbmate"], 2, "no plan is named"],
        [["--for", "dbmate", "plan.json", "--name", "日本"], 2, "no letter"],
        [["--for", "rails", "plan.json"], 2, "rails"],
        [["--for", "dbmate", "-", "--rollback", "-"], 2, "standard input"]
      ]
      for (const [args, code, text] of cases) {
        const run = yield* lockplane(["export", ...args], { cwd })
        expect([args, run.code, run.stdout]).toEqual([args, code, ""])
        expect(run.stderr).toContain(text)
      }
    }))
})

describe("migrations:DIR", () => {
  it.live("is a schema wherever one is named, and the tool is told on standard error", () =>
    Effect.gen(function*() {
      const root = fileURLToPath(new URL("../../fixtures/migrations", import.meta.url))
      const run = yield* lockplane(["diff", "migrations:flyway", "migrations:numbered"], { cwd: root })
      expect(run).toMatchObject({ code: 0 })
      expect(run.stderr).toContain("flyway: Flyway, 5 files, from V1__books.sql to R__title_of.sql\n")
      expect(run.stderr).toContain("numbered: numbered SQL files, 3 files")
      const plan = yield* lockplane(["plan", "--from", "migrations:goose", "--to", "expected.sql"], { cwd: root })
      expect(JSON.parse(plan.stdout)).toMatchObject({ steps: [] })
      const convert = yield* lockplane(["convert", "--input", "migrations:dbmate", "--to", "sql"], { cwd: root })
      expect(convert.stdout).toContain("CREATE INDEX book_length_idx")
    }))
})
