import { describe, expect, test } from "bun:test"
import { lex, nameOf } from "../../../src/sqlite/sql/Lexer.ts"

const kinds = (text: string): string => lex(text).map(({ kind, text }) => `${kind}:${text}`).join(" ")

describe("tokens", () => {
  const cases: ReadonlyArray<readonly [text: string, tokens: string]> = [
    ["select a$1,é", "word:select word:a$1 symbol:, word:é"],
    ["'it''s' \"a\"\"b\" `a``b` [a b]", "string:'it''s' quoted:\"a\"\"b\" quoted:`a``b` quoted:[a b]"],
    ["x'00fF' X''", "blob:x'00fF' blob:X''"],
    [
      "1 1.5 .5 1. 1e3 1.5E-3 0x1F 1_000",
      "number:1 number:1.5 number:.5 number:1. number:1e3 number:1.5E-3 number:0x1F number:1_000"
    ],
    ["a.b a.5", "word:a symbol:. word:b word:a number:.5"],
    ["?1 ? :a @b $c::d #1", "variable:?1 variable:? variable::a variable:@b variable:$c::d variable:#1"],
    [
      "->> -> || << >= <> != == ~ -",
      "symbol:->> symbol:-> symbol:|| symbol:<< symbol:>= symbol:<> symbol:!= symbol:== symbol:~ symbol:-"
    ],
    ["a -- b;\nc /* d ' */ e", "word:a comment:-- b; word:c comment:/* d ' */ word:e"],
    ["a /* to the end", "word:a comment:/* to the end"],
    ["\ufeffa\t\f\r\nb", "word:a word:b"],
    ["a 'b", "word:a illegal:'b"],
    ["a [b", "word:a illegal:[b"],
    ["x'0' x'zz'", "illegal:x'0' illegal:x'zz'"],
    ["1a ! \\", "illegal:1a illegal:! illegal:\\"]
  ]
  for (const [text, tokens] of cases) test(text, () => expect(kinds(text)).toBe(tokens))

  test("have their places", () => {
    const text = "é \"😀\" -- x\n 'y'"
    expect(lex(text).map(({ end, start }) => text.slice(start, end))).toEqual(["é", "\"😀\"", "-- x", "'y'"])
  })

  test("stand for names", () => {
    expect(lex("a \"b\"\"c\" `d``e` [f\"g] 'h''i'").map(nameOf)).toEqual(["a", "b\"c", "d`e", "f\"g", "h'i"])
  })
})
