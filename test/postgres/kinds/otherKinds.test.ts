/**
 * One name, another kind of object: every kind that can hold a name is planned to every other that cannot hold it at the
 * same time. Drops must come before creates, and what depends on the name comes back.
 */
import { expect } from "bun:test"
import * as Effect from "effect/Effect"
import type { Catalog } from "../../../src/Catalog.ts"
import { Database } from "../../../src/engine/Database.ts"
import { rehearse } from "../../../src/engine/Transaction.ts"
import { kindOf } from "../../../src/postgres/kinds/registry.ts"
import { layer } from "../../effect.ts"
import { arrives, database, planned, read } from "./kindCases.ts"

const setup = `CREATE TABLE public.t (a integer); CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w;
  CREATE FUNCTION public.f() RETURNS trigger LANGUAGE plpgsql AS 'begin return null; end'`

const comment = (on: string): string => `COMMENT ON ${on} IS 'x'`

const ofRelation = `COMMENT ON COLUMN public.x.a IS 'a'; CREATE VIEW public.v AS SELECT a FROM public.x`

/** Each kind with the name `public.x`, and what hangs on it. */
const relationsAndTypes: Readonly<Record<string, string>> = {
  table: `CREATE TABLE public.x (a integer PRIMARY KEY DEFAULT 1 CHECK (a > 0), b text); CREATE INDEX i ON public.x (b);
    CREATE TRIGGER g AFTER INSERT ON public.x FOR EACH ROW EXECUTE FUNCTION public.f(); ${comment("TABLE public.x")};
    ALTER TABLE public.x ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON public.x; ${ofRelation}`,
  "partitioned table":
    `CREATE TABLE public.x (a integer) PARTITION BY LIST (a); CREATE TABLE public.x1 PARTITION OF public.x DEFAULT; ${ofRelation}`,
  "foreign table": `CREATE FOREIGN TABLE public.x (a integer DEFAULT 1 CHECK (a > 0), b text) SERVER s;
    CREATE TRIGGER g AFTER INSERT ON public.x FOR EACH ROW EXECUTE FUNCTION public.f();
    ${comment("FOREIGN TABLE public.x")}; ${ofRelation}`,
  view: `CREATE VIEW public.x AS SELECT a, 'b' AS b FROM public.t; ${comment("VIEW public.x")}; ${ofRelation};
    CREATE TRIGGER g INSTEAD OF INSERT ON public.x FOR EACH ROW EXECUTE FUNCTION public.f()`,
  "materialized view": `CREATE MATERIALIZED VIEW public.x AS SELECT a FROM public.t; CREATE INDEX i ON public.x (a);
    ${comment("MATERIALIZED VIEW public.x")}; ${ofRelation}`,
  sequence: `CREATE SEQUENCE public.x; ${
    comment("SEQUENCE public.x")
  }; CREATE TABLE public.counted (n bigint DEFAULT nextval('public.x'))`,
  index: `CREATE INDEX x ON public.t (a); ${comment("INDEX public.x")}`,
  constraint: "ALTER TABLE public.t ADD CONSTRAINT x PRIMARY KEY (a)",
  "identity sequence": "ALTER TABLE public.t ADD n integer GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME public.x)",
  "composite type": `CREATE TYPE public.x AS (a integer); ${comment("TYPE public.x")}; ${comment("COLUMN public.x.a")}`,
  enum: `CREATE TYPE public.x AS ENUM ('a'); ${comment("TYPE public.x")}; CREATE TABLE public.o (n public.x)`,
  domain: `CREATE DOMAIN public.x AS integer CHECK (VALUE > 0); ${
    comment("DOMAIN public.x")
  }; CREATE TABLE public.o (n public.x)`,
  "range type": `CREATE TYPE public.x AS RANGE (subtype = date); ${
    comment("TYPE public.x")
  }; CREATE TABLE public.ranges (n public.x_multirange)`,
  "multirange type":
    "CREATE TYPE public.o AS RANGE (subtype = integer, multirange_type_name = public.x); CREATE TABLE public.q (n public.x)"
}

/** Each kind of routine with the name and arguments `public.x(integer)`. */
const routines: Readonly<Record<string, string>> = {
  function: `CREATE FUNCTION public.x(integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'select 1'; ${
    comment("FUNCTION public.x(integer)")
  }; CREATE TABLE public.o (n integer DEFAULT public.x(1))`,
  procedure: `CREATE PROCEDURE public.x(integer) LANGUAGE sql AS 'select 1'; ${comment("PROCEDURE public.x(integer)")}`,
  aggregate: `CREATE AGGREGATE public.x(integer) (sfunc = int4pl, stype = integer); ${
    comment("AGGREGATE public.x(integer)")
  }; CREATE VIEW public.v AS SELECT public.x(a) FROM public.t`
}

const claimsOf = (catalog: Catalog): ReadonlyArray<string> =>
  [...catalog.objects.values()].flatMap((object) => kindOf(object.kind)?.claims?.(object) ?? [])

const it = layer(database([]))

const tries = (definitions: Readonly<Record<string, string>>, name: string): void => {
  for (const [kind, sql] of Object.entries(definitions)) {
    it(
      `${kind} that becomes ${name}`,
      Effect.fnUntraced(function*() {
        const session = yield* Effect.flatMap(Database, (database) => database.session)
        const source = yield* read(session, `${setup};\n${sql}`)
        let pairs = 0
        for (const [other, otherSql] of Object.entries(definitions)) {
          if (other === kind) continue
          const target = yield* read(session, `${setup};\n${otherSql}`)
          const claims = new Set(claimsOf(target))
          pairs += claimsOf(source).some((claim) => / public\.x($|\()/.test(claim) && claims.has(claim)) ? 1 : 0
          yield* arrives(session, `${setup};\n${sql}`, source, target)
        }
        expect(pairs).toBeGreaterThan(0)
      })
    )
  }
}

tries(relationsAndTypes, "another kind of relation or type")
tries(routines, "another kind of routine")

/** Types of one name whose values are the same as text: columns of the one keep them as the other. */
const valuesKept: ReadonlyArray<readonly [name: string, from: string, to: string, value: string]> = [
  ["domain to enum", "CREATE DOMAIN public.x AS text", "CREATE TYPE public.x AS ENUM ('b', 'a')", "a"],
  ["enum to domain", "CREATE TYPE public.x AS ENUM ('b', 'a')", "CREATE DOMAIN public.x AS text", "a"],
  [
    "range over another type",
    "CREATE TYPE public.x AS RANGE (subtype = integer)",
    "CREATE TYPE public.x AS RANGE (subtype = bigint)",
    "[1,2)"
  ],
  ["range to domain", "CREATE TYPE public.x AS RANGE (subtype = integer)", "CREATE DOMAIN public.x AS text", "[1,2)"],
  ["composite to domain", "CREATE TYPE public.x AS (a integer, b text)", "CREATE DOMAIN public.x AS text", "(1,b)"]
]
for (const [name, from, to, value] of valuesKept) {
  it(
    `values are kept: ${name}`,
    Effect.fnUntraced(function*() {
      const session = yield* Effect.flatMap(Database, (database) => database.session)
      const table = "CREATE TABLE public.o (n public.x, m public.x[])"
      const fromSql = `${from};\n${table}`
      const plan = planned(yield* read(session, fromSql), yield* read(session, `${to};\n${table}`), 18)
      const rows = yield* rehearse(
        session,
        Effect.andThen(
          session.execute(
            `${fromSql}; INSERT INTO public.o VALUES ('${value}', ARRAY['${value}']::public.x[]);\n${plan}`
          ),
          session.query("SELECT n::text, m[1]::text AS m FROM public.o")
        )
      )
      expect(rows).toEqual([{ n: value, m: value }])
    })
  )
}
