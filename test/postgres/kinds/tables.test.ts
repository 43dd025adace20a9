/** Cases of what hangs on tables and views: triggers, policies, extended statistics. */
import { kindCases } from "./kindCases.ts"

const setup = `CREATE TABLE public.t (id integer PRIMARY KEY, a text, b integer);
  CREATE FUNCTION public.f() RETURNS trigger LANGUAGE plpgsql AS 'begin return null; end'`

const partitioned = `CREATE FUNCTION public.f() RETURNS trigger LANGUAGE plpgsql AS 'begin return null; end';
  CREATE TABLE public.p (id integer) PARTITION BY LIST (id); CREATE TABLE public.p1 PARTITION OF public.p FOR VALUES IN (1);
  CREATE TABLE public.p2 PARTITION OF public.p FOR VALUES IN (2, 3) PARTITION BY LIST (id);
  CREATE TABLE public.p21 PARTITION OF public.p2 FOR VALUES IN (2)`

kindCases([
  {
    name: "trigger with everything",
    setup,
    from: "CREATE TRIGGER g BEFORE INSERT ON public.t FOR EACH ROW EXECUTE FUNCTION public.f()",
    to:
      `CREATE TRIGGER g BEFORE INSERT OR UPDATE OF a ON public.t FOR EACH ROW WHEN (new.a IS DISTINCT FROM 'x') EXECUTE FUNCTION public.f('1', 'it''s');
         ALTER TABLE public.t ENABLE ALWAYS TRIGGER g; COMMENT ON TRIGGER g ON public.t IS 'g'`,
    object: "trigger public.t.g",
    state: {
      definition: "CREATE TRIGGER g BEFORE INSERT OR UPDATE OF a ON public.t FOR EACH ROW " +
        "WHEN ((new.a IS DISTINCT FROM 'x'::text)) EXECUTE FUNCTION public.f('1', 'it''s')",
      enabled: "always"
    },
    way: "Replace"
  },
  {
    name: "trigger disabled",
    setup:
      `${setup}; CREATE TRIGGER g AFTER INSERT ON public.t REFERENCING NEW TABLE AS n FOR EACH STATEMENT EXECUTE FUNCTION public.f()`,
    from: "ALTER TABLE public.t ENABLE REPLICA TRIGGER g",
    to: "ALTER TABLE public.t DISABLE TRIGGER g",
    object: "trigger public.t.g",
    way: "InPlace"
  },
  {
    name: "trigger that is a constraint",
    setup: `${setup}; CREATE TABLE public.o (id integer)`,
    from: "CREATE TRIGGER g AFTER INSERT ON public.t FOR EACH ROW EXECUTE FUNCTION public.f()",
    to:
      `CREATE CONSTRAINT TRIGGER g AFTER INSERT ON public.t FROM public.o DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.f();
         COMMENT ON TRIGGER g ON public.t IS 'g'; COMMENT ON CONSTRAINT g ON public.t IS 'c'`,
    object: "trigger public.t.g",
    way: "Replace"
  },
  {
    name: "trigger on a view",
    setup: `${setup}; CREATE VIEW public.v AS SELECT id FROM public.t`,
    from: "SELECT 1",
    to: "CREATE TRIGGER g INSTEAD OF INSERT ON public.v FOR EACH ROW EXECUTE FUNCTION public.f()",
    object: "trigger public.v.g"
  },
  {
    name: "trigger goes along when its view is made anew",
    setup,
    from:
      "CREATE VIEW public.v AS SELECT id FROM public.t; CREATE TRIGGER g INSTEAD OF INSERT ON public.v FOR EACH ROW EXECUTE FUNCTION public.f()",
    to:
      "CREATE VIEW public.v AS SELECT a FROM public.t; CREATE TRIGGER g INSTEAD OF INSERT ON public.v FOR EACH ROW EXECUTE FUNCTION public.f()",
    object: "trigger public.v.g"
  },
  {
    name: "trigger of a partitioned table",
    setup: `CREATE FUNCTION public.f() RETURNS trigger LANGUAGE plpgsql AS 'begin return null; end';
            CREATE TABLE public.p (id integer) PARTITION BY LIST (id); CREATE TABLE public.p1 PARTITION OF public.p FOR VALUES IN (1)`,
    from: "CREATE TRIGGER g AFTER INSERT ON public.p FOR EACH ROW EXECUTE FUNCTION public.f()",
    to:
      "CREATE TRIGGER g AFTER UPDATE ON public.p FOR EACH ROW EXECUTE FUNCTION public.f(); ALTER TABLE public.p DISABLE TRIGGER g",
    object: "trigger public.p.g",
    way: "Replace"
  },
  {
    name: "trigger that fires otherwise on a partition",
    setup: partitioned,
    from: "CREATE TRIGGER g AFTER INSERT ON public.p FOR EACH ROW EXECUTE FUNCTION public.f()",
    to: `CREATE TRIGGER g AFTER INSERT ON public.p FOR EACH ROW EXECUTE FUNCTION public.f();
         ALTER TABLE public.p2 DISABLE TRIGGER g; ALTER TABLE public.p21 ENABLE TRIGGER g`,
    object: "partition trigger public.p21.g",
    state: { enabled: "origin" }
  },
  {
    name: "trigger whose firing changes all but on a partition",
    setup: partitioned,
    from:
      `CREATE TRIGGER g AFTER INSERT ON public.p FOR EACH ROW EXECUTE FUNCTION public.f(); ALTER TABLE public.p DISABLE TRIGGER g;
           ALTER TABLE public.p2 ENABLE ALWAYS TRIGGER g`,
    to:
      `CREATE TRIGGER g AFTER INSERT ON public.p FOR EACH ROW EXECUTE FUNCTION public.f(); ALTER TABLE public.p ENABLE REPLICA TRIGGER g;
         ALTER TABLE public.p2 ENABLE ALWAYS TRIGGER g`,
    object: "partition trigger public.p2.g",
    state: { enabled: "always" }
  },
  {
    name: "trigger whose firing becomes that of a partition",
    setup: partitioned,
    from:
      `CREATE TRIGGER g AFTER INSERT ON public.p FOR EACH ROW EXECUTE FUNCTION public.f(); ALTER TABLE public.p1 DISABLE TRIGGER g`,
    to:
      `CREATE TRIGGER g AFTER INSERT ON public.p FOR EACH ROW EXECUTE FUNCTION public.f(); ALTER TABLE public.p DISABLE TRIGGER g`,
    object: "trigger public.p.g",
    way: "InPlace"
  },
  {
    name: "policy with everything",
    setup,
    from: "CREATE POLICY p ON public.t",
    to:
      `CREATE POLICY p ON public.t AS RESTRICTIVE FOR UPDATE TO pg_monitor, CURRENT_USER USING (b > 0) WITH CHECK ((a = 'x') OR (b = 1));
         COMMENT ON POLICY p ON public.t IS 'p'`,
    object: "policy public.t.p",
    state: {
      command: "update",
      restrictive: true,
      roles: ["pg_monitor", "postgres"],
      using: "(b > 0)",
      check: "((a = 'x'::text) OR (b = 1))"
    },
    way: "Replace"
  },
  {
    name: "policy altered",
    setup,
    from: "CREATE POLICY p ON public.t TO pg_monitor USING (b > 0)",
    to: "CREATE POLICY p ON public.t USING (b > 1) WITH CHECK (true)",
    object: "policy public.t.p",
    state: { using: "(b > 1)", check: "true" },
    way: "InPlace"
  },
  {
    name: "policy with roles alone altered",
    setup,
    from: "CREATE POLICY p ON public.t",
    to: "CREATE POLICY p ON public.t TO pg_monitor",
    object: "policy public.t.p",
    way: "InPlace"
  },
  {
    name: "policy loses its check",
    setup,
    from: "CREATE POLICY p ON public.t USING (true) WITH CHECK (b > 1)",
    to: "CREATE POLICY p ON public.t USING (true)",
    object: "policy public.t.p",
    way: "Replace"
  },
  {
    name: "policy on another table's rows",
    setup: `${setup}; CREATE TABLE public.o (id integer, owner text)`,
    to:
      "CREATE POLICY p ON public.t USING (EXISTS (SELECT 1 FROM public.o WHERE o.id = t.id AND o.owner = CURRENT_USER))",
    object: "policy public.t.p"
  },
  {
    name: "statistics with everything",
    setup: `${setup}; CREATE SCHEMA s`,
    from: "CREATE STATISTICS s.x ON a, b FROM public.t",
    to:
      "CREATE STATISTICS s.x (ndistinct, mcv) ON a, b, (b + 1) FROM public.t; ALTER STATISTICS s.x SET STATISTICS 300; COMMENT ON STATISTICS s.x IS 'x'",
    object: "statistics s.x",
    way: "Replace"
  },
  {
    name: "statistics target",
    setup: `${setup}; CREATE STATISTICS public.x ON a, b FROM public.t`,
    from: "ALTER STATISTICS public.x SET STATISTICS 7",
    to: "SELECT 1",
    object: "statistics public.x",
    state: { definition: "CREATE STATISTICS public.x ON a, b FROM public.t" },
    way: "InPlace"
  },
  {
    name: "statistics lose a column of the table",
    setup: "SELECT 1",
    from: "CREATE TABLE public.t (a integer, b integer, c integer); CREATE STATISTICS public.x ON a, b FROM public.t",
    to: "CREATE TABLE public.t (a integer, c integer); CREATE STATISTICS public.x ON a, c FROM public.t",
    object: "statistics public.x",
    way: "Replace"
  },
  {
    name: "statistics whose columns stand in another order",
    setup: "SELECT 1",
    from: "CREATE TABLE public.t (a integer, c integer); CREATE STATISTICS public.x ON a, c FROM public.t",
    to: "CREATE TABLE public.t (c integer, b integer, a integer); CREATE STATISTICS public.x ON c, a FROM public.t",
    object: "statistics public.x",
    state: { definition: "CREATE STATISTICS public.x ON a, c FROM public.t" }
  },
  {
    name: "statistics of a materialized view",
    setup,
    to:
      "CREATE MATERIALIZED VIEW public.m AS SELECT a, b FROM public.t; CREATE STATISTICS public.x ON a, b FROM public.m",
    object: "statistics public.x"
  }
])
