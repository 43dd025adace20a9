/** What makes a plan fail on a database is told before anything runs. */
import { describe, expect } from "bun:test"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { comparable } from "../../src/Canonical.ts"
import * as PostgresDatabase from "../../src/engine/PostgresDatabase.ts"
import * as Lockplane from "../../src/Lockplane.ts"
import * as Platform from "../../src/platform.ts"
import { checkReady } from "../../src/Preflight.ts"
import { prove } from "../../src/Prover.ts"
import { load } from "../../src/Source.ts"
import * as it from "../effect.ts"
import { database, psql, type Server, server } from "../servers.ts"
import { loadSql } from "../sqlSource.ts"

/** What stands in the way of a plan from one schema to another, for a user of a database that has the first. */
const obstaclesTo = Effect.fn("obstaclesTo")(function*(on: Server, before: string, after: string, setup: string = "") {
  const url = yield* database(on)
  yield* psql(url, before)
  const live = yield* load({ _tag: "Server", url: Redacted.make(url) })
  const { between, plan, rollback } = yield* prove(yield* comparable(live, yield* loadSql(after)))
  yield* psql(url, setup)
  const asUser = setup === "" ? url : url.replace("postgres:lockplane@", "visitor:visitor@")
  const target = yield* PostgresDatabase.make({ url: Redacted.make(asUser) })
  const rehearsal = { plan, rollback, from: between.from, to: between.to }
  return yield* checkReady(plan, rehearsal, live, target).pipe(
    Effect.as(undefined),
    Effect.catchTag("NotReady", (error) => Effect.succeed(error))
  )
})

describe("a user without rights", () => {
  const test = it.layer(Lockplane.layer.pipe(Layer.provideMerge(Platform.layer)))
  const visitor = `
    CREATE ROLE visitor LOGIN PASSWORD 'visitor'; GRANT CREATE ON SCHEMA mine TO visitor;
    ALTER TABLE mine.own OWNER TO visitor;`
  const before = `
    CREATE SCHEMA mine; CREATE SCHEMA other;
    CREATE TABLE mine.own (id int PRIMARY KEY, other int);
    CREATE TABLE mine.theirs (id int PRIMARY KEY);
    CREATE TABLE mine.gone (id int);
    CREATE FUNCTION other.f(a int, b text) RETURNS int LANGUAGE sql AS 'select 1';`
  const after = `
    CREATE SCHEMA mine; CREATE SCHEMA other; CREATE SCHEMA third;
    CREATE TABLE mine.own (id int PRIMARY KEY, other int REFERENCES mine.theirs, added int);
    CREATE TABLE mine.theirs (id int PRIMARY KEY, added int);
    CREATE TABLE mine.fresh (id int);
    CREATE TABLE other.fresh (id int);
    CREATE FUNCTION other.f(a int, b text) RETURNS int LANGUAGE sql AS 'select 2';`

  test("is told all that is missing at once", () =>
    Effect.gen(function*() {
      const found = yield* obstaclesTo(yield* server({ major: 15 }), before, after, visitor)
      expect(found?.problems).toEqual([
        "CREATE on schema other is missing",
        "CREATE on the database is missing, which new schemas need",
        "REFERENCES on table mine.theirs is missing, which a foreign key needs",
        "function other.f(integer, text) belongs to somebody else",
        "table mine.gone belongs to somebody else",
        "table mine.theirs belongs to somebody else"
      ])
      expect(found?.message).toContain("to visitor")
      expect(found?.message).toContain("Nothing was changed.")
    }))

  test("may do what their rights allow", () =>
    Effect.gen(function*() {
      const enough = `${visitor}
        GRANT CREATE ON SCHEMA other TO visitor; GRANT REFERENCES ON mine.theirs TO visitor;
        ALTER TABLE mine.theirs OWNER TO visitor; ALTER FUNCTION other.f OWNER TO visitor;
        ALTER SCHEMA mine OWNER TO visitor; DO $$ BEGIN
          EXECUTE format('GRANT CREATE ON DATABASE %I TO visitor', current_database()); END $$;`
      expect(yield* obstaclesTo(yield* server({ major: 15 }), before, after, enough)).toBeUndefined()
    }))
})

describe("a server without room for the locks of a plan", () => {
  const test = it.layer(Lockplane.layer.pipe(Layer.provideMerge(Platform.layer)))
  const many = Array.from({ length: 150 }, (_, i) => `CREATE TABLE t${i} (id int PRIMARY KEY, t text);`).join("\n")

  test("is told before, with the setting to raise", () =>
    Effect.gen(function*() {
      const settings = {
        max_connections: "20",
        max_locks_per_transaction: "20",
        max_wal_senders: "0",
        max_worker_processes: "1"
      }
      const found = yield* obstaclesTo(yield* server({ major: 15, settings }), "", many)
      expect(found?.problems[0]).toMatch(
        /^one transaction of the plan holds \d+ locks, and the server has room for 400$/
      )
      expect(found?.message).toContain("Set max_locks_per_transaction to")
      expect(yield* obstaclesTo(yield* server({ major: 15 }), "", many)).toBeUndefined()
    }))
})
