/** What ends up in the statement of its parent, and what has to be taken out of it again. */
import { expect, test } from "bun:test"
import { constraint, planned, schemaOf, serial, table } from "./schemas.ts"

test("a table that takes over the sequence and the key names of a dropped one keeps its columns in order", () => {
  const columns = { id: "integer", name: "text" }
  const key = (tableName: string) => constraint(tableName, "tag_pkey", "primary key", ["id"], "PRIMARY KEY (id)")
  const from = schemaOf(table("tag", columns), serial("tag_id_seq", "tag", "id"), key("tag"))
  const to = schemaOf(table("label", columns), serial("tag_id_seq", "label", "id"), key("label"))
  expect(planned(from, to)).toEqual([
    "CREATE TABLE public.label (\n  id integer DEFAULT nextval('public.tag_id_seq'::regclass) NOT NULL,\n  name text NOT NULL\n)",
    "ALTER SEQUENCE public.tag_id_seq OWNED BY public.label.id",
    "ALTER TABLE public.tag DROP CONSTRAINT tag_pkey",
    "ALTER TABLE public.label ADD CONSTRAINT tag_pkey PRIMARY KEY (id)",
    "DROP TABLE public.tag"
  ])
})
