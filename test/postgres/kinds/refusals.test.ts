/** Changes that no plan can make. */
import { expect } from "bun:test"
import * as Effect from "effect/Effect"
import { Database } from "../../../src/engine/Database.ts"
import { layer } from "../../effect.ts"
import { database, planned, read } from "./kindCases.ts"

const it = layer(database([]))

it(
  "a parsed body that lists the columns of a table is refused where they would be in another order",
  Effect.fnUntraced(function*() {
    const session = yield* Effect.flatMap(Database, (database) => database.session)
    const schema = (columns: string, body: string) =>
      read(
        session,
        `CREATE TABLE public.t (${columns}); CREATE FUNCTION public.f() RETURNS SETOF public.t LANGUAGE sql ${body}`
      )
    const parsed = "BEGIN ATOMIC SELECT * FROM public.t; END"
    const text = "AS 'SELECT * FROM public.t'"
    const [before, between, last, unparsed] = [
      yield* schema("a text, c text", parsed),
      yield* schema("a text, b text, c text", parsed),
      yield* schema("a text, c text, b text", parsed),
      yield* schema("a text, b text, c text", text)
    ]
    expect(() => planned(before, between, before.major)).toThrow("in another order than the function's body gives them")
    expect(planned(before, last, before.major)).toContain("ADD COLUMN b text")
    expect(planned(before, unparsed, before.major)).toContain("ADD COLUMN b text")
  }),
  60_000
)
