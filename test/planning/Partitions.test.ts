/** What a partition has from its table, and what becomes of it when the partition leaves or comes back. */
import { expect, test } from "bun:test"
import type { State } from "../../src/Catalog.ts"
import { constraint, idOf, type Made, partition, planned, schemaOf, table } from "./schemas.ts"

const places = table("place", { id: "integer" })

const foreignKey = constraint(
  "measurement",
  "measurement_fkey",
  "foreign key",
  ["place"],
  "FOREIGN KEY (place) REFERENCES public.place(id)",
  {
    referenced_table: ["public", "place"],
    referenced_columns: ["id"]
  },
  [idOf("column", "place", "id")]
)

const measurement = table("measurement", { place: "integer?" }, { partition_key: "LIST (place)" })

const north = (bound: string): ReadonlyArray<Made> => [
  ...table("north", { place: "integer?" }, {}, {
    inherited: true,
    needs: (column) => [idOf("column", "measurement", column)]
  }),
  partition("north", "measurement", bound, [idOf("column", "measurement", "place"), idOf("column", "north", "place")])
]

test("a detached partition loses the foreign keys that it had from its table", () => {
  const from = schemaOf(places, measurement, foreignKey, north("FOR VALUES IN (1)"))
  const to = schemaOf(places, measurement, foreignKey, table("north", { place: "integer?" }))
  expect(planned(from, to)).toEqual([
    "ALTER TABLE public.measurement DETACH PARTITION public.north",
    "ALTER TABLE public.north DROP CONSTRAINT IF EXISTS measurement_fkey"
  ])
})

test("a partition whose bound changes keeps them", () => {
  const schema = (bound: string) => schemaOf(places, measurement, foreignKey, north(bound))
  expect(planned(schema("FOR VALUES IN (1)"), schema("FOR VALUES IN (1, 2)"))).toEqual([
    "ALTER TABLE public.measurement DETACH PARTITION public.north",
    "ALTER TABLE ONLY public.measurement ATTACH PARTITION public.north FOR VALUES IN (1, 2)"
  ])
})

test("a dropped column leaves the partition where it is", () => {
  const schema = (columns: Readonly<Record<string, string>>) =>
    schemaOf(
      table("measurement", columns, { partition_key: "LIST (place)" }),
      table("north", columns, {}, { inherited: true, needs: (column) => [idOf("column", "measurement", column)] }),
      partition(
        "north",
        "measurement",
        "DEFAULT",
        Object.keys(columns).map((column) => idOf("column", "measurement", column))
      )
    )
  expect(planned(schema({ place: "integer", note: "text?" }), schema({ place: "integer" }))).toEqual([
    "ALTER TABLE public.measurement DROP COLUMN note"
  ])
})

test("the type of a column in the partition key never changes, and the refusal says what to do", () => {
  const schema = (type: string) => schemaOf(table("measurement", { place: type }, { partition_key: "LIST (place)" }))
  expect(() => planned(schema("integer"), schema("bigint"))).toThrow(/partition key.*Create a partitioned table/)
})

test("a table with partitions gets an identity after the column where servers give none to partitions", () => {
  const schema = (state?: State) =>
    schemaOf(
      measurement,
      north("FOR VALUES IN (1)"),
      ...(state === undefined ? [] : ["measurement", "north"]).map((name): Made => ({
        object: {
          kind: "column",
          id: idOf("column", name, "number"),
          name: ["public", name, "number"],
          parent: idOf("table", name),
          position: 2,
          state: {
            type: "integer",
            nullable: false,
            ...(name === "north" ? { inherited: true, not_null: { inherited: true } } : state)
          }
        },
        needs: name === "north" ? [idOf("column", "measurement", "number")] : []
      }))
    )
  const to = schema({ identity: { generation: "always" } })
  expect(planned(schema(), to)).toEqual([
    "ALTER TABLE public.measurement ADD COLUMN number integer GENERATED ALWAYS AS IDENTITY NOT NULL"
  ])
  expect(planned(schema(), to, 16).slice(0, 2)).toEqual([
    "ALTER TABLE public.measurement ADD COLUMN number integer NOT NULL",
    "ALTER TABLE public.measurement ALTER COLUMN number ADD GENERATED ALWAYS AS IDENTITY"
  ])
})

test("a partition stays NOT NULL when its table does not, since its attachment may have taken its own constraint for the table's", () => {
  const schema = (type: string, state: State) =>
    schemaOf(
      table("measurement", { place: type }, { partition_key: "LIST (place)" }),
      north("FOR VALUES IN (1)").map(({ needs, object }) => ({
        needs,
        object: object.kind === "column" ? { ...object, state: { ...object.state, nullable: false, ...state } } : object
      }))
    )
  expect(
    planned(schema("integer", { not_null: { inherited: true }, own: { not_null: {} } }), schema("integer?", {}))
  ).toEqual([
    "ALTER TABLE public.north ALTER COLUMN place SET NOT NULL",
    "ALTER TABLE public.measurement ALTER COLUMN place DROP NOT NULL"
  ])
})
