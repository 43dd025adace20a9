/** Cases of foreign-data wrappers, foreign servers, user mappings and foreign tables. */
import { expect } from "bun:test"
import * as Effect from "effect/Effect"
import { Database } from "../../../src/engine/Database.ts"
import { decode, encodeJson } from "../../../src/postgres/SchemaJson.ts"
import { layer } from "../../effect.ts"
import { database, kindCases, planned, read } from "./kindCases.ts"

const wrapper = "CREATE FOREIGN DATA WRAPPER w"
const server = `${wrapper}; CREATE SERVER s FOREIGN DATA WRAPPER w; CREATE SERVER s2 FOREIGN DATA WRAPPER w`

kindCases([
  {
    name: "wrapper with everything",
    from: "CREATE FOREIGN DATA WRAPPER \"W w\" OPTIONS (a '1', \"B\" 'it''s')",
    to: `CREATE FOREIGN DATA WRAPPER "W w" VALIDATOR postgresql_fdw_validator ;
         COMMENT ON FOREIGN DATA WRAPPER "W w" IS 'x'`,
    object: `foreign-data wrapper "W w"`,
    state: { validator: "pg_catalog.postgresql_fdw_validator" },
    way: "InPlace"
  },
  {
    name: "server altered",
    setup: wrapper,
    from: "CREATE SERVER s VERSION '1' FOREIGN DATA WRAPPER w OPTIONS (a '1', b '2', c '=')",
    to: "CREATE SERVER s FOREIGN DATA WRAPPER w OPTIONS (\"B\" '\\', b '3', c '='); COMMENT ON SERVER s IS 's'",
    object: "foreign server s",
    state: { wrapper: "w", options: ["B=\\", "b=3", "c=="] },
    way: "InPlace"
  },
  {
    name: "server of another type",
    setup: wrapper,
    from: `CREATE SERVER s TYPE 'a' FOREIGN DATA WRAPPER w; CREATE USER MAPPING FOR PUBLIC SERVER s;
           CREATE FOREIGN TABLE public.t (a integer NOT NULL DEFAULT 1 CHECK (a > 0)) SERVER s;
           CREATE VIEW public.v AS SELECT a FROM public.t; COMMENT ON COLUMN public.t.a IS 'a'`,
    to: `CREATE SERVER s TYPE 'b' FOREIGN DATA WRAPPER w; CREATE USER MAPPING FOR PUBLIC SERVER s;
         CREATE FOREIGN TABLE public.t (a integer NOT NULL DEFAULT 1 CHECK (a > 0)) SERVER s;
         CREATE VIEW public.v AS SELECT a FROM public.t; COMMENT ON COLUMN public.t.a IS 'a'`,
    object: "foreign server s",
    state: { wrapper: "w", type: "b" },
    way: "Replace"
  },
  {
    name: "secrets are not read",
    setup: wrapper,
    to: "CREATE SERVER s FOREIGN DATA WRAPPER w OPTIONS (api_key 'k', api_key_id 'i', host 'h')",
    object: "foreign server s",
    state: { wrapper: "w", options: ["api_key_id=i", "host=h"], own: { secrets: ["api_key"] } },
    ownDiffers: true
  },
  {
    name: "user mapping altered",
    setup: server,
    from: "CREATE USER MAPPING FOR pg_monitor SERVER s OPTIONS (\"user\" 'a', sslmode 'x')",
    to: "CREATE USER MAPPING FOR pg_monitor SERVER s OPTIONS (\"user\" 'b', password_required 'false')",
    object: "user mapping s.pg_monitor",
    state: { options: ["password_required=false", "user=b"] },
    way: "InPlace"
  },
  {
    name: "user mappings of PUBLIC and of one who runs it",
    setup: server,
    to: "CREATE USER MAPPING FOR PUBLIC SERVER s; CREATE USER MAPPING FOR CURRENT_USER SERVER s2",
    object: "user mapping s.public",
    state: {}
  },
  {
    name: "foreign table with everything",
    setup:
      `${server}; CREATE SCHEMA "x y"; CREATE FUNCTION public.f() RETURNS trigger LANGUAGE plpgsql AS 'begin return null; end'`,
    from: `CREATE FOREIGN TABLE "x y"."T" (a integer) SERVER s OPTIONS (a 'b', c 'd')`,
    to: `CREATE FOREIGN TABLE "x y"."T" (
           a bigint OPTIONS ("column" 'A', x '''') NOT NULL DEFAULT 2, "B" text COLLATE "C" CONSTRAINT nn NOT NULL,
           g bigint GENERATED ALWAYS AS (a * 2) STORED, CONSTRAINT positive CHECK (a > 0), CHECK ("B" <> '') NO INHERIT)
           SERVER s OPTIONS (c 'e', f 'g');
         ALTER FOREIGN TABLE "x y"."T" ALTER a SET STATISTICS 10, ALTER "B" SET STORAGE plain;
         COMMENT ON FOREIGN TABLE "x y"."T" IS 't'; COMMENT ON COLUMN "x y"."T"."B" IS 'b';
         COMMENT ON CONSTRAINT positive ON "x y"."T" IS 'k';
         CREATE TRIGGER g AFTER INSERT ON "x y"."T" FOR EACH ROW EXECUTE FUNCTION public.f();
         ALTER FOREIGN TABLE "x y"."T" DISABLE TRIGGER g; COMMENT ON TRIGGER g ON "x y"."T" IS 'g';
         CREATE STATISTICS "x y".st ON a, "B" FROM "x y"."T"`,
    object: `foreign table "x y"."T"`,
    state: { server: "s", options: ["c=e", "f=g"] },
    way: "InPlace"
  },
  {
    name: "foreign table without columns",
    setup: server,
    to: "CREATE FOREIGN TABLE public.t () SERVER s",
    object: "foreign table public.t",
    state: { server: "s" }
  },
  {
    name: "foreign table on another server",
    setup: server,
    from: "CREATE FOREIGN TABLE public.t (a integer) SERVER s; CREATE VIEW public.v AS SELECT a FROM public.t",
    to: "CREATE FOREIGN TABLE public.t (a integer) SERVER s2; CREATE VIEW public.v AS SELECT a FROM public.t",
    object: "foreign table public.t",
    way: "Replace"
  },
  {
    name: "columns of a foreign table altered",
    setup: server,
    from:
      "CREATE FOREIGN TABLE public.t (a integer OPTIONS (x '1', y '2'), b text NOT NULL, c integer, d date DEFAULT now()) SERVER s",
    to:
      "CREATE FOREIGN TABLE public.t (a boolean OPTIONS (y '3', z '4'), b text, d date NOT NULL DEFAULT '2000-01-01', e text OPTIONS (x 'y')) SERVER s",
    object: "column public.t.a",
    state: { type: "boolean", nullable: true, foreign_options: ["y=3", "z=4"] },
    way: "InPlace"
  },
  {
    name: "column of a foreign table with a type that is made anew",
    setup: server,
    from:
      "CREATE TYPE public.e AS ENUM ('a', 'b'); CREATE FOREIGN TABLE public.t (a public.e DEFAULT 'b', b public.e[]) SERVER s",
    to:
      "CREATE TYPE public.e AS ENUM ('b'); CREATE FOREIGN TABLE public.t (a public.e DEFAULT 'b', b public.e[]) SERVER s",
    object: "enum public.e",
    way: "Replace"
  },
  {
    name: "foreign table that is a partition",
    setup: `${server}; CREATE TABLE public.p (id integer NOT NULL, a text DEFAULT 'x') PARTITION BY LIST (id)`,
    from: "CREATE FOREIGN TABLE public.p1 PARTITION OF public.p FOR VALUES IN (1) SERVER s",
    to: `CREATE FOREIGN TABLE public.p1 PARTITION OF public.p FOR VALUES IN (1, 2) SERVER s2 OPTIONS (a 'b');
         CREATE INDEX i ON public.p (a)`,
    object: "partition public.p1",
    way: "Replace"
  },
  {
    name: "foreign table that becomes a partition",
    setup: `${server}; CREATE TABLE public.p (id integer NOT NULL) PARTITION BY LIST (id)`,
    from: "CREATE FOREIGN TABLE public.p1 (id integer NOT NULL) SERVER s",
    to: "CREATE FOREIGN TABLE public.p1 PARTITION OF public.p FOR VALUES IN (1) SERVER s",
    object: "partition public.p1"
  },
  {
    name: "foreign table that inherits",
    setup: `${server}; CREATE TABLE public.p (id integer NOT NULL, CONSTRAINT k CHECK (id > 0))`,
    from: "CREATE FOREIGN TABLE public.c (b text) INHERITS (public.p) SERVER s",
    to: "ALTER TABLE public.p ADD z text; CREATE FOREIGN TABLE public.c (b text) INHERITS (public.p) SERVER s2",
    object: "inheritance public.c.public.p"
  },
  {
    name: "table that inherits from a foreign table",
    setup: server,
    from: "CREATE FOREIGN TABLE public.p (a integer) SERVER s; CREATE TABLE public.c (b text) INHERITS (public.p)",
    to:
      "CREATE FOREIGN TABLE public.p (a integer, z text NOT NULL) SERVER s2; CREATE TABLE public.c (b text) INHERITS (public.p)",
    object: "inheritance public.c.public.p",
    ownDiffers: true
  },
  {
    name: "foreign table that stops to inherit",
    setup: `${server}; CREATE TABLE public.p (a integer)`,
    from: "CREATE FOREIGN TABLE public.c (b text) INHERITS (public.p) SERVER s",
    to: "CREATE FOREIGN TABLE public.c (a integer, b text) SERVER s",
    object: "foreign table public.c",
    ownDiffers: true
  }
])

kindCases([
  {
    name: "wrapper with functions of an extension",
    setup: "CREATE EXTENSION file_fdw",
    from: "CREATE FOREIGN DATA WRAPPER w VALIDATOR public.file_fdw_validator",
    to: `CREATE FOREIGN DATA WRAPPER w HANDLER public.file_fdw_handler;
         CREATE SERVER s FOREIGN DATA WRAPPER file_fdw;
         CREATE FOREIGN TABLE public.t (a text) SERVER s OPTIONS (filename '/dev/null', format 'csv')`,
    object: "foreign-data wrapper w",
    state: { handler: "public.file_fdw_handler" },
    way: "InPlace"
  }
], ["file_fdw"])

const it = layer(database([]))

it(
  "who may not see the options of a user mapping reads that it is there, and plans no change of them",
  Effect.fnUntraced(function*() {
    const session = yield* Effect.flatMap(Database, (database) => database.session)
    const mapping = (user: string): string =>
      `CREATE ROLE reader; ${server};
       CREATE USER MAPPING FOR pg_monitor SERVER s OPTIONS ("user" '${user}', password 'hunter2', token 'x')`
    const [seen, other, hidden] = [
      yield* read(session, mapping("a")),
      yield* read(session, mapping("b")),
      yield* read(session, `${mapping("a")}; SET LOCAL ROLE reader`)
    ]
    const id = "user mapping s.pg_monitor"
    expect(seen.objects.get(id)?.state).toEqual({ options: ["user=a"], own: { secrets: ["password", "token"] } })
    expect(hidden.objects.get(id)?.state).toEqual({ own: { hidden: true } })
    expect(encodeJson(seen)).not.toContain("hunter2")
    expect(planned(seen, other, 18)).toBe("ALTER USER MAPPING FOR pg_monitor SERVER s OPTIONS (SET \"user\" 'b');\n")
    expect(() => planned(hidden, seen, 18)).toThrow("may not see them")
    expect(() => planned(seen, hidden, 18)).toThrow("may not see them")
  })
)

it(
  "schema JSON holds wrappers, servers, mappings and foreign tables whole",
  Effect.fnUntraced(function*() {
    const session = yield* Effect.flatMap(Database, (database) => database.session)
    const catalog = yield* read(
      session,
      `${server}; CREATE USER MAPPING FOR PUBLIC SERVER s OPTIONS ("user" 'a');
       CREATE TABLE public.p (a integer) PARTITION BY LIST (a);
       CREATE FOREIGN TABLE public.f PARTITION OF public.p (a DEFAULT 1, CHECK (a > 0)) FOR VALUES IN (1) SERVER s OPTIONS (x 'y');
       ALTER FOREIGN TABLE public.f ALTER a OPTIONS (z 'z'); COMMENT ON FOREIGN TABLE public.f IS 'f'; COMMENT ON SERVER s IS 's'`
    )
    const decoded = new Map((yield* decode(encodeJson(catalog))).map((object) => [object.id, object]))
    expect(Object.fromEntries([...decoded].map(([id, { parent, state }]) => [id, { parent, state }]))).toEqual(
      Object.fromEntries([...catalog.objects].map(([id, { parent, state }]) => [id, { parent, state }]))
    )
  })
)
