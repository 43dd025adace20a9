/** Cases of rules and event triggers. */
import { kindCases } from "./kindCases.ts"

const setup = `CREATE TABLE public.t (id integer PRIMARY KEY, a text); CREATE TABLE public.log (id integer, a text);
  CREATE VIEW public.v AS SELECT id, a FROM public.t`

const fires = "CREATE FUNCTION public.f() RETURNS event_trigger LANGUAGE plpgsql AS 'begin null; end'"

kindCases([
  {
    name: "rule with everything",
    setup,
    from: "CREATE RULE r AS ON DELETE TO public.t DO ALSO NOTHING; ALTER TABLE public.t DISABLE RULE r",
    to: `CREATE RULE r AS ON DELETE TO public.t WHERE old.id > 1
        DO INSTEAD (INSERT INTO public.log VALUES (old.id, 'it''s; gone'); DELETE FROM public.log WHERE id = 0);
      ALTER TABLE public.t ENABLE ALWAYS RULE r; COMMENT ON RULE r ON public.t IS 'r'`,
    object: "rule public.t.r",
    way: "InPlace"
  },
  {
    name: "rule applied on replicas",
    setup,
    from: "CREATE RULE r AS ON UPDATE TO public.t DO INSTEAD NOTHING; ALTER TABLE public.t ENABLE REPLICA RULE r",
    to: "CREATE RULE r AS ON UPDATE TO public.t DO INSTEAD NOTHING",
    object: "rule public.t.r",
    state: { definition: "CREATE RULE r AS\n    ON UPDATE TO public.t DO INSTEAD NOTHING" },
    way: "InPlace"
  },
  {
    name: "rule of a view that is made anew",
    setup: "CREATE TABLE public.t (id integer PRIMARY KEY, a text)",
    from: `CREATE VIEW public.v AS SELECT id, a FROM public.t;
      CREATE RULE r AS ON INSERT TO public.v DO INSTEAD INSERT INTO public.t VALUES (new.id, new.a) RETURNING id, a`,
    to: `CREATE VIEW public.v AS SELECT id FROM public.t;
      CREATE RULE r AS ON INSERT TO public.v DO INSTEAD INSERT INTO public.t VALUES (new.id)`,
    object: "rule public.v.r",
    way: "InPlace"
  },
  {
    name: "rule over a column whose type changes",
    from: `CREATE TABLE public.t (id integer, a text); CREATE TABLE public.log (id integer, b text);
      CREATE RULE r AS ON DELETE TO public.t DO ALSO INSERT INTO public.log VALUES (old.id);
      ALTER TABLE public.t ENABLE REPLICA RULE r; COMMENT ON RULE r ON public.t IS 'r'`,
    to: `CREATE TABLE public.t (id bigint, a text); CREATE TABLE public.log (id bigint);
      CREATE RULE r AS ON DELETE TO public.t DO ALSO INSERT INTO public.log VALUES (old.id);
      ALTER TABLE public.t ENABLE REPLICA RULE r; COMMENT ON RULE r ON public.t IS 'r'`,
    object: "rule public.t.r"
  },
  {
    name: "event trigger with everything",
    setup: fires,
    from: "CREATE EVENT TRIGGER e ON ddl_command_start EXECUTE FUNCTION public.f()",
    to:
      `CREATE EVENT TRIGGER e ON ddl_command_end WHEN TAG IN ('CREATE TABLE', 'ALTER TABLE') EXECUTE FUNCTION public.f();
      ALTER EVENT TRIGGER e ENABLE ALWAYS; COMMENT ON EVENT TRIGGER e IS 'e'`,
    object: "event trigger e",
    state: {
      event: "ddl_command_end",
      function: ["public", "f"],
      tags: ["ALTER TABLE", "CREATE TABLE"],
      enabled: "always"
    },
    way: "Replace"
  },
  {
    name: "event trigger disabled",
    setup: fires,
    from: "CREATE EVENT TRIGGER e ON sql_drop EXECUTE FUNCTION public.f(); ALTER EVENT TRIGGER e ENABLE REPLICA",
    to: "CREATE EVENT TRIGGER e ON sql_drop EXECUTE FUNCTION public.f(); ALTER EVENT TRIGGER e DISABLE",
    object: "event trigger e",
    way: "InPlace"
  },
  {
    name: "event trigger that would refuse the rest of the plan",
    from: "CREATE TABLE public.a (id integer)",
    to: `CREATE TABLE public.b (id integer); COMMENT ON TABLE public.b IS 'b';
      CREATE FUNCTION public.f() RETURNS event_trigger LANGUAGE plpgsql AS 'begin raise exception ''no''; end';
      CREATE EVENT TRIGGER e ON ddl_command_start EXECUTE FUNCTION public.f()`,
    object: "event trigger e"
  }
])
