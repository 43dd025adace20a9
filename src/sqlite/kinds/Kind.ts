/**
 * What one kind of SQLite object is to the rest of the program. SQLite keeps the text of each CREATE statement and prints
 * nothing by itself, so that a kind reads its objects from what the text says (see `../sql/Definition.ts`).
 */
import type * as Schema from "effect/Schema"
import type { State } from "../../Catalog.ts"
import type { ObjectKind } from "../../Dialect.ts"

export {
  type Alteration,
  type Hazard,
  inPlace,
  type PlanContext,
  replace,
  type Requirement,
  type Statement
} from "../../Dialect.ts"

/** A kind of SQLite object: what planning needs, and how its objects are written as JSON. */
export interface Kind<S extends State = State> extends ObjectKind<S> {
  /** Where it stands in schema JSON: the section's key, at the top or inside its parent's entry. */
  readonly section: string
  /** The state's schema: also its JSON form. */
  readonly state: Schema.Codec<S>
}
