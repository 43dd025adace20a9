/** Owners, grants and default privileges: on servers of the oldest and newest kind, from files and from databases. */
import { describe, expect } from "bun:test"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { comparable } from "../../../src/Canonical.ts"
import { hash } from "../../../src/Catalog.ts"
import * as PostgresDatabase from "../../../src/engine/PostgresDatabase.ts"
import { apply } from "../../../src/Executor.ts"
import * as Lockplane from "../../../src/Lockplane.ts"
import * as Platform from "../../../src/platform.ts"
import { encodeJson } from "../../../src/postgres/SchemaJson.ts"
import { prove } from "../../../src/Prover.ts"
import { derive } from "../../../src/Rollback.ts"
import { load } from "../../../src/Source.ts"
import * as it from "../../effect.ts"
import { database, type Major, pgDump, psql, server } from "../../servers.ts"
import { loadSql } from "../../sqlSource.ts"

const live = (url: string) => load({ _tag: "Server", url: Redacted.make(url) })
const connect = (url: string) => PostgresDatabase.make({ url: Redacted.make(url) })
const statements = (plan: { readonly steps: ReadonlyArray<{ readonly sql: string | ReadonlyArray<string> }> }) =>
  plan.steps.flatMap(({ sql }) => sql)

const roles = ["alice", "bob", "app"].map((role) => `CREATE ROLE ${role} LOGIN PASSWORD 'lockplane';`).join("\n")

const objects = `
  CREATE TABLE t (a int PRIMARY KEY, b int);
  CREATE VIEW v AS SELECT a, b FROM t;
  CREATE SEQUENCE s;
  CREATE FUNCTION f(x int) RETURNS int LANGUAGE sql AS 'select 1';
  CREATE TYPE e AS ENUM ('a');
  CREATE DOMAIN d AS int;`

const access = `
  ALTER TABLE t OWNER TO alice;
  ALTER FUNCTION f(int) OWNER TO alice;
  ALTER TYPE e OWNER TO bob;
  REVOKE ALL ON FUNCTION f(int) FROM PUBLIC;
  REVOKE UPDATE, DELETE ON t FROM alice;
  GRANT SELECT ON v TO bob, PUBLIC;
  GRANT SELECT ON t TO app;
  GRANT INSERT (a), UPDATE (b) ON t TO bob;
  GRANT USAGE ON SEQUENCE s TO bob WITH GRANT OPTION;
  REVOKE USAGE ON DOMAIN d FROM PUBLIC;
  ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT EXECUTE ON FUNCTIONS TO bob;
  ALTER DEFAULT PRIVILEGES FOR ROLE alice GRANT SELECT ON TABLES TO app;`

describe("owners and grants", () => {
  const test = it.layer(Lockplane.layer.pipe(Layer.provideMerge(Platform.layer)))

  for (const major of [15, 18] satisfies ReadonlyArray<Major>) {
    test(`are what the text says on PostgreSQL ${major}, there and back`, () =>
      Effect.gen(function*() {
        const started = yield* server({ major })
        const [url, by] = [yield* database(started), yield* database(started)]
        yield* psql(url, `${roles}\n${objects}`)
        yield* psql(by, `${objects}\n${access}`)
        const before = yield* pgDump(url)
        const to = yield* loadSql(`${objects}\n${access}`)
        expect(to.states).toEqual(["grants", "owners"])
        const { plan, rollback } = yield* prove(yield* comparable(yield* live(url), to))
        const target = yield* connect(url)
        yield* apply(plan, target)
        const lists = (dump: Option.Option<string>) =>
          Option.map(dump, (text) =>
            text.split("\n").filter((line) => /^(GRANT|REVOKE|ALTER .* OWNER|ALTER DEF)/.test(line)).sort())
        expect(lists(yield* pgDump(url))).toEqual(lists(yield* pgDump(by)))
        expect((yield* prove(yield* comparable(yield* live(url), to))).plan.steps).toEqual([])
        yield* apply(rollback, target)
        expect(lists(yield* pgDump(url))).toEqual(lists(before))
      }))

    test(
      `that a text does not state stay on PostgreSQL ${major}, also on what is made anew`,
      () =>
        Effect.gen(function*() {
          const started = yield* server({ major })
          const url = yield* database(started)
          yield* psql(url, `${roles}\n${objects}\n${access}`)
          const was = yield* live(url)
          const silent = objects.replace("b int)", "b bigint)").replaceAll("RETURNS int", "RETURNS bigint").replace(
            "'select 1'",
            "'select 1::bigint'"
          )
          const { plan, rollback } = yield* prove(
            yield* comparable(was, yield* loadSql(`${silent} CREATE TABLE fresh (a int);`))
          )
          expect(plan.scope).toBeUndefined()
          expect(statements(plan)).toContain("ALTER FUNCTION public.f(integer) OWNER TO alice")
          expect(statements(plan)).toContain("REVOKE EXECUTE ON FUNCTION public.f(integer) FROM PUBLIC")
          expect(statements(plan)).toContain("GRANT SELECT ON TABLE public.v TO bob")
          const target = yield* connect(url)
          yield* apply(plan, target)
          const of = (catalog: typeof was) =>
            [...catalog.objects.values()].filter(({ kind }) => /^(owner|grant|default privileges)$/.test(kind))
              .map(({ id, state }) => [id, state] as const).sort(([a], [b]) => a < b ? -1 : 1)
          expect(of(yield* live(url))).toEqual(of(was))
          expect(hash((yield* comparable(was, was)).from)).toBe(hash(was))
          expect(statements(yield* derive(plan, was))).toEqual(statements(rollback))
          yield* apply(rollback, target)
          expect(hash(yield* live(url))).toBe(hash(was))
        })
    )
  }

  test(
    "are kept in force by a plan that a plain owner runs, whatever default privileges give",
    () =>
      Effect.gen(function*() {
        const started = yield* server({ major: 18 })
        const url = yield* database(started)
        yield* psql(
          url,
          `${roles} GRANT alice TO app; GRANT CREATE ON SCHEMA public TO app, alice; SET ROLE app;
        ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO bob; CREATE TABLE old (a int); RESET ROLE;`
        )
        const asApp = url.replace("postgres:lockplane@", "app:lockplane@")
        const to = yield* loadSql(`CREATE TABLE old (a int, b int); GRANT SELECT ON old TO bob;
        CREATE TABLE given (a serial PRIMARY KEY); ALTER TABLE given OWNER TO alice; COMMENT ON TABLE given IS 'c';
        CREATE TABLE closed (a int); GRANT INSERT ON closed TO app;
        GRANT CREATE ON SCHEMA public TO app, alice;`)
        const { plan } = yield* prove(yield* comparable(yield* live(asApp), to))
        expect(statements(plan)).toContain("REVOKE SELECT ON TABLE public.closed FROM bob")
        // app owns the table: what is granted to it is its own already
        expect(statements(plan).filter((sql) => sql.includes("INSERT"))).toEqual([])
        yield* apply(plan, yield* connect(asApp))
        expect((yield* prove(yield* comparable(yield* live(asApp), to))).plan.steps).toEqual([])
        expect(yield* psql(url, "select relowner::regrole from pg_class where relname in ('given', 'given_a_seq')"))
          .toBe("alice\nalice\n")
      })
  )

  test(
    "of roles that the server lacks are refused before anything runs, all of them named",
    () =>
      Effect.gen(function*() {
        const url = yield* database(yield* server({ major: 18 }))
        yield* psql(url, "CREATE TABLE t (a int);")
        const to = yield* loadSql(
          "CREATE TABLE t (a int); ALTER TABLE t OWNER TO nina; GRANT SELECT ON t TO otto; CREATE POLICY p ON t TO paul;"
        )
        const { plan } = yield* prove(yield* comparable(yield* live(url), to))
        const refused = yield* Effect.flip(apply(plan, yield* connect(url)))
        expect(refused).toMatchObject({ _tag: "MissingRoles", roles: ["nina", "otto", "paul"] })
        expect((yield* live(url)).objects.has("policy public.t.p")).toBe(false)
      })
  )

  test("are in both forms of a schema", () =>
    Effect.gen(function*() {
      const one = yield* loadSql(`${objects}\n${access}`)
      const json: { readonly default_privileges: ReadonlyArray<unknown>; readonly tables: ReadonlyArray<unknown> } =
        JSON
          .parse(encodeJson(one))
      expect(json.tables).toMatchObject([{ name: "t", owner: "alice" }])
      expect(json.default_privileges).toHaveLength(2)
    }))
})
