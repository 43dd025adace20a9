/** Cases of schemas, extensions, domains, composite types and range types. */
import { kindCases } from "./kindCases.ts"

kindCases([
  {
    name: "schema",
    to: `CREATE SCHEMA "Odd name"; COMMENT ON SCHEMA "Odd name" IS 'x'`,
    object: `schema "Odd name"`,
    state: {}
  },
  { name: "schema public is one of them", to: "SELECT 1", object: "schema public", state: {} },
  { name: "schema public can be missing", to: "DROP SCHEMA public; CREATE SCHEMA app", object: "schema app" },
  {
    name: "domain with everything",
    setup: "CREATE SCHEMA s",
    from: "CREATE DOMAIN s.d AS text",
    to:
      `CREATE DOMAIN s.d AS text COLLATE "C" DEFAULT 'a'::text || 'b' NOT NULL CONSTRAINT short CHECK (length(VALUE) < 9) CHECK (VALUE <> '');
         COMMENT ON DOMAIN s.d IS 'it''s'; COMMENT ON CONSTRAINT short ON DOMAIN s.d IS 'c'`,
    object: "domain s.d",
    state: { type: "text", collation: `pg_catalog."C"`, default: "('a'::text || 'b'::text)", not_null: true },
    way: "Replace"
  },
  {
    name: "domain default and nullability change in place",
    setup: "CREATE TABLE public.t (id integer)",
    from: "CREATE DOMAIN public.d AS integer DEFAULT 1; ALTER TABLE public.t ADD x public.d",
    to: "CREATE DOMAIN public.d AS integer DEFAULT 2 NOT NULL; ALTER TABLE public.t ADD x public.d",
    object: "domain public.d",
    way: "InPlace"
  },
  {
    name: "domain with a type modifier, an array and a domain below",
    to: "CREATE DOMAIN public.a AS numeric(10,2)[]; CREATE DOMAIN public.b AS public.a DEFAULT '{}'",
    object: "domain public.b",
    state: { type: "public.a", default: "'{}'::numeric[]" }
  },
  {
    name: "domain with a named NOT NULL",
    from: "CREATE DOMAIN public.d AS integer NOT NULL",
    to: "CREATE DOMAIN public.d AS integer CONSTRAINT present NOT NULL",
    object: "domain public.d",
    state: { type: "integer", not_null: true, not_null_name: "present" },
    way: "InPlace",
    sinceMajor: 17
  },
  {
    name: "domain gains a named NOT NULL",
    from: "CREATE DOMAIN public.d AS integer",
    to: "CREATE DOMAIN public.d AS integer CONSTRAINT present NOT NULL",
    object: "domain public.d",
    way: "InPlace",
    sinceMajor: 17
  },
  {
    name: "domain of another type under a column",
    from: "CREATE DOMAIN public.d AS integer; CREATE TABLE public.t (x public.d)",
    to: "CREATE DOMAIN public.d AS bigint; CREATE TABLE public.t (x public.d)",
    object: "domain public.d",
    way: "Replace"
  },
  {
    name: "domain constraint validated",
    from: "CREATE DOMAIN public.d AS integer; ALTER DOMAIN public.d ADD CONSTRAINT c CHECK (VALUE > 0) NOT VALID",
    to: "CREATE DOMAIN public.d AS integer; ALTER DOMAIN public.d ADD CONSTRAINT c CHECK (VALUE > 0)",
    object: "domain constraint public.d.c",
    state: { definition: "CHECK ((VALUE > 0))" },
    way: "InPlace"
  },
  {
    name: "domain constraint replaced",
    from: "CREATE DOMAIN public.d AS integer CONSTRAINT c CHECK (VALUE > 0)",
    to: "CREATE DOMAIN public.d AS integer CONSTRAINT c CHECK (VALUE > 1)",
    object: "domain constraint public.d.c",
    way: "Replace"
  },
  {
    name: "composite type with comments",
    to: `CREATE TYPE public."C t" AS (a integer, "B b" text COLLATE "C", c numeric(4,1)[]);
         COMMENT ON TYPE public."C t" IS 'x'; COMMENT ON COLUMN public."C t"."B b" IS 'y'`,
    object: `composite type public."C t"`,
    state: {
      attributes: [
        { name: "a", type: "integer" },
        { name: "B b", type: "text", collation: `pg_catalog."C"` },
        { name: "c", type: "numeric(4,1)[]" }
      ]
    }
  },
  { name: "composite type without attributes", to: "CREATE TYPE public.c AS ()", object: "composite type public.c" },
  {
    name: "composite type gains, loses and retypes attributes",
    from: "CREATE TYPE public.c AS (a integer, b text, d date)",
    to: "CREATE TYPE public.c AS (a bigint, d date, e text)",
    object: "composite type public.c",
    way: "InPlace"
  },
  {
    name: "composite type gains an attribute while stored",
    from: "CREATE TYPE public.c AS (a integer); CREATE TABLE public.t (x public.c, y public.c[])",
    to: "CREATE TYPE public.c AS (a integer, b text); CREATE TABLE public.t (x public.c, y public.c[])",
    object: "composite type public.c",
    way: "InPlace"
  },
  {
    name: "composite type loses an attribute that a view does not name",
    setup: "",
    from:
      "CREATE TYPE public.c AS (a integer, b text); CREATE TABLE public.t (x public.c); CREATE VIEW public.v AS SELECT (x).a FROM public.t",
    to:
      "CREATE TYPE public.c AS (a integer); CREATE TABLE public.t (x public.c); CREATE VIEW public.v AS SELECT (x).a FROM public.t",
    object: "composite type public.c",
    way: "InPlace"
  },
  {
    name: "composite type retyped while stored",
    from: "CREATE TYPE public.c AS (a integer); CREATE TABLE public.t (x public.c)",
    to: "CREATE TYPE public.c AS (a bigint); CREATE TABLE public.t (x public.c)",
    object: "composite type public.c",
    way: "Replace"
  },
  {
    name: "composite type in another order",
    from: "CREATE TYPE public.c AS (a integer, b text)",
    to: "CREATE TYPE public.c AS (b text, a integer)",
    object: "composite type public.c",
    way: "Replace"
  },
  {
    name: "types over an enum that is made anew under a column",
    from:
      `CREATE TYPE public.e AS ENUM ('a', 'b'); CREATE DOMAIN public.d AS public.e; CREATE TYPE public.c AS (x public.d);
           CREATE TABLE public.t (a public.e, b public.d, c public.c)`,
    to: `CREATE TYPE public.e AS ENUM ('b'); CREATE DOMAIN public.d AS public.e; CREATE TYPE public.c AS (x public.d);
         CREATE TABLE public.t (a public.e, b public.d, c public.c)`,
    object: "composite type public.c"
  },
  {
    name: "names in parentheses",
    to: `CREATE SCHEMA "(s)"; CREATE DOMAIN "(s)"."(d)" AS integer; CREATE TABLE "(s)"."(t)" ("(c)" integer)`,
    object: `domain "(s)"."(d)"`
  },
  {
    name: "range type with everything",
    setup:
      "CREATE SCHEMA s; CREATE FUNCTION s.diff(text, text) RETURNS double precision LANGUAGE sql IMMUTABLE AS 'select 1::float8'",
    from: "CREATE TYPE public.r AS RANGE (subtype = text)",
    to:
      `CREATE TYPE public.r AS RANGE (subtype = text, subtype_opclass = text_pattern_ops, collation = "C", subtype_diff = s.diff,
      multirange_type_name = s.many)`,
    object: "range type public.r",
    state: {
      subtype: "text",
      subtype_opclass: "pg_catalog.text_pattern_ops",
      collation: `pg_catalog."C"`,
      subtype_diff: "s.diff",
      multirange_type: ["s", "many"]
    },
    way: "Replace"
  },
  {
    name: "range type whose multirange and constructors are used",
    to: `CREATE TYPE public.timerange AS RANGE (subtype = time);
         CREATE TABLE public.t (a public.timerange, b public.timemultirange CHECK (b @> public.timerange('10:00', '11:00')))`,
    object: "range type public.timerange",
    state: { subtype: "time without time zone" }
  },
  {
    name: "range type made anew under columns, domains and composite types",
    from: `CREATE TYPE public.r AS RANGE (subtype = integer, multirange_type_name = public.many);
           CREATE DOMAIN public.d AS public.r CHECK (NOT isempty(VALUE)); CREATE TYPE public.c AS (x public.r, y public.many);
           CREATE TABLE public.t (a public.r DEFAULT '[1,2)', b public.r[], c public.many, d public.many[], e public.d, f public.c,
             CHECK (a @> 1)); CREATE INDEX i ON public.t (a); COMMENT ON TYPE public.r IS 'r';
           CREATE VIEW public.v AS SELECT public.many(public.r(1, 2)), a FROM public.t`,
    to: `CREATE TYPE public.r AS RANGE (subtype = numeric, multirange_type_name = public.many);
         CREATE DOMAIN public.d AS public.r CHECK (NOT isempty(VALUE)); CREATE TYPE public.c AS (x public.r, y public.many);
         CREATE TABLE public.t (a public.r DEFAULT '[1,2)', b public.r[], c public.many, d public.many[], e public.d, f public.c,
           CHECK (a @> 1::numeric)); CREATE INDEX i ON public.t (a); COMMENT ON TYPE public.r IS 'r';
         CREATE VIEW public.v AS SELECT public.many(public.r(1, 2)), a FROM public.t`,
    object: "range type public.r",
    way: "Replace"
  },
  {
    name: "range type over an enum that is made anew",
    from: `CREATE TYPE public.e AS ENUM ('a', 'b'); CREATE TYPE public.r AS RANGE (subtype = public.e);
           CREATE TABLE public.t (a public.r, b public.r_multirange)`,
    to: `CREATE TYPE public.e AS ENUM ('b'); CREATE TYPE public.r AS RANGE (subtype = public.e);
         CREATE TABLE public.t (a public.r, b public.r_multirange)`,
    object: "range type public.r"
  },
  {
    name: "range type whose multirange gets another name under a column",
    from:
      "CREATE TYPE public.\"A range\" AS RANGE (subtype = integer); CREATE TABLE public.t (a public.\"A multirange\")",
    to: `CREATE TYPE public."A range" AS RANGE (subtype = integer, multirange_type_name = public."M");
         CREATE TABLE public.t (a public."M")`,
    object: "range type public.\"A range\"",
    way: "Replace"
  },
  {
    name: "a domain whose not-null constraint has the name of another constraint",
    setup: "SELECT 1",
    from: "CREATE TABLE public.a (x integer, CONSTRAINT d_not_null CHECK (x > 0))",
    to: `CREATE DOMAIN public.d AS integer NOT NULL;
      CREATE TABLE public.a (x integer, CONSTRAINT d_not_null CHECK (x > 0))`,
    object: "domain public.d",
    state: { type: "integer", not_null: true }
  },
  {
    name: "a not-null constraint that a domain gains has the name of another constraint",
    setup: "SELECT 1",
    from: `CREATE DOMAIN public.d AS integer; CREATE TABLE public.a (x integer, CONSTRAINT d_not_null CHECK (x > 0))`,
    to: `CREATE DOMAIN public.d AS integer NOT NULL;
      CREATE TABLE public.a (x integer, CONSTRAINT d_not_null CHECK (x > 0))`,
    object: "domain public.d",
    way: "InPlace"
  },
  {
    name: "a domain over another type, not null, that columns hold values of",
    from: "CREATE DOMAIN public.d AS integer NOT NULL; CREATE TABLE public.t (a public.d[])",
    to: "CREATE DOMAIN public.d AS text NOT NULL; CREATE TABLE public.t (a public.d[])",
    object: "domain public.d",
    state: { type: "text", not_null: true },
    way: "Replace"
  },
  {
    name: "a check of a domain of which a materialized view has arrays and whole rows",
    from: `CREATE DOMAIN public.d AS integer; CREATE TABLE public.t (a public.d);
      CREATE MATERIALIZED VIEW public.a AS SELECT array_agg(a) AS all_of FROM public.t;
      CREATE MATERIALIZED VIEW public.r AS SELECT t AS whole FROM public.t`,
    to: `CREATE DOMAIN public.d AS integer CONSTRAINT c CHECK (VALUE > 0); CREATE TABLE public.t (a public.d);
      CREATE MATERIALIZED VIEW public.a AS SELECT array_agg(a) AS all_of FROM public.t;
      CREATE MATERIALIZED VIEW public.r AS SELECT t AS whole FROM public.t`,
    object: "domain constraint public.d.c"
  },
  {
    name: "a domain of which a range type is made gets a check, and is not null any more in another's rows",
    from: `CREATE DOMAIN public.d AS integer; CREATE TYPE public.r AS RANGE (subtype = public.d);
      CREATE DOMAIN public.e AS integer; CREATE TABLE public.s (a public.e);
      CREATE TABLE public.t (a public.r); CREATE MATERIALIZED VIEW public.v AS SELECT s AS whole FROM public.s`,
    to:
      `CREATE DOMAIN public.d AS integer CONSTRAINT c CHECK (VALUE > 0); CREATE TYPE public.r AS RANGE (subtype = public.d);
      CREATE DOMAIN public.e AS integer NOT NULL; CREATE TABLE public.s (a public.e);
      CREATE TABLE public.t (a public.r); CREATE MATERIALIZED VIEW public.v AS SELECT s AS whole FROM public.s`,
    object: "domain constraint public.d.c"
  },
  {
    name: "a column of arrays that changes in another way too, of a type that gives its name to one of another kind",
    setup: "SELECT 1",
    from:
      `CREATE TYPE public.b AS RANGE (subtype = integer); CREATE TABLE public.t (a public.b NOT NULL, c public.b[] NOT NULL)`,
    to: `CREATE SCHEMA u; CREATE TYPE u.b AS RANGE (subtype = integer); CREATE DOMAIN public.b AS u.b;
      CREATE TABLE public.t (a public.b, c public.b[])`,
    object: "column public.t.c"
  },
  {
    name: "functions over a type that gives its name to one of another kind, while a column keeps values",
    setup: "SELECT 1",
    from: `CREATE TYPE public.x AS (a integer); CREATE TABLE public.t (c public.x);
      CREATE FUNCTION public.f(public.x) RETURNS integer LANGUAGE sql AS 'select 1';
      CREATE FUNCTION public.g() RETURNS public.x LANGUAGE sql AS 'select null::public.x'`,
    to: `CREATE TYPE public.x AS RANGE (subtype = integer); CREATE TABLE public.t (c public.x);
      CREATE FUNCTION public.f(public.x) RETURNS integer LANGUAGE sql AS 'select 2';
      CREATE FUNCTION public.g() RETURNS public.x LANGUAGE sql STRICT AS 'select null::public.x'`,
    object: "range type public.x"
  },
  {
    name: "a column moves from a domain to one that the other stands on, both made anew",
    setup: "SELECT 1",
    from: `CREATE DOMAIN public.base AS integer; CREATE DOMAIN public.top AS public.base;
      CREATE TABLE public.t (n public.top)`,
    to: `CREATE DOMAIN public.base AS bigint; CREATE DOMAIN public.top AS public.base;
      CREATE TABLE public.t (n public.base)`,
    object: "column public.t.n"
  },
  {
    name: "a range type with a canonical function, which takes its values over",
    from: "CREATE TYPE public.r AS RANGE (subtype = integer); CREATE TABLE public.t (a public.r)",
    to: `CREATE TYPE public.r;
      CREATE FUNCTION public.f(public.r) RETURNS public.r LANGUAGE internal IMMUTABLE STRICT AS 'int4range_canonical';
      CREATE TYPE public.r AS RANGE (subtype = integer, canonical = public.f); CREATE TABLE public.t (a public.r);
      COMMENT ON FUNCTION public.f(public.r) IS 'f'`,
    object: "range type public.r",
    state: { subtype: "integer", canonical: "public.f" },
    way: "Replace"
  }
])
