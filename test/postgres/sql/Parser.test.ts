import { describe, expect } from "bun:test"
import * as Effect from "effect/Effect"
import { parse } from "../../../src/postgres/sql/Parser.ts"
import * as it from "../../effect.ts"

describe("statements", () => {
  const texts: ReadonlyArray<readonly [name: string, text: string, expected: ReadonlyArray<string>]> = [
    ["begin at their first token", "-- c\n/* é😀 */ SELECT 'é'; ;\n\tSELECT 2", ["SELECT 'é'", "SELECT 2"]],
    ["end before comments at the end", "SELECT 1 -- x\n/* y */\n", ["SELECT 1"]],
    ["keep bodies whole", "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END; SELECT 3", [
      "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END",
      "SELECT 3"
    ]],
    ["are the same beside an error", "-- c\n/* é😀 */ SELECT 'é'; ;\n\tSELECT 2; FOO;\r\nSELECT $$;$$ ;", [
      "SELECT 'é'",
      "SELECT 2",
      "SELECT $$;$$"
    ]],
    [
      "keep bodies whole beside an error",
      "FOO;\nCREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END;\nCREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2);",
      [
        "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END",
        "CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2)"
      ]
    ]
  ]
  for (const [name, text, expected] of texts) {
    it.effect(name, () =>
      Effect.gen(function*() {
        const { statements } = yield* parse({ path: "s.lp.sql", text })
        expect(statements.map((statement) => statement.text.trim())).toEqual([...expected])
        for (const { start, end, text: own } of statements) expect(text.slice(start, end)).toBe(own)
      }))
  }

  it.effect("know their line and column, and those of the tree", () =>
    Effect.gen(function*() {
      const text = "\ufeffSELECT 1;\r\n/* 😀 */ CREATE TABLE \"é😀\".t (é int, b text);"
      const { statements, position } = yield* parse({ path: "s.lp.sql", text })
      expect(statements.map(({ line, column, tag }) => [line, column, tag])).toEqual([[1, 1, "SelectStmt"], [
        2,
        9,
        "CreateStmt"
      ]])
      const [, table] = statements
      const columns = table !== undefined && "CreateStmt" in table.node ? table.node.CreateStmt.tableElts ?? [] : []
      const places = columns.map((column) =>
        "ColumnDef" in column ? text.slice(table?.offset(column.ColumnDef.location)).slice(0, 3) : ""
      )
      expect(places).toEqual(["é i", "b t"])
      expect(position(text.indexOf("b text"))).toEqual({ line: 2, column: 37 })
    }))

  it.effect("carry their directive comments", () =>
    Effect.gen(function*() {
      const text =
        "-- lockplane: renamed from old\n-- another\nCREATE TABLE t (\n  --lockplane:  renamed from x \n  y int -- lockplane: and beside it\n);\nSELECT '\n-- lockplane: nor this';"
      const { statements } = yield* parse({ path: "s.lp.sql", text })
      expect(statements.map(({ directives }) =>
        directives.map((directive) => [directive.text, text.slice(directive.target, directive.target + 6)])
      ))
        .toEqual([[["renamed from old", "CREATE"], ["renamed from x", "y int "], ["and beside it", "int --"]], []])
    }))
})
