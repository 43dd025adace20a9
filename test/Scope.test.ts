/**
 * A database that other tools have schemas in: what is outside of the managed scope is needed, and is never touched. On the
 * oldest server that has what is tried here, and on the newest.
 */
import { describe, expect } from "bun:test"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { comparable } from "../src/Canonical.ts"
import type { Catalog, Selection } from "../src/Catalog.ts"
import * as PostgresDatabase from "../src/engine/PostgresDatabase.ts"
import { apply } from "../src/Executor.ts"
import * as Lockplane from "../src/Lockplane.ts"
import { aspects, narrow } from "../src/ManagedScope.ts"
import { type Plan, statementsOf } from "../src/Plan.ts"
import { decode, encode } from "../src/PlanJson.ts"
import * as Platform from "../src/platform.ts"
import { prove } from "../src/Prover.ts"
import { derive } from "../src/Rollback.ts"
import { load, parse } from "../src/Source.ts"
import { folder, lockplane } from "./cli/lockplane.ts"
import * as it from "./effect.ts"
import { database, psql, type Server, server } from "./servers.ts"

class Servers extends Context.Service<Servers, { readonly 15: Server; readonly 18: Server }>()("test/Scope/Servers") {}

const live = it.layer(
  Layer.effect(Servers, Effect.all({ 15: server({ major: 15 }), 18: server({ major: 18 }) })).pipe(
    Layer.provideMerge(Lockplane.layer),
    Layer.provideMerge(Platform.layer)
  )
)

/** Schemas of a platform, with an extension that the embedded engine does not have and with triggers on events. */
const platform = `
  CREATE SCHEMA auth; CREATE SCHEMA extensions;
  CREATE EXTENSION pg_trgm WITH SCHEMA extensions;
  CREATE EXTENSION postgres_fdw WITH SCHEMA extensions;
  CREATE SERVER elsewhere FOREIGN DATA WRAPPER postgres_fdw;
  CREATE TYPE auth.level AS ENUM ('one', 'two');
  CREATE TABLE auth.users (id uuid PRIMARY KEY, email text, level auth.level);
  CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql STABLE AS 'SELECT NULL::uuid';
  CREATE TABLE auth.sessions (id uuid PRIMARY KEY, user_id uuid REFERENCES auth.users);
  CREATE FUNCTION auth.watch() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN PERFORM 1 FROM auth.users; END';
  CREATE EVENT TRIGGER watch ON ddl_command_end EXECUTE FUNCTION auth.watch();`

const before = `
  CREATE TABLE profiles (id uuid PRIMARY KEY REFERENCES auth.users (id) ON DELETE CASCADE, name text);
  CREATE POLICY own ON profiles USING (id = auth.uid());`

const after = `
  CREATE TABLE profiles (id uuid PRIMARY KEY REFERENCES auth.users (id) ON DELETE CASCADE, name varchar(80), level auth.level);
  CREATE POLICY own ON profiles USING (id = auth.uid() AND level = 'two');
  CREATE TABLE posts (id bigint PRIMARY KEY, author uuid NOT NULL REFERENCES auth.users (id), body text);
  CREATE INDEX posts_body ON posts USING gin (body extensions.gin_trgm_ops);`

const schemas: Selection = { schemas: ["public"] }

const read = (url: string) => load(parse(url))

/** The catalog of a text that is for a database of which this much is managed. */
const readFor = (sql: string, of: Catalog, selection: Selection) =>
  Effect.scoped(Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const path = yield* fs.makeTempFileScoped({ suffix: ".lp.sql" })
    yield* fs.writeFileString(path, sql)
    return yield* load(parse(path), narrow(of, { aspects, ...selection }))
  }))

const planTo = Effect.fn(function*(url: string, sql: string, selection: Selection) {
  const source = yield* read(url)
  return yield* prove(yield* comparable(source, yield* readFor(sql, source, selection), [], [], selection))
})

const refusal = (url: string, sql: string, selection: Selection) =>
  Effect.map(Effect.flip(planTo(url, sql, selection)), ({ message }) => message)

const sqlOf = (plan: Plan): string => plan.steps.flatMap(statementsOf).join(";\n")

/** A digest of everything outside of the schema `public`. */
const platformOf = (url: string) =>
  Effect.map(
    read(url),
    (catalog) =>
      [...narrow(catalog, { aspects, ...schemas }).outside?.values() ?? []].map(({ id, state }) =>
        `${id} ${JSON.stringify(state)}`
      ).toSorted()
  )

describe("a schema beside those of a platform", () => {
  for (const major of [15, 18] as const) {
    live(`is planned, proven, applied and taken back on PostgreSQL ${major}`, () =>
      Effect.gen(function*() {
        const url = yield* database((yield* Servers)[major])
        yield* psql(url, platform + before)
        const there = yield* platformOf(url)
        const target = yield* PostgresDatabase.make({ url: Redacted.make(url) })
        const source = yield* read(url)

        const { plan, rollback } = yield* planTo(url, after, schemas)
        expect(plan.proof).toMatchObject({ reaches_target: true, rollback_restores_source: true })
        expect(plan.scope).toEqual({ aspects: [], schemas: ["public"] })
        expect(sqlOf(plan)).not.toMatch(/SCHEMA|EXTENSION|auth\.sessions|EVENT TRIGGER/)
        expect(yield* decode(encode(plan))).toEqual({ $schema: expect.any(String), ...plan })

        // nothing of what others do to their schemas makes the plan stale
        yield* psql(
          url,
          "CREATE TABLE auth.added (id bigint); DROP TABLE auth.added; COMMENT ON TABLE auth.users IS 'x'; COMMENT ON TABLE auth.users IS NULL;"
        )
        yield* apply(plan, target)
        expect((yield* planTo(url, after, schemas)).plan.steps).toEqual([])
        expect(yield* derive(plan, source)).toEqual(rollback)
        yield* apply(rollback, target)
        expect((yield* planTo(url, before, schemas)).plan.steps).toEqual([])
        expect(yield* platformOf(url)).toEqual(there)
      }))
  }

  live("by the command line, with the settings of lockplane.toml", () =>
    Effect.gen(function*() {
      const url = yield* database((yield* Servers)[18])
      yield* psql(url, platform + before)
      const cwd = yield* folder({ "after.lp.sql": after, "lockplane.toml": "schemas = [\"public\"]\n" })
      const planned = yield* lockplane(["plan", "--from", url, "--to", "after.lp.sql"], { cwd })
      expect([planned.code, planned.stderr.includes("error")]).toEqual([0, false])
      yield* Effect.promise(() => writeFile(join(cwd, "plan.json"), planned.stdout))
      const applied = yield* lockplane(
        ["apply", "plan.json", "--target", url, "--auto-approve", "--allow-destructive"],
        { cwd }
      )
      expect([applied.code, applied.stderr]).toEqual([0, expect.stringContaining("Applied")])
      const again = yield* lockplane(["diff", url, "after.lp.sql", "--exit-code"], { cwd })
      expect([again.code, again.stdout]).toEqual([0, ""])
      const printed = yield* lockplane(["introspect", url, "--format", "sql"], { cwd })
      expect(printed.stdout).toContain("REFERENCES auth.users(id)")
      expect(printed.stdout).not.toMatch(/CREATE (SCHEMA|EXTENSION|EVENT)|TABLE auth/)
      // a flag goes before the file, and a pattern that cannot be meant is wrong usage
      const all = yield* lockplane(["diff", url, "after.lp.sql", "--schemas", "public,auth"], { cwd })
      expect(all.stdout + all.stderr).toContain("auth")
      const wrong = yield* lockplane(["diff", url, "after.lp.sql", "--exclude-objects", "tabel public.posts"], { cwd })
      expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining("tabel, which is no kind of object")])
      yield* Effect.promise(() => writeFile(join(cwd, "lockplane.toml"), "\nschema = [\"public\"]\n"))
      const broken = yield* lockplane(["plan", "--from", url, "--to", "after.lp.sql"], { cwd })
      expect([broken.code, broken.stdout, broken.stderr]).toEqual([
        1,
        "",
        expect.stringContaining("lockplane.toml:2: schema is no setting. Did you mean schemas?")
      ])
      expect(yield* Effect.promise(() => readFile(join(cwd, "plan.json"), "utf8"))).toBe(planned.stdout)
    }))

  live("what the files say of it is told, or left out where it is there already", () =>
    Effect.gen(function*() {
      const url = yield* database((yield* Servers)[18])
      yield* psql(url, platform + before)
      const stub = `CREATE SCHEMA auth; CREATE TABLE auth.users (id uuid PRIMARY KEY);
        CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql STABLE AS 'SELECT NULL::uuid';`
      expect((yield* planTo(url, stub + before, schemas)).plan.steps).toEqual([])
      const cwd = yield* folder({ "a.lp.sql": `${before} CREATE TABLE auth.mine (id bigint);` })
      const run = yield* lockplane(["diff", url, "a.lp.sql", "--schemas", "public"], { cwd })
      expect(run.stdout).toBe("")
      const plan = yield* lockplane(["plan", "--from", url, "--to", "a.lp.sql", "--schemas", "public"], { cwd })
      expect([plan.code, plan.stderr]).toEqual([
        0,
        expect.stringContaining("Nothing is done about:\n  table auth.mine\n")
      ])
    }))
})

const shop = `
  CREATE TYPE mood AS ENUM ('sad', 'ok');
  CREATE TABLE users (id bigint PRIMARY KEY, name text, mood mood);
  CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';`

const others = `
  CREATE SCHEMA audit;
  CREATE VIEW audit.names AS SELECT id, name FROM users;
  CREATE VIEW audit.more AS SELECT * FROM audit.names;
  CREATE TABLE audit.log (id bigint PRIMARY KEY, who bigint CONSTRAINT log_who REFERENCES users, mood mood);
  CREATE TRIGGER on_log AFTER INSERT ON audit.log FOR EACH ROW EXECUTE FUNCTION note();
  CREATE VIEW legacy_names AS SELECT 1 AS one;`

describe("a plan that would break what is outside is refused, and names it", () => {
  const selection: Selection = { schemas: ["public"], exclude: ["view public.legacy_*"] }

  live("whatever way it would", () =>
    Effect.gen(function*() {
      const url = yield* database((yield* Servers)[18])
      yield* psql(url, shop + others)
      const there = yield* platformOf(url)
      expect((yield* planTo(url, shop, selection)).plan.steps).toEqual([])
      const refused = (sql: string) => refusal(url, sql, selection)

      const dropped = yield* refused("CREATE TYPE mood AS ENUM ('sad', 'ok');")
      expect(dropped).toContain("view audit.names needs column users.name, which goes")
      expect(dropped).toContain("foreign key log_who of table audit.log needs")
      expect(dropped).toContain("trigger on_log on table audit.log needs function note(), which goes")
      expect(dropped).toContain("include = [\"view audit.names\"]")
      expect(dropped).not.toContain("audit.more")
      expect(yield* refused(shop.replace("name text, ", ""))).toContain(
        "view audit.names needs column users.name, which goes"
      )
      expect(yield* refused(shop.replace("name text", "name varchar(9)"))).toContain(
        "view audit.names needs column users.name, which changes"
      )
      expect(yield* refused(shop.replace("'sad', ", ""))).toContain(
        "column audit.log.mood needs enum mood, which has to be made anew"
      )
      expect(yield* refused(shop.replace("id bigint PRIMARY KEY", "id bigint"))).toContain("log_who of table audit.log")
      expect(yield* refused(`${shop} CREATE TABLE legacy_names (id bigint);`)).toContain(
        "table legacy_names cannot be created, because view legacy_names has its name"
      )
      const missing = yield* refused(
        `${shop} CREATE SCHEMA other; CREATE TABLE other.x (id bigint PRIMARY KEY); CREATE TABLE y (id bigint REFERENCES other.x);`
      )
      expect(missing).toContain("foreign key y_id_fkey of table y needs")
      expect(missing).toContain("is outside of what Lockplane manages here")
      expect(yield* platformOf(url)).toEqual(there)
    }))

  live(
    "what does not break it is planned: a change in place, a rename, a part that is taken in",
    () =>
      Effect.gen(function*() {
        const url = yield* database((yield* Servers)[18])
        yield* psql(url, shop + others)
        const target = yield* PostgresDatabase.make({ url: Redacted.make(url) })
        const { plan } = yield* planTo(
          url,
          `${shop.replace("RETURN NEW", "RETURN OLD")} COMMENT ON TABLE users IS 'u';`,
          selection
        )
        expect(plan.steps.map(({ operation }) => operation)).toEqual(["alter", "create"])
        const taken = yield* planTo(
          url,
          `${shop} CREATE TRIGGER mine AFTER UPDATE ON audit.log FOR EACH ROW EXECUTE FUNCTION note();`,
          { ...selection, include: ["trigger audit.log.mine"] }
        )
        expect(taken.plan.steps.map(({ object }) => object)).toEqual(["trigger audit.log.mine"])
        yield* apply(taken.plan, target)
        expect(yield* psql(url, "SELECT count(*) FROM pg_trigger WHERE tgname IN ('mine', 'on_log')")).toBe("2\n")
        yield* apply(taken.rollback, target)
        expect(yield* psql(url, "SELECT count(*) FROM pg_trigger WHERE tgname IN ('mine', 'on_log')")).toBe("1\n")
      })
  )
})
