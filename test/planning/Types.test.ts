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
    "ALTER TABLE public.shirt ALTER COLUMN size TYPE public.short USING size::text::public.short",
    "DROP TYPE public.size__lockplane_old"
  ])
})

const composite = (name: string, ...attributes: ReadonlyArray<readonly [name: string, type: string, need?: string]>) =>
  type(
    "composite type",
    name,
    { attributes: attributes.map(([name, type]) => ({ name, type })) },
    attributes.flatMap(([, , need]) => need === undefined ? [] : [idOf("composite type", need)])
  )

/** A table with a column of a composite type. */
const box = (type: string): ReadonlyArray<Made> =>
  table("box", { content: `public.${type}?` }, {}, { needs: () => [idOf("composite type", type)] })

/** The renames, creations and changes of types among the statements. */
const steps = (statements: ReadonlyArray<string>): ReadonlyArray<string> =>
  statements.filter((sql) => /^(CREATE|ALTER|DROP) (TYPE|TABLE)/.test(sql)).map((sql) => sql.replaceAll(/\s+/g, " "))

test("a type that a column has by way of another is set aside when the column gets it directly, and it changes", () => {
  const from = schemaOf(
    composite("thing"),
    composite("wrapped", ["x", "public.thing[]", "thing"]),
    box("wrapped")
  )
  const to = schemaOf(composite("thing", ["size", "integer"]), box("thing"))
  expect(steps(planned(from, to))).toEqual([
    "ALTER TYPE public.thing RENAME TO thing__lockplane_old",
    "CREATE TYPE public.thing AS ( size integer )",
    "ALTER TABLE public.box ALTER COLUMN content TYPE public.thing",
    "DROP TYPE public.wrapped",
    "DROP TYPE public.thing__lockplane_old"
  ])
})

test("a type that such a type gets an attribute of is set aside too", () => {
  const from = schemaOf(
    composite("thing"),
    composite("detail", ["x", "public.thing[]", "thing"]),
    composite("wrapped", ["x", "public.detail[]", "detail"]),
    box("wrapped")
  )
  const to = schemaOf(
    composite("detail", ["x", "text"]),
    composite("thing", ["x", "public.detail[]", "detail"]),
    box("thing")
  )
  expect(steps(planned(from, to))).toEqual([
    "ALTER TYPE public.detail RENAME TO detail__lockplane_old",
    "CREATE TYPE public.detail AS ( x text )",
    "ALTER TYPE public.thing RENAME TO thing__lockplane_old",
    "CREATE TYPE public.thing AS ( x public.detail[] )",
    "ALTER TABLE public.box ALTER COLUMN content TYPE public.thing",
    "DROP TYPE public.wrapped",
    "DROP TYPE public.detail__lockplane_old",
    "DROP TYPE public.thing__lockplane_old"
  ])
})
