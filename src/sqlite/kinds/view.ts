/** Views (SQLite, "CREATE VIEW"). What they name is looked up when they are used. */
import * as Schema from "effect/Schema"
import { printView } from "../sql/Printer.ts"
import { type Kind, replace } from "./Kind.ts"
import { displayName, own, relationClaim, spelling, sqlName, textAgain } from "./names.ts"

/** The query in one spelling, and the names of its columns where they are given. */
export const ViewState = Schema.Struct({
  ...spelling,
  columns: Schema.optionalKey(Schema.Array(Schema.String)),
  query: Schema.String,
  ...own
})
/** The query in one spelling, and the names of its columns where they are given. */
export type ViewState = typeof ViewState.Type

/** The kind `view`. */
export const view: Kind<ViewState> = {
  kind: "view",
  section: "views",
  state: ViewState,
  isDefinition: true,
  dropLoses: "Statements that read the view fail.",
  claims: relationClaim,
  create: (object, context) => {
    const { columns, query } = object.state
    return [{
      sql: textAgain(object, context) ??
        printView({
          kind: "view",
          name: object.name[1] ?? "",
          query,
          mentions: [],
          ...(columns === undefined ? {} : { columns })
        }),
      description: `Create view ${sqlName(object)}`
    }]
  },
  drop: (object) => [{ sql: `DROP VIEW ${sqlName(object)}`, description: `Drop view ${sqlName(object)}` }],
  alter: () => replace,
  describe: (object) => `view ${displayName(object)}`
}
