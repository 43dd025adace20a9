/** Cases of publications, and of what tables say for replication. */
import { kindCases } from "./kindCases.ts"

const setup = `CREATE TABLE public.t (id integer PRIMARY KEY, a text, b integer, "C c" integer);
  CREATE TABLE public.o (id integer PRIMARY KEY); CREATE SCHEMA s; CREATE TABLE s.u (id integer)`

kindCases([
  {
    name: "publication with everything",
    setup,
    from: "CREATE PUBLICATION p",
    to: `CREATE PUBLICATION p FOR TABLE public.t ("C c", id) WHERE (id > 1 AND a <> 'it''s'), public.o
        WITH (publish = 'delete, insert', publish_via_partition_root); COMMENT ON PUBLICATION p IS 'p'`,
    object: "publication p",
    state: { publish: ["insert", "delete"], via_partition_root: true },
    way: "InPlace",
    sinceMajor: 15
  },
  {
    name: "publication of all tables",
    setup,
    from: "CREATE PUBLICATION p FOR TABLE public.t",
    to: "CREATE PUBLICATION p FOR ALL TABLES WITH (publish = 'truncate'); COMMENT ON PUBLICATION p IS 'p'",
    object: "publication p",
    state: { all_tables: true, publish: ["truncate"] },
    way: "Replace"
  },
  {
    name: "publication that publishes nothing, and generated columns",
    setup,
    from: "CREATE PUBLICATION p FOR TABLE public.t WITH (publish_generated_columns = stored)",
    to: "CREATE PUBLICATION p FOR TABLE public.t WITH (publish = '')",
    object: "publication p",
    state: { publish: [] },
    way: "InPlace",
    sinceMajor: 18
  },
  {
    name: "publication with a column list, which takes no schemas",
    setup,
    from: "CREATE PUBLICATION p FOR TABLE public.t (id), public.o",
    to: "CREATE PUBLICATION p FOR TABLE public.t, TABLES IN SCHEMA s, public",
    object: "publication schema p.s",
    sinceMajor: 15
  },
  {
    name: "row filter of a published table",
    setup,
    from: "CREATE PUBLICATION p FOR TABLE public.t WHERE (b > 1), public.o",
    to: "CREATE PUBLICATION p FOR TABLE public.t (id, b) WHERE (b > 2), public.o",
    object: "publication table p.public.t",
    state: { columns: ["b", "id"], where: "(b > 2)" },
    way: "Replace",
    sinceMajor: 15
  },
  {
    name: "published table whose columns change",
    from: `CREATE TABLE public.t (id integer PRIMARY KEY, a text, b integer);
      CREATE PUBLICATION p FOR TABLE public.t (id, b) WHERE (id > 1)`,
    to: `CREATE TABLE public.t (id bigint PRIMARY KEY, b numeric);
      CREATE PUBLICATION p FOR TABLE public.t (id, b) WHERE (id > 1)`,
    object: "publication table p.public.t",
    sinceMajor: 15
  },
  {
    name: "published table that is made anew",
    from: "CREATE TABLE public.t (id integer, a text); CREATE PUBLICATION p FOR TABLE public.t",
    to: "CREATE TABLE public.t (id integer, a text) PARTITION BY LIST (id); CREATE PUBLICATION p FOR TABLE public.t",
    object: "publication table p.public.t"
  },
  {
    name: "published table that becomes unlogged",
    from: "CREATE TABLE public.t (id integer); CREATE PUBLICATION p FOR TABLE public.t",
    to: "CREATE UNLOGGED TABLE public.t (id integer); CREATE PUBLICATION p",
    object: "publication p"
  },
  {
    name: "published table that goes",
    from: `${setup}; CREATE PUBLICATION p FOR TABLE public.o, public.t`,
    to: "CREATE TABLE public.o (id integer PRIMARY KEY); CREATE PUBLICATION p FOR TABLE public.o",
    object: "publication p"
  }
])
