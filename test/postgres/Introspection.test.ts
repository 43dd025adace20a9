import { describe, expect } from "bun:test"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Catalog, ObjectId } from "../../src/Catalog.ts"
import type { Session } from "../../src/engine/Database.ts"
import { rehearse } from "../../src/engine/Transaction.ts"
import { layer as platform } from "../../src/platform.ts"
import * as EmbeddedShadow from "../../src/postgres/EmbeddedShadow.ts"
import { introspect } from "../../src/postgres/Introspection.ts"
import { Shadow } from "../../src/Shadow.ts"
import * as it from "../effect.ts"

/** Runs a script on an empty database, reads what is there, and leaves nothing behind. */
const read = Effect.fnUntraced(function*(script: string, extensions: ReadonlyArray<string> = []) {
  const session = yield* (yield* Shadow).reserve({ extensions })
  return yield* rehearse(session, Effect.andThen(session.execute(script), introspect(session)))
}, Effect.scoped)

const needs = (catalog: Catalog, id: ObjectId) => [...catalog.dependencies.get(id) ?? []].sort()
const guesses = (catalog: Catalog, id: ObjectId) => [...catalog.softDependencies?.get(id) ?? []].sort()
const comments = (catalog: Catalog) =>
  Object.fromEntries(
    [...catalog.objects.values()].filter(({ kind }) => kind === "comment")
      .map(({ parent, state }) => [String(state["on"]), [String(state["text"]), parent]])
  )
const unmanaged = (catalog: Catalog) => catalog.unmanaged.map(({ kind, name }) => `${kind} ${name}`)

const setting = (session: Session, name: string) =>
  Effect.map(session.query("select current_setting($1) as value", [name]), ([row]) => row?.["value"])

describe("introspect", () => {
  const test = it.layer(EmbeddedShadow.layer.pipe(Layer.provide(platform)))

  test("carries what PostgreSQL records over to objects", () =>
    Effect.gen(function*() {
      const catalog = yield* read(`
        CREATE FUNCTION next() RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint';
        CREATE TYPE mood AS ENUM ('sad', 'happy');
        CREATE TABLE users (id bigint CONSTRAINT users_pk PRIMARY KEY, moods mood[], double bigint GENERATED ALWAYS AS (id * 2) STORED);
        CREATE TABLE posts (id bigint DEFAULT next(), author bigint CONSTRAINT posts_author REFERENCES users (id), all_of users);
        CREATE INDEX posts_author_idx ON posts (author);
        CREATE VIEW latest AS SELECT max(id) AS id, author FROM posts GROUP BY author;
        CREATE VIEW names AS SELECT l.author FROM latest l;
        CREATE SEQUENCE counter OWNED BY users.id;
        ALTER TABLE users ALTER COLUMN id SET DEFAULT nextval('counter')`)
      expect(needs(catalog, "column public.users.moods")).toEqual(["enum public.mood", "table public.users"])
      expect(needs(catalog, "column public.users.double")).toEqual(["column public.users.id", "table public.users"])
      expect(needs(catalog, "column public.posts.all_of")).toEqual(["table public.posts", "table public.users"])
      expect(needs(catalog, "default public.posts.id")).toEqual(["column public.posts.id", "function public.next()"])
      expect(needs(catalog, "constraint public.posts.posts_author")).toEqual([
        "column public.posts.author",
        "column public.users.id",
        "constraint public.users.users_pk",
        "table public.posts",
        "table public.users"
      ])
      expect(needs(catalog, "index public.posts_author_idx")).toEqual([
        "column public.posts.author",
        "table public.posts"
      ])
      expect(needs(catalog, "view public.latest")).toEqual([
        "column public.posts.author",
        "column public.posts.id",
        "schema public"
      ])
      expect(needs(catalog, "view public.names")).toEqual(["schema public", "view public.latest"])
      // the column's default needs the sequence: the sequence must not need the column that owns it
      expect(needs(catalog, "sequence public.counter")).toEqual(["schema public"])
      expect(needs(catalog, "sequence owner public.counter")).toEqual([
        "column public.users.id",
        "sequence public.counter"
      ])
      expect(needs(catalog, "default public.users.id")).toEqual(["column public.users.id", "sequence public.counter"])
      expect(catalog.unmanaged).toEqual([])
    }))

  test("takes what belongs to an extension for the extension", () =>
    Effect.gen(function*() {
      const catalog = yield* read(
        "CREATE EXTENSION citext; CREATE TABLE users (name citext); CREATE INDEX lower_name ON users (regexp_replace(name, 'a', 'b'))",
        ["citext"]
      )
      expect(needs(catalog, "column public.users.name")).toEqual(["extension citext", "table public.users"])
      expect(needs(catalog, "index public.lower_name")).toContain("extension citext")
      expect([...catalog.objects.values()].filter(({ kind }) => kind === "function")).toEqual([])
      expect(comments(catalog)).toEqual({})
      expect(catalog.unmanaged).toEqual([])
    }))

  test("guesses what the body of a routine needs, but never in a circle", () =>
    Effect.gen(function*() {
      const catalog = yield* read(`
        SET LOCAL check_function_bodies = off;
        CREATE SCHEMA app;
        CREATE TABLE app.users (id bigint, posts bigint);
        CREATE TABLE posts (id bigint);
        CREATE TABLE "Odd name" (id bigint);
        CREATE FUNCTION first() RETURNS bigint LANGUAGE sql AS 'SELECT second() FROM app.users u WHERE u.posts > 0';
        CREATE FUNCTION second() RETURNS bigint LANGUAGE plpgsql AS 'BEGIN RETURN first() FROM public."Odd name"; END';
        CREATE FUNCTION seen() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM own_view';
        CREATE VIEW own_view AS SELECT seen()`)
      expect(guesses(catalog, "function public.first()")).toEqual(["function public.second()", "table app.users"])
      expect(guesses(catalog, "function public.second()")).toEqual([`table public."Odd name"`])
      expect(guesses(catalog, "function public.seen()")).toEqual([])
      expect(needs(catalog, "view public.own_view")).toContain("function public.seen()")
    }))

  test("reads comments of parts that are no objects", () =>
    Effect.gen(function*() {
      const catalog = yield* read(`
        CREATE TABLE users (id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT users_pk PRIMARY KEY, age int CONSTRAINT has_age NOT NULL);
        CREATE VIEW names AS SELECT id AS "the Id" FROM users;
        CREATE TYPE pair AS (a int, b int);
        CREATE DOMAIN short AS text CONSTRAINT is_short CHECK (length(value) < 9);
        COMMENT ON TABLE users IS 'people';
        COMMENT ON COLUMN users.id IS 'column';
        COMMENT ON CONSTRAINT users_pk ON users IS 'key';
        COMMENT ON CONSTRAINT has_age ON users IS 'not null';
        COMMENT ON INDEX users_pk IS 'index of the key';
        COMMENT ON SEQUENCE users_id_seq IS 'of the identity';
        COMMENT ON COLUMN names."the Id" IS 'column of a view';
        COMMENT ON COLUMN pair.b IS 'attribute';
        COMMENT ON CONSTRAINT is_short ON DOMAIN short IS 'domain constraint';
        COMMENT ON SCHEMA public IS 'standard public schema'`)
      expect(comments(catalog)).toEqual({
        "TABLE public.users": ["people", "table public.users"],
        "COLUMN public.users.id": ["column", "column public.users.id"],
        "CONSTRAINT users_pk ON public.users": ["key", "constraint public.users.users_pk"],
        "CONSTRAINT has_age ON public.users": ["not null", "column public.users.age"],
        "INDEX public.users_pk": ["index of the key", "constraint public.users.users_pk"],
        "SEQUENCE public.users_id_seq": ["of the identity", "column public.users.id"],
        "COLUMN public.names.\"the Id\"": ["column of a view", "view public.names"],
        "COLUMN public.pair.b": ["attribute", "composite type public.pair"],
        "CONSTRAINT is_short ON DOMAIN public.short": ["domain constraint", "domain constraint public.short.is_short"]
      })
    }))

  test("goes on with the transaction and the settings of the session", () =>
    Effect.gen(function*() {
      const session = yield* (yield* Shadow).reserve({ extensions: [] })
      yield* rehearse(
        session,
        Effect.gen(function*() {
          yield* session.execute(
            "SET LOCAL search_path = public, pg_catalog; SET LOCAL quote_all_identifiers = on; CREATE TABLE t (id bigint DEFAULT 1)"
          )
          const catalog = yield* introspect(session)
          expect(catalog.objects.has("table public.t")).toBe(true)
          expect(yield* setting(session, "search_path")).toBe("public, pg_catalog")
          expect(yield* setting(session, "quote_all_identifiers")).toBe("on")
          yield* session.execute("CREATE TABLE u (id bigint)")
          expect((yield* introspect(session)).objects.has("table public.u")).toBe(true)
        })
      )
      const path = yield* setting(session, "search_path")
      expect((yield* introspect(session)).objects.has("table public.t")).toBe(false)
      expect(yield* setting(session, "search_path")).toBe(path)
      // nothing is left open: outside of a transaction a savepoint is refused
      expect((yield* Effect.flip(session.execute("SAVEPOINT s"))).code).toBe("25P01")
    }).pipe(Effect.scoped))
})

describe("census", () => {
  const test = it.layer(EmbeddedShadow.layer.pipe(Layer.provide(platform)))

  test("names every object that no kind covers, and nothing that one covers or that goes with it", () =>
    Effect.gen(function*() {
      const catalog = yield* read(`
        CREATE TABLE users (id bigint PRIMARY KEY, name text, at date DEFAULT now());
        CREATE RULE no_delete AS ON DELETE TO users DO INSTEAD NOTHING;
        CREATE FUNCTION same(bigint, text) RETURNS boolean LANGUAGE sql AS 'SELECT $1::text = $2';
        CREATE OPERATOR === (LEFTARG = bigint, RIGHTARG = text, FUNCTION = same);
        CREATE OPERATOR FAMILY odd USING btree;
        CREATE FUNCTION to_bool(date) RETURNS boolean LANGUAGE sql AS 'SELECT true';
        CREATE CAST (date AS boolean) WITH FUNCTION to_bool(date);
        CREATE COLLATION mine (provider = libc, locale = 'C');
        CREATE CONVERSION latin FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
        CREATE FUNCTION on_ddl() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
        CREATE EVENT TRIGGER watch ON ddl_command_end EXECUTE FUNCTION on_ddl();
        CREATE PUBLICATION everything FOR TABLE users;
        CREATE FOREIGN DATA WRAPPER elsewhere;
        CREATE SERVER far FOREIGN DATA WRAPPER elsewhere;
        CREATE USER MAPPING FOR CURRENT_USER SERVER far;
        CREATE FOREIGN TABLE remote (id bigint DEFAULT 1) SERVER far;
        CREATE TEXT SEARCH DICTIONARY words (TEMPLATE = simple);
        CREATE TEXT SEARCH CONFIGURATION english2 (COPY = english);
        CREATE ACCESS METHOD heap2 TYPE TABLE HANDLER heap_tableam_handler;
        ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC;
        SELECT lo_create(424242);
        CREATE TEMPORARY TABLE scratch (id serial PRIMARY KEY, note text);
        CREATE TYPE shell`)
      expect(unmanaged(catalog)).toEqual(["large object 424242"])
    }))
})
