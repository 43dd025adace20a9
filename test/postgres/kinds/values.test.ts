/** What becomes of rows where a type under their columns is made anew. */
import { expect } from "bun:test"
import * as Effect from "effect/Effect"
import { Database } from "../../../src/engine/Database.ts"
import { rehearse } from "../../../src/engine/Transaction.ts"
import { layer } from "../../effect.ts"
import { database, planned, read } from "./kindCases.ts"

/** Two schemas, rows for the first, and what a query of the rows gives after the change. */
interface RowCase {
  readonly name: string
  readonly from: string
  readonly to: string
  readonly rows: string
  readonly query: string
  readonly expected: ReadonlyArray<string | null>
}

const cases: ReadonlyArray<RowCase> = [
  {
    name: "attributes of a composite type in another order keep their values",
    from: "CREATE TYPE public.p AS (first text, last text); CREATE TABLE public.t (id integer, x public.p)",
    to: "CREATE TYPE public.p AS (last text, first text); CREATE TABLE public.t (id integer, x public.p)",
    rows: "INSERT INTO public.t VALUES (1, ('Ada', 'Lovelace')), (2, NULL), (3, (NULL, NULL))",
    query: "SELECT x::text FROM public.t ORDER BY id",
    expected: ["(Lovelace,Ada)", null, "(,)"]
  },
  {
    name: "a composite type with more and fewer attributes, one of them of another type, alone and in an array",
    from: `CREATE TYPE public.p AS (a integer, gone text, "B" text);
      CREATE TABLE public.t (id integer, x public.p, xs public.p[])`,
    to: `CREATE TYPE public.p AS (fresh date, "B" integer, a integer, more integer[]);
      CREATE TABLE public.t (id integer, x public.p, xs public.p[])`,
    rows: `INSERT INTO public.t VALUES (1, (1, 'x', '7'), ARRAY[ROW(2, 'y', '8'), NULL, ROW(3, 'z', NULL)]::public.p[]),
      (2, NULL, '{}'), (3, NULL, NULL)`,
    query: "SELECT concat_ws(' ', x::text, xs::text) FROM public.t ORDER BY id",
    expected: [`(,7,1,) {"(,8,2,)",NULL,"(,,3,)"}`, "{}", ""]
  },
  {
    name: "a composite type inside of another, and of a domain",
    from: `CREATE TYPE public.p AS (a integer, b integer); CREATE TYPE public.q AS (n text, ps public.p[]);
      CREATE DOMAIN public.d AS public.p; CREATE TABLE public.t (q public.q, d public.d, ds public.d[])`,
    to: `CREATE TYPE public.p AS (b integer, a integer, c integer); CREATE TYPE public.q AS (n text, ps public.p[]);
      CREATE DOMAIN public.d AS public.p; CREATE TABLE public.t (q public.q, d public.d, ds public.d[])`,
    rows: "INSERT INTO public.t VALUES (('n', ARRAY[(1, 2)]::public.p[]), (3, 4), ARRAY[(5, 6)]::public.d[])",
    query: "SELECT concat_ws(' ', (q).n, (q).ps::text, d::text, ds::text) FROM public.t",
    expected: [`n {"(2,1,)"} (4,3,) {"(6,5,)"}`]
  },
  {
    name: "a composite type and an enum that it holds",
    from: `CREATE TYPE public.e AS ENUM ('a', 'b'); CREATE TYPE public.p AS (x public.e, y public.e[]);
      CREATE TABLE public.t (p public.p)`,
    to: `CREATE TYPE public.e AS ENUM ('b', 'a'); CREATE TYPE public.p AS (y public.e[], x public.e);
      CREATE TABLE public.t (p public.p)`,
    rows: "INSERT INTO public.t VALUES (('a', '{b,a}'))",
    query: "SELECT p::text FROM public.t",
    expected: [`("{b,a}",a)`]
  },
  {
    name: "a rule for a domain whose values stand in arrays",
    from: "CREATE DOMAIN public.d AS integer; CREATE TABLE public.t (d public.d[])",
    to: "CREATE DOMAIN public.d AS integer NOT NULL CHECK (VALUE > 0); CREATE TABLE public.t (d public.d[])",
    rows: "INSERT INTO public.t VALUES ('{1,2}')",
    query: "SELECT d::text FROM public.t",
    expected: ["{1,2}"]
  }
]

const it = layer(database([]))
for (const { expected, from, name, query, rows, to } of cases) {
  it(
    name,
    Effect.fnUntraced(function*() {
      const session = yield* Effect.flatMap(Database, (database) => database.session)
      const plan = planned(
        yield* read(session, from),
        yield* read(session, to),
        Math.floor(session.versionNumber / 10000)
      )
      const found = yield* rehearse(
        session,
        Effect.andThen(
          session.execute(
            `${from};\n${rows};\nSET LOCAL check_function_bodies = off;\nSET LOCAL search_path = '';\n${plan}`
          ),
          session.query(`SELECT v FROM (${query}) q(v)`)
        )
      )
      expect(found.map(({ v }) => v)).toEqual([...expected])
    })
  )
}
