/**
 * Security labels (PostgreSQL manual, SECURITY LABEL): objects of their own, so that a label changes without its object. What a
 * label means, and whether it is one, its provider says, which is a library that the server has loaded.
 */
import * as Schema from "effect/Schema"
import { type CatalogObject, compareText, type ObjectId } from "../../Catalog.ts"
import { quoteIdentifier, quoteLiteral } from "../Identifier.ts"
import { lowerFirstWords } from "./comment.ts"
import { type Hazard, inPlace, type Kind, type Statement } from "./Kind.ts"

/** What is labelled, as `SECURITY LABEL … ON` names it (`COLUMN public.people.name`), by which provider, and the label. */
export const SecurityLabelState = Schema.Struct({
  on: Schema.String,
  provider: Schema.String,
  label: Schema.String
})
/** What is labelled, as `SECURITY LABEL … ON` names it (`COLUMN public.people.name`), by which provider, and the label. */
export type SecurityLabelState = typeof SecurityLabelState.Type

/** The label of one provider on an object, or on a part of one that is no object of its own, such as a view's column. */
export const makeSecurityLabel = (parent: ObjectId, state: SecurityLabelState): CatalogObject<SecurityLabelState> => ({
  kind: "security label",
  id: `security label of ${quoteIdentifier(state.provider)} on ${state.on}`,
  name: [state.on, state.provider],
  parent,
  state
})

/** True for objects of the kind `security label`. */
export const isSecurityLabel = (object: CatalogObject): object is CatalogObject<SecurityLabelState> =>
  object.kind === "security label"

/** Taken away where the provider was there when the plan was proven. */
const notProven = (provider: string): Hazard => ({
  code: "not_proven",
  message: `Whether the label provider ${provider} accepts this was not proven: that takes a shadow that has loaded it.`
})

const statement = ({ on, provider }: SecurityLabelState, label: string | undefined, does: string): Statement => ({
  sql: `SECURITY LABEL FOR ${quoteIdentifier(provider)} ON ${on} IS ${
    label === undefined ? "NULL" : quoteLiteral(label)
  }`,
  description: `${does} ${lowerFirstWords(on)} for ${quoteIdentifier(provider)}`,
  hazards: [notProven(provider)]
})

/** The kind `security label`. Its objects are read with a query of the introspection itself. */
export const securityLabel: Kind<SecurityLabelState> = {
  kind: "security label",
  section: "security_labels",
  catalog: "pg_seclabel",
  state: SecurityLabelState,
  query: () => "",
  // a label may name functions, which its provider looks for
  changesLate: "end",
  create: ({ state }) => [statement(state, state.label, "Label")],
  drop: ({ state }) => [statement(state, undefined, "Remove the label of")],
  alter: (from, to) =>
    inPlace(
      compareText(from.state.label, to.state.label) === 0
        ? []
        : [statement(to.state, to.state.label, "Change the label of")]
    ),
  // the extension of its provider puts statements into order
  outlives: (_, need) => need.kind === "extension",
  describe: ({ state: { on, provider } }) => `security label of ${provider} on ${lowerFirstWords(on)}`
}
