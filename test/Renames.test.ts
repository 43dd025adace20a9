/** Renames: declared in files, asked for, found by equality, and taken back; on the embedded engine and on servers with rows. */
import { describe, expect } from "bun:test"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { comparable } from "../src/Canonical.ts"
import * as PostgresDatabase from "../src/engine/PostgresDatabase.ts"
import { apply } from "../src/Executor.ts"
import * as Lockplane from "../src/Lockplane.ts"
import { type Plan, statementsOf } from "../src/Plan.ts"
import * as Platform from "../src/platform.ts"
import * as Preflight from "../src/Preflight.ts"
import { prove } from "../src/Prover.ts"
import { hintsIn } from "../src/Renames.ts"
import { derive } from "../src/Rollback.ts"
import { load, parse } from "../src/Source.ts"
import * as it from "./effect.ts"
import { database, type Major, server } from "./servers.ts"
import { loadSql } from "./sqlSource.ts"

const test = it.layer(Lockplane.layer.pipe(Layer.provideMerge(Platform.layer)))

const between = (from: string, to: string, wishes: ReadonlyArray<string> = []) =>
  Effect.gen(function*() {
    return yield* comparable(yield* loadSql(from), yield* loadSql(to), wishes)
  })

const proven = (from: string, to: string, wishes: ReadonlyArray<string> = []) =>
  Effect.flatMap(between(from, to, wishes), prove)

const sql = (plan: Plan): ReadonlyArray<string> => plan.steps.flatMap(statementsOf)

const refusal = (from: string, to: string, wishes: ReadonlyArray<string> = []) =>
  Effect.map(Effect.flip(proven(from, to, wishes)), ({ message }) => message.replaceAll(/\S+\/(?=\w+\.sql:)/g, ""))

interface Case {
  readonly what: string
  readonly from: string
  readonly to: string
  readonly wishes?: ReadonlyArray<string>
  /** The statements of the plan. */
  readonly steps: ReadonlyArray<string>
}

const cases: ReadonlyArray<Case> = [
  {
    what: "a table, with what PostgreSQL named after it, and a column that a view reads",
    from: `CREATE TABLE users (id serial PRIMARY KEY, name text);
      CREATE INDEX users_name_idx ON users (name);
      CREATE VIEW names AS SELECT name FROM users;`,
    to: `-- lockplane: renamed from users
      CREATE TABLE people (
        id serial PRIMARY KEY,
        full_name text -- lockplane: renamed from name
      );
      CREATE INDEX people_full_name_idx ON people (full_name);
      CREATE VIEW names AS SELECT full_name AS name FROM people;`,
    steps: [
      "ALTER TABLE public.users RENAME TO people",
      "ALTER TABLE public.people RENAME COLUMN name TO full_name",
      "ALTER INDEX public.users_name_idx RENAME TO people_full_name_idx",
      "ALTER SEQUENCE public.users_id_seq RENAME TO people_id_seq",
      "ALTER TABLE public.people RENAME CONSTRAINT users_pkey TO people_pkey",
      "ALTER TABLE public.people RENAME CONSTRAINT users_id_not_null TO people_id_not_null"
    ]
  },
  {
    what: "tables that swap their names",
    from: "CREATE TABLE a (x int, y text); CREATE TABLE b (x int, z int);",
    to: "CREATE TABLE a (x int, z int); CREATE TABLE b (x int, y text);",
    wishes: ["a=b", "b=a"],
    steps: [
      "ALTER TABLE public.b RENAME TO b__lockplane_old",
      "ALTER TABLE public.a RENAME TO b",
      "ALTER TABLE public.b__lockplane_old RENAME TO a"
    ]
  },
  {
    what: "columns that swap their names",
    from: "CREATE TABLE a (x int, y text);",
    to: "CREATE TABLE a (y int, x text);",
    wishes: ["column public.a.x=y", "column public.a.y=x"],
    steps: [
      "ALTER TABLE public.a RENAME COLUMN y TO y__lockplane_old",
      "ALTER TABLE public.a RENAME COLUMN x TO y",
      "ALTER TABLE public.a RENAME COLUMN y__lockplane_old TO x"
    ]
  },
  {
    what: "a chain",
    from: "CREATE TABLE a (x int); CREATE TABLE b (y int);",
    to: `CREATE TABLE b (x int); -- lockplane: renamed from a
      CREATE TABLE c (y int); -- lockplane: renamed from b`,
    steps: ["ALTER TABLE public.b RENAME TO c", "ALTER TABLE public.a RENAME TO b"]
  },
  {
    what: "an enum and a label of it, in use",
    from: "CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE TABLE t (m mood DEFAULT 'sad');",
    to: `-- lockplane: renamed from mood
      CREATE TYPE feeling AS ENUM (
        'unhappy', -- lockplane: renamed from sad
        'ok'
      );
      CREATE TABLE t (m feeling DEFAULT 'unhappy');`,
    steps: ["ALTER TYPE public.mood RENAME TO feeling", "ALTER TYPE public.feeling RENAME VALUE 'sad' TO 'unhappy'"]
  },
  {
    what: "a function whose argument's type is renamed too",
    from: `CREATE TYPE mood AS ENUM ('a');
      CREATE FUNCTION f(m mood) RETURNS int LANGUAGE sql RETURN 1;
      CREATE VIEW v AS SELECT f('a') AS x;`,
    to: `CREATE TYPE feeling AS ENUM ('a'); -- lockplane: renamed from mood
      -- lockplane: renamed from f
      CREATE FUNCTION g(m feeling) RETURNS int LANGUAGE sql RETURN 1;
      CREATE VIEW v AS SELECT g('a') AS x;`,
    steps: ["ALTER FUNCTION public.f(public.mood) RENAME TO g", "ALTER TYPE public.mood RENAME TO feeling"]
  },
  {
    what: "a schema, with everything in it",
    from: `CREATE SCHEMA a; CREATE TABLE a.t (id serial PRIMARY KEY);
      CREATE FUNCTION a.f() RETURNS int LANGUAGE sql RETURN 1;`,
    to: `CREATE SCHEMA b; -- lockplane: renamed from a
      CREATE TABLE b.t (id serial PRIMARY KEY);
      CREATE FUNCTION b.f() RETURNS int LANGUAGE sql RETURN 1;`,
    steps: ["ALTER SCHEMA a RENAME TO b"]
  },
  {
    what: "a table that moves to a schema which the plan creates",
    from: "CREATE TABLE t (id serial PRIMARY KEY, x int); CREATE INDEX t_x ON t (x);",
    to: `CREATE SCHEMA s;
      -- lockplane: renamed from public.t
      CREATE TABLE s.t (id serial PRIMARY KEY, x int);
      CREATE INDEX t_x ON s.t (x);`,
    steps: ["CREATE SCHEMA s", "ALTER TABLE public.t SET SCHEMA s"]
  },
  {
    what: "an attribute of a composite type in use",
    from: "CREATE TYPE address AS (street text, zip text); CREATE TABLE t (a address);",
    to: `CREATE TYPE address AS (
        road text, -- lockplane: renamed from street
        zip text
      );
      CREATE TABLE t (a address);`,
    steps: ["ALTER TYPE public.address RENAME ATTRIBUTE street TO road"]
  },
  {
    what: "a column of a partitioned table, which its partitions have too",
    from: `CREATE TABLE p (id int, k int) PARTITION BY RANGE (id);
      CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);
      CREATE INDEX p_k ON p (k);`,
    to: `CREATE TABLE p (
        id int,
        -- lockplane: renamed from k
        key int
      ) PARTITION BY RANGE (id);
      CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);
      CREATE INDEX p_key ON p (key);`,
    steps: [
      "ALTER TABLE public.p RENAME COLUMN k TO key",
      "ALTER INDEX public.p1_k_idx RENAME TO p1_key_idx",
      "ALTER INDEX public.p_k RENAME TO p_key"
    ]
  },
  {
    what: "a table with an identity column",
    from: "CREATE TABLE users (id int GENERATED ALWAYS AS IDENTITY);",
    to: "-- lockplane: renamed from users\nCREATE TABLE people (id int GENERATED ALWAYS AS IDENTITY);",
    steps: [
      "ALTER TABLE public.users RENAME TO people",
      "ALTER TABLE public.people RENAME CONSTRAINT users_id_not_null TO people_id_not_null",
      "ALTER SEQUENCE public.users_id_seq RENAME TO people_id_seq"
    ]
  },
  {
    what: "a range type, with its constructors and its multirange type",
    from: "CREATE TYPE span AS RANGE (subtype = int4); CREATE TABLE t (s span, m span_multirange);",
    to: `-- lockplane: renamed from span
      CREATE TYPE stretch AS RANGE (subtype = int4);
      CREATE TABLE t (s stretch DEFAULT stretch(1, 2), m stretch_multirange);`,
    steps: [
      "ALTER TYPE public.span RENAME TO stretch",
      "ALTER FUNCTION public.span(integer, integer) RENAME TO stretch",
      "ALTER FUNCTION public.span(integer, integer, text) RENAME TO stretch",
      "ALTER TYPE public.span_multirange RENAME TO stretch_multirange",
      "ALTER FUNCTION public.span_multirange() RENAME TO stretch_multirange",
      "ALTER FUNCTION public.span_multirange(public.stretch) RENAME TO stretch_multirange",
      "ALTER FUNCTION public.span_multirange(public.stretch[]) RENAME TO stretch_multirange",
      "ALTER TABLE ONLY public.t ALTER COLUMN s SET DEFAULT public.stretch(1, 2)"
    ]
  },
  {
    what: "what hangs on tables",
    from: `CREATE TABLE t (id int, CONSTRAINT c1 CHECK (id > 0));
      CREATE FUNCTION tf() RETURNS trigger LANGUAGE plpgsql AS 'begin return new; end';
      CREATE POLICY p1 ON t; CREATE TRIGGER g1 BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION tf();
      CREATE RULE r1 AS ON UPDATE TO t DO NOTHING; CREATE STATISTICS s1 ON id, (id + 1) FROM t;`,
    to: `CREATE TABLE t (
        id int,
        -- lockplane: renamed from c1
        CONSTRAINT c2 CHECK (id > 0)
      );
      CREATE FUNCTION tf() RETURNS trigger LANGUAGE plpgsql AS 'begin return new; end';
      CREATE POLICY p2 ON t; -- lockplane: renamed from p1
      CREATE TRIGGER g2 BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION tf(); -- lockplane: renamed from g1
      CREATE RULE r2 AS ON UPDATE TO t DO NOTHING; -- lockplane: renamed from r1
      CREATE STATISTICS s2 ON id, (id + 1) FROM t; -- lockplane: renamed from s1`,
    steps: [
      "ALTER STATISTICS public.s1 RENAME TO s2",
      "ALTER TABLE public.t RENAME CONSTRAINT c1 TO c2",
      "ALTER POLICY p1 ON public.t RENAME TO p2",
      "ALTER RULE r1 ON public.t RENAME TO r2",
      "ALTER TRIGGER g1 ON public.t RENAME TO g2"
    ]
  },
  {
    what: "the rest of what lives in schemas",
    from: `CREATE SEQUENCE s1; CREATE VIEW v1 AS SELECT 1 AS x; CREATE MATERIALIZED VIEW m1 AS SELECT 1 AS x;
      CREATE DOMAIN d1 AS int CONSTRAINT positive CHECK (VALUE > 0); CREATE PROCEDURE p1(int) LANGUAGE sql AS 'select 1';
      CREATE AGGREGATE a1(int) (SFUNC = int4pl, STYPE = int);`,
    to: `CREATE SEQUENCE s2; -- lockplane: renamed from s1
      CREATE VIEW v2 AS SELECT 1 AS x; -- lockplane: renamed from v1
      CREATE MATERIALIZED VIEW m2 AS SELECT 1 AS x; -- lockplane: renamed from m1
      CREATE DOMAIN d2 AS int CONSTRAINT positive CHECK (VALUE > 0); -- lockplane: renamed from d1
      CREATE PROCEDURE p2(int) LANGUAGE sql AS 'select 1'; -- lockplane: renamed from p1
      CREATE AGGREGATE a2(int) (SFUNC = int4pl, STYPE = int); -- lockplane: renamed from a1`,
    steps: [
      "ALTER AGGREGATE public.a1(integer) RENAME TO a2",
      "ALTER PROCEDURE public.p1(integer) RENAME TO p2",
      "ALTER DOMAIN public.d1 RENAME TO d2",
      "ALTER MATERIALIZED VIEW public.m1 RENAME TO m2",
      "ALTER SEQUENCE public.s1 RENAME TO s2",
      "ALTER VIEW public.v1 RENAME TO v2"
    ]
  },
  {
    what: "collations, conversions and what text search is made of",
    from: `CREATE COLLATION c1 (provider = icu, locale = 'de');
      CREATE CONVERSION k1 FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
      CREATE TEXT SEARCH PARSER p1 (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype);
      CREATE TEXT SEARCH TEMPLATE t1 (LEXIZE = dsimple_lexize, INIT = dsimple_init);
      CREATE TEXT SEARCH DICTIONARY d1 (TEMPLATE = t1);
      CREATE TEXT SEARCH CONFIGURATION f1 (PARSER = p1);
      ALTER TEXT SEARCH CONFIGURATION f1 ADD MAPPING FOR asciiword WITH d1;
      CREATE TABLE t (name text COLLATE c1);`,
    to: `CREATE COLLATION c2 (provider = icu, locale = 'de'); -- lockplane: renamed from c1
      CREATE CONVERSION k2 FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8; -- lockplane: renamed from k1
      -- lockplane: renamed from p1
      CREATE TEXT SEARCH PARSER p2 (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype);
      CREATE TEXT SEARCH TEMPLATE t2 (LEXIZE = dsimple_lexize, INIT = dsimple_init); -- lockplane: renamed from t1
      CREATE TEXT SEARCH DICTIONARY d2 (TEMPLATE = t2); -- lockplane: renamed from d1
      CREATE TEXT SEARCH CONFIGURATION f2 (PARSER = p2); -- lockplane: renamed from f1
      ALTER TEXT SEARCH CONFIGURATION f2 ADD MAPPING FOR asciiword WITH d2;
      CREATE TABLE t (name text COLLATE c2);`,
    steps: [
      "ALTER COLLATION public.c1 RENAME TO c2",
      "ALTER CONVERSION public.k1 RENAME TO k2",
      "ALTER TEXT SEARCH CONFIGURATION public.f1 RENAME TO f2",
      "ALTER TEXT SEARCH DICTIONARY public.d1 RENAME TO d2",
      "ALTER TEXT SEARCH PARSER public.p1 RENAME TO p2",
      "ALTER TEXT SEARCH TEMPLATE public.t1 RENAME TO t2"
    ]
  },
  {
    what: "an operator class and its family, of the method that they are for, under an index",
    from: `CREATE OPERATOR FAMILY f1 USING btree; CREATE OPERATOR FAMILY f1 USING hash;
      CREATE OPERATOR CLASS c1 FOR TYPE int USING btree FAMILY f1 AS
        OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 btint4cmp(int, int);
      ALTER OPERATOR FAMILY f1 USING btree ADD OPERATOR 1 < (int, bigint);
      CREATE TABLE t (id int); CREATE INDEX t_id ON t (id c1);`,
    to: `-- lockplane: renamed from f1
      CREATE OPERATOR FAMILY f2 USING btree; CREATE OPERATOR FAMILY f1 USING hash;
      -- lockplane: renamed from c1
      CREATE OPERATOR CLASS c2 FOR TYPE int USING btree FAMILY f2 AS
        OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 btint4cmp(int, int);
      ALTER OPERATOR FAMILY f2 USING btree ADD OPERATOR 1 < (int, bigint);
      CREATE TABLE t (id int); CREATE INDEX t_id ON t (id c2);`,
    steps: [
      "ALTER OPERATOR CLASS public.c1 USING btree RENAME TO c2",
      "ALTER OPERATOR FAMILY public.f1 USING btree RENAME TO f2"
    ]
  },
  {
    what: "languages, publications and subscriptions",
    from: `CREATE LANGUAGE l1 HANDLER plpgsql_call_handler; CREATE FUNCTION f() RETURNS int LANGUAGE l1 AS 'begin end';
      CREATE TABLE t (id int); CREATE PUBLICATION p1 FOR TABLE t;
      CREATE SUBSCRIPTION s1 CONNECTION '' PUBLICATION p WITH (connect = false, slot_name = 's');`,
    to: `CREATE LANGUAGE l2 HANDLER plpgsql_call_handler; -- lockplane: renamed from l1
      CREATE FUNCTION f() RETURNS int LANGUAGE l2 AS 'begin end';
      CREATE TABLE t (id int);
      CREATE PUBLICATION p2 FOR TABLE t; -- lockplane: renamed from p1
      -- lockplane: renamed from s1
      CREATE SUBSCRIPTION s2 CONNECTION '' PUBLICATION p WITH (connect = false, slot_name = 's');`,
    steps: [
      "ALTER LANGUAGE l1 RENAME TO l2",
      "ALTER PUBLICATION p1 RENAME TO p2",
      "ALTER SUBSCRIPTION s1 RENAME TO s2"
    ]
  },
  {
    what: "a base type in use, whose functions stay",
    from: `CREATE TYPE b1; CREATE FUNCTION b_in(cstring) RETURNS b1 LANGUAGE internal IMMUTABLE STRICT AS 'textin';
      CREATE FUNCTION b_out(b1) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';
      CREATE TYPE b1 (INPUT = b_in, OUTPUT = b_out); CREATE TABLE t (b b1, list b1[]);`,
    to: `CREATE TYPE b2; CREATE FUNCTION b_in(cstring) RETURNS b2 LANGUAGE internal IMMUTABLE STRICT AS 'textin';
      CREATE FUNCTION b_out(b2) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';
      -- lockplane: renamed from b1
      CREATE TYPE b2 (INPUT = b_in, OUTPUT = b_out);
      CREATE TABLE t (b b2, list b2[]);`,
    steps: ["ALTER TYPE public.b1 RENAME TO b2"]
  },
  {
    what: "what is asked for, by short and by full names",
    from: "CREATE TABLE users (id int, name text CHECK (name <> ''));",
    to: "CREATE TABLE people (id int, full_name text CHECK (full_name <> ''));",
    wishes: ["users=people", "column public.users.name=full_name"],
    steps: [
      "ALTER TABLE public.users RENAME TO people",
      "ALTER TABLE public.people RENAME COLUMN name TO full_name",
      "ALTER TABLE public.people RENAME CONSTRAINT users_name_check TO people_full_name_check"
    ]
  },
  {
    what: "what is asked for with the table in both names",
    from: "CREATE TABLE users (id int, name text);",
    to: "CREATE TABLE people (id int, full_name text);",
    wishes: ["users=people", "users.name=people.full_name"],
    steps: ["ALTER TABLE public.users RENAME TO people", "ALTER TABLE public.people RENAME COLUMN name TO full_name"]
  },
  {
    what: "nothing, of a declaration whose old and new table are both not there and that could cost nothing",
    from: "CREATE TABLE other (id int);",
    to: "CREATE TABLE other (id int);\n-- lockplane: renamed from users\nCREATE TABLE people (id int);",
    steps: ["CREATE TABLE public.people (\n  id integer\n)"]
  },
  {
    what: "an index that is equal but for its name, and not one that is not",
    from: "CREATE TABLE t (a int, b int); CREATE INDEX i1 ON t (a); CREATE INDEX j1 ON t (b);",
    to: "CREATE TABLE t (a int, b int); CREATE INDEX i2 ON t (a); CREATE INDEX j2 ON t (b DESC);",
    steps: [
      "ALTER INDEX public.i1 RENAME TO i2",
      "DROP INDEX public.j1",
      "CREATE INDEX j2 ON public.t USING btree (b DESC)"
    ]
  }
]

describe("a plan renames", () => {
  for (const { from, steps, to, what, wishes } of cases) {
    test(what, () =>
      Effect.gen(function*() {
        const { plan, rollback } = yield* proven(from, to, wishes)
        expect(sql(plan)).toEqual(steps)
        expect(plan.proof).toMatchObject({ reaches_target: true, rollback_restores_source: true })
        // what was renamed is renamed back
        const renames = (steps: Plan["steps"]) => steps.filter(({ operation }) => operation === "rename").length
        expect(renames(rollback.steps)).toBe(renames(plan.steps))
        // a declaration stays in its file, and is done; what is asked for is asked for once
        expect((yield* proven(to, to)).plan.steps).toEqual([])
      }))
  }

  test("nothing that is dropped and looks alike, but says how to", () =>
    Effect.gen(function*() {
      const { plan } = yield* proven(
        "CREATE TABLE users (id int, name text, mail text);",
        "CREATE TABLE people (id int, name text, mail text);"
      )
      expect(plan.steps.map(({ operation }) => operation)).toEqual(["create", "drop"])
      expect(hintsIn(plan.steps)).toEqual([
        "table users goes and table people comes, and they look alike. If they are one, write above the definition of the new one: -- lockplane: renamed from users (or give --rename 'table public.users=people')."
      ])
      expect(hintsIn([...plan.steps, ...plan.steps])).toHaveLength(1)
      const found = yield* proven(
        "CREATE TABLE users (id int, name text, mail text);",
        "CREATE TABLE people (id int, name text, mail text);",
        ["table public.users=people"]
      )
      expect(sql(found.plan)).toEqual(["ALTER TABLE public.users RENAME TO people"])
    }))
})

describe("a rename is refused", () => {
  const users = "CREATE TABLE users (id int);"
  const people = "CREATE TABLE people (id int);"
  for (
    const { from, says, to, what, wishes } of [
      {
        what: "where both names are there",
        from: users + people,
        to: `-- lockplane: renamed from users\n${people}`,
        says:
          ".sql:1:1: table people is declared as renamed from users, but the schema that the plan starts from has both"
      },
      {
        what: "where neither is there, and something would be dropped",
        from: "CREATE TABLE usres (id int);",
        to: `-- lockplane: renamed from users\n${people}`,
        says: "has neither. What would be dropped there: table public.usres"
      },
      {
        what: "of what is not there",
        from: users,
        to: people,
        wishes: ["usres=people"],
        says: "--rename usres=people: the schema that the plan starts from has no usres. Only in it: table public.users"
      },
      {
        what: "to what is not wanted",
        from: users,
        to: people,
        wishes: ["users=poeple"],
        says: "the wanted schema has no poeple of that kind. New in it: table public.people"
      },
      {
        what: "that may mean two things",
        from: "CREATE TABLE a (x int); CREATE TABLE b (x int);",
        to: "CREATE TABLE a (y int); CREATE TABLE b (y int);",
        wishes: ["x=y"],
        says: "that may be column public.a.x, column public.b.x"
      },
      {
        what: "that no one can read",
        from: users,
        to: people,
        wishes: ["users people"],
        says: "write it as OLD=NEW"
      },
      {
        what: "of one thing to two",
        from: users,
        to: `${people} CREATE TABLE folk (id int);`,
        wishes: ["users=people", "users=folk"],
        says: "table users is named in another rename (--rename users=people) too"
      },
      {
        what: "that is misspelt",
        from: users,
        to: `-- lockplane: rename form users\n${people}`,
        says:
          ".sql:1:1: error: \"lockplane: rename form users\" is not understood. Did you mean: -- lockplane: renamed from NAME"
      },
      {
        what: "above nothing",
        from: users,
        to: `${people}\n-- lockplane: renamed from users\n`,
        says: ".sql:2:1: error: there is no definition here"
      },
      {
        what: "of one of two definitions on a line",
        from: users,
        to: "CREATE TABLE users (\n  a int, b int -- lockplane: renamed from id\n);",
        says: ".sql:2:16: error: more than one definition stands on this line"
      },
      {
        what: "of two that swap, which would swap back with the next plan",
        from: "CREATE TABLE a (x int, y text);",
        to: "CREATE TABLE a (\n  y int, -- lockplane: renamed from x\n  x text -- lockplane: renamed from y\n);",
        says: "swap their names. A declaration that stays in the file would swap them back with the next plan"
      },
      {
        what: "of what has no name of its own",
        from: users,
        to: `${users}\n-- lockplane: renamed from i\nCREATE INDEX ON users (id);`,
        says: ".sql:2:1: error: this index has no name of its own here"
      }
    ]
  ) {
    test(what, () => Effect.map(refusal(from, to, wishes), (message) => expect(message).toContain(says)))
  }
})

describe("a plan of one's own", () => {
  const source = "CREATE TABLE users (id int PRIMARY KEY, name text); CREATE TYPE mood AS ENUM ('sad', 'ok');"
  const plan: Plan = {
    steps: [{
      description: "Rename by hand",
      sql: [
        "ALTER TABLE users RENAME TO people",
        "ALTER TABLE people RENAME name TO full_name",
        "ALTER TYPE mood RENAME VALUE 'sad' TO 'unhappy'"
      ]
    }]
  }

  test("that renames is undone by renaming", () =>
    Effect.gen(function*() {
      const back = yield* derive(plan, yield* loadSql(source))
      expect(sql(back)).toEqual([
        "ALTER TABLE public.people RENAME TO users",
        "ALTER TABLE public.users RENAME COLUMN full_name TO name",
        "ALTER TYPE public.mood RENAME VALUE 'unhappy' TO 'sad'"
      ])
      expect(back.steps.map(({ operation }) => operation)).toEqual(["rename", "rename", "rename"])
    }))

  test("that renames loses nothing", () =>
    Effect.gen(function*() {
      const rehearsal = yield* Preflight.rehearse(plan, yield* loadSql(source))
      expect(yield* Preflight.lossesOf(plan, rehearsal)).toEqual([])
    }))
})

const majors: ReadonlyArray<Major> = [15, 18]

describe("rows survive renames", () => {
  const before = `
    CREATE TABLE users (id serial PRIMARY KEY, name text NOT NULL UNIQUE);
    CREATE TABLE posts (id int PRIMARY KEY, author int REFERENCES users (id));
    CREATE TYPE mood AS ENUM ('sad', 'ok');
    ALTER TABLE posts ADD COLUMN mood mood DEFAULT 'sad';
    COMMENT ON COLUMN users.name IS 'As they sign';`
  const after = `
    -- lockplane: renamed from users
    CREATE TABLE people (
      id serial PRIMARY KEY,
      full_name text NOT NULL UNIQUE, -- lockplane: renamed from name
      born date
    );
    CREATE TYPE mood AS ENUM (
      'unhappy', -- lockplane: renamed from sad
      'ok'
    );
    CREATE TABLE posts (id int PRIMARY KEY, author int REFERENCES people (id), mood mood DEFAULT 'unhappy');
    COMMENT ON COLUMN people.full_name IS 'As they sign';`
  for (const major of majors) {
    test(`on PostgreSQL ${major}`, () =>
      Effect.gen(function*() {
        const url = yield* database(yield* server({ major }))
        const target = yield* PostgresDatabase.make({ url: Redacted.make(url) })
        const live = load(parse(url))
        const query = (sql: string) => Effect.scoped(Effect.flatMap(target.session, (session) => session.query(sql)))
        yield* apply((yield* prove(yield* comparable(yield* live, yield* loadSql(before)))).plan, target)
        yield* query("INSERT INTO users (name) VALUES ('Ada'), ('Grace')")
        yield* query("INSERT INTO posts VALUES (1, 1, 'sad'), (2, 2, 'ok')")

        const { plan, rollback } = yield* prove(yield* comparable(yield* live, yield* loadSql(after)))
        expect(plan.steps.map(({ operation }) => operation)).not.toContain("drop")
        yield* apply(plan, target)
        expect((yield* prove(yield* comparable(yield* live, yield* loadSql(after)))).plan.steps).toEqual([])
        expect(yield* query("INSERT INTO people (full_name) VALUES ('Joan') RETURNING id, full_name")).toEqual([
          { id: 3, full_name: "Joan" }
        ])
        expect(
          yield* query("SELECT p.full_name, q.mood::text FROM people p JOIN posts q ON q.author = p.id ORDER BY 1")
        )
          .toEqual([{ full_name: "Ada", mood: "unhappy" }, { full_name: "Grace", mood: "ok" }])

        expect(rollback.steps.filter(({ operation }) => operation === "rename").length).toBeGreaterThan(3)
        yield* apply(rollback, target)
        expect(yield* query("SELECT name FROM users ORDER BY id")).toEqual([
          { name: "Ada" },
          { name: "Grace" },
          { name: "Joan" }
        ])
        expect((yield* prove(yield* comparable(yield* live, yield* loadSql(before)))).plan.steps).toEqual([])
      }))
  }
})
