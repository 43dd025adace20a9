import { describe, expect, test as plainTest } from "bun:test"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { hash, type State } from "../../src/Catalog.ts"
import { rehearse } from "../../src/engine/Transaction.ts"
import { layer as platform } from "../../src/platform.ts"
import * as EmbeddedShadow from "../../src/postgres/EmbeddedShadow.ts"
import { introspect } from "../../src/postgres/Introspection.ts"
import { kinds } from "../../src/postgres/kinds/registry.ts"
import { loadObjects } from "../../src/postgres/ObjectLoader.ts"
import { decode, encodeJson } from "../../src/postgres/SchemaJson.ts"
import { partsOf, stateFields, topKinds } from "../../src/postgres/SchemaLayout.ts"
import type { SchemaDocumentIssue } from "../../src/SchemaDocument.ts"
import { Shadow } from "../../src/Shadow.ts"
import * as it from "../effect.ts"

const script = `
  CREATE SCHEMA app;
  COMMENT ON SCHEMA app IS 'of the application';
  CREATE EXTENSION citext SCHEMA app;
  CREATE TYPE mood AS ENUM ('sad', 'it''s "fine"');
  CREATE TYPE pair AS (a int, b text COLLATE "C");
  COMMENT ON COLUMN pair.b IS 'second';
  CREATE TYPE span AS RANGE (subtype = float8);
  CREATE DOMAIN short AS text DEFAULT '' CONSTRAINT is_short CHECK (length(value) < 9);
  COMMENT ON CONSTRAINT is_short ON DOMAIN short IS 'not long';
  CREATE TABLE users (
    id bigint GENERATED ALWAYS AS IDENTITY (START WITH 7) CONSTRAINT users_pk PRIMARY KEY,
    "constructor" text DEFAULT 'x' NOT NULL, "__proto__" int,
    email app.citext UNIQUE, mood mood[], area span, tag short,
    double bigint GENERATED ALWAYS AS (id * 2) STORED,
    CONSTRAINT positive CHECK (id > 0)
  ) WITH (fillfactor = 70);
  COMMENT ON TABLE users IS E'people\\n"all"';
  COMMENT ON COLUMN users.email IS 'lower or upper';
  COMMENT ON INDEX users_pk IS 'of the key';
  CREATE INDEX lower_name ON users (lower("constructor") DESC) INCLUDE (id) WHERE id > 5;
  CREATE STATISTICS app.both_keys (ndistinct) ON id, double FROM users;
  CREATE TABLE app.posts (
    id bigint, part bigint, author bigint CONSTRAINT " ON DELETE CASCADE" REFERENCES users ON DELETE SET NULL,
    PRIMARY KEY (id, part)
  );
  CREATE SEQUENCE app.counter AS integer OWNED BY app.posts.part;
  CREATE TABLE app.answers (post bigint, answered bigint,
    CONSTRAINT both_keys FOREIGN KEY (post, answered) REFERENCES app.posts (id, part) ON UPDATE CASCADE ON DELETE RESTRICT DEFERRABLE);
  CREATE TABLE log (id bigint, at date NOT NULL, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
  CREATE INDEX log_at ON log (at);
  CREATE TABLE log_1 PARTITION OF log FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
  CREATE TABLE child (extra int) INHERITS (users, app.answers);
  CREATE TABLE strict () INHERITS (app.answers);
  ALTER TABLE strict ALTER post SET NOT NULL;
  CREATE VIEW app.latest AS SELECT max(id) AS id FROM app.posts;
  COMMENT ON COLUMN app.latest.id IS 'newest';
  CREATE MATERIALIZED VIEW counts AS SELECT count(*) AS n FROM users;
  CREATE UNIQUE INDEX counts_n ON counts (n);
  CREATE FUNCTION app.add(a int, b int DEFAULT 1) RETURNS int LANGUAGE sql AS 'SELECT a + b';
  COMMENT ON FUNCTION app.add(int, int) IS 'sum';
  ALTER TABLE log ADD CONSTRAINT added CHECK (app.add(id::int) > 0) NOT VALID;
  CREATE PROCEDURE nothing() LANGUAGE sql AS '';
  CREATE AGGREGATE total(int) (sfunc = int4pl, stype = int);
  CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
  CREATE TRIGGER touch BEFORE INSERT ON log FOR EACH ROW EXECUTE FUNCTION touch();
  ALTER TABLE log_1 DISABLE TRIGGER touch;
  COMMENT ON TRIGGER touch ON log IS 'fires';
  CREATE POLICY own ON users FOR SELECT USING (id = 1);
  ALTER TABLE users ENABLE ROW LEVEL SECURITY;
  CREATE COLLATION app.posix (LOCALE = 'POSIX');
  CREATE DEFAULT CONVERSION app.latin FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
  CREATE TYPE app.shell;
  CREATE TYPE number;
  CREATE FUNCTION number_in(cstring) RETURNS number LANGUAGE internal IMMUTABLE STRICT AS 'int4in';
  CREATE FUNCTION number_out(number) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'int4out';
  COMMENT ON FUNCTION number_in(cstring) IS 'reads';
  CREATE TYPE number (INPUT = number_in, OUTPUT = number_out, INTERNALLENGTH = 4, PASSEDBYVALUE, DEFAULT = '7');
  CREATE CAST (number AS integer) WITHOUT FUNCTION AS ASSIGNMENT;
  CREATE FUNCTION same(number, number) RETURNS boolean LANGUAGE internal IMMUTABLE STRICT AS 'int4eq';
  CREATE FUNCTION minus(number) RETURNS number LANGUAGE internal IMMUTABLE STRICT AS 'int4um';
  CREATE FUNCTION hash(number) RETURNS integer LANGUAGE internal IMMUTABLE STRICT AS 'hashint4';
  CREATE FUNCTION hash(number, bigint) RETURNS bigint LANGUAGE internal IMMUTABLE STRICT AS 'hashint4extended';
  CREATE FUNCTION half(number, integer) RETURNS boolean LANGUAGE internal IMMUTABLE STRICT AS 'int4eq';
  CREATE OPERATOR === (FUNCTION = same, LEFTARG = number, RIGHTARG = number, COMMUTATOR = ===, HASHES);
  CREATE OPERATOR === (FUNCTION = half, LEFTARG = number, RIGHTARG = integer);
  CREATE OPERATOR @- (FUNCTION = minus, RIGHTARG = number);
  CREATE OPERATOR CLASS number_ops DEFAULT FOR TYPE number USING hash AS
    OPERATOR 1 ===, FUNCTION 1 hash(number), FUNCTION 2 hash(number, bigint);
  ALTER OPERATOR FAMILY number_ops USING hash ADD OPERATOR 1 === (number, integer);
  ALTER OPERATOR FAMILY pg_catalog.integer_ops USING hash ADD FUNCTION 1 (number, number) hash(number);
  CREATE TEXT SEARCH PARSER app.words (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype);
  CREATE TEXT SEARCH TEMPLATE app.plain (INIT = dsimple_init, LEXIZE = dsimple_lexize);
  CREATE TEXT SEARCH DICTIONARY app.stop (TEMPLATE = app.plain, STOPWORDS = 'english');
  CREATE TEXT SEARCH CONFIGURATION app.search (PARSER = app.words);
  ALTER TEXT SEARCH CONFIGURATION app.search ADD MAPPING FOR word, asciiword WITH app.stop, simple;
  CREATE ACCESS METHOD tree TYPE INDEX HANDLER gisthandler;
  CREATE FUNCTION handler() RETURNS language_handler LANGUAGE c AS '$libdir/plpgsql', 'plpgsql_call_handler';
  CREATE LANGUAGE other HANDLER handler;
  CREATE TRANSFORM FOR integer LANGUAGE other (FROM SQL WITH FUNCTION prsd_lextype(internal))`

const problems = (document: unknown) =>
  Effect.map(
    Effect.flip(decode(JSON.stringify(document))),
    ({ issues }) => issues.map(({ message, path }: SchemaDocumentIssue) => `${path}: ${message}`)
  )

const states = (document: unknown) =>
  Effect.map(
    decode(JSON.stringify(document)),
    (objects): Record<string, State> => Object.fromEntries(objects.map(({ id, state }) => [id, state]))
  )

const column = (name: string, more: object = {}) => ({ name, type: "bigint", nullable: false, ...more })

describe("schema JSON", () => {
  const embedded = it.layer(EmbeddedShadow.layer.pipe(Layer.provide(platform)))

  embedded("keeps everything, there and back and through an engine", () =>
    Effect.gen(function*() {
      const session = yield* (yield* Shadow).reserve({ extensions: ["citext"] })
      const catalog = yield* rehearse(session, Effect.andThen(session.execute(script), introspect(session)))
      expect(catalog.unmanaged).toEqual([])
      const text = encodeJson(catalog)
      expect(text.endsWith("}\n")).toBe(true)

      const objects = yield* decode(text)
      const back = { ...catalog, objects: new Map(objects.map((object) => [object.id, object])) }
      expect(back.objects.size).toBe(catalog.objects.size)
      for (const { id, kind, name, parent, state } of catalog.objects.values()) {
        const { position: _, ...object } = back.objects.get(id) ?? {}
        expect<object>(object).toEqual({ id, kind, name, ...(parent === undefined ? {} : { parent }), state })
      }
      expect(encodeJson(back)).toBe(text)

      const [failures, again] = yield* rehearse(
        session,
        Effect.all([
          loadObjects(objects, session),
          introspect(session)
        ])
      )
      expect(failures.map(({ description, error }) => `${description}: ${error.message}`)).toEqual([])
      expect(encodeJson(again)).toBe(text)
      expect(hash(again)).toBe(hash(catalog))
    }).pipe(Effect.scoped))

  it.effect("reads the smallest document", () =>
    Effect.gen(function*() {
      expect(yield* decode(`{"tables": []}`)).toEqual([])
    }))

  it.effect("makes definitions where a document holds only the plain fields", () =>
    Effect.gen(function*() {
      const made = yield* states({
        tables: [
          {
            name: "posts",
            columns: [
              column("id", { is_primary_key: true }),
              { name: "User", type: "bigint" },
              column("at", { default: "now()" })
            ],
            indexes: [{ name: "posts_user", columns: ["User", "at"], unique: true }],
            foreign_keys: [{
              name: "author",
              columns: ["User"],
              referenced_schema: "app",
              referenced_table: "users",
              referenced_columns: ["id"],
              on_delete: "CASCADE"
            }]
          }
        ]
      })
      expect(made).toEqual({
        "table public.posts": {},
        "column public.posts.id": { type: "bigint", nullable: false },
        "column public.posts.\"User\"": { type: "bigint", nullable: true },
        "column public.posts.at": { type: "bigint", nullable: false },
        "default public.posts.at": { expression: "now()" },
        "constraint public.posts.posts_pkey": { type: "primary key", columns: ["id"], definition: "PRIMARY KEY (id)" },
        "index public.posts_user": {
          on: ["public", "posts"],
          columns: ["User", "at"],
          unique: true,
          definition: "CREATE UNIQUE INDEX posts_user ON public.posts USING btree (\"User\", at)"
        },
        "constraint public.posts.author": {
          type: "foreign key",
          columns: ["User"],
          referenced_table: ["app", "users"],
          referenced_columns: ["id"],
          definition: "FOREIGN KEY (\"User\") REFERENCES app.users(id) ON DELETE CASCADE"
        }
      })
    }))

  it.effect("names every problem with its path", () =>
    Effect.gen(function*() {
      expect(
        yield* problems({
          tables: [{ name: "a", columns: [{ name: "id" }, column("b", { nulable: true })] }, { columns: [] }],
          views: 3,
          odd: true
        })
      ).toEqual([
        "odd: is not a key that is known here",
        "tables[0].columns[0].type: is missing",
        "tables[0].columns[1].nulable: is not a key that is known here",
        "tables[1].name: is missing",
        "views: Expected array"
      ])
      expect((yield* Effect.flip(decode("{\"tables\": [}"))).message).toStartWith("it is not JSON: line 1, column 13")
      expect(yield* problems({ dialect: "sqlite", tables: [] })).toEqual([
        "dialect: is sqlite: not a PostgreSQL schema"
      ])
    }))

  it.effect("refuses what contradicts itself or is there twice", () =>
    Effect.gen(function*() {
      const table = (more: object) => ({ tables: [{ name: "a", columns: [column("id"), column("b")], ...more }] })
      const key = { name: "a_pkey", type: "primary key", columns: ["id"], definition: "PRIMARY KEY (id)" }
      const foreign = { name: "f", columns: ["b"], referenced_table: "c", referenced_columns: ["id"] }
      const index = { name: "i", definition: "CREATE INDEX i ON public.a USING btree (b)" }
      const cases: ReadonlyArray<readonly [document: unknown, problem: string]> = [
        [
          {
            tables: [{ name: "a", columns: [column("id"), column("b", { is_primary_key: true })], constraints: [key] }]
          },
          "tables[0].columns[1].is_primary_key: is true, but the primary key is PRIMARY KEY (id)"
        ],
        [
          table({ constraints: [{ ...key, columns: ["b"] }] }),
          "tables[0].constraints[0]: definition is not on the columns b"
        ],
        [table({ constraints: [{ name: "c", type: "check" }] }), "tables[0].constraints[0]: needs a definition"],
        [
          table({ indexes: [{ ...index, unique: true }] }),
          "tables[0].indexes[0]: unique is true, the definition says false"
        ],
        [
          table({ indexes: [{ ...index, columns: ["id"] }] }),
          "tables[0].indexes[0]: column id is not in the definition"
        ],
        [table({ indexes: [{ name: "i" }] }), "tables[0].indexes[0]: needs columns or a definition"],
        [
          table({ foreign_keys: [{ ...foreign, definition: "FOREIGN KEY (id) REFERENCES public.c(id)" }] }),
          "tables[0].foreign_keys[0]: definition does not begin with FOREIGN KEY (b) REFERENCES public.c(id)"
        ],
        [
          table({
            foreign_keys: [{ ...foreign, on_delete: "CASCADE", definition: "FOREIGN KEY (b) REFERENCES public.c(id)" }]
          }),
          "tables[0].foreign_keys[0]: on_delete is CASCADE, the definition says NO ACTION"
        ],
        [
          { tables: [{ name: "a", columns: [] }, { name: "a", columns: [] }] },
          "tables[1]: table public.a is there twice"
        ]
      ]
      for (const [document, problem] of cases) expect(yield* problems(document)).toEqual([problem])
    }))

  plainTest("no field of a kind's state is in the way of its name or its sections", () => {
    for (const { kind } of kinds) {
      const part = [...topKinds, ...kinds.flatMap((outer) => partsOf(outer.kind))].find((found) =>
        found.kind.kind === kind
      )
      if (part === undefined) {
        expect(["comment", "grant", "owner", "security label"]).toContain(kind)
        continue
      }
      const state = Object.keys(stateFields(part.kind))
      const around = [
        ...Object.keys(part.naming.fields),
        ...partsOf(kind).map(({ kind }) => kind.section),
        "comment",
        "comments"
      ]
      expect(state.filter((field) => around.includes(field))).toEqual([])
    }
  })
})
