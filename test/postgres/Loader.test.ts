import { describe, expect } from "bun:test"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { type Catalog, hash } from "../../src/Catalog.ts"
import { rehearse } from "../../src/engine/Transaction.ts"
import { layer as platform } from "../../src/platform.ts"
import * as EmbeddedShadow from "../../src/postgres/EmbeddedShadow.ts"
import { introspect } from "../../src/postgres/Introspection.ts"
import { load, type LoadResult } from "../../src/postgres/Loader.ts"
import { parse } from "../../src/postgres/sql/Parser.ts"
import { extensionsCreated, order } from "../../src/postgres/StatementOrder.ts"
import { Shadow } from "../../src/Shadow.ts"
import type { SourceProblem } from "../../src/SourceError.ts"
import * as it from "../effect.ts"

type Texts = Readonly<Record<string, string>>

/** Loads files on an empty database and reads back what they made. */
const loaded = Effect.fnUntraced(function*(texts: Texts) {
  const files = yield* Effect.forEach(Object.entries(texts), ([path, text]) => parse({ path, text }))
  const shadow = yield* Shadow
  const session = yield* shadow.reserve({
    extensions: extensionsCreated(files.flatMap(({ statements }) => statements))
  })
  return yield* rehearse(session, Effect.all({ result: load(files, session), catalog: introspect(session) }))
}, Effect.scoped)

const places = (problems: ReadonlyArray<SourceProblem>) =>
  problems.map(({ code, column, consequence, file, line }) =>
    `${file}:${line}:${column} ${code}${consequence === true ? " consequence" : ""}`
  )

const clean: LoadResult = { errors: [], warnings: [] }

const ids = (catalog: Catalog, kind: string) =>
  [...catalog.objects.values()].filter((object) => object.kind === kind).map(({ id }) => id).sort()

describe("Loader", () => {
  const test = it.layer(EmbeddedShadow.layer.pipe(Layer.provide(platform)))

  test("default privileges hold for what is written behind them, extensions too", () =>
    Effect.gen(function*() {
      const { catalog, result } = yield* loaded({
        "a.sql": "CREATE FUNCTION before() RETURNS int LANGUAGE sql AS 'select 1';",
        "b.sql": `ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC; CREATE EXTENSION pg_trgm;
          CREATE FUNCTION after() RETURNS int LANGUAGE sql AS 'select 1';`
      })
      expect(result).toEqual(clean)
      const grants = ids(catalog, "grant").join("\n")
      expect(grants).toContain("FUNCTION public.after()")
      expect(grants).toContain("FUNCTION public.similarity(text,text)")
      expect(grants).not.toContain("before()")
    }))

  test("a table that refers to itself comes before its unique indexes", () =>
    Effect.gen(function*() {
      const table = "CREATE TABLE t (id int PRIMARY KEY, parent int REFERENCES t)"
      const { statements } = yield* parse({ path: "t.sql", text: `CREATE UNIQUE INDEX i ON t (parent); ${table};` })
      expect(order(statements).map(({ statement }) => statement.text)).toEqual([
        table,
        "CREATE UNIQUE INDEX i ON t (parent)"
      ])
    }))

  test("a key that is for a table alone waits for none of its partitions", () =>
    Effect.gen(function*() {
      const key = "ALTER TABLE ONLY s.o ADD CONSTRAINT k PRIMARY KEY (id)"
      const attached = "ALTER INDEX s.k ATTACH PARTITION public.x_pkey"
      const text = `${key};
        ALTER TABLE ONLY public.b ADD CONSTRAINT o UNIQUE (id);
        ${attached};
        ALTER TABLE ONLY public.b ATTACH PARTITION s.o DEFAULT`
      const { statements } = yield* parse({ path: "t.sql", text })
      const ordered = order(statements).map(({ statement }) => statement.text)
      expect(ordered.indexOf(key)).toBeLessThan(ordered.indexOf(attached))
    }))

  test("a column that is added when tables inherit already comes to them", () =>
    Effect.gen(function*() {
      const { catalog, result } = yield* loaded({
        "a.sql": `CREATE TABLE p (a int); CREATE TABLE c (x int) INHERITS (p); CREATE TABLE d (a int);
          ALTER TABLE d INHERIT p; ALTER TABLE p ADD COLUMN late int NOT NULL DEFAULT 3;`
      })
      expect(result).toEqual(clean)
      expect(ids(catalog, "column")).toContain("column public.d.late")
    }))

  test("loads statements whatever their order across files", () =>
    Effect.gen(function*() {
      const statements = [
        "CREATE SCHEMA app",
        "CREATE EXTENSION citext",
        "CREATE TYPE app.mood AS ENUM ('sad', 'happy')",
        "CREATE DOMAIN app.short AS text CHECK (length(value) < 10)",
        "CREATE FUNCTION app.stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.at := now(); RETURN NEW; END $$",
        "CREATE FUNCTION app.count_users() RETURNS bigint LANGUAGE sql AS $$ SELECT count(*) FROM app.users $$",
        "CREATE TABLE app.users (id bigint, name citext, mood app.mood, latest bigint, at timestamptz, tag app.short)",
        "ALTER TABLE app.users ADD COLUMN serial bigint",
        "CREATE TABLE app.posts (id bigint PRIMARY KEY, author bigint)",
        "ALTER TABLE app.users ADD CONSTRAINT users_pk PRIMARY KEY (id)",
        "ALTER TABLE app.posts ADD CONSTRAINT posts_author FOREIGN KEY (author) REFERENCES app.users (id)",
        "ALTER TABLE app.users ADD CONSTRAINT users_latest FOREIGN KEY (latest) REFERENCES app.posts (id)",
        "CREATE INDEX users_name ON app.users (name)",
        "CREATE VIEW app.happy AS SELECT * FROM app.users WHERE mood = 'happy'",
        "CREATE VIEW app.names AS SELECT u.id, u.name, count(p.id) FROM app.users u LEFT JOIN app.posts p ON p.author = u.id GROUP BY u.id",
        "CREATE TRIGGER stamp BEFORE INSERT ON app.users FOR EACH ROW EXECUTE FUNCTION app.stamp()",
        "CREATE POLICY readers ON app.users FOR SELECT TO reader USING (app.count_users() > 0)",
        "COMMENT ON TRIGGER stamp ON app.users IS 'sets the time'",
        "CREATE TABLE app.events (at date NOT NULL, id bigint) PARTITION BY RANGE (at)",
        "CREATE TABLE app.events_1 (at date NOT NULL, id bigint)",
        "ALTER TABLE ONLY app.events ATTACH PARTITION app.events_1 FOR VALUES FROM ('2020-01-01') TO ('2021-01-01')",
        "CREATE INDEX events_id ON ONLY app.events (id)",
        "CREATE INDEX events_1_id ON app.events_1 (id)",
        "ALTER INDEX app.events_id ATTACH PARTITION app.events_1_id"
      ]
      const text = (list: ReadonlyArray<string>) => list.map((statement) => `${statement};\n`).join("")
      const written = yield* loaded({ "a.lp.sql": text(statements) })
      expect(written.result).toEqual(clean)
      const half = statements.length / 2
      const turned = yield* loaded({
        "a.lp.sql": text(statements.slice(half).toReversed()),
        "b.lp.sql": text(statements.slice(0, half).toReversed())
      })
      expect(turned.result).toEqual(clean)
      expect(hash(turned.catalog)).toBe(hash(written.catalog))
      expect(ids(turned.catalog, "policy")).toEqual(["policy app.users.readers"])
    }))

  test("reports every error of every file at its place, and which are consequences", () =>
    Effect.gen(function*() {
      const { result } = yield* loaded({
        "a.lp.sql":
          "CREATE VIEW v AS SELECT id FROM lost;\nCREATE TABLE ok (id int);\nCREATE VIEW w AS\n  SELECT nope FROM ok;\n",
        "b.lp.sql": "CREATE TABLE lost (\n  /* 😀 */ id int, m missing_type\n);\nCREATE TABLE ok (other int);\n"
      })
      expect(places(result.errors)).toEqual([
        "a.lp.sql:4:10 42703",
        "b.lp.sql:2:21 42704",
        "b.lp.sql:4:1 42P07",
        "a.lp.sql:1:33 42P01 consequence"
      ])
      expect(result.errors.map(({ message }) => message)).toContain("type \"missing_type\" does not exist")
      expect(result.errors[1]).toMatchObject({ severity: "error", end_line: 2, end_column: 33 })
    }))

  test("reports errors in many statements without losing those that can run", () =>
    Effect.gen(function*() {
      const text = Array.from(
        { length: 300 },
        (_, i) => `CREATE TABLE t${i} (id ${i % 7 === 0 ? "nothing" : "int"});\n`
      ).join("")
      const { catalog, result } = yield* loaded({ "a.lp.sql": text })
      expect(places(result.errors)).toEqual(
        Array.from({ length: 43 }, (_, i) => `a.lp.sql:${i * 7 + 1}:${20 + String(i * 7).length} 42704`)
      )
      expect(ids(catalog, "table")).toHaveLength(257)
    }))

  test("tells a circle of statements from consequences", () =>
    Effect.gen(function*() {
      const { result } = yield* loaded({
        "a.lp.sql":
          "CREATE TABLE a (id int PRIMARY KEY, b int REFERENCES b);\nCREATE TABLE b (id int PRIMARY KEY, a int REFERENCES a);\n"
      })
      expect(places(result.errors)).toEqual(["a.lp.sql:1:1 42P01", "a.lp.sql:2:1 42P01"])
      expect(result.errors[0]?.hint).toContain("ALTER TABLE")
    }))

  test("looks into routine bodies after everything is there", () =>
    Effect.gen(function*() {
      const text = "CREATE FUNCTION fine() RETURNS bigint LANGUAGE sql AS $$ SELECT count(*) FROM later $$;\n" +
        "CREATE FUNCTION loose() RETURNS bigint LANGUAGE sql AS $$ SELECT count(*) FROM never $$;\n" +
        "CREATE FUNCTION own() RETURNS int LANGUAGE sql SET search_path = app AS $$ SELECT id FROM inner_table $$;\n" +
        "CREATE FUNCTION broken() RETURNS int LANGUAGE plpgsql AS $$\nBEGIN\n  retrun 1;\nEND $$;\n" +
        "CREATE TABLE later (id int);\nCREATE SCHEMA app;\nCREATE TABLE app.inner_table (id int);\n"
      const declared = yield* loaded({ "a.lp.sql": text })
      expect(places(declared.result.warnings)).toEqual(["a.lp.sql:2:80 42P01"])
      expect(places(declared.result.errors)).toEqual(["a.lp.sql:6:3 42601"])
      const dumped = yield* loaded({ "a.sql": text })
      expect(dumped.result).toEqual(clean)
    }))

  test("runs the settings of a dump for that file alone", () =>
    Effect.gen(function*() {
      const { catalog, result } = yield* loaded({
        "a.sql": "SELECT pg_catalog.set_config('search_path', '', false);\nSET default_tablespace = '';\n" +
          "CREATE SCHEMA s;\nCREATE VIEW s.v AS SELECT id FROM public.t;\nSET search_path = s;\nCREATE TABLE in_s (id int);\n",
        "b.lp.sql": "CREATE TABLE t (id int);\nCREATE VIEW w AS SELECT id FROM s.in_s;\n"
      })
      expect(result).toEqual(clean)
      expect(ids(catalog, "table")).toEqual(["table public.t", "table s.in_s"])
      expect(ids(catalog, "view")).toEqual(["view public.w", "view s.v"])
    }))

  test("leaves settings and the shadow as they were", () =>
    Effect.gen(function*() {
      const shadow = yield* Shadow
      const settings = yield* Effect.scoped(Effect.gen(function*() {
        const session = yield* shadow.reserve({ extensions: [] })
        const [file] = yield* Effect.forEach(["SET search_path = '';\nCREATE TABLE public.t (id int);"], (text) =>
          parse({ path: "a.sql", text }))
        return yield* rehearse(
          session,
          Effect.andThen(
            load(file === undefined ? [] : [file], session),
            session.query(
              "SELECT current_setting('search_path') AS path, current_setting('check_function_bodies') AS checks"
            )
          )
        )
      }))
      expect(settings).toEqual([{ path: "\"$user\", public", checks: "on" }])
      const after = yield* loaded({})
      expect([...after.catalog.objects.keys()]).toEqual([...(yield* loaded({})).catalog.objects.keys()])
      expect(ids(after.catalog, "table")).toEqual([])
    }))
})

describe("EmbeddedShadow", () => {
  const test = it.layer(EmbeddedShadow.layer.pipe(Layer.provide(platform)))
  const reserve = (extensions: ReadonlyArray<string> = []) =>
    Effect.flatMap(Shadow, (shadow) => shadow.reserve({ extensions }))
  const count = (name: string) => `SELECT count(*)::int AS n FROM pg_class WHERE relname = '${name}'`

  test("is empty again after something was committed, or a transaction was left open", () =>
    Effect.gen(function*() {
      yield* Effect.scoped(
        Effect.flatMap(reserve(), (session) => session.execute("CREATE TABLE left_over (id int); CREATE ROLE stays"))
      )
      yield* Effect.scoped(Effect.gen(function*() {
        const session = yield* reserve()
        expect(yield* session.query(count("left_over"))).toEqual([{ n: 0 }])
        expect(yield* session.query("SELECT count(*)::int AS n FROM pg_roles WHERE rolname = 'stays'")).toEqual([{
          n: 0
        }])
        yield* session.execute("BEGIN; CREATE TABLE open (id int); SET search_path = nowhere")
      }))
      const session = yield* reserve()
      expect(yield* session.query(count("open"))).toEqual([{ n: 0 }])
      expect(yield* session.query("SELECT current_setting('search_path') AS path")).toEqual([{
        path: "\"$user\", public"
      }])
    }))

  test("loads extensions that are asked for later, and says which it does not have", () =>
    Effect.gen(function*() {
      yield* Effect.scoped(reserve())
      yield* Effect.scoped(
        Effect.flatMap(reserve(["hstore"]), (session) => session.execute("BEGIN; CREATE EXTENSION hstore"))
      )
      const error = yield* Effect.flip(Effect.scoped(reserve(["postgis"])))
      expect(error.code).toBe("LP_EXTENSION_NOT_EMBEDDED")
      const shadow = yield* Shadow
      const session = yield* reserve()
      expect(shadow.describe(session)).toMatch(/^PostgreSQL 18\.\d+ \(embedded\)$/)
      expect(Math.floor(session.versionNumber / 10000)).toBe(yield* shadow.major)
    }))

  test("gives the engine to one at a time", () =>
    Effect.gen(function*() {
      const order: Array<string> = []
      const use = (name: string) =>
        Effect.scoped(Effect.gen(function*() {
          const session = yield* reserve()
          order.push(`${name} begins`)
          yield* session.query("SELECT 1")
          order.push(`${name} ends`)
        }))
      yield* Effect.all([use("one"), use("two")], { concurrency: "unbounded" })
      expect(order).toEqual(["one begins", "one ends", "two begins", "two ends"])
    }))
})
