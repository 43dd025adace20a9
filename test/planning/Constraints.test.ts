/** What only one object of a table can be at a time. */
import { expect, test } from "bun:test"
import { constraint, index, planned, schemaOf, table } from "./schemas.ts"

test("a primary key makes way for one of another name", () => {
  const schema = (name: string) =>
    schemaOf(table("t", { a: "integer" }), constraint("t", name, "primary key", ["a"], "PRIMARY KEY (a)"))
  expect(planned(schema("z"), schema("a"))).toEqual([
    "ALTER TABLE public.t DROP CONSTRAINT z",
    "ALTER TABLE public.t ADD CONSTRAINT a PRIMARY KEY (a)"
  ])
})

test("what only one index can be goes from one to another in one statement", () => {
  const schema = (one: object, other: object) =>
    schemaOf(
      table("t", { a: "integer", b: "integer" }),
      index("t", "ia", "a", { ...one }),
      index("t", "ib", "b", { ...other })
    )
  const chosen = { clustered: true, replica_identity: true }
  expect(planned(schema({}, chosen), schema(chosen, {}))).toEqual([
    "ALTER TABLE public.t CLUSTER ON ia",
    "ALTER TABLE ONLY public.t REPLICA IDENTITY USING INDEX ia"
  ])
  expect(planned(schema(chosen, {}), schema({}, {}))).toEqual([
    "ALTER TABLE public.t SET WITHOUT CLUSTER",
    "ALTER TABLE ONLY public.t REPLICA IDENTITY DEFAULT"
  ])
})
