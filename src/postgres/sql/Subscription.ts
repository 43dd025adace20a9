/** Subscriptions as schema files state them, read without ever using a connection. */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { createSubscription, SubscriptionState } from "../kinds/subscription.ts"
import { all, as, type Fields, type Node, textOf, textsOf } from "./ParseTree.ts"

/** What CREATE SUBSCRIPTION does once, and the connection's own state: no part of a schema. */
const passing: ReadonlySet<string> = new Set(["connect", "copy_data", "create_slot", "enabled"])

/** The value of an option as text: PostgreSQL's grammar reads a word as a type's name, a string or a truth value. */
const valueOf = (node: Node | undefined): string => {
  const value = as(node, "Boolean")?.boolval ?? as(node, "Integer")?.ival
  return value === undefined ? textOf(node) ?? textsOf(as(node, "TypeName")?.names).at(-1) ?? "true" : String(value)
}

const truth = (value: string): boolean | string =>
  ["true", "on", "1", "yes"].includes(value.toLowerCase())
    ? true
    : ["false", "off", "0", "no"].includes(value.toLowerCase())
    ? false
    : value

/** The entry of the state that an option makes: absent where it says PostgreSQL's default. */
const entryOf = (option: string, value: string): readonly [key: string, value: unknown] | undefined => {
  const said = truth(value)
  switch (option) {
    case "slot_name":
      return value.toLowerCase() === "none" ? ["no_slot", true] : ["slot_name", value]
    case "streaming":
      return [option, said === true ? "on" : said === false ? "off" : value.toLowerCase()]
    case "synchronous_commit":
      return said === false ? undefined : [option, value.toLowerCase()]
    case "origin":
      return value.toLowerCase() === "any" ? undefined : [option, value.toLowerCase()]
    case "password_required":
      return said === true ? undefined : [option, said]
    default:
      return said === false ? undefined : [option, said]
  }
}

const decode = Schema.decodeUnknownResult(SubscriptionState, { onExcessProperty: "error" })

/** What a statement says of a subscription; fails with the option that Lockplane does not know, or not with that value. */
export const readSubscription = (
  created: Fields<"CreateSubscriptionStmt">
): Result.Result<SubscriptionState, string> => {
  const options = all(created.options, "DefElem").map(([{ arg, defname = "" }]) => [defname, valueOf(arg)] as const)
    .filter(([option]) => !passing.has(option))
  const publications = textsOf(created.publication).toSorted()
  const entries = options.flatMap(([option, value]) => {
    const entry = entryOf(option, value)
    return entry === undefined ? [] : [entry]
  })
  const wrong = options.find(([option, value]) => {
    const entry = entryOf(option, value)
    return entry !== undefined && Result.isFailure(decode({ publications, [entry[0]]: entry[1] }))
  })
  return Result.mapError(
    decode({ publications, ...Object.fromEntries(entries) }),
    () => wrong === undefined ? "this CREATE SUBSCRIPTION" : `${wrong[0]} = ${wrong[1]} of a subscription`
  )
}

/** What to run for a statement on a server of this major version: a subscription is created disabled, without its connection. */
export const withoutConnection = (node: Node, major: number): string | undefined => {
  const created = as(node, "CreateSubscriptionStmt")
  const state = created === undefined ? undefined : Result.getOrUndefined(readSubscription(created))
  return state === undefined ? undefined : createSubscription(created?.subname ?? "", state, major)
}
