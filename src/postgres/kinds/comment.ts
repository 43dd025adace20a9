/** Comments (PostgreSQL manual, COMMENT): an object of its own, so that a comment changes without its object. */
import * as Schema from "effect/Schema"
import { type CatalogObject, compareText, type ObjectId } from "../../Catalog.ts"
import { quoteLiteral } from "../Identifier.ts"
import { inPlace, type Kind } from "./Kind.ts"

/** What is commented, as `COMMENT ON` names it (`TABLE public.users`), and the text. */
export const CommentState = Schema.Struct({ on: Schema.String, text: Schema.String })
/** What is commented, as `COMMENT ON` names it (`TABLE public.users`), and the text. */
export type CommentState = typeof CommentState.Type

/** The comment on an object, or on a nameless part of it such as a view's column. */
export const makeComment = (parent: ObjectId, on: string, text: string): CatalogObject<CommentState> => ({
  kind: "comment",
  id: `comment on ${on}`,
  name: [on],
  parent,
  state: { on, text }
})

/** What every new database says of its schema `public`: it counts as no comment. */
export const standardPublicSchema = "standard public schema"

/** `TABLE public.users` for people: `table public.users`. */
export const lowerFirstWords = (on: string): string => on.replace(/^[A-Z ]+(?= )/, (words) => words.toLowerCase())

/** The kind `comment`. Its objects are read with a query of the introspection itself. */
export const comment: Kind<CommentState> = {
  kind: "comment",
  section: "comment",
  catalog: "pg_description",
  state: CommentState,
  query: () => "",
  create: (object) => [{
    sql: `COMMENT ON ${object.state.on} IS ${quoteLiteral(object.state.text)}`,
    description: `Comment on ${lowerFirstWords(object.state.on)}`
  }],
  drop: (object) => [{
    sql: `COMMENT ON ${object.state.on} IS ${
      object.state.on === "SCHEMA public" ? quoteLiteral(standardPublicSchema) : "NULL"
    }`,
    description: `Remove comment on ${lowerFirstWords(object.state.on)}`
  }],
  alter: (from, to) =>
    inPlace(
      compareText(from.state.text, to.state.text) === 0 ? [] : [{
        sql: `COMMENT ON ${to.state.on} IS ${quoteLiteral(to.state.text)}`,
        description: `Change comment on ${lowerFirstWords(to.state.on)}`
      }]
    ),
  describe: (object) => `comment on ${lowerFirstWords(object.state.on)}`
}
