import { describe, expect } from "bun:test"
import * as Effect from "effect/Effect"
import { validateFiles } from "../../../src/postgres/sql/Validation.ts"
import { renderText } from "../../../src/text/ValidationReport.ts"
import * as it from "../../effect.ts"

describe("the report", () => {
  it.effect("is text for people", () =>
    Effect.gen(function*() {
      const report = yield* validateFiles([
        {
          path: "a.lp.sql",
          text: "CREATE TABLE t (\n  id int PRIMARY KEY,\n  n int SERIAL,\n  x int FOO\n);\nDROP TABLE t;"
        },
        { path: "b.lp.sql", text: "CREATE TABLE u (id int);" }
      ])
      expect(renderText(report)).toBe([
        "✗ SQL syntax errors in a.lp.sql:",
        "  Line 3: syntax error at or near \"SERIAL\"",
        "    a.lp.sql:3:9",
        "  Line 4: syntax error at or near \"FOO\"",
        "    a.lp.sql:4:9",
        "Found 2 syntax error(s). Fix them, then validate again.",
        "a.lp.sql:6:1: error: DROP TABLE loses the table's data; take the table's definition out of the schema instead [dangerous_drop_table]",
        "b.lp.sql:1:14: warning: table \"u\" has no primary key; add one, so that each of its rows can be told apart [no_primary_key]",
        "✗ Validation 1: FAIL (3 errors, 1 warning)",
        ""
      ].join("\n"))
    }))

  it.effect("passes with warnings", () =>
    Effect.gen(function*() {
      const report = yield* validateFiles([{ path: "a.lp.sql", text: "CREATE TABLE t ();" }])
      expect(report.valid).toBe(true)
      expect(renderText(report, 2)).toBe(
        "a.lp.sql:1:14: warning: table \"t\" has no columns; add some, or take it out [empty_table]\n✓ Validation 2: PASS\n"
      )
    }))

  it.effect("is JSON with keys in a fixed order", () =>
    Effect.gen(function*() {
      const report = yield* validateFiles([{ path: "a.lp.sql", text: "\n\nCREAT" }])
      expect(JSON.stringify(report)).toBe(
        "{\"valid\":false,\"issues\":[{\"file\":\"a.lp.sql\",\"line\":3,\"column\":1,\"end_line\":3,\"end_column\":6," +
          "\"severity\":\"error\",\"message\":\"syntax error at or near \\\"CREAT\\\"\",\"code\":\"syntax_error\"}]}"
      )
    }))
})
