import { describe, expect, test } from "bun:test"
import * as Effect from "effect/Effect"
import type { Plan } from "../src/Plan.ts"
import { decode, encode } from "../src/PlanJson.ts"
import { version } from "../src/version.ts"
import * as it from "./effect.ts"

const hash = "0123456789abcdef".repeat(4)

const plan: Plan = {
  proof: { rollback_restores_source: true, reaches_target: true, engine: "PostgreSQL 18.6 (embedded)" },
  steps: [
    {
      reversible: true,
      sql: ["SELECT '<&>'", "SELECT 2"],
      hazards: [{ message: "m", code: "may_fail" }],
      locks: [{ mode: "SHARE", blocks: ["write"], relation: "public.t" }],
      scans: [],
      rewrites: ["public.t"],
      transaction: 1,
      operation: "alter",
      object: "table public.t",
      description: "Change t"
    },
    { description: "b", sql: "SELECT 3", transaction: 2 }
  ],
  target_hash: hash,
  source_hash: hash,
  hash_major: 18,
  dialect: "postgres",
  version: 1
}

const problems = (text: string) => Effect.map(Effect.flip(decode(text)), (error) => error.problems)

describe("a plan file", () => {
  test("has its keys in a fixed order, 2 spaces, a final newline and no HTML escaping", () => {
    const text = encode(plan)
    expect(text).toStartWith(
      `{\n  "$schema": "https://unpkg.com/lockplane@${version}/schema-json/plan.json",\n  "version": 1,\n  "dialect": "postgres",`
    )
    expect(text).toEndWith("\n}\n")
    expect(text).toContain("SELECT '<&>'")
    const [step] = JSON.parse(text).steps
    expect(Object.keys(step)).toEqual([
      "description",
      "sql",
      "object",
      "operation",
      "transaction",
      "locks",
      "rewrites",
      "scans",
      "hazards",
      "reversible"
    ])
  })

  it.effect("is read back as it was", () =>
    Effect.gen(function*() {
      const text = encode(plan)
      expect(encode(yield* decode(text))).toBe(text)
      const proof = {
        engine: "PostgreSQL 18.6 (embedded)",
        reaches_target: true,
        rollback_restores_source: true,
        locks_held: 12,
        rollback_hazards: [{ object: "table public.a", code: "data_loss", message: "All rows are lost." }]
      }
      expect((yield* decode(encode({ ...plan, proof }))).proof).toEqual(proof)
    }))

  it.effect("of a person needs descriptions and SQL only", () =>
    Effect.gen(function*() {
      const own = yield* decode(`{ "steps": [{ "description": "a", "sql": "SELECT 1" }] }`)
      expect(own.steps).toEqual([{ description: "a", sql: "SELECT 1" }])
    }))

  it.effect("that does not fit is refused with everything that is wrong, and where", () =>
    Effect.gen(function*() {
      expect(yield* problems("")).toEqual(["it is empty"])
      expect((yield* problems("{ "))[0]).toStartWith("it is not JSON: ")
      expect(yield* problems(`{ "source_hash": "abc", "step": [] }`)).toEqual([
        expect.stringContaining("step"),
        "source_hash: expected 64 hexadecimal digits",
        expect.stringContaining("steps")
      ])
      expect(
        yield* problems(JSON.stringify({
          steps: [
            { description: "a", sql: [] },
            { description: "b", sql: "SELECT 1", transaction: 2 },
            { description: "c", sql: "SELECT 1" },
            { description: "d", sql: "SELECT 1", transaction: 0 }
          ]
        }))
      ).toEqual([
        "steps[0].sql: holds no statement",
        "steps[2].transaction: 1 comes after 2, and numbers never fall",
        "steps[3].transaction: 0 is less than 1",
        "steps[3].transaction: 0 comes after 2, and numbers never fall"
      ])
    }))
})
