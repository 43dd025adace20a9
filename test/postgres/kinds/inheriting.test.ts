/** Cases of partitions and child tables that meet the names and constraints of what they are tied to. */
import { kindCases } from "./kindCases.ts"

const partitioned = `CREATE TABLE public.p (a integer, b text) PARTITION BY HASH (a);
  CREATE TABLE public.q PARTITION OF public.p FOR VALUES WITH (MODULUS 4, REMAINDER 0)`
const fires = "FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()"

kindCases([
  {
    name: "a trigger of a partition becomes one of the partitioned table",
    setup: partitioned,
    from: `CREATE TRIGGER t AFTER UPDATE OF b ON public.q ${fires}`,
    to: `CREATE TRIGGER t AFTER UPDATE OF b ON public.p ${fires}`,
    object: "trigger public.p.t"
  },
  {
    name: "a constraint trigger of a partitioned table becomes one of its partition",
    setup: partitioned,
    from: `CREATE CONSTRAINT TRIGGER t AFTER INSERT ON public.p ${fires}`,
    to: `CREATE CONSTRAINT TRIGGER t AFTER INSERT ON public.q ${fires.replace("()", "('x')")}`,
    object: "trigger public.q.t"
  },
  {
    name: "a constraint trigger of a partitioned table that is called like a key of a partition below its partition",
    setup: `CREATE TABLE public.p (a integer NOT NULL) PARTITION BY HASH (a);
      CREATE TABLE public.q PARTITION OF public.p FOR VALUES WITH (MODULUS 4, REMAINDER 0) PARTITION BY HASH (a);
      CREATE TABLE public.r PARTITION OF public.q FOR VALUES WITH (MODULUS 4, REMAINDER 0)`,
    from: "ALTER TABLE public.r ADD CONSTRAINT t PRIMARY KEY (a)",
    to: `CREATE CONSTRAINT TRIGGER t AFTER INSERT ON public.p ${fires}`,
    object: "trigger public.p.t"
  },
  {
    name: "a child keeps its own column, which may be null, when its parent loses an identity of that name",
    setup: "SELECT 1",
    from: `CREATE TABLE public.t (a integer, b integer GENERATED ALWAYS AS IDENTITY);
      CREATE TABLE public.u (b integer) INHERITS (public.t)`,
    to: "CREATE TABLE public.t (a integer); CREATE TABLE public.u (b integer) INHERITS (public.t)",
    object: "column public.u.b",
    ownDiffers: true
  },
  {
    name: "a not-null constraint that a child gets has the name of one that it loses",
    setup: "SELECT 1",
    from:
      `CREATE TABLE public.t (a integer CONSTRAINT n NOT NULL); CREATE TABLE public.u (b integer) INHERITS (public.t)`,
    to:
      `CREATE TABLE public.t (b integer CONSTRAINT n NOT NULL); CREATE TABLE public.u (b integer) INHERITS (public.t)`,
    object: "column public.u.b",
    sinceMajor: 18,
    ownDiffers: true
  },
  {
    name: "a column gets another type and may be null, while a child has a not-null constraint of its own",
    setup: "SELECT 1",
    from: `CREATE TABLE public.t (a integer NOT NULL); CREATE TABLE public.u (a integer NOT NULL) INHERITS (public.t)`,
    to: `CREATE TABLE public.t (a bigint); CREATE TABLE public.u (a bigint NOT NULL) INHERITS (public.t)`,
    object: "column public.t.a",
    ownDiffers: true
  },
  {
    name: "a check that is not valid comes to a partition where it is to hold for all rows",
    setup: "SELECT 1",
    from: partitioned,
    to: `${partitioned}; ALTER TABLE public.q ADD CONSTRAINT c CHECK (b <> '');
      ALTER TABLE public.p ADD CONSTRAINT c CHECK (b <> '') NOT VALID`,
    object: "constraint public.q.c"
  },
  {
    name: "a child whose own check is not valid, beside that of a parent, which is not enforced",
    to: `CREATE TABLE public.t (a integer NOT NULL); CREATE TABLE public.u (b integer) INHERITS (public.t);
      ALTER TABLE public.u ADD CONSTRAINT c CHECK (a > 0) NOT VALID;
      ALTER TABLE public.t ADD CONSTRAINT c CHECK (a > 0) NOT ENFORCED`,
    object: "constraint public.u.c",
    sinceMajor: 18,
    ownDiffers: true
  },
  {
    name: "the index of a partition that goes with the whole tree, whose keys go too",
    setup: "SELECT 1",
    from: "SELECT 1",
    to: `CREATE SCHEMA s; CREATE TABLE public.p (a text) PARTITION BY RANGE (a);
      CREATE TABLE s.q PARTITION OF public.p FOR VALUES FROM ('k') TO (MAXVALUE) PARTITION BY LIST (a);
      CREATE TABLE s.r PARTITION OF s.q FOR VALUES IN ('x') PARTITION BY LIST (a);
      ALTER TABLE public.p ADD CONSTRAINT a PRIMARY KEY (a); CREATE INDEX i ON s.r (a DESC)`,
    object: "index s.i"
  },
  {
    name: "a foreign key of a partition under the name of one of the partitioned table, which differs",
    setup: `CREATE TABLE public.p (a integer PRIMARY KEY) PARTITION BY LIST (a);
      CREATE TABLE public.q PARTITION OF public.p FOR VALUES IN (1)`,
    from: "SELECT 1",
    to: `ALTER TABLE public.q ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES public.p (a) INITIALLY DEFERRED;
      ALTER TABLE public.p ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES public.p (a)`,
    object: "constraint public.q.f"
  }
])
