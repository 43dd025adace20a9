/** Columns that a child table has from its parent. */
import { expect, test } from "bun:test"
import { hash, type State } from "../../src/Catalog.ts"
import { diff } from "../../src/Diff.ts"
import { constraint, idOf, inheritance, type Made, planned, schemaOf, table } from "./schemas.ts"

const parent = (...columns: ReadonlyArray<string>): ReadonlyArray<Made> =>
  table("parent", Object.fromEntries(columns.map((column) => [column, "integer?"])))

const child = (
  name: string,
  of: string,
  inherited: ReadonlyArray<string>,
  own: Readonly<Record<string, string>> = {}
) => [
  ...table(name, Object.fromEntries(inherited.map((column) => [column, "integer?"])), {}, {
    inherited: true,
    needs: (column) => [idOf("column", of, column)]
  }),
  ...table(name, own).slice(1),
  inheritance(name, of, inherited)
]

test("a parent's column is dropped alone where one child keeps its own, and from the other children after it", () => {
  const from = schemaOf(parent("a", "b"), child("keeps", "parent", ["a", "b"]), child("loses", "parent", ["a", "b"]))
  const to = schemaOf(parent("a"), child("keeps", "parent", ["a"], { b: "integer?" }), child("loses", "parent", ["a"]))
  expect(planned(from, to)).toEqual([
    "ALTER TABLE ONLY public.parent DROP COLUMN b",
    "ALTER TABLE public.loses DROP COLUMN b"
  ])
})

test("a parent's column takes those of all children along", () => {
  const from = schemaOf(parent("a", "b"), child("first", "parent", ["a", "b"]), child("second", "parent", ["a", "b"]))
  const to = schemaOf(parent("a"), child("first", "parent", ["a"]), child("second", "parent", ["a"]))
  expect(planned(from, to)).toEqual(["ALTER TABLE public.parent DROP COLUMN b"])
})

test("a child that leaves does so before the parent gains a column, and loses its own column by itself", () => {
  const from = schemaOf(parent("a", "b"), child("child", "parent", ["a", "b"]))
  const to = schemaOf(parent("a", "c"), table("child", { a: "integer?" }))
  expect(planned(from, to)).toEqual([
    "ALTER TABLE public.child NO INHERIT public.parent",
    "ALTER TABLE public.parent DROP COLUMN b",
    "ALTER TABLE public.child DROP COLUMN b",
    "ALTER TABLE public.parent ADD COLUMN c integer"
  ])
})

/** A column of a made-up table in another state. */
const withState = (made: ReadonlyArray<Made>, state: State): ReadonlyArray<Made> =>
  made.map(({ needs, object }) => ({
    needs,
    object: object.kind === "column" ? { ...object, state: { ...object.state, ...state } } : object
  }))

const positive = (tableName: string, state: State = {}, needs: ReadonlyArray<string> = []): Made =>
  constraint(
    tableName,
    "positive",
    "check",
    ["a"],
    "CHECK ((a > 0))",
    state,
    needs.map((of) => idOf("constraint", of, "positive"))
  )

test("what a child declares of what it inherits is not compared", () => {
  const inherited = schemaOf(parent("a"), child("child", "parent", ["a"]))
  const declared = schemaOf(parent("a"), withState(child("child", "parent", ["a"]), { own: { declared: true } }))
  expect(diff(inherited, declared)).toEqual([])
  expect(hash(inherited)).toBe(hash(declared))
})

test("a check that a child keeps stays when the parent's goes", () => {
  const from = schemaOf(
    parent("a"),
    positive("parent"),
    child("child", "parent", ["a"]),
    positive("child", { inherited: true }, ["parent"])
  )
  const to = schemaOf(parent("a"), child("child", "parent", ["a"]), positive("child"))
  expect(planned(from, to)).toEqual(["ALTER TABLE ONLY public.parent DROP CONSTRAINT positive"])
})

test("a child's own check is dropped after its parent's, which does not take it along", () => {
  const from = schemaOf(
    parent("a"),
    positive("parent"),
    child("child", "parent", ["a"]),
    positive("child", { inherited: true, own: { declared: true } }, ["parent"])
  )
  const to = schemaOf(parent("a"), child("child", "parent", ["a"]))
  expect(planned(from, to)).toEqual([
    "ALTER TABLE public.parent DROP CONSTRAINT positive",
    "ALTER TABLE public.child DROP CONSTRAINT positive"
  ])
})

test("a child stays NOT NULL when its parent does not, under a name of its own", () => {
  const notNull = withState(child("child", "parent", ["a"]), { nullable: false })
  const from = schemaOf(
    table("parent", { a: "integer" }),
    withState(notNull, {
      not_null: { inherited: true },
      own: { not_null: { name: "parent_a_not_null", arrives: true } }
    })
  )
  expect(planned(from, schemaOf(parent("a"), notNull))).toEqual([
    "ALTER TABLE public.child ALTER COLUMN a SET NOT NULL",
    "ALTER TABLE public.parent ALTER COLUMN a DROP NOT NULL",
    "ALTER TABLE public.child RENAME CONSTRAINT parent_a_not_null TO child_a_not_null"
  ])
})

test("a child has lost its parent before it loses a check that is not valid there", () => {
  const notValid = { object: positive("parent").object, needs: [idOf("inheritance", "child", "public", "parent")] }
  const parents = [parent("a"), notValid]
  const from = schemaOf(...parents, child("child", "parent", ["a"]), positive("child", { inherited: true }, ["parent"]))
  expect(planned(from, schemaOf(parent("a"), positive("parent"), table("child", { a: "integer?" })))).toEqual([
    "ALTER TABLE public.child NO INHERIT public.parent",
    "ALTER TABLE public.child DROP CONSTRAINT positive"
  ])
})

test("a column that two parents lose goes with the same one of them, in whatever order they are read", () => {
  const schema = (columns: ReadonlyArray<string>, ...parents: ReadonlyArray<string>) =>
    schemaOf(
      ...["one", "two"].map((name) =>
        table(name, Object.fromEntries(["a", ...columns].map((column) => [column, "integer?"])))
      ),
      table("child", Object.fromEntries(["a", ...columns].map((column) => [column, "integer?"])), {}, {
        inherited: true,
        needs: (column) => parents.map((of) => idOf("column", of, column))
      }),
      ...parents.map((of) => inheritance("child", of, ["a", ...columns]))
    )
  const plans = [["one", "two"], ["two", "one"]].map((parents) =>
    planned(schema(["b"], ...parents), schema([], ...parents))
  )
  expect(plans[0]).toEqual(plans[1] ?? [])
  expect(plans[0]).toHaveLength(2)
})
