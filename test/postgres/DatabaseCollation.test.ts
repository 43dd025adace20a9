/** What is read of a schema is the same whatever order of texts the database has by default. */
import { expect } from "bun:test"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { hash } from "../../src/Catalog.ts"
import * as PostgresDatabase from "../../src/engine/PostgresDatabase.ts"
import { introspect } from "../../src/postgres/Introspection.ts"
import * as it from "../effect.ts"
import { psql, server } from "../servers.ts"

/** Lists whose elements ICU and "C" put in different orders: letters of both cases, `=` and `_`. */
const schema = `
  CREATE ROLE "Zoe"; CREATE ROLE adam;
  CREATE TABLE t (a int, "B" int);
  ALTER TABLE t ALTER COLUMN a SET (n_distinct = 5, n_distinct_inherited = 6);
  CREATE MATERIALIZED VIEW m AS SELECT a FROM t;
  ALTER MATERIALIZED VIEW m ALTER COLUMN a SET (n_distinct_inherited = 6, n_distinct = 5);
  ALTER TABLE t ENABLE ROW LEVEL SECURITY;
  CREATE POLICY p ON t TO "Zoe", adam;
  GRANT SELECT, INSERT, TRUNCATE ON t TO adam, "Zoe";
  CREATE STATISTICS s ON "B", a, (a + 1), ("B" + 1) FROM t;
  CREATE FOREIGN DATA WRAPPER w OPTIONS (a '1', "B" '2', "a b" '3');
  CREATE SERVER s FOREIGN DATA WRAPPER w OPTIONS ("B" '2', "a b" '3', a '1');
  CREATE FOREIGN TABLE f (x int OPTIONS (b '1', "A" '2')) SERVER s OPTIONS (b '1', "A" '2');
`

it.live("reads the same of databases that sort texts otherwise", () =>
  Effect.gen(function*() {
    const running = yield* server({ major: 15 })
    yield* psql(
      running.url(),
      `CREATE DATABASE of_bytes TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C';
       CREATE DATABASE of_icu TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C' LOCALE_PROVIDER icu ICU_LOCALE 'en-US';`
    )
    const read = (name: string, script: string) =>
      Effect.scoped(Effect.gen(function*() {
        yield* psql(running.url(name), script)
        const database = yield* PostgresDatabase.make({ url: Redacted.make(running.url(name)) })
        const session = yield* database.session
        const [row] = yield* session.query("select 'n_distinct=' < 'n_distinct_' as bytes, 'B' < 'a' as upper_first")
        return { sorts: row, catalog: yield* introspect(session) }
      }))
    const bytes = yield* read("of_bytes", schema)
    const icu = yield* read("of_icu", schema.replace(/CREATE ROLE "Zoe"; CREATE ROLE adam;/, ""))
    expect(bytes.sorts).toEqual({ bytes: true, upper_first: true })
    expect(icu.sorts).toEqual({ bytes: false, upper_first: false })
    expect([...icu.catalog.objects.values()]).toEqual([...bytes.catalog.objects.values()])
    expect(hash(icu.catalog)).toBe(hash(bytes.catalog))
  }))
