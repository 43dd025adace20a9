import { describe, expect, test } from "bun:test"
import * as Result from "effect/Result"
import { parseJson } from "../src/JsonText.ts"

const problem = (text: string): string | undefined => Result.getOrUndefined(Result.flip(parseJson(text)))

describe("JSON text", () => {
  test("is read", () => {
    const value = { a: [1, -0.5e3, "x\u00e9\n\"", true, null, {}, []], "": { b: [[]] } }
    expect(Result.getOrThrow(parseJson(JSON.stringify(value, undefined, 2)))).toEqual(value)
  })

  for (
    const [text, says] of [
      ["", "it is empty"],
      ["{ ", "it ends at line 1, column 3, where a key in double quotes or } is expected"],
      ["{\n  \"a\": 1,\n}", "line 3, column 1: a key in double quotes is expected here"],
      ["{\n  \"a\" 1\n}", "line 2, column 7: a colon is expected here"],
      ["{\"a\": 1 \"b\": 2}", "line 1, column 9: a comma or } is expected here"],
      ["[1, 2\r\n  3]", "line 2, column 3: a comma or ] is expected here"],
      ["[\"é😀\", ]", "line 1, column 8: a value is expected here"],
      ["[\"a\nb\"]", "line 1, column 2: a value or ] is expected here"],
      ["{\"a\": tru}", "line 1, column 7: a value is expected here"],
      ["[01]", "line 1, column 2: a value or ] is expected here"],
      ["{} {}", "line 1, column 4: the end of the document is expected here"],
      ["[}", "line 1, column 2: a value or ] is expected here"],
      ["{\"a\": {\"b\": [1", "it ends at line 1, column 15, where a comma or ] is expected"]
    ] as const
  ) {
    test(`that is none says where: ${JSON.stringify(text)}`, () => expect(problem(text)).toEndWith(says))
  }

  test("that is cut off anywhere ends where it was cut off, or within a string or word", () => {
    const text = JSON.stringify({ a: [1, { b: "c" }, true] })
    for (let length = 1; length < text.length; length++) {
      expect(problem(text.slice(0, length))).toMatch(/^it is not JSON: .* expected( here)?$/)
    }
  })
})
