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
  })
)

it(
  "an exclusion constraint that PostgreSQL builds in a partition is refused under a name that it would not choose",
  Effect.fnUntraced(function*() {
    const session = yield* Effect.flatMap(Database, (database) => database.session)
    // partitioned tables have exclusion constraints since PostgreSQL 17
    if (Math.floor(session.versionNumber / 10000) < 17) return
    const table =
      `CREATE TABLE public.p (a integer, CONSTRAINT x EXCLUDE USING btree (a WITH =)) PARTITION BY RANGE (a);
      CREATE TABLE public.q PARTITION OF public.p FOR VALUES FROM (0) TO (9)`
    const nothing = yield* read(session, "SELECT 1")
    const chosen = yield* read(session, table)
    const renamed = yield* read(session, `${table}; ALTER TABLE public.q RENAME CONSTRAINT q_a_excl TO mine`)
    expect(planned(nothing, chosen, chosen.major)).not.toContain("q_a_excl")
    const plan = () => planned(nothing, renamed, renamed.major)
    expect(plan).toThrow("exclusion constraint mine of partition q stands for that of the partitioned table")
    expect(plan).toThrow("Call it as PostgreSQL does (\"q_…_excl\"), or make the partition by hand.")
    expect(planned(renamed, nothing, renamed.major)).toContain("DROP TABLE public.q")
  })
)

it(
  "a typed table is refused attributes in another order than its columns can have",
  Effect.fnUntraced(function*() {
    const session = yield* Effect.flatMap(Database, (database) => database.session)
    const schema = (attributes: string) =>
      read(session, `CREATE TYPE public.c AS (${attributes}); CREATE TABLE public.t OF public.c`)
    const [before, between, swapped, last] = [
      yield* schema("a integer, b text"),
      yield* schema("a integer, x integer, b text"),
      yield* schema("b text, a integer"),
      yield* schema("a integer, b text, x integer")
    ]
    for (const wanted of [between, swapped]) {
      expect(() => planned(before, wanted, before.major)).toThrow("table t cannot stay a table of type c")
    }
    expect(planned(before, last, before.major)).toContain("ADD COLUMN x integer")
  })
)
