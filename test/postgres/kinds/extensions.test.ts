/** Cases of extensions, and of objects that go with one. */
import { kindCases } from "./kindCases.ts"

kindCases([
  {
    name: "extension",
    from: "SELECT 1",
    to: "CREATE EXTENSION hstore; COMMENT ON EXTENSION hstore IS 'mine'",
    object: "extension hstore",
    state: { schema: "public" }
  },
  {
    name: "extension that comes while default privileges are in force which it came before",
    setup: "CREATE SCHEMA ext; CREATE SCHEMA other",
    from: `ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO pg_monitor;
      ALTER DEFAULT PRIVILEGES IN SCHEMA ext GRANT USAGE ON TYPES TO pg_monitor;
      ALTER DEFAULT PRIVILEGES IN SCHEMA other GRANT EXECUTE ON FUNCTIONS TO pg_monitor`,
    to: `CREATE EXTENSION hstore SCHEMA ext; ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO pg_monitor;
      ALTER DEFAULT PRIVILEGES IN SCHEMA ext GRANT EXECUTE ON FUNCTIONS TO pg_monitor`,
    object: "extension hstore"
  },
  {
    name: "extension that comes where nobody is let to call functions by default",
    setup: "ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC",
    from: "",
    to: "CREATE EXTENSION hstore SCHEMA public",
    object: "extension hstore"
  },
  {
    name: "extension moves to a schema while used",
    setup: "CREATE SCHEMA ext",
    from: "CREATE EXTENSION hstore; CREATE TABLE public.t (id integer, h public.hstore DEFAULT ''::public.hstore)",
    to: "CREATE EXTENSION hstore SCHEMA ext; CREATE TABLE public.t (id integer, h ext.hstore DEFAULT ''::ext.hstore)",
    object: "extension hstore",
    state: { schema: "ext" },
    way: "InPlace"
  },
  {
    name: "function that goes with an extension, changed",
    setup: "CREATE EXTENSION hstore",
    from:
      `CREATE FUNCTION public.f() RETURNS void LANGUAGE sql AS 'select 1'; ALTER FUNCTION public.f() DEPENDS ON EXTENSION hstore`,
    to:
      `CREATE FUNCTION public.f() RETURNS void LANGUAGE sql AS 'select 2'; ALTER FUNCTION public.f() DEPENDS ON EXTENSION hstore`,
    object: "function public.f()",
    state: { returns: "void", language: "sql", body: "select 2", depends_on_extensions: ["hstore"] },
    way: "InPlace"
  },
  {
    name: "function that goes with an extension no longer",
    setup: "CREATE EXTENSION hstore; CREATE PROCEDURE public.p() LANGUAGE sql AS ''",
    from: "ALTER PROCEDURE public.p() DEPENDS ON EXTENSION hstore",
    to: "SELECT 1",
    object: "procedure public.p()",
    way: "InPlace"
  },
  {
    name: "trigger and materialized view that go with an extension",
    setup:
      `CREATE EXTENSION hstore; CREATE FUNCTION public.f() RETURNS trigger LANGUAGE plpgsql AS 'begin return null; end';
            CREATE TABLE public.t (id integer); CREATE TRIGGER g AFTER INSERT ON public.t EXECUTE FUNCTION public.f();
            CREATE MATERIALIZED VIEW public.m AS SELECT id FROM public.t`,
    from: "SELECT 1",
    to:
      "ALTER TRIGGER g ON public.t DEPENDS ON EXTENSION hstore; ALTER MATERIALIZED VIEW public.m DEPENDS ON EXTENSION hstore",
    object: "trigger public.t.g",
    way: "InPlace"
  }
], ["hstore"])
