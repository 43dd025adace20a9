/** Cases of procedural languages, transforms and base types. */
import { kindCases } from "./kindCases.ts"

const handler =
  "CREATE FUNCTION public.h() RETURNS language_handler LANGUAGE c AS '$libdir/plpgsql', 'plpgsql_call_handler'"
const validator = "CREATE FUNCTION public.v(oid) RETURNS void LANGUAGE c AS '$libdir/plpgsql', 'plpgsql_validator'"
const inline =
  "CREATE FUNCTION public.i(internal) RETURNS void LANGUAGE c AS '$libdir/plpgsql', 'plpgsql_inline_handler'"

/** A type of four bytes that reads and writes numbers. */
const type = `CREATE TYPE public.t;
  CREATE FUNCTION public.t_in(cstring) RETURNS public.t LANGUAGE internal IMMUTABLE STRICT AS 'int4in';
  CREATE FUNCTION public.t_out(public.t) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'int4out'`

const options = "INPUT = public.t_in, OUTPUT = public.t_out, INTERNALLENGTH = 4, PASSEDBYVALUE"

kindCases([
  {
    name: "language changes in place under a function",
    setup: handler,
    from: "CREATE LANGUAGE l HANDLER public.h; CREATE FUNCTION public.f() RETURNS void LANGUAGE l AS 'begin end'",
    to: `${inline}; ${validator}; CREATE TRUSTED LANGUAGE l HANDLER public.h INLINE public.i VALIDATOR public.v;
         CREATE FUNCTION public.f() RETURNS void LANGUAGE l AS 'begin end'; COMMENT ON LANGUAGE l IS 'x'`,
    object: "language l",
    state: { trusted: true, handler: "public.h", inline: "public.i", validator: "public.v" },
    way: "InPlace"
  },
  {
    name: "transform changes in place under a function",
    setup: `${handler}; CREATE LANGUAGE l HANDLER public.h`,
    from: `CREATE TRANSFORM FOR integer LANGUAGE l (FROM SQL WITH FUNCTION prsd_lextype(internal));
           CREATE FUNCTION public.f(integer) RETURNS void LANGUAGE l TRANSFORM FOR TYPE integer AS 'begin end'`,
    to:
      `CREATE TRANSFORM FOR integer LANGUAGE l (FROM SQL WITH FUNCTION prsd_lextype(internal), TO SQL WITH FUNCTION int4recv(internal));
         CREATE FUNCTION public.f(integer) RETURNS void LANGUAGE l TRANSFORM FOR TYPE integer AS 'begin end';
         COMMENT ON TRANSFORM FOR integer LANGUAGE l IS 'x'`,
    object: "transform FOR integer LANGUAGE l",
    state: { from_sql: "prsd_lextype(internal)", to_sql: "int4recv(internal)" },
    way: "InPlace"
  },
  {
    name: "shell type that is defined",
    from: "CREATE TYPE public.t; COMMENT ON TYPE public.t IS 'x'",
    to:
      `${type}; CREATE TYPE public.t (${options}); COMMENT ON TYPE public.t IS 'y'; COMMENT ON FUNCTION public.t_in(cstring) IS 'in'`,
    object: "base type public.t",
    state: { input: "public.t_in", output: "public.t_out", internallength: 4, passedbyvalue: true }
  },
  {
    name: "base type with everything, a table, an array and a cast of it",
    to: `${type};
         CREATE FUNCTION public.t_send(public.t) RETURNS bytea LANGUAGE internal IMMUTABLE STRICT AS 'int4send';
         CREATE FUNCTION public.t_recv(internal) RETURNS public.t LANGUAGE internal IMMUTABLE STRICT AS 'int4recv';
         CREATE TYPE public.t (${options}, RECEIVE = public.t_recv, SEND = public.t_send, STORAGE = plain,
           CATEGORY = 'N', PREFERRED = true, DEFAULT = '4', DELIMITER = ';', COLLATABLE = false, ANALYZE = ts_typanalyze);
         CREATE TABLE public.r (a public.t, b public.t[] DEFAULT '{1;2}'); CREATE CAST (public.t AS integer) WITHOUT FUNCTION`,
    object: "base type public.t",
    state: {
      input: "public.t_in",
      output: "public.t_out",
      receive: "public.t_recv",
      send: "public.t_send",
      analyze: "ts_typanalyze",
      internallength: 4,
      passedbyvalue: true,
      category: "N",
      preferred: true,
      default: "4",
      delimiter: ";"
    }
  },
  {
    name: "base type of variable length changes in place under a column",
    from: `${
      type.replaceAll("int4", "text")
    }; CREATE TYPE public.t (INPUT = public.t_in, OUTPUT = public.t_out, STORAGE = main); CREATE TABLE public.r (a public.t)`,
    to: `${type.replaceAll("int4", "text")};
         CREATE TYPE public.t (INPUT = public.t_in, OUTPUT = public.t_out, STORAGE = extended, ANALYZE = ts_typanalyze,
           TYPMOD_IN = varchartypmodin, TYPMOD_OUT = varchartypmodout);
         CREATE TABLE public.r (a public.t)`,
    object: "base type public.t",
    way: "InPlace"
  }
])
