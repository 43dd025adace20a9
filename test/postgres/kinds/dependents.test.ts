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
    name: "a foreign key to a partitioned table that loses a partition",
    setup: "SELECT 1",
    from: `CREATE TABLE public.p (id integer PRIMARY KEY) PARTITION BY LIST (id);
      CREATE TABLE public.z PARTITION OF public.p FOR VALUES IN (1); CREATE TABLE public.a (id integer)`,
    to: `CREATE TABLE public.p (id integer PRIMARY KEY) PARTITION BY LIST (id);
      CREATE TABLE public.a (id integer CONSTRAINT b REFERENCES public.p (id))`,
    object: "constraint public.a.b"
  },
  {
    name: "an index that some partitions of a partition lack",
    setup: `CREATE TABLE public.p (a integer) PARTITION BY RANGE (a);
      CREATE TABLE public.q PARTITION OF public.p FOR VALUES FROM (0) TO (10) PARTITION BY RANGE (a);
      CREATE TABLE public.q1 PARTITION OF public.q FOR VALUES FROM (0) TO (5);
      CREATE TABLE public.q2 PARTITION OF public.q FOR VALUES FROM (5) TO (10)`,
    from: "SELECT 1",
    to: `CREATE INDEX pi ON ONLY public.p (a); CREATE INDEX qi ON ONLY public.q (a); CREATE INDEX q2i ON public.q2 (a);
      ALTER INDEX public.qi ATTACH PARTITION public.q2i; ALTER INDEX public.pi ATTACH PARTITION public.qi`,
    object: "index partition public.qi"
  },
  {
    name: "partitions with an index that some of them lack",
    setup: "SELECT 1",
    from: "SELECT 1",
    to: `CREATE TABLE public.p (a integer) PARTITION BY RANGE (a);
      CREATE TABLE public.q PARTITION OF public.p FOR VALUES FROM (0) TO (10) PARTITION BY RANGE (a);
      CREATE TABLE public.q1 PARTITION OF public.q FOR VALUES FROM (0) TO (5);
      CREATE TABLE public.q2 PARTITION OF public.q FOR VALUES FROM (5) TO (10);
      CREATE INDEX pi ON ONLY public.p (a); CREATE INDEX qi ON ONLY public.q (a); CREATE INDEX q2i ON public.q2 (a);
      ALTER INDEX public.qi ATTACH PARTITION public.q2i; ALTER INDEX public.pi ATTACH PARTITION public.qi`,
    object: "index partition public.qi"
  },
  {
    name: "a check of a child table alone that need not hold for old rows",
    setup: "CREATE TABLE public.t (a integer)",
    to: `CREATE TABLE public.u () INHERITS (public.t);
      ALTER TABLE public.u ADD CONSTRAINT c CHECK (a > 0) NOT VALID`,
    object: "constraint public.u.c"
  },
  {
    name: "a foreign key that is to hold for old rows too, while the key that it stands on gives way to another",
    setup: "CREATE TABLE public.t (id integer NOT NULL, p integer)",
    from: `ALTER TABLE public.t ADD CONSTRAINT k UNIQUE (id);
      ALTER TABLE public.t ADD CONSTRAINT f FOREIGN KEY (p) REFERENCES public.t (id) NOT VALID`,
    to: `ALTER TABLE public.t ADD PRIMARY KEY (id);
      ALTER TABLE public.t ADD CONSTRAINT f FOREIGN KEY (p) REFERENCES public.t (id)`,
    object: "constraint public.t.f"
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
  },
  {
    name: "a unique constraint that stands for a primary key stays when its partition moves to another table",
    setup: "CREATE SCHEMA s",
    from: `CREATE TABLE s.p (id integer) PARTITION BY RANGE (id);
      CREATE TABLE public.a PARTITION OF s.p FOR VALUES FROM (1) TO (10);
      ALTER TABLE public.a ADD CONSTRAINT x UNIQUE (id); ALTER TABLE s.p ADD PRIMARY KEY (id)`,
    to: `CREATE TABLE public.p (id integer) PARTITION BY RANGE (id);
      CREATE TABLE public.a PARTITION OF public.p FOR VALUES FROM (1) TO (10);
      ALTER TABLE public.a ADD CONSTRAINT x UNIQUE (id)`,
    object: "constraint public.a.x"
  },
  {
    name:
      "a partition that comes to a table with indexes on the same columns, none of them named in the order of creation",
    setup: `CREATE TABLE public.r (id integer, at integer) PARTITION BY LIST (id);
      CREATE INDEX z ON public.r (id, at DESC); CREATE INDEX m ON public.r (id, at); CREATE INDEX a ON public.r (id DESC, at)`,
    from: "CREATE TABLE public.r1 PARTITION OF public.r FOR VALUES IN (1)",
    to: `CREATE TABLE public.r1 PARTITION OF public.r FOR VALUES IN (1);
      CREATE TABLE public.r2 PARTITION OF public.r FOR VALUES IN (2) PARTITION BY LIST (at);
      CREATE TABLE public.r21 PARTITION OF public.r2 FOR VALUES IN (1)`,
    object: "index partition public.r21_id_at_idx"
  },
  {
    name: "the index of a partition, which changes while that of its table and another partition's stay",
    setup: `CREATE TABLE public.r (id integer, at integer) PARTITION BY LIST (id); CREATE INDEX i ON ONLY public.r (at);
      CREATE TABLE public.r1 PARTITION OF public.r FOR VALUES IN (1); CREATE TABLE public.r2 PARTITION OF public.r FOR VALUES IN (2)`,
    from:
      `ALTER INDEX public.r2_at_idx RENAME TO i2; DROP TABLE public.r1; CREATE TABLE public.r1 (id integer, at integer);
      CREATE INDEX i1 ON public.r1 (at); ALTER TABLE public.r ATTACH PARTITION public.r1 FOR VALUES IN (1)`,
    to:
      `ALTER INDEX public.r2_at_idx RENAME TO i2; DROP TABLE public.r1; CREATE TABLE public.r1 (id integer, at integer);
      CREATE INDEX i1 ON public.r1 (at DESC); ALTER TABLE public.r ATTACH PARTITION public.r1 FOR VALUES IN (1)`,
    object: "index public.i1"
  },
  {
    name: "a materialized view of a function over the rows of a table that loses a column",
    setup: "",
    from: "CREATE TABLE public.t (id integer, gone text)",
    to: `CREATE TABLE public.t (id integer);
      CREATE FUNCTION public.f() RETURNS SETOF public.t LANGUAGE sql BEGIN ATOMIC SELECT * FROM public.t; END;
      CREATE MATERIALIZED VIEW public.a AS SELECT id FROM public.f()`,
    object: "materialized view public.a"
  },
  {
    name: "the index of a table and a partition's key under it, which go only when the partition is away",
    setup: `CREATE TABLE public.r (id integer, at integer) PARTITION BY LIST (id);
      CREATE TABLE public.r1 PARTITION OF public.r FOR VALUES IN (1); CREATE TABLE public.r2 PARTITION OF public.r FOR VALUES IN (2)`,
    from: `CREATE UNIQUE INDEX i ON ONLY public.r (id, at); ALTER TABLE public.r1 ADD CONSTRAINT k PRIMARY KEY (id, at);
      ALTER INDEX public.i ATTACH PARTITION public.k`,
    to: "ALTER TABLE public.r1 ADD CONSTRAINT k PRIMARY KEY (id, at)",
    object: "constraint public.r1.k"
  },
  {
    name: "a partition's key under an index of the table, which changes",
    setup: `CREATE TABLE public.r (id integer, at integer) PARTITION BY LIST (id);
      CREATE TABLE public.r1 PARTITION OF public.r FOR VALUES IN (1); CREATE TABLE public.r2 PARTITION OF public.r FOR VALUES IN (2)`,
    from: `CREATE UNIQUE INDEX i ON public.r (id, at); ALTER TABLE public.r2 ADD CONSTRAINT l UNIQUE (at)`,
    to: `CREATE UNIQUE INDEX i ON ONLY public.r (id, at); ALTER TABLE public.r1 ADD CONSTRAINT k PRIMARY KEY (id, at);
      ALTER TABLE public.r2 ADD CONSTRAINT l UNIQUE (id, at); ALTER INDEX public.i ATTACH PARTITION public.k;
      ALTER INDEX public.i ATTACH PARTITION public.l`,
    object: "constraint public.r2.l"
  },
  {
    name:
      "a partition's key that stands under an index in place of the table's key, and is the replica identity no longer",
    setup: "SELECT 1",
    from: `CREATE TABLE public.r (id integer, at integer, PRIMARY KEY (id, at)) PARTITION BY LIST (id);
      CREATE TABLE public.r1 PARTITION OF public.r FOR VALUES IN (1);
      ALTER TABLE public.r1 REPLICA IDENTITY USING INDEX r1_pkey`,
    to: `CREATE TABLE public.r (id integer, at integer) PARTITION BY LIST (id);
      CREATE TABLE public.r1 PARTITION OF public.r FOR VALUES IN (1); CREATE UNIQUE INDEX i ON ONLY public.r (id, at);
      ALTER TABLE public.r1 ADD PRIMARY KEY (id, at); ALTER INDEX public.i ATTACH PARTITION public.r1_pkey`,
    object: "constraint public.r1.r1_pkey"
  },
  {
    name: "a sequence of a column that goes before the column comes which owns the sequence then",
    setup: "CREATE SEQUENCE public.s",
    from:
      `CREATE TABLE public.p (id integer, a integer) PARTITION BY RANGE (id); ALTER SEQUENCE public.s OWNED BY public.p.a;
      CREATE TABLE public.t PARTITION OF public.p DEFAULT`,
    to:
      `CREATE TABLE public.t (id uuid, a integer) PARTITION BY HASH (id); ALTER SEQUENCE public.s OWNED BY public.t.a`,
    object: "sequence owner public.s"
  },
  {
    name: "a new child table of a parent with a check that is valid in neither",
    setup: `CREATE TABLE public.t (id integer); CREATE TABLE public.other () INHERITS (public.t);
      ALTER TABLE public.t ADD CONSTRAINT k CHECK (id > 0) NOT VALID`,
    from: "",
    to: `ALTER TABLE public.t DROP CONSTRAINT k; CREATE TABLE public.c () INHERITS (public.t);
      ALTER TABLE public.t ADD CONSTRAINT k CHECK (id > 0) NOT VALID`,
    object: "constraint public.c.k",
    ownDiffers: true
  },
  {
    name: "a column that is not null in the table alone comes to a table with child tables",
    setup: "SELECT 1",
    from: "CREATE TABLE public.r (a integer); CREATE TABLE public.s () INHERITS (public.r)",
    to:
      `CREATE TABLE public.r (a integer, n integer CONSTRAINT nn NOT NULL NO INHERIT, m integer GENERATED ALWAYS AS IDENTITY);
      CREATE TABLE public.s () INHERITS (public.r)`,
    object: "column public.r.n",
    sinceMajor: 18
  },
  {
    name: "a function over a table that becomes a partitioned one is over its partition then",
    setup: "",
    from: `CREATE TABLE public.o (id bigint);
      CREATE FUNCTION public.f() RETURNS bigint LANGUAGE sql STABLE BEGIN ATOMIC SELECT count(*) FROM public.o; END`,
    to: `CREATE TABLE public.o (id bigint) PARTITION BY RANGE (id);
      CREATE TABLE public.w PARTITION OF public.o FOR VALUES FROM (20) TO (30) PARTITION BY RANGE (id);
      CREATE FUNCTION public.f() RETURNS bigint LANGUAGE sql STABLE BEGIN ATOMIC SELECT count(*) FROM public.w; END`,
    object: "function public.f()"
  },
  {
    name: "a generated column of a partitioned table with a check takes another expression, and so do all below",
    setup: "CREATE TABLE public.r (id integer, at integer) PARTITION BY LIST (id)",
    from:
      `ALTER TABLE public.r ADD COLUMN g integer GENERATED ALWAYS AS (id + 1) STORED CONSTRAINT positive CHECK (g > 0);
      CREATE TABLE public.a PARTITION OF public.r FOR VALUES IN (1);
      CREATE TABLE public.b PARTITION OF public.r FOR VALUES IN (2) PARTITION BY LIST (at);
      CREATE TABLE public.c PARTITION OF public.b FOR VALUES IN (1)`,
    to:
      `ALTER TABLE public.r ADD COLUMN g integer GENERATED ALWAYS AS (id * 2) STORED CONSTRAINT positive CHECK (g > 0);
      CREATE TABLE public.a PARTITION OF public.r FOR VALUES IN (1);
      CREATE TABLE public.b PARTITION OF public.r FOR VALUES IN (2) PARTITION BY LIST (at);
      CREATE TABLE public.c PARTITION OF public.b FOR VALUES IN (1)`,
    object: "constraint public.c.positive"
  },
  {
    name: "a partition with partitions has a primary key of its own on the columns of the whole's unique constraint",
    setup: "CREATE TABLE public.w (id bigint UNIQUE) PARTITION BY HASH (id)",
    from: "",
    to: `CREATE TABLE public.p PARTITION OF public.w FOR VALUES WITH (MODULUS 4, REMAINDER 0) PARTITION BY RANGE (id);
      CREATE TABLE public.u PARTITION OF public.p FOR VALUES FROM (50) TO (60); ALTER TABLE public.p ADD PRIMARY KEY (id)`,
    object: "index partition public.u_pkey"
  },
  {
    name: "a partition with partitions has an index of its own on the columns of the whole's",
    setup: "CREATE TABLE public.w (id bigint) PARTITION BY HASH (id); CREATE INDEX i ON public.w (id)",
    from: "",
    to: `CREATE TABLE public.p PARTITION OF public.w FOR VALUES WITH (MODULUS 4, REMAINDER 0) PARTITION BY RANGE (id);
      CREATE TABLE public.u PARTITION OF public.p FOR VALUES FROM (50) TO (60); CREATE INDEX j ON public.p (id DESC)`,
    object: "index partition public.u_id_idx1"
  },
  {
    name: "a unique constraint that stands for a primary key, and other bounds of its partition",
    setup: "CREATE TABLE public.p (id integer) PARTITION BY RANGE (id)",
    from: `CREATE TABLE public.a PARTITION OF public.p FOR VALUES FROM (1) TO (10);
      ALTER TABLE public.a ADD CONSTRAINT x UNIQUE (id); ALTER TABLE public.p ADD PRIMARY KEY (id)`,
    to: `CREATE TABLE public.a PARTITION OF public.p FOR VALUES FROM (1) TO (20);
      ALTER TABLE public.a ADD CONSTRAINT x UNIQUE (id); ALTER TABLE public.p ADD PRIMARY KEY (id)`,
    object: "partition public.a"
  },
  {
    name: "a foreign key that a partition has beside one of its table that is not enforced",
    setup: `CREATE TABLE public.r (id integer PRIMARY KEY); CREATE TABLE public.p (id integer) PARTITION BY RANGE (id);
      CREATE TABLE public.a PARTITION OF public.p FOR VALUES FROM (1) TO (10)`,
    from: "ALTER TABLE public.a ADD CONSTRAINT own FOREIGN KEY (id) REFERENCES public.r",
    to: `ALTER TABLE public.p ADD FOREIGN KEY (id) REFERENCES public.r NOT ENFORCED;
      ALTER TABLE public.a ADD CONSTRAINT own FOREIGN KEY (id) REFERENCES public.r`,
    object: "constraint public.a.own",
    sinceMajor: 18
  },
  {
    name: "a generated column of a table with child tables of child tables becomes a plain one",
    setup: "SELECT 1",
    from: `CREATE TABLE public.t (x integer, a integer GENERATED ALWAYS AS (x + 1) STORED);
      CREATE TABLE public.u () INHERITS (public.t); CREATE TABLE public.v () INHERITS (public.u)`,
    to: `CREATE TABLE public.t (x integer, a integer);
      CREATE TABLE public.u () INHERITS (public.t); CREATE TABLE public.v () INHERITS (public.u)`,
    object: "column public.v.a",
    ownDiffers: true
  },
  {
    name: "a column of another type that a child table has already comes from its parent",
    setup: "SELECT 1",
    from: "CREATE TABLE public.t (id integer); CREATE TABLE public.u (a integer) INHERITS (public.t)",
    to: "CREATE TABLE public.t (id integer, a bigint); CREATE TABLE public.u () INHERITS (public.t)",
    object: "column public.u.a",
    ownDiffers: true
  },
  {
    name: "a column of a child table changes with its parent's, and in ways of its own",
    setup: "SELECT 1",
    from: `CREATE TABLE public.t (a integer); CREATE TABLE public.u (CHECK (a > 0)) INHERITS (public.t);
      ALTER TABLE public.u ALTER a SET DEFAULT 1`,
    to: `CREATE TABLE public.t (a bigint); CREATE TABLE public.u (CHECK (a > 1)) INHERITS (public.t);
      ALTER TABLE public.u ALTER a SET DEFAULT 2; ALTER TABLE public.u ALTER a SET STATISTICS 50`,
    object: "column public.u.a"
  },
  {
    name: "statistics targets of what PostgreSQL makes anew when a column changes its type",
    setup: "SELECT 1",
    from: `CREATE TABLE public.t (a bigint, b text);
      CREATE STATISTICS public.s ON a, b, lower(b) FROM public.t; ALTER STATISTICS public.s SET STATISTICS 50;
      CREATE INDEX i ON public.t ((a + 1)); ALTER INDEX public.i ALTER COLUMN 1 SET STATISTICS 70`,
    to: `CREATE TABLE public.t (a integer, b text);
      CREATE STATISTICS public.s ON a, b, lower(b) FROM public.t; ALTER STATISTICS public.s SET STATISTICS 50;
      CREATE INDEX i ON public.t ((a + 1)); ALTER INDEX public.i ALTER COLUMN 1 SET STATISTICS 70`,
    object: "column public.t.a"
  },
  {
    name: "a partition gets other bounds while the type of a column that it has from its parent is made anew",
    setup: "SELECT 1",
    from: `CREATE TYPE public.e AS ENUM ('a', 'b');
      CREATE TABLE public.t (id integer, v public.e[]) PARTITION BY RANGE (id);
      CREATE TABLE public.p PARTITION OF public.t FOR VALUES FROM (1) TO (9)`,
    to: `CREATE TYPE public.e AS ENUM ('b', 'a');
      CREATE TABLE public.t (id integer, v public.e[]) PARTITION BY RANGE (id);
      CREATE TABLE public.p PARTITION OF public.t FOR VALUES FROM (1) TO (10)`,
    object: "enum public.e"
  },
  {
    name: "a foreign key to the table itself comes when the column beside its key has its new type",
    setup: "SELECT 1",
    from: "CREATE TABLE public.t (id integer, b smallint, CONSTRAINT a PRIMARY KEY (id) INCLUDE (b))",
    to: `CREATE TABLE public.t (id integer, b integer, CONSTRAINT a PRIMARY KEY (id) INCLUDE (b),
      CONSTRAINT f FOREIGN KEY (id) REFERENCES public.t)`,
    object: "constraint public.t.f"
  },
  {
    name: "a child that gets another parent loses NOT NULL although the new parent loses its own too",
    setup: "SELECT 1",
    from: `CREATE TABLE public.a (id integer NOT NULL); CREATE TABLE public.b (id integer NOT NULL);
      CREATE TABLE public.c () INHERITS (public.a)`,
    to: "CREATE TABLE public.b (id integer); CREATE TABLE public.c () INHERITS (public.b)",
    object: "column public.c.id",
    ownDiffers: true
  },
  {
    name: "a check that takes the name of a constraint trigger, and the other way round",
    setup: "SELECT 1",
    from: `CREATE TABLE public.t (a integer, CONSTRAINT d CHECK (a > 0));
      CREATE CONSTRAINT TRIGGER c AFTER INSERT ON public.t FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()`,
    to: `CREATE TABLE public.t (a integer, CONSTRAINT c CHECK (a > 1));
      CREATE CONSTRAINT TRIGGER d AFTER INSERT ON public.t FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()`,
    object: "trigger public.t.d"
  },
  {
    name: "types with names that are alike up to their end are set aside at once",
    setup: "SELECT 1",
    from: `CREATE TYPE public.${"long_".repeat(12)}a AS ENUM ('a', 'b'); CREATE TYPE public.${
      "long_".repeat(12)
    }b AS ENUM ('a', 'b');
      CREATE TABLE public.t (a public.${"long_".repeat(12)}a, b public.${"long_".repeat(12)}b)`,
    to: `CREATE TYPE public.${"long_".repeat(12)}a AS ENUM ('b', 'a'); CREATE TYPE public.${
      "long_".repeat(12)
    }b AS ENUM ('b', 'a');
      CREATE TABLE public.t (a public.${"long_".repeat(12)}a, b public.${"long_".repeat(12)}b)`,
    object: `enum public.${"long_".repeat(12)}a`
  },
  {
    name: "a view of a function that returns rows of a table, which gains a column between others",
    setup: "SELECT 1",
    from: `CREATE TABLE public.t (a text, c text);
      CREATE FUNCTION public.f() RETURNS SETOF public.t LANGUAGE sql AS 'SELECT * FROM public.t';
      CREATE VIEW public.v AS SELECT c FROM public.f() x`,
    to: `CREATE TABLE public.t (a text, b text, c text);
      CREATE FUNCTION public.f() RETURNS SETOF public.t LANGUAGE sql AS 'SELECT * FROM public.t';
      CREATE VIEW public.v AS SELECT c FROM public.f() x`,
    object: "view public.v"
  },
  {
    name: "a column keeps its storage when its type is made anew",
    setup: "SELECT 1",
    from: `CREATE TYPE public.c AS (a integer, b text); CREATE TABLE public.t (x public.c);
      ALTER TABLE public.t ALTER x SET STORAGE EXTERNAL`,
    to: `CREATE TYPE public.c AS (b text, a integer); CREATE TABLE public.t (x public.c);
      ALTER TABLE public.t ALTER x SET STORAGE EXTERNAL`,
    object: "composite type public.c",
    way: "Replace"
  },
  {
    name: "a check that came to child tables without a look at their rows",
    setup: "SELECT 1",
    from: "CREATE TABLE public.t (a bigint)",
    to:
      `CREATE TABLE public.t (a bigint); CREATE TABLE public.u () INHERITS (public.t); CREATE TABLE public.w () INHERITS (public.u);
      ALTER TABLE public.t ADD CONSTRAINT c CHECK (a > 0) NOT VALID`,
    object: "constraint public.w.c",
    state: { type: "check", definition: "CHECK ((a > 0)) NOT VALID", columns: ["a"], inherited: true }
  },
  {
    name: "an index that is not in all partitions, two levels down",
    setup: "SELECT 1",
    from: "CREATE TABLE public.p (a integer) PARTITION BY RANGE (a)",
    to: `CREATE TABLE public.p (a integer) PARTITION BY RANGE (a);
      CREATE TABLE public.q PARTITION OF public.p FOR VALUES FROM (0) TO (9) PARTITION BY RANGE (a);
      CREATE TABLE public.r PARTITION OF public.q FOR VALUES FROM (0) TO (3);
      CREATE INDEX i ON ONLY public.p (a); CREATE INDEX j ON ONLY public.q (a); ALTER INDEX public.i ATTACH PARTITION public.j`,
    object: "index partition public.j"
  },
  {
    name: "exclusion constraints that PostgreSQL builds in partitions, two levels down",
    setup: "SELECT 1",
    from: `CREATE TABLE public.p (a integer, b integer) PARTITION BY RANGE (a);
      CREATE TABLE public.q PARTITION OF public.p FOR VALUES FROM (0) TO (9) PARTITION BY RANGE (a)`,
    to: `CREATE TABLE public.p (a integer, b integer) PARTITION BY RANGE (a);
      CREATE TABLE public.q PARTITION OF public.p FOR VALUES FROM (0) TO (9) PARTITION BY RANGE (a);
      CREATE TABLE public.r PARTITION OF public.q FOR VALUES FROM (0) TO (3);
      ALTER TABLE public.p ADD CONSTRAINT x EXCLUDE USING btree (a WITH =)`,
    object: "constraint public.r.r_a_excl",
    sinceMajor: 17
  },
  {
    name: "an exclusion constraint that a partition keeps when it leaves, and that one of other bounds has",
    setup: "SELECT 1",
    from: `CREATE TABLE public.p (a integer, EXCLUDE USING btree (a WITH =)) PARTITION BY RANGE (a);
      CREATE TABLE public.q PARTITION OF public.p FOR VALUES FROM (0) TO (9);
      CREATE TABLE public.r PARTITION OF public.p FOR VALUES FROM (10) TO (19)`,
    to: `CREATE TABLE public.p (a integer, EXCLUDE USING btree (a WITH =)) PARTITION BY RANGE (a);
      CREATE TABLE public.q (a integer, EXCLUDE USING btree (a WITH =));
      CREATE TABLE public.r PARTITION OF public.p FOR VALUES FROM (20) TO (29)`,
    object: "constraint public.r.r_a_excl",
    sinceMajor: 17
  },
  {
    name: "an exclusion constraint that a partition does not have",
    setup: "CREATE TABLE public.p (a integer) PARTITION BY RANGE (a)",
    from: "CREATE TABLE public.q PARTITION OF public.p FOR VALUES FROM (0) TO (9)",
    to: `CREATE TABLE public.q PARTITION OF public.p FOR VALUES FROM (0) TO (9);
      ALTER TABLE ONLY public.p ADD CONSTRAINT x EXCLUDE USING btree (a WITH =)`,
    object: "constraint public.p.x",
    sinceMajor: 17
  },
  {
    name: "a column beside the key of a unique constraint, which a foreign key stands on, changes its type",
    setup: "SELECT 1",
    from: `CREATE TABLE public.t (a integer, b integer, UNIQUE (a) INCLUDE (b));
      CREATE TABLE public.u (a integer REFERENCES public.t (a))`,
    to: `CREATE TABLE public.t (a integer, b bigint, UNIQUE (a) INCLUDE (b));
      CREATE TABLE public.u (a integer REFERENCES public.t (a))`,
    object: "column public.t.b",
    way: "InPlace"
  },
  {
    name: "a not-null constraint whose name another column had from another parent",
    setup: "SELECT 1",
    from:
      `CREATE TABLE public.t (b integer CONSTRAINT n NOT NULL); CREATE TABLE public.w (a integer CONSTRAINT n NOT NULL);
      CREATE TABLE public.u (a integer) INHERITS (public.t)`,
    to:
      `CREATE TABLE public.w (a integer CONSTRAINT n NOT NULL, b integer); CREATE TABLE public.u (a integer) INHERITS (public.w)`,
    object: "column public.u.a",
    ownDiffers: true
  },
  {
    name: "another key of a partition stands for the primary key of the partitioned table",
    setup: `CREATE TABLE public.p (a integer) PARTITION BY RANGE (a);
      CREATE TABLE public.q PARTITION OF public.p FOR VALUES FROM (0) TO (9);
      CREATE TABLE public.r PARTITION OF public.p FOR VALUES FROM (10) TO (19)`,
    from: "ALTER TABLE public.p ADD PRIMARY KEY (a)",
    to: "ALTER TABLE public.q ADD CONSTRAINT k UNIQUE (a); ALTER TABLE public.p ADD PRIMARY KEY (a)",
    object: "index partition public.k"
  },
  {
    name: "a partition with a partition below moves to a table with an index",
    setup: "SELECT 1",
    from: `CREATE TABLE public.p (a integer, b integer) PARTITION BY RANGE (a);
      CREATE TABLE public.q PARTITION OF public.p FOR VALUES FROM (0) TO (9) PARTITION BY RANGE (a);
      CREATE TABLE public.z PARTITION OF public.q FOR VALUES FROM (0) TO (5)`,
    to: `CREATE TABLE public.o (a integer, b integer) PARTITION BY RANGE (a);
      CREATE TABLE public.q PARTITION OF public.o FOR VALUES FROM (0) TO (9) PARTITION BY RANGE (a);
      CREATE TABLE public.z PARTITION OF public.q FOR VALUES FROM (0) TO (5); CREATE INDEX i ON public.o ((b * 2), b)`,
    object: "partition public.q"
  },
  {
    name: "a partition with a partition below moves to a table with an identity column",
    setup: "SELECT 1",
    from: `CREATE TABLE public.p (a integer, b integer NOT NULL) PARTITION BY RANGE (a);
      CREATE TABLE public.q PARTITION OF public.p FOR VALUES FROM (0) TO (9) PARTITION BY RANGE (a);
      CREATE TABLE public.z PARTITION OF public.q FOR VALUES FROM (0) TO (5)`,
    to: `CREATE TABLE public.o (a integer, b integer GENERATED ALWAYS AS IDENTITY) PARTITION BY RANGE (a);
      CREATE TABLE public.q PARTITION OF public.o FOR VALUES FROM (0) TO (9) PARTITION BY RANGE (a);
      CREATE TABLE public.z PARTITION OF public.q FOR VALUES FROM (0) TO (5); CREATE INDEX i ON public.o (b)`,
    object: "partition public.q",
    sinceMajor: 17,
    ownDiffers: true
  },
  {
    name: "a materialized view over whole rows of a table that gains a column with values",
    setup: "SELECT 1",
    from: "CREATE TABLE public.t (a text); CREATE MATERIALIZED VIEW public.m AS SELECT t AS r FROM public.t",
    to: "CREATE TABLE public.t (a text, b bigserial); CREATE MATERIALIZED VIEW public.m AS SELECT t AS r FROM public.t",
    object: "materialized view public.m"
  },
  {
    name: "columns of the row type of a table, which gains a column with values before they are there",
    setup: "SELECT 1",
    from: "CREATE TABLE public.t (a text)",
    to: `CREATE TABLE public.t (a text, b bigserial); CREATE TYPE public.c AS (r public.t);
      CREATE TABLE public.a (r public.t, c public.c)`,
    object: "column public.a.r"
  },
  {
    name: "a child table whose parent has a check that holds for all rows, and one that need not",
    to: `CREATE TABLE public.t (a integer); CREATE TABLE public.u (b integer) INHERITS (public.t);
      ALTER TABLE public.t ADD CONSTRAINT c CHECK (a > 0) NOT VALID; ALTER TABLE public.t ADD CONSTRAINT d CHECK (a < 9);
      CREATE POLICY p ON public.u USING (a > 0)`,
    object: "constraint public.u.d"
  },
  {
    name: "a foreign key of a partition to its own partitioned table, beside one of the table",
    to: `CREATE TABLE public.p (a integer, b integer, PRIMARY KEY (a)) PARTITION BY RANGE (a);
      CREATE TABLE public.q PARTITION OF public.p FOR VALUES FROM (0) TO (9);
      ALTER TABLE public.p ADD CONSTRAINT x FOREIGN KEY (a) REFERENCES public.p (a);
      ALTER TABLE public.p ADD CONSTRAINT y FOREIGN KEY (b) REFERENCES public.p (a) ON UPDATE CASCADE;
      ALTER TABLE public.q ADD CONSTRAINT z FOREIGN KEY (a) REFERENCES public.p (a) ON UPDATE RESTRICT;
      CREATE MATERIALIZED VIEW public.m AS SELECT a FROM public.p; CREATE MATERIALIZED VIEW public.n AS SELECT a FROM public.q`,
    object: "constraint public.q.z"
  },
  {
    name: "a column that a child declared itself goes before its parent gains another of that name",
    setup: "SELECT 1",
    from: "CREATE TABLE public.t (a integer, b bigint); CREATE TABLE public.u (b bigint) INHERITS (public.t)",
    to: `CREATE TABLE public.t (a integer, b integer GENERATED ALWAYS AS (a * 2) STORED);
      CREATE TABLE public.u () INHERITS (public.t)`,
    object: "table public.u",
    ownDiffers: true
  },
  {
    name: "a partition below a partition leaves before the table at the top gains a column",
    setup: "SELECT 1",
    from: `CREATE TABLE public.p (a integer) PARTITION BY RANGE (a);
      CREATE TABLE public.q PARTITION OF public.p FOR VALUES FROM (0) TO (9) PARTITION BY RANGE (a);
      CREATE TABLE public.r PARTITION OF public.p FOR VALUES FROM (10) TO (19) PARTITION BY RANGE (a);
      CREATE TABLE public.b PARTITION OF public.r FOR VALUES FROM (10) TO (15)`,
    to: `CREATE TABLE public.p (a integer, c integer) PARTITION BY RANGE (a);
      CREATE TABLE public.q PARTITION OF public.p FOR VALUES FROM (0) TO (9) PARTITION BY RANGE (a);
      CREATE TABLE public.r PARTITION OF public.p FOR VALUES FROM (10) TO (19) PARTITION BY RANGE (a);
      CREATE TABLE public.b PARTITION OF public.q FOR VALUES FROM (0) TO (5)`,
    object: "column public.b.c"
  }
])
