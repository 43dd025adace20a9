/** Cases of operators, operator families and classes, casts, and access methods. */
import { kindCases } from "./kindCases.ts"

/** Comparison functions for an enum of users' own. */
const functions = `CREATE TYPE public.size AS ENUM ('s', 'l');
  CREATE FUNCTION public.same(public.size, public.size) RETURNS boolean LANGUAGE internal IMMUTABLE STRICT AS 'enum_eq';
  CREATE FUNCTION public.other(public.size, public.size) RETURNS boolean LANGUAGE internal IMMUTABLE STRICT AS 'enum_ne';
  CREATE FUNCTION public.less(public.size, public.size) RETURNS boolean LANGUAGE internal IMMUTABLE STRICT AS 'enum_lt';
  CREATE FUNCTION public.cmp(public.size, public.size) RETURNS integer LANGUAGE internal IMMUTABLE STRICT AS 'enum_cmp';
  CREATE FUNCTION public.hash(public.size) RETURNS integer LANGUAGE internal IMMUTABLE STRICT AS 'hashenum'`

const binary = "LEFTARG = public.size, RIGHTARG = public.size"

/** The five operators that a btree operator class has. */
const operators = ["=== enum_eq", "<<< enum_lt", "<<= enum_le", ">>> enum_gt", ">>= enum_ge"].map((text) => {
  const [name, symbol] = text.split(" ")
  return `CREATE FUNCTION public.size_${symbol}(public.size, public.size) RETURNS boolean LANGUAGE internal IMMUTABLE STRICT AS '${symbol}';
    CREATE OPERATOR public.${name} (FUNCTION = public.size_${symbol}, ${binary})`
}).join(";\n")

const btree = `CREATE OPERATOR CLASS public.size_ops FOR TYPE public.size USING btree AS
  OPERATOR 1 public.<<<, OPERATOR 2 public.<<=, OPERATOR 3 public.===, OPERATOR 4 public.>>=, OPERATOR 5 public.>>>,
  FUNCTION 1 public.cmp(public.size, public.size)`

kindCases([
  {
    name: "operator with everything, a commutator of its own and a negator",
    setup: functions,
    from: `CREATE OPERATOR public.=== (FUNCTION = public.same, ${binary})`,
    to: `CREATE OPERATOR public.=== (FUNCTION = public.same, ${binary}, COMMUTATOR = OPERATOR(public.===),
           NEGATOR = OPERATOR(public.<%>), RESTRICT = eqsel, JOIN = eqjoinsel, HASHES, MERGES);
         CREATE OPERATOR public.<%> (FUNCTION = public.other, ${binary}, NEGATOR = OPERATOR(public.===), RESTRICT = neqsel);
         COMMENT ON OPERATOR public.=== (public.size, public.size) IS 'equal'`,
    object: "operator public.=== (public.size, public.size)",
    state: {
      function: "public.same",
      commutator: ["public", "==="],
      negator: ["public", "<%>"],
      restrict: "eqsel",
      join: "eqjoinsel",
      hashes: true,
      merges: true
    }
  },
  {
    name: "operator before its operand without one",
    to: `CREATE FUNCTION public.f(integer) RETURNS integer LANGUAGE sql AS 'select $1';
         CREATE OPERATOR public.@# (FUNCTION = public.f, RIGHTARG = integer);
         COMMENT ON OPERATOR public.@# (NONE, integer) IS 'x'`,
    object: "operator public.@# (NONE, integer)",
    state: { function: "public.f" }
  },
  {
    name: "operator estimators change in place",
    setup: functions,
    from: `CREATE OPERATOR public.=== (FUNCTION = public.same, ${binary}, RESTRICT = eqsel);
           CREATE VIEW public.v AS SELECT 's'::public.size OPERATOR(public.===) 'l'`,
    to: `CREATE OPERATOR public.=== (FUNCTION = public.same, ${binary}, JOIN = eqjoinsel);
         CREATE VIEW public.v AS SELECT 's'::public.size OPERATOR(public.===) 'l'`,
    object: "operator public.=== (public.size, public.size)",
    way: "InPlace"
  },
  {
    name: "operator gains a link and properties",
    setup: `${functions}; CREATE OPERATOR public.<%> (FUNCTION = public.other, ${binary})`,
    from: `CREATE OPERATOR public.=== (FUNCTION = public.same, ${binary})`,
    to:
      `CREATE OPERATOR public.=== (FUNCTION = public.same, ${binary}, NEGATOR = OPERATOR(public.<%>), HASHES, MERGES, COMMUTATOR = OPERATOR(public.===))`,
    object: "operator public.=== (public.size, public.size)",
    way: "InPlace",
    sinceMajor: 17
  },
  {
    name: "operator with another function under a view and an index",
    setup: functions,
    from:
      `CREATE OPERATOR public.=== (FUNCTION = public.same, ${binary}); CREATE TABLE public.t (a public.size, b public.size);
           CREATE VIEW public.v AS SELECT a OPERATOR(public.===) b AS c FROM public.t;
           CREATE INDEX i ON public.t ((a OPERATOR(public.===) b))`,
    to:
      `CREATE OPERATOR public.=== (FUNCTION = public.other, ${binary}); CREATE TABLE public.t (a public.size, b public.size);
         CREATE VIEW public.v AS SELECT a OPERATOR(public.===) b AS c FROM public.t;
         CREATE INDEX i ON public.t ((a OPERATOR(public.===) b))`,
    object: "operator public.=== (public.size, public.size)",
    way: "Replace"
  },
  {
    name: "operator whose commutator is made anew",
    setup: "CREATE FUNCTION public.f(integer, text) RETURNS boolean LANGUAGE sql AS 'select true'",
    from: `CREATE FUNCTION public.g(text, integer) RETURNS boolean LANGUAGE sql AS 'select true';
           CREATE OPERATOR public.<# (FUNCTION = public.f, LEFTARG = integer, RIGHTARG = text, COMMUTATOR = OPERATOR(public.#>));
           CREATE OPERATOR public.#> (FUNCTION = public.g, LEFTARG = text, RIGHTARG = integer, COMMUTATOR = OPERATOR(public.<#))`,
    to: `CREATE FUNCTION public.h(text, integer) RETURNS boolean LANGUAGE sql AS 'select true';
         CREATE OPERATOR public.<# (FUNCTION = public.f, LEFTARG = integer, RIGHTARG = text, COMMUTATOR = OPERATOR(public.#>));
         CREATE OPERATOR public.#> (FUNCTION = public.h, LEFTARG = text, RIGHTARG = integer, COMMUTATOR = OPERATOR(public.<#))`,
    object: "operator public.#> (text, integer)",
    way: "Replace"
  },
  {
    name: "operator that names one that nobody defines",
    setup: functions,
    from: `CREATE OPERATOR public.=== (FUNCTION = public.same, ${binary}, NEGATOR = OPERATOR(public.<%>));
           CREATE OPERATOR public.<%> (FUNCTION = public.other, ${binary}, NEGATOR = OPERATOR(public.===))`,
    to: `CREATE SCHEMA s; CREATE OPERATOR public.=== (FUNCTION = public.same, ${binary}, NEGATOR = OPERATOR(s.<%>))`,
    object: "operator public.=== (public.size, public.size)",
    state: { function: "public.same", negator: ["s", "<%>"], undefined_links: ["negator"] }
  },
  {
    name: "operator class of a type, its default one, under a primary key and a view",
    setup: `${functions}; ${operators}`,
    from: `${btree}; CREATE TABLE public.t (a public.size); CREATE INDEX i ON public.t (a public.size_ops);
           CREATE VIEW public.v AS SELECT a FROM public.t ORDER BY a USING OPERATOR(public.<<<);
           COMMENT ON OPERATOR CLASS public.size_ops USING btree IS 'c'; COMMENT ON OPERATOR FAMILY public.size_ops USING btree IS 'f'`,
    to: `CREATE OPERATOR FAMILY public.all_sizes USING btree; ${
      btree.replace("btree AS", "btree FAMILY public.all_sizes AS")
    };
         CREATE TABLE public.t (a public.size); CREATE INDEX i ON public.t (a public.size_ops);
         CREATE VIEW public.v AS SELECT a FROM public.t ORDER BY a USING OPERATOR(public.<<<)`,
    object: "operator class public.size_ops USING btree",
    way: "Replace"
  },
  {
    name: "operator class with storage and no entry",
    from: "CREATE OPERATOR CLASS public.c FOR TYPE integer USING btree AS STORAGE integer",
    to: "CREATE OPERATOR CLASS public.c FOR TYPE point USING gist AS STORAGE box",
    object: "operator class public.c USING gist",
    state: { type: "point", family: ["public", "c"], storage: "box" }
  },
  {
    name: "operator class of gist whose operators are the family's, under an exclusion constraint",
    setup: functions,
    to: `CREATE FUNCTION public.near(point, point) RETURNS boolean LANGUAGE internal IMMUTABLE STRICT AS 'point_eq';
         CREATE OPERATOR public.~~~ (FUNCTION = public.near, LEFTARG = point, RIGHTARG = point, COMMUTATOR = OPERATOR(public.~~~));
         CREATE OPERATOR CLASS public.near_ops FOR TYPE point USING gist AS
           OPERATOR 6 public.~~~, OPERATOR 15 <->(point, point) FOR ORDER BY pg_catalog.float_ops,
           FUNCTION 1 gist_point_consistent(internal, point, smallint, oid, internal), FUNCTION 2 gist_box_union(internal, internal),
           FUNCTION 3 gist_point_compress(internal), FUNCTION 5 gist_box_penalty(internal, internal, internal),
           FUNCTION 6 gist_box_picksplit(internal, internal), FUNCTION 7 gist_box_same(box, box, internal), STORAGE box;
         CREATE TABLE public.t (p point, EXCLUDE USING gist (p public.near_ops WITH OPERATOR(public.~~~)))`,
    object: "operator family operator public.near_ops USING gist 15 (point, point)",
    state: { operator: "<->(point,point)", order_by: ["pg_catalog", "float_ops"] }
  },
  {
    name: "operator family with entries for two types",
    from: `CREATE OPERATOR FAMILY public.f USING btree;
           ALTER OPERATOR FAMILY public.f USING btree ADD OPERATOR 1 <(integer, bigint), FUNCTION 1 (integer, bigint) btint48cmp(integer, bigint)`,
    to: `CREATE OPERATOR FAMILY public.f USING btree;
         ALTER OPERATOR FAMILY public.f USING btree ADD OPERATOR 2 <=(integer, bigint), FUNCTION 1 (integer, bigint) btint48cmp(integer, bigint)`,
    object: "operator family function public.f USING btree 1 (integer, bigint)",
    state: { function: "btint48cmp(integer,bigint)" }
  },
  {
    name: "operator family of the system with entries of users",
    setup: functions,
    to: `CREATE FUNCTION public.c(smallint, public.size) RETURNS integer LANGUAGE sql IMMUTABLE AS 'select 1';
       ALTER OPERATOR FAMILY pg_catalog.integer_ops USING btree ADD FUNCTION 1 (smallint, public.size) public.c(smallint, public.size)`,
    object: "operator family function pg_catalog.integer_ops USING btree 1 (smallint, public.size)"
  },
  {
    name: "operator class that another is the default one in place of",
    setup: `${functions}; CREATE TYPE public.c AS (a integer);
      CREATE FUNCTION public.h(public.c) RETURNS integer LANGUAGE sql IMMUTABLE AS 'select 1'`,
    from: `CREATE OPERATOR CLASS public.a DEFAULT FOR TYPE public.c USING hash AS FUNCTION 1 public.h(public.c);
           CREATE OPERATOR CLASS public.b FOR TYPE public.c USING hash AS FUNCTION 1 public.h(public.c)`,
    to: `CREATE OPERATOR CLASS public.a FOR TYPE public.c USING hash AS FUNCTION 1 public.h(public.c);
         CREATE OPERATOR CLASS public.b DEFAULT FOR TYPE public.c USING hash AS FUNCTION 1 public.h(public.c)`,
    object: "operator class public.b USING hash",
    way: "Replace"
  },
  {
    name: "operator class that a query sorts by",
    to:
      `CREATE TYPE public.n; CREATE FUNCTION public.n_in(cstring) RETURNS public.n LANGUAGE internal IMMUTABLE STRICT AS 'int4in';
         CREATE FUNCTION public.n_out(public.n) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'int4out';
         CREATE TYPE public.n (INPUT = public.n_in, OUTPUT = public.n_out, INTERNALLENGTH = 4, PASSEDBYVALUE);
         CREATE FUNCTION public.n_eq(public.n, public.n) RETURNS boolean LANGUAGE internal IMMUTABLE STRICT AS 'int4eq';
         CREATE FUNCTION public.n_lt(public.n, public.n) RETURNS boolean LANGUAGE internal IMMUTABLE STRICT AS 'int4lt';
         CREATE FUNCTION public.n_cmp(public.n, public.n) RETURNS integer LANGUAGE internal IMMUTABLE STRICT AS 'btint4cmp';
         CREATE OPERATOR public.< (FUNCTION = public.n_lt, LEFTARG = public.n, RIGHTARG = public.n);
         CREATE OPERATOR public.= (FUNCTION = public.n_eq, LEFTARG = public.n, RIGHTARG = public.n);
         CREATE OPERATOR CLASS public.n_ops DEFAULT FOR TYPE public.n USING btree AS OPERATOR 1 public.<, OPERATOR 3 public.=,
           FUNCTION 1 public.n_cmp(public.n, public.n);
         CREATE TABLE public.t (a public.n); CREATE MATERIALIZED VIEW public.m AS SELECT DISTINCT a FROM public.t ORDER BY a`,
    object: "operator class public.n_ops USING btree"
  },
  {
    name: "cast with a function",
    setup: functions,
    from: `CREATE FUNCTION public.f(public.size) RETURNS integer LANGUAGE sql IMMUTABLE AS 'select 1';
           CREATE CAST (public.size AS integer) WITH FUNCTION public.f(public.size)`,
    to: `CREATE FUNCTION public.f(public.size) RETURNS integer LANGUAGE sql IMMUTABLE AS 'select 1';
         CREATE CAST (public.size AS integer) WITH FUNCTION public.f(public.size) AS ASSIGNMENT;
         COMMENT ON CAST (public.size AS integer) IS 'x'; CREATE VIEW public.v AS SELECT 's'::public.size::integer`,
    object: "cast (public.size AS integer)",
    state: { method: "function", function: "public.f(public.size)", context: "assignment" },
    way: "Replace"
  },
  {
    name: "cast that makes json texts as well",
    to: "CREATE TABLE public.t (a integer); CREATE CAST (json AS text) WITHOUT FUNCTION AS IMPLICIT",
    object: "cast (json AS text)"
  },
  {
    name: "cast by way of text, and none at all",
    setup: functions,
    from: "CREATE CAST (public.size AS varchar) WITH INOUT AS IMPLICIT",
    to: "CREATE TYPE public.c AS (a integer); CREATE CAST (public.c AS varchar) WITH INOUT",
    object: "cast (public.c AS character varying)",
    state: { method: "inout" }
  },
  {
    name: "access method",
    from: "CREATE ACCESS METHOD m TYPE INDEX HANDLER gisthandler",
    to: "CREATE ACCESS METHOD m TYPE TABLE HANDLER heap_tableam_handler; COMMENT ON ACCESS METHOD m IS 'x'",
    object: "access method m",
    state: { type: "table", handler: "heap_tableam_handler" },
    way: "Replace"
  },
  {
    name: "access method under a family, a class and an index",
    to: `CREATE ACCESS METHOD m TYPE INDEX HANDLER gisthandler; CREATE OPERATOR FAMILY public.f USING m;
         CREATE OPERATOR CLASS public.c DEFAULT FOR TYPE box USING m FAMILY public.f AS OPERATOR 1 <<, OPERATOR 3 &&,
           FUNCTION 1 gist_box_consistent(internal, box, smallint, oid, internal), FUNCTION 2 gist_box_union(internal, internal),
           FUNCTION 5 gist_box_penalty(internal, internal, internal), FUNCTION 6 gist_box_picksplit(internal, internal),
           FUNCTION 7 gist_box_same(box, box, internal);
         CREATE TABLE public.t (b box); CREATE INDEX i ON public.t USING m (b)`,
    object: "operator class public.c USING m"
  }
])
