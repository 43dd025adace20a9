/** Security labels: on a shadow without their provider they are kept as they are, and the plan says so. */
import { describe, expect } from "bun:test"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import { comparable } from "../../../src/Canonical.ts"
import { type Catalog, hash } from "../../../src/Catalog.ts"
import { Dialect } from "../../../src/Dialect.ts"
import * as PostgresDatabase from "../../../src/engine/PostgresDatabase.ts"
import * as Lockplane from "../../../src/Lockplane.ts"
import { type Plan, statementsOf } from "../../../src/Plan.ts"
import * as Platform from "../../../src/platform.ts"
import { providersIn, withStoodInLabels } from "../../../src/postgres/LabelProvider.ts"
import { encodeJson } from "../../../src/postgres/SchemaJson.ts"
import { checkReady } from "../../../src/Preflight.ts"
import { prove } from "../../../src/Prover.ts"
import { toSql } from "../../../src/SchemaSql.ts"
import { load } from "../../../src/Source.ts"
import * as it from "../../effect.ts"
import { database, psql, server } from "../../servers.ts"
import { loadSql } from "../../sqlSource.ts"

/** Every type of object that PostgreSQL labels, in the order of its manual. */
const everything = `
  CREATE SCHEMA "S s"; CREATE LANGUAGE sqlish HANDLER plpgsql_call_handler; CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w;
  CREATE TABLE people (id int GENERATED ALWAYS AS IDENTITY, "Full name" text, born date);
  CREATE TABLE parted (a int) PARTITION BY LIST (a);
  CREATE VIEW names AS SELECT "Full name" FROM people;
  CREATE MATERIALIZED VIEW births AS SELECT born FROM people;
  CREATE SEQUENCE counter; CREATE FOREIGN TABLE far (a int) SERVER s;
  CREATE FUNCTION f(a int, VARIADIC b text[]) RETURNS int LANGUAGE sql AS 'select 1';
  CREATE PROCEDURE p("Full name") LANGUAGE sql AS 'select 1';
  CREATE AGGREGATE sums(int) (sfunc = int4pl, stype = int); CREATE AGGREGATE rows(*) (sfunc = int8inc, stype = bigint, initcond = '0');
  CREATE TYPE colour AS ENUM ('red'); CREATE TYPE pair AS (a int, b int); CREATE DOMAIN "Full name" AS text;
  CREATE FUNCTION e() RETURNS event_trigger LANGUAGE plpgsql AS 'begin end';
  CREATE EVENT TRIGGER watch ON ddl_command_end EXECUTE FUNCTION e();
  CREATE PUBLICATION pub; CREATE SUBSCRIPTION sub CONNECTION '' PUBLICATION pub WITH (connect = false);
  SECURITY LABEL FOR dummy ON TABLE people IS 'secret';
  SECURITY LABEL FOR dummy ON TABLE parted IS 'secret';
  security label for "dummy" on column people . "Full name" is E'it\\'s "secret"';
  SECURITY LABEL FOR 'other one' ON COLUMN people."Full name" IS $$x$$;
  SECURITY LABEL FOR dummy ON AGGREGATE sums(int) IS 'a';
  SECURITY LABEL FOR dummy ON AGGREGATE rows(*) IS 'a';
  SECURITY LABEL FOR dummy ON DOMAIN "Full name" IS 'd';
  SECURITY LABEL FOR dummy ON EVENT TRIGGER watch IS 'e';
  SECURITY LABEL FOR dummy ON FOREIGN TABLE far IS 'f';
  SECURITY LABEL FOR dummy ON FUNCTION f IS 'f';
  SECURITY LABEL FOR dummy ON ROUTINE e() IS 'e';
  SECURITY LABEL FOR dummy ON PROCEDURAL LANGUAGE sqlish IS 'l';
  SECURITY LABEL FOR dummy ON MATERIALIZED VIEW births IS 'm';
  SECURITY LABEL FOR dummy ON COLUMN births.born IS 'm';
  SECURITY LABEL FOR dummy ON PROCEDURE p("Full name") IS 'p';
  SECURITY LABEL FOR dummy ON PUBLICATION pub IS 'p';
  SECURITY LABEL FOR dummy ON SCHEMA "S s" IS 's';
  SECURITY LABEL FOR dummy ON SCHEMA public IS 's';
  SECURITY LABEL FOR dummy ON SEQUENCE counter IS 's';
  SECURITY LABEL FOR dummy ON SEQUENCE people_id_seq IS 's';
  SECURITY LABEL FOR dummy ON SUBSCRIPTION sub IS 's';
  SECURITY LABEL FOR dummy ON TYPE colour IS 't';
  SECURITY LABEL FOR dummy ON TYPE people IS 'row';
  SECURITY LABEL FOR dummy ON TYPE colour[] IS 'list';
  SECURITY LABEL FOR dummy ON COLUMN pair.b IS 't';
  SECURITY LABEL FOR dummy ON VIEW names IS 'v';
  SECURITY LABEL FOR dummy ON COLUMN names."Full name" IS 'v';`

const labelsOf = (catalog: Catalog): Record<string, unknown> =>
  Object.fromEntries(
    [...catalog.objects.values()].filter(({ kind }) => kind === "security label")
      .map(({ id, state }) => [id.replace("security label of ", ""), state["label"]])
  )

const scriptOf = ({ steps }: Plan): ReadonlyArray<string> => steps.flatMap(statementsOf)

const planned = Effect.fn("planned")(function*(from: Catalog, to: Catalog) {
  return yield* prove(yield* comparable(from, to))
})

const people = "CREATE TABLE people (id int PRIMARY KEY, name text);"
const masked = "SECURITY LABEL FOR anon ON COLUMN people.name IS 'MASKED WITH FUNCTION anon.fake_name()';"

describe("security labels", () => {
  const test = it.layer(Lockplane.layer.pipe(Layer.provideMerge(Platform.layer)))

  test("of every type of object are read, and planned to and from nothing", () =>
    Effect.gen(function*() {
      const catalog = yield* loadSql(everything)
      expect(catalog.unmanaged).toEqual([])
      expect(labelsOf(catalog)).toEqual({
        "\"other one\" on COLUMN public.people.\"Full name\"": "x",
        "dummy on AGGREGATE public.rows(*)": "a",
        "dummy on AGGREGATE public.sums(integer)": "a",
        "dummy on COLUMN public.births.born": "m",
        "dummy on COLUMN public.names.\"Full name\"": "v",
        "dummy on COLUMN public.pair.b": "t",
        "dummy on COLUMN public.people.\"Full name\"": "it's \"secret\"",
        "dummy on DOMAIN public.\"Full name\"": "d",
        "dummy on EVENT TRIGGER watch": "e",
        "dummy on FOREIGN TABLE public.far": "f",
        "dummy on FUNCTION public.e()": "e",
        "dummy on FUNCTION public.f(integer, text[])": "f",
        "dummy on LANGUAGE sqlish": "l",
        "dummy on MATERIALIZED VIEW public.births": "m",
        "dummy on PROCEDURE public.p(public.\"Full name\")": "p",
        "dummy on PUBLICATION pub": "p",
        "dummy on SCHEMA \"S s\"": "s",
        "dummy on SCHEMA public": "s",
        "dummy on SEQUENCE public.counter": "s",
        "dummy on SEQUENCE public.people_id_seq": "s",
        "dummy on SUBSCRIPTION sub": "s",
        "dummy on TABLE public.parted": "secret",
        "dummy on TABLE public.people": "secret",
        "dummy on TYPE public._colour": "list",
        "dummy on TYPE public.colour": "t",
        "dummy on TYPE public.people": "row",
        "dummy on VIEW public.names": "v"
      })
      const { plan, rollback } = yield* planned(yield* loadSql("CREATE SCHEMA x"), catalog)
      const script = scriptOf(plan)
      expect(script.filter((sql) => sql.startsWith("SECURITY LABEL"))).toHaveLength(27)
      // what acts on statements does not see them
      expect(script.findIndex((sql) => sql.startsWith("CREATE EVENT TRIGGER"))).toBe(script.length - 2)
      expect(script.at(-1)).toBe("SECURITY LABEL FOR dummy ON EVENT TRIGGER watch IS 'e'")
      // only of what stays
      expect(scriptOf(rollback).filter((sql) => sql.startsWith("SECURITY LABEL"))).toEqual([
        "SECURITY LABEL FOR dummy ON SCHEMA public IS NULL"
      ])
    }))

  test("are the same after JSON and SQL", () =>
    Effect.gen(function*() {
      const { kindOf } = yield* Dialect
      const fs = yield* FileSystem.FileSystem
      const catalog = yield* loadSql(everything)
      const path = yield* fs.makeTempFileScoped({ suffix: ".json" })
      yield* fs.writeFileString(path, encodeJson(catalog))
      const fromJson = yield* load({ _tag: "Json", path })
      expect(fromJson.states).toEqual(catalog.states)
      expect(hash(fromJson)).toBe(hash(catalog))
      const sql = Result.getOrThrow(toSql(catalog, { kindOf, serverMajor: 18 }))
      expect(hash(yield* loadSql(sql))).toBe(hash(catalog))
    }))

  test("change and go in place, and the plan says what was not proven", () =>
    Effect.gen(function*() {
      const plain = yield* loadSql(people)
      const labelled = yield* loadSql(`${people} ${masked}`)
      const other = yield* loadSql(`${people} ${masked.replace("fake_name()", "dummy_name()")}`)
      const none = yield* loadSql(`${people} ${masked.replace(/IS .*/, "IS NULL;")}`)
      const { plan, rollback } = yield* planned(labelled, other)
      expect(plan.scope).toEqual({ aspects: ["labels"] })
      expect(plan.steps).toMatchObject([{
        sql: "SECURITY LABEL FOR anon ON COLUMN public.people.name IS 'MASKED WITH FUNCTION anon.dummy_name()'",
        operation: "alter",
        hazards: [{ code: "not_proven" }],
        locks: [{ relation: "public.people", mode: "SHARE UPDATE EXCLUSIVE", blocks: [] }],
        reversible: true
      }])
      expect(scriptOf(rollback)).toEqual([
        "SECURITY LABEL FOR anon ON COLUMN public.people.name IS 'MASKED WITH FUNCTION anon.fake_name()'"
      ])
      const gone = ["SECURITY LABEL FOR anon ON COLUMN public.people.name IS NULL"]
      expect(scriptOf((yield* planned(labelled, none)).plan)).toEqual(gone)
      expect(scriptOf((yield* planned(labelled, plain)).plan)).toEqual(gone)
    }))

  test("come before the object is handed over, behind what they may name", () =>
    Effect.gen(function*() {
      const owned = yield* loadSql(`${people} ALTER TABLE people OWNER TO other; ${masked}
        SECURITY LABEL FOR hstore ON TABLE people IS 'x'; CREATE EXTENSION hstore;
        CREATE FUNCTION z() RETURNS text LANGUAGE sql AS 'select 1::text';`)
      const { plan } = yield* planned(yield* loadSql("CREATE SCHEMA x"), owned)
      const begins = scriptOf(plan).map((sql) => sql.split(" ").slice(0, 3).join(" "))
      expect(begins.slice(-3)).toEqual(["SECURITY LABEL FOR", "SECURITY LABEL FOR", "ALTER TABLE public.people"])
      // the labels of an extension that goes stay
      const { plan: without } = yield* planned(
        yield* loadSql(`${people} CREATE EXTENSION hstore; SECURITY LABEL FOR hstore ON TABLE people IS 'x';`),
        yield* loadSql(`${people} SECURITY LABEL FOR hstore ON TABLE people IS 'x';`)
      )
      expect(scriptOf(without)).toEqual(["DROP EXTENSION hstore"])
    }))

  test("go along with renames, and what is made anew has them again", () =>
    Effect.gen(function*() {
      const view = (columns: string): string =>
        `${people} CREATE VIEW names AS SELECT ${columns} FROM people;
         SECURITY LABEL FOR anon ON VIEW names IS 'a'; SECURITY LABEL FOR anon ON COLUMN names.name IS 'b';`
      const { plan } = yield* planned(yield* loadSql(view("id, name")), yield* loadSql(view("name, id")))
      expect(plan.steps.map(({ description }) => description)).toEqual([
        "Drop view names",
        "Create view names",
        "Label column public.names.name for anon",
        "Label view public.names for anon"
      ])
      const { plan: renaming } = yield* planned(
        yield* loadSql(`${people} ${masked}`),
        yield* loadSql(`-- lockplane: renamed from people\n${`${people} ${masked}`.replaceAll("people", "persons")}`)
      )
      expect(renaming.steps[0]?.operation).toBe("rename")
      expect(scriptOf(renaming).join()).not.toContain("SECURITY LABEL")
    }))

  test("of the server, of the system and of extensions are refused by name, and those of nobody", () =>
    Effect.gen(function*() {
      const refused = (sql: string) => Effect.map(Effect.flip(loadSql(`${people} ${sql}`)), ({ message }) => message)
      for (const what of ["ROLE postgres", "DATABASE d", "TABLESPACE s", "LARGE OBJECT 1"]) {
        expect(yield* refused(`SECURITY LABEL FOR p ON ${what} IS 'x'`)).toContain(
          `security label of a ${what.replace(/ \S+$/, "").toLowerCase()}`
        )
      }
      for (const what of ["SCHEMA pg_catalog", "FUNCTION upper(text)", "LANGUAGE plpgsql"]) {
        expect(yield* refused(`SECURITY LABEL FOR p ON ${what} IS 'x'`)).toContain(
          `security labels of the system's and of extensions' objects are not managed: ${what}`
        )
      }
      expect(yield* refused("SECURITY LABEL ON COLUMN people.name IS 'x'")).toContain(
        "Write SECURITY LABEL FOR provider ON COLUMN people.name IS …"
      )
      expect(yield* refused("SECURITY LABEL FOR p ON COLUMN people.nobody IS 'x'")).toContain(
        "column \"nobody\" of relation \"people\" does not exist"
      )
    }))

  test("leave the comments and event triggers of a shadow alone", () =>
    Effect.gen(function*() {
      const noticed = `${people} COMMENT ON COLUMN people.name IS 'it''s a name';
        CREATE FUNCTION e() RETURNS event_trigger LANGUAGE plpgsql AS 'begin raise exception ''seen''; end';
        CREATE EVENT TRIGGER watch ON ddl_command_start WHEN TAG IN ('COMMENT') EXECUTE FUNCTION e();`
      const { plan } = yield* planned(yield* loadSql(noticed), yield* loadSql(`${noticed} ${masked}`))
      expect(scriptOf(plan)).toHaveLength(1)
    }))

  test(
    "of a server are read and kept, and a plan for one without the provider does not begin",
    () =>
      Effect.gen(function*() {
        const started = yield* server({ major: 15 })
        const url = yield* database(started)
        const live = load({ _tag: "Server", url: Redacted.make(url) })
        yield* psql(
          url,
          `${people} CREATE VIEW names AS SELECT id, name FROM people;
           INSERT INTO pg_seclabel VALUES ('people'::regclass, 'pg_class'::regclass, 2, 'anon', 'MASKED'),
             ('names'::regclass, 'pg_class'::regclass, 0, 'anon', 'x'),
             ('upper(text)'::regprocedure, 'pg_proc'::regclass, 0, 'anon', 'TRUSTED')`
        )
        const labelled = yield* live
        expect(labelled.unmanaged).toEqual([])
        expect(labelsOf(labelled)).toEqual({
          "anon on COLUMN public.people.name": "MASKED",
          "anon on VIEW public.names": "x"
        })
        const view = "CREATE VIEW names AS SELECT name, id FROM people;"
        // a text that is silent takes none away
        const { between, plan, rollback } = yield* planned(labelled, yield* loadSql(`${people} ${view}`))
        expect(plan.scope).toBeUndefined()
        expect(scriptOf(plan).slice(2)).toEqual(["SECURITY LABEL FOR anon ON VIEW public.names IS 'x'"])
        const target = yield* PostgresDatabase.make({ url: Redacted.make(url) })
        const rehearsal = { plan, rollback, from: between.from, to: between.to }
        const refused = yield* Effect.flip(checkReady(plan, rehearsal, labelled, target))
        expect(refused.message).toContain("the server has not loaded the security label provider anon")
        const stated = yield* planned(labelled, yield* loadSql(`${people} ${view} ${masked}`))
        expect(scriptOf(stated.plan).slice(2)).toEqual([
          "SECURITY LABEL FOR anon ON COLUMN public.people.name IS 'MASKED WITH FUNCTION anon.fake_name()'"
        ])
      })
  )
})

describe("a script for a shadow", () => {
  const test = it.layer(Layer.empty)

  test("is changed only where it labels something", () =>
    Effect.sync(() => {
      const others = `SELECT 'SECURITY LABEL FOR a ON TABLE t IS NULL; '; -- SECURITY LABEL FOR a ON TABLE t IS NULL;
        CREATE FUNCTION f() RETURNS void SECURITY DEFINER LANGUAGE sql AS $$ SECURITY LABEL FOR a ON TABLE t IS NULL $$;`
      expect(withStoodInLabels(others)).toBe(others)
      const stood = withStoodInLabels(
        `${others}\nsecurity /* a */ label for "A""b" on function "is"("is") is $x$;$x$;\nSELECT 1`
      )
      expect(stood.startsWith(`${others}\nDO $lockplane$`)).toBe(true)
      expect(stood.endsWith("$lockplane$;\nSELECT 1")).toBe(true)
      expect(stood).toContain("COMMENT ON function \"is\"(\"is\")")
      expect(
        providersIn(["SECURITY LABEL FOR Anon ON TABLE a IS NULL", "SECURITY LABEL FOR 'x''y' ON TABLE a IS ''", stood])
      )
        .toEqual(["anon", "x'y"])
    }))
})
