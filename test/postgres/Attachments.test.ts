/** What hangs on an object that is made anew is made again with it, or named. */
import { describe, expect } from "bun:test"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { comparable } from "../../src/Canonical.ts"
import * as Lockplane from "../../src/Lockplane.ts"
import * as Platform from "../../src/platform.ts"
import { prove } from "../../src/Prover.ts"
import { load } from "../../src/Source.ts"
import * as it from "../effect.ts"
import { database, psql, server } from "../servers.ts"

const before = `
  CREATE TABLE t (a int PRIMARY KEY, b int);
  CREATE VIEW v AS SELECT a, b FROM t;
  CREATE FUNCTION f(x int) RETURNS int LANGUAGE sql SECURITY DEFINER AS 'select 1';`

const after = before.replace("b int", "b bigint").replace("RETURNS int", "RETURNS bigint")

describe("what hangs on an object that is made anew", () => {
  const test = it.layer(Lockplane.layer.pipe(Layer.provideMerge(Platform.layer)))

  test("comes back with it: rules, privileges and owners", () =>
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
      yield* psql(
        other,
        `${after}
        CREATE RULE r AS ON INSERT TO v DO INSTEAD NOTHING;
        REVOKE ALL ON FUNCTION f(int) FROM PUBLIC;
        ALTER FUNCTION f(int) OWNER TO attached_owner;`
      )
      const read = (url: string) => load({ _tag: "Server", url: Redacted.make(url) })
      const { plan } = yield* prove(yield* comparable(yield* read(one), yield* read(other)))
      const made = plan.steps.flatMap(({ sql }) => sql)
      expect(made).toContain("ALTER FUNCTION public.f(integer) OWNER TO attached_owner")
      expect(made).toContain("REVOKE EXECUTE ON FUNCTION public.f(integer) FROM PUBLIC")
      expect(made.some((sql) => sql.startsWith("CREATE RULE r AS"))).toBe(true)
      expect(plan.steps.flatMap(({ hazards = [] }) => hazards).filter(({ code }) => code === "attached_lost")).toEqual(
        []
      )
    }))
})
