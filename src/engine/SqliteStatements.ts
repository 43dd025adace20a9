/**
 * Where the statements of a SQLite script begin and end, and how many parameters each takes. The engine itself runs the
 * first statement of a text and is silent about what follows it, about parameters too few and about those too many.
 */

/** One statement as it was written, without the semicolon that ends it. */
export interface Statement {
  readonly sql: string
  /** Where its first word begins in the script, in UTF-16 code units from 0. */
  readonly start: number
  /** How many values it takes by `?` and `?NNN`; undefined where it names parameters (`:a`, `@a`, `$a`). */
  readonly parameters: number | undefined
}

/** Space and comments, quoted text and names, parameters, words, and any other character (SQLite documentation, "SQL Language Expressions"). */
const tokens =
  /(?<space>[\s\uFEFF]+|--[^\n]*|\/\*[^]*?(?:\*\/|$))|'(?:[^']|'')*(?:'|$)|"(?:[^"]|"")*(?:"|$)|`(?:[^`]|``)*(?:`|$)|\[[^\]]*(?:\]|$)|\?(?<number>\d*)|(?<name>[:@$#][\w$\u0080-\uffff]+)|(?<word>[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)|[^]/g

/** How far a statement has come towards being a trigger, whose body has semicolons of its own. */
type Place = "start" | "explain" | "create" | "body" | "after-semicolon" | "after-end" | "plain"

/** The rules of `sqlite3_complete` (SQLite documentation, "Determine If An SQL Statement Is Complete"). */
const next = (place: Place, word: string): Place => {
  switch (place) {
    case "start":
      return word === "EXPLAIN" ? "explain" : word === "CREATE" ? "create" : "plain"
    case "explain":
      return word === "QUERY" || word === "PLAN" ? "explain" : word === "CREATE" ? "create" : "plain"
    case "create":
      return word === "TEMP" || word === "TEMPORARY" ? "create" : word === "TRIGGER" ? "body" : "plain"
    case "after-semicolon":
      return word === "END" ? "after-end" : "body"
    case "after-end":
      return "body"
    default:
      return place
  }
}

/** Takes a script apart. Empty statements and comments on their own are left out. Never fails: what is no SQL is the engine's to say. */
export const statements = (script: string): ReadonlyArray<Statement> => {
  const found: Array<Statement> = []
  let start = -1
  let place: Place = "start"
  let highest = 0
  let named = false
  const finish = (end: number) => {
    if (start >= 0) found.push({ sql: script.slice(start, end), start, parameters: named ? undefined : highest })
    start = -1
    place = "start"
    highest = 0
    named = false
  }
  for (const { 0: token, groups = {}, index } of script.matchAll(tokens)) {
    if (groups["space"] !== undefined) continue
    if (token === ";") {
      if (place === "body" || place === "after-semicolon") place = "after-semicolon"
      else finish(index)
      continue
    }
    if (start < 0) start = index
    if (groups["number"] !== undefined) {
      highest = groups["number"] === ""
        ? highest + 1
        : Math.max(highest, Number(groups["number"]))
    }
    if (groups["name"] !== undefined) named = true
    place = next(place, groups["word"]?.toUpperCase() ?? "")
  }
  finish(script.length)
  return found
}
