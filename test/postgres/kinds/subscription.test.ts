/** Subscriptions: read without their connections, created without them, on the embedded shadow too. */
import { describe, expect } from "bun:test"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { comparable } from "../../../src/Canonical.ts"
import * as Lockplane from "../../../src/Lockplane.ts"
import { statementsOf } from "../../../src/Plan.ts"
import * as Platform from "../../../src/platform.ts"
import { encodeJson } from "../../../src/postgres/SchemaJson.ts"
import { prove } from "../../../src/Prover.ts"
import { load } from "../../../src/Source.ts"
import * as it from "../../effect.ts"
import { database, psql, server } from "../../servers.ts"
import { loadSql } from "../../sqlSource.ts"

const plain = "CREATE SUBSCRIPTION s CONNECTION '' PUBLICATION p WITH (connect = false);"

const full = `CREATE SUBSCRIPTION "S s" CONNECTION 'host=publisher.invalid password=hidden' PUBLICATION q, "P ""p"
  WITH (connect = false, slot_name = NONE, binary, streaming = off, disable_on_error = true, origin = none,
    synchronous_commit = 'remote_apply', password_required = false, run_as_owner = on);
  COMMENT ON SUBSCRIPTION "S s" IS 's';`

const fullState = {
  publications: ["P \"p", "q"],
  no_slot: true,
  synchronous_commit: "remote_apply",
  binary: true,
  streaming: "off",
  disable_on_error: true,
  password_required: false,
  run_as_owner: true,
  origin: "none"
}

describe("subscriptions", () => {
  const test = it.layer(Lockplane.layer.pipe(Layer.provideMerge(Platform.layer)))

  test("are compared without a connection, and a plan creates them without one", () =>
    Effect.gen(function*() {
      const [nothing, one, other] = [yield* loadSql("CREATE SCHEMA x"), yield* loadSql(plain), yield* loadSql(full)]
      expect(one.objects.get("subscription s")?.state).toEqual({ publications: ["p"] })
      expect(other.objects.get("subscription \"S s\"")?.state).toEqual(fullState)
      expect(encodeJson(other)).not.toContain("hidden")
      const { plan } = yield* prove(yield* comparable(nothing, other))
      expect(plan.steps.flatMap(statementsOf).join("\n")).toContain(
        "CONNECTION '' PUBLICATION \"P \"\"p\", q WITH (connect = false"
      )
      yield* prove(yield* comparable(one, other))
    }))

  test("change in place, and keep what only the publisher can change", () =>
    Effect.gen(function*() {
      const one = yield* loadSql(plain)
      const other = yield* loadSql(
        plain.replace("p WITH", "q, r WITH").replace("false)", "false, slot_name = 'x', streaming = on, origin = none)")
      )
      const { plan } = yield* prove(yield* comparable(one, other))
      expect(plan.steps.flatMap(statementsOf)).toEqual([
        "ALTER SUBSCRIPTION s SET PUBLICATION q, r WITH (refresh = false)",
        "ALTER SUBSCRIPTION s SET (slot_name = 'x', streaming = on, origin = none)"
      ])
      const twoPhase = yield* loadSql(plain.replace("false)", "false, two_phase = true)"))
      const refused = yield* Effect.flip(Effect.flatMap(comparable(one, twoPhase), prove))
      expect(refused.message).toContain("cannot change two_phase or failover")
    }))

  test("with an unknown option are refused", () =>
    Effect.gen(function*() {
      const refused = yield* Effect.flip(loadSql(plain.replace("false)", "false, strming = on)")))
      expect(refused.message).toContain("strming = on of a subscription")
    }))

  test(
    "of a server can be read by a role that may not see their connections, and planned for",
    () =>
      Effect.gen(function*() {
        const started = yield* server({ major: 18 })
        const [one, other] = [yield* database(started), yield* database(started)]
        yield* psql(one, `${full} CREATE ROLE reader LOGIN PASSWORD 'lockplane';`)
        const url = new URL(one)
        url.username = "reader"
        const read = yield* load({ _tag: "Server", url: Redacted.make(url.href) })
        expect(read.unmanaged).toEqual([])
        expect(read.objects.get("subscription \"S s\"")?.state).toEqual(fullState)
        const empty = yield* load({ _tag: "Server", url: Redacted.make(other) })
        const { plan, rollback } = yield* prove(yield* comparable(empty, read))
        yield* psql(one, "DROP SUBSCRIPTION \"S s\"")
        yield* psql(other, plan.steps.flatMap(statementsOf).join(";\n"))
        const made = yield* load({ _tag: "Server", url: Redacted.make(other) })
        expect(made.objects.get("subscription \"S s\"")?.state).toEqual(fullState)
        yield* psql(other, rollback.steps.flatMap(statementsOf).join(";\n"))
      })
  )
})
