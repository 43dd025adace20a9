/** Cases of views and materialized views. */
import { kindCases } from "./kindCases.ts"

const setup = "CREATE TABLE public.t (id integer PRIMARY KEY, a text, b numeric(6,2))"

kindCases([
  {
    name: "view with everything",
    setup,
    from: "CREATE VIEW public.v AS SELECT id FROM public.t",
    to:
      `CREATE VIEW public.v (x, "Y y") WITH (security_barrier) AS SELECT id, a COLLATE "C" FROM public.t WHERE id > 0 WITH LOCAL CHECK OPTION;
         ALTER VIEW public.v ALTER COLUMN "Y y" SET DEFAULT 'n';
         COMMENT ON VIEW public.v IS 'v'; COMMENT ON COLUMN public.v."Y y" IS 'c'`,
    object: "view public.v",
    state: {
      definition: ` SELECT id AS x,\n    (a COLLATE "C") AS "Y y"\n   FROM public.t\n  WHERE (id > 0)`,
      columns: [
        { name: "x", type: "integer" },
        { name: "Y y", type: "text", collation: `pg_catalog."C"`, default: "'n'::text" }
      ],
      options: ["check_option=local", "security_barrier=true"]
    },
    way: "Replace",
    sinceMajor: 16
  },
  {
    name: "view with a security invoker",
    setup,
    from: "CREATE VIEW public.v WITH (security_barrier) AS SELECT id FROM public.t",
    to: "CREATE VIEW public.v WITH (security_invoker) AS SELECT id FROM public.t",
    object: "view public.v",
    way: "InPlace",
    sinceMajor: 15
  },
  {
    name: "view gains a column under another view",
    setup,
    from: "CREATE VIEW public.v AS SELECT id FROM public.t; CREATE VIEW public.w AS SELECT * FROM public.v",
    to:
      "CREATE VIEW public.v WITH (security_barrier) AS SELECT id, b FROM public.t; CREATE VIEW public.w AS SELECT id FROM public.v",
    object: "view public.v",
    way: "InPlace"
  },
  {
    name: "view with another column under another view",
    setup,
    from:
      "CREATE VIEW public.v AS SELECT id FROM public.t; CREATE VIEW public.w AS SELECT 1 AS one FROM public.v; COMMENT ON VIEW public.w IS 'w'",
    to:
      "CREATE VIEW public.v AS SELECT id::bigint FROM public.t; CREATE VIEW public.w AS SELECT 1 AS one FROM public.v; COMMENT ON VIEW public.w IS 'w'",
    object: "view public.v",
    way: "Replace"
  },
  {
    name: "view whose column defaults change",
    setup,
    from:
      "CREATE VIEW public.v AS SELECT id, a FROM public.t; ALTER VIEW public.v ALTER id SET DEFAULT 1, ALTER a SET DEFAULT 'a'",
    to: "CREATE VIEW public.v AS SELECT id, a FROM public.t WHERE id > 1; ALTER VIEW public.v ALTER id SET DEFAULT 2",
    object: "view public.v",
    way: "InPlace"
  },
  { name: "view without columns", setup, to: "CREATE VIEW public.v AS SELECT FROM public.t", object: "view public.v" },
  {
    name: "view that is recursive and ends in a string with a semicolon",
    to:
      "CREATE RECURSIVE VIEW public.v (n) AS VALUES (1) UNION ALL SELECT n + 1 FROM v WHERE n < 9; CREATE VIEW public.w AS SELECT ';'::text AS x",
    object: "view public.w"
  },
  {
    name: "view that uses the row type of another",
    setup,
    to:
      "CREATE VIEW public.v AS SELECT id FROM public.t; CREATE VIEW public.w AS SELECT NULL::public.v AS x, '{}'::public.v[] AS y",
    object: "view public.w"
  },
  {
    name: "materialized view with everything",
    setup,
    from: "CREATE MATERIALIZED VIEW public.m AS SELECT id, a FROM public.t",
    to:
      `CREATE MATERIALIZED VIEW public.m WITH (fillfactor = 70, toast.autovacuum_enabled = false) AS SELECT id, a FROM public.t;
         ALTER MATERIALIZED VIEW public.m ALTER a SET STORAGE external, ALTER a SET STATISTICS 300, ALTER a SET (n_distinct = 5),
           ALTER a SET COMPRESSION pglz;
         CREATE UNIQUE INDEX m_id ON public.m (id); COMMENT ON MATERIALIZED VIEW public.m IS 'm'; COMMENT ON COLUMN public.m.a IS 'a'`,
    object: "materialized view public.m",
    state: {
      definition: " SELECT id,\n    a\n   FROM public.t",
      columns: [
        { name: "id", type: "integer" },
        {
          name: "a",
          type: "text",
          storage: "external",
          compression: "pglz",
          statistics: 300,
          options: ["n_distinct=5"]
        }
      ],
      options: ["fillfactor=70", "toast.autovacuum_enabled=false"]
    },
    sinceMajor: 16
  },
  {
    name: "materialized view with another definition keeps its index",
    setup,
    from: "CREATE MATERIALIZED VIEW public.m AS SELECT id FROM public.t; CREATE INDEX i ON public.m (id)",
    to: "CREATE MATERIALIZED VIEW public.m AS SELECT id FROM public.t WHERE id > 0; CREATE INDEX i ON public.m (id)",
    object: "materialized view public.m",
    way: "Replace"
  },
  {
    name: "materialized view whose storage parameters change",
    setup,
    from:
      "CREATE MATERIALIZED VIEW public.m WITH (fillfactor = 70, autovacuum_enabled = false) AS SELECT id FROM public.t",
    to: "CREATE MATERIALIZED VIEW public.m WITH (fillfactor = 80) AS SELECT id FROM public.t",
    object: "materialized view public.m",
    way: "InPlace"
  },
  {
    name: "materialized view without data, whose query fails",
    from: "CREATE MATERIALIZED VIEW public.m AS SELECT 1 / 0 AS x WITH NO DATA",
    to: "CREATE MATERIALIZED VIEW public.m AS SELECT 2 / 0 AS x WITH NO DATA",
    object: "materialized view public.m"
  },
  {
    name: "materialized view of one that has no rows yet, and could have them",
    setup: setup,
    from: "CREATE MATERIALIZED VIEW public.a AS SELECT id FROM public.t WITH NO DATA",
    to: `CREATE MATERIALIZED VIEW public.a AS SELECT id FROM public.t;
      CREATE MATERIALIZED VIEW public.m AS SELECT id FROM public.a`,
    object: "materialized view public.m",
    ownDiffers: true
  },
  {
    name: "materialized view over one without data",
    setup: `${setup}; CREATE MATERIALIZED VIEW public.a AS SELECT id FROM public.t WITH NO DATA;
      CREATE VIEW public.v AS SELECT id FROM public.a`,
    from: "SELECT 1",
    to: "CREATE MATERIALIZED VIEW public.m AS SELECT id FROM public.v WITH NO DATA",
    object: "materialized view public.m",
    ownDiffers: true
  },
  {
    name: "materialized view without data, over a view whose owner may not read the table",
    setup: `${setup}; CREATE VIEW public.v AS SELECT id FROM public.t; ALTER VIEW public.v OWNER TO pg_monitor`,
    from: "SELECT 1",
    to: "CREATE MATERIALIZED VIEW public.m AS SELECT id FROM public.v WITH NO DATA",
    object: "materialized view public.m",
    ownDiffers: true
  }
])
