import { describe, expect, test } from "bun:test"
import { statements } from "../../src/engine/SqliteStatements.ts"

const texts = (script: string) => statements(script).map(({ sql }) => sql)

describe("the statements of a script", () => {
  test("end at semicolons, and those of text, names and comments are none", () => {
    expect(texts("SELECT ';', \";\", `;`, [;] /* ; */ -- ;\n FROM t; SELECT 'it''s; one'")).toEqual([
      "SELECT ';', \";\", `;`, [;] /* ; */ -- ;\n FROM t",
      "SELECT 'it''s; one'"
    ])
  })

  test("of which a trigger's body has its own", () => {
    const trigger = "CREATE TEMP TRIGGER a AFTER INSERT ON t BEGIN SELECT 1; SELECT CASE WHEN 1 THEN 2 END; END"
    expect(texts(`${trigger}; SELECT 1;`)).toEqual([trigger, "SELECT 1"])
    expect(texts(`EXPLAIN QUERY PLAN ${trigger}; SELECT 1`)).toEqual([`EXPLAIN QUERY PLAN ${trigger}`, "SELECT 1"])
    expect(texts("CREATE TABLE \"trigger\" (a); CREATE INDEX begin ON t (a); END")).toHaveLength(3)
  })

  test("begin after space and comments, and empty ones are left out", () => {
    expect(statements("-- nothing\n;; /* x */ SELECT 1 ;\n\n SELECT 2 /* open").map(({ sql, start }) => [sql, start]))
      .toEqual([["SELECT 1 ", 22], ["SELECT 2 /* open", 35]])
    expect(statements("")).toEqual([])
  })

  test("tell how many parameters they take", () => {
    const parameters = (sql: string) => statements(sql)[0]?.parameters
    expect(parameters("SELECT ?, '?', ?")).toBe(2)
    expect(parameters("SELECT ?3, ?")).toBe(4)
    expect(parameters("SELECT 1 -- ?")).toBe(0)
    for (const name of [":a", "@a", "$a"]) expect(parameters(`SELECT ${name}`)).toBeUndefined()
  })
})
