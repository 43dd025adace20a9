/** What hangs on a column whose type changes. */
import { expect, test } from "bun:test"
import { constraint, idOf, index, type Made, partition, planned, schemaOf, table, type } from "./schemas.ts"

test("a foreign key between two columns that both change their type waits until both have", () => {
  const schema = (type: string) =>
    schemaOf(
      table("folder", { id: type }),
      constraint("folder", "folder_pkey", "primary key", ["id"], "PRIMARY KEY (id)"),
      table("document", { folder: type }),
      constraint(
        "document",
        "document_fkey",
        "foreign key",
        ["folder"],
        "FOREIGN KEY (folder) REFERENCES public.folder(id)",
        { referenced_table: ["public", "folder"], referenced_columns: ["id"] },
        [idOf("column", "folder", "id"), idOf("constraint", "folder", "folder_pkey")]
      )
    )
  expect(planned(schema("integer"), schema("text"))).toEqual([
    "ALTER TABLE public.document DROP CONSTRAINT document_fkey",
    "ALTER TABLE public.document ALTER COLUMN folder TYPE text",
    "ALTER TABLE public.folder ALTER COLUMN id TYPE text",
    "ALTER TABLE public.document ADD CONSTRAINT document_fkey FOREIGN KEY (folder) REFERENCES public.folder(id)"
  ])
})

const measurements = (type: string): ReadonlyArray<Made | ReadonlyArray<Made>> => [
  table("measurement", { place: type, year: "integer" }, { partition_key: "LIST (year)" }),
  index("measurement", "by_place", "place", {
    definition: "CREATE INDEX by_place ON ONLY public.measurement USING btree (place)"
  }),
  table("north", { place: type, year: "integer" }, {}, {
    inherited: true,
    needs: (column) => [idOf("column", "measurement", column)]
  }),
  index("north", "north_by_place", "place", {}, [idOf("index", "by_place")]),
  partition("north", "measurement", "FOR VALUES IN (1)", [
    ...["place", "year"].flatMap((name) => [idOf("column", "measurement", name), idOf("column", "north", name)]),
    idOf("index", "north_by_place")
  ])
]

test("the indexes of a partitioned table are made anew under their own names, and no partition is detached", () => {
  expect(planned(schemaOf(...measurements("integer?")), schemaOf(...measurements("bigint?")))).toEqual([
    "DROP INDEX public.by_place",
    "ALTER TABLE public.measurement ALTER COLUMN place TYPE bigint",
    "CREATE INDEX by_place ON ONLY public.measurement USING btree (place)",
    "CREATE INDEX north_by_place ON public.north USING btree (place)"
  ])
})

test("a type is set aside for a column that takes a domain over another type of its name", () => {
  const from = schemaOf(
    type("enum", "size", { labels: ["s"] }),
    table("shirt", { size: "public.size" }, {}, { needs: () => [idOf("enum", "size")] })
  )
  const to = schemaOf(
    type("domain", "size", { type: "text" }),
    type("domain", "short", { type: "public.size" }, [idOf("domain", "size")]),
    table("shirt", { size: "public.short" }, {}, { needs: () => [idOf("domain", "short")] })
  )
  expect(planned(from, to)).toEqual([
    "ALTER TYPE public.size RENAME TO size__lockplane_old",
    "CREATE DOMAIN public.size AS text",
    "CREATE DOMAIN public.short AS public.size",
    "ALTER TABLE public.shirt ALTER COLUMN size TYPE public.short",
    "DROP TYPE public.size__lockplane_old"
  ])
})
