/** JSON text (RFC 8259), and where it stops being that: the runtimes say this in different ways, or not at all. */
import * as Result from "effect/Result"

/** A mark, a string, or a number or word. */
const token = /(?:([{}[\],:])|("(?:[ !#-[\]-\u{10ffff}]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")|([-+.\w]+))/uy
const space = /[ \t\n\r]*/y
const word = /^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?)$/

type Place = "value" | "value or ]" | "key" | "key or }" | "colon" | "next"

const expected = (place: Place, within: string | undefined): string => {
  switch (place) {
    case "value":
      return "a value is"
    case "value or ]":
      return "a value or ] is"
    case "key":
      return "a key in double quotes is"
    case "key or }":
      return "a key in double quotes or } is"
    case "colon":
      return "a colon is"
    case "next":
      return within === undefined ? "the end of the document is" : `a comma or ${within} is`
  }
}

/** The offset at which text can no longer become JSON, and what would have to stand there. */
const broken = (text: string): { readonly at: number; readonly expected: string } | undefined => {
  const open: Array<"}" | "]"> = []
  let place: Place = "value"
  let end = 0
  for (;;) {
    space.lastIndex = end
    const start = end + (space.exec(text)?.[0].length ?? 0)
    const within = open.at(-1)
    if (start === text.length && place === "next" && within === undefined) return undefined
    token.lastIndex = start
    const [found = "", mark, string, other] = token.exec(text) ?? []
    const isValue = string !== undefined || other !== undefined && word.test(other)
    const takesValue = place === "value" || place === "value or ]"
    const takesKey = place === "key" || place === "key or }"
    if (isValue && takesValue) place = "next"
    else if (string !== undefined && takesKey) place = "colon"
    else if (mark === ":" && place === "colon") place = "value"
    else if (mark === "," && place === "next" && within !== undefined) place = within === "}" ? "key" : "value"
    else if ((mark === "{" || mark === "[") && takesValue) {
      open.push(mark === "{" ? "}" : "]")
      place = mark === "{" ? "key or }" : "value or ]"
    } else if (mark !== undefined && mark === within && (place === "next" || place.endsWith(mark))) {
      open.pop()
      place = "next"
    } else return { at: start, expected: expected(place, within) }
    end = start + found.length
  }
}

/** Reads JSON text. Fails with what is wrong, and at which line and column (of characters, from 1). */
export const parseJson = (text: string): Result.Result<unknown, string> => {
  try {
    const value: unknown = JSON.parse(text)
    return Result.succeed(value)
  } catch {
    if (text.trim() === "") return Result.fail("it is empty")
    const { at, expected } = broken(text) ?? { at: text.length, expected: "something else is" }
    const before = text.slice(0, at).split("\n")
    const column = [...before.at(-1) ?? ""].length + 1
    return Result.fail(
      at === text.length
        ? `it is not JSON: it ends at line ${before.length}, column ${column}, where ${expected} expected`
        : `it is not JSON: line ${before.length}, column ${column}: ${expected} expected here`
    )
  }
}
