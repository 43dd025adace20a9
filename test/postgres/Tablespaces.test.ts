/** What is made anew stays in its tablespace, also where the plan is tried on an engine that has no such tablespace. */
import { describe, expect } from "bun:test"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { comparable } from "../../src/Canonical.ts"
import * as Lockplane from "../../src/Lockplane.ts"
import { statementsOf } from "../../src/Plan.ts"
import * as Platform from "../../src/platform.ts"
import { prove } from "../../src/Prover.ts"
import { load } from "../../src/Source.ts"
import * as it from "../effect.ts"
import { database, psql, server } from "../servers.ts"
import { loadSql } from "../sqlSource.ts"

describe("tablespaces", () => {
  const test = it.layer(Lockplane.layer.pipe(Layer.provideMerge(Platform.layer)))

  test("of indexes, keys and materialized views that are made anew are kept", () =>
    Effect.gen(function*() {
      const started = yield* server({ major: 15, settings: { allow_in_place_tablespaces: "on" } })
      const url = yield* database(started)
      yield* psql(url, "CREATE TABLESPACE fast LOCATION ''")
      yield* psql(
        url,
        `CREATE TABLE t (a int, b int, CONSTRAINT k UNIQUE (a) USING INDEX TABLESPACE fast) TABLESPACE fast;
        CREATE INDEX i ON t (a) TABLESPACE fast; CREATE INDEX j ON t (a);
        CREATE MATERIALIZED VIEW m TABLESPACE fast AS SELECT a FROM t`
      )
      const to = yield* loadSql(
        `CREATE TABLE t (a int, b int, c int, CONSTRAINT k UNIQUE (a, b));
        CREATE INDEX i ON t (b); CREATE INDEX j ON t (b); CREATE INDEX n ON t (c);
        CREATE MATERIALIZED VIEW m AS SELECT a, b FROM t`
      )
      const read = Effect.suspend(() => load({ _tag: "Server", url: Redacted.make(url) }))
      const { plan } = yield* prove(yield* comparable(yield* read, to))
      yield* psql(url, `BEGIN; ${plan.steps.flatMap(statementsOf).map((sql) => `${sql};\n`).join("")} COMMIT`)
      const made = yield* read
      expect(Object.fromEntries(made.tablespaces ?? [])).toEqual({
        "table public.t": "fast",
        "index public.i": "fast",
        "constraint public.t.k": "fast",
        "materialized view public.m": "fast"
      })
    }))
})
