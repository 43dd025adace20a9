/** Cases of functions, procedures and aggregates. */
import { kindCases } from "./kindCases.ts"

kindCases([
  {
    name: "function with everything",
    from: "CREATE FUNCTION public.f(a integer, b text) RETURNS SETOF text LANGUAGE sql AS 'select $2'",
    to: `CREATE FUNCTION public.f(a integer, b text DEFAULT ') returns $$') RETURNS SETOF text
         LANGUAGE plpgsql STABLE STRICT SECURITY DEFINER LEAKPROOF COST 0.5 ROWS 7 PARALLEL RESTRICTED
         SET search_path = public, "My S", pg_temp SET work_mem = '1MB' SET "my.var" = 'it''s \\ so' SET DateStyle = 'ISO, DMY'
         AS $x$ begin return query select '$$' || $$;$$; end -- $body$ $x$;
         COMMENT ON FUNCTION public.f(integer, text) IS 'f'`,
    object: "function public.f(integer, text)",
    state: {
      arguments: "a integer, b text DEFAULT ') returns $$'::text",
      signature: "a integer, b text",
      defaults: 1,
      returns: "SETOF text",
      language: "plpgsql",
      volatility: "stable",
      strict: true,
      security_definer: true,
      leakproof: true,
      cost: 0.5,
      rows: 7,
      parallel: "restricted",
      config: [`search_path=public, "My S", pg_temp`, "work_mem=1MB", "my.var=it's \\ so", "DateStyle=ISO, DMY"],
      body: " begin return query select '$$' || $$;$$; end -- $body$ "
    },
    way: "InPlace"
  },
  {
    name: "function loses a default under a view",
    from:
      "CREATE FUNCTION public.f(a integer DEFAULT 1) RETURNS integer LANGUAGE sql AS 'select 1'; CREATE VIEW public.v AS SELECT public.f(2)",
    to:
      "CREATE FUNCTION public.f(a integer) RETURNS integer LANGUAGE sql AS 'select 1'; CREATE VIEW public.v AS SELECT public.f(2)",
    object: "function public.f(integer)",
    way: "Replace"
  },
  {
    name: "function with another result under a column default and a policy",
    from:
      `CREATE FUNCTION public.f() RETURNS integer LANGUAGE sql AS 'select 1'; CREATE TABLE public.t (a integer DEFAULT public.f());
           CREATE POLICY p ON public.t USING (public.f() = 1)`,
    to:
      `CREATE FUNCTION public.f() RETURNS bigint LANGUAGE sql AS 'select 1::bigint'; CREATE TABLE public.t (a integer DEFAULT public.f());
         CREATE POLICY p ON public.t USING (public.f() = 1)`,
    object: "function public.f()",
    way: "Replace"
  },
  {
    name: "function with another argument name",
    from: "CREATE FUNCTION public.f(a integer) RETURNS integer LANGUAGE sql AS 'select a'",
    to: "CREATE FUNCTION public.f(b integer) RETURNS integer LANGUAGE sql AS 'select b'",
    object: "function public.f(integer)",
    way: "Replace"
  },
  {
    name: "a function gains an argument with a default, and so do its calls without",
    setup: "SELECT 1",
    from: `CREATE FUNCTION public.f(a integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'select a';
      CREATE TABLE public.t (a integer DEFAULT public.f(1), b integer CHECK (public.f(b) > 0));
      CREATE INDEX i ON public.t (public.f(b)); CREATE VIEW public.v AS SELECT public.f(a) AS one FROM public.t;
      CREATE POLICY p ON public.t USING (public.f(a) > 1); CREATE FUNCTION public.g() RETURNS integer RETURN public.f(3)`,
    to: `CREATE FUNCTION public.f(a integer, b integer DEFAULT 1) RETURNS integer LANGUAGE sql IMMUTABLE AS 'select a';
      CREATE TABLE public.t (a integer DEFAULT public.f(2), b integer CHECK (public.f(b) > 0));
      CREATE INDEX i ON public.t (public.f(b)); CREATE VIEW public.v AS SELECT public.f(a) AS one, 2 AS two FROM public.t;
      CREATE POLICY p ON public.t USING (public.f(a) > 2); CREATE FUNCTION public.g() RETURNS integer RETURN public.f(4)`,
    object: "function public.f(integer, integer)"
  },
  {
    name: "a function of any type takes the place of one of a type",
    setup: "SELECT 1",
    from: `CREATE FUNCTION public.f(a integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'select a';
      CREATE TABLE public.t (a integer DEFAULT public.f(1), b integer CHECK (public.f(b) > 0));
      CREATE VIEW public.v AS SELECT public.f(a) AS one FROM public.t`,
    to: `CREATE FUNCTION public.f(a anyelement) RETURNS anyelement LANGUAGE sql IMMUTABLE AS 'select a';
      CREATE TABLE public.t (a integer DEFAULT public.f(2), b integer CHECK (public.f(b) > 0));
      CREATE VIEW public.v AS SELECT public.f(a) AS one, 2 AS two FROM public.t`,
    object: "function public.f(anyelement)"
  },
  {
    name: "two functions of one name change, and views that call them stay",
    setup: "CREATE TABLE public.t (a integer)",
    from: `CREATE FUNCTION public.f(a integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'select a';
      CREATE FUNCTION public.f(a text) RETURNS integer LANGUAGE sql IMMUTABLE AS 'select 1';
      CREATE VIEW public.v AS SELECT public.f(a) AS one FROM public.t; CREATE TABLE public.u (v public.v)`,
    to: `CREATE FUNCTION public.f(a integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'select a + 1';
      CREATE FUNCTION public.f(a text) RETURNS integer LANGUAGE sql IMMUTABLE AS 'select 2';
      CREATE VIEW public.v AS SELECT public.f(a) AS one FROM public.t; CREATE TABLE public.u (v public.v)`,
    object: "function public.f(integer)",
    way: "InPlace"
  },
  {
    name: "a view that changes calls the function of another type that comes for one that goes",
    setup: "CREATE TABLE public.t (a integer)",
    from: `CREATE FUNCTION public.f(a integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'select a';
      CREATE VIEW public.v AS SELECT public.f(a) AS one FROM public.t`,
    to: `CREATE FUNCTION public.f(a bigint) RETURNS integer LANGUAGE sql IMMUTABLE AS 'select 1';
      CREATE VIEW public.v AS SELECT public.f(a) AS one, 2 AS two FROM public.t`,
    object: "view public.v"
  },
  {
    name: "a function becomes variadic under a view that changes",
    setup: "CREATE TABLE public.t (a text)",
    from: `CREATE FUNCTION public.f(a text, b text) RETURNS text LANGUAGE sql IMMUTABLE AS 'select a';
      CREATE VIEW public.v AS SELECT public.f(a, a) AS one FROM public.t`,
    to: `CREATE FUNCTION public.f(a text, VARIADIC "b, c" text[]) RETURNS text LANGUAGE sql IMMUTABLE AS 'select a';
      CREATE VIEW public.v AS SELECT public.f(a, a) AS one, public.f(a, a, a) AS two FROM public.t`,
    object: "view public.v"
  },
  {
    name: "an argument comes while a view whose rows a column holds stops using its default",
    setup: "CREATE TABLE public.t (a integer)",
    from: `CREATE FUNCTION public.f(a integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'select a';
      CREATE VIEW public.v AS SELECT public.f(a) AS one FROM public.t; CREATE TABLE public.u (v public.v)`,
    to: `CREATE FUNCTION public.f(a integer, b integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'select a';
      CREATE VIEW public.v AS SELECT public.f(a, 2) AS one FROM public.t; CREATE TABLE public.u (v public.v)`,
    object: "view public.v"
  },
  {
    name: "function that returns a table, with overloads",
    to: `CREATE FUNCTION public.f(integer) RETURNS TABLE (x integer, "Y" text) LANGUAGE sql AS 'select 1, null::text';
         CREATE FUNCTION public.f(VARIADIC text[]) RETURNS integer LANGUAGE sql AS 'select 1';
         CREATE FUNCTION public.f(a anyelement, OUT b anyelement, INOUT c "char") LANGUAGE sql AS 'select $1, $2';
         CREATE FUNCTION public.f(a varchar(10), b timestamp(3) with time zone) RETURNS void LANGUAGE sql AS ''`,
    object: `function public.f(anyelement, "char")`
  },
  {
    name: "function with a body that PostgreSQL parsed",
    setup: "CREATE TABLE public.t (a integer)",
    from: "CREATE FUNCTION public.f(n integer) RETURNS bigint LANGUAGE sql RETURN n + 1",
    to:
      "CREATE FUNCTION public.f(n integer) RETURNS bigint LANGUAGE sql BEGIN ATOMIC DELETE FROM public.t WHERE a = n; SELECT count(*) FROM public.t; END",
    object: "function public.f(integer)",
    way: "InPlace"
  },
  {
    name: "function of the language internal",
    to: "CREATE FUNCTION public.f(integer) RETURNS integer LANGUAGE internal IMMUTABLE STRICT AS 'int4abs'",
    object: "function public.f(integer)",
    state: {
      arguments: "integer",
      returns: "integer",
      language: "internal",
      volatility: "immutable",
      strict: true,
      body: "int4abs"
    }
  },
  {
    name: "function that is a window function",
    to: "CREATE FUNCTION public.f() RETURNS bigint LANGUAGE internal WINDOW IMMUTABLE STRICT AS 'window_row_number'",
    object: "function public.f()",
    state: {
      returns: "bigint",
      language: "internal",
      window: true,
      volatility: "immutable",
      strict: true,
      body: "window_row_number"
    }
  },
  {
    name: "function in C",
    to: "CREATE FUNCTION public.f() RETURNS void LANGUAGE c COST 1 AS '$libdir/plpgsql', 'plpgsql_call_handler'",
    object: "function public.f()",
    state: { returns: "void", language: "c", library: "$libdir/plpgsql", symbol: "plpgsql_call_handler" }
  },
  {
    name: "function with a support function",
    to:
      "CREATE FUNCTION public.f(text, text) RETURNS boolean LANGUAGE internal IMMUTABLE STRICT SUPPORT textlike_support AS 'textlike'",
    object: "function public.f(text, text)"
  },
  {
    name: "function with an empty search path",
    from: "CREATE FUNCTION public.f() RETURNS void LANGUAGE sql AS ''",
    to: "CREATE FUNCTION public.f() RETURNS void LANGUAGE sql SET search_path = '' AS ''",
    object: "function public.f()",
    way: "InPlace"
  },
  {
    name: "function in which another's type changes",
    from:
      "CREATE TYPE public.e AS ENUM ('a', 'b'); CREATE FUNCTION public.f(public.e) RETURNS public.e[] LANGUAGE sql AS 'select null::public.e[]'",
    to:
      "CREATE TYPE public.e AS ENUM ('b'); CREATE FUNCTION public.f(public.e) RETURNS public.e[] LANGUAGE sql AS 'select null::public.e[]'",
    object: "function public.f(public.e)"
  },
  {
    name: "procedure",
    from: "CREATE PROCEDURE public.p(a integer) LANGUAGE plpgsql AS 'begin null; end'",
    to:
      "CREATE PROCEDURE public.p(a integer, OUT c integer, b text DEFAULT 'x') LANGUAGE plpgsql SECURITY DEFINER AS 'begin c := 1; end'; COMMENT ON PROCEDURE public.p(integer, text) IS 'p'",
    object: "procedure public.p(integer, text)",
    state: {
      arguments: "IN a integer, OUT c integer, IN b text DEFAULT 'x'::text",
      signature: "IN a integer, OUT c integer, IN b text",
      defaults: 1,
      language: "plpgsql",
      security_definer: true,
      body: "begin c := 1; end"
    }
  },
  {
    name: "procedure changed in place",
    from: "CREATE PROCEDURE public.p(INOUT a integer) LANGUAGE plpgsql AS 'begin null; end'",
    to: "CREATE PROCEDURE public.p(INOUT a integer) LANGUAGE plpgsql AS 'begin a := 1; end'",
    object: "procedure public.p(integer)",
    state: { arguments: "INOUT a integer", language: "plpgsql", body: "begin a := 1; end" },
    way: "InPlace"
  },
  {
    name: "aggregate with everything",
    from: "CREATE AGGREGATE public.total(integer) (SFUNC = int4pl, STYPE = integer)",
    to:
      `CREATE AGGREGATE public.total(integer) (SFUNC = int4pl, STYPE = integer, SSPACE = 8, FINALFUNC = int4abs, FINALFUNC_MODIFY = shareable,
           COMBINEFUNC = int4pl, INITCOND = '0', MSFUNC = int4pl, MINVFUNC = int4mi, MSTYPE = integer, MSSPACE = 4, MFINALFUNC = int4um,
           MFINALFUNC_MODIFY = read_write, MINITCOND = '0', SORTOP = <, PARALLEL = safe);
         COMMENT ON AGGREGATE public.total(integer) IS 'x'`,
    object: "aggregate public.total(integer)",
    state: {
      arguments: "integer",
      sfunc: "int4pl",
      stype: "integer",
      sspace: 8,
      finalfunc: "int4abs",
      finalfunc_modify: "shareable",
      combinefunc: "int4pl",
      initcond: "0",
      msfunc: "int4pl",
      minvfunc: "int4mi",
      mstype: "integer",
      msspace: 4,
      mfinalfunc: "int4um",
      mfinalfunc_modify: "read_write",
      minitcond: "0",
      sortop: "OPERATOR(pg_catalog.<)",
      parallel: "safe"
    },
    way: "Replace"
  },
  {
    name: "aggregate of rows, used by a view",
    to:
      `CREATE AGGREGATE public.rows(*) (SFUNC = int8inc, STYPE = bigint, INITCOND = '0'); COMMENT ON AGGREGATE public.rows(*) IS 'x';
         CREATE VIEW public.v AS SELECT public.rows(*) FROM pg_class`,
    object: "aggregate public.rows(*)",
    state: { arguments: "*", sfunc: "int8inc", stype: "bigint", initcond: "0" }
  },
  {
    name: "aggregate of an own function with extra arguments and variadic",
    to:
      `CREATE SCHEMA "S s"; CREATE FUNCTION "S s"."F f"(s text, VARIADIC a text[]) RETURNS text LANGUAGE sql AS 'select s';
         CREATE AGGREGATE public.g(VARIADIC x text[]) (SFUNC = "S s"."F f", STYPE = text)`,
    object: "aggregate public.g(text[])",
    state: { arguments: "VARIADIC x text[]", sfunc: `"S s"."F f"`, stype: "text" }
  },
  {
    name: "aggregate that is an ordered set",
    to:
      `CREATE AGGREGATE public.o(double precision ORDER BY anyelement) (SFUNC = ordered_set_transition, STYPE = internal,
           FINALFUNC = percentile_disc_final, FINALFUNC_EXTRA, FINALFUNC_MODIFY = read_only); COMMENT ON AGGREGATE public.o(double precision ORDER BY anyelement) IS 'o'`,
    object: "aggregate public.o(double precision, anyelement)",
    state: {
      arguments: "double precision ORDER BY anyelement",
      sfunc: "ordered_set_transition",
      stype: "internal",
      finalfunc: "percentile_disc_final",
      finalfunc_extra: true,
      finalfunc_modify: "read_only"
    }
  },
  {
    name: "aggregate that is a hypothetical set",
    to:
      `CREATE AGGREGATE public.h(VARIADIC "any" ORDER BY VARIADIC "any") (SFUNC = ordered_set_transition_multi, STYPE = internal,
           FINALFUNC = rank_final, FINALFUNC_EXTRA, HYPOTHETICAL)`,
    object: `aggregate public.h("any")`
  }
])
