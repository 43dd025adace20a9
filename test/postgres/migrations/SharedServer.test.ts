/** Migrations run on a server that others use too: whatever their code does, roles of the server stay what they were. */
import { describe, expect } from "bun:test"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as CatalogCache from "../../../src/CatalogCache.ts"
import { layer as platform } from "../../../src/platform.ts"
import * as Postgres from "../../../src/postgres/Postgres.ts"
import * as ShadowServer from "../../../src/postgres/ShadowServer.ts"
import * as ServerShadow from "../../../src/shadow/ServerShadow.ts"
import { load, parse } from "../../../src/Source.ts"
import { SourceError } from "../../../src/SourceError.ts"
import * as it from "../../effect.ts"
import { psql, server } from "../../servers.ts"

const live = it.layer(
  Layer.mergeAll(Postgres.layer, ShadowServer.layer, CatalogCache.layerOff).pipe(Layer.provideMerge(platform))
)

const run = (pool: string, text: string) =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const root = yield* fs.makeTempDirectoryScoped()
    yield* fs.writeFileString(`${root}/1.sql`, text)
    return yield* load(parse(`migrations:${root}`))
  }).pipe(
    Effect.provide(ServerShadow.layer({
      pool: Redacted.make(pool),
      holder: { user: "ann", host: "here", process: 1, checkout: "/home/ann/shop" },
      targets: []
    }))
  )

const makes = (name: string) =>
  `CREATE FUNCTION ${name}() RETURNS int LANGUAGE plpgsql AS 'BEGIN
  CREATE ROLE leaked; RETURN 1; END'`
const procedure = "CREATE PROCEDURE p() LANGUAGE plpgsql AS 'BEGIN CREATE ROLE leaked; COMMIT; END'"

/** Files, and the line of the statement that is refused. */
const refused: Readonly<Record<string, readonly [text: string, line: number]>> = {
  "code in a transaction of the file's own": ["BEGIN;\nDO $$ BEGIN CREATE ROLE leaked; END $$;\nCOMMIT;", 3],
  "a chain of transactions": ["BEGIN;\nCOMMIT AND CHAIN;\nDO $$ BEGIN CREATE ROLE leaked; END $$;\nCOMMIT;", 4],
  "a function that is called": [`${makes("f")};\nSELECT f();`, 3],
  "a function, statement by statement": [`VACUUM;\n${makes("f")};\nSELECT f();`, 4],
  "a membership": ["DO $$ BEGIN GRANT pg_monitor TO bystander; END $$;", 1],
  "a password": ["DO $$ BEGIN ALTER ROLE bystander PASSWORD 'x'; END $$;", 1],
  "a setting": ["DO $$ BEGIN ALTER ROLE bystander SET work_mem = '1MB'; END $$;", 1],
  "a procedure that commits": [`${procedure};\nVACUUM;\nCALL p();`, 3],
  "a trigger that waits for the end": [
    `CREATE TABLE t (id int);\n${makes("unused")};
CREATE FUNCTION g() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN CREATE ROLE leaked; RETURN NULL; END';
CREATE CONSTRAINT TRIGGER c AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION g();
VACUUM;
INSERT INTO t VALUES (1);`,
    7
  ]
}

const rolesQuery = `SELECT (SELECT string_agg(a::text, ',' ORDER BY oid) FROM pg_authid a) ||
  (SELECT string_agg(m::text, ',' ORDER BY roleid, member) FROM pg_auth_members m) ||
  coalesce((SELECT string_agg(s::text, ',') FROM pg_db_role_setting s), '')`

describe("a server that is not ours alone", () => {
  live("keeps its roles, whatever runs code that changes them", () =>
    Effect.gen(function*() {
      const one = yield* server({ major: 18 })
      yield* psql(one.url(), "CREATE ROLE bystander")
      const before = yield* psql(one.url(), rolesQuery)
      for (const [name, [text, line]] of Object.entries(refused)) {
        const error = yield* Effect.flip(run(one.url("shop_shadow"), text))
        if (!(error instanceof SourceError)) throw error
        expect([name, error.problems?.map(({ code, line }) => [code, line])]).toEqual([name, [[
          "LP_SHADOW_SERVER",
          line
        ]]])
        expect([name, yield* psql(one.url(), rolesQuery)]).toEqual([name, before])
      }
    }))

  live("runs what changes nothing of it", () =>
    Effect.gen(function*() {
      const one = yield* server({ major: 18 })
      const catalog = yield* run(
        one.url("shop_shadow"),
        "SET search_path TO public;\nCREATE TABLE t (id int);\nCREATE INDEX CONCURRENTLY i ON t (id);\nBEGIN;\nINSERT INTO t VALUES (1);\nCOMMIT;"
      )
      expect([...catalog.objects.keys()]).toContain("index public.i")
    }))
})
