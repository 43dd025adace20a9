/** Changes of tables and columns that reach beyond them. */
import { expect, test } from "bun:test"
import type { State } from "../../src/Catalog.ts"
import { constraint, idOf, type Made, planned, schemaOf, table } from "./schemas.ts"

test("a foreign key between two tables that both become unlogged waits until both have", () => {
  const schema = (state: State) =>
    schemaOf(
      table("a", { id: "integer" }, state),
      table("b", { a: "integer" }, state),
      constraint("b", "b_a_fkey", "foreign key", ["a"], "FOREIGN KEY (a) REFERENCES public.a(id)", {
        referenced_table: ["public", "a"],
        referenced_columns: ["id"]
      }, [idOf("column", "a", "id"), idOf("table", "a")])
    )
  expect(planned(schema({}), schema({ persistence: "unlogged" }))).toEqual([
    "ALTER TABLE public.b DROP CONSTRAINT b_a_fkey",
    "ALTER TABLE public.a SET UNLOGGED",
    "ALTER TABLE public.b SET UNLOGGED",
    "ALTER TABLE public.b ADD CONSTRAINT b_a_fkey FOREIGN KEY (a) REFERENCES public.a(id)"
  ])
})

const column = (state: State) => {
  const [owner, made] = table("t", { id: "integer" })
  const changed: ReadonlyArray<Made> = made === undefined
    ? []
    : [{ ...made, object: { ...made.object, state: { ...made.object.state, ...state } } }]
  return schemaOf(owner ?? [], changed)
}

test("the identity of a column starts with its least value again, and its next value is never below", () => {
  const identity = { generation: "always" }
  expect(planned(column({ identity }), column({ identity: { ...identity, min: "5" } }))).toEqual([
    "SELECT setval('public.t_id_seq', 5, false) FROM public.t_id_seq WHERE last_value < 5",
    "ALTER TABLE public.t ALTER COLUMN id SET MINVALUE 5 SET START WITH 5"
  ])
  expect(planned(column({ identity: { ...identity, min: "5" } }), column({ identity }))).toEqual([
    "ALTER TABLE public.t ALTER COLUMN id SET NO MINVALUE SET START WITH 1"
  ])
})

test("a not-null constraint that need not hold for old rows any more is made anew", () => {
  expect(planned(column({}), column({ not_null: { not_valid: true } }))).toEqual([
    "ALTER TABLE public.t ALTER COLUMN id DROP NOT NULL",
    "ALTER TABLE public.t ADD NOT NULL id NOT VALID"
  ])
})
