/** Exit codes, streams and help: what every command has in common. No database. */
import { describe, expect } from "bun:test"
import * as Effect from "effect/Effect"
import { version } from "../../src/version.ts"
import * as it from "../effect.ts"
import { folder, lockplane } from "./lockplane.ts"

const commands = [
  ["validate"],
  ["validate", "sql"],
  ["validate", "schema"],
  ["validate", "plan"],
  ["introspect"],
  ["convert"],
  ["diff"],
  ["plan"],
  ["explain"],
  ["apply"],
  ["plan-rollback"],
  ["rollback"],
  ["config"],
  ["completions"],
  ["help"],
  ["version"]
]

describe("help", () => {
  it.live("every command has it, with an example", () =>
    Effect.gen(function*() {
      const runs = yield* Effect.forEach(commands, (command) => lockplane([...command, "--help"]), { concurrency: 2 })
      for (const [i, { code, stderr, stdout }] of runs.entries()) {
        expect([commands[i], code, stderr]).toEqual([commands[i], 0, ""])
        expect(stdout).toContain("USAGE")
        expect(stdout).toMatch(new RegExp(`EXAMPLES[^]*lockplane ${commands[i]?.join(" ")}`))
      }
    }))

  it.live("as a command", () =>
    Effect.gen(function*() {
      expect(yield* lockplane(["help", "validate", "sql"])).toEqual(yield* lockplane(["validate", "sql", "--help"]))
    }))

  it.live("without a command", () =>
    Effect.gen(function*() {
      const { code, stdout } = yield* lockplane([])
      expect(code).toBe(0)
      expect(stdout).toContain("Exit codes: 0 done, 1 failed, 2 wrong usage")
    }))
})

describe("wrong usage is exit code 2, said on standard error", () => {
  const cases: ReadonlyArray<readonly [ReadonlyArray<string>, string]> = [
    [["frobnicate"], "frobnicate"],
    [["frobnicate", "--help"], "frobnicate"],
    [["plan", "--form", "x"], "--from"],
    [
      ["plan", "--from", "a.lp.sql", "--from-environment", "a"],
      "two schemas are named by --from and --from-environment"
    ],
    [["plan", "--to", "a.lp.sql", "--to-environment", "a"], "two schemas are named by --to and --to-environment"],
    [["convert"], "Missing required flag: --input"],
    [["plan", "--from", "a", "--to", "b", "--format", "yaml"], "yaml"],
    [["validate"], "needs one of its commands"],
    [["apply"], "nothing to apply is named"],
    [["apply", "plan.json", "--schema", "schema"], "exclude each other"],
    [["apply", "--from", "a"], "belong together"],
    [["apply", "a.json", "--plan", "b.json"], "two plans are named"],
    [["plan", "--from", "-", "--to", "-"], "standard input"],
    [["introspect", "pglite:a", "--db", "pglite:b"], "two databases are named"],
    [["introspect", "pglite:a", "--target-environment", "b"], "two databases are named"],
    [["explain"], "no plan is named"]
  ]
  it.live("each says what is wrong", () =>
    Effect.gen(function*() {
      for (const [args, message] of cases) {
        const { code, stderr, stdout } = yield* lockplane(args)
        expect([args, code, stdout]).toEqual([args, 2, ""])
        expect(stderr).toContain(message)
      }
    }))
})

describe("version", () => {
  it.live("as a command and as a flag", () =>
    Effect.gen(function*() {
      expect(yield* lockplane(["version"])).toEqual({ code: 0, stdout: `lockplane ${version}\n`, stderr: "" })
      expect(yield* lockplane(["--version"])).toEqual({ code: 0, stdout: `lockplane ${version}\n`, stderr: "" })
    }))
})

describe("validate", () => {
  it.live("says every error of two broken files at once", () =>
    Effect.gen(function*() {
      const cwd = yield* folder({
        "1.lp.sql": "CREATE TABLE a (\n  id bigint PRIMARY KEY,,\n  x text\n);\nCREATE TABEL b (id int);\n",
        "2.lp.sql": "DROP TABLE d;\n"
      })
      const { code, stderr, stdout } = yield* lockplane(["validate", "sql", ".", "--format", "json"], { cwd })
      expect([code, stderr]).toEqual([1, ""])
      const issues = JSON.parse(stdout).issues.map((
        { code, column, file, line }: Record<string, unknown>
      ) => [file, line, column, code])
      expect(issues).toEqual([
        ["1.lp.sql", 2, 25, "syntax_error"],
        ["1.lp.sql", 5, 8, "syntax_error"],
        ["2.lp.sql", 1, 1, "dangerous_drop_table"]
      ])
    }))

  it.live("says everything that does not fit in a schema and in a plan", () =>
    Effect.gen(function*() {
      const cwd = yield* folder({
        "schema.json": `{ "tables": [{ "name": "x", "columns": [{ "name": 1 }], "foo": 2 }] }`,
        "shape.json": `{ "steps": [{ "description": "a" }, { "sql": "SELECT 1", "descripton": "b" }] }`,
        "statements.json": JSON.stringify({
          steps: [
            { description: "a", sql: "COMMIT" },
            { description: "b", sql: "ALTER TABEL x ADD y int" },
            { description: "c", sql: "" },
            { description: "d", sql: "SELECT 1", transaction: 2 },
            { description: "e", sql: "SELECT 1", transaction: 1 }
          ]
        }),
        "empty.json": ""
      })
      const schema = yield* lockplane(["validate", "schema", "schema.json"], { cwd })
      expect([schema.code, schema.stdout.match(/error:/g)?.length]).toEqual([1, 3])
      const shape = yield* lockplane(["validate", "plan", "shape.json"], { cwd })
      expect(shape.code).toBe(1)
      for (const place of ["steps[0].sql", "steps[1].description", "steps[1].descripton"]) {
        expect(shape.stdout).toContain(place)
      }
      const content = yield* lockplane(["validate", "plan", "statements.json"], { cwd })
      expect(content.stdout).toContain("steps[2].sql: holds no statement")
      expect(content.stdout).toContain("steps[4].transaction: 1 comes after 2")
      expect((yield* lockplane(["validate", "plan", "empty.json"], { cwd })).stdout).toContain("it is empty")
      expect((yield* lockplane(["validate", "plan", "-"], { input: "{}" })).stdout).toContain(
        "standard input: error: steps"
      )
    }))

  it.live("refuses SQL in a plan that is none, or that would end its transaction", () =>
    Effect.gen(function*() {
      const input = JSON.stringify({
        steps: [{ description: "a", sql: "CREATE TABLE t (id int); COMMIT" }, {
          description: "b",
          sql: "ALTER TABEL x"
        }]
      })
      const { code, stdout } = yield* lockplane(["validate", "plan", "-"], { input })
      expect(code).toBe(1)
      expect(stdout).toContain("steps[0].sql: COMMIT is not for a plan")
      expect(stdout).toContain("steps[1].sql: line 1: syntax error")
    }))
})

describe("explain", () => {
  it.live("a person's own plan, in every form", () =>
    Effect.gen(function*() {
      const input = JSON.stringify({ steps: [{ description: "Give | take\n-- x", sql: ["SELECT 1", "SELECT 2"] }] })
      const text = yield* lockplane(["explain", "-"], { input })
      expect(text.stdout).toContain("Not proven")
      expect(text.stdout).toContain("1. Give | take -- x\n     SELECT 1\n     SELECT 2\n")
      const markdown = yield* lockplane(["explain", "-", "--format", "markdown"], { input })
      expect(markdown.stdout).toContain("| 1 | Give \\| take -- x |")
      const sql = yield* lockplane(["explain", "-", "--format", "sql"], { input })
      expect(sql.stdout).toContain("-- 1. Give | take -- x\nSELECT 1;\nSELECT 2;\n\nCOMMIT;\n")
    }))
})

describe("passwords", () => {
  it.live("are in no message", () =>
    Effect.gen(function*() {
      const urls = [
        "postgres://app:s3cret@127.0.0.1:1/shop",
        "postgres://app:s3cr@s3cret@127.0.0.1:1/shop",
        "postgres://app@127.0.0.1:1/shop?password=s3cret",
        "postgres://app:s3cret@127.0.0.1:none/shop",
        "postgres://app:s3cret/s3cret@127.0.0.1:1/shop"
      ]
      const cwd = yield* folder({ "a.lp.sql": "CREATE TABLE a (id bigint PRIMARY KEY);" })
      for (const url of urls) {
        for (
          const args of [["introspect", url], ["apply", "--schema", "a.lp.sql", "--target", url], [
            "plan",
            "--bogus",
            url
          ]]
        ) {
          const { code, stderr, stdout } = yield* lockplane([...args, "--log-level", "debug"], { cwd })
          expect(code).toBeGreaterThan(0)
          expect(stdout + stderr).not.toContain("s3c")
        }
      }
    }))
})
