import { describe, expect, test } from "bun:test"
import { splitStatements } from "../../../src/sqlite/sql/Statements.ts"

const texts = (script: string): ReadonlyArray<string> => splitStatements(script).map(({ text }) => text)

const trigger = "CREATE TEMP TRIGGER t AFTER INSERT ON a BEGIN SELECT CASE WHEN 1 THEN 2 END; SELECT ';'; END"

describe("splitStatements", () => {
  test("ends statements at semicolons outside of quotes and comments", () => {
    expect(texts("a 'x;y' ; -- c;\n /* d; */ b \";\" [;] `;`;;\n c")).toEqual(["a 'x;y'", "b \";\" [;] `;`", "c"])
  })
  test("keeps a trigger in one", () => {
    expect(texts(`${trigger};\nEXPLAIN ${trigger}; x`)).toEqual([trigger, `EXPLAIN ${trigger}`, "x"])
  })
  test("ends a trigger without END before the next CREATE", () => {
    expect(texts("CREATE TRIGGER t INSERT ON a BEGIN SELECT 1; CREATE TABLE b(x);")).toEqual([
      "CREATE TRIGGER t INSERT ON a BEGIN SELECT 1",
      "CREATE TABLE b(x)"
    ])
  })
  test("says where statements stand, and whether they end", () => {
    const script = " a b ; c -- d"
    expect(splitStatements(script).map(({ end, ended, start }) => [script.slice(start, end), ended])).toEqual([
      ["a b", true],
      ["c", false]
    ])
  })
  test("finds nothing where nothing is", () => expect(texts(" ; -- x\n;")).toEqual([]))
})
