/** Cases of tables whose parts decide about each other: keys, partitions, child tables, functions over their rows. */
import { kindCases } from "./kindCases.ts"

const partitioned = "CREATE TABLE public.p (id text) PARTITION BY LIST (id)"

kindCases([
  {
    name: "a foreign key lets go before any of the keys that it could stand on",
    setup: "CREATE TABLE public.t (id text)",
    from: `ALTER TABLE public.t ADD CONSTRAINT a UNIQUE (id); ALTER TABLE public.t ADD CONSTRAINT b PRIMARY KEY (id);
      ALTER TABLE public.t ADD CONSTRAINT c FOREIGN KEY (id) REFERENCES public.t (id)`,
    to: "CREATE INDEX i ON public.t (id)",
    object: "index public.i"
  },
  {
    name: "two equal exclusion constraints",
    to: `CREATE TABLE public.t (id integer, CONSTRAINT a EXCLUDE USING btree (id WITH =));
      ALTER TABLE public.t ADD CONSTRAINT b EXCLUDE USING btree (id WITH =)`,
    object: "constraint public.t.b"
  },
  {
    name: "an index of a partitioned table alone",
    setup: `${partitioned}; CREATE TABLE public.p1 PARTITION OF public.p FOR VALUES IN ('a')`,
    from: "SELECT 1",
    to: "CREATE INDEX i ON ONLY public.p (id)",
    object: "index public.i"
  },
  {
    name: "a check of a child table alone that need not hold for old rows",
    setup: "CREATE TABLE public.t (a integer)",
    to: `CREATE TABLE public.u () INHERITS (public.t);
      ALTER TABLE public.u ADD CONSTRAINT c CHECK (a > 0) NOT VALID`,
    object: "constraint public.u.c"
  },
  {
    name: "a partition of a partition with an identity column",
    setup: "SELECT 1",
    from: `${partitioned}; CREATE TABLE public.p1 (id text)`,
    to: `CREATE TABLE public.p (id text, n integer GENERATED ALWAYS AS IDENTITY) PARTITION BY LIST (id);
      CREATE TABLE public.p1 PARTITION OF public.p FOR VALUES IN ('a') PARTITION BY LIST (id);
      CREATE TABLE public.a PARTITION OF public.p1 FOR VALUES IN ('a')`,
    object: "partition public.a",
    sinceMajor: 17
  },
  {
    name: "a partition that comes to a table which loses one column and gains another",
    setup: "SELECT 1",
    from:
      `CREATE TABLE public.p (id text, b integer) PARTITION BY LIST (id); CREATE TABLE public.z (id text, d integer)`,
    to: `CREATE TABLE public.p (id text, c integer) PARTITION BY LIST (id);
      CREATE TABLE public.z PARTITION OF public.p FOR VALUES IN ('a')`,
    object: "partition public.z"
  },
  {
    name: "an identity column of a table with a child table",
    setup: "SELECT 1",
    from: "CREATE TABLE public.t (a integer); CREATE TABLE public.u () INHERITS (public.t)",
    to: `CREATE TABLE public.t (a integer, b integer GENERATED ALWAYS AS IDENTITY);
      CREATE TABLE public.u () INHERITS (public.t)`,
    object: "column public.t.b"
  },
  {
    name: "a primary key over a not-null column of the parent",
    setup: "CREATE TABLE public.t (a integer NOT NULL)",
    to: "CREATE TABLE public.u () INHERITS (public.t); ALTER TABLE public.u ADD PRIMARY KEY (a)",
    object: "constraint public.u.u_pkey"
  },
  {
    name: "storage parameters of a TOAST table that comes and goes",
    setup: "SELECT 1",
    from: "CREATE TABLE public.t (a character varying(5)) WITH (toast.autovacuum_enabled = false)",
    to: "CREATE TABLE public.t (a text) WITH (toast.autovacuum_enabled = false)",
    object: "table public.t",
    state: { options: ["toast.autovacuum_enabled=false"] }
  },
  {
    name: "a parsed function body over all columns of a table, of which one goes and one comes",
    setup: "SELECT 1",
    from: `CREATE TABLE public.t (a integer, b integer);
      CREATE FUNCTION public.f() RETURNS SETOF public.t LANGUAGE sql BEGIN ATOMIC SELECT * FROM public.t; END`,
    to: `CREATE TABLE public.t (a integer, c text);
      CREATE FUNCTION public.f() RETURNS SETOF public.t LANGUAGE sql BEGIN ATOMIC SELECT * FROM public.t; END`,
    object: "function public.f()"
  },
  {
    name: "a policy that reads its own table, which loses a column and its replica identity",
    setup: "SELECT 1",
    from: `CREATE TABLE public.t (a integer, b integer NOT NULL); CREATE UNIQUE INDEX i ON public.t (b);
      ALTER TABLE public.t REPLICA IDENTITY USING INDEX i;
      CREATE POLICY p ON public.t USING (b > 0 AND EXISTS (SELECT FROM public.t))`,
    to: `CREATE TABLE public.t (a integer); ALTER TABLE public.t REPLICA IDENTITY FULL;
      CREATE POLICY p ON public.t USING (a > 0 AND EXISTS (SELECT FROM public.t))`,
    object: "policy public.t.p"
  }
])
