/** What triggers do to rows while statements write others: a plan may make them for one statement, and drop them again. */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { Catalog } from "../Catalog.ts"
import { trigger as triggerKind, TriggerState } from "./kinds/trigger.ts"
import type { TriggerDefinition } from "./sql/Definition.ts"
import { foldName } from "./sql/Identifier.ts"
import { isName, nameOf } from "./sql/Lexer.ts"
import { parseDefinition } from "./sql/Parser.ts"
import { says, type Words, wordsOf } from "./sql/Words.ts"
import { lostRows, type Write, writeOf } from "./Writes.ts"

/** A trigger, as far as it matters for rows. */
export interface Trigger {
  readonly name: string
  /** The table or view that it is on, in lower case. */
  readonly table: string
  readonly event: TriggerDefinition["event"]
  readonly body: ReadonlyArray<Words>
}

const triggerFrom = (
  { body, event, name, table }: Pick<TriggerDefinition, "body" | "event" | "name" | "table">
): Trigger => ({ name, table: foldName(table), event, body: body.map(wordsOf) })

/** The trigger that a statement creates; undefined for every other, and for one that cannot be read. */
export const triggerOf = (sql: string): Trigger | undefined => {
  const read = Result.getOrUndefined(parseDefinition(sql))
  return read?.kind === "trigger" ? triggerFrom(read) : undefined
}

/** The triggers of a schema. */
export const triggersIn = (catalog: Catalog): ReadonlyArray<Trigger> =>
  [...catalog.objects.values()].flatMap(({ kind, name, state }) =>
    kind === triggerKind.kind && Schema.is(TriggerState)(state)
      ? [triggerFrom({ ...state, name: name[1] ?? "" })]
      : []
  )

/** A trigger after a table or view has got another name: SQLite changes what names it. Both names are in lower case. */
export const renamedIn = (trigger: Trigger, from: string, to: string): Trigger => ({
  ...trigger,
  table: trigger.table === from ? to : trigger.table,
  body: trigger.body.map((statement) =>
    statement.map((token) =>
      isName(token) && foldName(nameOf(token)) === from ? { ...token, kind: "word", text: to, word: "" } : token
    )
  )
})

/** The names that a trigger's statements name, in lower case: tables among them are those that it can touch. */
export const namesOf = ({ body }: Trigger): ReadonlyArray<string> =>
  body.flatMap((statement) => statement.filter(isName).map((token) => foldName(nameOf(token))))

const ignores = (statement: Words): boolean => statement.some((_, i) => says(statement, i, "RAISE", "(", "IGNORE"))

/** What a statement can do to rows of the table that it writes to. */
const eventsOf = (statement: Words, { verb }: Write): ReadonlyArray<Trigger["event"]> => {
  if (verb === "DELETE" || verb === "UPDATE") return [verb]
  return statement.some(({ word }) => word === "CONFLICT") ? ["INSERT", "UPDATE"] : ["INSERT"]
}

/**
 * The triggers that a statement fires, and that remove or change rows by themselves, leave rows out, or fire others that do.
 * What only adds rows, and what only refuses some, is none of them.
 */
export const lossyFor = (
  triggers: ReadonlyArray<Trigger>,
  statement: Words,
  seen: ReadonlySet<Trigger> = new Set()
): ReadonlyArray<Trigger> => {
  const write = writeOf(statement)
  if (write === undefined) return []
  const events = eventsOf(statement, write)
  const table = foldName(write.table)
  const fired = triggers.filter((one) => one.table === table && events.includes(one.event) && !seen.has(one))
  const within = new Set([...seen, ...fired])
  return fired.filter(({ body }) =>
    body.some((one) => ignores(one) || lostRows(one).length > 0 || lossyFor(triggers, one, within).length > 0)
  )
}
