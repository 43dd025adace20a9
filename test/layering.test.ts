/** Holds the arrows of the design in src/, and first shows on small sources that a broken one is found. */
import { describe, expect, test } from "bun:test"
import { readdirSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { check, type Exceptions, projectExceptions } from "./layering/check.ts"

const messages = (file: string, text: string, exceptions?: Exceptions): ReadonlyArray<string> =>
  check(file, text, exceptions).findings.map((finding) => `${finding.line}: ${finding.message}`)

const refused = (file: string, text: string, part: string) => {
  const found = messages(file, text)
  expect(found).toHaveLength(1)
  expect(found[0]).toContain(part)
}

const accepted = (file: string, text: string) => expect(messages(file, text)).toEqual([])

describe("arrows", () => {
  test("a stage sees the dialect's interface and no dialect", () => {
    accepted("Planner.ts", `import * as Dialect from "./Dialect.ts"\nimport { Plan } from "./Plan.ts"`)
    refused("Planner.ts", `\nimport { quoteIdentifier } from "./postgres/Identifier.ts"`, "2: imports ./postgres")
    refused("Planner.ts", `import { rebuild } from "./sqlite/Table.ts"`, "stage may not depend on sqlite")
  })

  test("a type, a re-export, a dynamic import and an import type are imports", () => {
    refused("Diff.ts", `import type { Kind } from "./postgres/kinds/Kind.ts"`, "stage may not depend on postgres")
    refused("Diff.ts", `export * from "./postgres/kinds/Kind.ts"`, "stage may not depend on postgres")
    refused("Diff.ts", `export { Kind } from "./postgres/kinds/Kind.ts"`, "stage may not depend on postgres")
    refused("Diff.ts", `const kind = () => import("./postgres/kinds/Kind.ts")`, "stage may not depend on postgres")
    refused("Diff.ts", `type Kind = import("./postgres/kinds/Kind.ts").Kind`, "stage may not depend on postgres")
  })

  test("nothing points up", () => {
    refused("Catalog.ts", `import { Database } from "./engine/Database.ts"`, "data may not depend on engine")
    refused("engine/Pglite.ts", `import { quoteLiteral } from "../postgres/Identifier.ts"`, "engine may not depend on")
    refused("postgres/Load.ts", `import { load } from "../Source.ts"`, "postgres may not depend on stage")
    refused("postgres/Load.ts", `import { load } from "../sqlite/Load.ts"`, "postgres may not depend on sqlite")
    refused("Source.ts", `import { root } from "./cli/root.ts"`, "stage may not depend on cli")
    refused("index.ts", `export * from "./cli/root.ts"`, "api may not depend on cli")
    accepted("cli/plan.ts", `import { plan } from "../Planner.ts"\nimport * as Postgres from "../postgres/Postgres.ts"`)
  })

  test("src/ imports nothing from outside", () => {
    refused("Plan.ts", `import { it } from "../test/effect.ts"`, "outside src/")
    refused("Plan.ts", `import manifest from "../package.json" with { type: "json" }`, "outside src/")
    accepted("cli/version.ts", `import manifest from "../../package.json" with { type: "json" }`)
  })

  test("a module that nobody placed is refused, and so is its import", () => {
    refused("Utils.ts", "export const a = 1", "has no layer")
    refused("misc/a.ts", "export const a = 1", "has no layer")
    refused("Plan.ts", `import { a } from "./misc/a.ts"`, "has no layer")
  })

  test("drivers, parser and platform stay behind their walls", () => {
    refused("Source.ts", `import postgres from "postgres"`, "only engine may")
    refused("cli/root.ts", `const pglite = () => import("@electric-sql/pglite/contrib/hstore")`, "only engine may")
    refused("engine/Parse.ts", `import { parse } from "libpg-query"`, "only postgres may")
    refused("cli/root.ts", `import * as R from "@effect/platform-node-shared/NodeRuntime"`, "only platform may")
    refused("Plan.ts", `import { Effect } from "effect"`, "barrel")
    accepted("engine/Pglite.ts", `const pglite = () => import("@electric-sql/pglite")`)
  })
})

describe("runtimes", () => {
  test("modules and globals of one runtime are refused", () => {
    refused("Plan.ts", `import { readFileSync } from "node:fs"`, "imports node:fs")
    refused("Plan.ts", `import { test } from "bun:test"`, "imports bun:test")
    refused("Plan.ts", `const text = Bun.file("a")`, "uses Bun")
    refused("Plan.ts", "const home = process.env", "uses process")
    refused("Plan.ts", "const home = globalThis.process", "uses process")
    refused("Plan.ts", `const bytes = Buffer.from("a")`, "uses Buffer")
    refused("Plan.ts", "const hosts = { Deno }", "uses Deno")
    refused("Plan.ts", "const at = table[process]", "uses process")
  })

  test("the same words as names, text and comments are not", () => {
    accepted("Plan.ts", `// process.env, Bun.file\nconst a = "Deno.cwd()"\nconst b = { process: 1, Bun: 2 }\nb.process`)
    accepted("Plan.ts", "const cancel = (process: number) => String(process)")
    accepted("Plan.ts", "const f = () => { const { process, b: [Bun] } = backend; return [process, Bun] }")
    refused("Plan.ts", "const f = () => { const { process: id } = backend; return process }", "uses process")
    accepted("Plan.ts", "interface A { readonly process: string; readonly Buffer: number }")
  })

  test("an exception holds for its file and its use", () => {
    const runtime = [{ file: "engine/Cache.ts", uses: "node:fs", reason: "test" }]
    const source = `import { rename } from "node:fs"`
    expect(messages("engine/Cache.ts", source, { runtime, cascade: [] })).toEqual([])
    expect(messages("engine/Other.ts", source, { runtime, cascade: [] })).toHaveLength(1)
    expect(messages("engine/Cache.ts", `import "node:os"`, { runtime, cascade: [] })).toHaveLength(1)
    expect([...check("engine/Cache.ts", source, { runtime, cascade: [] }).needed]).toEqual(runtime)
    expect([...check("engine/Cache.ts", "export {}", { runtime, cascade: [] }).needed]).toEqual([])
  })
})

describe("CASCADE", () => {
  test("is refused in SQL", () => {
    refused("postgres/kinds/table.ts", "const drop = `DROP TABLE ${name} CASCADE`", "says CASCADE")
    refused("postgres/kinds/table.ts", `const drop = "drop schema a cascade"`, "says CASCADE")
    refused("postgres/kinds/table.ts", `const drop = statement + " CASCADE"`, "says CASCADE")
    refused("postgres/kinds/table.ts", `const option = "CASCADE"`, "says CASCADE")
    refused("postgres/kinds/table.ts", `const parts = ["DROP TABLE", name, "CASCADE"]`, "says CASCADE")
  })

  test("is accepted as the action of a foreign key", () => {
    accepted("postgres/kinds/foreignKey.ts", "const sql = `REFERENCES ${name} ON DELETE CASCADE ON UPDATE CASCADE`")
    accepted("postgres/kinds/foreignKey.ts", `const action = { c: "CASCADE", r: "RESTRICT", n: "SET NULL" }`)
    accepted("postgres/kinds/foreignKey.ts", `type Action = "CASCADE" | "RESTRICT"`)
    accepted("postgres/kinds/view.ts", `const check = "WITH CASCADED CHECK OPTION"`)
  })
})

describe("src", () => {
  const root = fileURLToPath(new URL("../src/", import.meta.url))
  const files = readdirSync(root, { recursive: true, encoding: "utf8" })
    .map((file) => file.replaceAll("\\", "/"))
    .filter((file) => file.endsWith(".ts"))
    .toSorted()
  const results = files.map((file) => check(file, readFileSync(`${root}${file}`, "utf8")))

  test("keeps every rule", () => {
    expect(files).toContain("Catalog.ts")
    const found = results.flatMap((result) => result.findings)
    expect(found.map((finding) => `src/${finding.file}:${finding.line} ${finding.message}`)).toEqual([])
  })

  test("needs each of its exceptions", () => {
    const needed = new Set(results.flatMap((result) => [...result.needed]))
    const all = [...projectExceptions.runtime, ...projectExceptions.cascade]
    expect(all.filter((exception) => !needed.has(exception))).toEqual([])
  })
})
