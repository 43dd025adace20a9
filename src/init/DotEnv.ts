/** `.env` files as text: how a value is set in one without touching the rest. Pure. */
import * as Result from "effect/Result"
import { InitError } from "./InitError.ts"

const assignment = /^(\s*(?:export\s+)?)([A-Za-z_][A-Za-z0-9_.]*)(\s*=\s*)(.*?)(\r?)$/

/** A value as every reader of such files takes it; undefined for one that none could be sure of. */
const quoted = (value: string): string | undefined => {
  if (/^[A-Za-z0-9_.,:/@%+?&=~-]*$/.test(value)) return value
  return /['\\\r\n]/.test(value) ? undefined : `'${value}'`
}

/**
 * The text with these variables set, or taken out where there is no value. A variable keeps its line; new ones come at the end.
 * Fails for a value that cannot be written.
 */
export const set = (
  text: string,
  values: ReadonlyMap<string, string | undefined>
): Result.Result<string, InitError> => {
  const newline = text.includes("\r\n") ? "\r\n" : "\n"
  const missing = new Map(values)
  for (const [name, value] of values) {
    if (value !== undefined && quoted(value) === undefined) {
      return Result.fail(
        new InitError({
          detail: `the value of ${name} has quotation marks, backslashes or line breaks in it`,
          next: "In a URL write them percent-encoded: ' as %27, \\ as %5C. Nothing was written."
        })
      )
    }
  }
  const lines = text.split("\n").flatMap((line) => {
    const [, before = "", name = "", equals = "", , end = ""] = assignment.exec(line) ?? []
    if (!values.has(name)) return [line]
    missing.delete(name)
    const value = values.get(name)
    return value === undefined ? [] : [`${before}${name}${equals}${quoted(value)}${end}`]
  })
  const kept = lines.join("\n")
  const added = [...missing].flatMap(([name, value]) => value === undefined ? [] : `${name}=${quoted(value)}${newline}`)
  return Result.succeed(
    `${kept}${added.length > 0 && kept !== "" && !kept.endsWith("\n") ? newline : ""}${added.join("")}`
  )
}
