/** Storage parameters (`name=value`, as `pg_class.reloptions` holds them) as SQL. */
import { compareText } from "../../Catalog.ts"
import { quoteIdentifier, quoteLiteral } from "../Identifier.ts"

const split = (option: string): readonly [name: string, value: string] => {
  const at = option.indexOf("=")
  return [option.slice(0, at), option.slice(at + 1)]
}

const optionName = (name: string): string => name.split(".").map(quoteIdentifier).join(".")

const optionValue = (value: string): string => /^[a-z]+$|^-?\d+(\.\d+)?$/i.test(value) ? value : quoteLiteral(value)

/** The list inside `WITH ( … )`. */
export const optionList = (options: ReadonlyArray<string>): string =>
  options.map(split).map(([name, value]) => `${optionName(name)}=${optionValue(value)}`).join(", ")

/** `SET ( … )` and `RESET ( … )`, as needed to get from one list of parameters to another. */
export const optionChanges = (
  from: ReadonlyArray<string> = [],
  to: ReadonlyArray<string> = []
): ReadonlyArray<string> => {
  const set = to.filter((option) => !from.includes(option))
  const names = new Set(to.map((option) => split(option)[0]))
  const reset = from.map((option) => split(option)[0]).filter((name) => !names.has(name)).sort(compareText)
  return [
    ...(set.length === 0 ? [] : [`SET (${optionList(set)})`]),
    ...(reset.length === 0 ? [] : [`RESET (${reset.map(optionName).join(", ")})`])
  ]
}
