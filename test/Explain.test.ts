import { describe, expect, test } from "bun:test"
import { explain, markdown, script } from "../src/Explain.ts"
import type { Plan, Step } from "../src/Plan.ts"

const step = (fields: Partial<Step>): Step => ({
  description: "Add column age to table users",
  sql: "ALTER TABLE public.users ADD COLUMN age integer",
  transaction: 1,
  locks: [],
  rewrites: [],
  scans: [],
  hazards: [],
  reversible: true,
  ...fields
})

const proof = { engine: "PostgreSQL 18.6 (embedded)", reaches_target: true, rollback_restores_source: true }

describe("a plan in words", () => {
  test("says the locks and what they block, the work, the risk and the way back", () => {
    const plan: Plan = {
      proof,
      steps: [step({
        locks: [
          { relation: "public.users", mode: "ACCESS EXCLUSIVE", blocks: ["read", "write"] },
          { relation: "public.orders", mode: "SHARE UPDATE EXCLUSIVE", blocks: [] }
        ],
        rewrites: ["public.users"],
        scans: ["public.users", "public.orders"],
        hazards: [{ code: "data_loss", message: "Values are lost." }],
        reversible: false
      })]
    }
    expect(explain(plan)).toEndWith(`
1. Add column age to table users
     ALTER TABLE public.users ADD COLUMN age integer
   Locks:     public.users: ACCESS EXCLUSIVE, blocks reads and writes
              public.orders: SHARE UPDATE EXCLUSIVE, blocks neither reads nor writes
   Work:      writes public.users anew, every row of it
              reads every row of public.orders
   Risk:      Values are lost.
   Way back:  the rollback restores the schema, but not the data that this step removes
`)
    expect(explain(plan)).toContain("Risk: data is lost in step 1.")
    expect(explain(plan)).toContain("Proven on PostgreSQL 18.6 (embedded)")
  })

  test("says what is to be known of a plan without steps", () => {
    const plan: Plan = { steps: [], notes: ["Columns of table users stand in another order."] }
    expect(explain(plan)).toBe(
      "Nothing to do: the plan has no steps.\nColumns of table users stand in another order.\n"
    )
    expect(markdown(plan)).toContain("The schemas are equal.  \nColumns of table users stand in another order.\n")
  })

  test("says that a rewrite may happen only where the proof did not look for it, or saw it", () => {
    const hazards = [{ code: "rewrite", message: "Table users may be rewritten." }]
    const { rewrites: _, ...unobserved } = step({ hazards })
    expect(explain({ steps: [step({ hazards })] })).not.toContain("may be rewritten")
    expect(explain({ steps: [step({ hazards, rewrites: ["public.users"] })] })).toContain("may be rewritten")
    expect(explain({ steps: [unobserved] })).toContain("may be rewritten")
  })

  test("says of a step without new locks whether its transaction holds some", () => {
    const lock = { relation: "public.users", mode: "ACCESS EXCLUSIVE", blocks: ["read", "write"] as const }
    const plan: Plan = {
      steps: [step({}), step({ locks: [lock] }), step({}), step({ transaction: 2 })]
    }
    expect([...explain(plan).matchAll(/Locks: +(.*)/g)].map(([, locks]) => locks)).toEqual([
      "none",
      "public.users: ACCESS EXCLUSIVE, blocks reads and writes",
      "none but those that the transaction holds already",
      "none"
    ])
  })

  test("says what the rollback risks at the last step of the object, and what belongs to no step at the top", () => {
    const rollback_hazards = [
      { object: "view v", code: "may_fail", message: "It may." },
      { object: "table t", code: "data_loss", message: "All rows are lost." }
    ]
    const text = explain({
      proof: { ...proof, rollback_hazards },
      steps: [step({ object: "view v" }), step({ object: "view v" })]
    })
    expect(text.split("the data can make going back fail: It may.").length).toBe(2)
    expect(text.indexOf("It may.")).toBeGreaterThan(text.indexOf("2. "))
    expect(text.indexOf("going back removes data: All rows are lost.")).toBeLessThan(text.indexOf("1. "))
  })

  test("says what is not known of a person's own plan", () => {
    const text = explain({ steps: [{ description: "Tidy up", sql: "DELETE FROM a" }] })
    expect(text).toContain("Not proven")
    expect(text).toContain("Risk: not known")
    expect(text).toContain("Locks:     not observed")
  })

  test("keeps descriptions on a line, and control characters out", () => {
    const text = explain({ steps: [step({ description: "a\n2. b\u001b[2J", sql: "SELECT '\u001b[2J'" })] })
    expect(text).toContain("1. a 2. b [2J\n")
    expect(text).not.toContain("\u001b")
  })

  test("without steps is nothing to do", () => {
    expect(explain({ steps: [] })).toBe("Nothing to do: the plan has no steps.\n")
    expect(markdown({ steps: [] })).toContain("nothing to do")
    expect(script({ steps: [] })).toBe("-- Nothing to do.\n")
  })
})

describe("a plan as Markdown", () => {
  test("keeps names from breaking the table, and SQL from ending its block", () => {
    const text = markdown({ proof, steps: [step({ description: "a | b <script>", sql: "SELECT '```'" })] })
    expect(text).toContain("| 1 | a \\| b &lt;script> |")
    expect(text).toContain("````sql\n")
  })
})

describe("a plan as a script", () => {
  test("has its transactions, and descriptions that stay comments", () => {
    const plan: Plan = {
      steps: [
        step({ description: "a\nDROP TABLE b", sql: ["SELECT 1", "SELECT 2"] }),
        step({ description: "c", sql: "SELECT 3", transaction: 2 })
      ]
    }
    expect(script(plan)).toBe([
      "BEGIN;",
      "SET LOCAL check_function_bodies = off;",
      "",
      "-- 1. a DROP TABLE b",
      "SELECT 1;",
      "SELECT 2;",
      "",
      "COMMIT;",
      "",
      "BEGIN;",
      "SET LOCAL check_function_bodies = off;",
      "",
      "-- 2. c",
      "SELECT 3;",
      "",
      "COMMIT;",
      ""
    ].join("\n"))
  })
})
