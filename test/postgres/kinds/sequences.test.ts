/** Cases of sequences and their owners. */
import { kindCases } from "./kindCases.ts"

kindCases([
  { name: "sequence as it comes", to: "CREATE SEQUENCE public.s", object: "sequence public.s", state: {} },
  {
    name: "sequence with everything",
    from: "CREATE SEQUENCE public.s",
    to: `CREATE SEQUENCE public.s AS smallint INCREMENT BY 2 MINVALUE 5 MAXVALUE 50 START WITH 7 CACHE 3 CYCLE;
         COMMENT ON SEQUENCE public.s IS 'x'`,
    object: "sequence public.s",
    state: { type: "smallint", increment: "2", min: "5", max: "50", start: "7", cache: "3", cycle: true },
    way: "InPlace"
  },
  {
    name: "sequence that descends",
    from: "CREATE SEQUENCE public.s AS integer",
    to: "CREATE SEQUENCE public.s AS integer INCREMENT BY -1",
    object: "sequence public.s",
    state: { type: "integer", increment: "-1" }
  },
  {
    name: "sequence with the largest bounds",
    from: "CREATE SEQUENCE public.s MAXVALUE 9223372036854775806",
    to: "CREATE SEQUENCE public.s INCREMENT BY -3 MINVALUE -9223372036854775807",
    object: "sequence public.s",
    state: { increment: "-3", min: "-9223372036854775807" },
    way: "InPlace"
  },
  {
    name: "sequence that descends from further down",
    from: "CREATE SEQUENCE public.s INCREMENT BY -1",
    to: "CREATE SEQUENCE public.s INCREMENT BY -1 MAXVALUE -10",
    object: "sequence public.s",
    state: { increment: "-1", max: "-10" },
    way: "InPlace"
  },
  {
    name: "sequence that ends before it started",
    from: "CREATE SEQUENCE public.s START WITH 100",
    to: "CREATE SEQUENCE public.s MAXVALUE 50",
    object: "sequence public.s",
    way: "InPlace"
  },
  {
    name: "sequence of another type with the same bounds",
    from: "CREATE SEQUENCE public.s AS integer MAXVALUE 32767",
    to: "CREATE SEQUENCE public.s AS bigint MAXVALUE 32767",
    object: "sequence public.s",
    way: "InPlace"
  },
  {
    name: "sequence unlogged",
    from: "CREATE SEQUENCE public.s",
    to: "CREATE UNLOGGED SEQUENCE public.s",
    object: "sequence public.s",
    state: { persistence: "unlogged" },
    way: "InPlace",
    sinceMajor: 15
  },
  {
    name: "sequence of a serial column",
    from: "CREATE TABLE public.t (id integer)",
    to: "CREATE TABLE public.t (id serial)",
    object: "sequence public.t_id_seq",
    state: { type: "integer" }
  },
  {
    name: "sequence that goes with its column",
    from: "CREATE TABLE public.t (id serial, a integer)",
    to: "CREATE TABLE public.t (a integer); CREATE SEQUENCE public.other",
    object: "sequence public.other"
  },
  {
    name: "sequence that stays when its column goes",
    from: "CREATE TABLE public.t (id serial, a integer)",
    to: "CREATE SEQUENCE public.t_id_seq AS integer; CREATE TABLE public.t (a integer)",
    object: "sequence public.t_id_seq",
    way: "InPlace"
  },
  {
    name: "sequence given to another column",
    setup: "CREATE TABLE public.t (a integer, b integer); CREATE SEQUENCE public.s",
    from: "ALTER SEQUENCE public.s OWNED BY public.t.a",
    to: "ALTER SEQUENCE public.s OWNED BY public.t.b",
    object: "sequence owner public.s",
    state: { table: ["public", "t"], column: "b" },
    way: "InPlace"
  },
  {
    name: "sequence of an identity column is the column's",
    to: "CREATE TABLE public.t (a integer GENERATED ALWAYS AS IDENTITY); CREATE SEQUENCE public.s",
    object: "sequence public.s"
  }
])
