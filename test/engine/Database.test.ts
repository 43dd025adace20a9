import { describe, expect } from "bun:test"
import * as Effect from "effect/Effect"
import { Database } from "../../src/engine/Database.ts"
import * as it from "../effect.ts"
import { drivers } from "./drivers.ts"

for (const [name, layer] of drivers) {
  describe(`a session by ${name}`, () => {
    const test = it.layer(layer)
    const open = Effect.flatMap(Database, (database) => database.session)

    test("gives the same values with every driver", () =>
      Effect.gen(function*() {
        const session = yield* open
        const rows = yield* session.query(`
          SELECT true AS bool, 7::int2 AS int2, -2147483648 AS int4, 9223372036854775807 AS int8, 1.50::numeric AS numeric,
            0.5::float8 AS float8, 'pg_class'::regclass::oid AS oid, 'x'::text AS text, NULL::text AS missing, 'c'::"char" AS char,
            '{"a": [1, null]}'::json AS json, '{"b": "x"}'::jsonb AS jsonb, 'pg_class'::regclass AS regclass, '\\x00ff'::bytea AS bytea,
            '2020-02-03'::date AS date, '2020-02-03 04:05:06.123456+00'::timestamptz AT TIME ZONE 'UTC' AS timestamp,
            ARRAY['a', 'b c', NULL, 'NULL', '', 'q"\\{},'] AS texts, ARRAY['n'::name] AS names, '{{1,2},{3,4}}'::int[] AS nested,
            '[5:6]={t,f}'::bool[] AS bounds, '{}'::int8[] AS empty, ARRAY[9007199254740993] AS int8s, ARRAY['{"a":1}'::jsonb] AS jsonbs`)
        expect(rows).toEqual([{
          bool: true,
          int2: 7,
          int4: -2147483648,
          int8: "9223372036854775807",
          numeric: "1.50",
          float8: 0.5,
          oid: 1259,
          text: "x",
          missing: null,
          char: "c",
          json: { a: [1, null] },
          jsonb: { b: "x" },
          regclass: "pg_class",
          bytea: "\\x00ff",
          date: "2020-02-03",
          timestamp: "2020-02-03 04:05:06.123456",
          texts: ["a", "b c", null, "NULL", "", "q\"\\{},"],
          names: ["n"],
          nested: [[1, 2], [3, 4]],
          bounds: [true, false],
          empty: [],
          int8s: ["9007199254740993"],
          jsonbs: [{ a: 1 }]
        }])
      }))

    test("sends parameters as the types that the server infers", () =>
      Effect.gen(function*() {
        const session = yield* open
        const rows = yield* session.query(
          "SELECT $1::int AS a, $2::text AS b, $3::bool AS c, $4::text[] AS d, $5::jsonb AS e, $6::text AS f, $7::json AS g, $8::date AS h",
          [5, "it's", false, ["x,y", "\"\\", null], { a: { b: 1 } }, null, "\"text\"", "2020-02-03"]
        )
        expect(rows).toEqual([{
          a: 5,
          b: "it's",
          c: false,
          d: ["x,y", "\"\\", null],
          e: { a: { b: 1 } },
          f: null,
          g: "text",
          h: "2020-02-03"
        }])
      }))

    test("tells its version as server_version_num does", () =>
      Effect.gen(function*() {
        const session = yield* open
        const rows = yield* session.query("SELECT current_setting('server_version_num')::int AS number")
        expect(rows).toEqual([{ number: session.versionNumber }])
      }))

    test("runs scripts, of which a failure leaves nothing", () =>
      Effect.gen(function*() {
        const session = yield* open
        yield* session.execute("CREATE TEMP TABLE script (a int); INSERT INTO script VALUES (1), (2)")
        yield* Effect.flip(session.execute("INSERT INTO script VALUES (3); SELECT 1/0"))
        expect(yield* session.query("SELECT count(*)::int AS rows FROM script")).toEqual([{ rows: 2 }])
      }))

    test("answers concurrent statements in the order in which they were sent", () =>
      Effect.gen(function*() {
        const session = yield* open
        yield* session.execute("CREATE TEMP SEQUENCE sent")
        const rows = yield* Effect.all(
          Array.from(
            { length: 300 },
            (_, index) => session.query(`SELECT nextval('sent')::int AS n, ${index + 1} AS i`)
          ),
          { concurrency: "unbounded" }
        )
        expect(rows.flat().filter((row) => row["n"] !== row["i"])).toEqual([])
        expect(rows).toHaveLength(300)
      }))

    test("one of several concurrent statements fails alone", () =>
      Effect.gen(function*() {
        const session = yield* open
        const results = yield* Effect.forEach(
          ["SELECT 1 AS a", "SELECT 1/0 AS a", "SELECT 3 AS a"],
          (sql) => Effect.result(session.query(sql)),
          { concurrency: "unbounded" }
        )
        expect(results.map((result) => result._tag === "Success" ? result.success : result.failure.code))
          .toEqual([[{ a: 1 }], "22012", [{ a: 3 }]])
      }))

    test("gives the notices since the last call", () =>
      Effect.gen(function*() {
        const session = yield* open
        yield* session.execute("DO $$ BEGIN RAISE NOTICE 'one'; RAISE WARNING 'two' USING ERRCODE = '01P01'; END $$")
        expect(yield* session.notices).toEqual([
          { severity: "NOTICE", code: "00000", message: "one" },
          { severity: "WARNING", code: "01P01", message: "two" }
        ])
        expect(yield* session.notices).toEqual([])
      }))

    test("errors carry what PostgreSQL told", () =>
      Effect.gen(function*() {
        const session = yield* open
        const syntax = yield* Effect.flip(session.query("SELECT 'é', FROM t"))
        expect(syntax).toMatchObject({ code: "42601", position: 13, sql: "SELECT 'é', FROM t" })
        yield* session.execute(
          "CREATE TEMP TABLE unique_a (a int CONSTRAINT only_one UNIQUE); INSERT INTO unique_a VALUES (1)"
        )
        const duplicate = yield* Effect.flip(session.query("INSERT INTO unique_a VALUES ($1)", [1]))
        expect(duplicate).toMatchObject({ code: "23505", detail: "Key (a)=(1) already exists." })
        const hinted = yield* Effect.flip(session.query("SELECT hexx(1)"))
        expect(hinted.code).toBe("42883")
        expect(hinted.hint).toContain("No function matches")
        const inside = yield* Effect.flip(session.execute("DO $$ BEGIN PERFORM 1/0; END $$"))
        expect(inside.where).toContain("line 1 at PERFORM")
        const several = yield* Effect.flip(session.query("SELECT 1; SELECT 2"))
        expect(several.code).toBe("42601")
      }))

    test("closing it rolls back, and leaves nothing to the next one", () =>
      Effect.gen(function*() {
        yield* Effect.scoped(Effect.gen(function*() {
          const session = yield* open
          yield* session.execute(
            "SET search_path TO pg_catalog; CREATE TEMP TABLE left_over (a int); SELECT pg_advisory_lock(7)"
          )
          yield* session.execute("BEGIN; CREATE TABLE public.not_committed (a int)")
        }))
        const session = yield* open
        const rows = yield* session.query(`
          SELECT current_setting('search_path') AS path, to_regclass('public.not_committed') AS relation,
            to_regclass('pg_temp.left_over') AS temporary, pg_try_advisory_lock(7) AS unlocked`)
        expect(rows).toEqual([{ path: "\"$user\", public", relation: null, temporary: null, unlocked: true }])
        expect((yield* Effect.flip(session.query("SAVEPOINT s"))).code).toBe("25P01")
      }))

    test("system catalogs are not for changing", () =>
      Effect.gen(function*() {
        const session = yield* open
        const refused = yield* Effect.flip(session.execute("CREATE TABLE pg_catalog.mine (a int)"))
        expect(refused.code).toBe("42501")
      }))
  })
}
