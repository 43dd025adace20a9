/** What hangs on an object and is not managed is never lost without a word. */
import { describe, expect } from "bun:test"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { comparable } from "../../src/Canonical.ts"
import * as Lockplane from "../../src/Lockplane.ts"
import * as Platform from "../../src/platform.ts"
import { prove } from "../../src/Prover.ts"
import { load } from "../../src/Source.ts"
import { report } from "../../src/Validator.ts"
import * as it from "../effect.ts"
import { database, psql, server } from "../servers.ts"

const before = `
  CREATE TABLE t (a int PRIMARY KEY, b int);
  CREATE VIEW v AS SELECT a, b FROM t;
  CREATE FUNCTION f(x int) RETURNS int LANGUAGE sql SECURITY DEFINER AS 'select 1';`

const after = before.replace("b int", "b bigint").replace("RETURNS int", "RETURNS bigint")

describe("what hangs on an object that is made anew", () => {
  const test = it.layer(Lockplane.layer.pipe(Layer.provideMerge(Platform.layer)))

  test("is named as a hazard: privileges, owners and unmanaged objects", () =>
    Effect.gen(function*() {
      const started = yield* server({ major: 18 })
      const [one, other] = [yield* database(started), yield* database(started)]
      yield* psql(
        one,
        `${before}
        CREATE ROLE attached_owner;
        CREATE RULE r AS ON INSERT TO v DO INSTEAD NOTHING;
        REVOKE ALL ON FUNCTION f(int) FROM PUBLIC;
        ALTER FUNCTION f(int) OWNER TO attached_owner;
        GRANT SELECT ON t TO attached_owner;`
      )
      yield* psql(other, after)
      const read = (url: string) => load({ _tag: "Server", url: Redacted.make(url) })
      const { between, plan, rollback } = yield* prove(yield* comparable(yield* read(one), yield* read(other)))
      const lost = plan.steps.flatMap(({ description, hazards = [], reversible }) =>
        hazards.filter(({ code }) => code === "attached_lost").map(({ message }) => {
          expect(reversible).toBe(false)
          return `${description}: ${message.split(" goes with ")[0]}`
        })
      )
      expect(lost).toEqual([
        "Drop function f(integer): owner attached_owner",
        "Drop function f(integer): privileges {attached_owner=X/attached_owner}",
        "Drop view v: rule r on public.v"
      ])
      expect(report(between, plan, rollback).safe).toBe(false)
    }), 60_000)
})
