/** Columns that a child table has from its parent. */
import { expect, test } from "bun:test"
import { idOf, inheritance, type Made, planned, schemaOf, table } from "./schemas.ts"

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
