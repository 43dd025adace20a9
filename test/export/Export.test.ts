/** The text of exported migrations: names, versions, escapes and refusals. */
import { describe, expect, test } from "bun:test"
import * as Result from "effect/Result"
import { headsOf, pythonString } from "../../src/export/Alembic.ts"
import { exportPlan } from "../../src/export/Export.ts"
import type { Files, Request } from "../../src/export/Format.ts"
import { formats } from "../../src/export/formats.ts"
import { nextVersion, slug } from "../../src/export/Version.ts"
import type { Plan } from "../../src/Plan.ts"

const now = Date.UTC(2026, 0, 2, 3, 4, 5)
const moment = "20260102030405"

const planOf = (...sql: ReadonlyArray<string>): Plan => ({
  steps: sql.map((text, i) => ({ description: `Step ${i + 1}`, sql: text }))
})

const plan = planOf("CREATE TABLE a (id int)")
const rollback = planOf("DROP TABLE a")

const run = (tool: string, request: Partial<Request> = {}): Files => {
  const format = formats.find(({ name }) => name === tool)
  if (format === undefined) throw new Error(tool)
  return exportPlan(format, { plan, rollback: undefined, name: "add_a", now, existing: new Map(), ...request })
}

const written = (tool: string, request: Partial<Request> = {}): ReadonlyMap<string, string> =>
  new Map(
    Result.getOrThrowWith(run(tool, request), ({ detail }) => new Error(detail)).map(({ path, text }) => [path, text])
  )

const refused = (tool: string, request: Partial<Request> = {}) => Result.getOrThrow(Result.flip(run(tool, request)))

const folder = (...paths: ReadonlyArray<string>) => new Map(paths.map((path) => [path, ""]))

describe("names", () => {
  test("are the next of the tool", () => {
    const names: ReadonlyArray<readonly [string, ReadonlyArray<string>, ReadonlyArray<string>]> = [
      ["supabase", [], [`${moment}_add_a.sql`]],
      ["supabase", ["20270101000000_b.sql"], ["20270101000001_add_a.sql"]],
      ["flyway", [], ["V1__add_a.sql"]],
      ["flyway", ["V9__b.sql", "sub/V10__c.sql", "R__d.sql", "U11__e.sql"], ["V11__add_a.sql"]],
      ["flyway", ["V1_2_09__b.sql"], ["V1_2_10__add_a.sql"]],
      ["flyway", ["B7__b.sql"], ["V8__add_a.sql"]],
      ["flyway", ["V20250101000000__b.sql"], [`V${moment}__add_a.sql`]],
      ["dbmate", [`${moment}_b.sql`], ["20260102030406_add_a.sql"]],
      ["golang-migrate", [], [`${moment}_add_a.up.sql`, `${moment}_add_a.down.sql`]],
      ["golang-migrate", ["000009_b.up.sql"], ["000010_add_a.up.sql", "000010_add_a.down.sql"]],
      ["goose", ["00009_b.go"], ["00010_add_a.sql"]],
      ["prisma", ["20250101000000_b", "20250101000000_b/migration.sql"], [`${moment}_add_a/migration.sql`]],
      ["sql", [], ["0001_add_a.sql"]],
      ["sql", ["99-b.sql"], ["100_add_a.sql"]]
    ]
    for (const [tool, existing, paths] of names) {
      expect([tool, [...written(tool, { existing: folder(...existing) }).keys()]]).toEqual([tool, [...paths]])
    }
  })

  test("never come before what is there", () => {
    expect(refused("dbmate", { existing: folder("999_b.sql") }).detail).toContain("1000 would come before it")
    expect(Result.isFailure(nextVersion(["20261399000000"], now, { first: 1 }))).toBe(false)
  })

  test("are words of ASCII", () => {
    expect(["Add column “Größe” to T", "__x__", "日本", "A".repeat(99)].map(slug)).toEqual([
      "add_column_gro_e_to_t",
      "x",
      "",
      "a".repeat(60)
    ])
  })
})

describe("the way back", () => {
  test("fails by saying that there is none", () => {
    expect(written("golang-migrate").get(`${moment}_add_a.down.sql`)).toContain(
      "RAISE EXCEPTION 'This migration has no"
    )
    expect(written("dbmate").get(`${moment}_add_a.sql`)?.split("-- migrate:down")[1]).toContain("RAISE EXCEPTION")
    expect(written("goose").get(`${moment}_add_a.sql`)?.split("-- +goose Down")[1]).toContain("RAISE EXCEPTION")
    expect([...written("alembic").values()][0]?.split("def downgrade")[1]).toContain("raise NotImplementedError(")
    expect([...written("flyway").keys()]).toEqual(["V1__add_a.sql"])
  })

  test("is that of the rollback", () => {
    expect(written("flyway", { rollback }).get("U1__add_a.sql")).toContain("DROP TABLE a;")
    expect([...written("alembic", { rollback }).values()][0]?.split("def downgrade")[1]).toContain("DROP TABLE a")
  })

  test("is refused where the tool has none, or where it is another plan's", () => {
    for (const tool of ["supabase", "prisma", "drizzle", "sql"]) {
      expect(refused(tool, { rollback }).detail).toContain("have no way back")
    }
    const [one, other] = ["a".repeat(64), "b".repeat(64)]
    const fitting = { ...rollback, source_hash: other, target_hash: one }
    const hashed = { ...plan, source_hash: one, target_hash: other }
    expect(Result.isSuccess(run("flyway", { plan: hashed, rollback: fitting }))).toBe(true)
    expect(refused("flyway", { plan: hashed, rollback: { ...fitting, source_hash: one } }).detail).toContain(
      "not the one"
    )
  })
})

describe("statements", () => {
  test("are ended where no comment swallows it", () => {
    const [text = ""] = written("supabase", { plan: planOf("SELECT 1 -- one;", "SELECT 2;", "SELECT 3\n") }).values()
    expect(text).toContain("SELECT 1 -- one;\n;")
    expect(text).toContain("SELECT 2;\n")
    expect(text).toContain("SELECT 3;\n")
  })

  test("that a tool would read otherwise are refused, or the tool is told", () => {
    expect(refused("dbmate", { plan: planOf("SELECT '\n-- migrate:down\n'") }).detail).toContain("migrate:down")
    expect(refused("goose", { plan: planOf("SELECT '\n  -- +goose Down\n'") }).detail).toContain("+goose")
    expect(refused("goose", { plan, rollback: planOf("SELECT '\r\n'") }).detail).toContain("\\r\\n")
    expect(refused("drizzle", { plan: planOf("SELECT '--> statement-breakpoint'") }).detail).toContain("breakpoint")
    expect(written("flyway", { plan: planOf("SELECT '${a}'") }).get("V1__add_a.sql.conf")).toBe(
      "placeholderReplacement=false\n"
    )
    expect(refused("sql", { plan: { steps: [] } }).detail).toContain("no steps")
  })

  test("of goose with semicolons inside are marked", () => {
    const body = "DO $$ BEGIN NULL; END $$"
    const text = written("goose", { plan: planOf("SELECT 1", body) }).get(`${moment}_add_a.sql`) ?? ""
    expect(text).toContain(`-- +goose StatementBegin\n-- 2. Step 2\n${body};\n-- +goose StatementEnd`)
    expect(text).not.toContain("StatementBegin\n-- 1. Step")
  })
})

describe("Alembic", () => {
  test("literals of Python are the text", () => {
    expect(pythonString("a \"b\" \\ 'c'")).toBe(String.raw`"a \"b\" \\ 'c'"`)
    expect(pythonString("a\n\"\"\"\"\r\t")).toBe("\"\"\"a\n\\\"\\\"\\\"\"\\u000d\\u0009\"\"\"")
    expect(pythonString("a\nb\"")).toBe("\"\"\"a\nb\\\"\"\"\"")
  })

  const versions = (files: Readonly<Record<string, string>>) => new Map(Object.entries(files))
  const revision = (name: string, down: string) =>
    `"""text"""\nrevision = '${name}'\ndown_revision: str | None = ${down}\n`

  test("heads are the revisions that none follows", () => {
    const heads = (files: Readonly<Record<string, string>>) => Result.getOrThrow(headsOf(versions(files)))
    expect(heads({})).toEqual([])
    expect(heads({ "a.py": revision("a", "None"), "b.py": revision("b", "\"a\"") })).toEqual(["b"])
    expect(heads({ "a.py": revision("a", "None"), "b.py": revision("b", "'a'"), "c.py": revision("c", "'a'") }))
      .toEqual(["b", "c"])
    expect(
      heads({
        "b.py": revision("b", "'a'"),
        "c.py": revision("c", "'a'"),
        "m.py": revision("m", "(\n  'b',\n  'c',\n)")
      })
    ).toEqual(["m"])
    expect(Result.isFailure(headsOf(versions({ "a.py": revision("a", "base()") })))).toBe(true)
    expect(Result.isFailure(headsOf(versions({ "a.py": revision("a", "'a'") })))).toBe(true)
  })

  test("a revision follows the head; several heads are an error", () => {
    const existing = versions({ "env.py": "", "versions/a.py": revision("a1", "None") })
    const [[path, text] = ["", ""]] = written("alembic", { existing })
    expect(path).toMatch(/^versions\/[0-9a-f]{12}_add_a\.py$/)
    expect(text).toContain("down_revision: Union[str, Sequence[str], None] = \"a1\"\n")
    expect(text).toContain("Create Date: 2026-01-02 03:04:05")
    expect([...written("alembic", { existing }).keys()]).toEqual([path])
    const two = new Map([...existing, ["versions/b.py", revision("b1", "None")]])
    expect(refused("alembic", { existing: two })).toMatchObject({ next: "Join them first: alembic merge heads" })
  })
})

describe("Drizzle", () => {
  test("the journal grows by an entry that is later than all others", () => {
    const journal = {
      version: "7",
      dialect: "postgresql",
      extra: [1],
      entries: [{ idx: 4, version: "7", when: now + 9, tag: "0004_b", breakpoints: false }]
    }
    const existing = new Map([
      ["meta/_journal.json", JSON.stringify(journal)],
      ["meta/0004_snapshot.json", JSON.stringify({ id: "x", prevId: "w", tables: {} })]
    ])
    const files = written("drizzle", { existing, plan: planOf("SELECT 1", "SELECT 2") })
    expect([...files.keys()]).toEqual(["0005_add_a.sql", "meta/0005_snapshot.json", "meta/_journal.json"])
    expect(files.get("0005_add_a.sql")).toContain("SELECT 1;\n--> statement-breakpoint\n-- 2. Step 2\nSELECT 2;")
    expect(JSON.parse(files.get("meta/_journal.json") ?? "")).toEqual({
      ...journal,
      entries: [...journal.entries, { idx: 5, version: "7", when: now + 10, tag: "0005_add_a", breakpoints: true }]
    })
    expect(JSON.parse(files.get("meta/0005_snapshot.json") ?? "")).toMatchObject({ prevId: "x", tables: {} })
  })

  test("is refused in a folder of another form", () => {
    expect(refused("drizzle", { existing: folder("1_a/migration.sql", "1_a/snapshot.json") }).detail).toContain("newer")
    const existing = new Map([["meta/_journal.json", "{\"version\":\"7\",\"dialect\":\"mysql\",\"entries\":[]}"]])
    expect(refused("drizzle", { existing }).detail).toContain("PostgreSQL")
  })
})
