/** Triggers on tables and views (SQLite, "CREATE TRIGGER"). */
import * as Schema from "effect/Schema"
import { printTrigger } from "../sql/Printer.ts"
import { type Kind, replace } from "./Kind.ts"
import { displayName, own, spelling, sqlName, textAgain } from "./names.ts"

/** When it fires and what it does; expressions and statements in one spelling, `table` as the statement spells it. */
export const TriggerState = Schema.Struct({
  ...spelling,
  table: Schema.String,
  timing: Schema.optionalKey(Schema.Literals(["AFTER", "INSTEAD OF"])),
  event: Schema.Literals(["DELETE", "INSERT", "UPDATE"]),
  columns: Schema.optionalKey(Schema.Array(Schema.String)),
  when: Schema.optionalKey(Schema.String),
  body: Schema.Array(Schema.String),
  ...own
})
/** When it fires and what it does; expressions and statements in one spelling, `table` as the statement spells it. */
export type TriggerState = typeof TriggerState.Type

/** The kind `trigger`. */
export const trigger: Kind<TriggerState> = {
  kind: "trigger",
  section: "triggers",
  state: TriggerState,
  isDefinition: true,
  actsOnStatements: true,
  dropLoses: "What it did on changes of rows is done no more.",
  claims: ({ id }) => [id],
  create: (object, context) => {
    const { own: _, spelling: __, ...definition } = object.state
    return [{
      sql: textAgain(object, context) ??
        printTrigger({ kind: "trigger", name: object.name[1] ?? "", mentions: [], ...definition }),
      description: `Create trigger ${sqlName(object)} on ${definition.table}`
    }]
  },
  drop: (object) => [{
    sql: `DROP TRIGGER ${sqlName(object)}`,
    description: `Drop trigger ${sqlName(object)} from ${object.state.table}`
  }],
  alter: () => replace,
  describe: (object) => `trigger ${displayName(object)}`
}
